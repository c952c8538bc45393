"""All walks within a limit, as sparse rows: which demand each target reaches, and in how many minutes."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.attached import AttachedDemand
from servicecircle.network.junctions import ranges
from servicecircle.network.search import Block, approach_minutes, search_blocks
from servicecircle.network.snapping import Snapped

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
#: Row pointers, demand rows ascending within each target, minutes.
Pairs = tuple[IntArray, npt.NDArray[np.int32], FloatArray]

#: Most walks judged at once, beyond those of one target.
_MOST = 2_000_000


def all_pairs(
    local: AttachedDemand, target: Snapped, max_minutes: float, on_progress: Callable[[int, int], None] | None
) -> Pairs:
    """Find all (target, demand) pairs within the limit, target by target."""
    finder = _Finder(local, target, max_minutes)
    found: list[Pairs] = []
    done: list[IntArray] = []
    for block in search_blocks(local.network, target, max_minutes):
        for rows, pairs in finder.walks(block):
            done.append(rows)
            found.append(pairs)
        if on_progress is not None:
            on_progress(sum(map(len, done)), len(target))
    count = np.zeros(len(target), dtype=np.int64)
    for rows, (length, _, _) in zip(done, found, strict=True):
        count[rows] = length
    indptr = np.append(0, np.cumsum(count))
    index, minutes = np.empty(indptr[-1], dtype=np.int32), np.empty(indptr[-1])
    for rows, (_, demand, walk) in zip(done, found, strict=True):
        at = ranges(indptr[rows], indptr[rows + 1])
        index[at], minutes[at] = demand, walk
    return indptr, index, minutes


class _Side:
    """Segments with demand, by the junction at one of their ends."""

    def __init__(self, near: npt.NDArray[np.int32], far: npt.NDArray[np.int32]) -> None:
        self.order = np.argsort(near, kind="stable")
        self.near, self.far = near[self.order], far[self.order]

    def at(self, block: Block) -> tuple[IntArray, IntArray, IntArray]:
        """Segments that end at the junctions of a block: where each junction's begin, which, and their far ends."""
        begin, stop = np.searchsorted(self.near, block.begin), np.searchsorted(self.near, block.stop)
        here = ranges(begin, stop)
        column = block.columns(self.near[here])
        opens = np.searchsorted(column, np.arange(block.minutes.shape[1]))
        return opens, self.order[here], block.columns(self.far[here])


class _Finder:
    """Finds the walks of one block after the other."""

    def __init__(self, local: AttachedDemand, target: Snapped, max_minutes: float) -> None:
        self.local = local
        self.target = target
        self.max_minutes = max_minutes
        self.ends = local.network.start[local.held], local.network.end[local.held]
        self.sides = _Side(*self.ends), _Side(*self.ends[::-1])

    def walks(self, block: Block) -> list[tuple[IntArray, Pairs]]:
        """Return the pairs of a block, in parts: target rows, and the number of pairs of each with the pairs."""
        parts = [side.at(block) for side in self.sides]
        own = self.local.holding(self.target.segment[block.facilities])
        segment, target, start, end = self._reached(block, parts, own)
        size = np.bincount(target, weights=np.diff(self.local.first)[segment], minlength=len(own))
        group = np.floor(np.cumsum(size) / _MOST).astype(np.int64)
        found = []
        for number in np.unique(group):
            rows = np.flatnonzero(group == number)
            part = np.flatnonzero(group[target] == number) if group[-1] else np.s_[:]
            pairs = self._judged(block.facilities, segment[part], target[part], start[part], end[part], own)
            found.append((block.facilities[rows], (pairs[0][rows], *pairs[1:])))
        return found

    def _reached(
        self, block: Block, sides: list[tuple[IntArray, IntArray, IntArray]], own: IntArray
    ) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
        """Segments that a target is reached from, the target, and the minutes from both ends.

        A target's own segment is named in any case.
        """
        target, column = np.nonzero(np.isfinite(block.minutes[:, :-1]))
        near = block.minutes[target, column]
        named = []
        for opens, segment, far_column in sides:
            begin, stop = opens[column], opens[column + 1]
            here = ranges(begin, stop)
            to = np.repeat(target, stop - begin)
            far = block.minutes[to, far_column[here]]
            named.append((segment[here], to, np.repeat(near, stop - begin), far))
        (segment, to, start, end), (segment_2, to_2, end_2, start_2) = named
        # Segments that are reached at both ends were named by their start.
        only_end = np.isinf(start_2)
        segment, to, start, end = (
            np.concatenate([one, two[only_end]])
            for one, two in zip((segment, to, start, end), (segment_2, to_2, start_2, end_2), strict=True)
        )
        other = segment != own[to]
        homely = np.flatnonzero(own >= 0)
        own_start, own_end = (block.minutes[homely, block.columns(ends[own[homely]])] for ends in self.ends)
        return (
            np.concatenate([segment[other], own[homely]]),
            np.concatenate([to[other], homely]),
            np.concatenate([start[other], own_start]),
            np.concatenate([end[other], own_end]),
        )

    def _judged(
        self,
        facilities: IntArray,
        segment: IntArray,
        target: IntArray,
        start: FloatArray,
        end: FloatArray,
        own: IntArray,
    ) -> Pairs:
        """Return how many pairs of each target are within the limit, their demand rows, ascending, and minutes."""
        local = self.local
        begin, stop = local.first[segment], local.first[segment + 1]
        size = stop - begin
        slot = ranges(begin, stop)
        walk = np.repeat(start, size)
        walk += local.to_start[slot]
        by_end = np.repeat(end, size)
        by_end += local.to_end[slot]
        np.minimum(walk, by_end, out=walk)
        same = np.flatnonzero(np.repeat(segment == own[target], size))
        target = np.repeat(target, size)
        places = self.target.take(facilities)
        off = approach_minutes(local.network, places)
        walk[same] = np.minimum(walk[same], local.along(slot[same], target[same], places, off))
        near = np.flatnonzero(walk <= self.max_minutes)
        target, row, walk = target[near], local.rows[slot[near]], walk[near]
        order = np.argsort(target * local.demand + row)
        return np.bincount(target, minlength=len(facilities)), row[order].astype(np.int32), walk[order]
