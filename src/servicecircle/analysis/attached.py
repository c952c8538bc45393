"""Demand attached to streets, laid out for walks that come along them."""

import numpy as np
import numpy.typing as npt

from servicecircle.inputs.ranges import ascending
from servicecircle.network.search import approach_minutes, minutes_to_ends, same_segment_minutes
from servicecircle.network.snapping import Snapped
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class AttachedDemand:
    """Attached demand, sorted by segment: one slot for each row.

    Attributes
    ----------
    network
        The streets.
    rows, demand
        Demand row of each slot, and the number of all demand rows.
    to_start, to_end
        Minutes from each slot to the ends of its segment, its off-street part included.
    fraction, off
        Place of each slot along its segment, and its off-street minutes.
    held
        Segments that have demand, ascending.
    first
        Segment ``held[i]`` has the slots ``first[i]`` to ``first[i + 1]``.
    """

    def __init__(self, network: WalkNetwork, origin: Snapped) -> None:
        attached = np.flatnonzero(origin.segment >= 0)
        self.network = network
        self.demand = len(origin)
        self.rows = attached[ascending(origin.segment[attached])]
        places = origin.take(self.rows)
        self.fraction, self.off = places.fraction, approach_minutes(network, places)
        to_start, to_end = minutes_to_ends(network, places)
        self.to_start, self.to_end = to_start + self.off, to_end + self.off
        opens = np.flatnonzero(np.diff(places.segment, prepend=-1))
        self.held: npt.NDArray[np.int32] = places.segment[opens]
        self.first: IntArray = np.append(opens, len(self.rows))

    def holding(self, segment: npt.NDArray[np.int32]) -> IntArray:
        """Place of each segment in `held`, -1 where no demand is attached to it."""
        if not len(self.held):
            return np.full(len(segment), -1)
        at = np.minimum(np.searchsorted(self.held, segment), len(self.held) - 1)
        return np.where(self.held[at] == segment, at, -1)

    def along(self, slot: IntArray, place: IntArray, places: Snapped, off: FloatArray) -> FloatArray:
        """Minutes from slots straight along their segment to places on it, whose off-street minutes are given."""
        walk = same_segment_minutes(self.network, places.segment[place], self.fraction[slot], places.fraction[place])
        return walk + self.off[slot] + off[place]
