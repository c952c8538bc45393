"""The nearest facility of every demand row, over any distance."""

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.attached import AttachedDemand
from servicecircle.analysis.pairs import Pairs
from servicecircle.inputs.ranges import ranges
from servicecircle.network.search import approach_minutes, nearest_of_junctions
from servicecircle.network.snapping import Snapped

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
#: Minutes to the nearest of each demand row, ``inf`` if none, and which one, -1 if none.
Nearest = tuple[FloatArray, npt.NDArray[np.int32]]

#: Walks that differ by less than this many minutes (less than a micrometre) are equally long.
TIE_MIN = 1e-9
#: Most walks along own segments judged at once, beyond those of one target.
_MOST = 2_000_000


def nearest_targets(local: AttachedDemand, target: Snapped, rank: IntArray) -> Nearest:
    """Find the nearest target of every demand row, first along junctions, then along the own segment.

    Of equally near targets the one of the lowest rank counts.
    """
    by_rank = np.argsort(rank, kind="stable")
    target = target.take(by_rank)
    network = local.network
    minutes, source = nearest_of_junctions(network, target)
    segment = np.repeat(local.held, np.diff(local.first))
    start, end = network.start[segment], network.end[segment]
    via_start, via_end = minutes[start] + local.to_start, minutes[end] + local.to_end
    walk = np.minimum(via_start, via_end)
    which = source[np.where(via_start <= via_end, start, end)]
    which[np.isinf(walk)] = -1
    _along_own_segment(local, target, walk, which)
    nearest, chosen = np.full(local.demand, np.inf), np.full(local.demand, -1, dtype=np.int32)
    nearest[local.rows] = walk
    chosen[local.rows] = np.append(by_rank, -1)[which]  # -1, for none, stays -1
    return nearest, chosen


def _along_own_segment(local: AttachedDemand, target: Snapped, walk: FloatArray, which: npt.NDArray[np.int32]) -> None:
    """Improve `walk` by ways that never leave the segment."""
    held = local.holding(target.segment)
    place = np.flatnonzero(held >= 0)
    begin, stop = local.first[held[place]], local.first[held[place] + 1]
    off = approach_minutes(local.network, target)
    group = np.floor(np.cumsum(stop - begin) / _MOST).astype(np.int64)
    for number in np.unique(group):
        part = group == number
        slot = ranges(begin[part], stop[part])
        to = np.repeat(place[part], (stop - begin)[part])
        along = local.along(slot, to, target, off)
        better = along < walk[slot]
        slot, to, along = slot[better], to[better], along[better]
        np.minimum.at(walk, slot, along)
        best = along == walk[slot]
        which[slot[best]] = np.iinfo(np.int32).max
        np.minimum.at(which, slot[best], to[best].astype(np.int32))


def prefer_pairs(nearest: Nearest, pairs: Pairs, rank: IntArray) -> Nearest:
    """Let pairs decide where they are at hand: the same sums in every output, and ties by rank."""
    minutes, facility = nearest[0].copy(), nearest[1].copy()
    indptr, index, walk = pairs
    least = np.full(len(minutes), np.inf)
    np.minimum.at(least, index, walk)
    tied = np.flatnonzero(walk <= least[index] + TIE_MIN)
    row = np.searchsorted(indptr, tied, side="right") - 1
    lowest = np.full(len(minutes), len(rank), dtype=np.int64)
    np.minimum.at(lowest, index[tied], rank[row])
    known = np.flatnonzero(lowest < len(rank))
    minutes[known] = least[known]
    facility[known] = np.argsort(rank, kind="stable")[lowest[known]]
    return minutes, facility
