"""Walks that sites would shorten, and good plans found quickly.

The p-median problem is kept as savings: what a site spares the people of a place, in person-minutes, against the
walk they have without any new site. Only a sparse matrix is seen here, no geometry.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from servicecircle.analysis.siting.deadline import Deadline

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

#: Exchanges that gain less than this part of all savings are noise of the sums.
_NOISE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Allowed:
    """What plans are allowed.

    Attributes
    ----------
    count
        Most sites.
    required
        Sites that every plan has.
    apart
        Sites x sites, stored where two may not both open; symmetric.
    """

    count: int
    required: IntArray
    apart: sparse.csr_array

    def first(self, order: IntArray) -> IntArray:
        """Take the required sites, then those of `order` that are still allowed, up to the count."""
        chosen: list[int] = []
        closed = np.zeros(self.apart.shape[0], dtype=np.bool_)
        for site in (*self.required, *order):
            if len(chosen) < self.count and not closed[site]:
                chosen.append(int(site))
                closed[site] = True
                closed[self.neighbours(site)] = True
        return np.array(chosen, dtype=np.int64)

    def neighbours(self, site: int) -> npt.NDArray[np.int32]:
        """Sites that may not open together with this one."""
        return self.apart.indices[self.apart.indptr[site] : self.apart.indptr[site + 1]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Savings:
    """What each site spares each place.

    Attributes
    ----------
    place, site, value
        The pairs, place by place, the greatest saving first: the person-minutes that the site spares
        the place, above 0.
    places, sites
        How many there are.
    """

    place: IntArray
    site: IntArray
    value: FloatArray
    places: int
    sites: int

    def best(self) -> FloatArray:
        """Greatest saving of every place, 0 where no site helps."""
        return self.two_best(np.ones(self.sites, dtype=np.bool_))[1]

    def two_best(self, is_open: BoolArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """Best open site of every place (-1 where none helps), its saving, and that of the second best."""
        pairs = np.flatnonzero(is_open[self.site])
        place = self.place[pairs]
        first = np.flatnonzero(np.diff(place, prepend=-1))
        server = np.full(self.places, -1, dtype=np.int64)
        best, second = np.zeros(self.places), np.zeros(self.places)
        server[place[first]] = self.site[pairs[first]]
        best[place[first]] = self.value[pairs[first]]
        after = first[first + 1 < len(pairs)] + 1
        after = after[place[after] == place[after - 1]]
        second[place[after]] = self.value[pairs[after]]
        return server, best, second

    def saved(self, chosen: IntArray) -> float:
        """Person-minutes that these sites spare together."""
        return float(self.two_best(self.marked(chosen))[1].sum())

    def marked(self, chosen: IntArray) -> BoolArray:
        """Mark these sites."""
        mark = np.zeros(self.sites, dtype=np.bool_)
        mark[chosen] = True
        return mark

    def beyond(self, opened: BoolArray, closed: BoolArray) -> "Savings":
        """Tell what the other sites spare once some are open and some are out of the question."""
        value = self.value - self.two_best(opened)[1][self.place]
        return self._kept((value > 0) & ~(opened | closed)[self.site], value)

    def top(self, number: IntArray) -> tuple["Savings", FloatArray]:
        """Keep so many pairs of each place; return also the greatest saving of each that was left out."""
        start = np.searchsorted(self.place, np.arange(self.places))
        keep = np.arange(len(self.place)) - start[self.place] < number[self.place]
        left_out = np.zeros(self.places)
        np.maximum.at(left_out, self.place[~keep], self.value[~keep])
        return self._kept(keep, self.value), left_out

    def _kept(self, keep: BoolArray, value: FloatArray) -> "Savings":
        rows = np.flatnonzero(keep)
        return Savings(
            place=self.place[rows], site=self.site[rows], value=value[rows], places=self.places, sites=self.sites
        )


def savings(place: IntArray, site: IntArray, value: FloatArray, sites: int) -> Savings:
    """Sort pairs by place and saving; places that no site helps are left out."""
    keep = np.flatnonzero(value > 0)
    order = keep[np.lexsort((site[keep], -value[keep], place[keep]))]
    helped, number = np.unique(place[order], return_inverse=True)
    return Savings(
        place=number.astype(np.int64),
        site=site[order].astype(np.int64),
        value=value[order],
        places=len(helped),
        sites=sites,
    )


def greedy(problem: Savings, allowed: Allowed) -> IntArray:
    """Open the site that saves most, again and again, after those that are required."""
    chosen = allowed.first(np.zeros(0, dtype=np.int64))
    best = problem.two_best(problem.marked(chosen))[1]
    closed = problem.marked(chosen)
    for site in chosen:
        closed[allowed.neighbours(site)] = True
    while len(chosen) < allowed.count:
        gain = np.bincount(problem.site, np.maximum(problem.value - best[problem.place], 0.0), minlength=problem.sites)
        gain[closed] = 0.0
        site = int(np.argmax(gain)) if len(gain) else 0
        if not len(gain) or gain[site] <= 0:
            break
        chosen = np.append(chosen, site)
        closed[site] = True
        closed[allowed.neighbours(site)] = True
        own = np.flatnonzero(problem.site == site)
        best[problem.place[own]] = np.maximum(best[problem.place[own]], problem.value[own])
    return chosen


def interchanged(problem: Savings, chosen: IntArray, allowed: Allowed, deadline: Deadline) -> IntArray:
    """Exchange one site for another, the best exchange of all each time, until none saves more or the time is up.

    References
    ----------
    Whitaker, R. (1983). A fast algorithm for the greedy interchange for large-scale clustering and median
    location problems. INFOR 21, 95-108.
    Resende, M. and Werneck, R. (2007). A fast swap-based local search procedure for location problems.
    Annals of Operations Research 150, 205-230.
    """
    chosen = chosen.copy()
    fixed = np.isin(chosen, allowed.required)
    noise = _NOISE * float(problem.best().sum())
    while not fixed.all() and not deadline.over:
        profit = _exchanges(problem, chosen)
        profit[chosen] = -np.inf
        profit[:, fixed] = -np.inf
        if allowed.apart.nnz:
            # A site may come in for the only open one that it must be apart from.
            clash = allowed.apart[:, chosen].toarray() > 0
            profit[clash.sum(axis=1)[:, None] > clash] = -np.inf
        site, slot = np.unravel_index(int(np.argmax(profit)), profit.shape)
        if not profit[site, slot] > noise:
            break
        chosen[slot] = site
    return chosen


def _exchanges(problem: Savings, chosen: IntArray) -> FloatArray:
    """Tell what every exchange saves more, shape (sites, chosen)."""
    number = len(chosen)
    slot_of = np.full(problem.sites + 1, number, dtype=np.int64)  # the last stands for "no site"
    slot_of[chosen] = np.arange(number)
    server, best, second = problem.two_best(problem.marked(chosen))
    slot = slot_of[server]
    # A place whose site closes falls back to its second best, or to the new site where that is better.
    loss = np.bincount(slot, best - second, minlength=number + 1)[:number]
    useful = np.flatnonzero(problem.value > second[problem.place])
    site, place, value = problem.site[useful], problem.place[useful], problem.value[useful]
    gain = np.bincount(site, np.maximum(value - best[place], 0.0), minlength=problem.sites)
    kept = np.minimum(value, best[place]) - second[place]
    back = np.bincount(site * (number + 1) + slot[place], kept, minlength=problem.sites * (number + 1))
    table = back.reshape(problem.sites, number + 1)[:, :number]
    return (gain[:, None] - loss + table).astype(np.float64, copy=False)
