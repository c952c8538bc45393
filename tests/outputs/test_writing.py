"""Files are written whole or not at all."""

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from servicecircle.errors import OutputError
from servicecircle.outputs.writing import write_all, write_whole


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """Let no file grow beyond `size`, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_written_file_holds_the_bytes_with_the_usual_mode(tmp_path: Path) -> None:
    """A file is replaced, gets the mode the umask asks for, and nothing else is left in the folder."""
    target = tmp_path / "report.html"
    target.write_bytes(b"old")
    before = os.umask(0o027)
    try:
        write_whole(target, b"new")
    finally:
        os.umask(before)
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_full_disk_leaves_the_old_file_alone(tmp_path: Path) -> None:
    """When the bytes do not fit, the old file is still whole and no part lies beside it."""
    target = tmp_path / "map.html"
    target.write_bytes(b"old")
    with small_disk(1000), pytest.raises(OutputError, match=r"map\.html: cannot be written"):
        write_whole(target, b"x" * 5000)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


def test_one_file_that_does_not_fit_stops_them_all(tmp_path: Path) -> None:
    """The first file stays as it was when the second cannot be written."""
    (tmp_path / "a.json").write_bytes(b"old")
    with small_disk(1000), pytest.raises(OutputError, match=r"b\.html"):
        write_all(tmp_path, {"a.json": b"new", "b.html": b"x" * 5000})
    assert (tmp_path / "a.json").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_new_folder_goes_again_when_nothing_could_be_written(tmp_path: Path) -> None:
    """A folder that was made for the outputs does not stay behind empty."""
    with small_disk(1000), pytest.raises(OutputError):
        write_all(tmp_path / "deep" / "out", {"b.html": b"x" * 5000})
    assert not list(tmp_path.iterdir())


def test_all_files_arrive_in_a_new_folder(tmp_path: Path) -> None:
    """The folder is made with its parents and holds exactly the files."""
    write_all(tmp_path / "deep" / "out", {"a.json": b"1", "b.html": b"2"})
    files = {path.name: path.read_bytes() for path in (tmp_path / "deep" / "out").iterdir()}
    assert files == {"a.json": b"1", "b.html": b"2"}


def test_a_file_in_the_way_of_the_folder_is_one_line(tmp_path: Path) -> None:
    """An output folder that is a file, or lies below one, is refused with what to do."""
    (tmp_path / "out").write_bytes(b"mine")
    for folder in (tmp_path / "out", tmp_path / "out" / "deeper"):
        with pytest.raises(OutputError, match=r"cannot make the output folder .*Choose another folder") as caught:
            write_all(folder, {"a.json": b"1"})
        assert "\n" not in str(caught.value)
    assert (tmp_path / "out").read_bytes() == b"mine"


def test_a_folder_in_the_way_of_a_file_stops_them_all(tmp_path: Path) -> None:
    """A folder named like the last file is found before the first is replaced."""
    (tmp_path / "a.json").write_bytes(b"old")
    (tmp_path / "b.html").mkdir()
    with pytest.raises(OutputError, match="found a folder"):
        write_all(tmp_path, {"a.json": b"new", "b.html": b"2"})
    assert (tmp_path / "a.json").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.html"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_folder_one_may_not_write_to_is_one_line(tmp_path: Path) -> None:
    """A read-only folder is refused, and stays as it was."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="Permission denied"):
            write_all(tmp_path, {"a.json": b"1"})
    finally:
        tmp_path.chmod(0o700)
    assert not list(tmp_path.iterdir())
