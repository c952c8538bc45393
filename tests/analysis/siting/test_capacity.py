import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import servicecircle as sc
from servicecircle.analysis.siting.rules import SiteRules
from tests.analysis.siting.small_walks import INF, instances, named, plans


def with_rooms(minutes, weights, rooms):
    """Travel times to facilities that serve so many; None is no end of room."""
    times = sc.TravelTimes.from_matrix(np.array(minutes, dtype=float), weights=weights)
    times.facilities["capacity"] = np.array([np.nan if room is None else room for room in rooms], dtype=float)
    return times


def most_served(minutes, weights, rooms):
    """Most people that facilities with room can serve within 15 minutes, as a flow that networkx finds."""
    graph = streets_of(np.where(minutes <= 15, 0, INF), weights, rooms)
    return nx.maximum_flow_value(graph, "from", "to")


def least_walk(minutes, weights, rooms, beyond):
    """Least person-minutes of sending people to facilities with room, as a flow that networkx finds."""
    graph = streets_of(minutes, weights, rooms)
    for place in range(len(weights)):
        graph.add_edge(("place", place), "to", weight=beyond)
    flow = nx.max_flow_min_cost(graph, "from", "to")
    return nx.cost_of_flow(graph, flow)


def streets_of(minutes, weights, rooms):
    """Edges from a source over places and facilities to a sink."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["from", "to"])
    for place, people in enumerate(weights):
        graph.add_edge("from", ("place", place), capacity=int(people))
        for facility in np.flatnonzero(np.isfinite(minutes[place])):
            graph.add_edge(("place", place), ("facility", facility), weight=int(minutes[place, facility]))
    for facility, room in enumerate(rooms):
        graph.add_edge(("facility", facility), "to", **({} if room is None else {"capacity": room}))
    return graph


def by_themselves(minutes, weights, rooms):
    """Person by person: each asks at the nearest facility, which keeps the nearest; who is sent away asks on."""
    facilities = minutes.shape[1]
    # A center, the last one, comes first; of equals the first facility and the first place.
    order = sorted(range(facilities), key=lambda facility: (facility != facilities - 1, facility))
    wishes = {
        (place, person): iter(
            sorted(
                (facility for facility in order if np.isfinite(minutes[place, facility])),
                key=lambda facility: minutes[place, facility],
            )
        )
        for place, people in enumerate(weights)
        for person in range(int(people))
    }
    kept = {facility: [] for facility in range(facilities)}
    asking = list(wishes)
    while asking:
        person = asking.pop()
        facility = next(wishes[person], None)
        if facility is None:
            continue
        kept[facility] = sorted([*kept[facility], person], key=lambda one: (minutes[one[0], facility], one))
        if rooms[facility] is not None and len(kept[facility]) > rooms[facility]:
            asking.append(kept[facility].pop())
    return [minutes[place, facility] for facility, persons in kept.items() for place, _ in persons]


ROOMS = st.sampled_from([None, 0, 2, 3, 10, 40])


@given(instances(), st.data(), st.sampled_from(["best", "nearest"]))
def test_as_many_are_served_as_by_the_best_subset_and_nobody_beyond_the_room(instance, data, assignment) -> None:
    """Brute force over all plans that the rules allow: each a flow, or people who find their way by themselves."""
    minutes, weights, centers, count, rules = instance
    weights = np.minimum(np.round(2 * weights), 8)
    sites = minutes.shape[1]
    rooms = data.draw(st.lists(ROOMS, min_size=sites + 1, max_size=sites + 1))
    both = np.column_stack([minutes, centers])
    near = np.where(both <= 15, both, INF)

    def served(chosen):
        some, room = [*chosen, sites], [rooms[site] for site in [*chosen, sites]]
        if assignment == "best":
            return most_served(both[:, some], weights, room)
        return len(by_themselves(near[:, some], weights, room))

    best = max(served(chosen) for chosen in plans(sites, count, rules))
    asked = {"count": count, "rules": named(rules), "assignment": assignment}
    to_centers = with_rooms(centers[:, None], weights, rooms[sites:])
    plan = sc.solve_cmclp(with_rooms(minutes, weights, rooms[:sites]), centers=to_centers, **asked)
    assert plan.objective == plan.covered == pytest.approx(best)
    assert plan.bound >= best - 1e-6
    assert (plan.problem, plan.status) == ("cmclp", "optimal")
    assert sorted(map(int, plan.sites.index)) in list(plans(sites, count, rules))
    assert plan.allocation["weight"].sum() == pytest.approx(best)
    assert (plan.allocation["walk_min"] <= 15).all()
    keeps_rooms(plan, weights, rooms)


@given(instances(), st.data(), st.sampled_from(["best", "nearest"]), st.sampled_from([0, 25]))
def test_the_walk_is_that_of_the_best_subset_with_room(instance, data, assignment, further) -> None:
    """Brute force over all plans that the rules allow; who finds no room counts with the longest walk, or more."""
    minutes, weights, centers, count, rules = instance
    weights = np.minimum(np.round(2 * weights), 8)
    sites = minutes.shape[1]
    rooms = data.draw(st.lists(ROOMS, min_size=sites + 1, max_size=sites + 1))
    both = np.column_stack([minutes, centers])
    beyond = float(both[np.isfinite(both)].max(initial=0.0)) + further

    def walk(chosen):
        some, room = [*chosen, sites], [rooms[site] for site in [*chosen, sites]]
        if assignment == "best":
            return least_walk(both[:, some], weights, room, int(beyond))
        walks = by_themselves(both[:, some], weights, room)
        return sum(walks) + beyond * (weights.sum() - len(walks))

    best = min(walk(chosen) for chosen in plans(sites, count, rules))
    asked = {"count": count, "rules": named(rules), "assignment": assignment, "beyond_min": beyond}
    to_centers = with_rooms(centers[:, None], weights, rooms[sites:])
    plan = sc.solve_cpmedian(with_rooms(minutes, weights, rooms[:sites]), centers=to_centers, **asked)
    assert plan.objective == pytest.approx(best)
    assert plan.bound <= best + 1e-6
    assert (plan.problem, plan.status) == ("cp-median", "optimal")
    assert sorted(map(int, plan.sites.index)) in list(plans(sites, count, rules))
    sent = plan.allocation
    unsent = plan.uncovered["weight"].sum()
    assert (sent["weight"] * sent["walk_min"]).sum() + beyond * unsent == pytest.approx(best)
    assert plan.covered == pytest.approx(sent.loc[sent["walk_min"] <= 15, "weight"].sum())
    keeps_rooms(plan, weights, rooms)


def keeps_rooms(plan, weights, rooms) -> None:
    """Nobody is sent twice or left out of the lists, and no facility serves more than it can."""
    sent = plan.allocation
    assert sent["weight"].sum() + plan.uncovered["weight"].sum() == pytest.approx(weights.sum())
    for (kind, facility), people in sent.groupby(["kind", "facility"])["weight"].sum().items():
        room = rooms[-1 if kind == "center" else int(facility)]
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


def test_who_is_not_sent_goes_to_the_nearest() -> None:
    """A place that could go on takes the room of one that could not; where all are sent nobody is left."""
    times = with_rooms([[2.0, 8.0], [3.0, INF]], [100, 100], [100, 100])
    sent, by_themselves = sc.solve_cmclp(times, count=2), sc.solve_cmclp(times, count=2, assignment="nearest")
    assert (sent.covered, by_themselves.covered) == (200, 100)
    assert by_themselves.uncovered.index.tolist() == ["1"]
    walks = [sc.solve_cpmedian(times, count=2, beyond_min=30, assignment=how).objective for how in ("best", "nearest")]
    assert walks == [100 * 8 + 100 * 3, 100 * 2 + 100 * 30]
    with pytest.raises(sc.InputError, match="assignment: found 'far', expected 'best' or 'nearest'"):
        sc.solve_cmclp(times, count=2, assignment="far")


@pytest.mark.parametrize("count", [3, 4])
def test_sites_that_serve_more_only_together_are_told(count) -> None:
    """Three people take the one chair of the center before the fourth, unless two small sites take all three."""
    minutes = [[9.0, 0.0, 0.0, 9.5], [INF, INF, INF, INF], [5.0, INF, INF, INF]]
    times = with_rooms(minutes, [3, 1, 10], [100, 2, 1, 1])
    centers = with_rooms([[1.0], [2.0], [INF]], [3, 1, 10], [1])
    plan = sc.solve_cmclp(times, count=count, centers=centers, assignment="nearest")
    assert (plan.covered, plan.status) == (14, "optimal")
    assert sorted(plan.sites.index) == ["0", "1", "2"]
    assert plan.sites["gain"].tolist() == [12, 0, 1]
    assert sc.solve_cmclp(times, count=2, centers=centers, assignment="nearest").sites.index.tolist() == ["0"]


@pytest.mark.parametrize("seed", range(3))
def test_what_each_site_adds_in_its_turn_is_that_of_the_sites_so_far_alone(seed) -> None:
    """People walk less by as much as networkx says, when the first, second, third ... site of a plan opens."""
    rng = np.random.default_rng(seed)
    minutes = np.where(rng.random((50, 6)) < 0.3, rng.integers(2, 20, (50, 6)), INF)
    weights, rooms = rng.integers(1, 30, 50), [*rng.integers(20, 120, 6), 60]
    both = np.column_stack([minutes, minutes[:, 0] + 1])
    to_center = with_rooms(both[:, 6:], weights, rooms[6:])
    every = SiteRules(required=list("012345"))
    times = with_rooms(minutes, weights, rooms[:6])
    plan = sc.solve_cpmedian(times, count=6, centers=to_center, rules=every, beyond_min=25)
    opened = [6]
    walks = [least_walk(both[:, opened], weights, [rooms[site] for site in opened], 25)]
    for site in plan.sites.index:
        opened.append(int(site))
        walks.append(least_walk(both[:, opened], weights, [rooms[site] for site in opened], 25))
    assert plan.sites["saved_min"].tolist() == pytest.approx(-np.diff(walks))
    assert plan.objective == pytest.approx(walks[-1])


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
