from dataclasses import replace

import numpy as np
import pytest

import servicecircle as sc
from servicecircle.analysis.siting import lscp
from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.dominance import dominated_sites
from servicecircle.analysis.siting.exact import search
from servicecircle.analysis.siting.lscp import _targeted, cheapest_plan
from servicecircle.analysis.siting.posing import pose

from .small_problems import small_problem

INF = np.inf


@pytest.mark.parametrize("block", range(6))
def test_the_plan_is_the_cheapest_of_all_subsets_that_reach_the_share(block) -> None:
    """Everyone who can be covered, or a share of all people, under any rules; no plan means an error that says so."""
    for seed in range(block * 40, block * 40 + 40):
        problem, rng = small_problem(seed), np.random.default_rng([seed, 2])
        problem.rules.pop("weights", None)
        if rng.random() < 0.5:
            problem.cost[:] = 1
        share = None if rng.random() < 0.4 else float(rng.choice([0, 0.5, 0.7, 0.9, 1.0]))
        shut = {int(key) for key in problem.rules.get("forbidden", ())}
        most = problem.people[problem.covered([j for j in range(problem.reach.shape[1]) if j not in shut])].sum()
        target = most if share is None else share * problem.people.sum()
        kept = {
            tuple(sites): problem.cost[sites].sum()
            for sites, covered in problem.allowed()
            if problem.people[covered].sum() >= target - 1e-9
        }
        asked = {"share": share, "covered": problem.centers, "rules": problem.site_rules}
        if not kept:
            with pytest.raises(sc.InfeasibleError):
                sc.solve_lscp(problem.times, **asked)
            continue
        plan = sc.solve_lscp(problem.times, **asked)
        sites = tuple(sorted(int(key) for key in plan.sites.index))
        assert plan.objective == pytest.approx(min(kept.values())), seed
        assert plan.objective == pytest.approx(kept[sites]), seed
        assert (plan.bound, plan.status) == (plan.objective, "optimal"), seed
        assert plan.covered == pytest.approx(problem.people[problem.covered(list(sites))].sum()), seed


def cover(seed: int, demand: int = 80, sites: int = 30) -> sc.TravelTimes:
    """Covers without any geography, each place within reach of someone."""
    rng = np.random.default_rng(seed)
    reach = rng.random((demand, sites)) < 0.12
    reach[np.arange(demand), rng.integers(0, sites, demand)] = True
    return sc.TravelTimes.from_matrix(
        np.where(reach, 5.0, INF), weights=rng.integers(1, 50, demand), costs=rng.integers(1, 4, sites)
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("share", [None, 0.8])
def test_reductions_and_the_relaxation_do_not_change_the_optimum(seed, share) -> None:
    """The plain model, without merging by rows, dominance or a bound of our own, has the same cost."""
    times = cover(seed)
    posed = pose(times, minutes=15, covered=None, rules=None)
    plain = search(_targeted(posed, share), "least", INF, Deadline())
    chosen, bound = cheapest_plan(_targeted(posed, share), Deadline())
    assert len(chosen) == bound == plain.bound == len(plain.chosen)


def test_a_site_that_another_is_never_worse_than_is_dominated() -> None:
    """Of two equal sites the first stays; a dearer or smaller one goes; a cheaper one stays."""
    minutes = [[5, 5, 5, INF, INF], [5, 5, INF, 5, INF], [INF, INF, INF, 5, INF]]
    times = sc.TravelTimes.from_matrix(minutes, costs=[2, 2, 1, 2, 1])
    posed = pose(times, minutes=15, covered=None, rules=None)
    assert dominated_sites(posed.problem).tolist() == [False, True, True, False, True]


def test_a_share_that_cannot_be_reached_says_how_far_one_gets() -> None:
    """Three of four people can be reached."""
    times = sc.TravelTimes.from_matrix([[5.0], [INF]], weights=[3, 1])
    with pytest.raises(sc.InfeasibleError, match=r"95.0% of all people .* it is 75.0%"):
        sc.solve_lscp(times, share=0.95)
    plan = sc.solve_lscp(times)
    assert (plan.objective, plan.covered, plan.uncovered["reachable"].tolist()) == (1.0, 3.0, [False])
    with pytest.raises(sc.InputError, match="share: found 95"):
        sc.solve_lscp(times, share=95)
    with pytest.raises(sc.InputError, match="weights: have no meaning"):
        sc.solve_lscp(times, rules=sc.SiteRules(weights=[1, 1]))


def test_without_time_the_greedy_plan_and_a_bound_are_there() -> None:
    """Nothing is claimed that was not proven, and the bound is on the right side."""
    times = cover(9, 300, 60)
    hasty, patient = sc.solve_lscp(times, time_limit_s=1e-6), sc.solve_lscp(times)
    assert patient.status == "optimal"
    assert hasty.bound <= patient.objective <= hasty.objective
    assert (hasty.status == "optimal") == (hasty.bound == hasty.objective)
    assert hasty.covered == patient.covered == times.weights.sum()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("floor", [0.0, 0.6])
def test_the_search_for_a_cheaper_plan_finds_the_optimum(seed, floor) -> None:
    """Half of the people in one district have to be covered, or not; the greedy plan gets as cheap as the exact one."""
    times = cover(seed, 120, 25)
    districts = np.where(np.arange(120) < 30, "a", "b")
    posed = pose(times, minutes=15, covered=None, rules=sc.SiteRules(floors={"a": floor}, districts=districts))
    problem = _targeted(posed, 0.7)
    least = search(problem, "least", INF, Deadline()).bound
    plan, _ = lscp._shrunk(problem, lscp._start(problem), Deadline())
    assert problem.allowed(plan)
    assert problem.cost[plan].sum() == pytest.approx(least)


@pytest.mark.parametrize("seed", range(6))
def test_that_no_plan_is_cheaper_is_said_only_where_it_is_so(seed) -> None:
    """For plans of every size that reach the share: proven cheapest or not, HiGHS agrees."""
    times = cover(seed, 60, 18)
    problem = _targeted(pose(times, minutes=15, covered=None, rules=None), 0.6)
    least = search(problem, "least", INF, Deadline()).bound
    for size in range(int(least), 12):
        plan = lscp.greedy(replace(problem, count=size, weight=problem.people))
        if problem.allowed(plan):
            shorter = lscp.relax(lscp._cheaper(problem, plan), None, Deadline(), enough=problem.target)
            assert shorter.bound >= problem.target or problem.cost[plan].sum() == least
            found, cheapest = lscp._shrunk(problem, plan, Deadline())
            assert problem.cost[found].sum() == least or not cheapest


def test_a_floor_that_the_other_rules_leave_out_of_reach_is_not_forgotten() -> None:
    """The required site covers the share alone, but shuts out the only one that reaches the other district."""
    times = sc.TravelTimes.from_matrix([[5.0, INF], [INF, 5.0]], weights=[9, 1])
    floors = {"floors": {"b": 1.0}, "districts": ["a", "b"]}
    rules = sc.SiteRules(required=["0"], apart=[("0", "1")], **floors)
    with pytest.raises(sc.InfeasibleError, match="apart"):
        sc.solve_lscp(times, share=0.5, rules=rules)
    assert len(sc.solve_lscp(times, share=0.5, rules=sc.SiteRules(required=["0"], **floors)).sites) == 2


def test_sites_that_every_cheaper_plan_would_have_stay_apart() -> None:
    """The prices ask for two sites of which only one may open: then no plan is cheaper."""
    problem = small_problem(1928)
    problem.rules.pop("weights", None)
    problem.cost[:] = 1
    plan = sc.solve_lscp(problem.times, covered=problem.centers, rules=problem.site_rules)
    assert not {"2", "5"} <= set(plan.sites.index)
    assert (plan.objective, plan.bound, plan.status) == (4.0, 4.0, "optimal")
