"""A covering problem: sites, demand merged by cover set, and what a plan may be.

Only a sparse matrix and weights are seen here, no geometry.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

#: Objective and bound closer than this part of the objective are equal.
PROVEN = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Covering:
    """A covering problem over merged demand.

    Attributes
    ----------
    cover
        Sites x groups, 1.0 where the site reaches the group.
    reach
        The same turned round, groups x sites: both directions are asked often.
    weight
        What each group counts in the objective.
    people
        People of each group, for the targets.
    need
        How many open sites have to reach a group before it is covered, at least 1.
    place
        Row of `floors` that the group counts for, -1 for none.
    cost
        Cost of each site.
    count, budget
        Most sites, and most cost, of a plan.
    apart
        Sites x sites, true where only one of the two may open; None without such pairs.
    target
        People that a plan has to cover at least.
    floors
        People that a plan has to cover at least in each place.
    """

    cover: sparse.csr_array
    reach: sparse.csr_array
    weight: FloatArray
    people: FloatArray
    need: IntArray
    place: IntArray
    cost: FloatArray
    count: int
    budget: float = np.inf
    apart: sparse.csr_array | None = None
    target: float = 0.0
    floors: FloatArray

    @property
    def sites(self) -> int:
        """Number of sites."""
        return int(self.cover.shape[0])

    @property
    def targeted(self) -> bool:
        """Whether a plan has to reach a number of people somewhere."""
        return self.target > 0 or bool((self.floors > 0).any())

    def served(self, chosen: IntArray) -> IntArray:
        """How many of these sites reach each group."""
        # Read row by row: taking rows of a sparse array at once costs several times as much, and this is asked most.
        indptr, indices = self.cover.indptr, self.cover.indices
        reached = [indices[indptr[site] : indptr[site + 1]] for site in chosen]
        return np.bincount(np.concatenate([indices[:0], *reached]), minlength=len(self.weight))

    def covered(self, chosen: IntArray) -> BoolArray:
        """Mark the groups that these sites cover."""
        return self.served(chosen) >= self.need

    def gain(self, chosen: IntArray) -> float:
        """Return what these sites add to the objective."""
        return float(self.weight[self.covered(chosen)].sum())

    def missing(self, covered: BoolArray) -> FloatArray:
        """People short of each floor and, last, of the target; 0 where it is met."""
        people = np.where(covered, self.people, 0.0)
        by_place = np.bincount(self.place + 1, weights=people, minlength=len(self.floors) + 1)[1:]
        least = np.append(self.floors, self.target)
        short = least - np.append(by_place, people.sum())
        return np.where(short > 1e-9 * least, short, 0.0)

    def allowed(self, chosen: IntArray) -> bool:
        """Whether a plan keeps all that it has to."""
        if len(chosen) > self.count or self.cost[chosen].sum() > self.budget + slack(self.budget):
            return False
        if self.apart is not None and self.apart[chosen][:, chosen].nnz:
            return False
        return not self.targeted or not self.missing(self.covered(chosen)).any()

    def reduced(self, opened: IntArray, closed: BoolArray) -> tuple[IntArray, "Covering"]:
        """Return the sites left to choose once `opened` are open, and the problem of choosing among them."""
        out = closed.copy()
        out[opened] = True
        if self.apart is not None:
            out[self.apart[opened].indices] = True
        free = np.flatnonzero(~out)
        left = self.need - self.served(opened)
        done = left <= 0
        people = np.where(done, self.people, 0.0)
        by_place = np.bincount(self.place + 1, weights=people, minlength=len(self.floors) + 1)[1:]
        smaller = merged(
            sparse.csr_array(self.cover[free]),
            weight=np.where(done, 0.0, self.weight),
            people=np.where(done, 0.0, self.people),
            need=left,
            place=self.place,
        )
        return free, replace(
            smaller,
            cost=self.cost[free],
            count=min(self.count - len(opened), len(free)),
            budget=self.budget - float(self.cost[opened].sum()),
            apart=None if self.apart is None else sparse.csr_array(self.apart[free][:, free]),
            target=max(self.target - float(people.sum()), 0.0),
            floors=np.maximum(self.floors - by_place, 0.0),
        )


def slack(budget: float) -> float:
    """Return what a sum of costs may miss the budget by, because of the last binary digits."""
    return 1e-9 * max(abs(budget), 1.0) if np.isfinite(budget) else 0.0


def merged(
    cover: sparse.csr_array, *, weight: FloatArray, people: FloatArray, need: IntArray, place: IntArray
) -> Covering:
    """Merge demand with exactly the same cover set; leave out what counts nothing or cannot be covered.

    Cover sets are compared entry by entry. The problem has no costs, limits and targets yet.
    """
    by_demand = sparse.csr_array(cover.T)
    by_demand.sort_indices()
    size = np.diff(by_demand.indptr)
    rows = np.flatnonzero(((weight > 0) | (people > 0)) & (size >= need) & (need > 0))
    names: dict[bytes, int] = {}
    indices, indptr = by_demand.indices.astype(np.int32), by_demand.indptr
    kind = np.stack([place, need], axis=1).astype(np.int32)
    label = np.array(
        [
            names.setdefault(kind[row].tobytes() + indices[indptr[row] : indptr[row + 1]].tobytes(), len(names))
            for row in rows
        ],
        dtype=np.int64,
    )
    # Groups in the order of their cover sets: the order of the demand rows leaves no trace.
    rank = np.empty(len(names), dtype=np.int64)
    rank[[names[key] for key in sorted(names)]] = np.arange(len(names))
    label = rank[label]
    first = rows[np.unique(label, return_index=True)[1]]
    reach = sparse.csr_array(by_demand[first].astype(np.float64))
    small = sparse.csr_array(reach.T)
    small.sort_indices()
    sites = int(small.shape[0])
    return Covering(
        cover=small,
        reach=reach,
        weight=np.bincount(label, weights=weight[rows], minlength=len(first)).astype(np.float64),
        people=np.bincount(label, weights=people[rows], minlength=len(first)).astype(np.float64),
        need=need[first],
        place=place[first],
        cost=np.ones(sites),
        count=sites,
        floors=np.zeros(0),
    )
