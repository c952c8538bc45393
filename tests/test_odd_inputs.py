"""What can be used although something is odd: read, told row by row, and refused where nothing is to be let pass."""

# ruff: noqa: E501 - one case a line, so that they read as a table

import csv
import re
from pathlib import Path
from typing import NamedTuple

import pytest
import shapely
import shapely.affinity

from tests.cities import CENTERS, City, corners, lonlat, write_city, write_csv, write_osm_streets, write_places
from tests.command import Command
from tests.spoils import (
    Spoil,
    book,
    boxes,
    cell,
    cells,
    graph,
    holds,
    layer,
    of,
    place,
    raster,
    said,
    scaled,
    text,
    then,
)  # fmt: skip


class Case(NamedTuple):
    """What is done to a good city; the row, column and value told, what was done, and the words for why."""

    name: str
    told: tuple[str, str, str, str]
    why: str
    spoil: Spoil


C1, C2 = (lonlat(at) for _, at in CENTERS.values())
HEAD = "id,name,lon,lat\n"
BLOCK = shapely.box(*C1, C1[0] + 1e-3, C1[1] + 1e-3)
BOW = shapely.Polygon([lonlat(a) for a in [(-300, -1300), (7000, 700), (7000, -1300), (-300, 700)]])
WEST, EAST = (-300.0, -1300.0), (7000.0, 700.0)


def centers(*rows: str) -> Spoil:
    """Let the centers be a table of these rows."""
    return of("centers", "c.csv", text(HEAD + "\n".join(rows) + "\n"))


def good(key: str, name: str) -> str:
    """Return the row of a center beside main street."""
    at = {"C1": 0.0, "C3": 1000.0, "C4": 2000.0, "C5": 3000.0}[key]
    return f"{key},{name},{lonlat((at, 0))[0]},{lonlat((at, 0))[1]}"


def flooded(path: Path) -> None:
    """Write the streets as an OpenStreetMap file, with a pond between main street and north street."""
    write_osm_streets(path)
    streets = path.read_text(encoding="utf-8")
    at = [lonlat(corner) for corner in corners((1400.0, 50.0, 1600.0, 150.0))]
    nodes = "".join(f'<node id="{9001 + i}" version="1" lon="{x}" lat="{y}"/>' for i, (x, y) in enumerate(at[:4]))
    refs = "".join(f'<nd ref="{9001 + i % 4}"/>' for i in range(5))
    pond = f'<way id="9001" version="1">{refs}<tag k="natural" v="water"/></way>'
    first = streets.index("<way")
    path.write_text(f"{streets[:first]}{nodes}{streets[first:]}".replace("</osm>", f"{pond}</osm>"), encoding="utf-8")


#: Told by every run, of a row.
TOLD = (
    Case("no coordinate", ("3", "lon", "", "left out"), "a coordinate is missing", centers(good("C1", "Hall"), "C2,x,,20.1")),
    Case("at 0, 0", ("3", "geometry", "0, 0", "left out"), "stands for an unknown one", centers(good("C1", "Hall"), "C2,x,0,0.0")),
    Case("at 0, 0, in a layer", ("2", "geometry", "0, 0", "left out"), "stands for an unknown one", of("centers", "c.gpkg", layer([place(0), shapely.Point(0, 0)], name=["a", "b"]))),
    Case("no people", ("2", "people", "", "left out"), "number of people is missing", cell("demand.csv", 2, "people", "")),
    Case("no geometry", ("2", "geometry", "", "left out"), "has no geometry", of("centers", "c.gpkg", layer([place(0), None], name=["a", "b"]))),
    Case("an empty geometry", ("2", "geometry", "", "left out"), "has no geometry", of("centers", "c.gpkg", layer([place(0), shapely.Point()], name=["a", "b"]))),
    Case("a point of no numbers", ("2", "geometry", "", "left out"), "has no geometry", of("centers", "c.gpkg", layer([place(0), shapely.MultiPoint([C1, (float("nan"), 20.0)])], name=["a", "b"]))),
    Case("a line among points", ("2", "geometry", "LineString", "left out"), "another kind than expected", of("centers", "c.gpkg", layer([place(0), shapely.LineString([C1, C2])], name=["a", "b"]))),
    Case("a polygon as center", ("1", "geometry", "Polygon", "repaired"), "a point inside the shape", of("centers", "c.gpkg", layer([place(0).buffer(1e-4)], name=["a"]))),
    Case("several points as center", ("1", "geometry", "MultiPoint", "repaired"), "a point inside the shape", of("centers", "c.gpkg", layer([shapely.MultiPoint([place(0), place(20)])], name=["a"]))),
    Case("a block of people", ("1", "geometry", "Polygon", "repaired"), "a point inside the shape", of("demand", "d.gpkg", layer([place(0).buffer(1e-3)], people=[5]))),
    Case("blocks of people that overlap", ("2", "geometry", "50.0% with row 1, 5787 m2, weight 4", "doubted"), "counted twice", of("demand", "d.gpkg", layer([BLOCK, shapely.affinity.translate(BLOCK, 5e-4)], people=[8, 9]))),
    Case("a district that crosses itself", ("1", "geometry", "*Self-intersection*", "repaired"), "crosses or touches itself", of("districts", "d.gpkg", layer([BOW], name=["a"]))),
    Case("districts that overlap", ("2", "geometry", "12.1% with row 1, 0.80 km2", "doubted"), "two districts overlap", of("districts", "d.geojson", boxes(("W", (*WEST, 3000, 700)), ("E", (2600, -1300, *EAST))))),
    Case("a sliver between districts", ("2", "geometry", "to row 1, 399* m2", "doubted"), "belongs to neither", of("districts", "d.geojson", boxes(("W", (*WEST, 2890, 700)), ("E", (2910, -1300, *EAST))))),
    Case("a formula without result", ("3", "lon", "=110+1", "left out"), "no stored result", of("centers", "c.xlsx", book(lambda _, s: s.cell(3, 3, "=110+1")))),
    Case("merged cells", ("2", "name", "2 - 3", "repaired"), "taken for each of their rows", of("centers", "c.xlsx", book(lambda _, s: s.merge_cells("B2:B3")))),
    Case("an entrance of no center", ("3", "center", "Z9", "left out"), "no center of this id", lambda city: (write_csv(city.folder / "e.csv", ("center", "lon", "lat"), [("C1", *C1), ("Z9", *C1)]), said('demand = "demand.csv"', 'demand = "demand.csv"\nentrances = "e.csv"')(city))),
    Case("a barrier without shape", ("2", "geometry", "", "left out"), "has no geometry", lambda city: (layer([place(2500).buffer(1e-4), None])(city.folder / "b.gpkg"), said('demand = "demand.csv"', 'demand = "demand.csv"\nbarriers = "b.gpkg"')(city))),
    Case("a street without shape", ("2", "geometry", "", "left out"), "has no geometry", of("streets", "s.gpkg", layer([shapely.LineString([lonlat((0, 0)), lonlat((5000, 0))]), None], highway=["path", "path"]))),
)  # fmt: skip

#: Told by every run, of the file as a whole.
OF_FILES = (
    Case("people in an overlap", ("0", "geometry", "2 places, weight 250, W / E, 0.80 km2", "doubted"), "each counts once", of("districts", "d.geojson", boxes(("W", (*WEST, 3000, 700)), ("E", (2600, -1300, *EAST))))),
    Case("people in a sliver", ("0", "geometry", "1 places, weight 150, W / E, 399* m2", "left out"), "count in neither", of("districts", "d.geojson", boxes(("W", (*WEST, 2890, 700)), ("E", (2910, -1300, *EAST))))),
    Case("nobody lives anywhere", ("0", "weight", "0 in 1 places", "doubted"), "nobody lives anywhere", holds("demand.csv", f"id,lon,lat,people\na,{C1[0]},{C1[1]},0\n")),
    Case("a raster that does not say what no data is", ("0", "band 1", "65535 in 2 cells", "repaired"), "taken as no data", of("demand", "p.tif", cells({(0, 0): 65535, (0, 1): 65535}, dtype="uint16"))),
    Case("a raster of tenths of people", ("0", "band 1", "0.1 x cell", "repaired"), "declares a scale", of("demand", "p.tif", then(raster(5.0), scaled(0.1)))),
    Case("a shapefile without its table", ("0", "", "c.dbf", "doubted"), "holds its columns is missing", of("centers", "c.shp", then(layer([place(0)], name=["a"]), lambda p: p.with_suffix(".dbf").unlink()))),
    Case("streets of no length", ("0", "geometry", "1 lines", "left out"), "no length", of("streets", "s.graphml", graph(n5=str(lonlat((4000.0, 0.0))[0])))),
    Case("several sheets", ("0", "Sheet", "Sheet, other", "doubted"), "several sheets", of("centers", "c.xlsx", book(lambda b, _: b.create_sheet("other")))),
)  # fmt: skip

#: What only `check` looks for.
LOOKED_FOR = (
    Case("no name", ("3", "name", "", "doubted"), "the name is missing", centers(good("C1", "Hall"), good("C3", ""))),
    Case("a name of the wrong encoding", ("2", "name", "æµ·å*", "doubted"), "another encoding", centers(good("C1", "海口厅".encode().decode("cp1252", "ignore")))),
    Case("a name of the other wrong encoding", ("2", "name", "娴峰彛*", "doubted"), "another encoding", centers(good("C1", "海口厅".encode().decode("gb18030", "replace")))),
    Case("a name of digits", ("2", "name", "12345", "doubted"), "holds no letter", centers(good("C1", "12345"))),
    Case("a rounded id", ("2", "id", "1.23457E+19", "doubted"), "last digits", centers(good("C1", "Hall").replace("C1", "1.23457E+19"))),
    Case("two ids but for their width", ("3", "id", "Ｃ１", "doubted"), "but for its width", centers(good("C1", "Hall"), good("C3", "Post").replace("C3", "Ｃ１"))),
    Case("two ids but for a mark of no width", ("3", "id", "C1\u200b", "doubted"), "but for its width", centers(good("C1", "Hall"), good("C3", "Post").replace("C3", "C1\u200b"))),
    Case("a center far from streets", ("3", "", "Farm Post", "doubted"), "no usable street", centers(good("C1", "Hall"), "C2,Farm Post,{},{}".format(*C2))),
    Case("a center on an island", ("3", "", "Isle", "doubted"), "not joined to the main network", centers(good("C1", "Hall"), "C2,Isle,{},{}".format(*lonlat((6300, 0))))),
    Case("two at one place", ("3", "", "Post", "doubted"), "exactly the same place", centers(good("C1", "Hall"), good("C1", "Post").replace("C1", "C2"))),
    Case("three at one place", ("4", "", "Shop", "doubted"), "as when an address was not found", centers(good("C1", "Hall"), good("C1", "Post").replace("C1", "C2"), good("C1", "Shop").replace("C1", "C3"))),
    Case("a like name nearby", ("3", "name", "海秀镇服务中心站", "doubted"), "a similar name is near", centers(good("C1", "海秀镇服务中心"), "C2,海秀镇服务中心站,{},{}".format(*lonlat((120, 0))))),
    Case("few decimals", ("2", "", "110.32, 20.03", "doubted"), "a kilometre at best", centers("C1,Hall,110.32,20.03")),
    Case("a layer is looked at as a table is", ("2", "", "Post", "doubted"), "exactly the same place", of("centers", "c.gpkg", layer([place(0), place(0)], name=["Hall", "Post"]))),
    Case("in water", ("3", "", "Boat", "doubted"), "stands in water", lambda city: (of("streets", "s.osm", flooded)(city), centers(good("C1", "Hall"), "C2,Boat,{},{}".format(*lonlat((1500, 100))))(city))),
    Case("outside the districts", ("3", "", "Far Hall", "doubted"), "lie in no district", centers(good("C1", "Hall"), "C2,Far Hall,{},{}".format(*lonlat((0, 900))))),
)  # fmt: skip


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command line inside this process."""
    return Command(capfd, monkeypatch)


def spoilt(folder: Path, case: Case) -> City:
    """Write the city, without its farm and its plot on an island, and spoil it."""
    city = write_city(folder / "city")
    city.edit('candidates = "candidates.csv"\n', "")
    write_places(city.folder / "centers.csv", {"C1": CENTERS["C1"]})
    case.spoil(city)
    return city


def fits(line: dict[str, str], case: Case) -> bool:
    """Say whether an issue is the one expected; a star stands for the rest of a value."""
    row, column, value, action = case.told
    shape = ".*".join(map(re.escape, value.split("*")))
    return (
        re.fullmatch(f"'?{shape}", line["value"]) is not None
        and (line["row"] or "0", line["column"], line["action"]) == (row, column, action)
        and case.why in line["problem"]
    )


def issues(path: Path) -> list[dict[str, str]]:
    """Read a list of issues."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", [*TOLD, *OF_FILES, *LOOKED_FOR], ids=lambda case: case.name)
def test_what_is_odd_is_told_once(case: Case, tmp_path: Path, command: Command) -> None:
    """It stands in the list of issues; where nothing is to be let pass, a row ends the command with 3."""
    city = spoilt(tmp_path, case)
    ended = command("check", city.study, "-o", city.folder / "issues.csv", "--strict")
    lines = issues(city.folder / "issues.csv")
    assert sum(fits(line, case) for line in lines) == 1, lines
    rows = sum(line["row"] != "" for line in lines)
    assert case not in (*TOLD, *LOOKED_FOR) or rows
    assert (ended.code, ended.err) == (0, "") if not rows else (3, ended.err)
    assert not rows or f"{rows} row issue(s) in all, and none is let pass" in ended.err


def test_a_run_tells_the_same(tmp_path: Path, command: Command) -> None:
    """What reading tells stands in issues.csv beside the report; a strict run stops at it and writes nothing."""
    case = TOLD[0]
    city = spoilt(tmp_path, case)
    strict = command("run", city.study, "--strict")
    assert (strict.code, city.out.exists()) == (3, False)
    assert "1 row issue(s) in all, and none is let pass" in strict.err
    assert command("run", city.study).code == 0
    assert sum(fits(line, case) for line in issues(city.out / "issues.csv")) == 1


def test_a_good_city_has_no_row_to_tell(tmp_path: Path, command: Command) -> None:
    """Else the strict runs above would prove nothing."""
    city = spoilt(tmp_path, Case("good", ("", "", "", ""), "", lambda _: None))
    centers = good("C1", "West Hall")
    city.edit(centers, f"{centers}1", "centers.csv")
    assert command("check", city.study, "--strict").code == 0
