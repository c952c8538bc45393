"""Centers that can be read but may be wrong."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from servicecircle.analysis.doubts.places import place_doubts
from servicecircle.inputs.issues import RowIssue
from servicecircle.network.walk import WalkNetwork
from tests.network.streets import CRS, ORIGIN, network_of

#: Two kilometres of main street, an island of 600 m east of it.
NETWORK = network_of([[(0, 0), (1000, 0)], [(1000, 0), (2000, 0)], [(5000, 0), (5600, 0)]])


def doubts(
    rows: list[tuple[str, float, float]],
    districts: gpd.GeoDataFrame | None = None,
    water: gpd.GeoDataFrame | None = None,
    **columns,
) -> list[RowIssue]:
    """Return the doubts about (name, x, y) from row 2 on."""
    points = [shapely.Point(ORIGIN[0] + x, ORIGIN[1] + y) for _, x, y in rows]
    table = gpd.GeoDataFrame({"name": [name for name, _, _ in rows], **columns}, geometry=points, crs=CRS)
    table = table.set_axis(range(2, 2 + len(rows)))
    return place_doubts(NETWORK, table, file="centers.csv", districts=districts, water=water)


def said(found: list[RowIssue]) -> list[tuple[int, str, str]]:
    """Return row, problem and suggestion of each."""
    return [(issue.row, issue.problem, issue.suggestion) for issue in found]


def test_good_places_are_not_doubted() -> None:
    """Two halls beside the street, of different names."""
    assert doubts([("East Hall", 100, 10), ("West Library", 1500, 10)]) == []


def test_places_far_from_streets_and_on_islands() -> None:
    """500 m off is certain; an island is possible, and says how large it is."""
    found = doubts([("Hall", 100, 0), ("Farm", 100, 500), ("Isle", 5300, 5)])
    assert said(found) == [(3, "center_off_network", ""), (4, "on_island", "")]
    assert [issue.sure for issue in found] == ["certain", "possible"]
    assert found[1].detail == "0.6 km"


def test_axes_exchanged_where_both_numbers_are_possible() -> None:
    """In Brazil a place among the streets only the other way round is told cell by cell; a far farm is no slip."""
    line = shapely.LineString([(480_000, 6_670_000), (482_000, 6_672_000)])
    streets = gpd.GeoDataFrame(
        {"length_m": [line.length]}, geometry=[line], index=pd.Index(["a"], name="id"), crs=32722
    )
    network = WalkNetwork.from_streets(streets)
    typed = [("-51.2", "-30.1"), ("-30.095", "-51.195"), ("-50.123", "-29.123")]
    lon, lat = ([float(pair[axis]) for pair in typed] for axis in (0, 1))
    columns = {
        "name": ["A Hall", "B Post", "C Farm"],
        "lon_typed": [x for x, _ in typed],
        "lat_typed": [y for _, y in typed],
    }
    places = gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(lon, lat), crs=4326).to_crs(32722)
    found = place_doubts(network, places.set_axis([2, 3, 4]), file="centers.csv")
    exchanged = [issue for issue in found if issue.problem == "axes_exchanged"]
    assert [(issue.row, issue.column, issue.value, issue.suggestion) for issue in exchanged] == [
        (3, "lon_typed", "-30.095", "-51.195"),
        (3, "lat_typed", "-51.195", "-30.095"),
    ]


def test_places_in_water() -> None:
    """Far from the shore that is likely wrong, near it possible, on an island of the lake it is right."""
    x, y = ORIGIN
    lake = shapely.box(x + 100, y - 100, x + 400, y + 100).difference(shapely.box(x + 240, y - 10, x + 260, y + 10))
    water = gpd.GeoDataFrame(geometry=[lake, shapely.box(x + 390, y - 5, x + 600, y + 5)], crs=CRS)
    found = doubts([("Hall", 150, 0), ("Boat", 105, 0), ("Isle", 250, 0), ("Mill", 700, 0)], water=water)
    assert said(found) == [(2, "in_water", ""), (3, "in_water", "")]
    assert [(issue.sure, issue.detail) for issue in found] == [("likely", "50 m"), ("possible", "5 m")]
    assert doubts([("Hall", 150, 0)], water=water.iloc[:0]) == []


def test_one_coordinate_for_several_rows() -> None:
    """Two may be twins; three look like an address that was not found."""
    assert said(doubts([("A Hall", 10, 0), ("B Post", 10, 0)])) == [(2, "same_place", ""), (3, "same_place", "")]
    many = doubts([("A Hall", 10, 0), ("B Post", 10, 0), ("C Shop", 10, 0)])
    assert {issue.problem for issue in many} == {"repeated_coordinate"}
    assert many[0].detail == "2, 3, 4"


def test_similar_names_nearby() -> None:
    """The later row is doubted; numbered neighbours are two; the same name far away is another place."""
    twins = doubts([("海秀镇服务中心", 100, 0), ("海秀镇服务中心站", 220, 0)])
    assert said(twins) == [(3, "similar_name_nearby", "")]
    assert twins[0].detail == "2: 海秀镇服务中心, 120 m"
    assert doubts([("第一社区服务站", 100, 0), ("第二社区服务站", 220, 0)]) == []
    assert doubts([("海秀镇服务中心", 100, 0), ("海秀镇服务中心", 900, 0)]) == []


def test_coordinates_with_two_decimals() -> None:
    """Both were typed with hardly a decimal; one alone happens."""
    rows = [("A Hall", 10, 0), ("B Post", 500, 0), ("C Shop", 900, 0)]
    found = doubts(rows, lon_typed=["110.3", "110.3", "110.345678"], lat_typed=["20.10", "20.123456", "20"])
    assert said(found) == [(2, "round_coordinate", "")]


@pytest.mark.parametrize("name", ["12345", "---", "镇\ufffd\ufffd中心"])
def test_names_that_are_no_text(name: str) -> None:
    """Numbers, signs, and letters lost on the way."""
    assert said(doubts([(name, 10, 0)])) == [(2, "name_not_text", "")]


def test_names_that_are_missing_or_garbled() -> None:
    """A missing name is told without a stand-in, by its id elsewhere; a garbled one with what it was."""
    rows = [("", 10, 0), ("海口厅".encode().decode("latin-1"), 500, 0), ("", 100, 700)]
    found = doubts(rows, id=["007", "008", "009"])
    assert said(found) == [
        (2, "missing_name", ""),
        (3, "garbled_text", "海口厅"),
        (4, "center_off_network", ""),
        (4, "missing_name", ""),
    ]
    assert [issue.value for issue in found] == ["", "海口厅".encode().decode("latin-1"), "009", ""]
    assert doubts([("", 10, 0), ("", 20, 0)])[0].problem == "missing_name"


def test_ids_that_a_spreadsheet_has_rounded() -> None:
    """Twenty digits as a number keep fifteen; an id of letters and digits is let be."""
    rows = [("A Hall", 10, 0), ("B Post", 300, 0), ("C Shop", 600, 0), ("D Inn", 900, 0)]
    found = doubts(rows, id=["1.23457E+19", "1E5", "12345678901234567890", "1e+20"])
    assert said(found) == [(2, "rounded_id", ""), (5, "rounded_id", "")]


def test_slips_of_tier_and_kind() -> None:
    """A value that occurs once where others occur often; the like one is suggested; a few empty cells are doubted."""
    rows = [(f"{chr(65 + i)}{chr(97 + i)} 堂", i * 120.0, 0.0) for i in range(16)]
    tiers = ["镇街"] * 9 + ["镇衔"] + ["村/社区"] * 5 + [""]
    found = doubts(rows, tier=tiers)
    assert said(found) == [(11, "rare_value", "镇街"), (17, "missing_value", "")]
    assert found[0].column == "tier"
    assert doubts(rows, tier=["区"] * 16) == []


def test_districts_that_are_claimed() -> None:
    """Another one, one that is none, and a place outside all; names and ids are both good."""
    x, y = ORIGIN
    shapes = [shapely.box(x, y - 100, x + 1000, y + 100), shapely.box(x + 1000, y - 100, x + 1900, y + 100)]
    districts = gpd.GeoDataFrame({"name": ["West", "East"]}, geometry=shapes, crs=CRS, index=["460105", "460106"])
    rows = [("A Hall", 10, 0), ("B Post", 200, 0), ("C Shop", 500, 0), ("D Inn", 800, 0), ("E Gym", 1950, 0)]
    claims = ["West", "460105", "East", "Wset", "East"]
    found = doubts(rows, districts, district=claims)
    assert said(found) == [
        (4, "wrong_district", "West"),
        (5, "unknown_district", "West"),
        (6, "outside_districts", ""),
    ]
