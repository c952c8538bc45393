"""What every reader is given it gives back: a table written to any format and read again is the same table."""

import csv
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio
import shapely
import xlsxwriter
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from servicecircle.inputs.barriers import read_barriers
from servicecircle.inputs.corrections import Correction, read_corrections
from servicecircle.inputs.demand import read_demand
from servicecircle.inputs.districts import read_districts
from servicecircle.inputs.elevation import read_elevation
from servicecircle.inputs.issues import RowIssue
from servicecircle.inputs.places import read_candidates, read_centers, read_entrances
from servicecircle.inputs.streets import read_streets
from servicecircle.outputs.office.issues_book import issues_file
from servicecircle.study.reading import read_study_file
from tests.inputs.osm_files import write_osm

UTM = 32649
#: Each example writes a file: a third of the usual number, in whichever formats are drawn.
FEW = settings(max_examples=settings.default.max_examples // 3)
Rows = list[dict[str, Any]]

#: Texts as people type them: no control characters, no blanks around.
TEXTS = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="_"), min_size=1, max_size=20)
TEXTS |= st.sampled_from(["NA", "null", "007", "1E5", "1" * 20, "=1+1", "@SUM(A1)", '"', ",;", "a  b", "海口，厅", "-"])
METRES = st.tuples(st.floats(420_000, 440_000), st.floats(2_205_000, 2_225_000))


@st.composite
def rows(draw: st.DrawFn, **columns: st.SearchStrategy[Any]) -> Rows:
    """Draw one to five rows with an id of their own, each at its own place."""
    ids = draw(st.lists(TEXTS, min_size=1, max_size=5, unique=True))
    return [{"id": key, "at": draw(METRES), **{name: draw(kind) for name, kind in columns.items()}} for key in ids]


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder to each example."""
    with tempfile.TemporaryDirectory() as place:
        yield Path(place)


def as_layer(table: Rows, shape: Callable[[dict[str, Any]], Any] = lambda row: shapely.Point(row["at"])) -> Any:
    """Return the rows as a layer in metres."""
    columns = pd.DataFrame(table, dtype=object).drop(columns="at").infer_objects()
    return gpd.GeoDataFrame(columns, geometry=[shape(row) for row in table], crs=UTM)


def typed(table: Rows) -> list[list[Any]]:
    """Return the rows with longitude and latitude, and their header."""
    lonlat = shapely.get_coordinates(as_layer(table).to_crs(4326).geometry.to_numpy()).tolist()
    names = [name for name in table[0] if name != "at"]
    body = [[row[name] for name in names] + place for row, place in zip(table, lonlat, strict=True)]
    return [[*names, "lon", "lat"], *body]


def write(path: Path, table: Rows, **options: Any) -> Path:
    """Write the rows to the format the name says."""
    ending = path.suffix
    if ending in {".csv", ".tsv"}:
        with path.open("w", encoding=options.get("encoding", "utf-8"), newline="") as file:
            csv.writer(file, delimiter="\t" if ending == ".tsv" else ",").writerows(typed(table))
    elif ending == ".xlsx":
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            sheet = book.add_worksheet()
            for at, row in enumerate(typed(table)):
                sheet.write_row(at, 0, row)
    else:
        save(as_layer(table, **options), path)
    return path


def save(layer: gpd.GeoDataFrame, path: Path) -> None:
    """Write a layer, GeoJSON in degrees as the format wants."""
    if path.suffix == ".parquet":
        layer.to_parquet(path)
    elif path.suffix == ".geojson":
        layer.to_crs(4326).to_file(path, engine="pyogrio", COORDINATE_PRECISION=9)
    else:
        layer.to_file(path, engine="pyogrio", **({"encoding": "UTF-8"} if path.suffix == ".shp" else {}))


def same_places(found: gpd.GeoDataFrame, table: Rows) -> None:
    """Compare ids and places, in whatever order the format keeps them."""
    assert sorted(found.index) == sorted(row["id"] for row in table)
    for row in table:
        assert shapely.get_coordinates(found.loc[row["id"]].geometry)[0] == pytest.approx(row["at"], abs=1e-3)


VECTORS = [".gpkg", ".geojson", ".shp", ".fgb", ".parquet"]
CENTERS = rows(name=TEXTS, tier=TEXTS, capacity=st.integers(0, 10**6).map(float))


@FEW
@given(
    ending=st.sampled_from([".csv", ".tsv", ".xlsx", *VECTORS]),
    read=st.sampled_from([read_centers, read_candidates]),
    table=CENTERS,
)
def test_centers_and_candidates(ending: str, read: Callable[..., gpd.GeoDataFrame], table: Rows) -> None:
    """Ids, names and tiers letter by letter, capacities, and places to a millimetre."""
    with folder() as place:
        found = read(write(place / f"c{ending}", table), crs=UTM, issues=[])
    same_places(found, table)
    columns = found.loc[[row["id"] for row in table], ["name", "tier", "capacity"]]
    assert columns.to_numpy().tolist() == [[row["name"], row["tier"], row["capacity"]] for row in table]


@FEW
@given(
    encoding=st.sampled_from(["gb18030", "utf-8-sig", "utf-16"]),
    table=rows(name=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=9)),
)
def test_tables_in_the_encodings_of_offices(encoding: str, table: Rows) -> None:
    """Chinese names come back whichever program saved them."""
    # The first letters decide between UTF-8 and GB18030 where no mark does: a heading of the office is Chinese too.
    named = [{"id": f"{at}号", "at": row["at"], "name": row["name"]} for at, row in enumerate(table)]
    with folder() as place:
        found = read_centers(write(place / "c.csv", named, encoding=encoding), crs=UTM, issues=[])
    same_places(found, named)
    assert found["name"].tolist() == [row["name"] for row in named]


@FEW
@given(
    ending=st.sampled_from([".csv", ".xlsx", *VECTORS]),
    table=rows(people=st.floats(0, 1e6).map(lambda value: round(value, 3))),
)
def test_demand_of_places(ending: str, table: Rows) -> None:
    """The people of each place."""
    with folder() as place:
        found = read_demand(write(place / f"d{ending}", table), crs=UTM, issues=[])
    same_places(found, table)
    assert found["weight"].to_dict() == pytest.approx({row["id"]: row["people"] for row in table})


@FEW
@given(table=rows(people=st.integers(0, 10**6).map(float)), side=st.floats(1, 400))
def test_demand_of_polygons(table: Rows, side: float) -> None:
    """Each block counts by a point inside it, with all of its people."""
    blocks = as_layer(table, lambda row: shapely.Point(row["at"]).buffer(side, quad_segs=2))
    with folder() as place:
        save(blocks, place / "d.gpkg")
        found = read_demand(place / "d.gpkg", crs=UTM, issues=[])
    assert found["weight"].to_dict() == {row["id"]: row["people"] for row in table}
    assert all(shapely.within(found.geometry.to_numpy(), blocks.geometry.to_numpy()))


GRIDS = st.integers(1, 6).flatmap(
    lambda w: st.lists(st.lists(st.integers(0, 5000), min_size=w, max_size=w), min_size=1, max_size=6)
)


def write_grid(path: Path, values: np.ndarray, nodata: float) -> Path:
    """Write cells of 100 m."""
    step = Affine(100.0, 0.0, 425_000.0, 0.0, -100.0, 2_214_000.0)
    shape = {"height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": values.dtype}
    with rasterio.open(path, "w", driver="GTiff", crs=UTM, transform=step, nodata=nodata, **shape) as grid:
        grid.write(values, 1)
    return path


@FEW
@given(grid=GRIDS, kind=st.sampled_from(["float32", "float64", "int32"]))
def test_demand_of_rasters(grid: list[list[int]], kind: str) -> None:
    """Every cell with people, by its row and column; cells of no data hold none."""
    grid[0][0] = 7
    values = np.array(grid, dtype=kind)
    with folder() as place:
        found = read_demand(write_grid(place / "p.tif", values, 5000.0), crs=UTM, issues=[])
    there = {f"{r}-{c}": float(v) for (r, c), v in np.ndenumerate(values) if 0 < v < 5000}
    assert found["weight"].to_dict() == there
    at = found.loc["0-0"].geometry
    assert (at.x, at.y) == pytest.approx((425_050.0, 2_213_950.0))


@FEW
@given(grid=GRIDS)
def test_heights(grid: list[list[int]]) -> None:
    """The height at the centre of each cell is that of the cell."""
    values = np.array(grid, dtype="float32")
    area = gpd.GeoDataFrame(geometry=[shapely.box(425_000, 2_213_000, 426_000, 2_214_000)], crs=UTM)
    with folder() as place:
        found = read_elevation(write_grid(place / "h.tif", values, -1.0), area=area, issues=[])
    row, column = np.indices(values.shape)
    xy = np.column_stack([425_050.0 + 100 * column.ravel(), 2_213_950.0 - 100 * row.ravel()])
    assert found.at(xy, area.crs) == pytest.approx(values.ravel())


@FEW
@given(ending=st.sampled_from(VECTORS), table=rows(name=TEXTS, level=TEXTS))
def test_districts(ending: str, table: Rows) -> None:
    """Names, levels and outlines; each stands in a column of its own, so that none overlap."""
    for at, row in enumerate(table):
        row["at"] = (425_000.0 + 1000 * at, 2_210_000.0)
    with folder() as place:
        path = write(
            place / f"d{ending}", table, shape=lambda row: shapely.box(*row["at"], row["at"][0] + 900, 2_212_345)
        )
        found = read_districts(path, crs=UTM, issues=[]).loc[[row["id"] for row in table]]
    assert found[["name", "level"]].to_numpy().tolist() == [[row["name"], row["level"]] for row in table]
    expected = [(*row["at"], row["at"][0] + 900, 2_212_345) for row in table]
    assert found.bounds.to_numpy() == pytest.approx(np.array(expected), abs=1e-3)


@st.composite
def lines(draw: st.DrawFn) -> list[shapely.LineString]:
    """Draw one to four lines, each with ends of its own."""
    out = []
    for at in range(draw(st.integers(1, 4))):
        corners = draw(st.lists(METRES, min_size=0, max_size=4))
        out.append(shapely.LineString([(415_000 + at, 2_200_000), *corners, (445_000 + at, 2_230_000)]))
    return out


@FEW
@given(ending=st.sampled_from(VECTORS), shapes=lines(), names=st.lists(TEXTS, min_size=4, max_size=4))
def test_streets_of_layers(ending: str, shapes: list[shapely.LineString], names: list[str]) -> None:
    """Each line with its corners and its name."""
    layer = gpd.GeoDataFrame({"highway": "path", "name": names[: len(shapes)]}, geometry=shapes, crs=UTM)
    with folder() as place:
        save(layer, place / f"s{ending}")
        found = read_streets(place / f"s{ending}", crs=UTM, issues=[])
    first = {round(shape.coords[0][0]): name for shape, name in zip(shapes, names, strict=False)}
    order = np.argsort([line.coords[0][0] for line in found.geometry])
    assert [first[round(line.coords[0][0])] for line in found.geometry] == found["name"].tolist()
    for line, shape in zip(found.geometry.iloc[order], shapes, strict=True):
        assert shapely.get_coordinates(line) == pytest.approx(shapely.get_coordinates(shape), abs=1e-3)


@FEW
@given(shapes=lines())
def test_streets_of_graphs(shapes: list[shapely.LineString]) -> None:
    """Each edge with its line, its junctions where the line begins and ends."""
    graph = nx.MultiDiGraph(crs=f"epsg:{UTM}")
    for at, shape in enumerate(shapes):
        for node, (x, y) in ((f"a{at}", shape.coords[0]), (f"b{at}", shape.coords[-1])):
            graph.add_node(node, x=x, y=y)
        graph.add_edge(f"a{at}", f"b{at}", highway="path", geometry=shape.wkt)
    with folder() as place:
        nx.write_graphml(graph, place / "s.graphml")
        found = read_streets(place / "s.graphml", crs=UTM, issues=[]).set_index("u")
    assert sorted(found.index) == [f"a{at}" for at in range(len(shapes))]
    for at, shape in enumerate(shapes):
        line = found.loc[f"a{at}"]
        assert line["v"] == f"b{at}"
        assert shapely.get_coordinates(line.geometry) == pytest.approx(shapely.get_coordinates(shape), abs=1e-3)


@FEW
@given(ending=st.sampled_from([".osm", ".osm.pbf"]), shapes=lines(), names=st.lists(TEXTS, min_size=4, max_size=4))
def test_streets_of_openstreetmap(ending: str, shapes: list[shapely.LineString], names: list[str]) -> None:
    """Each way with its corners, to the centimetre that the format keeps, and its name."""
    degrees = gpd.GeoSeries(shapes, crs=UTM).to_crs(4326)
    nodes, ways = {}, []
    for at, line in enumerate(degrees):
        refs = range(100 * at + 1, 100 * at + 1 + len(line.coords))
        nodes |= dict(zip(refs, line.coords, strict=True))
        ways.append((at + 1, list(refs), {"highway": "path", "name": names[at]}))
    with folder() as place:
        found = read_streets(write_osm(place / f"s{ending}", nodes, ways), crs=UTM, issues=[])
    assert found["name"].tolist() == names[: len(shapes)]
    for line, shape in zip(found.geometry, shapes, strict=True):
        assert shapely.get_coordinates(line) == pytest.approx(shapely.get_coordinates(shape), abs=0.02)


@FEW
@given(
    ending=st.sampled_from([".csv", ".xlsx", ".gpkg"]),
    centers=rows(name=TEXTS),
    doors=st.lists(st.tuples(st.integers(0, 4), METRES), min_size=1, max_size=6),
)
def test_entrances(ending: str, centers: Rows, doors: list[tuple[int, tuple[float, float]]]) -> None:
    """Each center gets the entrances that name it, as many as there are."""
    owners = [centers[number % len(centers)]["id"] for number, _ in doors]
    table = [{"center": owner, "at": at} for owner, (_, at) in zip(owners, doors, strict=True)]
    with folder() as place:
        known = read_centers(write(place / "c.csv", centers), crs=UTM, issues=[])
        found = read_entrances(write(place / f"e{ending}", table), known, issues=[])
    for key in known.index:
        places = sorted(at for owner, (_, at) in zip(owners, doors, strict=True) if owner == key)
        shape = found.loc[key, "entrances"]
        assert (shape is None) == (not places)
        if places:
            parts = sorted(map(tuple, shapely.get_coordinates(shape).tolist()))
            assert len(parts) == len(places)
            away = shapely.distance(shapely.points(parts)[:, None], shapely.points(places)[None, :])
            assert away.min(axis=0).max() < 1e-3
            assert away.min(axis=1).max() < 1e-3


@FEW
@given(
    ending=st.sampled_from([".gpkg", ".geojson", ".fgb", ".parquet"]),
    shapes=st.lists(st.tuples(METRES, st.integers(0, 2)), min_size=1, max_size=5),
)
def test_barriers(ending: str, shapes: list[tuple[tuple[float, float], int]]) -> None:
    """Points, lines and polygons in one file."""
    kinds = [
        (shapely.Point(at), shapely.LineString([at, (at[0] + 9, at[1])]), shapely.box(*at, at[0] + 5, at[1] + 5))[kind]
        for at, kind in shapes
    ]
    with folder() as place:
        save(gpd.GeoDataFrame({"id": range(len(kinds))}, geometry=kinds, crs=UTM), place / f"b{ending}")
        found = read_barriers(place / f"b{ending}", crs=UTM, issues=[]).set_index("id").sort_index()
    assert found.geom_type.tolist() == [shape.geom_type for shape in kinds]
    assert found.bounds.to_numpy() == pytest.approx(np.array([shape.bounds for shape in kinds]), abs=1e-3)


@FEW
@given(cells=st.lists(st.tuples(TEXTS, st.integers(2, 10**6), TEXTS, TEXTS, TEXTS), min_size=1, max_size=5))
def test_corrections(cells: list[tuple[str, int, str, str, str]]) -> None:
    """What check wrote and a person filled in comes back: file, row, column, old and new value."""
    issues = [
        RowIssue(file=file, row=row, column=column, value=value, problem="not_a_number", action="refused")
        for file, row, column, value, _ in cells
    ]
    with folder() as place:
        path = place / "issues.xlsx"
        path.write_bytes(issues_file(issues, "zh", ".xlsx"))
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        filled = []
        for number, line in enumerate(sheet.iter_rows(min_row=2)):
            # A leading = would be a formula to the program that writes it.
            line[9].value, line[9].data_type = cells[number][4], "s"
            filled.append((line[0].value, line[1].value, line[2].value, line[3].value, cells[number][4]))
        book.save(path)
        found = read_corrections(path)
    assert [(one.file, one.row, one.column, one.before) for one in found] == [
        (str(file), row, str(column), str(value)) for file, row, column, value, _ in filled
    ]
    assert sorted((one.file, one.row, one.column, one.before) for one in found) == sorted(cell[:4] for cell in cells)
    assert all(isinstance(one, Correction) for one in found)


@given(
    name=TEXTS,
    file=TEXTS.filter(lambda text: "://" not in text),
    minutes=st.lists(st.integers(1, 240), min_size=1, max_size=4, unique=True).map(sorted),
    speed=st.floats(0.5, 20).map(lambda value: round(value, 3)),
    count=st.integers(0, 1000),
    language=st.sampled_from(["zh", "en"]),
    datum=st.sampled_from(["wgs84", "gcj02", "EPSG:4547", "火星坐标系"]),
)
def test_study_files(
    name: str, file: str, minutes: list[int], speed: float, count: int, language: str, datum: str
) -> None:
    """What is written stands in the study, whatever its texts are."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    text = f"""
        name = {quoted(name)}
        inputs.streets = {quoted(file)}
        inputs.centers = {{ file = {quoted(file)}, datum = {quoted(datum)} }}
        inputs.demand = {quoted(file)}
        walk.minutes = {minutes}
        walk.speed_kmh = {speed}
        sites.count = {count}
        output.language = {quoted(language)}
    """
    with folder() as place:
        (place / "study.toml").write_text(text, encoding="utf-8")
        study = read_study_file(place / "study.toml")
    inputs, walk = study.inputs, study.walk
    assert (study.name, inputs.streets.file, inputs.centers.file, inputs.demand.file) == (name, file, file, file)
    assert (inputs.centers.datum, walk.minutes, walk.speed_kmh) == (datum, minutes, speed)
    assert (study.sites.count, study.output.language) == (count, language)
