from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

import servicecircle as sc
from servicecircle.analysis.siting import exact, mclp
from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.lagrange import decided, priced, relax
from servicecircle.analysis.siting.posing import pose

small = st.integers(1, 7)


@st.composite
def instances(draw):
    """Small random problems: minutes, weights, count and what is covered already."""
    demand, sites = draw(st.integers(1, 9)), draw(small)
    cell = st.sampled_from([3.0, 10.0, 15.0, 20.0, np.inf])
    minutes = np.array(draw(st.lists(st.lists(cell, min_size=sites, max_size=sites), min_size=demand, max_size=demand)))
    weights = draw(st.lists(st.sampled_from([0.0, 1.0, 2.5, 40.0]), min_size=demand, max_size=demand))
    already = draw(st.lists(st.booleans(), min_size=demand, max_size=demand))
    return minutes, np.array(weights), draw(small), np.array(already)


def test_five_people_and_four_sites() -> None:
    """Greedy takes the middle site first; two sites at the sides cover everyone, and that is proven."""
    inf = np.inf
    minutes = [[5, inf, inf, 9], [5, 5, inf, inf], [inf, 5, inf, inf], [inf, 5, 5, inf], [inf, inf, 5, inf]]
    plan = sc.solve_mclp(sc.TravelTimes.from_matrix(minutes, weights=[3, 2, 2, 2, 3]), count=2)
    assert sorted(plan.sites.index) == ["0", "2"]
    assert (plan.covered, plan.bound, plan.gap, plan.status) == (10.0, 10.0, 0.0, "optimal")
    assert plan.sites["gain"].tolist() == [5.0, 5.0]
    assert plan.curve["covered"].tolist() == [0.0, 5.0, 10.0]


@settings(max_examples=3 * settings().max_examples)  # instances on which a wrong step shows are rare
@given(instances())
def test_the_objective_is_that_of_the_best_subset_and_the_bound_is_never_below_it(instance) -> None:
    """Brute force over all subsets."""
    minutes, weights, count, already = instance
    plan = sc.solve_mclp(sc.TravelTimes.from_matrix(minutes, weights=weights), count=count, covered=already)
    cover = minutes <= 15
    best = max(
        weights[already | cover[:, list(chosen)].any(axis=1)].sum()
        for size in range(min(count, minutes.shape[1]) + 1)
        for chosen in combinations(range(minutes.shape[1]), size)
    )
    assert plan.objective == pytest.approx(best)
    assert plan.bound >= best - 1e-6
    assert plan.status == "optimal"
    assert plan.sites["gain"].sum() + weights[already].sum() == pytest.approx(plan.covered)
    assert plan.sites["gain"].is_monotonic_decreasing
    assert (plan.sites["gain"] > 0).all()


def test_the_greedy_bound_holds_when_there_is_no_time_for_proof() -> None:
    """With almost no time the plan is still there, its bound is not below the optimum, and nothing is claimed."""
    rng = np.random.default_rng(2)
    minutes = np.where(rng.random((120, 40)) < 0.12, 5.0, np.inf)
    times = sc.TravelTimes.from_matrix(minutes, weights=rng.integers(1, 50, 120))
    hasty = sc.solve_mclp(times, count=6, time_limit_s=1e-6)
    patient = sc.solve_mclp(times, count=6)
    assert hasty.covered < patient.covered == patient.bound <= hasty.bound
    assert hasty.status == "feasible"
    assert patient.status == "optimal"
    assert patient.gap == 0.0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("limit", [None, 0.5])
def test_a_problem_too_large_for_the_exact_search_still_has_a_plan_and_a_bound(seed, limit, monkeypatch) -> None:
    """What is left goes to nobody: the bound is that of the prices, on the right side, and nothing is claimed."""
    rng = np.random.default_rng(seed)
    minutes = np.where(rng.random((120, 40)) < 0.12, 5.0, np.inf)
    times = sc.TravelTimes.from_matrix(minutes, weights=rng.integers(1, 50, 120))
    best = sc.solve_mclp(times, count=6)
    for room in (exact, mclp):
        monkeypatch.setattr(room, "MAX_PAIRS", 0)
    plan = sc.solve_mclp(times, count=6, time_limit_s=limit)
    assert best.status == "optimal"
    assert plan.covered <= best.covered <= plan.bound
    assert (plan.status == "optimal") == (plan.bound == plan.objective)
    assert plan.gap > 0


@pytest.mark.parametrize("seed", range(6))
def test_the_plan_is_as_good_as_that_of_another_solver_on_the_plain_model(seed) -> None:
    """Covers without any geography leave the relaxation a gap; deciding sites before the search loses nothing."""
    rng = np.random.default_rng(seed)
    cover, weights, count = rng.random((90, 30)) < 0.12, rng.integers(1, 50, 90).astype(float), 6
    plan = sc.solve_mclp(sc.TravelTimes.from_matrix(np.where(cover, 5.0, np.inf), weights=weights), count=count)
    # Variables: 30 sites, then 90 places served. served[i] <= sum of open[j] that cover i.
    rows = np.block([[-cover.astype(float), np.eye(90)], [np.ones((1, 30)), np.zeros((1, 90))]])
    peer = milp(
        -np.concatenate([np.zeros(30), weights]),
        constraints=LinearConstraint(rows, ub=np.append(np.zeros(90), count)),
        integrality=np.append(np.ones(30), np.zeros(90)),
        bounds=(0, 1),
    )
    assert plan.objective == pytest.approx(-peer.fun)
    assert plan.status == "optimal"


@given(instances())
def test_the_relaxation_never_decides_against_a_better_plan(instance) -> None:
    """At any prices the bound holds; closed sites are in no better plan, opened sites are in every better one."""
    minutes, _, count, already = instance
    times = sc.TravelTimes.from_matrix(minutes)
    posed = pose(times, minutes=20.0, covered=already, rules=None)
    sites = posed.problem.sites
    problem = replace(posed.problem, count=min(count, sites))
    plans = [np.array(chosen, dtype=int) for chosen in combinations(range(sites), problem.count)]
    best = max(problem.gain(chosen) for chosen in plans)
    known = relax(problem, np.arange(problem.count), Deadline())
    assert known.bound >= best - 1e-6
    price = problem.weight * np.array([min(7 * i % 11, 10) / 10 for i in range(len(problem.weight))])
    assert priced(problem, price)[0] >= best - 1e-6
    served = problem.cover[max(plans, key=problem.gain)].sum(axis=0)
    tight = problem.weight / np.maximum(served, 1)  # what the best plan's sites share: the bound is close
    for value, prices in (
        (0.8 * best, price),
        (0.8 * best, problem.weight),
        (0.99 * best, tight),
        (0.97 * best, tight),
    ):
        closed, opened = decided(problem, prices, value)
        for chosen in plans:
            if problem.gain(chosen) > value + 1e-6:
                assert not closed[chosen].any()
                assert np.isin(np.flatnonzero(opened), chosen).all()


def test_without_demand_a_share_is_not_available() -> None:
    """Nobody lives there: neither 0 % nor 100 %."""
    plan = sc.solve_mclp(sc.TravelTimes.from_matrix([[5.0]], weights=[0.0]), count=1)
    assert plan.share is None
    assert len(plan.sites) == 0


@pytest.mark.parametrize("count", [0, -1, 2.5, True, "3"])
def test_a_count_that_is_none_is_refused(count) -> None:
    """The number of sites is a whole number of at least 1."""
    with pytest.raises(sc.InputError, match="count"):
        sc.solve_mclp(sc.TravelTimes.from_matrix([[5.0]]), count=count)


def test_covered_must_be_of_the_same_demand() -> None:
    """A mask of another length would cover the wrong people."""
    with pytest.raises(sc.InputError, match="2 values"):
        sc.solve_mclp(sc.TravelTimes.from_matrix([[5.0], [5.0]]), count=1, covered=[True])
    with pytest.raises(sc.InfeasibleError, match="no candidates"):
        sc.solve_mclp(sc.TravelTimes.from_matrix(np.empty((2, 0))), count=1)
