"""What the front page promises of a whole run, asked of real processes on real disks."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely

from tests.cities import lonlat, write_city
from tests.command import COMMANDS, Command, tree
from tests.spoils import layer

SERVICECIRCLE = Path(sys.executable).parent / "servicecircle"
LONGEST = "服" * 85  # 255 bytes, the most a name may have


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command line inside this process."""
    return Command(capfd, monkeypatch)


def test_names_of_folders_may_be_chinese_long_and_have_spaces(tmp_path: Path, command: Command) -> None:
    """Folders of 255 bytes and a study called in Chinese: eight files, and nothing else."""
    city = write_city(tmp_path / "海口 15分钟 圈" / LONGEST)
    city.edit('folder = "out"', f'folder = "结果 1/{LONGEST}"')
    study = city.study.rename(city.folder / "研究 (终稿).toml")
    ended = command("run", study)
    assert ended.code == 0, ended.err
    assert len(tree(city.folder / "结果 1" / LONGEST)) == 8


#: Runs one command after the other in one process.
EVERY_COMMAND = """\
import sys
from servicecircle.cli import main
for words in sys.argv[1].splitlines():
    sys.argv = ["servicecircle", *words.split()]
    try:
        main()
    except SystemExit as ended:
        print(words, "ended with", ended.code)
"""


def test_no_connection_is_opened(tmp_path: Path) -> None:
    """No command but `fetch` asks the system for a connection, in no thread and in no library below Python."""
    if not shutil.which("strace"):
        pytest.skip("strace is absent; it would see all connections")
    city, log = write_city(tmp_path / "city"), tmp_path / "strace"
    layers = "streets.geojson demand.csv centers.csv"
    commands = [
        "template",
        "init new.toml",
        "check study.toml",
        "apply filled.csv",
        "run study.toml",
        "map study.toml",
        "report study.toml --compare out/summary.json",
        "isochrones streets.geojson centers.csv",
        *(f"{name} {layers}" for name in ("coverage", "gaps", "sites")),
        "cache",
        "demo --help",
    ]
    corrections = "file,row,column,value,correction\r\ncenters.csv,2,name,West Hall,East Hall\r\n"
    (city.folder / "filled.csv").write_text(corrections, encoding="utf-8")
    assert {words.split()[0] for words in commands} == set(COMMANDS) - {"fetch"}
    tracer = ["strace", "-f", "-qq", "-o", log, "-e", "trace=connect,sendto,sendmsg,sendmmsg"]
    command = [*tracer, sys.executable, "-c", EVERY_COMMAND, "\n".join(commands)]
    home = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=city.folder, env=home, capture_output=True, text=True, check=False)
    if "ptrace" in done.stderr:
        pytest.skip("strace may not trace here")
    assert done.returncode == 0, done.stderr
    assert "ended with" not in done.stdout
    assert (city.folder / "centers.corrected.csv").exists()
    assert [line for line in log.read_text(encoding="utf-8").splitlines() if "AF_INET" in line] == []


def test_a_home_that_cannot_be_written_costs_a_line_and_no_run(tmp_path: Path) -> None:
    """The cache has no place: that is said once, and everything is computed and written."""
    city = write_city(tmp_path / "city")
    (tmp_path / "home").write_text("not a folder", encoding="utf-8")
    home = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "home")}
    done = subprocess.run([SERVICECIRCLE, "run", city.study], env=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if "the next run computes everything again" in line]
    assert len(said) == 1
    assert len(tree(city.out)) == 8


@pytest.fixture
def common_folder() -> Iterator[Path]:
    """Give the test a folder that everybody may use."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def test_a_file_one_may_not_read_is_one_line_and_code_3(common_folder: Path, command: Command) -> None:
    """Of another owner, on a shared drive; a part of a shapefile alone, too."""
    city = write_city(common_folder / "city")
    layer([shapely.Point(lonlat((0.0, 0.0)))], name=["Hall"])(city.folder / "c.shp")
    city.edit('candidates = "candidates.csv"', 'candidates = "c.shp"')
    # An administrator, who may read everything, has loaded all libraries before becoming somebody else.
    assert command("check", city.study).code == 0
    administrator = os.geteuid() == 0
    for name in ("streets.geojson", "centers.csv", "c.dbf", "study.toml"):
        (city.folder / name).chmod(0)
        if administrator:
            os.seteuid(65534)
        try:
            ended = command("check", city.study, "-o", common_folder / "issues.csv")
        finally:
            if administrator:
                os.seteuid(0)
        (city.folder / name).chmod(0o644)
        assert (ended.code, ended.out, len(ended.err.splitlines())) == (3, "", 1), ended.err
        assert re.match(rf"servicecircle: .*{name}.*\(Permission denied\)", ended.err), ended.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only an administrator can make a disk read-only")
def test_an_output_on_a_read_only_disk_is_one_line_and_code_5(tmp_path: Path, command: Command) -> None:
    """It is noticed before anything is computed."""
    city = write_city(tmp_path / "city")
    city.out.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", city.out], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        ended = command("run", city.study)
        single = command("map", city.study, "-o", city.out / "map.html")
    finally:
        subprocess.run(["umount", city.out], check=True)
    assert [ended.code, single.code] == [5, 5]
    assert ended.err.endswith(f"{city.out}: cannot be written (no permission for {city.out}). Choose another folder.\n")
    assert single.err == ended.err


def test_a_full_printer_of_answers_is_one_line(tmp_path: Path) -> None:
    """What is printed goes to a full disk: the files are there, one line says so, no traceback."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no device that is always full")
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [SERVICECIRCLE, "template", "-o", tmp_path / "centers.xlsx"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (tmp_path / "centers.xlsx").is_file()
    assert done.returncode == 5
    assert done.stderr.startswith("servicecircle: the answer cannot be printed (No space left on device)")
