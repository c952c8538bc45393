"""Maximal covering where facilities have only so much room.

Only a sparse matrix and weights are seen here, no geometry. A place may be split: its people go to whichever open
facilities within the limit have room, so that together as many as possible are served. Whether a given set of
sites does that is a flow; which set does it best is left to HiGHS.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.analysis.choice import Choice, choose_among
from servicecircle.analysis.covering import PROVEN
from servicecircle.analysis.deadline import Deadline
from servicecircle.analysis.plan import SitePlan, left_without
from servicecircle.analysis.rooms import Rooms, most_served
from servicecircle.analysis.rules import SiteRules
from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InputError, SchemaError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Less than this part of a person is a rest of the sums.
_PERSON = 1e-6


def solve_cmclp(
    times: TravelTimes,
    *,
    count: int,
    minutes: float = 15.0,
    centers: TravelTimes | None = None,
    rules: SiteRules | None = None,
    time_limit_s: float | None = None,
) -> SitePlan:
    """Choose `count` candidates so that most people are within the limit of a facility that has room for them.

    Every candidate and every existing center serves at most its ``capacity`` (people; a missing one means no end of
    room). People are sent where there is room, not always to the nearest facility, and the people of one place may be
    sent to several: first so that most are served, then so that these walk least.

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
    if rules is not None and rules.weights is not None:
        raise InputError("rules: weights cannot be used with capacities, which count people.")
    if centers is not None:
        centers.check_limit(minutes)
    choice = choose_among(times, count=count, minutes=minutes, covered=centers, rules=rules)
    rooms = _rooms(choice, centers)
    chosen, bound = most_served(rooms, choice.allowed, deadline)
    return _plan(choice, centers, rooms, chosen, bound, deadline)


def _rooms(choice: Choice, centers: TravelTimes | None) -> Rooms:
    """Put sites and centers into one list, with the room of each."""
    rooms = [_room(choice.times, "candidate")[choice.sites]]
    near = choice.walk <= choice.minutes
    place, facility, walk = [choice.demand[near]], [choice.site[near]], [choice.walk[near]]
    known = "capacity" in choice.times.facilities
    if centers is not None:
        rooms.append(_room(centers, "center"))
        near = centers.minutes <= choice.minutes
        place.append(centers.demand_index[near].astype(np.int64))
        number = np.repeat(np.arange(len(centers.facilities)), np.diff(centers.indptr))
        facility.append(number[near] + len(choice.sites))
        walk.append(centers.minutes[near])
        known = known or "capacity" in centers.facilities
    if not known:
        raise SchemaError("neither candidates nor centers have a column 'capacity'. Add it, or call solve_mclp.")
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


def _plan(
    choice: Choice,
    centers: TravelTimes | None,
    rooms: Rooms,
    chosen: IntArray,
    bound: float,
    deadline: Deadline,
) -> SitePlan:
    """Tell what the sites achieve, opened in the order of the people that they serve."""
    times, total = choice.times, float(rooms.people.sum())
    order, reached = _opening_order(rooms, choice, chosen)
    pairs, sent = rooms.sent(order)
    objective = reached[-1]
    share = reached / total if total > 0 else np.full(len(reached), np.nan)
    sites = times.facilities.iloc[choice.sites[order]].copy()
    sites["rank"] = np.arange(1, len(order) + 1)
    sites["gain"] = np.diff(reached)
    sites["share_after"] = share[1:]
    left = rooms.people - np.bincount(rooms.place[pairs], weights=sent, minlength=len(rooms.people))
    reachable = np.zeros(len(left), dtype=np.bool_)
    reachable[rooms.place] = True
    without = left_without(times, left <= _PERSON, reachable)
    without["weight"] = left[left > _PERSON]
    proven = bound - objective <= PROVEN * max(objective, 1.0)
    return SitePlan(
        problem="mclp",
        sites=sites,
        covered=float(objective),
        total=total,
        objective=float(objective),
        bound=float(objective if proven else bound),
        gap=0.0 if proven else float((bound - objective) / max(objective, 1e-12)),
        status="optimal" if proven else "feasible",
        curve=pd.DataFrame({"sites": np.arange(len(reached)), "covered": reached, "share": share}),
        minutes=float(choice.minutes),
        allocation=_allocation(choice, centers, rooms, pairs[sent > _PERSON], sent[sent > _PERSON]),
        uncovered=without,
        seconds=deadline.spent,
    )


def _opening_order(rooms: Rooms, choice: Choice, chosen: IntArray) -> tuple[IntArray, FloatArray]:
    """Put the chosen sites into an order of opening, the fullest first; return also the people served after each."""
    chosen = np.sort(chosen)
    pairs, sent = rooms.sent(chosen)
    load = np.bincount(rooms.facility[pairs], weights=sent, minlength=len(rooms.room))
    order: list[int] = []
    reached = [rooms.served(np.zeros(0, dtype=np.int64))]
    for site in chosen[np.argsort(-load[chosen], kind="stable")]:
        served = rooms.served(np.array([*order, site]))
        if served > reached[-1] + _PERSON or site in choice.allowed.required:
            order.append(int(site))
            reached.append(max(served, reached[-1]))
    return np.array(order, dtype=np.int64), np.array(reached)


def _allocation(
    choice: Choice,
    centers: TravelTimes | None,
    rooms: Rooms,
    pairs: npt.NDArray[np.intp],
    sent: FloatArray,
) -> pd.DataFrame:
    """List who is sent where."""
    names = choice.times.facilities.index[choice.sites].to_numpy(dtype=object)
    if centers is not None:
        names = np.concatenate([names, centers.facilities.index.to_numpy(dtype=object)])
    order = np.lexsort((rooms.facility[pairs], rooms.place[pairs]))
    pairs, sent = pairs[order], sent[order]
    facility = rooms.facility[pairs]
    return pd.DataFrame(
        {
            "facility": names[facility],
            "kind": np.where(facility < rooms.sites, "site", "center"),
            "weight": sent,
            "walk_min": rooms.walk[pairs],
        },
        index=choice.times.demand.index[rooms.place[pairs]],
    )
