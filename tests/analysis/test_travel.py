import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import servicecircle as sc
from tests.network.streets import network_of, oracle_minutes, point_table

node = st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda cell: (cell[0] * 100.0, cell[1] * 100.0))
bend = st.tuples(st.integers(0, 500), st.integers(0, 500))
street = st.builds(lambda a, middle, b: [a, *middle, b], node, st.lists(bend, max_size=2), node)
place = st.tuples(st.integers(-100, 600), st.integers(-100, 600))


def times_on(network, demand, facilities, **options):
    """Return travel times with everyone weighing 1."""
    return sc.travel_times(network, point_table(demand, weight=[1.0] * len(demand)), point_table(facilities), **options)


def test_one_block_takes_one_minute() -> None:
    """80 m at 4.8 km/h is a minute; streets turn corners, so 2 + 3 blocks take 5."""
    blocks = [[(80 * i, 80 * j), (80 * i + 80, 80 * j)] for i in range(4) for j in range(4)]
    blocks += [[(80 * i, 80 * j), (80 * i, 80 * j + 80)] for i in range(4) for j in range(4)]
    times = times_on(network_of(blocks), [(80, 0), (160, 240)], [(0, 0)])
    assert times.nearest_minutes == pytest.approx([1.0, 5.0])


def test_both_ends_walk_off_the_street() -> None:
    """40 m from the door to the street, 160 m along it and 40 m to the center are three minutes."""
    times = times_on(network_of([[(0, 0), (800, 0)]]), [(100, 40)], [(260, -40)])
    assert times.nearest_minutes == pytest.approx([3.0])


def test_two_places_on_one_segment_walk_straight_along_it() -> None:
    """The walk never goes round by a junction when both doors open on the same street."""
    loop = [(0, 0), (400, 0), (400, 400), (0, 400), (0, 0)]
    times = times_on(network_of([loop]), [(80, 0), (0, 80)], [(160, 0)])
    assert times.nearest_minutes == pytest.approx([1.0, 3.0])  # the second walks round the corner of the loop


def test_of_parallel_segments_the_quicker_counts() -> None:
    """A detour of 400 m between the same two junctions does not make the direct 160 m longer."""
    lines = [[(-160, 0), (0, 0)], [(0, 0), (160, 0)], [(0, 0), (80, 200), (160, 0)], [(160, 0), (320, 0)]]
    for order in (lines, lines[::-1]):
        times = times_on(network_of(order), [(-160, 0)], [(320, 0)])
        assert times.nearest_minutes == pytest.approx([6.0])


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_the_outermost_junction_leads_on(turn) -> None:
    """Homes on a street that is entered at the corner of the city alone: 40 m to the corner and 120 m on."""
    rotate = np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), turn)
    city = network_of([np.array(line) @ rotate for line in ([(0, 0), (2000, 0)], [(2000, 0), (2000, -2000)])])
    home, center = np.array([(2000, -120)]) @ rotate, np.array([(1960, 0)]) @ rotate
    times = times_on(city, home, center, max_minutes=5)
    assert times.minutes == pytest.approx([2.0])


def test_a_bridge_and_the_road_below_do_not_meet() -> None:
    """Streets that share a coordinate but no junction are not joined."""
    lines = [[(0, 0), (80, 0)], [(80, 0), (160, 0)], [(80, -80), (80, 0)], [(80, 0), (80, 80)]]
    joined = times_on(network_of(lines), [(0, 0)], [(80, 80)])
    assert joined.nearest_minutes == pytest.approx([2.0])
    apart = network_of(lines, u=["a", "b", "c", "m"], v=["b", "d", "m", "e"])
    assert times_on(apart, [(0, 0)], [(80, 80)]).nearest_minutes == np.inf


def test_unreachable_and_off_the_network_are_told_apart() -> None:
    """An island without a center is unreachable; a field far from every street is off the network."""
    network = network_of([[(0, 0), (800, 0)], [(0, 2000), (800, 2000)]])
    times = times_on(network, [(0, 0), (0, 2000), (0, 1000)], [(400, 0)])
    cover = sc.coverage(times, minutes=15)
    assert cover.demand["reason"].tolist() == ["covered", "unreachable", "off_network"]
    assert cover.demand["walk_min"].tolist() == [5.0, np.inf, np.inf]
    assert cover.demand["nearest"].tolist() == ["p0", None, None]


def test_the_nearest_center_is_known_beyond_the_longest_walk_kept() -> None:
    """Pairs end at max_minutes, but how far the nearest center is stays known."""
    times = times_on(network_of([[(0, 0), (8000, 0)]]), [(0, 0)], [(8000, 0), (7200, 0)], max_minutes=10)
    assert times.nearest_minutes == pytest.approx([90.0])
    assert times.nearest_facility.tolist() == [1]
    assert len(times.minutes) == 0


def test_pairs_reach_as_far_as_the_longest_walk() -> None:
    """On a street of 5 km in blocks of 80 m, 20 minutes hold the 20 houses on each side and the one at the door."""
    blocks = [[(80 * i, 0), (80 * i + 80, 0)] for i in range(62)]
    times = times_on(network_of(blocks), [(80 * i, 0) for i in range(62)], [(80 * 31, 0)], max_minutes=20.000001)
    assert times.demand_index.tolist() == list(range(11, 52))
    assert times.minutes == pytest.approx(np.abs(np.arange(-20, 21)))


def test_ends_a_few_millimetres_apart_are_joined_and_farther_ones_are_not() -> None:
    """Streets meet within 1 cm: digitising noise joins, a kerb does not."""
    for apart, walk in ((0.005, 2.0), (0.02, np.inf)):
        times = times_on(network_of([[(0, 0), (80, 0)], [(80 + apart, 0), (160, 0)]]), [(0, 0)], [(160, 0)])
        assert times.nearest_minutes == pytest.approx([walk], abs=1e-3)


def test_the_limit_is_inclusive() -> None:
    """Exactly 15 minutes is covered."""
    times = times_on(network_of([[(0, 0), (1200, 0)]]), [(0, 0), (-0.001, 0)], [(1200, 0)])
    assert times.nearest_minutes[0] == 15.0
    assert sc.coverage(times, minutes=15).demand["covered"].tolist() == [True, False]


def test_of_two_equally_near_centers_the_first_id_counts_whatever_the_row_order() -> None:
    """Ties do not depend on the order of rows."""
    network = network_of([[(0, 0), (800, 0)]])
    demand = point_table([(400, 0)], weight=[1.0])
    centers = point_table([(240, 0), (560, 0)])
    for table in (centers, centers[::-1]):
        cover = sc.coverage(sc.travel_times(network, demand, table), minutes=15)
        assert cover.demand["nearest"].tolist() == ["p0"]


@given(
    streets=st.lists(street, min_size=1, max_size=14),
    demand=st.lists(place, min_size=1, max_size=12),
    facilities=st.lists(place, min_size=1, max_size=20),
    limit=st.sampled_from([1.0, 6.0, 60.0]),
    snap=st.sampled_from([40.0, 1000.0]),
)
def test_every_walk_equals_networkx_on_a_graph_with_all_places_inserted(
    streets, demand, facilities, limit, snap
) -> None:
    """Same segment, loops, parallels, dead ends, islands: minutes agree to 1e-6, and no pair is missing."""
    network = network_of(streets)
    demand_table = point_table(demand, weight=np.ones(len(demand)))
    center_table = point_table(facilities)
    origin = network.snap(demand_table, "demand", max_snap_m=snap)
    target = network.snap(center_table, "centers", max_snap_m=snap)
    if not (target.segment >= 0).any():
        with pytest.raises(sc.InfeasibleError, match="within"):
            sc.travel_times(network, demand_table, center_table, max_minutes=limit, max_snap_m=snap)
        return
    times = sc.travel_times(network, demand_table, center_table, max_minutes=limit, max_snap_m=snap)
    expected = oracle_minutes(network, origin, target)
    np.testing.assert_allclose(times.nearest_minutes, expected.min(axis=1), atol=1e-6)
    near = np.flatnonzero(np.isfinite(times.nearest_minutes))
    np.testing.assert_allclose(expected[near, times.nearest_facility[near]], times.nearest_minutes[near], atol=1e-6)
    facility = np.repeat(np.arange(len(facilities)), np.diff(times.indptr))
    np.testing.assert_allclose(times.minutes, expected[times.demand_index, facility], atol=1e-6)
    held = np.zeros(expected.shape, dtype=bool)
    held[times.demand_index, facility] = True
    assert (held | (expected > limit - 1e-6)).all()


@given(
    streets=st.lists(street, min_size=2, max_size=10),
    demand=st.lists(place, min_size=1, max_size=8),
    facilities=st.lists(place, min_size=1, max_size=5),
    seed=st.integers(0, 1000),
)
def test_row_order_and_drawing_direction_do_not_matter(streets, demand, facilities, seed) -> None:
    """Shuffled tables and reversed lines give the same walks, to rounding."""
    rng = np.random.default_rng(seed)
    plain = times_on(network_of(streets), demand, facilities, max_snap_m=1000.0)
    order = rng.permutation(len(streets))
    turned = [streets[i][::-1] if rng.random() < 0.5 else streets[i] for i in order]
    again = times_on(network_of(turned), demand, facilities, max_snap_m=1000.0)
    np.testing.assert_allclose(again.nearest_minutes, plain.nearest_minutes, rtol=1e-9, atol=1e-9)


@given(
    streets=st.lists(street, min_size=1, max_size=10),
    demand=st.lists(place, min_size=1, max_size=10),
    facilities=st.lists(place, min_size=2, max_size=6),
)
def test_one_center_more_and_a_longer_walk_never_cover_less(streets, demand, facilities) -> None:
    """Coverage grows with centers and with minutes."""
    network = network_of(streets)
    all_of_them = times_on(network, demand, facilities, max_snap_m=1000.0)
    fewer = times_on(network, demand, facilities[:-1], max_snap_m=1000.0)
    assert (all_of_them.nearest_minutes <= fewer.nearest_minutes + 1e-9).all()
    covered = [sc.coverage(all_of_them, minutes=limit).covered for limit in (2, 5, 15)]
    assert covered == sorted(covered)


def test_results_say_what_they_are_in_one_line() -> None:
    """A notebook shows a line, not whole tables."""
    network = network_of([[(0, 0), (800, 0)]])
    times = sc.travel_times(network, point_table([(0, 0), (800, 0)], weight=[3.0, 1.0]), point_table([(80, 0)]))
    cover = sc.coverage(times, minutes=5)
    plan = sc.solve_mclp(times, count=1, minutes=5)
    assert repr(network) == "WalkNetwork(1 segments, 2 junctions, 1 km, 4.8 km/h, EPSG:32649)"
    assert repr(times) == "TravelTimes(2 walks of at most 30 minutes between 2 demand places and 1 facilities)"
    assert repr(cover) == "Coverage(3 of 4 people (75.0%) within 5 minutes at 4.8 km/h, 1 centers)"
    assert repr(plan) == "SitePlan(1 sites, optimal: 3 of 4 people covered (75.0%), bound 3, 5 minutes)"


def test_a_crs_error_says_what_to_type() -> None:
    """Declare a missing CRS, reproject another one; of two layers the one that is not metric has to move."""
    network = network_of([[(0, 0), (800, 0)]])
    demand, centers = point_table([(0, 0)], weight=[1.0]), point_table([(80, 0)])
    with pytest.raises(sc.CRSError, match=r"demand = demand.set_crs\("):
        sc.travel_times(network, demand.set_crs(None, allow_override=True), centers)
    with pytest.raises(sc.CRSError, match=r"demand = demand.to_crs\(network.crs\)"):
        sc.travel_times(network, demand.to_crs(4326), centers)
    cover = sc.coverage(sc.travel_times(network, demand, centers))
    districts = gpd.GeoDataFrame({"name": ["All"]}, geometry=demand.buffer(99), crs=demand.crs)
    with pytest.raises(sc.CRSError, match=r"districts = districts.to_crs\(demand.crs\)"):
        cover.by(districts.to_crs(4326))
