"""The maximal covering location problem: most people within the limit with so many new sites, or so much money.

Only a sparse matrix and weights are seen here, no geometry. Demand that is covered already is dropped,
demand with the same cover set is merged. A greedy plan is improved by exchanges; a Lagrangian relaxation
bounds all plans and decides most sites; HiGHS settles the rest, or says how much better a plan could be.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.siting.covering import PROVEN, Covering, slack
from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.exact import MAX_PAIRS, search
from servicecircle.analysis.siting.exchange import improved
from servicecircle.analysis.siting.existing import CoveredBy
from servicecircle.analysis.siting.greedy import greedy
from servicecircle.analysis.siting.lagrange import decided, relax
from servicecircle.analysis.siting.plan import SitePlan
from servicecircle.analysis.siting.posing import TELLING, Posed, costs, pose
from servicecircle.analysis.siting.rules import SiteRules
from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InfeasibleError, InputError, checked_number

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

#: Kicks of the iterated local search, when the bound is not met without.
_KICKS = 60
#: Kicks where nothing comes after them and there is a time limit, which ends them.
_LAST_KICKS = 10_000
#: A relaxation is made anew where it has left at most this part of the sites.
_NARROWER = 0.8


def solve_mclp(
    times: TravelTimes,
    *,
    count: int | None = None,
    budget: float | None = None,
    minutes: float = 15.0,
    covered: CoveredBy = None,
    rules: SiteRules | None = None,
    time_limit_s: float | None = None,
) -> SitePlan:
    """Choose candidates so that most people are within the limit.

    Parameters
    ----------
    times
        Travel times from the demand to the candidates.
    count
        Most new sites. Sites that would add nobody are not chosen.
    budget
        Most that the new sites may cost together, in the unit of the column ``cost`` of the candidates.
        At least one of `count` and `budget` is needed; with both, both hold.
    minutes
        The limit, inclusive.
    covered
        What existing centers cover: a `Coverage` of the same demand, the travel times to them, or a mask
        over the demand.
    rules
        What a plan must or may not do beside.
    time_limit_s
        Seconds for the search; without it the search stops by work, and a run can be repeated to the
        byte. Every phase asks the clock, the greedy plan is always finished, and its bound is proven.

    Returns
    -------
    SitePlan
        ``objective`` and ``bound`` are people, or what `rules` lets them weigh.

    Raises
    ------
    InputError
        If an option cannot be used, or `covered` or a rule is of other demand or candidates.
    InfeasibleError
        If there are no candidates, or no plan can keep the rules: the message says which.

    References
    ----------
    Church, R. and ReVelle, C. (1974). The maximal covering location problem. Papers of the Regional
    Science Association 32, 101-118.
    Cordeau, J.-F., Furini, F. and Ljubic, I. (2019). Benders decomposition for very large scale partial
    set covering and maximal covering location problems. European Journal of Operational Research 275,
    882-896 (instances of this size).
    """
    deadline = Deadline(limit_s=time_limit_s)
    if count is None and budget is None:
        raise InputError("count, budget: found neither, expected a number of sites or a sum of money.")
    posed = limited(pose(times, minutes=minutes, covered=covered, rules=rules), count, budget)
    free, problem = posed.rest()
    chosen, bound = best_plan(problem, deadline.leaving(TELLING * deadline.spent))
    if chosen is None:
        raise _impossible(posed, deadline, proven=bound == -np.inf)
    chosen = np.concatenate([posed.required, free[chosen]])
    value, required = posed.problem.gain(chosen), posed.problem.gain(posed.required)
    bound = posed.base + max(bound + required, value)
    return posed.plan(chosen, bound, deadline, problem="mclp", objective=posed.base + value)


def limited(posed: Posed, count: int | None, budget: float | None) -> Posed:
    """Set the most sites and the most money of a question.

    Raises
    ------
    InputError
        If one of them cannot be used.
    InfeasibleError
        If the required sites are more than that.
    """
    problem, required = posed.problem, posed.required
    if count is not None:
        checked_number("count", count, "a whole number of at least 1", least=1, whole=True)
        if len(required) > count:
            raise InfeasibleError(f"count: {count} new sites cannot hold the {len(required)} required ones.")
        problem = replace(problem, count=min(int(count), problem.sites))
    if budget is not None:
        checked_number("budget", budget, "an amount of at least 0")
        problem = replace(problem, cost=costs(posed), budget=float(budget))
        if problem.cost[required].sum() > budget * (1 + 1e-9):
            spent = problem.cost[required].sum()
            raise InfeasibleError(f"budget: {budget:g} cannot pay the required sites, which cost {spent:g}.")
    return replace(posed, problem=problem)


def best_plan(
    problem: Covering, deadline: Deadline, start: IntArray | None = None, value: float = -np.inf
) -> tuple[IntArray | None, float]:
    """Return the best plan found that is worth more than `value`, None if none was, and a proven bound.

    The bound is minus infinity when it is proven that no plan is allowed, and never below `value`.
    """
    chosen = first_plan(problem, deadline) if start is None else start
    if chosen is not None and problem.gain(chosen) <= value:
        chosen = None
    known = relax(problem, chosen, deadline, value)
    chosen, bound = known.chosen, known.bound
    if chosen is not None and bound > problem.gain(chosen) * (1 + PROVEN):
        closed, opened = decided(problem, known.price, problem.gain(chosen))
        last = deadline.limit_s is not None and _too_large(problem, closed, np.flatnonzero(opened))
        chosen = improved(problem, chosen, deadline, kicks=_LAST_KICKS if last else _KICKS)
    value = max(value, -np.inf if chosen is None else problem.gain(chosen))
    if bound <= value * (1 + PROVEN):
        return chosen, max(value, bound)
    closed, opened = decided(problem, known.price, value)
    better, proven = _among(problem, chosen, value, closed, np.flatnonzero(opened), deadline)
    return (chosen if better is None else better), max(value, min(bound, proven))


def first_plan(problem: Covering, deadline: Deadline) -> IntArray | None:
    """Return a good plan that is allowed, if the greedy rules find one."""
    plans = [greedy(problem)]
    if np.isfinite(problem.budget):
        plans.append(greedy(problem, dear=True))
    allowed = [improved(problem, plan, deadline) for plan in plans if problem.allowed(plan)]
    return max(allowed, key=problem.gain, default=None)


def _among(
    problem: Covering, chosen: IntArray | None, value: float, closed: BoolArray, opened: IntArray, deadline: Deadline
) -> tuple[IntArray | None, float]:
    """Search the plans that a relaxation left open for one worth more than `value`; return it and a bound."""
    if deadline.over or _too_large(problem, closed, opened):
        return None, np.inf
    if problem.apart is not None and problem.apart[opened][:, opened].nnz:
        # Every better plan would have to open sites of which only one may: there is none.
        return None, -np.inf
    free, rest = problem.reduced(opened, closed)
    worth = problem.gain(opened)
    if rest.count < 0 or rest.budget < -slack(problem.budget):
        # Every better plan would have to open more than it may: there is none.
        return None, -np.inf
    start = None
    if chosen is not None and np.isin(opened, chosen).all() and not closed[chosen].any():
        start = np.flatnonzero(np.isin(free, chosen))
    if rest.sites < _NARROWER * problem.sites and not deadline.over:
        # What is left is small enough for a closer relaxation to be worth its while.
        sites, bound = best_plan(rest, deadline, start, value - worth)
    else:
        found = search(rest, "most", value - worth, deadline)
        sites, bound = found.chosen, found.bound
    if sites is None:
        return None, bound + worth
    better = np.sort(np.concatenate([opened, free[sites]]))
    return (better if problem.gain(better) > value else None), bound + worth


def _too_large(problem: Covering, closed: BoolArray, opened: IntArray) -> bool:
    """Whether what is left would neither be relaxed again nor be searched, so that nobody has to state it."""
    left = ~closed
    left[opened] = False
    pairs = problem.cover @ (~problem.covered(opened)).astype(np.float64)
    return bool(left.sum() >= _NARROWER * problem.sites and pairs[left].sum() > MAX_PAIRS)


def _impossible(posed: Posed, deadline: Deadline, *, proven: bool) -> InfeasibleError:
    """Say which rule no plan can keep beside the floors: the first without which there is one."""
    if not proven:
        return InfeasibleError("no plan that keeps all rules was found in the time. Allow more, or ask for less.")
    problem = posed.problem
    without = {
        f"count: {problem.count} new sites": replace(problem, count=problem.sites),
        f"budget: {problem.budget:g}": replace(problem, budget=np.inf),
        "apart: the least distance": replace(problem, apart=None),
    }
    for name, looser in without.items():
        if search(replace(posed, problem=looser).rest()[1], "most", -np.inf, deadline).chosen is not None:
            return InfeasibleError(f"{name} cannot hold together with the floors. Change it, or lower a floor.")
    limits = problem.count < problem.sites, np.isfinite(problem.budget), problem.apart is not None
    said = [name.partition(":")[0] for name, limit in zip(without, limits, strict=True) if limit]
    return InfeasibleError(f"{', '.join(said)}: together they leave no plan that holds the floors. Change one of them.")
