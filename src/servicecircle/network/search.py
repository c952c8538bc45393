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

from servicecircle.network.snapping import Snapped
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]

#: Facilities searched together; also the most rows of any dense block.
BLOCK = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """What one search found.

    Attributes
    ----------
    facilities
        Row numbers of the facilities searched.
    junctions
        Junctions searched, ascending.
    minutes
        Minutes from each junction to each facility, its off-street part included, shape
        (facilities, junctions + 1); ``inf`` beyond the limit and in the last column, which stands
        for every junction outside.
    """

    facilities: npt.NDArray[np.int64]
    junctions: npt.NDArray[np.int64]
    minutes: FloatArray

    def columns(self, junctions: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Column of each junction in `minutes`; the last column for junctions outside."""
        at = np.searchsorted(self.junctions, junctions)
        hit = np.minimum(at, len(self.junctions) - 1) if len(self.junctions) else at * 0 - 1
        found = self.junctions[hit] == junctions if len(self.junctions) else np.zeros(len(at), dtype=np.bool_)
        return np.where(found, at, len(self.junctions))


def approach_minutes(network: WalkNetwork, places: Snapped) -> FloatArray:
    """Off-street minutes between each point and the place it is attached to."""
    return places.distance_m / network.metres_per_minute


def link_minutes(network: WalkNetwork, places: Snapped) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Minutes along the own segment: to its start, to its end, from its start, from its end.

    Every place must be attached to a segment. A way that cannot be walked is ``inf``, except that no
    walk at all is always possible.
    """
    forward = network.forward_min[places.segment]
    backward = network.backward_min[places.segment]
    before, after = places.fraction, 1.0 - places.fraction
    with np.errstate(invalid="ignore"):  # 0 x inf: standing at the end of a one-way segment

        def walk(share: FloatArray, minutes: FloatArray) -> FloatArray:
            return np.where(share == 0.0, 0.0, share * minutes)

        return walk(before, backward), walk(after, forward), walk(before, forward), walk(after, backward)


def same_segment_minutes(
    network: WalkNetwork, segment: npt.NDArray[Any], origin: FloatArray, target: FloatArray
) -> FloatArray:
    """Minutes straight along one segment from one fraction to another."""
    way = np.where(target >= origin, network.forward_min[segment], network.backward_min[segment])
    with np.errstate(invalid="ignore"):
        return np.where(target == origin, 0.0, np.abs(target - origin) * way)


def metres_per_minute_at_most(network: WalkNetwork) -> float:
    """Return the fastest that any segment, or the open ground, brings a walker onward on the map."""
    step = np.hypot(*np.diff(network.xy, axis=0).T)
    step[network.offsets[1:-1] - 1] = 0.0  # from the last vertex of a segment to the first of the next
    drawn = np.add.reduceat(np.append(step, 0.0), network.offsets[:-1])
    minutes = np.minimum(network.forward_min, network.backward_min)
    moving = (drawn > 0) & network.usable
    with np.errstate(divide="ignore"):
        fastest = (drawn[moving] / minutes[moving]).max(initial=0.0)
    return float(max(fastest, network.metres_per_minute))


def search_blocks(network: WalkNetwork, facilities: Snapped, max_minutes: float) -> Iterator[Block]:
    """Search towards all attached facilities, block by block of neighbours.

    Facilities that are attached to no segment appear in no block.
    """
    attached = np.flatnonzero(facilities.segment >= 0)
    attached = attached[np.argsort(facilities.segment[attached], kind="stable")]
    reach_m = metres_per_minute_at_most(network) * max_minutes * (1 + 1e-9) + 1.0
    local = np.full(len(network.junctions.xy), -1, dtype=np.int32)  # one scratch for all blocks
    for at in range(0, len(attached), BLOCK):
        yield _search(network, attached[at : at + BLOCK], facilities, max_minutes, reach_m, local)


def _search(
    network: WalkNetwork,
    rows: npt.NDArray[np.int64],
    facilities: Snapped,
    max_minutes: float,
    reach_m: float,
    local: npt.NDArray[np.int32],
) -> Block:
    places = facilities.take(rows)
    ends = np.concatenate([network.start[places.segment], network.end[places.segment]])
    corner = network.junctions.xy[ends]
    low, high = corner.min(axis=0) - reach_m, corner.max(axis=0) + reach_m
    junctions = network.junctions.within(low[0], low[1], high[0], high[1])
    count, sources = len(junctions), len(rows)
    local[junctions] = np.arange(count, dtype=np.int32)
    inner = network.towards[junctions]
    kept = local[inner.indices]
    inside = kept >= 0
    indptr = np.concatenate([[0], np.cumsum(inside)])[inner.indptr]
    from_start, from_end = link_minutes(network, places)[2:]
    off = approach_minutes(network, places)
    source_to = local[ends.reshape(2, sources).T.ravel()]
    source_minutes = np.column_stack([from_start + off, from_end + off]).ravel()
    local[junctions] = -1
    graph = sparse.csr_array(
        (
            np.concatenate([inner.data[inside], source_minutes]),
            np.concatenate([kept[inside], source_to]),
            np.concatenate([indptr, indptr[-1] + 2 * np.arange(1, sources + 1)]),
        ),
        shape=(count + sources, count + sources),
    )
    minutes = dijkstra(graph, indices=np.arange(count, count + sources), limit=max_minutes)
    minutes[:, count:] = np.inf
    return Block(facilities=rows, junctions=junctions, minutes=minutes[:, : count + 1])


def nearest_of_junctions(network: WalkNetwork, facilities: Snapped) -> tuple[FloatArray, npt.NDArray[np.int32]]:
    """Minutes from every junction to its nearest facility, and which row that is (-1 if none).

    One search from all facilities at once, without a limit.
    """
    rows = np.flatnonzero(facilities.segment >= 0)
    count, sources = len(network.junctions.xy), len(rows)
    if not sources:
        return np.full(count, np.inf), np.full(count, -1, dtype=np.int32)
    places = facilities.take(rows)
    from_start, from_end = link_minutes(network, places)[2:]
    off = approach_minutes(network, places)
    towards = network.towards
    graph = sparse.csr_array(
        (
            np.concatenate([towards.data, np.column_stack([from_start + off, from_end + off]).ravel()]),
            np.concatenate(
                [towards.indices, np.column_stack([network.start[places.segment], network.end[places.segment]]).ravel()]
            ),
            np.concatenate([towards.indptr, towards.indptr[-1] + 2 * np.arange(1, sources + 1)]),
        ),
        shape=(count + sources, count + sources),
    )
    minutes, _, source = dijkstra(
        graph, indices=np.arange(count, count + sources), min_only=True, return_predecessors=True
    )
    minutes, source = minutes[:count], source[:count]
    found = np.isfinite(minutes)
    nearest = np.full(count, -1, dtype=np.int32)
    nearest[found] = rows[source[found] - count]
    return minutes, nearest
