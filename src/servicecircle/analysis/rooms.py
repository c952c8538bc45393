"""Facilities with room: who is sent where, and what that is worth."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from servicecircle.analysis.covering import PROVEN

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

    def sent(self, opened: IntArray) -> tuple[Rows, FloatArray]:
        """Send people to the centers and these sites; return the pairs and the people sent along each."""
        pairs = self.among(opened)
        if self.assignment == "nearest" or not len(pairs):
            return pairs, self._to_the_nearest(pairs, self.people, self.room)
        sent = self._together(pairs, len(opened))
        if np.isfinite(self.beyond_min):
            # To walk as long as those who are not sent is worth nothing, but there is room for it.
            left = np.maximum(self.people - np.bincount(self.place[pairs], sent, len(self.people)), 0.0)
            free = np.maximum(self.room - np.bincount(self.facility[pairs], sent, len(self.room)), 0.0)
            sent += self._to_the_nearest(pairs, left, free)
        return pairs, sent

    def worth(self, opened: IntArray) -> float:
        """Tell what is reached with the centers and these sites: people, or person-minutes spared."""
        pairs, sent = self.sent(opened)
        return float((self.value[pairs] * sent).sum())

    def _together(self, pairs: Rows, opened: int) -> FloatArray:
        """Send as many as is worth most; of plans worth the same the one in which these walk least."""
        from scipy.optimize import linprog

        beyond = self.beyond_min
        if np.isinf(beyond):
            # To serve one more, at most every open facility passes one person on: that must never be dearer.
            beyond = (opened + len(self.room) - self.sites + 1) * (float(self.walk[pairs].max()) + 1.0)
        found = linprog(
            self.walk[pairs] - beyond,
            A_ub=self.rows(pairs),
            b_ub=np.concatenate([self.people, self.room]),
            method="highs-ds",
        )
        assert found.x is not None  # nobody has to be sent, so there is always an answer
        return np.maximum(found.x, 0.0)

    def _to_the_nearest(self, pairs: Rows, people: FloatArray, room: FloatArray) -> FloatArray:
        """Let everyone go to the nearest facility that has room left by those who are nearer; centers come first."""
        place, facility = self.place[pairs], self.facility[pairs]
        order = np.lexsort((place, facility, facility < self.sites, self.walk[pairs]))
        left, free, sent = people.tolist(), room.tolist(), np.zeros(len(pairs))
        for row, home, goal in zip(order.tolist(), place[order].tolist(), facility[order].tolist(), strict=True):
            number = min(left[home], free[goal])
            if number > 0:
                sent[row] = number
                left[home] -= number
                free[goal] -= number
        return sent

    def rows(self, pairs: Rows) -> Any:
        """Sum the people of each place and of each facility."""
        columns, ones = np.arange(len(pairs)), np.ones(len(pairs))
        shapes = ((len(self.people), len(pairs)), (len(self.room), len(pairs)))
        parts = [
            sparse.csr_array(sparse.coo_array((ones, (rows[pairs], columns)), shape=shape))
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
    return Rooms(
        place=np.repeat(np.arange(len(first)), number),
        facility=facility[kept],
        walk=walk[kept],
        people=np.bincount(label, weights=rooms.people[place[starts]], minlength=len(first)).astype(np.float64),
        room=rooms.room,
        sites=rooms.sites,
        beyond_min=rooms.beyond_min,
        assignment=rooms.assignment,
    )
