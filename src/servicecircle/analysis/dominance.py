"""Sites that another is never worse than, and groups that are covered whenever another is.

References
----------
Toregas, C. and ReVelle, C. (1972). Optimal location under time or distance constraints. Papers of the
Regional Science Association 28, 133-143 (reductions of rows and columns).
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from servicecircle.analysis.covering import Covering

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

#: Comparisons of pairs that are worth their while.
_WORK = 200_000_000
_BLOCK = 2_000


def dominated_sites(problem: Covering) -> BoolArray:
    """Mark the sites that reach nothing another site does not, which costs no more.

    None are marked where both could be needed (backup), or where the other may be shut out (apart).
    """
    out = np.zeros(problem.sites, dtype=np.bool_)
    reached_by = np.bincount(problem.cover.indices, minlength=len(problem.weight)).astype(np.float64)
    if problem.apart is not None or (problem.need > 1).any() or np.square(reached_by).sum() > _WORK:
        return out
    size = np.diff(problem.cover.indptr)
    shared = (problem.cover @ problem.cover.T).tocoo()
    one, other = shared.row, shared.col
    cost = problem.cost
    # Of two that are equal the first stays, so that not both go.
    better = (size[other] > size[one]) | (cost[other] < cost[one]) | (other < one)
    inside = (shared.data == size[one]) & (one != other) & (cost[other] <= cost[one])
    out[one[inside & better]] = True
    out[size == 0] = True
    return out


def without_implied(problem: Covering) -> Covering:
    """Leave out groups that are covered whenever another group is; only where everyone has to be covered."""
    size = np.bincount(problem.cover.indices, minlength=len(problem.weight))
    if np.square(np.diff(problem.cover.indptr).astype(np.float64)).sum() > _WORK:
        return problem
    implied = np.zeros(len(size), dtype=np.bool_)
    for start in range(0, len(size), _BLOCK):
        shared = (problem.reach[start : start + _BLOCK] @ problem.cover).tocoo()
        one, other = shared.row + start, shared.col
        # Whoever reaches `other` reaches `one`; of two that are equal the first stays.
        inside = (shared.data == size[other]) & (one != other) & (problem.need[one] <= problem.need[other])
        stricter = (size[one] > size[other]) | (problem.need[one] < problem.need[other]) | (other < one)
        implied[one[inside & stricter]] = True
    kept = np.flatnonzero(~implied)
    return replace(
        problem,
        cover=sparse.csr_array(problem.cover[:, kept]),
        reach=problem.reach[kept],
        weight=problem.weight[kept],
        people=problem.people[kept],
        need=problem.need[kept],
        place=problem.place[kept],
        target=float(problem.people[kept].sum()),
    )
