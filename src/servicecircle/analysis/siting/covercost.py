"""A Lagrangian bound on what reaching a target costs at least, and the sites it decides.

Each group that has to be covered is promised a price for every site that reaches it. A site is worth opening
when it is promised more than it costs; the groups covered are those that reach the target for the least
promised. What remains is a proven bound on the cost of every plan.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.siting.covering import Covering
from servicecircle.analysis.siting.deadline import Deadline

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_STEPS = 700
_PATIENCE = 25  # steps without a better bound before the steps become shorter
_MEMORY = 0.8  # part of the last direction in the next


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Priced:
    """What prices prove.

    Attributes
    ----------
    bound
        No plan costs less than this.
    spare
        Cost of each site less what it is promised.
    slope
        Promises of each group that were not kept, less those that were kept twice.
    """

    bound: float
    spare: FloatArray
    slope: FloatArray


def price_cover(problem: Covering, dearest: float, deadline: Deadline) -> Priced:
    """Bound the cost of all plans from below; `dearest` is what a plan at hand costs.

    References
    ----------
    Caprara, A., Fischetti, M. and Toth, P. (1999). A heuristic method for the set covering problem.
    Operations Research 47, 730-743.
    """
    reached = problem.cover @ (problem.people / problem.need)
    rate = np.where(reached > 0, problem.cost / np.where(reached > 0, reached, 1.0), np.inf)
    cheapest = np.full(len(problem.people), np.inf)
    np.minimum.at(cheapest, problem.cover.indices, np.repeat(rate, np.diff(problem.cover.indptr)))
    price = problem.people / problem.need * np.where(np.isfinite(cheapest), cheapest, 0.0)
    best = promised(problem, price)
    prices, length, waited, course = price, 1.0, 0, np.zeros(len(price))
    for _ in range(_STEPS):
        if deadline.over or best.bound >= dearest or length < 1e-3:
            break
        now = promised(problem, price)
        if now.bound > best.bound + 1e-7 * abs(best.bound):
            best, prices, waited = now, price, 0
        else:
            waited += 1
        if waited >= _PATIENCE:
            length, waited, price, now = length / 2, 0, prices, best
            course[:] = 0.0
        course = now.slope + _MEMORY * course
        slope = np.where((price <= 0) & (course < 0), 0.0, course)
        steepness = float(np.square(slope).sum())
        if steepness == 0:
            break
        price = np.maximum(price + length * max(dearest - now.bound, 1e-6) / steepness * slope, 0.0)
    return best


def promised(problem: Covering, price: FloatArray) -> Priced:
    """Return what these prices prove."""
    spare = problem.cost - problem.cover @ price
    wanted = [_cheapest(problem, price, problem.people, problem.target)]
    if (problem.floors > 0).any():
        parts = [
            _cheapest(problem, price, np.where(problem.place == place, problem.people, 0.0), least)
            for place, least in enumerate(problem.floors)
        ]
        wanted.append((sum(value for value, _ in parts), np.max([part for _, part in parts], axis=0)))
    value, covered = max(wanted, key=lambda found: found[0])
    slope = problem.need * covered - problem.served(np.flatnonzero(spare < 0))
    return Priced(bound=value + float(np.minimum(spare, 0.0).sum()), spare=spare, slope=slope)


def _cheapest(problem: Covering, price: FloatArray, people: FloatArray, target: float) -> tuple[float, FloatArray]:
    """Reach a target for the least promised; a group may count in part. Return the promises and the parts."""
    covered = np.zeros(len(price))
    if target <= 0:
        return 0.0, covered
    promise = price * problem.need
    if target >= people.sum():
        covered[people > 0] = 1.0
        return float(promise[people > 0].sum()), covered
    some = np.flatnonzero(people > 0)
    order = some[np.argsort(promise[some] / people[some], kind="stable")]
    before = np.cumsum(people[order]) - people[order]
    covered[order] = np.clip((target - before) / people[order], 0.0, 1.0)
    return float((promise * covered).sum()), covered


def settled(known: Priced, dearest: float) -> tuple[BoolArray, BoolArray]:
    """Mark the sites that no plan as cheap as `dearest` has, and those that all such plans have."""
    return known.bound + known.spare > dearest, known.bound - known.spare > dearest
