"""Facilities with room, and the pairs along which people may be sent."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from servicecircle.analysis.siting.covering import PROVEN

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

#: `best` sends people so that all together do best; `nearest` lets them go to the nearest facility with room.
Assignment = Literal["best", "nearest"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rooms:
    """Places and facilities: first the sites that may open, then the centers, which are open.

    Attributes
    ----------
    place, facility, walk
        The pairs that people may be sent along.
    people, room
        People of each place, and people that each facility can serve.
    sites
        How many of the facilities are sites.
    beyond_min
        Minutes that count for people who are not sent; ``inf`` where only the number of those who are sent counts.
    assignment
        How people find a facility.
    """

    place: IntArray
    facility: IntArray
    walk: FloatArray
    people: FloatArray
    room: FloatArray
    sites: int
    beyond_min: float
    assignment: Assignment

    @property
    def value(self) -> FloatArray:
        """What one person sent along each pair is worth: 1, or the minutes spared."""
        return np.ones(len(self.walk)) if np.isinf(self.beyond_min) else self.beyond_min - self.walk

    def objective(self, worth: float) -> float:
        """Turn what is reached into the objective: people, or person-minutes of all."""
        return worth if np.isinf(self.beyond_min) else self.beyond_min * float(self.people.sum()) - worth

    def proves(self, bound: float, worth: float) -> bool:
        """Whether nothing better is left beside a plan, to the precision of the sums."""
        return bound - worth <= PROVEN * max(self.objective(worth), 1.0)

    def among(self, opened: IntArray) -> Rows:
        """Pairs of the centers and of these sites."""
        is_open = np.ones(len(self.room), dtype=np.bool_)
        is_open[: self.sites] = False
        is_open[opened] = True
        return np.flatnonzero(is_open[self.facility])

    def only(self, pairs: Rows) -> "Rooms":
        """Leave out all other pairs."""
        return replace(self, place=self.place[pairs], facility=self.facility[pairs], walk=self.walk[pairs])

    def rows(self) -> Any:
        """Sum the people of each place and of each facility."""
        columns, ones = np.arange(len(self.place)), np.ones(len(self.place))
        shapes = ((len(self.people), len(columns)), (len(self.room), len(columns)))
        parts = [
            sparse.csr_array(sparse.coo_array((ones, (rows, columns)), shape=shape))
            for rows, shape in zip((self.place, self.facility), shapes, strict=True)
        ]
        return sparse.vstack(parts, format="csr")


def merged(rooms: Rooms) -> Rooms:
    """Merge places from which the same facilities are reached, on the same walks where these count.

    Not where people go to the nearest facility: there the order of the places decides between equal walks.
    """
    order = np.lexsort((rooms.facility, rooms.place))
    place, facility, walk = rooms.place[order], rooms.facility[order], rooms.walk[order]
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    ends = np.append(starts, len(place))[1:]
    alike = np.isinf(rooms.beyond_min)
    names: dict[bytes, int] = {}
    label = np.array(
        [
            names.setdefault(facility[start:end].tobytes() + (b"" if alike else walk[start:end].tobytes()), len(names))
            for start, end in zip(starts, ends, strict=True)
        ],
        dtype=np.int64,
    )
    first = np.unique(label, return_index=True)[1]
    number = (ends - starts)[first]
    kept = np.repeat(starts[first] - np.cumsum(number) + number, number) + np.arange(int(number.sum()))
    return replace(
        rooms,
        place=np.repeat(np.arange(len(first)), number),
        facility=facility[kept],
        walk=walk[kept],
        people=np.bincount(label, weights=rooms.people[place[starts]], minlength=len(first)).astype(np.float64),
    )
