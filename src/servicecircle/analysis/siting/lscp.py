"""The location set covering problem: the fewest or cheapest sites that cover everyone, or a share of all people."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.siting.covercost import price_cover, settled
from servicecircle.analysis.siting.covering import Covering
from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.dominance import core, dominated_sites
from servicecircle.analysis.siting.exact import search
from servicecircle.analysis.siting.exchange import improved
from servicecircle.analysis.siting.existing import CoveredBy
from servicecircle.analysis.siting.greedy import greedy
from servicecircle.analysis.siting.lagrange import relax
from servicecircle.analysis.siting.patching import patched
from servicecircle.analysis.siting.plan import SitePlan
from servicecircle.analysis.siting.posing import TELLING, Posed, costs, pose
from servicecircle.analysis.siting.rules import SiteRules
from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InfeasibleError, InputError, checked_number

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

#: Kicks of the iterated local search for each plan that is to be cheaper: a few at first, then a relaxation, then more;
#: most where there is a time limit, which ends them, and so many pairs that HiGHS would not get far.
_FEW_KICKS, _KICKS, _MORE_KICKS, _LARGE = 10, 150, 10_000, 200_000
#: What a plan may miss a target by, because of the last binary digits.
_FORGIVEN = 2e-9
#: A relaxation is made anew where it has left at most this part of the sites.
_NARROWER = 0.8
#: The search for smaller plans takes at most this part of the seconds; HiGHS has the others.
_SEARCHING = 0.6


def solve_lscp(
    times: TravelTimes,
    *,
    share: float | None = None,
    minutes: float = 15.0,
    covered: CoveredBy = None,
    rules: SiteRules | None = None,
    time_limit_s: float | None = None,
) -> SitePlan:
    """Choose the fewest candidates, or the cheapest where they have a ``cost``, that cover enough people.

    Parameters
    ----------
    times
        Travel times from the demand to the candidates. A column ``cost`` of the candidates is what is
        made least; without it every site counts one.
    share
        Share of all people (0 to 1) to be covered, those that existing centers cover included; when not
        given, everyone whom some candidate can cover.
    minutes
        The limit, inclusive.
    covered
        What existing centers cover: a `Coverage` of the same demand, the travel times to them, or a mask
        over the demand.
    rules
        What a plan must or may not do beside; `weights` have no meaning here.
    time_limit_s
        Seconds for the search; without it the search stops by work, and a run can be repeated to the
        byte. Every phase asks the clock; the greedy plan is always finished, and its bound is proven.

    Returns
    -------
    SitePlan
        ``objective`` and ``bound`` are sites, or what they cost.

    Raises
    ------
    InputError
        If an option cannot be used, or `covered` or a rule is of other demand or candidates.
    InfeasibleError
        If there are no candidates, or no plan can reach the share or keep the rules: the message says
        which.

    References
    ----------
    Toregas, C., Swain, R., ReVelle, C. and Bergman, L. (1971). The location of emergency service
    facilities. Operations Research 19, 1363-1373.
    Daskin, M. and Owen, S. (1999). Two new location covering problems: the partial p-center problem and
    the partial set covering problem. Geographical Analysis 31, 217-235.
    """
    deadline = Deadline(limit_s=time_limit_s)
    if share is not None:
        checked_number("share", share, "a share from 0 to 1, or none for all who can be covered", most=1)
    posed = pose(times, minutes=minutes, covered=covered, rules=rules)
    if posed.rules.weights is not None:
        raise InputError("weights: have no meaning where the cost of a share of people is made least.")
    if "cost" in times.facilities.columns:
        posed = replace(posed, problem=replace(posed.problem, cost=costs(posed)))
    free, problem = _targeted(posed, share).reduced(posed.required, np.zeros(posed.problem.sites, dtype=np.bool_))
    chosen, bound = cheapest_plan(problem, deadline.leaving(TELLING * deadline.spent))
    if chosen is None and np.isinf(bound):
        raise InfeasibleError(
            "apart: no plan that keeps these pairs apart covers as many people as was asked for. Leave some pairs out."
        )
    if chosen is None:
        raise InfeasibleError("no plan that keeps all rules was found in the time. Allow more, or ask for less.")
    chosen = np.concatenate([posed.required, free[chosen]])
    cost, required = posed.problem.cost, float(posed.problem.cost[posed.required].sum())
    objective = float(cost[chosen].sum())
    return posed.plan(chosen, min(bound + required, objective), deadline, problem="lscp", objective=objective)


def _targeted(posed: Posed, share: float | None) -> Covering:
    """Return the problem of reaching the share, or everyone; what a plan covers beyond that counts nothing."""
    weights = posed.times.weights
    problem = replace(posed.problem, weight=np.zeros(len(posed.problem.weight)))
    reachable = float(problem.people.sum())
    if share is None:
        # All groups count alike, so that not even the smallest is lost in the digits of the people.
        number = (problem.people > 0).astype(np.float64)
        return replace(problem, people=number, target=float(number.sum()), floors=np.zeros(len(problem.floors)))
    base = float(weights[posed.need <= 0].sum())
    target = share * float(weights.sum()) - base
    if target > reachable * (1 + 1e-12):
        best = (base + reachable) / weights.sum()
        raise InfeasibleError(
            f"share: {share:.1%} of all people cannot be covered; with every candidate open it is {best:.1%}."
        )
    return replace(problem, target=max(min(target, reachable), 0.0))


def cheapest_plan(problem: Covering, deadline: Deadline, dearest: float = np.inf) -> tuple[IntArray | None, float]:
    """Return the cheapest plan found that costs less than `dearest`, None if none was, and a proven bound.

    The bound is never above `dearest`; it is infinite when it is proven that no plan is allowed.
    """
    if problem.missing(np.ones(len(problem.people), dtype=np.bool_)).any():
        return None, dearest
    if problem.target < problem.people.sum():
        return _cheapest(problem, deadline, dearest)
    reduced = core(problem, deadline)
    spent = float(problem.cost[reduced.opened].sum())
    sites, bound = _cheapest(reduced.problem, deadline, dearest - spent)
    plan = None if sites is None else np.sort(np.concatenate([reduced.opened, reduced.free[sites]]))
    return plan, bound + spent


def _cheapest(problem: Covering, deadline: Deadline, dearest: float) -> tuple[IntArray | None, float]:
    """Return what `cheapest_plan` does, for what its reductions have left."""
    plan = _start(problem)
    if plan is not None and not _everyone(problem):
        plan, cheapest = _shrunk(problem, plan, deadline.part(_SEARCHING))
        cost = float(problem.cost[plan].sum())
        if cheapest:
            return (plan if cost < dearest else None), min(cost, dearest)
    cost = dearest if plan is None else min(float(problem.cost[plan].sum()), dearest)
    known = price_cover(problem, min(cost, float(problem.cost.sum())), deadline)
    bound = min(_rounded(problem, known.bound), cost)
    if plan is not None and bound < cost and _everyone(problem):
        plan = patched(problem, plan, deadline.part(_SEARCHING), bound)
    if plan is not None and problem.cost[plan].sum() >= dearest:
        plan = None
    cost = dearest if plan is None else float(problem.cost[plan].sum())
    if bound >= cost:
        return plan, cost
    # Nobody asks for plans that cost as much; where costs are whole numbers the next one is cheaper by one.
    closed, opened = settled(known, cost - 1 + 1e-6 if _whole(problem) else cost * (1 - 1e-9))
    sites, proven = _among(problem, cost, closed | dominated_sites(problem), np.flatnonzero(opened), deadline)
    return (plan if sites is None else sites), min(cost, max(bound, proven))


def _everyone(problem: Covering) -> bool:
    """Whether the plans are all covers, so that one can be patched."""
    return problem.target >= problem.people.sum() and problem.apart is None


def _among(
    problem: Covering, cost: float, closed: BoolArray, opened: IntArray, deadline: Deadline
) -> tuple[IntArray | None, float]:
    """Search the plans that a relaxation left open for one that costs less; return it and a bound."""
    if problem.apart is not None and problem.apart[opened][:, opened].nnz:
        # Every cheaper plan would have to open sites of which only one may: there is none.
        return None, np.inf
    free, rest = problem.reduced(opened, closed & ~np.isin(np.arange(problem.sites), opened))
    spent = float(problem.cost[opened].sum())
    if rest.sites < _NARROWER * problem.sites and not deadline.over:
        sites, bound = cheapest_plan(rest, deadline, cost - spent)
    else:
        found = search(rest, "least", cost - spent, deadline)
        sites, bound = found.chosen, found.bound
    if sites is None:
        return None, bound + spent
    better = np.sort(np.concatenate([opened, free[sites]]))
    return (better if problem.cost[better].sum() < cost else None), bound + spent


def _start(problem: Covering) -> IntArray | None:
    """Return a plan that is allowed, if the greedy rule finds one."""
    plan = greedy(problem)
    return _pruned(problem, plan) if problem.allowed(plan) else None


def _shrunk(problem: Covering, plan: IntArray, deadline: Deadline) -> tuple[IntArray, bool]:
    """Look for cheaper and cheaper plans that reach the target; tell whether it is proven that there is none left.

    What a cheaper plan must do is to cover enough people for less money: maximal covering.
    """
    enough = problem.target * (1 - _FORGIVEN)
    kicks = _MORE_KICKS if deadline.limit_s is not None and problem.cover.nnz > _LARGE else _KICKS
    while plan.size and problem.cost[plan].sum() > 0 and not deadline.over:
        goal = _cheaper(problem, plan)
        start = _without_some(goal, plan)
        if start is not None:
            start = improved(goal, start, deadline, kicks=_FEW_KICKS, enough=problem.target)
            if problem.allowed(start):
                plan = _pruned(problem, start)
                continue
        known = relax(goal, start, deadline, enough=enough)
        if known.bound < enough:
            return plan, True
        tried = known.chosen
        if tried is not None and goal.gain(tried) < enough:
            tried = improved(goal, tried, deadline, kicks=kicks, enough=problem.target)
        if tried is None or not problem.allowed(tried):
            break
        plan = _pruned(problem, tried)
    return plan, False


def _cheaper(problem: Covering, plan: IntArray) -> Covering:
    """Ask for most people covered by a plan that costs less than this one."""
    goal = replace(problem, weight=problem.people, target=0.0)
    if (problem.cost == problem.cost[0]).all():
        return replace(goal, count=len(plan) - 1)
    cost = float(problem.cost[plan].sum())
    return replace(goal, budget=cost - 1 if _whole(problem) else cost * (1 - 1e-6))


def _without_some(goal: Covering, plan: IntArray) -> IntArray | None:
    """Leave out sites that cover least on their own until the others are cheap enough."""
    if goal.targeted:
        # Who leaves a site out may break a floor, so the others are chosen anew.
        plan = greedy(goal)
        return plan if goal.allowed(plan) else None
    while len(plan) > goal.count or goal.cost[plan].sum() > goal.budget:
        without = [goal.gain(np.delete(plan, place)) for place in range(len(plan))]
        plan = np.delete(plan, int(np.argmax(without)))
    return plan


def _pruned(problem: Covering, plan: IntArray) -> IntArray:
    """Close sites that the targets do not need, the dearest first."""
    for site in plan[np.argsort(-problem.cost[plan], kind="stable")]:
        without = plan[plan != site]
        if problem.allowed(without):
            plan = without
    return plan


def _whole(problem: Covering) -> bool:
    return bool((problem.cost == np.round(problem.cost)).all())


def _rounded(problem: Covering, bound: float) -> float:
    """Where all costs are whole numbers, a bound between two of them is the upper one."""
    return float(np.ceil(bound - 1e-6)) if _whole(problem) else bound
