"""All walks within a limit, as sparse rows: which demand each target reaches, and in how many minutes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.attached import AttachedDemand
from servicecircle.inputs.ranges import ascending, ranges
from servicecircle.network.search import Block, approach_minutes, search_blocks
from servicecircle.network.snapping import Snapped

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
#: Row pointers, demand rows ascending within each target, minutes.
Pairs = tuple[IntArray, npt.NDArray[np.int32], FloatArray]

#: Targets that are judged together, with all demand that any of them may reach.
_TOGETHER = 8
#: Most walks judged together, beyond those of one target.
_MOST = 2_000_000
_NO_ROW, _NO_WALK = np.empty(0, dtype=np.int32), np.empty(0)


def all_pairs(
    local: AttachedDemand, target: Snapped, max_minutes: float, on_progress: Callable[[int, int], None] | None
) -> Pairs:
    """Find all (target, demand) pairs within the limit, target by target."""
    finder = _Finder(local, target, max_minutes)
    rows, minutes = [_NO_ROW] * len(target), [_NO_WALK] * len(target)
    done = 0
    for block in search_blocks(local.network, target, max_minutes):
        for number, row, walk in finder.walks(block):
            rows[number], minutes[number] = row, walk
        done += len(block.facilities)
        if on_progress is not None:
            on_progress(done, len(target))
    indptr = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    return indptr, np.concatenate([_NO_ROW, *rows]), np.concatenate([_NO_WALK, *minutes])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Around:
    """Demand around a block of targets, ascending: one entry for each slot (see `AttachedDemand`).

    `row` is its demand row, `segment` the one it is attached to, `start` and `end` are the block's columns of the
    junctions at its ends.
    """

    slot: IntArray
    row: npt.NDArray[np.int32]
    segment: npt.NDArray[np.int32]
    start: IntArray
    end: IntArray

    def reached(self, column: BoolArray) -> "_Around":
        """Return the demand on segments of which an end is in marked columns."""
        some = np.flatnonzero(column[self.start] | column[self.end])
        return _Around(
            slot=self.slot[some],
            row=self.row[some],
            segment=self.segment[some],
            start=self.start[some],
            end=self.end[some],
        )


class _Finder:
    """Finds the walks of one block after the other."""

    def __init__(self, local: AttachedDemand, target: Snapped, max_minutes: float) -> None:
        self.local, self.target, self.max_minutes = local, target, max_minutes
        self.off = approach_minutes(local.network, target)
        self.ends = local.network.start[local.held], local.network.end[local.held]
        self.order = tuple(ascending(junction) for junction in self.ends)
        self.junction = tuple(end[order] for end, order in zip(self.ends, self.order, strict=True))

    def walks(self, block: Block) -> Iterator[tuple[int, npt.NDArray[np.int32], FloatArray]]:
        """Yield the targets of a block, each with the demand it reaches, ascending, and the minutes."""
        own = self.target.segment[block.facilities]
        # What lies on a target's own segment is looked at, whether or not an end of it is within the limit.
        reached = np.isfinite(block.minutes)
        reached[np.arange(len(own)), block.columns(self.local.network.start[own])] = True
        around = self._around(block, np.logical_or.reduce(reached))
        together = max(1, min(_TOGETHER, _MOST // max(len(around.slot), 1)))
        for at in range(0, len(own), together):
            part = slice(at, at + together)
            near = around.reached(np.logical_or.reduce(reached[part]))
            walk = self._judged(block, part, near)
            for number, minutes in zip(block.facilities[part].tolist(), walk, strict=True):
                within = np.flatnonzero(minutes <= self.max_minutes)
                yield number, near.row[within], minutes[within]

    def _around(self, block: Block, reached: BoolArray) -> _Around:
        """Find the demand on segments of which an end is in the block's columns that are reached."""
        junction = block.junctions[reached[:-1]]
        by_start, by_end = (
            order[ranges(np.searchsorted(ends, junction), np.searchsorted(ends, junction, side="right"))]
            for order, ends in zip(self.order, self.junction, strict=True)
        )
        also = by_end[~reached[block.columns(self.ends[0][by_end])]]
        held, local = np.concatenate([by_start, also]), self.local
        start, end = (block.columns(ends[held]) for ends in self.ends)
        slot = ranges(local.first[held], local.first[held + 1])
        count = local.first[held + 1] - local.first[held]
        at, segment = np.repeat(np.arange(len(held)), count), np.repeat(local.held[held], count)
        row = local.rows[slot].astype(np.int32)
        order = ascending(row)
        slot, at = slot[order], at[order]
        return _Around(slot=slot, row=row[order], segment=segment[order], start=start[at], end=end[at])

    def _judged(self, block: Block, part: slice, near: _Around) -> FloatArray:
        """Return minutes from demand to some targets of a block, shape (targets, demand)."""
        local, targets = self.local, block.facilities[part]
        walk = block.minutes[part].take(near.start, axis=1)
        walk += local.to_start[near.slot]
        by_end = block.minutes[part].take(near.end, axis=1)
        by_end += local.to_end[near.slot]
        np.minimum(walk, by_end, out=walk)
        own = self.target.segment[targets][:, None] == near.segment
        to, at = np.divmod(np.flatnonzero(own), max(len(near.slot), 1))
        along = local.along(near.slot[at], targets[to], self.target, self.off)
        walk[to, at] = np.minimum(walk[to, at], along)
        return walk
