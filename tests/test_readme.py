"""What the front pages say must be so."""

import ast
import inspect
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import servicecircle as sc
from servicecircle import cli
from servicecircle.cli.app import _exit_code
from servicecircle.errors import ServiceCircleError
from servicecircle.inputs.columns import match_columns
from servicecircle.inputs.layers import DRIVERS
from servicecircle.inputs.osm_file import FORMATS
from servicecircle.inputs.raster import RASTER_ENDINGS
from servicecircle.inputs.tables import TABLE_ENDINGS
from servicecircle.study.file import StudyFile, Walk
from tests.cities import FILES
from tests.golden.remake import GOLDEN

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "README.zh.md")

each_page = pytest.mark.parametrize("page", PAGES)


def read(page: str) -> str:
    """Return the text of a page."""
    return (ROOT / page).read_text(encoding="utf-8")


def block(page: str, kind: str) -> str:
    """Return the one code block of a kind."""
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```$", read(page), flags=re.MULTILINE | re.DOTALL)
    return str(found)


def tables(page: str) -> list[list[str]]:
    """Return the first cells of each table, the header left out."""
    found = re.findall(r"^\|.*\n\|[-|]+\|\n((?:\|.*\n)+)", read(page), flags=re.MULTILINE)
    return [[row.split("|")[1].strip() for row in rows.splitlines()] for rows in found]


def test_both_pages_have_the_same_sections() -> None:
    """Section by section the same code blocks, tables with as many rows, pictures and promises."""

    def outline(page: str) -> list[tuple[Any, ...]]:
        return [
            (
                re.findall(r"^```(\w+)$", section, flags=re.MULTILINE),
                len(re.findall(r"^\|", section, flags=re.MULTILINE)),
                len(re.findall(r"^- |^\d\. ", section, flags=re.MULTILINE)),
                section.count("!["),
            )
            for section in read(page).split("\n## ")
        ]

    assert outline("README.md") == outline("README.zh.md")


@each_page
def test_linked_files_exist(page: str) -> None:
    """A link that is no address of the web names a file of the project; pictures are small PNG files."""
    links = re.findall(r"\]\(([^)#]+)\)", read(page))
    local = [link for link in links if not link.startswith("http")]
    assert [link for link in local if not (ROOT / link).is_file()] == []
    pictures = [ROOT / link for link in local if link.endswith(".png")]
    assert len(pictures) == 2
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
        assert picture.stat().st_size < 400_000


@each_page
def test_the_set_up_lines_name_what_is_there(page: str) -> None:
    """Targets of make, the file of constraints and the extras exist."""
    text, project = read(page), tomllib.loads(read("pyproject.toml"))["project"]
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {"demo", "test"} <= set(re.findall(r"^make (\w+)", text, flags=re.MULTILINE)) <= targets
    assert all((ROOT / name).is_file() for name in re.findall(r" -c (\S+)", text))
    assert set(re.findall(r'"\.\[(\w+)\]"', text)) <= set(project["optional-dependencies"])
    assert "demo-out" in (ROOT / "Makefile").read_text(encoding="utf-8")


@each_page
def test_the_study_file_shown_can_be_read(page: str) -> None:
    """It is a valid study file in the language of the page, and so is each alternative its comments offer."""
    shown = tomllib.loads(block(page, "toml"))
    assert StudyFile.model_validate(shown).output.language == ("zh" if page == "README.zh.md" else "en")
    key, offered = "", []
    for line in block(page, "toml").splitlines():
        key = line.split("=")[0].strip() if re.match(r"\w", line) else key
        offered += [(key, inline) for inline in re.findall(r"# (?:or|或) (\{.*\})", line)]
    assert [name for name, _ in offered] == ["centers", "demand", "demand"]
    for name, inline in offered:
        inputs = {**shown["inputs"], **tomllib.loads(f"{name} = {inline}")}
        StudyFile.model_validate({**shown, "inputs": inputs})


@each_page
def test_the_python_shown_uses_public_names_and_their_options(page: str) -> None:
    """Each name of `sc` is public, and each keyword is one that the function takes."""
    tree = ast.parse(block(page, "python"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("sc.")]
    assert len(calls) >= 10
    for call in calls:
        first, *rest = ast.unparse(call.func).split("(")[0].split(".")[1:]
        assert first in sc.__all__
        if "(" not in ast.unparse(call.func):
            function = getattr(sc, first)
            for name in rest:
                function = getattr(function, name)
            places = [None for _ in call.args]
            inspect.signature(function).bind(*places, **{str(option.arg): None for option in call.keywords})


@each_page
def test_dotted_names_in_the_text_exist(page: str) -> None:
    """`WalkNetwork.from_graph` and its like can be found."""
    named = re.findall(r"`(WalkNetwork|TravelTimes|Study)\.(\w+)`", read(page))
    assert len(named) >= 2
    assert all(hasattr(getattr(sc, home), name) for home, name in named)


@each_page
def test_the_commands_shown_are_all_there_are(page: str) -> None:
    """Every command is explained, and none that does not exist."""
    known = set(typer.main.get_command(cli.app).commands)
    listed = next(rows for rows in tables(page) if rows[0] == "`servicecircle run`")
    assert {row.strip("`").removeprefix("servicecircle ") for row in listed} == known
    assert set(re.findall(r"servicecircle (\w+)(?: \w+\.toml|`|$)", read(page), flags=re.MULTILINE)) == known


@each_page
def test_the_exit_codes_shown_are_those_of_the_command_line(page: str) -> None:
    """The kinds of error that the toolkit raises have the codes of the table."""
    listed = next(rows for rows in tables(page) if rows[0] == "0")
    assert listed == ["0", "1", "2", "3", "4", "5", "130"]
    kinds = {kind: _exit_code(kind("")) for kind in ServiceCircleError.__subclasses__()}
    assert {kind.__name__: code for kind, code in kinds.items()} == {
        "InputError": 3,
        "DataSourceError": 3,
        "InfeasibleError": 4,
        "OutputError": 5,
    }


@each_page
def test_columns_formats_and_defaults_shown_are_real(page: str) -> None:
    """Both names of a column mean the same, each ending can be read, each default is the one in force."""
    text = read(page)
    pairs = re.findall(r"`(\w+)`/([一-鿿]+)", text) + [(b, a) for a, b in re.findall(r"([一-鿿]+)/`(\w+)`", text)]
    assert len(pairs) >= 9
    for english, chinese in pairs:
        wanted = ["weight" if english == "people" else english]
        assert match_columns([english], wanted)
        assert match_columns([chinese], wanted)
    readable = {*FORMATS, *DRIVERS, *TABLE_ENDINGS, *RASTER_ENDINGS}
    table = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    assert set(re.findall(r"`(\.[a-z.]+)`", table)) - readable == set()
    defaults = re.findall(r"`(\w+)`\s?[(（](\d+)\s", text)
    assert len(defaults) == 3
    assert all(getattr(Walk(), name) == float(value) for name, value in defaults)


@pytest.fixture(scope="module")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Run the demo as shown, in an empty folder and without sockets; return what it printed and the folder."""
    import pytest_socket

    place = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        pytest_socket.disable_socket()
        try:
            result = CliRunner().invoke(cli.app, ["demo"], catch_exceptions=False)
        finally:
            pytest_socket.enable_socket()
    assert result.exit_code == 0
    return result.stdout.replace("\\", "/"), place / "servicecircle-demo"


@each_page
def test_the_demo_prints_what_is_shown_without_a_connection(page: str, demo_run: tuple[str, Path]) -> None:
    """Line by line the printed result of the demo, which runs where no socket can be opened."""
    assert demo_run[0] == block(page, "text")


@each_page
def test_the_demo_leaves_the_files_listed(page: str, demo_run: tuple[str, Path]) -> None:
    """The table lists the eight files that a run leaves, all of them and no others."""
    listed = next(rows for rows in tables(page) if rows[0] == "`report.html`")
    assert {row.strip("`") for row in listed} == {path.name for path in demo_run[1].iterdir()} == FILES


def test_the_demo_gives_the_figures_that_were_reviewed(demo_run: tuple[str, Path]) -> None:
    """A change of any figure shows in a diff: remake with `python tests/golden/remake.py`, and read it."""
    found, reviewed = demo_run[1] / "summary.json", GOLDEN / "gothenburg-summary.json"
    assert json.loads(found.read_bytes()) == json.loads(reviewed.read_bytes())


def test_only_the_fetcher_can_open_a_connection() -> None:
    """No other module imports a library that speaks with the web."""
    web = {"osmnx", "requests", "urllib", "urllib3", "http", "socket", "ftplib", "aiohttp", "httpx"}
    found = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            # Taking an address apart opens nothing.
            found |= {path.name for name in names if name.split(".")[0] in web and name != "urllib.parse"}
    assert found == {"fetch.py"}


def test_the_changelog_names_the_version() -> None:
    """The newest entry is the version of the package."""
    assert re.findall(r"^## \[(.+?)\]", read("CHANGELOG.md"), flags=re.MULTILINE)[0] == sc.__version__
