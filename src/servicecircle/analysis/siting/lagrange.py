"""A Lagrangian bound for maximal covering, and the sites it decides.

The rule that a group is served only by open sites is priced instead of enforced: a group pays its price to
every open site that reaches it and keeps the rest. For any prices the best choice is plain (the sites that
earn most within the count, or most for their cost within the budget), and what it is worth is a proven bound
on every plan. Sites that would pull the bound below a plan at hand cannot be in a better one. Distances,
targets and floors only make fewer plans allowed, so that the bound holds for them too.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.siting.covering import PROVEN, Covering, slack
from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.exchange import improved
from servicecircle.analysis.siting.greedy import greedy

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_STEPS = 700
_PATIENCE = 25  # steps without a better bound before the steps become shorter
_LONG, _HASTE = 0.3, 12  # steps longer than this become shorter sooner: at first every bound is far off
_MEMORY = 0.9  # part of the last direction in the next: the prices zigzag less
_TRY_PAIRS = 10_000_000  # in larger problems a try takes longer than the steps between
_TRY_PLAN = 40  # steps between tries of the sites that earn most as a plan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Relaxed:
    """What the relaxation proves.

    Attributes
    ----------
    bound
        No plan is worth more than this, or than the value that was known.
    chosen
        The best plan known, None if none is.
    price
        The prices that prove the bound.
    closed, opened
        Sites that no better plan has, and sites that every better plan has.
    """

    bound: float
    chosen: IntArray | None
    price: FloatArray
    closed: BoolArray
    opened: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Choice:
    """The sites that earn most under one limit, a part of the last included.

    Attributes
    ----------
    value
        What they earn.
    inside
        Sites that are in as a whole.
    last_in, first_out
        What the last of these and the first of the others earn for each unit of cost.
    """

    value: float
    inside: BoolArray
    last_in: float
    first_out: float


def relax(
    problem: Covering,
    chosen: IntArray | None,
    deadline: Deadline,
    value: float = -np.inf,
    *,
    enough: float = np.inf,
) -> Relaxed:
    """Bound all plans, starting from a good one if one is known; plans worth no more than `value` are of no interest.

    A plan that is worth `enough`, or the proof that none is, ends it.

    References
    ----------
    Galvao, R. and ReVelle, C. (1996). A Lagrangean heuristic for the maximal covering location problem.
    European Journal of Operational Research 88, 114-123.
    Camerini, P., Fratta, L. and Maffioli, F. (1975). On improving relaxation methods by modified gradient
    techniques. Mathematical Programming Study 3, 26-34 (directions with a memory).
    """
    start = greedy(problem) if chosen is None else chosen
    best = max(value, -np.inf if chosen is None else problem.gain(chosen))
    aim = max(best, problem.gain(start))
    highest = problem.weight / problem.need
    served = problem.served(start)
    price = problem.weight / np.maximum(served, problem.need)
    # What a group not yet covered could still pay: the bound of the greedy plan, and proven at once.
    first = np.where(served >= problem.need, 0.0, highest)
    bound, prices, length, waited = priced(problem, first)[0], first, 1.5, 0
    course = np.zeros(len(price))
    for step in range(_STEPS):
        worth, sites = priced(problem, price)
        if worth < bound - PROVEN * abs(worth):
            bound, prices, waited = worth, price, 0
        else:
            waited += 1
        if waited >= (_HASTE if length > _LONG else _PATIENCE):
            length, waited, price = length / 2, 0, prices
            worth, sites = priced(problem, price)
            course[:] = 0.0
        if step % _TRY_PLAN == 0 and problem.cover.nnz <= _TRY_PAIRS and not deadline.over:
            tried = _tried(problem, sites, deadline)
            if tried is not None and problem.gain(tried) > best:
                best, chosen = problem.gain(tried), tried
                aim = max(aim, best)
        course = problem.served(sites) - problem.need + _MEMORY * course
        slope = np.where(((price <= 0) & (course > 0)) | ((price >= highest) & (course < 0)), 0.0, course)
        steepness = float(np.square(slope).sum())
        told = bound <= best * (1 + PROVEN) or best >= enough or bound < enough < np.inf
        if told or steepness == 0 or length < 1e-3 or deadline.over:
            break
        price = np.clip(price - length * max(worth - aim, PROVEN * aim) / steepness * slope, 0.0, highest)
    closed, opened = decided(problem, prices, best)
    return Relaxed(bound=max(bound, best), chosen=chosen, price=prices, closed=closed, opened=opened)


def _tried(problem: Covering, sites: IntArray, deadline: Deadline) -> IntArray | None:
    """Make an allowed plan of the sites that earn most, if that is easy."""
    kept: list[int] = []
    left = problem.budget + slack(problem.budget)
    beside = np.zeros(problem.sites, dtype=np.bool_)
    for site in sites:
        if problem.cost[site] <= left and not beside[site]:
            kept.append(int(site))
            left -= problem.cost[site]
            if problem.apart is not None:
                beside[problem.apart[[site]].indices] = True
    plan = greedy(problem, np.array(kept, dtype=np.int64))
    return improved(problem, plan, deadline) if problem.allowed(plan) else None


def priced(problem: Covering, price: FloatArray) -> tuple[float, IntArray]:
    """Return the bound these prices prove, and the sites it would open, the best first."""
    earning = problem.cover @ price
    kept = float(np.maximum(problem.weight - problem.need * price, 0.0).sum())
    choice = min(_choices(problem, earning), key=lambda found: found.value)
    inside = np.flatnonzero(choice.inside)
    return kept + choice.value, inside[np.argsort(-earning[inside], kind="stable")]


def _choices(problem: Covering, earning: FloatArray) -> list[_Choice]:
    """Return the best choice under the count alone and under the budget alone: each bounds all plans."""
    found = [_choose(earning, np.ones_like(earning), float(problem.count))]
    if np.isfinite(problem.budget):
        found.append(_choose(earning, problem.cost, problem.budget))
    return found


def _choose(earning: FloatArray, cost: FloatArray, room: float) -> _Choice:
    """Take what earns most for its cost until the room is full, and a part of the last; of equals the first."""
    worth = np.where(cost > 0, earning / np.where(cost > 0, cost, 1.0), np.inf)
    order = np.argsort(-worth, kind="stable")
    used = np.cumsum(cost[order])
    whole = int(np.searchsorted(used, room, side="right"))
    inside = np.zeros(len(earning), dtype=np.bool_)
    inside[order[:whole]] = True
    value = float(earning[order[:whole]].sum())
    if whole == len(earning):
        return _Choice(value=value, inside=inside, last_in=0.0, first_out=0.0)
    spent = float(used[whole - 1]) if whole else 0.0
    first_out = float(worth[order[whole]])
    part = room > spent
    last_in = first_out if part or not whole else float(worth[order[whole - 1]])
    value += max(room - spent, 0.0) * first_out
    return _Choice(value=value, inside=inside, last_in=last_in, first_out=first_out)


def decided(problem: Covering, price: FloatArray, best: float) -> tuple[BoolArray, BoolArray]:
    """Mark the sites that no plan better than `best` has, and those that all better plans have."""
    earning = problem.cover @ price
    kept = float(np.maximum(problem.weight - problem.need * price, 0.0).sum())
    closed, opened = np.zeros(problem.sites, dtype=np.bool_), np.zeros(problem.sites, dtype=np.bool_)
    costs = [np.ones_like(earning), problem.cost]
    for cost, choice in zip(costs, _choices(problem, earning), strict=False):
        bound = kept + choice.value
        finite = cost * choice.last_in if np.isfinite(choice.last_in) else np.zeros_like(cost)
        closed |= ~choice.inside & (bound - finite + earning <= best)
        opened |= choice.inside & (bound - earning + choice.first_out * cost <= best)
    return closed, opened
