"""Travel times between demand and facilities over the walking network."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from servicecircle.analysis.entrances import best_pairs, entrance_points
from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InfeasibleError, InputError, SchemaError
from servicecircle.network.junctions import ranges
from servicecircle.network.search import (
    Block,
    approach_minutes,
    link_minutes,
    nearest_of_junctions,
    same_segment_minutes,
    search_blocks,
)
from servicecircle.network.snapping import Snapped
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

Progress = Callable[[int, int], None]

#: Walks that differ by less than this many minutes (less than a micrometre) are equally long.
TIE_MIN = 1e-9


def travel_times(
    network: WalkNetwork,
    demand: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    max_minutes: float = 30.0,
    max_snap_m: float = 200.0,
    on_progress: Progress | None = None,
) -> TravelTimes:
    """Walk from every demand point to every facility within `max_minutes`.

    A walk is the off-street way to the nearest place on the nearest usable segment, the quickest way
    along the streets, and the off-street way to the facility. Two places on one segment are also
    joined straight along it. Off-street metres are walked at the network's speed.

    Parameters
    ----------
    network
        The streets.
    demand
        Points with ``weight`` (people, at least 0), unique index, in the CRS of the network.
    facilities
        Centers or candidates: points, unique index, in the CRS of the network. Where the column ``entrances`` holds
        points (see `read_entrances`), the walk ends at the best of them.
    max_minutes
        Longest walk to keep.
    max_snap_m
        Points farther than this from every usable segment are off the network.
    on_progress
        Called with (facilities done, all facilities).

    Raises
    ------
    CRSError, SchemaError, InputError
        If a layer does not keep its contract.
    InfeasibleError
        If no facility is within `max_snap_m` of a usable segment.
    """
    if not (np.isfinite(max_minutes) and max_minutes > 0):
        raise InputError(f"max_minutes: found {max_minutes!r}, expected a number above 0.")
    if not (np.isfinite(max_snap_m) and max_snap_m >= 0):
        raise InputError(f"max_snap_m: found {max_snap_m!r}, expected metres of at least 0.")
    _check_table(facilities, "facilities")
    check_demand(demand)
    origin = network.snap(demand, "demand", max_snap_m=max_snap_m)
    entrances, owner = entrance_points(facilities, "facilities")
    target = network.snap(entrances, "facilities", max_snap_m=max_snap_m)
    if len(target) and not (target.segment >= 0).any():
        msg = (
            f"none of the {len(facilities)} facilities is within {max_snap_m:g} m of a usable street. "
            "Check that streets and facilities are of one city and of one datum, or raise max_snap_m."
        )
        raise InfeasibleError(msg)
    pairs = _pairs(network, origin, target, max_minutes, on_progress)
    indptr, index, minutes = best_pairs(owner, len(facilities), *pairs)
    rank = _rank(facilities)
    nearest, entrance = _nearest(network, origin, target, rank[owner])
    facility = np.append(owner, -1)[entrance].astype(np.int32)  # -1, for none, stays -1
    _prefer_pairs(nearest, facility, rank, indptr, index, minutes)
    return TravelTimes(
        demand=demand,
        facilities=facilities,
        max_minutes=float(max_minutes),
        speed_kmh=network.speed_kmh,
        indptr=indptr,
        demand_index=index,
        minutes=minutes,
        nearest_minutes=nearest,
        nearest_facility=facility,
        off_network=origin.segment < 0,
    )


def _check_table(table: gpd.GeoDataFrame, name: str) -> None:
    if not table.index.is_unique:
        twice = table.index[table.index.duplicated()][0]
        raise SchemaError(f"{name}: the id {twice!r} stands twice, expected unique ids.")


def check_demand(demand: gpd.GeoDataFrame) -> None:
    """Raise `SchemaError` or `InputError` unless there is a ``weight`` of at least 0 for every unique id."""
    _check_table(demand, "demand")
    if "weight" not in demand:
        raise SchemaError(f"demand: found the columns {list(demand.columns)}, expected one called 'weight' (people).")
    weight = demand["weight"].to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
    if len(wrong):
        row = demand.index[wrong[0]]
        raise InputError(f"demand, id {row!r}: found weight {weight[wrong[0]]!r}, expected a number of at least 0.")


def _rank(facilities: gpd.GeoDataFrame) -> IntArray:
    """Order of the ids: of equally near facilities the first id counts, whatever the row order."""
    order = np.argsort(facilities.index.to_numpy().astype(str), kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _pairs(
    network: WalkNetwork, origin: Snapped, target: Snapped, max_minutes: float, on_progress: Progress | None
) -> tuple[IntArray, npt.NDArray[np.int32], FloatArray]:
    """All (facility, demand) pairs within the limit, facility by facility."""
    local = _DemandBySegment(network, origin)
    rows: list[IntArray] = []
    index: list[npt.NDArray[np.int32]] = []
    minutes: list[FloatArray] = []
    done = 0
    for block in search_blocks(network, target, max_minutes):
        demand, walk = local.walks(block, target)
        facility, column = np.nonzero(walk <= max_minutes)
        rows.append(block.facilities[facility])
        index.append(demand[column].astype(np.int32))
        minutes.append(walk[facility, column])
        done += len(block.facilities)
        if on_progress is not None:
            on_progress(done, len(target))
    row = np.concatenate([*rows, np.empty(0, dtype=np.int64)])
    order = np.argsort(row, kind="stable")  # demand is ascending within each facility already
    indptr = np.searchsorted(row[order], np.arange(len(target) + 1)).astype(np.int64)
    return (
        indptr,
        np.concatenate([*index, np.empty(0, dtype=np.int32)])[order],
        np.concatenate([*minutes, np.empty(0)])[order],
    )


class _Sorted:
    """Rows that can be looked up by a key."""

    def __init__(self, keys: npt.NDArray[np.int32]) -> None:
        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]

    def having(self, wanted: npt.NDArray[np.integer]) -> IntArray:
        """Return the rows whose key is one of `wanted`."""
        begin, stop = (np.searchsorted(self.keys, wanted, side=side) for side in ("left", "right"))
        return self.order[ranges(begin, stop)]


class _DemandBySegment:
    """Attached demand, found quickly by the junctions at the ends of its segments."""

    def __init__(self, network: WalkNetwork, origin: Snapped) -> None:
        self.network = network
        self.origin = origin
        self.rows = np.flatnonzero(origin.segment >= 0)
        places = origin.take(self.rows)
        self.segment = places.segment
        self.fraction = places.fraction
        self.off = approach_minutes(network, places)
        to_start, to_end = link_minutes(network, places)[:2]
        self.to_start, self.to_end = to_start + self.off, to_end + self.off
        self.ends = (network.start[self.segment], network.end[self.segment])
        self.by_end = tuple(_Sorted(end) for end in self.ends)
        self.by_segment = _Sorted(self.segment)

    def walks(self, block: Block, target: Snapped) -> tuple[IntArray, FloatArray]:
        """Demand rows near a block, ascending, and their minutes to each of its facilities."""
        places = target.take(block.facilities)
        here = [
            self.by_segment.having(places.segment),
            *(by_end.having(block.junctions) for by_end in self.by_end),
        ]
        near = np.unique(np.concatenate(here))
        start, end = (block.columns(ends[near]) for ends in self.ends)
        walk = np.minimum(block.minutes[:, start] + self.to_start[near], block.minutes[:, end] + self.to_end[near])
        off = approach_minutes(self.network, places)
        for number, segment in enumerate(places.segment):
            same = self.by_segment.having(segment[None])
            along = same_segment_minutes(
                self.network, self.segment[same], self.fraction[same], np.full(len(same), places.fraction[number])
            )
            column = np.searchsorted(near, same)
            walk[number, column] = np.minimum(walk[number, column], along + self.off[same] + off[number])
        return self.rows[near], walk


def _nearest(
    network: WalkNetwork, origin: Snapped, target: Snapped, rank: IntArray
) -> tuple[FloatArray, npt.NDArray[np.int32]]:
    """Nearest target of every demand row over any distance, first along junctions, then along the own segment."""
    by_id = np.argsort(rank, kind="stable")
    minutes, source = nearest_of_junctions(network, target.take(by_id))
    nearest = np.full(len(origin), np.inf)
    facility = np.full(len(origin), -1, dtype=np.int32)
    rows = np.flatnonzero(origin.segment >= 0)
    places = origin.take(rows)
    to_start, to_end = link_minutes(network, places)[:2]
    start, end = network.start[places.segment], network.end[places.segment]
    via_start, via_end = minutes[start] + to_start, minutes[end] + to_end
    through = np.where(via_start <= via_end, start, end)
    nearest[rows] = np.minimum(via_start, via_end) + approach_minutes(network, places)
    found = np.isfinite(nearest[rows])
    facility[rows[found]] = by_id[source[through[found]]]
    _along_own_segment(network, origin, target, nearest, facility)
    return nearest, facility


def _along_own_segment(
    network: WalkNetwork,
    origin: Snapped,
    target: Snapped,
    nearest: FloatArray,
    facility: npt.NDArray[np.int32],
) -> None:
    """Improve `nearest` by walks that never leave the segment (they may be longer than any limit)."""
    by_segment = _Sorted(origin.segment)
    off_origin, off_target = approach_minutes(network, origin), approach_minutes(network, target)
    for number in np.flatnonzero(target.segment >= 0):
        same = by_segment.having(target.segment[number][None])
        walk = same_segment_minutes(
            network, origin.segment[same], origin.fraction[same], np.full(len(same), target.fraction[number])
        )
        walk += off_origin[same] + off_target[number]
        better = same[walk < nearest[same]]
        nearest[better] = walk[walk < nearest[same]]
        facility[better] = number


def _prefer_pairs(
    nearest: FloatArray,
    facility: npt.NDArray[np.int32],
    rank: IntArray,
    indptr: IntArray,
    index: npt.NDArray[np.int32],
    minutes: FloatArray,
) -> None:
    """Where pairs are at hand they decide: the same sums in every output, and ties by id."""
    row = np.repeat(np.arange(len(indptr) - 1, dtype=np.int32), np.diff(indptr))
    least = np.full(len(nearest), np.inf)
    np.minimum.at(least, index, minutes)
    tied = np.flatnonzero(minutes <= least[index] + TIE_MIN)
    order = tied[np.lexsort((rank[row[tied]], index[tied]))]
    best = order[np.flatnonzero(np.diff(index[order], prepend=-1))]
    nearest[index[best]] = least[index[best]]
    facility[index[best]] = row[best]
