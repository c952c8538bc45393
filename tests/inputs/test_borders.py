"""Districts that overlap or leave slivers: by their area, and by the people in them."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from servicecircle.inputs.borders import inside, overlaps, slivers
from servicecircle.inputs.demand import read_demand
from servicecircle.inputs.districts import read_districts
from servicecircle.inputs.issues import RowIssue

X, Y = 425_000.0, 2_212_000.0


def areas(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    """Return districts A, B ... from boxes in metres."""
    shapes = [shapely.box(X + west, Y + south, X + east, Y + north) for west, south, east, north in boxes]
    names = [chr(65 + at) for at in range(len(boxes))]
    return gpd.GeoDataFrame({"name": names}, geometry=shapes, crs=32649)


def people(*rows: tuple[float, float, float]) -> gpd.GeoDataFrame:
    """Return places from (x, y, weight)."""
    shapes = [shapely.Point(X + x, Y + y) for x, y, _ in rows]
    return gpd.GeoDataFrame({"weight": [weight for _, _, weight in rows]}, geometry=shapes, crs=32649)


@given(gap=st.floats(-300, 300).filter(lambda gap: abs(gap) > 0.5 and abs(gap - 50) > 0.5), high=st.floats(200, 2000))
def test_the_area_is_width_times_height(gap: float, high: float) -> None:
    """Two boxes, apart or over one another: an overlap of any width, a sliver of up to 50 m."""
    two = areas((0, 0, 1000, high), (1000 + gap, 0, 2000, high))
    shared, narrow = overlaps(two), slivers(two)
    assert [one.area for one in shared] == ([pytest.approx(-gap * high)] if gap < 0 else [])
    assert [one.area for one in narrow] == ([pytest.approx(gap * high)] if 0 < gap < 50 else [])
    assert all((one.first, one.second) == (0, 1) for one in [*shared, *narrow])


def test_shapes_that_were_mended_are_looked_at_too() -> None:
    """An outline with a spike becomes an area and a line: what it shares with another is found."""
    two = areas((0, 0, 1000, 100), (900, 0, 2000, 100))
    spike = shapely.LineString([(X + 1000, Y + 50), (X + 3000, Y + 50)])
    two.loc[0, "geometry"] = shapely.GeometryCollection([two.geometry[0], spike])
    assert [one.area for one in overlaps(two)] == [pytest.approx(10_000)]


def test_what_belongs_to_one_district_is_no_sliver() -> None:
    """A notch of the outline, a courtyard, a bay where two districts meet: no ground between two."""
    notched = areas((0, 0, 1000, 1000), (1000, 0, 2000, 500))
    notched.loc[0, "geometry"] = notched.geometry[0].difference(shapely.box(X + 500, Y + 900, X + 520, Y + 1000))
    notched.loc[1, "geometry"] = notched.geometry[1].difference(shapely.box(X + 1500, Y + 200, X + 1530, Y + 230))
    assert slivers(notched) == []
    assert slivers(areas((0, 0, 1000, 1000))) == []


def test_people_in_an_overlap_count_once_and_are_told() -> None:
    """150 of 400 people live in a strip of 20 m by 100 m that both districts hold."""
    two, found = areas((0, 0, 500, 100), (480, 0, 1000, 100)), list[RowIssue]()
    kept = inside(people((100, 50, 200), (490, 50, 100), (495, 60, 50), (900, 50, 50)), two, "p.csv", found)
    assert kept["weight"].sum() == 400
    assert [(one.problem, one.value, one.action) for one in found] == [
        ("people_in_overlap", "2 places, weight 150, A / B, 2000 m2", "doubted")
    ]


def test_people_in_a_sliver_are_left_out_and_told_apart_from_those_far_outside() -> None:
    """70 people live in the 40 m between two districts, 30 live beyond them."""
    two, found = areas((0, 0, 500, 1000), (540, 0, 1000, 1000)), list[RowIssue]()
    kept = inside(people((100, 50, 200), (520, 500, 70), (3000, 50, 30)), two, "p.csv", found)
    assert kept["weight"].sum() == 200
    assert [(one.problem, one.value, one.action) for one in found] == [
        ("outside_districts", "2 places, weight 100", "left out"),
        ("people_in_sliver", "1 places, weight 70, A / B, 40000 m2", "left out"),
    ]


def test_areas_of_people_that_overlap_are_told_with_their_people(tmp_path: Path) -> None:
    """Of two blocks with 100 and 400 people, a tenth of each is the same ground: 10 people may count twice."""
    blocks = areas((0, 0, 200, 100), (180, 0, 380, 100), (380, 0, 580, 100)).assign(people=[100, 400, 50])
    blocks.to_crs(4326).to_file(tmp_path / "p.gpkg")
    issues: list[RowIssue] = []
    assert read_demand(tmp_path / "p.gpkg", issues=issues)["weight"].sum() == 550
    told = [(one.row, one.value, one.action) for one in issues if one.problem == "people_twice"]
    assert told == [(2, "10.0% with row 1, 2000 m2, weight 10", "doubted")]
    blocks.loc[[0, 0, 2]].to_file(tmp_path / "p.gpkg")
    issues.clear()
    read_demand(tmp_path / "p.gpkg", issues=issues)
    told = [(one.row, one.value, one.action) for one in issues if one.problem == "people_twice"]
    assert told == [(2, "100.0% with row 1, 20000 m2, weight 100", "doubted")]


def test_the_readers_tell_both(tmp_path: Path) -> None:
    """The districts their ground, by row; the demand its people, in degrees and metres alike."""
    three = areas((0, 0, 500, 1000), (540, 0, 1000, 1000), (900, 0, 2000, 1000))
    three.to_file(tmp_path / "d.gpkg")
    issues: list[RowIssue] = []
    districts = read_districts(tmp_path / "d.gpkg", issues=issues)
    assert [(one.row, one.problem, one.value) for one in issues] == [
        (3, "overlap", "21.7% with row 2, 0.10 km2"),
        (2, "sliver", "to row 1, 40000 m2"),
    ]
    people((100, 50, 200), (520, 500, 70), (950, 50, 30)).to_crs(4326).to_file(tmp_path / "p.gpkg")
    for shapes in (districts, districts.to_crs(4326)):
        issues.clear()
        assert read_demand(tmp_path / "p.gpkg", districts=shapes, issues=issues)["weight"].sum() == 230
        said = {one.problem: one.value.rsplit(", ", 1)[0] for one in issues}
        assert said == {
            "outside_districts": "1 places",
            "people_in_sliver": "1 places, weight 70, A / B",
            "people_in_overlap": "1 places, weight 30, B / C",
        }
