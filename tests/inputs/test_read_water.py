"""Water of an OpenStreetMap file: what is read, and on which side of a coast the sea is."""

import os
from pathlib import Path

import geopandas as gpd
import osmium
import pytest
import shapely

import servicecircle as sc
from servicecircle.errors import DataSourceError
from servicecircle.inputs.coast import sea_within
from tests.inputs.osm_files import Places, Way, write_osm

LAS_PALMAS = Path(__file__).parents[2].parent / "shared" / "data" / "las-palmas" / "las_palmas_20230221.osm.pbf"
UTM = 32649
BOX = shapely.box(0, 0, 100, 100)
NOTHING = gpd.GeoSeries([]).to_numpy()


def streets(*corners: tuple[float, float]) -> gpd.GeoDataFrame:
    """Return a layer whose bounds are those of places in degrees."""
    return gpd.GeoDataFrame(geometry=[shapely.LineString(corners)], crs=4326).to_crs(UTM)


def square(first: int, west: float, south: float, side: float) -> Places:
    """Return four nodes, counter-clockwise."""
    corners = [(0, 0), (side, 0), (side, side), (0, side)]
    return {first + i: (110.3 + west + x, 20.0 + south + y) for i, (x, y) in enumerate(corners)}


def ring(first: int) -> list[int]:
    """Return the nodes of such a square, closed."""
    return [*range(first, first + 4), first]


def lines(*corners: list[tuple[float, float]]) -> object:
    """Return coastlines."""
    return gpd.GeoSeries([shapely.LineString(line) for line in corners]).to_numpy()


def test_lakes_have_islands_and_dry_beds_are_no_water(tmp_path: Path) -> None:
    """A lake of a relation has its hole, a pond is read; what is dry, hidden or no water at all is not."""
    nodes = {**square(1, 0, 0, 0.01), **square(11, 0.004, 0.004, 0.002), **square(21, 0.02, 0, 0.001)}
    nodes |= {**square(31, 0.03, 0, 0.001), **square(41, 0.04, 0, 0.001), **square(51, 0.05, 0, 0.001)}
    ways: list[Way] = [
        (1, ring(1), {}),
        (2, ring(11), {}),
        (3, ring(21), {"natural": "water"}),
        (4, ring(31), {"natural": "water", "intermittent": "yes"}),
        (5, ring(41), {"natural": "wood", "water": "lake"}),
        (6, ring(51), {"landuse": "reservoir", "covered": "yes"}),
        (7, [21, 31, 41], {"waterway": "river"}),
    ]
    path = tmp_path / "city.osm"
    write_osm(tmp_path / "ways.osm", nodes, ways)
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for element in osmium.FileProcessor(str(tmp_path / "ways.osm")):
            writer.add(element)
        members = [("w", 1, "outer"), ("w", 2, "inner")]
        tags = {"type": "multipolygon", "natural": "water"}
        writer.add_relation(osmium.osm.mutable.Relation(id=9, members=members, version=1, tags=tags))
    water = sc.read_water(path, area=streets((110.3, 20.0), (110.36, 20.01)))
    assert dict(water["kind"]) == {"way/3": "inland", "relation/9": "inland"}
    assert water.index.name == "id"
    assert water.crs == UTM
    whole, hole = (shapely.box(110.3 + a, 20.0 + a, 110.3 + b, 20.0 + b) for a, b in ((0, 0.01), (0.004, 0.006)))
    expected = gpd.GeoSeries([whole.difference(hole)], crs=4326).to_crs(UTM).area[0]
    assert water.area["relation/9"] == pytest.approx(expected, rel=1e-4)


def test_the_sea_is_at_the_right_of_the_coast(tmp_path: Path) -> None:
    """A coast that runs south has the sea at its west; an island in it is dry; turned round all is the other way."""
    nodes = {1: (110.31, 20.2), 2: (110.31, 20.0), 3: (110.31, 19.8), **square(11, 0.002, 0.004, 0.002)}
    ways: list[Way] = [(1, [1, 2, 3], {"natural": "coastline"}), (2, ring(11), {"natural": "coastline"})]
    area = streets((110.3, 20.0), (110.32, 20.01))
    for turn in (1, -1):
        turned = [(ref, members[::turn], tags) for ref, members, tags in ways]
        water = sc.read_water(write_osm(tmp_path / f"{turn}.osm", nodes, turned), area=area)
        assert dict(water["kind"]) == {"sea": "sea"}
        told = [water.geometry["sea"].contains(at) for at in _points((110.305, 20.002), (110.315, 20.002))]
        assert told == [turn == 1, turn == -1]
        assert water.geometry["sea"].contains(_points((110.303, 20.005))[0]) == (turn == -1)


def _points(*places: tuple[float, float]) -> list[shapely.Point]:
    return list(gpd.GeoSeries([shapely.Point(at) for at in places], crs=4326).to_crs(UTM))


def test_a_coast_that_ends_in_the_box_is_led_on_where_nothing_is_crossed() -> None:
    """It goes straight to the nearest edge; a street in the way sends it to another one."""
    coast = lines([(0, 50), (90, 50)])
    assert sea_within(coast, BOX, NOTHING).area == pytest.approx(5000)
    assert sea_within(coast, BOX, lines([(95, 0), (95, 100)])).bounds == (0, 0, 90, 50)


def test_a_hole_in_the_coast_lets_no_sea_run_over_the_land() -> None:
    """What lies behind a hole stays dry; where every way out of an end is shut nothing is filled at all."""
    sea = sea_within(lines([(0, 50), (40, 50)], [(60, 50), (100, 50)]), BOX, NOTHING)
    assert sea.area == pytest.approx(4000)
    assert not sea.intersects(shapely.box(0, 50.1, 100, 100))
    wall = lines([(70, 40), (95, 40), (95, 60), (70, 60), (70, 51)], [(70, 49), (70, 40)])
    assert sea_within(lines([(0, 50), (90, 50)]), BOX, wall) is None
    assert sea_within(lines([(200, 0), (200, 100)]), BOX, NOTHING) is None


def test_an_island_drawn_the_wrong_way_round_does_not_dry_the_sea() -> None:
    """The side on which most of the coast has its water counts."""
    island = [(20, 20), (20, 30), (30, 30), (30, 20), (20, 20)]
    assert sea_within(lines([(0, 50), (100, 50)], island), BOX, NOTHING).area == pytest.approx(5000)
    assert sea_within(lines([(0, 50), (100, 50)], island[::-1]), BOX, NOTHING).area == pytest.approx(4900)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """Rubbish ends with the error of every other reader of such files."""
    (tmp_path / "city.osm.pbf").write_bytes(b"rubbish" * 9)
    with pytest.raises(DataSourceError, match="not an OpenStreetMap PBF file"):
        sc.read_water(tmp_path / "city.osm.pbf", area=streets((110.3, 20.0), (110.32, 20.01)))


def test_what_is_no_file_on_this_disk_is_refused(tmp_path: Path) -> None:
    """Nothing there, nothing in it, a pipe that never ends and an address end as with every other reader."""
    area = streets((110.3, 20.0), (110.32, 20.01))
    empty, pipe = tmp_path / "empty.osm.pbf", tmp_path / "pipe.osm.pbf"
    empty.touch()
    os.mkfifo(pipe)
    for file, says in (
        (tmp_path / "no.osm.pbf", "not found"),
        (empty, "empty"),
        (pipe, "is a pipe"),
        ("https://example.org/city.osm.pbf", "expected a file on this disk"),
    ):
        with pytest.raises(DataSourceError, match=says):
            sc.read_water(file, area=area)


@pytest.mark.skipif(not LAS_PALMAS.exists(), reason="the folder of real cities is not beside the checkout")
def test_the_sea_of_a_real_city_lies_around_its_piers() -> None:
    """Bay and harbour are sea, the town and a mole are not, though the coast in the file ends at its border."""
    city = sc.read_streets(LAS_PALMAS, issues=[])
    water = sc.read_water(LAS_PALMAS, area=city)
    sea = water.geometry["sea"]
    places = {(455_000, 3_112_500): True, (459_700, 3_113_000): True, (457_500, 3_110_000): False}
    places[459_200, 3_112_200] = False
    assert {at: sea.contains(shapely.Point(at)) for at in places} == places
    assert (water["kind"] == "inland").sum() > 1000
    assert city.intersection(sea).length.sum() < 0.005 * city.length.sum()
