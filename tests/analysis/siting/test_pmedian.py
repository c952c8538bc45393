import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

import servicecircle as sc
from servicecircle.analysis.siting.rules import SiteRules
from tests.analysis.siting.small_walks import INF, instances, named, plans, to_centers


def total_walk(minutes, weights, centers, beyond, chosen):
    """Person-minutes with these sites open, counted place by place."""
    walk = np.minimum(minutes[:, chosen].min(axis=1, initial=INF), centers)
    return float((weights * np.where(np.isfinite(walk), walk, beyond)).sum())


@settings(max_examples=3 * settings().max_examples)  # instances on which a wrong step shows are rare
@given(instances())
def test_the_walk_is_that_of_the_best_subset_and_the_bound_is_never_above_it(instance) -> None:
    """Brute force over all plans that the rules allow."""
    minutes, weights, centers, count, rules = instance
    times = sc.TravelTimes.from_matrix(minutes, weights=weights)
    longest = max(times.max_minutes, *np.where(np.isfinite(centers), centers, 0.0))
    if len(rules["required"]) > count:
        return
    plan = sc.solve_pmedian(times, count=count, covered=to_centers(centers), rules=named(rules))
    best = min(
        total_walk(minutes, weights, centers, longest, chosen) for chosen in plans(minutes.shape[1], count, rules)
    )
    chosen = [int(key) for key in plan.sites.index]
    assert plan.objective == pytest.approx(best)
    assert total_walk(minutes, weights, centers, longest, chosen) == pytest.approx(best)
    assert sorted(chosen) in list(plans(minutes.shape[1], count, rules))
    assert plan.bound <= best + 1e-6
    assert plan.status == "optimal"
    served = plan.allocation["weight"] * plan.allocation["walk_min"]
    assert served.sum() + plan.uncovered["weight"].sum() * longest == pytest.approx(best)
    within = np.minimum(minutes[:, chosen].min(axis=1, initial=INF), centers) <= 15
    assert plan.covered == pytest.approx(weights[within].sum())


@pytest.mark.parametrize("seed", range(8))
def test_a_published_problem_on_a_full_matrix_is_solved_as_by_another_solver(seed) -> None:
    """Distances in a network of random lengths, as the problems of the literature are: every place is a site too."""
    rng = np.random.default_rng(seed)
    places, count = 40, 4 + seed % 3
    from scipy.sparse.csgraph import floyd_warshall

    distances = floyd_warshall(np.where(rng.random((places, places)) < 0.08, rng.integers(1, 100, (places, places)), 0))
    distances = np.minimum(distances, distances.T)
    distances = np.where(np.isfinite(distances), distances, 500.0)
    weights = rng.integers(1, 20, places).astype(float)
    plan = sc.solve_pmedian(sc.TravelTimes.from_matrix(distances, weights=weights), count=count)
    assert plan.objective == pytest.approx(plain_model(distances, weights, count))
    assert plan.status == "optimal"
    assert not len(plan.uncovered)


def plain_model(distances, weights, count):
    """Solve the published model: x[i, j] sends place i to site j, which must be open."""
    places, sites = distances.shape
    pairs = places * sites
    once = np.kron(np.eye(places), np.ones(sites))
    is_open = np.hstack([np.eye(pairs), -np.tile(np.eye(sites), (places, 1))])
    constraints = [
        LinearConstraint(np.hstack([once, np.zeros((places, sites))]), 1, 1),
        LinearConstraint(is_open, ub=0),
        LinearConstraint(np.concatenate([np.zeros(pairs), np.ones(sites)])[None], ub=count),
    ]
    cost = np.concatenate([(weights[:, None] * distances).ravel(), np.zeros(sites)])
    return milp(cost, constraints=constraints, integrality=np.r_[np.zeros(pairs), np.ones(sites)], bounds=(0, 1)).fun


def test_three_houses_on_a_street() -> None:
    """The middle site is the median; a center at one end moves it to the other."""
    minutes = [[0.0, 10.0, 22.0], [10.0, 0.0, 12.0], [22.0, 12.0, 0.0]]
    times = sc.TravelTimes.from_matrix(minutes, weights=[1, 1, 1])
    plan = sc.solve_pmedian(times, count=1)
    assert list(plan.sites.index) == ["1"]
    assert (plan.objective, plan.bound, plan.gap, plan.status) == (22.0, 22.0, 0.0, "optimal")
    assert plan.sites["saved_min"].tolist() == [44.0]  # without a site everyone counts with the longest walk
    moved = sc.solve_pmedian(times, count=1, covered=sc.TravelTimes.from_matrix([[0.0], [10.0], [22.0]]))
    assert list(moved.sites.index) == ["2"]
    assert moved.objective == 10.0
    assert moved.allocation["kind"].tolist() == ["center", "center", "site"]


@given(instances(), st.randoms(use_true_random=False))
def test_row_order_and_people_of_no_weight_change_nothing(instance, random) -> None:
    """Shuffled demand with one more empty house gives the same sites and the same walk."""
    minutes, weights, _, count, _ = instance
    times = sc.TravelTimes.from_matrix(minutes, weights=weights)
    plan = sc.solve_pmedian(times, count=count, beyond_min=60.0)
    order = random.sample(range(len(weights)), len(weights))
    more = sc.TravelTimes.from_matrix(
        np.vstack([minutes[order], np.full(minutes.shape[1], 20.0)]), weights=[*weights[order], 0.0]
    )
    again = sc.solve_pmedian(more, count=count, beyond_min=60.0)
    assert list(again.sites.index) == list(plan.sites.index)
    assert again.objective == pytest.approx(plan.objective)
    one_more = sc.solve_pmedian(times, count=count + 1, beyond_min=60.0)
    assert one_more.objective <= plan.objective + 1e-9
    further = sc.TravelTimes.from_matrix(np.hstack([minutes, np.full((len(weights), 1), 5.0)]), weights=weights)
    assert sc.solve_pmedian(further, count=count, beyond_min=60.0).objective <= plan.objective + 1e-9


def hard(seed=3, places=60, sites=30):
    """Distances without any geography, which leave the relaxation a gap."""
    rng = np.random.default_rng(seed)
    return sc.TravelTimes.from_matrix(rng.random((places, sites)) * 30, weights=rng.integers(1, 50, places))


def test_a_time_limit_leaves_a_plan_and_a_bound_that_holds() -> None:
    """With almost no time nothing is claimed; with time the two meet."""
    hasty = sc.solve_pmedian(hard(), count=6, time_limit_s=1e-6)
    patient = sc.solve_pmedian(hard(), count=6)
    assert patient.status == "optimal"
    assert hasty.status == "feasible"
    assert hasty.bound <= patient.objective <= hasty.objective
    assert hasty.gap == pytest.approx((hasty.objective - hasty.bound) / hasty.objective)


def test_a_search_that_runs_out_of_work_keeps_its_bound(monkeypatch) -> None:
    """Fewer looks at the pairs, a wider gap, and never a bound above the optimum."""
    optimum = sc.solve_pmedian(hard(), count=6).objective
    monkeypatch.setattr("servicecircle.analysis.siting.branching._WORK", 20_000)
    short = sc.solve_pmedian(hard(), count=6)
    assert short.status == "feasible"
    assert short.bound <= optimum <= short.objective


def test_what_cannot_be_is_refused_and_named() -> None:
    """Rules against the count, against each other, or of another problem."""
    times = sc.TravelTimes.from_matrix([[5.0, 7.0], [5.0, 9.0]])
    with pytest.raises(sc.InfeasibleError, match=r"2 candidates are required, but only 1 may open \(count\)"):
        sc.solve_pmedian(times, count=1, rules=SiteRules(required=["0", "1"]))
    with pytest.raises(sc.InfeasibleError, match="'0' and '1' are both required"):
        sc.solve_pmedian(times, count=2, rules=SiteRules(required=["0", "1"], apart=[("1", "0")]))
    with pytest.raises(sc.InputError, match="backup"):
        sc.solve_pmedian(times, count=1, rules=SiteRules(backup=2))
    with pytest.raises(sc.InputError, match="at least 9"):
        sc.solve_pmedian(times, count=1, beyond_min=8.0)
    with pytest.raises(sc.InputError, match="count"):
        sc.solve_pmedian(times, count=0)


def test_people_whom_a_mask_calls_covered_do_not_walk() -> None:
    """They are left out of the objective; the others decide."""
    times = sc.TravelTimes.from_matrix([[1.0, 9.0], [9.0, 1.0]], weights=[100.0, 1.0])
    plan = sc.solve_pmedian(times, count=1, covered=[True, False])
    assert list(plan.sites.index) == ["1"]
    assert plan.objective == 1.0
    doubled = sc.solve_pmedian(times, count=1, rules=SiteRules(weights=[1.0, 5.0]))
    assert list(doubled.sites.index) == ["1"]
    assert doubled.objective == 1 * 9.0 + 5 * 1.0
