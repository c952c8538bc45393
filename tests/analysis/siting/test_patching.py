from dataclasses import replace

import numpy as np
import pytest

import servicecircle as sc
from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.dominance import core
from servicecircle.analysis.siting.exact import search
from servicecircle.analysis.siting.greedy import greedy
from servicecircle.analysis.siting.patching import _Patching, patched
from servicecircle.analysis.siting.posing import pose

INF = np.inf


def everyone(seed: int, demand: int, sites: int, backup: int = 1, dearest: int = 4):
    """Make a covering problem without geography in which everyone has to be covered, up to so many times."""
    rng = np.random.default_rng(seed)
    reach = rng.random((demand, sites)) < 0.15
    for _ in range(backup):
        reach[np.arange(demand), rng.integers(0, sites, demand)] = True
    times = sc.TravelTimes.from_matrix(np.where(reach, 5.0, INF), weights=np.ones(demand))
    problem = pose(times, minutes=15, covered=None, rules=sc.SiteRules(backup=backup)).problem
    groups = len(problem.people)
    return replace(
        problem,
        people=np.ones(groups),
        need=rng.integers(1, problem.need + 1),
        target=float(groups),
        cost=rng.integers(1, dearest, sites).astype(float),
    )


@pytest.mark.parametrize("backup", [1, 2, 3])
def test_what_each_site_is_worth_stays_true_while_the_plan_changes(backup) -> None:
    """After any steps: what a closed site would cover, and an open one would leave uncovered, counted anew."""
    problem = everyone(3, 40, 15, backup)
    state = _Patching(problem)
    for site in greedy(problem):
        state.open(int(site))
    for _ in range(60):
        state.step(problem.cost.sum())
        served = problem.served(state.plan)
        assert state.served.tolist() == served.tolist()
        assert state.short.tolist() == (served < problem.need).tolist()
        for site in range(problem.sites):
            groups = problem.cover[[site]].indices
            changes = served[groups] <= problem.need[groups] if state.inside[site] else state.short[groups]
            assert state.worth[site] == pytest.approx(state.counts[groups[changes]].sum())


@pytest.mark.parametrize("seed", range(10))
def test_patching_finds_the_cheapest_cover_of_small_problems(seed) -> None:
    """It is no proof, but where HiGHS proves the least cost, patching from the greedy plan gets there too."""
    problem = everyone(seed, 60, 25, backup=1 + seed % 2, dearest=2 + seed % 3)
    plan = patched(problem, greedy(problem), Deadline(), 0.0)
    assert problem.allowed(plan)
    assert problem.cost[plan].sum() == pytest.approx(search(problem, "least", INF, Deadline()).bound)


@pytest.mark.parametrize("seed", range(12))
def test_the_core_has_the_same_least_cost(seed) -> None:
    """Groups left out, sites closed and sites opened: what they cost and the best of the rest make the optimum."""
    problem = everyone(seed, [8, 25, 60][seed % 3], 20, backup=1 + seed // 6)
    reduced = core(problem, Deadline())
    rest = search(reduced.problem, "least", INF, Deadline())
    chosen = np.concatenate([reduced.opened, reduced.free[rest.chosen]])
    assert problem.allowed(chosen)
    assert problem.cost[chosen].sum() == pytest.approx(search(problem, "least", INF, Deadline()).bound)
    if seed < 6:
        assert reduced.problem.cover.nnz < problem.cover.nnz


def test_who_has_no_choice_decides_at_once() -> None:
    """The first place needs site 0, which covers the second as well; site 2 is all that is left for the third."""
    times = sc.TravelTimes.from_matrix([[5.0, INF, INF], [5.0, 5.0, INF], [INF, 5.0, 5.0], [INF, INF, 5.0]])
    problem = pose(times, minutes=15, covered=None, rules=None).problem
    reduced = core(problem, Deadline())
    assert (sorted(reduced.opened.tolist()), len(reduced.problem.weight)) == ([0, 2], 0)
