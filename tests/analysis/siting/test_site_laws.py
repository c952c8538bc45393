"""What must hold of every location problem: more is never worse, who does not count changes nothing, order neither."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import servicecircle as sc
from servicecircle.analysis.siting import covering, lscp, mclp, pcenter, posing, prices, roomprices, roomsearch
from servicecircle.analysis.siting.covering import Covering
from servicecircle.analysis.siting.dominance import Core

INF = np.inf


def solved(problem: str, walks, people, price, **options) -> sc.SitePlan:
    """Answer a question; money buys the sites where a budget is given, or where the cheapest are asked for."""
    costs = price if "budget" in options or problem == "cheapest" else None
    times = sc.TravelTimes.from_matrix(walks, weights=people, costs=costs)
    if problem in {"cmclp", "cp-median"}:
        times.facilities["capacity"] = options.pop("room", np.full(walks.shape[1], 40.0))
    if problem in {"p-median", "cp-median"}:
        options["beyond_min"] = 60.0
    solvers: dict[str, Callable[..., sc.SitePlan]] = {
        "mclp": sc.solve_mclp,
        "fewest": sc.solve_lscp,
        "cheapest": sc.solve_lscp,
        "p-median": sc.solve_pmedian,
        "p-center": sc.solve_pcenter,
        "cmclp": sc.solve_cmclp,
        "cp-median": sc.solve_cpmedian,
    }
    return solvers[problem](times, **options)


def town(seed: int, demand: int = 40, sites: int = 12) -> tuple[Any, Any, Any]:
    """Make walks without any geography, people, and prices; many places are reached by the same sites."""
    rng = np.random.default_rng(seed)
    minutes = np.where(rng.random((demand, sites)) < 0.25, rng.integers(3, 21, (demand, sites)).astype(float), INF)
    minutes[demand // 2 :] = minutes[rng.integers(0, demand // 2, demand - demand // 2)]
    return minutes, rng.integers(0, 9, demand).astype(float), rng.integers(1, 6, sites).astype(float)


#: Problem, its options, and whether more is better.
QUESTIONS = [
    ("mclp", {"count": 3}, True),
    ("mclp", {"budget": 7.0}, True),
    ("fewest", {}, False),
    ("fewest", {"share": 0.6}, False),
    ("cheapest", {}, False),
    ("cheapest", {"share": 0.6}, False),
    ("p-median", {"count": 3}, False),
    ("cmclp", {"count": 3}, True),
    ("cp-median", {"count": 3}, False),
]
CENTERS = ("p-center", {"count": 3}, False)
NAMES = [f"{problem}-{'-'.join(options) or 'all'}" for problem, options, _ in QUESTIONS]


def better_or_equal(values: list[float], *, more: bool) -> bool:
    """Whether each value is as good as the one before."""
    return all((after >= before - 1e-6) if more else (after <= before + 1e-6) for before, after in pairwise(values))


@pytest.mark.parametrize(("problem", "options", "more"), QUESTIONS, ids=NAMES)
def test_more_of_anything_never_does_harm(problem, options, more) -> None:
    """Sites, money, minutes of the limit, candidates, room: each, step by step, all proven."""
    minutes, people, price = town(0)
    reachable = (minutes <= 15).any(axis=1)
    steps: list[list[float]] = []

    def ask(walks=minutes, **changed) -> float:
        plan = solved(problem, walks, people, price[: walks.shape[1]], **{**options, **changed})
        assert plan.status == "optimal"
        return plan.objective

    if "count" in options:
        steps.append([ask(count=count) for count in range(1, 6)])
    if "budget" in options:
        steps.append([ask(budget=float(budget)) for budget in (0, 2, 5, 9, 14)])
    if problem in {"mclp", "cmclp"}:
        steps.append([ask(minutes=limit) for limit in (6.0, 10.0, 15.0, 20.0)])
    if "share" in options:
        steps.append([ask(share=share) for share in (0.7, 0.5, 0.2, 0.0)])
        steps.append([ask(minutes=limit) for limit in (12.0, 15.0, 20.0)])
    if problem in {"fewest", "cheapest"}:
        # Candidates that reach nobody new: whom one has to cover stays the same.
        double = np.column_stack([minutes, np.where(reachable[:, None], minutes[:, ::-1], INF)])
        price = np.concatenate([price, price])
        steps.append([ask(minutes), ask(double)])
    else:
        steps.append([ask(minutes[:, :number]) for number in (4, 8, 12)])
    if problem in {"cmclp", "cp-median"}:
        steps.append([ask(room=np.full(12, room)) for room in (0.0, 5.0, 30.0, 300.0)])
    assert all(better_or_equal(values, more=more) for values in steps), steps


@pytest.mark.parametrize(("problem", "options", "more"), QUESTIONS, ids=NAMES)
def test_a_time_limit_leaves_a_plan_and_a_bound_that_holds(problem, options, more) -> None:
    """After next to no time and after a tenth of a second: no better than the optimum, and the bound no worse."""
    walks, people, price = town(9, 60, 15)
    best = solved(problem, walks, people, price, **options)
    assert best.status == "optimal"
    for limit in (1e-6, 0.1):
        hasty = solved(problem, walks, people, price, **options, time_limit_s=limit)
        assert better_or_equal([hasty.objective, best.objective, hasty.bound], more=more)
        assert (hasty.status == "optimal") == (hasty.bound == hasty.objective)
        assert len(hasty.sites)


@pytest.mark.parametrize(("problem", "options", "more"), [*QUESTIONS, CENTERS], ids=[*NAMES, "p-center"])
def test_who_does_not_count_and_the_order_of_rows_change_nothing(problem, options, more) -> None:
    """Empty houses are added, a covered one among them, and all rows and columns are shuffled."""
    minutes, people, price = town(5)
    minutes = np.where(np.isfinite(minutes), minutes, 30.0) if problem == "p-center" else minutes
    mask = np.arange(len(people)) < 4
    extra = {} if problem in {"cmclp", "cp-median"} else {"covered": mask}
    first = solved(problem, minutes, people, price, **options, **extra)
    empty = np.vstack([minutes, minutes[:3], np.full((1, minutes.shape[1]), INF)])
    if extra:
        extra["covered"] = np.append(mask, [True, False, False, False])
    emptied = solved(problem, empty, np.append(people, [0, 0, 0, 0]), price, **options, **extra)
    assert emptied.sites.index.tolist() == first.sites.index.tolist()
    assert (emptied.objective, emptied.covered) == pytest.approx((first.objective, first.covered))
    rng = np.random.default_rng(8)
    rows, columns = rng.permutation(len(people)), rng.permutation(len(price))
    if extra:
        extra["covered"] = mask[rows]
    shuffled = solved(problem, minutes[rows][:, columns], people[rows], price[columns], **options, **extra)
    assert (shuffled.objective, shuffled.bound) == pytest.approx((first.objective, first.bound))
    assert first.status == shuffled.status == "optimal"


def one_by_one(cover, *, weight, people, need, place) -> Covering:
    """State a problem as `merged` does, with a group for every demand row."""
    reach = sparse.csr_array(cover.T)
    rows = np.flatnonzero(((weight > 0) | (people > 0)) & (np.diff(reach.indptr) >= need) & (need > 0))
    reach = sparse.csr_array(reach[rows].astype(np.float64))
    reach.sort_indices()
    turned = sparse.csr_array(reach.T)
    turned.sort_indices()
    return Covering(
        cover=turned,
        reach=reach,
        weight=weight[rows].astype(np.float64),
        people=people[rows].astype(np.float64),
        need=need[rows],
        place=place[rows],
        cost=np.ones(turned.shape[0]),
        count=turned.shape[0],
        floors=np.zeros(0),
    )


@pytest.mark.parametrize(("problem", "options", "more"), [*QUESTIONS, CENTERS], ids=[*NAMES, "p-center"])
def test_merging_dominance_and_fixing_do_not_change_the_optimum(problem, options, more, monkeypatch) -> None:
    """Each switched off by itself, then all together: the same objective, and proven."""
    towns = [town(seed, 24, 8) for seed in range(2)]
    if problem == "p-center":
        towns = [(np.where(np.isfinite(minutes), minutes, 30.0), people, price) for minutes, people, price in towns]
    reduced = [solved(problem, *one, **options).objective for one in towns]

    def no_core(problem, deadline) -> Core:
        return Core(opened=np.zeros(0, dtype=np.int64), free=np.arange(problem.sites), problem=problem)

    def none(problem, *_):
        return np.zeros(problem.sites, dtype=bool), np.zeros(problem.sites, dtype=bool)

    switches: list[list[tuple[Any, str, Any]]] = [
        [
            *((room, "merged", one_by_one) for room in (covering, posing, pcenter)),
            (roomsearch, "merged", lambda rooms: rooms),
        ],
        [(lscp, "core", no_core), (lscp, "dominated_sites", lambda problem: none(problem)[0])],
        [
            (mclp, "decided", none),
            (lscp, "settled", lambda known, _: (known.spare > INF, known.spare > INF)),
            (prices.Prices, "decided", lambda self, _: (self.problem.marked([]),) * 2),
            (roomprices.RoomPrices, "decided", lambda self, _: (np.zeros(self.rooms.sites, dtype=bool),) * 2),
        ],
    ]
    for switched in [*switches, [one for some in switches for one in some]]:
        with monkeypatch.context() as patch:
            for room, name, other in switched:
                patch.setattr(room, name, other)
            plans = [solved(problem, *one, **options) for one in towns]
        assert [plan.objective for plan in plans] == pytest.approx(reduced)
        assert all(plan.status == "optimal" for plan in plans)
