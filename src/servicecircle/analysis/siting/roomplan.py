"""The answer to a question about facilities with room, told as a plan."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.analysis.siting.choice import Choice
from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.plan import SitePlan, left_without
from servicecircle.analysis.siting.rooms import Rooms, Rows, merged
from servicecircle.analysis.siting.sending import Sending
from servicecircle.analysis.siting.sending import reached as reached_at_once
from servicecircle.analysis.siting.sending import sent as sent_at_once
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
    order, worth, people, pairs, sent = _opening_order(rooms, choice, chosen)
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


def _opening_order(
    rooms: Rooms, choice: Choice, chosen: IntArray
) -> tuple[IntArray, FloatArray, FloatArray, Rows, FloatArray]:
    """Put the chosen sites into an order of opening, the busiest first.

    Return it with worth and people covered after 0, 1, ... sites, and who is sent along which pairs in the end.
    """
    chosen = np.sort(chosen)
    pairs, sent = at_once = sent_at_once(rooms, chosen)
    whole = float((rooms.value[pairs] * sent).sum())
    load = np.bincount(rooms.facility[pairs], weights=sent * rooms.value[pairs], minlength=len(rooms.room))
    # How many are served does not depend on their walks, so that places may count together.
    together = np.isinf(rooms.beyond_min) and rooms.assignment == "best" and len(pairs) > 0
    counted = merged(rooms.only(pairs)) if together else rooms
    sending = Sending(counted, chosen)
    value, near = counted.value[sending.pairs], counted.walk[sending.pairs] <= choice.minutes
    order: list[int] = []
    idle: list[int] = []

    def standing() -> tuple[FloatArray, tuple[float, float]]:
        now = sending.sent()
        return now, (float((value * now).sum()), float(now[near].sum()))

    sent, first = standing()
    reached = [first]
    for site in chosen[np.argsort(-load[chosen], kind="stable")].tolist():
        sending.open(site)
        now, gained = standing()
        if gained[0] > reached[-1][0] + _PERSON or site in choice.allowed.required:
            order.append(site)
            reached.append(gained)
            sent = now
        else:
            sending.shut(site)
            idle.append(site)
    if idle and whole > reached[-1][0] + _PERSON:
        # Where people go by themselves, sites may serve more only together.
        fewer = _without_one(rooms, chosen, idle, whole)
        if fewer is not None:
            return _opening_order(rooms, choice, fewer)
        for site in idle:
            sending.open(site)
            order.append(site)
            sent, gained = standing()
            reached.append(gained)
    if together:
        pairs, sent = at_once if len(order) == len(chosen) else sent_at_once(rooms, np.array(order, dtype=np.int64))
    after = np.array(reached)
    return np.array(order, dtype=np.int64), np.maximum.accumulate(after[:, 0]), after[:, 1], pairs, sent


def _without_one(rooms: Rooms, chosen: IntArray, idle: list[int], worth: float) -> IntArray | None:
    """Leave out the first of the idle sites without which as much is reached, if there is one."""
    fewer = (chosen[chosen != site] for site in idle)
    return next((plan for plan in fewer if reached_at_once(rooms, plan) >= worth - _PERSON), None)


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
