import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import servicecircle as sc
from servicecircle.analysis.rules import SiteRules
from tests.analysis.small_walks import INF, instances, named, plans


def with_rooms(minutes, weights, rooms):
    """Travel times to facilities that serve so many; None is no end of room."""
    times = sc.TravelTimes.from_matrix(np.array(minutes, dtype=float), weights=weights)
    times.facilities["capacity"] = np.array([np.nan if room is None else room for room in rooms], dtype=float)
    return times


def most_served(minutes, weights, rooms):
    """Most people that facilities with room can serve, as a flow that networkx finds."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["from", "to"])
    for place, people in enumerate(weights):
        graph.add_edge("from", ("place", place), capacity=people)
        for facility in range(len(rooms)):
            if minutes[place, facility] <= 15:
                graph.add_edge(("place", place), ("facility", facility))
    for facility, room in enumerate(rooms):
        graph.add_edge(("facility", facility), "to", **({} if room is None else {"capacity": room}))
    return nx.maximum_flow_value(graph, "from", "to")


ROOMS = st.sampled_from([None, 0, 2, 3, 10, 40])


@given(instances(), st.data())
def test_as_many_are_served_as_by_the_best_subset_and_nobody_beyond_the_room(instance, data) -> None:
    """Brute force over all plans that the rules allow, each a flow."""
    minutes, weights, centers, count, rules = instance
    weights = np.round(2 * weights)  # a flow of whole people
    sites = minutes.shape[1]
    rooms = data.draw(st.lists(ROOMS, min_size=sites + 1, max_size=sites + 1))
    both = np.column_stack([minutes, centers])
    best = max(
        most_served(both[:, [*chosen, sites]], weights, [rooms[site] for site in [*chosen, sites]])
        for chosen in plans(sites, count, rules)
    )
    plan = sc.solve_cmclp(
        with_rooms(minutes, weights, rooms[:sites]),
        count=count,
        centers=with_rooms(centers[:, None], weights, rooms[sites:]),
        rules=named(rules),
    )
    assert plan.objective == pytest.approx(best)
    assert plan.bound >= best - 1e-6
    assert plan.status == "optimal"
    assert sorted(map(int, plan.sites.index)) in list(plans(sites, count, rules))
    sent = plan.allocation
    assert sent["weight"].sum() == pytest.approx(best)
    assert (sent["walk_min"] <= 15).all()
    assert best + plan.uncovered["weight"].sum() == pytest.approx(weights.sum())
    for (kind, facility), people in sent.groupby(["kind", "facility"])["weight"].sum().items():
        room = rooms[sites if kind == "center" else int(facility)]
        assert room is None or people <= room + 1e-6
    for place, people in sent.groupby(level=0)["weight"].sum().items():
        assert people <= weights[int(place)] + 1e-6


def test_who_finds_no_room_nearby_walks_to_the_next() -> None:
    """Two hundred people, two sites for a hundred each: all are served, and all together walk least."""
    times = with_rooms([[2.0, 8.0], [3.0, 5.0]], [100, 100], [100, 100])
    plan = sc.solve_cmclp(times, count=2)
    assert plan.covered == 200
    assert plan.allocation.loc["0", "facility"] == "0"
    assert plan.allocation.loc["1", "facility"] == "1"
    one = sc.solve_cmclp(times, count=1)
    assert (one.covered, one.uncovered["weight"].sum()) == (100, 100)
    assert one.uncovered["reachable"].all()


def test_a_place_may_be_split() -> None:
    """Of eighty people, a center takes thirty, a site fifty."""
    times, centers = with_rooms([[4.0]], [80], [60]), with_rooms([[1.0]], [80], [30])
    plan = sc.solve_cmclp(times, count=1, centers=centers)
    assert plan.allocation[["kind", "weight"]].to_numpy().tolist() == [["site", 50.0], ["center", 30.0]]
    assert plan.sites["gain"].tolist() == [50.0]


def test_more_room_and_no_end_of_room_never_serve_fewer() -> None:
    """Without capacities it is the plain covering problem."""
    rng = np.random.default_rng(6)
    minutes, weights = np.where(rng.random((60, 15)) < 0.2, 5.0, INF), rng.integers(1, 40, 60)
    served = [
        sc.solve_cmclp(with_rooms(minutes, weights, [room] * 15), count=4).covered for room in (50, 100, 200, None)
    ]
    assert served == sorted(served)
    assert served[-1] == sc.solve_mclp(sc.TravelTimes.from_matrix(minutes, weights=weights), count=4).covered
    hasty = sc.solve_cmclp(with_rooms(minutes, weights, [100] * 15), count=4, time_limit_s=1e-6)
    assert hasty.covered <= served[1] <= hasty.bound


def test_a_room_that_cannot_be_is_refused() -> None:
    """A negative number, a word, none at all, and weights that are no people."""
    with pytest.raises(sc.InputError, match="candidate '1', capacity: found -5"):
        sc.solve_cmclp(with_rooms([[5.0, 5.0]], [1], [3, -5]), count=1)
    words = sc.TravelTimes.from_matrix([[5.0]])
    words.facilities["capacity"] = ["many"]
    with pytest.raises(sc.InputError, match="found many"):
        sc.solve_cmclp(words, count=1)
    with pytest.raises(sc.SchemaError, match="solve_mclp"):
        sc.solve_cmclp(sc.TravelTimes.from_matrix([[5.0]]), count=1)
    with pytest.raises(sc.InputError, match="weights"):
        sc.solve_cmclp(with_rooms([[5.0]], [1], [3]), count=1, rules=SiteRules(weights=[2.0]))
