"""Sending people to facilities with room, and the search for the sites that serve most."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from servicecircle.analysis.covering import PROVEN
from servicecircle.analysis.deadline import Deadline
from servicecircle.analysis.savings import Allowed

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Branch-and-bound nodes: work, not time, so that a run can be repeated.
_MAX_NODES = 2_000
#: Largest problem given to the exact search, in pairs of place and facility.
_MAX_PAIRS = 150_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rooms:
    """Places and facilities: first the sites that may open, then the centers, which are open.

    Attributes
    ----------
    place, facility, walk
        The pairs within the limit.
    people, room
        People of each place, and people that each facility can serve.
    sites
        How many of the facilities are sites.
    """

    place: IntArray
    facility: IntArray
    walk: FloatArray
    people: FloatArray
    room: FloatArray
    sites: int

    def among(self, opened: IntArray) -> npt.NDArray[np.intp]:
        """Pairs of the centers and of these sites."""
        is_open = np.ones(len(self.room), dtype=np.bool_)
        is_open[: self.sites] = False
        is_open[opened] = True
        return np.flatnonzero(is_open[self.facility])

    def sent(self, opened: IntArray) -> tuple[npt.NDArray[np.intp], FloatArray]:
        """Send most people to open facilities with room, then let them walk least; return the pairs and the people."""
        from scipy.optimize import linprog

        pairs = self.among(opened)
        if not len(pairs):
            return pairs, np.zeros(0)
        # To serve one person more, at most every open facility passes one person on: that must never be dearer.
        dearest = (len(opened) + len(self.room) - self.sites + 1) * (float(self.walk[pairs].max()) + 1.0)
        found = linprog(
            self.walk[pairs] - dearest,
            A_ub=self.rows(pairs),
            b_ub=np.concatenate([self.people, self.room]),
            method="highs-ds",
        )
        assert found.x is not None  # nobody has to be sent, so there is always an answer
        return pairs, np.maximum(found.x, 0.0)

    def rows(self, pairs: npt.NDArray[np.intp]) -> Any:
        """Sum the people of each place and of each facility."""
        columns, ones = np.arange(len(pairs)), np.ones(len(pairs))
        shapes = ((len(self.people), len(pairs)), (len(self.room), len(pairs)))
        parts = [
            sparse.csr_array(sparse.coo_array((ones, (rows[pairs], columns)), shape=shape))
            for rows, shape in zip((self.place, self.facility), shapes, strict=True)
        ]
        return sparse.vstack(parts, format="csr")

    def served(self, opened: IntArray) -> float:
        """Most people that these sites and the centers can serve."""
        return float(self.sent(opened)[1].sum())


def most_served(rooms: Rooms, allowed: Allowed, deadline: Deadline) -> tuple[IntArray, float]:
    """Return the best plan found and a proven bound on the people that any plan serves."""
    chosen = _greedy(rooms, allowed)
    by_centers = rooms.served(np.zeros(0, dtype=np.int64))
    most = np.sort(rooms.room[: rooms.sites])[::-1][: allowed.count]
    anyone = np.zeros(len(rooms.people), dtype=np.bool_)
    anyone[rooms.place] = True
    bound = min(by_centers + float(most.sum()), float(rooms.people[anyone].sum()))
    served = rooms.served(chosen)
    if bound <= served * (1 + PROVEN) or deadline.over or len(rooms.place) > _MAX_PAIRS:
        return chosen, max(bound, served)
    found, proven = _exact(rooms, allowed, deadline)
    if found is not None and rooms.served(found) > served:
        chosen, served = found, rooms.served(found)
    return chosen, max(min(bound, proven), served)


def _greedy(rooms: Rooms, allowed: Allowed) -> IntArray:
    """Open the site that can take most of those who are left, again and again; who is taken first is rough."""
    order = np.lexsort((rooms.walk, rooms.facility))
    place, facility = rooms.place[order], rooms.facility[order]
    starts = np.searchsorted(facility, np.arange(len(rooms.room) + 1))
    left = rooms.people.copy()

    def take(number: int) -> None:
        own = place[starts[number] : starts[number + 1]]
        before = np.concatenate([[0.0], np.cumsum(left[own])])
        left[own] -= np.diff(np.minimum(before, rooms.room[number]))

    for center in range(rooms.sites, len(rooms.room)):
        take(center)
    chosen = list(allowed.first(np.zeros(0, dtype=np.int64)))
    for site in chosen:
        take(site)
    while len(chosen) < allowed.count:
        near = np.bincount(facility, weights=left[place], minlength=len(rooms.room))
        takes = np.minimum(near, rooms.room)[: rooms.sites]
        taken = allowed.first(np.array(chosen, dtype=np.int64))
        closed = np.isin(np.arange(rooms.sites), taken)
        for site in taken:
            closed[allowed.neighbours(site)] = True
        takes[closed] = 0.0
        best = int(np.argmax(takes)) if len(takes) else 0
        if not len(takes) or takes[best] <= 0:
            break
        chosen.append(best)
        take(best)
    return np.array(chosen, dtype=np.int64)


def _exact(rooms: Rooms, allowed: Allowed, deadline: Deadline) -> tuple[IntArray | None, float]:
    """Search all plans by branch and bound; places with the same facilities in reach are one."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    place, facility, people = _merged(rooms)
    pairs, sites = len(place), rooms.sites
    of_site = np.flatnonzero(facility < sites)
    columns = np.arange(pairs)
    ones = np.ones(pairs)
    by_place = sparse.coo_array((ones, (place, columns)), shape=(len(people), pairs))
    by_facility = sparse.coo_array((ones, (facility, columns)), shape=(len(rooms.room), pairs))
    # A site serves at most its room, and of each place at most the people there, and nobody unless it opens.
    room = sparse.coo_array((-rooms.room[:sites], (np.arange(sites), np.arange(sites))), shape=(len(rooms.room), sites))
    own = sparse.coo_array((np.ones(len(of_site)), (np.arange(len(of_site)), of_site)), shape=(len(of_site), pairs))
    each = np.minimum(people[place[of_site]], rooms.room[facility[of_site]])
    gate = sparse.coo_array((-each, (np.arange(len(of_site)), facility[of_site])), shape=(len(of_site), sites))
    one, other = sparse.triu(allowed.apart).nonzero()
    apart = sparse.coo_array(
        (np.ones(2 * len(one)), (np.tile(np.arange(len(one)), 2), np.concatenate([one, other]))),
        shape=(len(one), sites),
    )
    blocks: list[list[Any]] = [[None, by_place], [room, by_facility], [gate, own], [np.ones((1, sites)), None]]
    above = [people, np.where(np.arange(len(rooms.room)) < sites, 0.0, rooms.room), np.zeros(len(of_site))]
    above.append(np.array([float(allowed.count)]))
    if len(one):
        blocks.append([apart, None])
        above.append(np.ones(len(one)))
    opened = np.zeros(sites)
    opened[allowed.required] = 1.0
    options: Any = {"node_limit": _MAX_NODES, "mip_rel_gap": PROVEN / 10}
    found = milp(
        np.concatenate([np.zeros(sites), -np.ones(pairs)]),
        integrality=np.concatenate([np.ones(sites), np.zeros(pairs)]),
        bounds=Bounds(np.concatenate([opened, np.zeros(pairs)]), np.concatenate([np.ones(sites), people[place]])),
        constraints=LinearConstraint(sparse.block_array(blocks, format="csr"), ub=np.concatenate(above)),
        options=options | ({"time_limit": deadline.left} if np.isfinite(deadline.left) else {}),
    )
    bound = getattr(found, "mip_dual_bound", None)
    return (
        None if found.x is None else np.flatnonzero(found.x[:sites] > 0.5),
        np.inf if bound is None or not np.isfinite(bound) else -float(bound),
    )


def _merged(rooms: Rooms) -> tuple[IntArray, IntArray, FloatArray]:
    """Merge places with the same facilities in reach: pairs (place, facility) and the people of each place."""
    order = np.lexsort((rooms.facility, rooms.place))
    place, facility = rooms.place[order], rooms.facility[order]
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    names: dict[bytes, int] = {}
    ends = np.append(starts[1:], len(place))
    label = [
        names.setdefault(facility[start:end].tobytes(), len(names)) for start, end in zip(starts, ends, strict=True)
    ]
    people = np.bincount(label, weights=rooms.people[place[starts]], minlength=len(names)).astype(np.float64)
    sets = [np.frombuffer(name, dtype=np.int64) for name in names]
    return (
        np.repeat(np.arange(len(sets)), [len(reach) for reach in sets]),
        np.concatenate([*sets, np.zeros(0, dtype=np.int64)]),
        people,
    )
