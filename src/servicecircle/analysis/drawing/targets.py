"""Targets: what walks go to, searched several at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from servicecircle.network.search import approach_minutes, minutes_to_ends, same_segment_minutes, search_blocks
from servicecircle.network.snapping import Snapped
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Targets searched and drawn together.
TOGETHER = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Targets:
    """Neighbouring targets, each entered at one or more places on segments.

    Attributes
    ----------
    rows
        The caller's number of each target.
    junctions
        Junctions that any of them is reached from, ascending.
    minutes
        Minutes from these junctions, shape (targets, junctions + 1); ``inf`` beyond the limit and in the last
        column, which stands for every other junction.
    owner
        Target that each place belongs to, ascending.
    places, off_min
        Places on segments at which targets are entered, and their off-street minutes.
    """

    rows: IntArray
    junctions: IntArray
    minutes: FloatArray
    owner: IntArray
    places: Snapped
    off_min: FloatArray


class Walks:
    """Walks from places on the network to targets.

    Parameters
    ----------
    network
        The streets.
    targets
        Where the walks go.
    column
        One number for every junction of the network, all -1; in use until `close`.

    Attributes
    ----------
    column
        Column of `Targets.minutes` for every junction; -1, the last one, for those that are not reached.
    """

    def __init__(self, network: WalkNetwork, targets: Targets, column: npt.NDArray[np.int32]) -> None:
        self.network = network
        self.targets = targets
        self.column = column
        column[targets.junctions] = np.arange(len(targets.junctions), dtype=np.int32)
        key = targets.owner * len(network.start) + targets.places.segment
        self._order = np.argsort(key, kind="stable")
        self._key = key[self._order]
        self._most = int(np.unique(key, return_counts=True)[1].max())

    def close(self) -> None:
        """Leave `column` as it was."""
        self.column[self.targets.junctions] = -1

    def minutes(
        self, target: npt.NDArray[Any], segment: npt.NDArray[Any], fraction: FloatArray, distance_m: FloatArray
    ) -> FloatArray:
        """Minutes to a target from places given by their segment, position along it and off-street metres."""
        at = Snapped(segment=segment, fraction=fraction, distance_m=distance_m)
        to_start, to_end = minutes_to_ends(self.network, at)
        # The column before the first is the last one of the target before: inf, too.
        first, minutes = target * self.targets.minutes.shape[1], self.targets.minutes.ravel()
        to_start += minutes.take(first + self.column[self.network.start[segment]])
        to_end += minutes.take(first + self.column[self.network.end[segment]])
        walk: FloatArray = np.minimum(to_start, to_end, out=to_start)
        np.minimum(walk, self.along_own_street(target, segment, fraction), out=walk)
        walk += distance_m / self.network.metres_per_minute
        return walk

    def along_own_street(self, target: npt.NDArray[Any], segment: npt.NDArray[Any], fraction: FloatArray) -> FloatArray:
        """Minutes straight along a segment on which the target is entered, ``inf`` from other segments."""
        walk = np.full(len(segment), np.inf)
        key = target.astype(np.int64) * len(self.network.start) + segment
        first = np.searchsorted(self._key, key)
        for nth in range(self._most):
            at = np.minimum(first + nth, len(self._key) - 1)
            own = np.flatnonzero(self._key[at] == key)
            place = self._order[at[own]]
            goal = self.targets.places.fraction[place]
            along = same_segment_minutes(self.network, segment[own], fraction[own], goal)
            walk[own] = np.minimum(walk[own], along + self.targets.off_min[place])
        return walk


def search_targets(network: WalkNetwork, places: Snapped, owner: IntArray, limit: float) -> Iterator[Targets]:
    """Search towards all targets that are attached to a street, neighbours together.

    Parameters
    ----------
    places
        Where the targets are entered.
    owner
        Target of each place, ascending.
    limit
        Longest walk, minutes.
    """
    awaited = np.bincount(owner[places.segment >= 0])
    known: dict[int, list[_Part]] = {}
    done: list[int] = []
    for block in search_blocks(network, places, limit):
        for place, minutes in zip(block.facilities.tolist(), block.minutes[:, :-1], strict=True):
            target = int(owner[place])
            reached = np.flatnonzero(np.isfinite(minutes))
            parts = known.setdefault(target, [])
            parts.append(_Part(place, block.junctions[reached], minutes[reached]))
            if len(parts) == awaited[target]:
                done.append(target)
        if len(done) >= TOGETHER:
            yield _together(network, places, {target: known.pop(target) for target in done})
            done.clear()
    if done:
        yield _together(network, places, {target: known.pop(target) for target in done})


class _Part(NamedTuple):
    """What is known of one place at which a target is entered."""

    place: int
    junctions: IntArray
    minutes: FloatArray


def _together(network: WalkNetwork, places: Snapped, known: dict[int, list[_Part]]) -> Targets:
    parts = [(row, part) for row, own in enumerate(known.values()) for part in own]
    junctions = np.unique(np.concatenate([part.junctions for _, part in parts]))
    minutes = np.full((len(known), len(junctions) + 1), np.inf)
    for row, part in parts:
        column = np.searchsorted(junctions, part.junctions)
        minutes[row, column] = np.minimum(minutes[row, column], part.minutes)
    own = places.take(np.array([part.place for _, part in parts]))
    return Targets(
        rows=np.array(list(known), dtype=np.int64),
        junctions=junctions,
        minutes=minutes,
        owner=np.array([row for row, _ in parts], dtype=np.int64),
        places=own,
        off_min=approach_minutes(network, own),
    )
