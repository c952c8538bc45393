"""The maximal covering location problem: most people within the limit with so many new sites.

Only a sparse matrix and weights are seen here, no geometry. Demand that is covered already is dropped,
demand with the same cover set is merged. A greedy plan is improved by swaps; a Lagrangian relaxation
bounds all plans and decides most sites; HiGHS settles the rest, or says how much better a plan could be.
"""

from time import perf_counter

import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.analysis.covering import PROVEN, Groups, greedy, merge_demand, swapped
from servicecircle.analysis.exact import search
from servicecircle.analysis.existing import CoveredBy, Existing, existing_centers
from servicecircle.analysis.lagrange import relax
from servicecircle.analysis.plan import SitePlan, left_without, nearest_allocation
from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InfeasibleError, InputError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def solve_mclp(
    times: TravelTimes,
    *,
    count: int,
    minutes: float = 15.0,
    covered: CoveredBy = None,
    time_limit_s: float | None = None,
) -> SitePlan:
    """Choose `count` candidates so that most people are within the limit.

    Parameters
    ----------
    times
        Travel times from the demand to the candidates.
    count
        Number of new sites. Sites that would add nobody are not chosen.
    minutes
        The limit, inclusive.
    covered
        What existing centers cover: a `Coverage` of the same demand, the travel times to them, or a mask
        over the demand.
    time_limit_s
        Seconds for the exact search; without it the search stops by work, and a run can be repeated
        to the byte. The plan found and its bound hold either way.

    Raises
    ------
    InputError
        If an option cannot be used or `covered` is of other demand.
    InfeasibleError
        If there are no candidates.

    References
    ----------
    Church, R. and ReVelle, C. (1974). The maximal covering location problem. Papers of the Regional
    Science Association 32, 101-118.
    Nemhauser, G., Wolsey, L. and Fisher, M. (1978). An analysis of approximations for maximizing
    submodular set functions. Mathematical Programming 14, 265-294 (the bound of the greedy plan).
    """
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
        raise InputError(f"count: found {count!r}, expected a whole number of at least 1.")
    if time_limit_s is not None and not time_limit_s > 0:
        raise InputError(f"time_limit_s: found {time_limit_s!r}, expected seconds above 0.")
    if not len(times.facilities):
        raise InfeasibleError("there are no candidates to choose from.")
    started = perf_counter()
    centers = existing_centers(times, covered, minutes)
    weights = times.weights
    base = float(weights[centers.covered].sum())
    # In the order of their ids, so that equally good sites are chosen alike whatever the order of the rows.
    by_id = np.argsort(times.facilities.index.to_numpy().astype(str), kind="stable")
    cover = times.cover_matrix(minutes)
    groups = merge_demand(cover[by_id], np.where(centers.covered, 0.0, weights))
    chosen, bound = _best(groups, int(count), time_limit_s)
    ranked, gains = _opening_order(groups, chosen)
    bound = base + max(bound, groups.gain(chosen))
    return _plan(times, centers, by_id[ranked], gains, bound, minutes, perf_counter() - started)


def _best(groups: Groups, count: int, time_limit_s: float | None) -> tuple[IntArray, float]:
    """Return the best plan found and a proven bound, stopping as soon as the two meet."""
    chosen, bound = greedy(groups, count)
    if bound <= groups.gain(chosen) * (1 + PROVEN):
        return chosen, bound
    known = relax(groups, count, swapped(groups, chosen))
    bound = min(bound, known.bound)
    if bound <= groups.gain(known.chosen) * (1 + PROVEN):
        return known.chosen, bound
    chosen, proven = search(groups, count, known, time_limit_s)
    return chosen, min(bound, proven)


def _plan(
    times: TravelTimes,
    centers: Existing,
    order: IntArray,
    gains: FloatArray,
    bound: float,
    minutes: float,
    seconds: float,
) -> SitePlan:
    """Tell what the sites achieve, opened in this order."""
    weights, cover = times.weights, times.cover_matrix(minutes)
    total, base = float(weights.sum()), float(weights[centers.covered].sum())
    reached = base + np.concatenate([[0.0], np.cumsum(gains)])
    share = reached / total if total > 0 else np.full(len(reached), np.nan)
    sites = times.facilities.iloc[order].copy()
    sites["rank"] = np.arange(1, len(order) + 1)
    sites["gain"] = gains
    sites["share_after"] = share[1:]
    objective = float(reached[-1])
    proven = bound - objective <= PROVEN * max(objective, 1.0)
    served, reachable = centers.covered.copy(), centers.covered.copy()
    served[cover[order].indices] = True
    reachable[cover.indices] = True
    return SitePlan(
        problem="mclp",
        sites=sites,
        covered=objective,
        total=total,
        objective=objective,
        bound=objective if proven else bound,
        gap=0.0 if proven else (bound - objective) / max(objective, 1e-12),
        status="optimal" if proven else "feasible",
        curve=pd.DataFrame({"sites": np.arange(len(reached)), "covered": reached, "share": share}),
        minutes=float(minutes),
        allocation=nearest_allocation(times, order, centers, minutes),
        uncovered=left_without(times, served, reachable),
        seconds=seconds,
    )


def _opening_order(groups: Groups, chosen: IntArray) -> tuple[IntArray, FloatArray]:
    """Put the chosen sites into an order of opening, the largest gain first, and tell what each adds."""
    part = Groups(cover=groups.cover[np.sort(chosen)], weight=groups.weight)
    order, _ = greedy(part, len(chosen))
    ranked = np.sort(chosen)[order]
    reached = np.array([groups.gain(ranked[: number + 1]) for number in range(len(ranked))])
    return ranked, np.diff(reached, prepend=0.0)
