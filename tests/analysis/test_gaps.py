import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import servicecircle as sc
from tests.network.streets import CRS, ORIGIN, network_of, point_table


def street_with_people(people, weights=None):
    """Coverage of one 4 km street whose center stands at 0; 15 minutes at 4.0 km/h are 1000 m."""
    network = network_of([[(0, 0), (4000, 0)]], speed_kmh=4.0)
    demand = point_table(people, weight=weights or [1.0] * len(people))
    times = sc.travel_times(network, demand, point_table([(0, 0)], name=["Town hall"]))
    return network, sc.coverage(times, minutes=15)


def test_people_beyond_the_limit_form_gaps_ranked_by_people() -> None:
    """Two settlements far apart are two gaps; the larger comes first; those within the limit are in none."""
    _, cover = street_with_people([(500, 0), (1500, 0), (1550, 0), (3500, 0)], [9.0, 1.0, 1.0, 5.0])
    found = sc.gaps(cover)
    assert found.index.tolist() == ["G1", "G2"]
    assert found["weight"].tolist() == [5.0, 2.0]
    assert found["share"].tolist() == pytest.approx([5 / 16, 2 / 16])
    assert found["walk_min"].tolist() == pytest.approx([52.5, 23.25])
    assert found["mean_walk_min"].tolist() == pytest.approx([52.5, 22.875])
    assert found["nearest"].tolist() == ["p0", "p0"]
    assert found.geometry.geom_type.tolist() == ["Polygon", "Polygon"]


def test_cells_that_touch_at_a_corner_are_one_gap() -> None:
    """Two settlements in cells that meet diagonally are contiguous; a free cell between them would part them."""
    _, cover = street_with_people([(2050, 50), (2150, 150), (2450, 50)])
    found = sc.gaps(cover, cell_m=100)
    assert found["weight"].tolist() == [2.0, 1.0]


def test_a_gap_names_the_district_most_of_its_people_live_in() -> None:
    """Of 3 people two live in the eastern district."""
    _, cover = street_with_people([(1980, 0), (2030, 0), (2070, 0)])
    halves = [shapely.box(0, -100, 2000, 100), shapely.box(2000, -100, 4000, 100)]
    districts = gpd.GeoDataFrame(
        {"name": ["West", "East"]}, geometry=[shapely.affinity.translate(h, *ORIGIN) for h in halves], crs=CRS
    )
    assert sc.gaps(cover, districts=districts)["district"].tolist() == ["East"]
    assert cover.by(districts)["total"].tolist() == [1.0, 2.0]


def test_people_nobody_can_reach_have_no_walk() -> None:
    """A gap off the network: its walk is infinite, its nearest center None."""
    _, cover = street_with_people([(2000, 500)])
    row = sc.gaps(cover).iloc[0]
    assert (row["walk_min"], row["nearest"], row["off_network"]) == (np.inf, None, 1.0)


def test_no_gap_is_an_empty_table_with_its_columns() -> None:
    """Everyone covered: no rows, the same columns, and no candidates."""
    network, cover = street_with_people([(500, 0)])
    found = sc.gaps(cover)
    assert len(found) == 0
    assert {"weight", "walk_min", "district", "geometry"} <= set(found.columns)
    assert len(sc.candidate_sites(network, found)) == 0


@given(
    st.lists(
        st.tuples(st.integers(-500, 4500), st.integers(-400, 400), st.sampled_from([0.0, 1.0, 7.5])),
        min_size=1,
        max_size=30,
    )
)
def test_the_gaps_hold_everyone_who_is_not_covered_once(people) -> None:
    """Weights add up, reasons add up, and every uncovered point lies in a gap."""
    _, cover = street_with_people([row[:2] for row in people], [row[2] for row in people])
    found = sc.gaps(cover)
    assert found["weight"].sum() == pytest.approx(cover.total - cover.covered)
    assert found[["too_far", "unreachable", "off_network"]].sum().sum() == pytest.approx(found["weight"].sum())
    assert found["weight"].is_monotonic_decreasing
    left = cover.demand[~cover.demand["covered"] & (cover.demand["weight"] > 0)]
    if len(left):
        assert left.within(found.geometry.union_all()).all()
    assert cover.total == pytest.approx(sum(cover.reasons.values()))


def test_candidates_stand_on_streets_in_and_near_the_gaps() -> None:
    """About one each 200 m, none farther than 300 m from a gap, all on the street."""
    network, cover = street_with_people([(3000, 0), (3100, 0)])
    found = sc.gaps(cover)
    sites = sc.candidate_sites(network, found, spacing_m=200, near_m=300)
    x = shapely.get_coordinates(sites.geometry.to_numpy())[:, 0] - ORIGIN[0]
    assert sites.distance(found.geometry.union_all()).max() <= 300
    assert 3 <= len(sites) <= 6
    assert (np.diff(np.sort(x)) >= 150).all()
    assert network.snap(sites, "sites").distance_m.max() < 1e-6


@given(
    near_m=st.sampled_from([0.0, 1.0, 60.0, 300.0]),
    corners=st.lists(st.tuples(st.integers(-900, 900), st.integers(-900, 900), st.integers(1, 400)), max_size=4),
)
def test_candidates_stand_in_each_square_near_a_gap(near_m: float, corners: list[tuple[int, int, int]]) -> None:
    """Each square of 40 m in which a street comes near a gap has one, and no other square, however gaps lie."""
    network = network_of([[(-1000, -1000), (1000, 1000)], [(1000, -1000), (0, 0), (-1000, 1000)]])
    west, south = ORIGIN
    areas = [shapely.box(west + x, south + y, west + x + size, south + y + size / 2) for x, y, size in corners]
    gaps = gpd.GeoDataFrame(geometry=[*areas, shapely.Polygon()], crs=CRS)
    sites = shapely.get_coordinates(sc.candidate_sites(network, gaps, spacing_m=40, near_m=near_m).geometry.to_numpy())
    places = network.index.samples()[0]
    near = places[[shapely.dwithin(gaps.geometry, shapely.Point(place), near_m).any() for place in places]]
    squares = [{tuple(square) for square in np.floor(xy / 40).tolist()} for xy in (sites, near)]
    assert squares[0] == squares[1]
    assert len(sites) == len(squares[0])
    assert {tuple(place) for place in sites.tolist()} <= {tuple(place) for place in near.tolist()}
