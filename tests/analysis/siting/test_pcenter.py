from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

import servicecircle as sc
from servicecircle.analysis.siting.rules import SiteRules
from tests.analysis.siting.small_walks import INF, instances, named, plans, to_centers


def longest(minutes, centers, counts, chosen):
    """Longest walk of the places that count, with these sites open."""
    walk = np.minimum(minutes[:, chosen].min(axis=1, initial=INF), centers)
    return float(walk[counts].max(initial=0.0))


@settings(max_examples=3 * settings().max_examples)  # instances on which a wrong step shows are rare
@given(instances())
def test_the_longest_walk_is_that_of_the_best_subset_and_the_bound_is_never_above_it(instance) -> None:
    """Brute force over all plans that the rules allow; where none reaches everyone, that is said."""
    minutes, weights, centers, count, rules = instance
    may_open = [site for site in range(minutes.shape[1]) if site not in rules["forbidden"]]
    counts = (weights > 0) & np.isfinite(np.minimum(minutes[:, may_open].min(axis=1, initial=INF), centers))
    times = sc.TravelTimes.from_matrix(minutes, weights=weights)
    allowed = list(plans(minutes.shape[1], count, rules))
    best = min(longest(minutes, centers, counts, chosen) for chosen in allowed)
    if best == INF:
        more = minutes.shape[1], minutes.shape[1], rules
        blamed = "count" if any(longest(minutes, centers, counts, some) < INF for some in plans(*more)) else "apart"
        with pytest.raises(sc.InfeasibleError, match=f"^{blamed}: .* everyone whom the candidates can"):
            sc.solve_pcenter(times, count=count, covered=to_centers(centers), rules=named(rules))
        return
    plan = sc.solve_pcenter(times, count=count, covered=to_centers(centers), rules=named(rules))
    chosen = [int(key) for key in plan.sites.index]
    assert sorted(chosen) in allowed
    assert longest(minutes, centers, counts, chosen) == plan.objective == plan.bound == best
    assert (plan.status, plan.gap) == ("optimal", 0.0)
    assert plan.uncovered["weight"].sum() == weights[~counts].sum()
    assert not plan.uncovered["reachable"].any()
    walked = plan.allocation[plan.allocation["weight"] > 0]["walk_min"]
    assert walked.max() == best if len(walked) else best == 0


def test_three_houses_on_a_street() -> None:
    """The middle site leaves nobody more than 12 minutes; with a center at one end, so does the site at the other."""
    times = sc.TravelTimes.from_matrix([[0.0, 10.0, 22.0], [10.0, 0.0, 12.0], [22.0, 12.0, 0.0]])
    plan = sc.solve_pcenter(times, count=1)
    assert (list(plan.sites.index), plan.objective, plan.status) == (["1"], 12.0, "optimal")
    moved = sc.solve_pcenter(times, count=1, covered=sc.TravelTimes.from_matrix([[0.0], [10.0], [22.0]]))
    assert (list(moved.sites.index), moved.objective) == (["2"], 10.0)
    assert moved.problem == "p-center"


def test_what_cannot_be_reached_names_the_rule() -> None:
    """Three places, each with its own site: two sites are too few; three are enough, but not where two are apart."""
    times = sc.TravelTimes.from_matrix([[5.0, INF, INF], [INF, 5.0, INF], [INF, INF, 5.0]])
    with pytest.raises(sc.InfeasibleError, match=r"count: 2 sites cannot reach everyone .*; 3 do\. Raise count"):
        sc.solve_pcenter(times, count=2)
    with pytest.raises(sc.InfeasibleError, match="apart: no plan that keeps these pairs apart reaches everyone"):
        sc.solve_pcenter(times, count=3, rules=SiteRules(apart=[("0", "1")]))
    with pytest.raises(sc.InfeasibleError, match=r"2 candidates are required, but only 1 may open \(count\)"):
        sc.solve_pcenter(times, count=1, rules=SiteRules(required=["0", "1"]))


def places(count=60, sites=40, seed=4):
    """Distances between random points: the optimum is between two proofs."""
    rng = np.random.default_rng(seed)
    homes, chosen = rng.random((count, 2)), rng.random((sites, 2))
    return sc.TravelTimes.from_matrix(30 * np.hypot(*(homes[:, None] - chosen).T).T)


def test_more_sites_never_make_the_longest_walk_longer() -> None:
    """The same from one site to eight, each proven; a rule never makes it shorter."""
    walks = [sc.solve_pcenter(places(), count=count) for count in range(1, 9)]
    assert all(plan.status == "optimal" for plan in walks)
    assert all(after.objective <= before.objective for before, after in pairwise(walks))
    ruled = sc.solve_pcenter(places(), count=4, rules=SiteRules(required=["7"], forbidden=[walks[3].sites.index[0]]))
    assert "7" in ruled.sites.index
    assert ruled.objective >= walks[3].objective


def test_without_time_the_greedy_plan_has_a_bound_that_holds() -> None:
    """Nothing is claimed that was not proven."""
    hasty, patient = sc.solve_pcenter(places(), count=5, time_limit_s=1e-6), sc.solve_pcenter(places(), count=5)
    assert hasty.status == "feasible"
    assert hasty.bound <= patient.bound == patient.objective <= hasty.objective
