"""What fuzzing reads: each reader with good files to start from. Only our own errors may come out."""

import json
import random
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import networkx as nx
import openpyxl
import osmnx as ox
import shapely

from servicecircle.errors import ServiceCircleError
from servicecircle.inputs.cell_doubts import cell_doubts
from servicecircle.inputs.corrections import read_corrections
from servicecircle.inputs.demand import read_demand
from servicecircle.inputs.districts import read_districts
from servicecircle.inputs.issues import RowIssue
from servicecircle.inputs.places import read_centers
from servicecircle.inputs.streets import read_streets
from servicecircle.study.reading import read_study_file
from tests.inputs.osm_files import grid, write_osm

CENTERS = """\
编号,名称,经度,纬度,级别,容量,坐标系
007,海口人才驿站,110.32,20.03,区,500,WGS84
NA,=1+1,110.33,20.04,镇街,,GCJ-02
"""
CORRECTIONS = "file,row,column,value,correction\ncenters.csv,2,经度,110.32,110.33\n"
STUDY = """\
name = "海口"
[inputs]
streets = { file = "s.osm.pbf", noding = "crossings" }
centers = { file = "c.xlsx", datum = "gcj02" }
demand = { file = "p.gpkg", weight = "people" }
[walk]
minutes = [5, 10, 15]
speed_kmh = 4.0
"""

Reader = Callable[[Path], object]


def _issues() -> list[RowIssue]:
    return []


#: Kind -> ending of its files, and what reads them.
READERS: dict[str, tuple[str, Reader]] = {
    "csv": (".csv", lambda path: (cell_doubts(path), read_centers(path, issues=_issues()))),
    "people": (".csv", lambda path: read_demand(path, issues=_issues())),
    "corrections": (".csv", read_corrections),
    "xlsx": (".xlsx", lambda path: read_centers(path, issues=_issues())),
    "study": (".toml", read_study_file),
    "graphml": (".graphml", lambda path: read_streets(path, issues=_issues())),
    "osm": (".osm", lambda path: read_streets(path, issues=_issues())),
    "pbf": (".osm.pbf", lambda path: read_streets(path, issues=_issues())),
    "geojson": (".geojson", lambda path: read_streets(path, issues=_issues())),
    "districts": (".geojson", lambda path: read_districts(path, issues=_issues())),
}


def seeds(kind: str) -> list[bytes]:
    """Return good files of a kind."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / f"seed{READERS[kind][0]}"
        if kind == "csv":
            return [CENTERS.encode(code) for code in ("utf-8", "gb18030", "utf-8-sig", "utf-16")]
        if kind == "people":
            return [b"id,lon,lat,people\na,110.3,20.0,100\nb,110.4,20.1,2.5\n"]
        if kind == "corrections":
            return [CORRECTIONS.encode()]
        if kind == "study":
            return [STUDY.encode()]
        if kind == "xlsx":
            book = openpyxl.Workbook()
            for line in CENTERS.splitlines():
                book.active.append(line.split(","))
            book.save(place)
        elif kind in {"osm", "pbf"}:
            write_osm(place, *grid(4, 4))
        elif kind == "graphml":
            graph = nx.MultiDiGraph(crs="epsg:4326")
            graph.add_node(1, x=110.3, y=20.0)
            graph.add_node(2, x=110.31, y=20.0)
            graph.add_edge(1, 2, osmid=5, length=1044.0, highway="residential", name="海秀路")
            ox.save_graphml(graph, place)
        else:
            shape = shapely.box(110.3, 20.0, 110.4, 20.1)
            shapes = [shape if kind == "districts" else shape.exterior]
            layer = gpd.GeoDataFrame({"name": ["龙华区"], "highway": ["footway"]}, geometry=shapes, crs=4326)
            layer.to_file(place, engine="pyogrio")
        return [place.read_bytes()]


def read(kind: str, content: bytes, folder: Path) -> bool:
    """Read a file of these bytes; say whether it was taken. Raises whatever is not an error of ours."""
    ending, reader = READERS[kind]
    path = folder / f"fuzz{ending}"
    path.write_bytes(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader(path)
    except ServiceCircleError as error:
        if not str(error).strip():
            raise AssertionError("an error that says nothing") from error
        return False
    return True


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Return bytes with a few changes: flipped, cut, doubled, swapped for what often breaks readers."""
    data = bytearray(_unzipped(content, chance) if content.startswith(b"PK") and chance.random() < 0.7 else content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice([1, 1, 2, 4, 16, 64]))
        kind = chance.randrange(6)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del data[at:end]
        elif kind == 2:
            data[at:at] = data[at:end]
        elif kind == 3:
            data[at:end] = chance.choice(_NASTY)
        elif kind == 4:
            del data[at:]
        else:
            data[at:end] = chance.randbytes(end - at)
    return _zipped(bytes(data)) if data.startswith(_PARTS) else bytes(data)


_NASTY = [b"", b"\x00", b"\xff\xfe", b"nan", b"inf", b"-1", b"1e999", b"1" * 400, b'"', b"\r\n", b"null", b"[", b"<!--"]
_PARTS = b"parts of a workbook\n"


def _unzipped(content: bytes, chance: random.Random) -> bytes:
    """Lay a workbook open, so that its XML is changed rather than its compression."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        with zipfile.ZipFile(file) as book:
            parts = {name: book.read(name).decode("latin-1") for name in book.namelist()}
    chosen = chance.choice(sorted(parts))
    rest = {name: text for name, text in parts.items() if name != chosen}
    return _PARTS + json.dumps(rest).encode() + b"\n" + chosen.encode() + b"\n" + parts[chosen].encode("latin-1")


def _zipped(data: bytes) -> bytes:
    lines = data.removeprefix(_PARTS).split(b"\n", 2)
    try:
        parts = json.loads(lines[0])
        items = [(str(name), str(text).encode("latin-1", "replace")) for name, text in parts.items()]
    except (ValueError, AttributeError):
        return data
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w") as book:
            for name, text in [*items, (lines[1].decode("latin-1") or "x", lines[2])] if len(lines) > 2 else items:
                book.writestr(name, text)
        file.seek(0)
        return file.read()
