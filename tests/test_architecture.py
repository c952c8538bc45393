"""The rooms, the names and the start of the package stay as designed."""

import ast
import inspect
import json
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import servicecircle

PACKAGE = Path(servicecircle.__file__).parent
#: From left to right: a room imports from itself and from rooms to its left.
ROOMS = ("errors", "inputs", "network", "analysis", "outputs", "study", "cli")
#: Modules beside the rooms, and the room they count as.
BESIDE = {"cache": "study", "sample": "study"}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
#: The solver's room, and the one module it asks beside itself: the sparse table of walks.
SOLVER = [*sorted((PACKAGE / "analysis" / "siting").glob("*.py")), PACKAGE / "analysis" / "times.py"]
SOLVER_DOORS = {"servicecircle.analysis.times", "servicecircle.errors"}
GEOMETRY = {"geopandas", "shapely", "pyproj", "pyogrio", "rasterio"}

START = """
import json, sys, time
started = time.perf_counter()
import servicecircle
print(json.dumps([time.perf_counter() - started, sorted(sys.modules)]))
"""


def room(module: str) -> str:
    """Return the room of a module such as ``servicecircle.inputs.crs``."""
    first = [*module.split("."), ""][1]
    return BESIDE.get(first, first)


def imported(path: Path) -> list[tuple[int, str]]:
    """Return (line, module) of every import of a file, inside functions too."""
    found = []
    here = ["servicecircle", *path.relative_to(PACKAGE).with_suffix("").parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*here[: -node.level], node.module or ""] if node.level else [node.module or ""]
            # `from servicecircle import x` may import the module x.
            found += [(node.lineno, ".".join([*filter(None, base), alias.name])) for alias in node.names]
    return found


def called(path: Path, name: str) -> list[int]:
    """Return the lines where a function is called by its plain name."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node.lineno for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_from_rooms_to_its_left(path: Path) -> None:
    """The order is inputs -> network -> analysis -> outputs -> study -> cli; errors are open to everyone."""
    home = room(".".join(["servicecircle", *path.relative_to(PACKAGE).with_suffix("").parts]))
    assert home in ROOMS, f"{path.name} stands in no room"
    for line, module in imported(path):
        if module.split(".")[0] == "servicecircle" and module != "servicecircle.__version__":
            assert room(module) in ROOMS, f"{path.name}:{line} imports {module}, which is no room"
            assert ROOMS.index(room(module)) <= ROOMS.index(home), f"{path.name}:{line} imports {module}"


def test_no_module_has_a_name_that_says_nothing() -> None:
    """There is no room for leftovers."""
    assert not {path.stem for path in PACKAGE.rglob("*.py")} & {"utils", "util", "helpers", "common", "core", "types"}


def test_only_the_command_line_prints() -> None:
    """Everything else logs."""
    elsewhere = [path for path in MODULES if path.parent.name != "cli"]
    prints = {path.name: called(path, "print") for path in elsewhere if called(path, "print")}
    assert prints == {}


@pytest.mark.parametrize("path", SOLVER, ids=lambda path: path.stem)
def test_the_solver_sees_no_geometry(path: Path) -> None:
    """Location problems are a sparse matrix and weights."""
    loaded = [module for _, module in imported(path)]
    assert not {module.split(".")[0] for module in loaded} & GEOMETRY
    beside = [module for module in loaded if module.startswith("servicecircle.") and ".siting" not in module]
    assert {module.rsplit(".", 1)[0] for module in beside} <= SOLVER_DOORS


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    """`__all__` is sorted, each name loads, and has a docstring of its own."""
    names = servicecircle.__all__
    assert names == sorted(names)
    for name in names:
        thing = getattr(servicecircle, name)
        if not name.startswith("__"):
            assert (inspect.getdoc(thing) or "").strip(), name
            assert thing.__module__.startswith("servicecircle"), name
    assert set(dir(servicecircle)) == set(names)
    with pytest.raises(AttributeError, match="no attribute 'travel_time'"):
        _ = servicecircle.travel_time


def test_the_oldest_versions_are_those_the_project_admits() -> None:
    """constraints-oldest.txt pins each requirement to its lower bound."""
    root = PACKAGE.parents[1]
    wanted = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    bounds = [line.replace(">=", "==") for line in wanted]
    assert (root / "constraints-oldest.txt").read_text(encoding="utf-8").split() == sorted(bounds, key=str.lower)


def test_the_import_is_quick() -> None:
    """`import servicecircle` takes less than a second and loads nothing slow."""
    runs = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout))
    assert statistics.median(seconds for seconds, _ in runs) < 1.0
    slow = {"geopandas", "pandas", "folium", "osmnx", "matplotlib", "rasterio", "osmium", "scipy", "typer"}
    assert not slow & set(runs[0][1])
