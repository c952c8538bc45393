"""All walks within a limit, as sparse rows: which demand each target reaches, and in how many minutes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from servicecircle.analysis.attached import AttachedDemand
from servicecircle.inputs.ranges import ranges
from servicecircle.network.search import Block, approach_minutes, search_blocks
from servicecircle.network.snapping import Snapped

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
#: Row pointers, demand rows ascending within each target, minutes.
Pairs = tuple[IntArray, npt.NDArray[np.int32], FloatArray]
#: Target, demand row and minutes of each pair, in any order.
_Walks = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], FloatArray]

#: Most walks judged, or sorted, at once, beyond those of one target.
_MOST = 2_000_000


def all_pairs(
    local: AttachedDemand, target: Snapped, max_minutes: float, on_progress: Callable[[int, int], None] | None
) -> Pairs:
    """Find all (target, demand) pairs within the limit, target by target."""
    finder = _Finder(local, target, max_minutes)
    shape = len(target), local.demand
    found: list[_Walks] = []
    sorted_: list[sparse.csr_array] = []
    done = held = 0
    for block in search_blocks(local.network, target, max_minutes):
        for walks in finder.walks(block):
            found.append(walks)
            held += len(walks[2])
        if held > max(_MOST, local.demand):
            sorted_.append(_by_target(found, shape))
            found.clear()
            held = 0
        done += len(block.facilities)
        if on_progress is not None:
            on_progress(done, len(target))
    return _joined([*sorted_, _by_target(found, shape)])


def _by_target(found: list[_Walks], shape: tuple[int, int]) -> sparse.csr_array:
    """Sort pairs by target and demand row, by counting: to columns, and back to rows."""
    none: _Walks = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32), np.empty(0)
    target, row, walk = (np.concatenate(parts) for parts in zip(*(found or [none]), strict=True))
    pairs = sparse.coo_array((walk, (target, row)), shape=shape)
    pairs.has_canonical_format = True  # no pair was found twice
    return sparse.csr_array(pairs.tocsc().tocsr())


def _joined(parts: list[sparse.csr_array]) -> Pairs:
    """Put sorted pairs together; all pairs of one target stand in one part."""
    if len(parts) == 1:
        return parts[0].indptr.astype(np.int64), parts[0].indices.astype(np.int32, copy=False), parts[0].data
    indptr = np.sum([part.indptr.astype(np.int64) for part in parts], axis=0)
    index, minutes = np.empty(indptr[-1], dtype=np.int32), np.empty(indptr[-1])
    for part in parts:
        some = np.flatnonzero(np.diff(part.indptr))
        at = ranges(indptr[some], indptr[some + 1])
        index[at], minutes[at] = part.indices, part.data
    return indptr, index, minutes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Named:
    """Segments that targets are reached from, the targets (numbered in their block), minutes from both ends."""

    segment: IntArray
    target: IntArray
    start: FloatArray
    end: FloatArray

    def take(self, rows: npt.NDArray[Any]) -> "_Named":
        """Return these rows."""
        return _Named(segment=self.segment[rows], target=self.target[rows], start=self.start[rows], end=self.end[rows])


class _Side:
    """Segments with demand, by the junction at one of their ends."""

    def __init__(self, near: npt.NDArray[np.int32], far: npt.NDArray[np.int32], *, is_start: bool) -> None:
        self.is_start = is_start
        self.order = np.argsort(near, kind="stable")
        self.near, self.far = near[self.order], far[self.order]

    def reached(self, block: Block, target: IntArray, column: IntArray, near: FloatArray) -> _Named:
        """Name the segments that end at reached junctions, given by their targets, columns and minutes."""
        begin, stop = np.searchsorted(self.near, block.begin), np.searchsorted(self.near, block.stop)
        here = ranges(begin, stop)
        opens = np.searchsorted(block.columns(self.near[here]), np.arange(block.minutes.shape[1]))
        size = opens[column + 1] - opens[column]
        end = ranges(opens[column], opens[column + 1])
        to = np.repeat(target, size)
        far = block.minutes[to, block.columns(self.far[here])[end]]
        both = np.repeat(near, size), far
        return _Named(
            segment=self.order[here][end],
            target=to,
            start=both[0] if self.is_start else both[1],
            end=both[1] if self.is_start else both[0],
        )


class _Finder:
    """Finds the walks of one block after the other."""

    def __init__(self, local: AttachedDemand, target: Snapped, max_minutes: float) -> None:
        self.local = local
        self.target = target
        self.max_minutes = max_minutes
        self.ends = local.network.start[local.held], local.network.end[local.held]
        self.sides = _Side(*self.ends, is_start=True), _Side(*self.ends[::-1], is_start=False)

    def walks(self, block: Block) -> Iterator[_Walks]:
        """Yield the pairs of a block, those of one target together."""
        own = self.local.holding(self.target.segment[block.facilities])
        named = self._named(block, own)
        size = np.bincount(named.target, weights=np.diff(self.local.first)[named.segment], minlength=len(own))
        group = np.floor(np.cumsum(size) / _MOST).astype(np.int64)
        for number in np.unique(group):
            some = named.take(group[named.target] == number) if group[-1] else named
            yield self._judged(block.facilities, own, some)

    def _named(self, block: Block, own: IntArray) -> _Named:
        """Name all segments with demand that are reached, each once, and every target's own segment."""
        target, column = np.nonzero(np.isfinite(block.minutes[:, :-1]))
        near = block.minutes[target, column]
        start, end = (side.reached(block, target, column, near) for side in self.sides)
        # Segments that are reached at both ends were named by their start.
        end = end.take(np.isinf(end.start))
        homely = np.flatnonzero(own >= 0)
        own_start, own_end = (block.minutes[homely, block.columns(ends[own[homely]])] for ends in self.ends)
        parts = (
            *(part.take(part.segment != own[part.target]) for part in (start, end)),
            _Named(segment=own[homely], target=homely, start=own_start, end=own_end),
        )
        return _Named(
            segment=np.concatenate([part.segment for part in parts]),
            target=np.concatenate([part.target for part in parts]),
            start=np.concatenate([part.start for part in parts]),
            end=np.concatenate([part.end for part in parts]),
        )

    def _judged(self, facilities: IntArray, own: IntArray, named: _Named) -> _Walks:
        """Return the pairs that are within the limit."""
        local = self.local
        begin, stop = local.first[named.segment], local.first[named.segment + 1]
        size = stop - begin
        slot = ranges(begin, stop)
        walk = np.repeat(named.start, size)
        walk += local.to_start[slot]
        by_end = np.repeat(named.end, size)
        by_end += local.to_end[slot]
        np.minimum(walk, by_end, out=walk)
        same = np.flatnonzero(np.repeat(named.segment == own[named.target], size))
        target = np.repeat(named.target, size)
        places = self.target.take(facilities)
        off = approach_minutes(local.network, places)
        walk[same] = np.minimum(walk[same], local.along(slot[same], target[same], places, off))
        near = np.flatnonzero(walk <= self.max_minutes)
        return facilities.astype(np.int32)[target[near]], local.rows[slot[near]].astype(np.int32), walk[near]
