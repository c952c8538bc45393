"""Covering: demand merged by cover set, and good plans found quickly.

Only a sparse matrix and weights are seen here, no geometry.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

#: Objective and bound closer than this part of the objective are equal.
PROVEN = 1e-7
#: Rounds of swapping through all chosen sites; each round ends earlier when nothing gains.
_SWAP_ROUNDS = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """Demand merged by cover set.

    Attributes
    ----------
    cover
        Candidates x groups, 1.0 where the candidate covers the group.
    weight
        People of each group, above 0.
    """

    cover: sparse.csr_array
    weight: FloatArray

    def gain(self, chosen: IntArray) -> float:
        """People that these candidates cover together."""
        return float(self.weight[self.covered(chosen)].sum())

    def covered(self, chosen: IntArray) -> BoolArray:
        """Mark the groups that these candidates cover."""
        hit = np.zeros(len(self.weight), dtype=np.bool_)
        hit[self.cover[chosen].indices] = True
        return hit


def merge_demand(cover: sparse.csr_array, weights: FloatArray) -> Groups:
    """Merge demand with exactly the same cover set; leave out what weighs nothing or no candidate covers."""
    by_demand = sparse.csr_array(cover.T)
    by_demand.sort_indices()
    size = np.diff(by_demand.indptr)
    rows = np.flatnonzero((weights > 0) & (size > 0))
    names: dict[bytes, int] = {}
    indices = by_demand.indices.astype(np.int32)
    label = np.array(
        [
            names.setdefault(indices[by_demand.indptr[row] : by_demand.indptr[row + 1]].tobytes(), len(names))
            for row in rows
        ],
        dtype=np.int64,
    )
    # Groups in the order of their cover sets: the order of the demand rows leaves no trace.
    rank = np.empty(len(names), dtype=np.int64)
    rank[[names[key] for key in sorted(names)]] = np.arange(len(names))
    label = rank[label]
    first = np.unique(label, return_index=True)[1]
    merged = sparse.csr_array(by_demand[rows[first]].T.astype(np.float64))
    merged.sort_indices()
    people = np.bincount(label, weights=weights[rows], minlength=len(first)).astype(np.float64)
    return Groups(cover=merged, weight=people)


def greedy(groups: Groups, count: int) -> tuple[IntArray, float]:
    """Open the site that adds most people, again and again; return the sites and a proven bound.

    At any moment no plan can reach more than what is covered now plus the `count` largest gains left.
    """
    open_weight = groups.weight.copy()
    by_group = groups.cover.tocsc()
    gain = groups.cover @ open_weight
    reached, bound = 0.0, float(groups.weight.sum())
    chosen: list[int] = []
    while True:
        bound = min(bound, reached + float(np.sort(gain)[::-1][:count].sum()))
        best = int(np.argmax(gain)) if len(gain) else 0
        if len(chosen) == count or not len(gain) or gain[best] <= PROVEN:
            return np.array(chosen, dtype=np.int64), bound
        chosen.append(best)
        newly = groups.cover[[best]].indices
        newly = newly[open_weight[newly] > 0]
        reached += float(open_weight[newly].sum())
        gain -= by_group[:, newly] @ open_weight[newly]
        gain[best] = 0.0
        open_weight[newly] = 0.0


def swapped(groups: Groups, chosen: IntArray) -> IntArray:
    """Exchange one site for a better one until no exchange gains; never worse than `chosen`."""
    chosen = chosen.copy()
    served = np.bincount(groups.cover[chosen].indices, minlength=len(groups.weight))
    for _ in range(_SWAP_ROUNDS):
        before = chosen.copy()
        for place, site in enumerate(before):
            own = groups.cover[[site]].indices
            served[own] -= 1
            gain = groups.cover @ np.where(served == 0, groups.weight, 0.0)
            best = int(np.argmax(gain))
            chosen[place] = best if gain[best] > gain[site] * (1 + PROVEN) + PROVEN else site
            served[groups.cover[[chosen[place]]].indices] += 1
        if (chosen == before).all():
            break
    return chosen
