"""What must hold of walks on any streets."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import servicecircle as sc
from tests.analysis.test_travel import place, street, times_on
from tests.network.streets import network_of, point_table, street_table

#: Corners of which no three lie on one line, so that a straight street meets no other corner.
CORNERS = [(97.0 * i, 13.0 * i * i) for i in range(9)]
corner = st.integers(0, len(CORNERS) - 1)
#: From, to, how much longer than drawn, and in which direction it is open.
path = st.tuples(corner, corner, st.sampled_from([1.0, 1.5, 4.0]), st.sampled_from([None, "yes", "-1"]))
paths = st.lists(path, min_size=1, max_size=14)


def network_of_paths(drawn, *, speed_kmh=4.8, against=None):
    """Return a network of straight streets between corners; `against` says what becomes of their directions."""
    table = street_table([[CORNERS[a], CORNERS[b]] for a, b, _, _ in drawn])
    table["length_m"] *= [longer for _, _, longer, _ in drawn]
    table["oneway:foot"] = [(against or {}).get(way, way) for *_, way in drawn]
    return sc.WalkNetwork.from_streets(table, profile=sc.WalkProfile(speed_kmh=speed_kmh), min_component_m=0)


def walks(network, corners, *, max_minutes=1e6):
    """Return minutes from each of the corners to each, ``inf`` without a walk."""
    points = point_table([CORNERS[number] for number in corners], weight=[1.0] * len(corners))
    times = sc.travel_times(network, points, points, max_minutes=max_minutes, max_snap_m=1e-3)
    found = np.full((len(corners), len(corners)), np.inf)
    found[times.demand_index, np.repeat(np.arange(len(corners)), np.diff(times.indptr))] = times.minutes
    np.testing.assert_allclose(times.nearest_minutes, found.min(axis=1), atol=1e-12)
    return found


def met(drawn):
    """Corners at which a street ends."""
    return sorted({end for a, b, _, _ in drawn for end in (a, b)})


@given(drawn=paths, further=path)
def test_a_further_street_never_lengthens_a_walk_and_shutting_one_never_shortens_it(drawn, further) -> None:
    """Every corner of a network against every other, before and after."""
    before, after = (walks(network_of_paths(streets), met(drawn)) for streets in (drawn, [*drawn, further]))
    assert (after <= before + 1e-9).all()


@given(drawn=paths)
def test_turning_all_directions_round_swaps_the_two_walks(drawn) -> None:
    """There and back change places when every one-way path is turned."""
    turned = network_of_paths(drawn, against={"yes": "-1", "-1": "yes"})
    np.testing.assert_allclose(walks(turned, met(drawn)), walks(network_of_paths(drawn), met(drawn)).T, rtol=1e-12)


@given(drawn=paths, limit=st.sampled_from([1.0, 5.0, 20.0]))
def test_walks_within_a_limit_are_the_walks_that_are_short_enough(drawn, limit) -> None:
    """A shorter limit leaves pairs out and changes none."""
    network, corners = network_of_paths(drawn), met(drawn)
    every, some = walks(network, corners), walks(network, corners, max_minutes=limit)
    assert (some == np.where(every <= limit, every, np.inf)).all()


@given(
    streets=st.lists(street, min_size=1, max_size=8),
    demand=st.lists(place, min_size=1, max_size=8),
    facilities=st.lists(place, min_size=1, max_size=5),
    speeds=st.tuples(st.floats(1.0, 8.0), st.floats(1.0, 8.0)),
)
def test_a_faster_profile_never_covers_less(streets, demand, facilities, speeds) -> None:
    """Who arrives in time at the lower speed arrives in time at the higher one."""
    walker = sc.WalkProfile(steps_factor=2.0)
    kinds = ["steps" if number % 2 else "footway" for number in range(len(streets))]
    table, people = street_table(streets, highway=kinds), point_table(demand, weight=[1.0] * len(demand))
    covered = []
    for speed in sorted(speeds):
        network = sc.WalkNetwork.from_streets(table, profile=replace(walker, speed_kmh=speed), min_component_m=0)
        times = sc.travel_times(network, people, point_table(facilities), max_snap_m=1000.0)
        covered.append(sc.coverage(times, minutes=5).demand["covered"].to_numpy())
    assert (covered[0] <= covered[1]).all()


@given(
    streets=st.lists(street, min_size=1, max_size=8),
    demand=st.lists(place, min_size=1, max_size=8),
    facilities=st.lists(place, min_size=1, max_size=5),
    factor=st.sampled_from([0.5, 2.0, 3.0]),
)
def test_a_larger_city_walked_faster_is_the_same_city(streets, demand, facilities, factor) -> None:
    """Coordinates and speed multiplied alike change no walk."""
    plain = times_on(network_of(streets), demand, facilities, max_snap_m=1000.0)
    larger = network_of([np.asarray(line) * factor for line in streets], speed_kmh=4.8 * factor)
    again = times_on(larger, np.asarray(demand) * factor, np.asarray(facilities) * factor, max_snap_m=1000.0 * factor)
    np.testing.assert_allclose(again.nearest_minutes, plain.nearest_minutes, rtol=1e-9, atol=1e-9)


@given(
    streets=st.lists(street, min_size=1, max_size=8),
    demand=st.lists(place, min_size=1, max_size=8),
    facilities=st.lists(place, min_size=1, max_size=40),
    seed=st.integers(0, 1000),
)
def test_labels_and_the_order_of_rows_do_not_matter(streets, demand, facilities, seed) -> None:
    """Demand and centers in another order and under other names have the same walks, to the last bit."""
    rng = np.random.default_rng(seed)
    network = network_of(streets)
    plain = times_on(network, demand, facilities, max_snap_m=1000.0)
    order, turn = rng.permutation(len(demand)), rng.permutation(len(facilities))
    homes = point_table(np.asarray(demand)[order], weight=[1.0] * len(demand))
    centers = point_table(np.asarray(facilities)[turn])
    homes.index, centers.index = [f"h{i}" for i in order], [f"c{i}" for i in turn]
    again = sc.travel_times(network, homes, centers, max_snap_m=1000.0)
    assert (again.nearest_minutes == plain.nearest_minutes[order]).all()
    every = [np.full((len(facilities), len(demand)), np.inf) for _ in range(2)]
    for found, times in zip(every, (plain, again), strict=True):
        found[np.repeat(np.arange(len(facilities)), np.diff(times.indptr)), times.demand_index] = times.minutes
    assert (every[1] == every[0][np.ix_(turn, order)]).all()
