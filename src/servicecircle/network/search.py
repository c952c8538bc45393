"""Local shortest-path searches towards facilities.

Facilities are searched in blocks of neighbours, each on the junctions that a walk within the limit can
touch. A facility enters the search graph as a source of its own with a link to both ends of the
segment it is attached to; the user's network is never changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from servicecircle.inputs.ranges import ranges
from servicecircle.network.snapping import Snapped
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]

#: Facilities searched together.
BLOCK = 32
#: Most minutes held of one block, beyond the first facility's.
_MOST = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """What one search found.

    Attributes
    ----------
    facilities
        Row numbers of the facilities searched.
    begin, stop
        Ranges of the junctions searched, ascending.
    minutes
        Minutes from each junction to each facility, its off-street part included, shape
        (facilities, junctions + 1); ``inf`` beyond the limit and in the last column, which stands
        for every junction outside.
    """

    facilities: npt.NDArray[np.int64]
    begin: npt.NDArray[np.int64]
    stop: npt.NDArray[np.int64]
    minutes: FloatArray

    @property
    def junctions(self) -> npt.NDArray[np.int64]:
        """Junctions searched, ascending: one for each column of `minutes` but the last."""
        return ranges(self.begin, self.stop)

    def columns(self, junctions: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Column of each junction in `minutes`; the last column for junctions outside."""
        return _columns(self.begin, self.stop, junctions)


def _columns(
    begin: npt.NDArray[np.int64], stop: npt.NDArray[np.int64], junctions: npt.NDArray[Any]
) -> npt.NDArray[np.int64]:
    """Place of each junction in a row of ranges; their common length for junctions in none."""
    length = stop - begin
    before = np.cumsum(length) - length
    at = np.maximum(np.searchsorted(begin, junctions, side="right") - 1, 0)
    inside = (junctions >= begin[at]) & (junctions < stop[at])
    return np.asarray(np.where(inside, junctions + (before - begin)[at], length.sum()))


def approach_minutes(network: WalkNetwork, places: Snapped) -> FloatArray:
    """Off-street minutes between each point and the place it is attached to."""
    return places.distance_m / network.metres_per_minute


def minutes_to_ends(network: WalkNetwork, places: Snapped) -> tuple[FloatArray, FloatArray]:
    """Minutes along the own segment to its start and to its end.

    Every place must be attached to a segment. A way that cannot be walked is ``inf``, except that no
    walk at all is always possible.
    """
    backward, forward = network.backward_min[places.segment], network.forward_min[places.segment]
    return _part_of(places.fraction, backward), _part_of(1.0 - places.fraction, forward)


def minutes_from_ends(network: WalkNetwork, places: Snapped) -> tuple[FloatArray, FloatArray]:
    """Minutes along the own segment from its start and from its end, as `minutes_to_ends`."""
    forward, backward = network.forward_min[places.segment], network.backward_min[places.segment]
    return _part_of(places.fraction, forward), _part_of(1.0 - places.fraction, backward)


def _part_of(share: FloatArray, minutes: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore"):  # 0 x inf: standing at the end of a one-way segment
        walk = share * minutes
    walk[share == 0.0] = 0.0
    return walk


def same_segment_minutes(
    network: WalkNetwork, segment: npt.NDArray[Any], origin: FloatArray, target: FloatArray
) -> FloatArray:
    """Minutes straight along one segment from one fraction to another."""
    way = np.where(target >= origin, network.forward_min[segment], network.backward_min[segment])
    with np.errstate(invalid="ignore"):
        return np.where(target == origin, 0.0, np.abs(target - origin) * way)


def metres_per_minute_at_most(network: WalkNetwork) -> float:
    """Return the fastest that any segment, or the open ground, brings a walker onward on the map."""
    drawn = network.index.drawn_m
    minutes = np.minimum(network.forward_min, network.backward_min)
    moving = drawn > 0
    with np.errstate(divide="ignore"):
        fastest = (drawn[moving] / minutes[moving]).max(initial=0.0)
    return float(max(fastest, network.metres_per_minute))


def search_blocks(network: WalkNetwork, facilities: Snapped, max_minutes: float) -> Iterator[Block]:
    """Search towards all attached facilities, block by block of neighbours.

    Facilities that are attached to no segment appear in no block.
    """
    attached = np.flatnonzero(facilities.segment >= 0)
    xy = network.junctions.xy[network.start[facilities.segment]]
    reach_m = metres_per_minute_at_most(network) * max_minutes * (1 + 1e-9) + 1.0
    for rows in _neighbours(xy, attached):
        yield from _search(network, rows, facilities, max_minutes, reach_m)


def _neighbours(xy: FloatArray, rows: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
    """Cut into blocks of neighbours: halve across the longer side until a block is left."""
    if len(rows) <= BLOCK:
        yield rows
        return
    place = xy[rows]
    order = rows[np.argsort(place[:, np.ptp(place, axis=0).argmax()], kind="stable")]
    half = (len(order) // BLOCK + 1) // 2 * BLOCK
    yield from _neighbours(xy, order[:half])
    yield from _neighbours(xy, order[half:])


def _search(
    network: WalkNetwork, rows: npt.NDArray[np.int64], facilities: Snapped, max_minutes: float, reach_m: float
) -> Iterator[Block]:
    """Search on the junctions that a walk within the limit can touch; a block too large for that is halved."""
    if not len(rows):
        return
    places = facilities.take(rows)
    ends = np.stack([network.start[places.segment], network.end[places.segment]], axis=1)
    corner = network.junctions.xy[ends.ravel()]
    low, high = corner.min(axis=0) - reach_m, corner.max(axis=0) + reach_m
    begin, stop = network.junctions.within(low[0], low[1], high[0], high[1])
    count, sources = int((stop - begin).sum()), len(rows)
    if sources > 1 and count * sources > _MOST:
        yield from _search(network, rows[: sources // 2], facilities, max_minutes, reach_m)
        yield from _search(network, rows[sources // 2 :], facilities, max_minutes, reach_m)
        return
    towards = network.towards
    entry = ranges(towards.indptr[begin], towards.indptr[stop])
    to = _columns(begin, stop, towards.indices[entry])
    inside = to < count
    length = np.diff(towards.indptr)[ranges(begin, stop)]
    indptr = np.append(0, np.cumsum(inside))[np.append(0, np.cumsum(length))]
    graph = _with_sources(
        towards.data[entry][inside],
        to[inside],
        indptr,
        _columns(begin, stop, ends),
        _last_minutes(network, places),
    )
    minutes = dijkstra(graph, indices=np.arange(count, count + sources), limit=max_minutes)
    minutes[:, count:] = np.inf
    yield Block(facilities=rows, begin=begin, stop=stop, minutes=minutes[:, : count + 1])


def _last_minutes(network: WalkNetwork, places: Snapped) -> FloatArray:
    """Minutes from both ends of their segments to places, the off-street part included, shape (places, 2)."""
    off = approach_minutes(network, places)
    from_start, from_end = minutes_from_ends(network, places)
    return np.column_stack([from_start + off, from_end + off])


def _with_sources(
    data: FloatArray,
    indices: npt.NDArray[Any],
    indptr: npt.NDArray[Any],
    ends: npt.NDArray[Any],
    minutes: FloatArray,
) -> sparse.csr_array:
    """Return a search graph with a further node for each source, linked to both ends of its segment."""
    count = len(indptr) - 1 + len(ends)
    return sparse.csr_array(
        (
            np.concatenate([data, minutes.ravel()]),
            np.concatenate([indices, ends.ravel()]).astype(np.int32),
            np.concatenate([indptr, indptr[-1] + 2 * np.arange(1, len(ends) + 1)]).astype(np.int32),
        ),
        shape=(count, count),
    )


def nearest_of_junctions(network: WalkNetwork, facilities: Snapped) -> tuple[FloatArray, npt.NDArray[np.int32]]:
    """Minutes from every junction to its nearest facility, and which row that is (-1 if none).

    One search from all facilities at once, without a limit.
    """
    rows = np.flatnonzero(facilities.segment >= 0)
    count = len(network.junctions.xy)
    if not len(rows):
        return np.full(count, np.inf), np.full(count, -1, dtype=np.int32)
    places = facilities.take(rows)
    ends = np.stack([network.start[places.segment], network.end[places.segment]], axis=1)
    towards = network.towards
    graph = _with_sources(towards.data, towards.indices, towards.indptr, ends, _last_minutes(network, places))
    minutes, _, source = dijkstra(
        graph, indices=np.arange(count, count + len(rows)), min_only=True, return_predecessors=True
    )
    minutes, source = minutes[:count], source[:count]
    nearest = np.full(count, -1, dtype=np.int32)
    found = np.isfinite(minutes)
    nearest[found] = rows[source[found] - count]
    return minutes, nearest
