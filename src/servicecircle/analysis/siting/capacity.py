"""Maximal covering and p-median where facilities have only so much room.

Only a sparse matrix and weights are seen here, no geometry. A place may be split: its people go to whichever open
facilities have room. What a given set of sites achieves is a flow; which set achieves most is searched.
"""

from types import NoneType
from typing import get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.analysis.siting.choice import Choice, choose_among
from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.plan import SitePlan
from servicecircle.analysis.siting.pmedian import longest_walk
from servicecircle.analysis.siting.roomplan import room_plan
from servicecircle.analysis.siting.rooms import Assignment, Rooms
from servicecircle.analysis.siting.roomsearch import best_rooms
from servicecircle.analysis.siting.rules import SiteRules
from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InputError, SchemaError, checked_kind

FloatArray = npt.NDArray[np.float64]


def solve_cmclp(
    times: TravelTimes,
    *,
    count: int,
    minutes: float = 15.0,
    centers: TravelTimes | None = None,
    rules: SiteRules | None = None,
    assignment: Assignment = "best",
    time_limit_s: float | None = None,
) -> SitePlan:
    """Choose `count` candidates so that most people are within the limit of a facility that has room for them.

    Every candidate and every existing center serves at most its ``capacity`` (people; a missing one means no end of
    room). The people of one place may be sent to several facilities.

    Parameters
    ----------
    times
        Travel times from the demand to the candidates.
    count
        Number of new sites. Sites that would serve nobody more are not chosen.
    minutes
        The limit, inclusive.
    centers
        Travel times from the same demand to the existing centers, which take part with their own room.
    rules
        Sites that are required, forbidden or apart.
    assignment
        ``best``: people are sent where there is room, not always to the nearest facility, first so that most are
        served, then so that these walk least. ``nearest``: everyone goes to the nearest facility that has room left
        by those who live nearer to it, as people do whom nobody sends.
    time_limit_s
        Seconds for the search; without it the search stops by work, and a run can be repeated to
        the byte. The plan found and its bound hold either way.

    Returns
    -------
    SitePlan
        ``covered`` are the people that are served, ``allocation`` says by whom, and ``uncovered`` how many of each
        place are not, for want of room or of reach.

    Raises
    ------
    SchemaError
        If no facility has a capacity.
    InputError
        If an option or a capacity cannot be used, or `centers` or a rule is of other demand or candidates.
    InfeasibleError
        If there are no candidates, or the rules contradict each other or the count.

    References
    ----------
    Current, J. and Storbeck, J. (1988). Capacitated covering models. Environment and Planning B 15, 153-163.
    """
    deadline = Deadline(limit_s=time_limit_s)
    choice = _choice(times, count, minutes, centers, rules)
    if centers is not None:
        centers.check_limit(minutes)
    rooms = _rooms(choice, centers, minutes, np.inf, assignment)
    chosen, bound = best_rooms(rooms, choice.allowed, deadline)
    return room_plan(choice, centers, rooms, chosen, bound, deadline)


def solve_cpmedian(
    times: TravelTimes,
    *,
    count: int,
    minutes: float = 15.0,
    centers: TravelTimes | None = None,
    rules: SiteRules | None = None,
    beyond_min: float | None = None,
    assignment: Assignment = "best",
    time_limit_s: float | None = None,
) -> SitePlan:
    """Choose `count` candidates so that all people together walk least, each to an open facility that has room.

    Every candidate and every existing center serves at most its ``capacity`` (people; a missing one means no end of
    room). The people of one place may be sent to several facilities. Whoever finds no room within reach of `times`
    counts with `beyond_min` minutes.

    Parameters
    ----------
    times
        Travel times from the demand to the candidates; walks that it does not hold are out of reach, so
        compute it well beyond the limit.
    count
        Number of new sites. Sites that would shorten nobody's walk are not chosen.
    minutes
        The limit that ``covered``, ``gain`` and ``share_after`` of the plan speak of; it does not change the choice.
    centers
        Travel times from the same demand to the existing centers, which take part with their own room.
    rules
        Sites that are required, forbidden or apart.
    beyond_min
        Minutes that count for people who find no room; the longest walk there is, to a candidate or a center, when not
        given. The more it is, the more it weighs that everyone finds room.
    assignment
        ``best``: people are sent so that all together walk least. ``nearest``: everyone goes to the nearest facility
        that has room left by those who live nearer to it, as people do whom nobody sends.
    time_limit_s
        Seconds for the search; without it the search stops by work, and a run can be repeated to
        the byte. The plan found and its bound hold either way.

    Returns
    -------
    SitePlan
        ``objective`` and ``bound`` are person-minutes; ``sites`` has also ``saved_min``, the person-minutes that each
        site spares in its turn; ``allocation`` says who is sent where.

    Raises
    ------
    SchemaError
        If no facility has a capacity.
    InputError
        If an option or a capacity cannot be used, or `centers` or a rule is of other demand or candidates.
    InfeasibleError
        If there are no candidates, or the rules contradict each other or the count.

    References
    ----------
    Hakimi, S. (1964). Optimum locations of switching centers and the absolute centers and medians of a
    graph. Operations Research 12, 450-459.
    Mulvey, J. and Beck, M. (1984). Solving capacitated clustering problems. European Journal of Operational
    Research 18, 339-348.
    """
    deadline = Deadline(limit_s=time_limit_s)
    choice = _choice(times, count, minutes, centers, rules)
    beyond = longest_walk(times, None if centers is None else centers.minutes, beyond_min)
    rooms = _rooms(choice, centers, np.inf, beyond, assignment)
    chosen, bound = best_rooms(rooms, choice.allowed, deadline)
    return room_plan(choice, centers, rooms, chosen, bound, deadline)


def _choice(
    times: TravelTimes, count: int, minutes: float, centers: TravelTimes | None, rules: SiteRules | None
) -> Choice:
    """State which sites may open."""
    checked_kind("centers", centers, TravelTimes, NoneType)
    choice = choose_among(times, count=count, minutes=minutes, covered=centers, rules=rules)
    if rules is not None and rules.weights is not None:
        raise InputError("rules: weights cannot be used with capacities, which count people.")
    return choice


def _rooms(
    choice: Choice, centers: TravelTimes | None, reach_min: float, beyond_min: float, assignment: Assignment
) -> Rooms:
    """Put sites and centers into one list, with the room of each and the walks to it of at most so many minutes."""
    if assignment not in get_args(Assignment):
        raise InputError(f"assignment: found {assignment!r}, expected 'best' or 'nearest'.")
    rooms = [_room(choice.times, "candidate")[choice.sites]]
    near = choice.walk <= reach_min
    place, facility, walk = [choice.demand[near]], [choice.site[near]], [choice.walk[near]]
    known = "capacity" in choice.times.facilities
    if centers is not None:
        rooms.append(_room(centers, "center"))
        near = centers.minutes <= reach_min
        place.append(centers.demand_index[near].astype(np.int64))
        number = np.repeat(np.arange(len(centers.facilities)), np.diff(centers.indptr))
        facility.append(number[near] + len(choice.sites))
        walk.append(centers.minutes[near])
        known = known or "capacity" in centers.facilities
    if not known:
        wanted = "solve_mclp" if np.isinf(beyond_min) else "solve_pmedian"
        raise SchemaError(f"neither candidates nor centers have a column 'capacity'. Add it, or call {wanted}.")
    weights = choice.times.weights
    room = np.concatenate(rooms)
    places, servers = np.concatenate(place), np.concatenate(facility)
    # No facility needs more room than there are people near it.
    near_people = np.bincount(servers, weights=weights[places], minlength=len(room))
    return Rooms(
        place=places,
        facility=servers.astype(np.int64),
        walk=np.concatenate(walk),
        people=weights,
        room=np.minimum(room, near_people),
        sites=len(choice.sites),
        beyond_min=beyond_min,
        assignment=assignment,
    )


def _room(times: TravelTimes, what: str) -> FloatArray:
    """Read the capacities of facilities; a missing one is ``inf``."""
    table = times.facilities
    if "capacity" not in table:
        return np.full(len(table), np.inf)
    found = pd.to_numeric(table["capacity"], errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero((np.isnan(found) & table["capacity"].notna().to_numpy()) | (found < 0))
    if len(wrong):
        key, value = table.index[wrong[0]], table["capacity"].iloc[wrong[0]]
        raise InputError(f"{what} {key!r}, capacity: found {value}, expected people, a number of at least 0.")
    return np.where(np.isnan(found), np.inf, found)
