"""Smaller covers: close a site, patch what is uncovered, and count more what was hard to cover.

A group that a plan leaves uncovered counts more from then on, which drives the search out of plans that
cannot be made smaller by small changes.
"""

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.siting.covering import Covering
from servicecircle.analysis.siting.deadline import Deadline

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

#: Steps in vain for each site, and as many again as the last cheaper plan took: work, not time.
_PATIENCE = 10
_MOST = 1_000_000


def patched(problem: Covering, plan: IntArray, deadline: Deadline, enough: float) -> IntArray:
    """Return the cheapest plan found that covers every group; `plan` does. One that costs `enough` ends the search.

    References
    ----------
    Gao, C., Weise, T. and Li, J. (2014). A weighting-based local search heuristic algorithm for the set
    covering problem. IEEE Congress on Evolutionary Computation, 826-831.
    """
    search = _Patching(problem)
    for site in plan:
        search.open(int(site))
    best, least, found = plan, float(problem.cost[plan].sum()), 0
    for step in range(_MOST):
        while not search.short.any():
            best, least, found = search.plan, search.cost, step
            if not search.cost > enough:
                return best
            search.close(search.least_missed())
        if deadline.over or step > 2 * found + _PATIENCE * problem.sites:
            break
        search.step(least * (1 - 1e-9))
    return best


class _Patching:
    """A plan that may leave groups uncovered, and what each site would cover or leave uncovered.

    Attributes
    ----------
    inside
        Whether each site is open; the last entry stands for no site.
    short
        Whether each group is uncovered.
    """

    def __init__(self, problem: Covering) -> None:
        self.problem = problem
        sites, groups = problem.cover.shape
        self.reached = np.split(problem.cover.indices, problem.cover.indptr[1:-1])
        # The sites that reach each group, filled up with the site that does not exist.
        number = np.diff(problem.reach.indptr)
        self.near = np.full((groups, int(number.max(initial=0))), sites, dtype=np.int32)
        self.near[np.repeat(np.arange(groups), number), _counted(number)] = problem.reach.indices
        self.inside = np.zeros(sites + 1, dtype=np.bool_)
        self.served = np.zeros(groups, dtype=np.int64)
        self.short = np.ones(groups, dtype=np.bool_)
        self.counts = np.ones(groups)
        self.worth = np.append(np.diff(problem.cover.indptr).astype(np.float64), 0.0)
        self.price = np.maximum(problem.cost, 1e-12)
        # A site may open again once something has changed around it.
        self.ready = np.ones(sites + 1, dtype=np.bool_)
        self.moved = np.zeros(sites, dtype=np.int64)
        self.moves, self.latest = 0, -1
        self.rng = np.random.default_rng(15)

    @property
    def plan(self) -> IntArray:
        """The open sites."""
        return np.flatnonzero(self.inside)

    @property
    def cost(self) -> float:
        """Cost of the open sites."""
        return float(self.problem.cost[self.plan].sum())

    def step(self, below: float) -> None:
        """Close a site and patch the plan again, as far as it stays cheaper than `below`."""
        if self.inside.any():
            self.close(self.least_missed())
        while self.short.any():
            some = np.flatnonzero(self.short)
            site = self.patch(int(some[self.rng.integers(len(some))]))
            if self.cost + self.problem.cost[site] >= below:
                break
            self.open(site)
        some = np.flatnonzero(self.short)
        self.counts[some] += 1
        for to_open in (True, False):
            self.add(some, np.ones(len(some)), to_open=to_open)

    def least_missed(self) -> int:
        """Return the open site that covers least on its own for its cost, not the latest; of equals the oldest."""
        plan = self.plan
        some = plan[plan != self.latest] if len(plan) > 1 else plan
        missed = self.worth[some] / self.price[some]
        some = some[missed == missed.min()]
        return int(some[np.argmin(self.moved[some])])

    def patch(self, group: int) -> int:
        """Return the closed site near an uncovered group that covers most for its cost; of equals the oldest."""
        near = self.near[group]
        near = near[~self.inside[near] & (near < self.problem.sites)]
        some = near[self.ready[near]]
        some = some if len(some) else near
        covers = self.worth[some] / self.price[some]
        some = some[covers == covers.max()]
        return int(some[np.argmin(self.moved[some])])

    def open(self, site: int) -> None:
        """Open a site."""
        groups = self.reached[site]
        left = self.problem.need[groups] - self.served[groups]
        self.served[groups] += 1
        own = self.worth[site]
        filled, spare = groups[left == 1], groups[left == 0]
        self.short[filled] = False
        self.add(filled, -self.counts[filled], to_open=True)
        self.add(spare, -self.counts[spare], to_open=False)
        self.worth[site] = own
        self.inside[site] = True
        self.ready[self.near[groups]] = True
        self._stamp(site)
        self.latest = site

    def close(self, site: int) -> None:
        """Close a site."""
        groups = self.reached[site]
        left = self.problem.need[groups] - self.served[groups]
        self.served[groups] -= 1
        self.inside[site] = False
        own = self.worth[site]
        emptied, tight = groups[left == 0], groups[left == -1]
        self.short[emptied] = True
        self.add(emptied, self.counts[emptied], to_open=True)
        self.add(tight, self.counts[tight], to_open=False)
        self.worth[site] = own
        self.ready[self.near[groups]] = True
        self.ready[site] = False
        self._stamp(site)

    def add(self, groups: IntArray, change: FloatArray, *, to_open: bool) -> None:
        """Change what these groups are worth to the closed sites near them, or to the open ones."""
        near = self.near[groups]
        changes = np.where(self.inside[near] != to_open, change[:, None], 0.0)
        self.worth += np.bincount(near.ravel(), weights=changes.ravel(), minlength=len(self.worth))

    def _stamp(self, site: int) -> None:
        self.moves += 1
        self.moved[site] = self.moves


def _counted(number: npt.NDArray[np.int32]) -> IntArray:
    """Count 0, 1, ... within each row of so many entries."""
    return np.arange(int(number.sum())) - np.repeat(np.cumsum(number) - number, number)
