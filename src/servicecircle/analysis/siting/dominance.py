"""Sites that another is never worse than, groups that are covered whenever another is, sites nobody can do without.

References
----------
Toregas, C. and ReVelle, C. (1972). Optimal location under time or distance constraints. Papers of the
Regional Science Association 28, 133-143 (reductions of rows and columns).
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse

from servicecircle.analysis.siting.covering import Covering
from servicecircle.analysis.siting.deadline import Deadline

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

#: Comparisons of pairs that are worth their while.
_WORK = 1_000_000_000
#: Comparisons of pairs held at a time.
_BLOCK = 4_000_000
#: Rounds of reductions; the first few do nearly all there is to do.
_ROUNDS = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Core:
    """What is left of a covering problem in which everyone has to be covered.

    Attributes
    ----------
    opened
        Sites that some cheapest plan has.
    free
        Sites of the problem before that are left to choose, one for each of the core.
    problem
        The problem of choosing among them; each of its groups counts one.
    """

    opened: IntArray
    free: IntArray
    problem: Covering


def core(problem: Covering, deadline: Deadline) -> Core:
    """Leave out groups, close sites and open sites, as long as a cheapest plan is left among those that remain."""
    number = (problem.people > 0).astype(np.float64)
    problem = replace(problem, weight=np.zeros(len(number)), people=number, floors=np.zeros(len(problem.floors)))
    problem = _everyone(problem)
    opened, free = np.zeros(0, dtype=np.int64), np.arange(problem.sites)
    for _ in range(_ROUNDS):
        problem = without_implied(problem, deadline)
        needed = np.flatnonzero(indispensable(problem))
        closed = dominated_sites(problem)
        closed[needed] = False
        if deadline.over or not (closed.any() or len(needed)):
            break
        kept, problem = problem.reduced(needed, closed)
        opened, free = np.concatenate([opened, free[needed]]), free[kept]
        problem = _everyone(problem)
    return Core(opened=opened, free=free, problem=problem)


def _everyone(problem: Covering) -> Covering:
    """Ask for everyone again, after groups have gone."""
    return replace(problem, target=float(problem.people.sum()))


def indispensable(problem: Covering) -> BoolArray:
    """Mark the sites without which somebody cannot be covered; none where a site may shut another out (apart)."""
    marked = np.zeros(problem.sites, dtype=np.bool_)
    if problem.apart is None:
        tight = np.diff(problem.reach.indptr) <= problem.need
        marked[problem.reach[np.flatnonzero(tight)].indices] = True
    return marked


def dominated_sites(problem: Covering) -> BoolArray:
    """Mark the sites that reach nothing another site does not, which costs no more.

    None are marked where both could be needed (backup), or where the other may be shut out (apart).
    """
    out = np.zeros(problem.sites, dtype=np.bool_)
    reached_by = np.diff(problem.reach.indptr).astype(np.float64)
    if problem.apart is not None or (problem.need > 1).any() or np.square(reached_by).sum() > _WORK:
        return out
    size = np.diff(problem.cover.indptr)
    cost = problem.cost
    for rows in _blocks(problem.cover @ reached_by):
        shared = (problem.cover[rows] @ problem.reach).tocoo()
        one, other = shared.row + rows.start, shared.col
        # Of two that are equal the first stays, so that not both go.
        better = (size[other] > size[one]) | (cost[other] < cost[one]) | (other < one)
        inside = (shared.data == size[one]) & (one != other) & (cost[other] <= cost[one])
        out[one[inside & better]] = True
    out[size == 0] = True
    return out


def without_implied(problem: Covering, deadline: Deadline) -> Covering:
    """Leave out groups that are covered whenever another group is; only where everyone has to be covered."""
    size = np.diff(problem.reach.indptr)
    reaches = np.diff(problem.cover.indptr).astype(np.float64)
    if np.square(reaches).sum() > _WORK:
        return problem
    implied = np.zeros(len(size), dtype=np.bool_)
    for rows in _blocks(problem.reach @ reaches):
        if deadline.over:
            break
        shared = (problem.reach[rows] @ problem.cover).tocoo()
        one, other = shared.row + rows.start, shared.col
        # Whoever reaches `other` reaches `one`; of two that are equal the first stays.
        inside = (shared.data == size[other]) & (one != other) & (problem.need[one] <= problem.need[other])
        stricter = (size[one] > size[other]) | (problem.need[one] < problem.need[other]) | (other < one)
        implied[one[inside & stricter]] = True
    kept = np.flatnonzero(~implied)
    return _everyone(
        replace(
            problem,
            cover=sparse.csr_array(problem.cover[:, kept]),
            reach=problem.reach[kept],
            weight=problem.weight[kept],
            people=problem.people[kept],
            need=problem.need[kept],
            place=problem.place[kept],
        )
    )


def _blocks(work: npt.NDArray[np.float64]) -> list[slice]:
    """Part rows that stand for so many comparisons each, for the memory."""
    block = (np.cumsum(work) // _BLOCK).astype(np.int64)
    edges = [0, *(np.flatnonzero(np.diff(block)) + 1).tolist(), len(work)]
    return [slice(start, stop) for start, stop in pairwise(edges) if stop > start]
