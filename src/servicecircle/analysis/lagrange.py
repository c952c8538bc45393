"""A Lagrangian bound for maximal covering, and the sites it decides.

The rule that a group is served only by open sites is priced instead of enforced: a group pays its price to
every open site that covers it and keeps the rest. For any prices the best choice is plain (the sites that
earn most), and what it is worth is a proven bound on every plan. Sites that would pull the bound below a
plan at hand cannot be in a better one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.covering import PROVEN, Groups, swapped

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_STEPS = 400
_PATIENCE = 15  # steps without a better bound before the steps become shorter
_TRY_PLAN = 20  # steps between tries of the sites that earn most as a plan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Relaxed:
    """What the relaxation proves.

    Attributes
    ----------
    bound
        No plan covers more people than this.
    chosen
        The best plan known.
    closed, opened
        Sites that no better plan has, and sites that every better plan has.
    """

    bound: float
    chosen: IntArray
    closed: BoolArray
    opened: BoolArray


def relax(groups: Groups, count: int, chosen: IntArray) -> Relaxed:
    """Bound all plans of `count` sites, starting from a good plan.

    References
    ----------
    Galvao, R. and ReVelle, C. (1996). A Lagrangean heuristic for the maximal covering location problem.
    European Journal of Operational Research 88, 114-123.
    """
    best = groups.gain(chosen)
    price = groups.weight / np.maximum(np.bincount(groups.cover[chosen].indices, minlength=len(groups.weight)), 1)
    bound, prices, length, waited = np.inf, price, 1.5, 0
    for step in range(_STEPS):
        value, earning = priced(groups, count, price)
        if value < bound - PROVEN * abs(value):
            bound, prices, waited = value, price, 0
        else:
            waited += 1
        if waited >= _PATIENCE:
            length, waited, price = length / 2, 0, prices
            value, earning = priced(groups, count, price)
        sites = np.sort(_most(earning, count))
        if step % _TRY_PLAN == 0:
            tried = swapped(groups, sites)
            if groups.gain(tried) > best * (1 + PROVEN):
                best, chosen = groups.gain(tried), tried
        slope = np.bincount(groups.cover[sites].indices, minlength=len(price)) - 1.0
        slope[((price <= 0) & (slope > 0)) | ((price >= groups.weight) & (slope < 0))] = 0.0
        steepness = float(slope @ slope)
        if bound <= best * (1 + PROVEN) or steepness == 0 or length < 1e-3:
            break
        price = np.clip(price - length * max(value - best, PROVEN * best) / steepness * slope, 0.0, groups.weight)
    closed, opened = decided(groups, count, prices, best)
    return Relaxed(bound=max(bound, best), chosen=chosen, closed=closed, opened=opened)


def priced(groups: Groups, count: int, price: FloatArray) -> tuple[float, FloatArray]:
    """Return the bound these prices prove, and what each site earns."""
    earning = groups.cover @ price
    kept = float((groups.weight - price).sum())
    return kept + float(earning[_most(earning, count)].sum()), earning


def _most(earning: FloatArray, count: int) -> IntArray:
    """Return the sites that earn most; of equals the first."""
    return np.argsort(-earning, kind="stable")[:count]


def decided(groups: Groups, count: int, price: FloatArray, best: float) -> tuple[BoolArray, BoolArray]:
    """Mark the sites that no plan better than `best` has, and those that all better plans have."""
    bound, earning = priced(groups, count, price)
    order = _most(earning, len(earning))
    inside = np.zeros(len(earning), dtype=np.bool_)
    inside[order[:count]] = True
    if count >= len(earning):
        return np.zeros_like(inside), inside
    last_in, first_out = earning[order[count - 1]], earning[order[count]]
    closed = ~inside & (bound - last_in + earning <= best)
    opened = inside & (bound - earning + first_out <= best)
    return closed, opened
