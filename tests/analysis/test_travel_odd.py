"""Streets and centers as nobody draws them on purpose."""

import numpy as np
import pandas as pd
import pytest

import servicecircle as sc
from tests.analysis.test_travel import times_on
from tests.network.streets import network_of, oracle_minutes, point_table, street_table


def test_a_street_without_length_is_a_place() -> None:
    """Whoever lives at a dot on the map starts there; between two streets it costs no time."""
    network = network_of([[(0, 0), (80, 0)], [(80, 0), (80, 0)], [(80, 0), (160, 0)], [(500, 500), (500, 500)]])
    assert times_on(network, [(0, 0), (500, 540)], [(160, 0)]).nearest_minutes.tolist() == [2.0, np.inf]
    assert times_on(network, [(500, 540)], [(500, 460)]).nearest_minutes.tolist() == [1.0]


def test_a_street_drawn_but_said_to_have_no_length_takes_no_time() -> None:
    """A column length_m of 0 is believed: 80 m on the map, 0 minutes."""
    network = network_of([[(0, 0), (80, 0)], [(80, 0), (160, 0)]], length_m=[80.0, 0.0])
    times = times_on(network, [(0, 0), (120, 0)], [(160, 0)])
    assert times.nearest_minutes.tolist() == [1.0, 0.0]
    assert times_on(network, [(0, 0)], [(160, 0)], max_minutes=0.9).minutes.tolist() == []


def test_the_same_street_twice_is_one_street() -> None:
    """A duplicate neither doubles the minutes nor the people."""
    line = [(0, 0), (80, 0)]
    network = network_of([line, line, line[::-1], [(80, 0), (160, 0)]])
    times = times_on(network, [(0, 0), (40, 0)], [(160, 0)])
    assert times.nearest_minutes.tolist() == [2.0, 1.5]
    assert len(times.minutes) == 2


def test_a_network_of_one_junction_is_a_round_walk() -> None:
    """On a single ring of 320 m one walks the shorter way round."""
    ring = [(0, 0), (80, 0), (80, 80), (0, 80), (0, 0)]
    network = network_of([ring])
    assert network.figures()["junctions"] == 1
    times = times_on(network, [(0, 40), (40, 0), (80, 80), (0, 0)], [(80, 0), (0, 0)])
    assert times.nearest_minutes == pytest.approx([0.5, 0.5, 1.0, 0.0])
    assert np.diff(times.indptr).tolist() == [4, 4]


def test_all_centers_on_one_segment_are_told_apart() -> None:
    """A hundred doors along one street: each house next to a door finds that one, and every pair is right."""
    network = network_of([[(0, 0), (8000, 0)], [(8000, 0), (8000, 80)]])
    doors, houses = [(80 * i, 0) for i in range(100)], [(80 * i, 8) for i in range(100)]
    times = times_on(network, houses, doors, max_minutes=10)
    assert times.nearest_facility.tolist() == list(range(100))
    facility = np.repeat(np.arange(100), np.diff(times.indptr))
    assert times.minutes == pytest.approx(np.abs(facility - times.demand_index) + 0.1)
    assert len(times.minutes) == sum(len(range(max(0, i - 9), min(99, i + 9) + 1)) for i in range(100))


def test_a_center_on_a_junction_is_reached_from_all_its_streets() -> None:
    """Also where it is attached to the end of a bent path that may be walked towards it alone."""
    arms = [[(0, 0), (33, 21), (80, 0)], [(80, 0), (160, 0)], [(80, 0), (80, 80)], [(80, -80), (80, 0)]]
    table = street_table([np.asarray(arm) * 1.7 for arm in arms])
    table["oneway:foot"] = ["yes", "-1", "-1", "yes"]  # all arms lead to the junction
    network = sc.WalkNetwork.from_streets(table, speed_kmh=4.8, min_component_m=0)
    ends = [(160 * 1.7, 0), (80 * 1.7, 80 * 1.7), (80 * 1.7, -80 * 1.7)]
    times = times_on(network, ends, [(80 * 1.7, 0)])
    assert times.nearest_minutes == pytest.approx([1.7, 1.7, 1.7])


def test_five_thousand_centers_on_one_point_share_it() -> None:
    """All of them reach the same people in the same time, and of equals the first id is the nearest."""
    network = network_of([[(0, 0), (400, 0)], [(400, 0), (400, 400)]])
    homes = [(40.0 * i, 10) for i in range(10)]
    times = times_on(network, homes, [(200, 5)] * 5000)
    one = times_on(network, homes, [(200, 5)])
    assert np.diff(times.indptr).tolist() == [10] * 5000
    assert (times.minutes.reshape(5000, 10) == one.minutes).all()
    assert times.nearest_facility.tolist() == [0] * 10


@pytest.mark.parametrize("limit", [0.5, 30.0])
def test_many_walks_along_one_street_are_judged_part_by_part(limit) -> None:
    """Forty doors and seventy thousand houses on one street: 2.8 million walks, each as if alone."""
    rng = np.random.default_rng(8)
    network = network_of([[(0, 0), (2000, 0)]])
    houses = np.column_stack([rng.uniform(0, 2000, 70_000), rng.uniform(-9, 9, 70_000)])
    doors = rng.uniform(0, 2000, 40)
    times = times_on(network, houses, np.column_stack([doors, np.zeros(40)]), max_minutes=limit)
    walk = (np.abs(houses[None, :, 0] - doors[:, None]) + np.abs(houses[None, :, 1])) / 80
    np.testing.assert_allclose(times.nearest_minutes, walk.min(axis=0), atol=1e-9)
    row = np.repeat(np.arange(40), np.diff(times.indptr))
    np.testing.assert_allclose(times.minutes, walk[row, times.demand_index], atol=1e-9)
    assert abs(len(times.minutes) - (walk <= limit).sum()) <= 2  # a walk of the limit to the last digit


@pytest.mark.parametrize("length", [np.nan, -1.0, np.inf, "long"])
def test_a_length_that_is_no_length_is_refused(length) -> None:
    """NaN, negative and endless metres and texts are named with their row, before any search."""
    with pytest.raises(sc.InputError, match=r"streets, id 's1', column length_m: found .*expected metres"):
        network_of([[(0, 0), (80, 0)], [(80, 0), (160, 0)]], length_m=[80.0, length])


@pytest.mark.parametrize("weight", [np.nan, -1.0, np.inf, "many"])
def test_people_that_cannot_be_counted_are_refused(weight) -> None:
    """They are named with their row."""
    homes = point_table([(0, 0), (80, 0)]).assign(weight=pd.Series([1.0, weight], dtype=object).to_numpy())
    with pytest.raises(sc.InputError, match=r"demand, id 'p1': found weight .*expected a number"):
        sc.travel_times(network_of([[(0, 0), (400, 0)]]), homes, point_table([(0, 0)]))


def test_nobody_and_nowhere() -> None:
    """No demand and no centers give tables without rows, not an error."""
    network = network_of([[(0, 0), (400, 0)]])
    none = times_on(network, [(0, 0), (80, 0)], [])
    assert none.nearest_minutes.tolist() == [np.inf, np.inf]
    assert none.nearest_facility.tolist() == [-1, -1]
    assert none.indptr.tolist() == [0]
    empty = times_on(network, [], [(0, 0)])
    assert empty.indptr.tolist() == [0, 0]
    assert len(empty.nearest_minutes) == 0


def test_a_town_of_random_streets_equals_networkx() -> None:
    """More centers than one block holds, on streets with loops, twins and dead ends, some of them one-way."""
    rng = np.random.default_rng(5)
    corners = rng.integers(0, 14, (400, 2)) * 150.0
    lines = [
        [corners[a], rng.uniform(0, 2000, 2), corners[b]] if a % 3 else [corners[a], corners[b]]
        for a, b in rng.integers(0, 400, (260, 2))
    ]
    table = street_table(lines)
    table["oneway:foot"] = rng.choice(np.array([None, "yes", "-1"], dtype=object), len(lines))
    network = sc.WalkNetwork.from_streets(table, speed_kmh=4.8, min_component_m=0)
    homes, centers = rng.uniform(0, 2000, (60, 2)), rng.uniform(0, 2000, (75, 2))
    times = times_on(network, homes, centers, max_minutes=90)
    origin, target = (network.snap(point_table(points), "points") for points in (homes, centers))
    expected = oracle_minutes(network, origin, target)
    np.testing.assert_allclose(times.nearest_minutes, expected.min(axis=1), atol=1e-6)
    facility = np.repeat(np.arange(75), np.diff(times.indptr))
    np.testing.assert_allclose(times.minutes, expected[times.demand_index, facility], atol=1e-6)
    assert len(times.minutes) == (expected <= 90).sum() > 500


def test_people_that_are_text_are_refused() -> None:
    """They would be joined, "5" and "5" to 55 people, where they are counted by reason."""
    network, homes = network_of([[(0, 0), (1000, 0)]]), point_table([(0, 0), (100, 0)], weight=["5", "5"])
    for kind in (object, "str"):
        with pytest.raises(sc.InputError, match=r"demand, id 'p0': found weight '5', expected a number"):
            sc.travel_times(network, homes.astype({"weight": kind}), point_table([(0, 0)]))
    mixed = sc.travel_times(network, homes.assign(weight=np.array([5, 2.5], dtype=object)), point_table([(0, 0)]))
    assert sc.coverage(mixed).covered == 7.5
