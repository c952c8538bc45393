"""A Lagrangian bound for facilities with room, and the sites it decides.

The rule that nobody is sent twice is priced instead of enforced: whoever is sent pays the price of the place, once for
each facility. For any prices the best choice is plain (every facility fills its room with those who are worth most
beyond the price; the sites that earn most open), and what it is worth is a proven bound on every plan.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.rooms import Rooms, Rows
from servicecircle.analysis.siting.savings import Allowed

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_STEPS = 300
_PATIENCE = 10  # steps without a better bound before the steps become shorter
_SHORTEST = 1e-3
_MEMORY = 0.7  # part of the last direction in the next


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Priced:
    """What prices prove.

    Attributes
    ----------
    bound
        No plan is worth more than this.
    earns
        What each site earns beyond the prices.
    sites
        The required sites, then those that earn most, up to the count.
    sent
        How often the people of each place are sent by these sites and the centers, as a part of them.
    """

    bound: float
    earns: FloatArray
    sites: IntArray
    sent: FloatArray


def priced(rooms: Rooms, allowed: Allowed, price: FloatArray) -> Priced:
    """Return what these prices for each person of a place prove."""
    pairs, taken = filled(rooms, rooms.value - price[rooms.place], rooms.people)
    worth = (rooms.value[pairs] - price[rooms.place[pairs]]) * taken
    earns = np.bincount(rooms.facility[pairs], worth, minlength=len(rooms.room)).astype(np.float64, copy=False)
    is_required = np.isin(np.arange(rooms.sites), allowed.required)
    order = np.lexsort((-earns[: rooms.sites], ~is_required))
    sites = order[: allowed.count]
    is_open = np.ones(len(rooms.room), dtype=np.bool_)
    is_open[: rooms.sites] = False
    is_open[sites] = True
    opened = is_open[rooms.facility[pairs]]
    number = np.bincount(rooms.place[pairs[opened]], taken[opened], minlength=len(rooms.people))
    return Priced(
        bound=float((price * rooms.people).sum() + earns[is_open].sum()),
        earns=earns[: rooms.sites],
        sites=sites,
        sent=number / np.maximum(rooms.people, 1e-12),
    )


def filled(rooms: Rooms, worth: FloatArray, people: FloatArray) -> tuple[Rows, FloatArray]:
    """Fill every facility by itself with those who are worth most to it; return the pairs and the people."""
    order = worthiest(rooms, worth)
    return order, fitting(rooms, order, people)


def worthiest(rooms: Rooms, worth: FloatArray) -> Rows:
    """Sort the pairs that are worth something, those of each facility together, the most first."""
    useful = np.flatnonzero(worth > 0)
    return useful[np.lexsort((-worth[useful], rooms.facility[useful]))]


def fitting(rooms: Rooms, order: Rows, people: FloatArray) -> FloatArray:
    """Let people into every facility in this order, as long as there is room."""
    facility, number = rooms.facility[order], people[rooms.place[order]]
    before = np.cumsum(number) - number
    first = np.flatnonzero(np.diff(facility, prepend=-1))
    before -= np.repeat(before[first], np.diff(np.append(first, len(order))))
    return np.clip(rooms.room[facility] - before, 0.0, number)


class RoomPrices:
    """Prices that are moved to prove a lower and lower bound.

    Attributes
    ----------
    known
        What the best prices prove.
    latest
        What the prices of the last step prove.
    """

    def __init__(self, rooms: Rooms, allowed: Allowed) -> None:
        self.rooms, self.allowed = rooms, allowed
        self._limit = np.zeros(len(rooms.people))
        np.maximum.at(self._limit, rooms.place, rooms.value)
        nobody_pays = np.zeros(len(rooms.people))
        self._best = self._limit
        # Two bounds at once: of the room there is, and of the people there are.
        room, people = (priced(rooms, allowed, price) for price in (nobody_pays, self._limit))
        self.known = self.latest = people
        if room.bound < people.bound:
            self.known, self._best = room, nobody_pays
        self._price = self._limit / 2

    def steps(self, wanted: float, deadline: Deadline) -> None:
        """Move the prices until the bound is `wanted`, the worth of a plan at hand, or nothing more is proven."""
        length, waited, course = 1.0, 0, np.zeros(len(self._price))
        people = np.maximum(self.rooms.people, 1e-12)
        for _ in range(_STEPS):
            if deadline.over or length < _SHORTEST or self.known.bound <= wanted:
                return
            now = self.latest = priced(self.rooms, self.allowed, self._price)
            waited += 1
            if now.bound < self.known.bound:
                waited = waited if now.bound > self.known.bound - 1e-3 * (self.known.bound - wanted) else 0
                self.known, self._best = now, self._price
            if waited >= _PATIENCE:
                length, waited, self._price = length / 2, 0, self._best
                now = self.known
                course[:] = 0.0
            course = 1.0 - now.sent + _MEMORY * course
            stuck = ((self._price <= 0) & (course > 0)) | ((self._price >= self._limit) & (course < 0))
            move = np.where(stuck, 0.0, course)
            steepness = float(np.square(move).sum())
            if steepness == 0:
                return
            far = length * max(now.bound - wanted, 1e-9) / steepness
            self._price = np.clip(self._price - far * move / people, 0.0, self._limit)

    def decided(self, wanted: float) -> tuple[BoolArray, BoolArray]:
        """Mark the sites that every plan worth more than `wanted` has, and those that none has."""
        known, allowed = self.known, self.allowed
        inside = np.zeros(self.rooms.sites, dtype=np.bool_)
        inside[known.sites] = True
        free = inside & ~np.isin(np.arange(self.rooms.sites), allowed.required)
        first_out = float(known.earns[~inside].max(initial=0.0))
        opened = free & (known.bound - known.earns + first_out <= wanted)
        closed = ~inside
        if free.any():
            closed = ~inside & (known.bound - known.earns[free].min() + known.earns <= wanted)
        opened[allowed.required] = True
        return opened, closed
