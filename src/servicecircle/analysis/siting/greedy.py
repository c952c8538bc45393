"""A first plan: the site that adds most, again and again."""

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.siting.covering import PROVEN, Covering, slack

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


def greedy(problem: Covering, start: IntArray | None = None, *, dear: bool = False) -> IntArray:
    """Open the site that adds most for its cost, again and again, while anything is added and allowed.

    While a target or a floor is missed, only people that count for it count. With `dear` the cost is
    not weighed, only kept. A group that needs several sites counts a part for each, the last one most.
    """
    chosen = [] if start is None else [int(site) for site in start]
    served = problem.served(np.array(chosen, dtype=np.int64))
    worth = _worth(problem, served)
    gain = problem.cover @ worth
    price = np.ones(problem.sites) if dear else np.maximum(problem.cost, 1e-12)
    closed = np.zeros(problem.sites, dtype=np.bool_)
    for site in chosen:
        _close(problem, closed, site)
    left = problem.budget - float(problem.cost[chosen].sum())
    while len(chosen) < problem.count:
        usable = ~closed & (problem.cost <= left + slack(problem.budget)) & (gain > PROVEN)
        if not usable.any():
            break
        best = int(np.argmax(np.where(usable, gain / price, -np.inf)))
        chosen.append(best)
        left -= problem.cost[best]
        _close(problem, closed, best)
        served[problem.cover[[best]].indices] += 1
        new = _worth(problem, served)
        changed = np.flatnonzero(new != worth)
        gain -= problem.reach[changed].T @ (worth - new)[changed]
        worth = new
    return np.array(chosen, dtype=np.int64)


def _close(problem: Covering, closed: BoolArray, site: int) -> None:
    closed[site] = True
    if problem.apart is not None:
        closed[problem.apart[[site]].indices] = True


def _worth(problem: Covering, served: IntArray) -> FloatArray:
    """Say what one more site is worth to each group; a group that needs more than one is worth a part."""
    left = problem.need - served
    worth = np.where(left > 0, problem.weight / np.maximum(left, 1.0) ** 2, 0.0)
    if not problem.targeted:
        return worth
    short = problem.missing(left <= 0)
    if not short.any():
        return worth
    here = np.append(short[:-1], 0.0)[problem.place] > 0
    counts = here if short[:-1].any() else np.ones_like(here)
    return np.where(counts & (left > 0), problem.people / np.maximum(left, 1.0) ** 2, 0.0)
