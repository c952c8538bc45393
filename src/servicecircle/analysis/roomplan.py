"""The answer to a question about facilities with room, told as a plan."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.analysis.choice import Choice
from servicecircle.analysis.deadline import Deadline
from servicecircle.analysis.plan import SitePlan, left_without
from servicecircle.analysis.rooms import Rooms, Rows
from servicecircle.analysis.times import TravelTimes

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Less than this part of a person is a rest of the sums.
_PERSON = 1e-6


def room_plan(
    choice: Choice,
    centers: TravelTimes | None,
    rooms: Rooms,
    chosen: IntArray,
    bound: float,
    deadline: Deadline,
) -> SitePlan:
    """Tell what these sites achieve, opened in a sensible order; `bound` is on what any plan is worth."""
    times, total = choice.times, float(rooms.people.sum())
    order, worth, people = _opening_order(rooms, choice, chosen)
    pairs, sent = rooms.sent(order)
    share = people / total if total > 0 else np.full(len(people), np.nan)
    sites = times.facilities.iloc[choice.sites[order]].copy()
    sites["rank"] = np.arange(1, len(order) + 1)
    sites["gain"] = np.diff(people)
    sites["share_after"] = share[1:]
    left = rooms.people - np.bincount(rooms.place[pairs], weights=sent, minlength=len(rooms.people))
    reachable = np.zeros(len(left), dtype=np.bool_)
    reachable[rooms.place] = True
    without = left_without(times, left <= _PERSON, reachable)
    without["weight"] = left[left > _PERSON]
    walked = np.isfinite(rooms.beyond_min)
    proven = rooms.proves(bound, float(worth[-1]))
    objective, bound = rooms.objective(float(worth[-1])), max(rooms.objective(bound), 0.0)
    if walked:
        sites["saved_min"] = np.diff(worth)
    return SitePlan(
        problem="cp-median" if walked else "cmclp",
        sites=sites,
        covered=float(people[-1]),
        total=total,
        objective=objective,
        bound=float(objective if proven else bound),
        gap=0.0 if proven else float(abs(bound - objective) / max(objective, 1e-12)),
        status="optimal" if proven else "feasible",
        curve=pd.DataFrame({"sites": np.arange(len(people)), "covered": people, "share": share}),
        minutes=float(choice.minutes),
        allocation=_allocation(choice, centers, rooms, pairs[sent > _PERSON], sent[sent > _PERSON]),
        uncovered=without,
        seconds=deadline.spent,
    )


def _opening_order(rooms: Rooms, choice: Choice, chosen: IntArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Put the chosen sites into an order of opening, the busiest first; tell worth and people covered after each."""
    pairs, sent = rooms.sent(np.sort(chosen))
    load = np.bincount(rooms.facility[pairs], weights=sent * rooms.value[pairs], minlength=len(rooms.room))
    order: list[int] = []
    worth, people = _reached(rooms, choice, np.zeros(0, dtype=np.int64))
    reached = [(worth, people)]
    for site in np.sort(chosen)[np.argsort(-load[np.sort(chosen)], kind="stable")]:
        worth, people = _reached(rooms, choice, np.array([*order, site]))
        if worth > reached[-1][0] + _PERSON or site in choice.allowed.required:
            order.append(int(site))
            reached.append((worth, people))
    after = np.array(reached)
    return np.array(order, dtype=np.int64), np.maximum.accumulate(after[:, 0]), after[:, 1]


def _reached(rooms: Rooms, choice: Choice, opened: IntArray) -> tuple[float, float]:
    """Tell what sites are worth, and how many people are sent within the limit."""
    pairs, sent = rooms.sent(opened)
    return float((rooms.value[pairs] * sent).sum()), float(sent[rooms.walk[pairs] <= choice.minutes].sum())


def _allocation(
    choice: Choice, centers: TravelTimes | None, rooms: Rooms, pairs: Rows, sent: FloatArray
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
