"""Streets that can be read but may be wrong for walking."""

import geopandas as gpd
import pytest
import shapely

from servicecircle.analysis.doubts.network import network_doubts
from servicecircle.inputs.issues import RowIssue
from servicecircle.network.walk import WalkNetwork
from tests.network.streets import CRS, ORIGIN, point_table, street_table


def doubts(lines, people=((10.0, 0.0),), *, highway: str = "footway", **options) -> dict[str, list[RowIssue]]:
    """Return the doubts about streets by their problem."""
    streets = street_table(lines).assign(highway=highway)
    network = WalkNetwork.from_streets(streets, min_component_m=options.pop("min_component_m", 0.0))
    demand = point_table(people, weight=[100.0] * len(people))
    out: dict[str, list[RowIssue]] = {}
    for issue in network_doubts(network, streets, demand, file="streets.gpkg", **options):
        out.setdefault(issue.problem, []).append(issue)
    return out


MAIN = [[(0, 0), (500, 0)], [(500, 0), (1000, 0)]]


def test_good_streets_are_not_doubted() -> None:
    """A street of footways, one person beside it."""
    assert doubts(MAIN) == {}


def test_a_dead_end_before_a_street_is_a_missing_link() -> None:
    """5 m short of the street, and no walk leads there; the place is told in degrees."""
    found = doubts([*MAIN, [(250, 5), (250, 400)]])["missing_link"]
    assert len(found) == 1
    place = gpd.GeoSeries([shapely.Point(ORIGIN[0] + 250, ORIGIN[1] + 5)], crs=CRS).to_crs(4326)[0]
    assert found[0].value == f"{place.x:.6f}, {place.y:.6f}: 5.0 m apart"


def test_a_dead_end_that_is_joined_close_by_is_none() -> None:
    """A hook that leaves the street 100 m on and comes back to 5 m of it; the same hook leaving 300 m on is doubted."""
    assert "missing_link" not in doubts([[(0, 0), (150, 0)], [(150, 0), (1000, 0)], [(150, 0), (130, 5), (50, 5)]])
    long = [[(0, 0), (500, 0)], [(500, 0), (1000, 0)], [(500, 0), (500, 60), (300, 60), (300, 5)]]
    assert len(doubts(long)["missing_link"]) == 1


def test_a_dead_end_farther_than_a_few_metres_is_none() -> None:
    """20 m are a field, not a slip."""
    assert "missing_link" not in doubts([*MAIN, [(250, 20), (250, 400)]])


def test_streets_for_cars_only() -> None:
    """The classes found are told with their length."""
    found = doubts(MAIN, highway="primary")["no_footways"]
    assert found[0].value == "0.0% footways; primary 1 km"


def test_people_without_a_street_and_crumbs() -> None:
    """Half the people, and the parts that are too short to count."""
    lines = [*MAIN, [(5000, 0), (5050, 0)]]
    found = doubts(lines, [(10.0, 0.0), (10.0, 900.0)], min_component_m=500.0)
    assert found["people_off_network"][0].value == "50.0% of people, 100"
    assert found["dropped_crumbs"][0].value == "1 of 0.1 km"


@pytest.mark.parametrize(("margin_m", "short"), [(100.0, None), (300.0, "east 200 m")])
def test_streets_that_end_where_the_study_does(margin_m: float, short: str | None) -> None:
    """They have to reach beyond the districts by the longest walk."""
    x, y = ORIGIN
    area = gpd.GeoDataFrame(geometry=[shapely.box(x + 400, y, x + 800, y + 1)], crs=CRS)
    lines = [*MAIN, [(500, -500), (500, 0)], [(500, 0), (500, 501)]]
    found = doubts(lines, margin_m=margin_m, districts=area).get("streets_end_at_edge", [])
    assert [issue.value for issue in found] == ([] if short is None else [short])
