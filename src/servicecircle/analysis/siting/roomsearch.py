"""The search for the sites with room that do best: a quick plan, prices that bound all plans, HiGHS on what is left."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.roomprices import RoomPrices, fitting, worthiest
from servicecircle.analysis.siting.rooms import Rooms, merged
from servicecircle.analysis.siting.savings import Allowed
from servicecircle.analysis.siting.sending import reached

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Branch-and-bound nodes, fewer where each takes longer: work, not time, so that a run can be repeated.
_MAX_NODES, _LEAST_NODES, _NODE_PAIRS = 2_000, 20, 2_000_000
#: Largest problem given to the exact search, in pairs of place and facility.
_MAX_PAIRS = 150_000
#: Pairs looked at by all exact searches together, where one after the other asks for another plan.
_WORK = 8_000
#: The exact search takes at most this part of the seconds; exchanges have the others.
_EXACT = 0.7
#: Telling the plan takes about so many times the seconds that sending people to one takes; more where walks count.
_TELLING, _TELLING_WALKS = 3, 7
#: Exchanges tried, and for the site of each as many of those that earn most.
_TRIES, _NEAR = 300, 15


def best_rooms(rooms: Rooms, allowed: Allowed, deadline: Deadline) -> tuple[IntArray, float]:
    """Return the best plan found and a proven bound on what any plan is worth."""
    if rooms.assignment == "best":
        rooms = merged(rooms)
    chosen = _greedy(rooms, allowed)
    before = deadline.spent
    worth = reached(rooms, chosen)
    telling = _TELLING if np.isinf(rooms.beyond_min) else _TELLING_WALKS
    deadline = deadline.leaving(telling * (deadline.spent - before))
    prices = RoomPrices(rooms, allowed)
    prices.steps(worth, deadline)
    for sites in (prices.known.sites, prices.latest.sites):
        plan = allowed.first(sites)
        if not rooms.proves(prices.known.bound, worth) and not deadline.over and reached(rooms, plan) > worth:
            chosen, worth = plan, reached(rooms, plan)
    bound = prices.known.bound
    opened, closed = prices.decided(worth)
    left = np.append(~closed, np.ones(len(rooms.room) - rooms.sites, dtype=np.bool_))[rooms.facility]
    if left.sum() <= _MAX_PAIRS and not rooms.proves(bound, worth) and not deadline.over:
        part = deadline.part(_EXACT)
        found, proven = _exact(rooms.only(np.flatnonzero(left)), allowed, opened, closed, worth, part)
        bound = min(bound, proven)
        if found is not None:
            chosen, worth = found, reached(rooms, found)
    if not rooms.proves(bound, worth):
        chosen, worth = _exchanged(rooms, allowed, prices, chosen, worth, deadline)
    return chosen, max(bound, worth)


def _greedy(rooms: Rooms, allowed: Allowed) -> IntArray:
    """Open the site that is worth most to those who are left, again and again; who is taken first is rough."""
    left = rooms.people.copy()
    chosen = allowed.first(np.zeros(0, dtype=np.int64))
    value = rooms.value
    order = worthiest(rooms, value)
    first = np.searchsorted(rooms.facility[order], np.arange(len(rooms.room) + 1))
    own = [order[start:stop] for start, stop in pairwise(first)]

    def filling(number: int) -> FloatArray:
        """Return who of those left would fill a facility, nearest first."""
        return fitting(rooms, own[number], left)

    def take(number: int) -> None:
        left[rooms.place[own[number]]] -= filling(number)

    for number in [*range(rooms.sites, len(rooms.room)), *chosen]:
        take(int(number))
    gain = np.bincount(rooms.facility[order], value[order] * fitting(rooms, order, left), len(rooms.room))
    gain[rooms.sites :] = 0.0
    for site in chosen:
        gain[[site, *allowed.neighbours(site)]] = 0.0
    known = np.ones(len(rooms.room), dtype=np.bool_)
    while len(chosen) < allowed.count and gain.any():
        best = int(np.argmax(gain))
        if not known[best]:
            # What a site is worth only shrinks while others take people, so the known ones are bounds.
            gain[best], known[best] = float((value[own[best]] * filling(best)).sum()), True
            continue
        chosen = np.append(chosen, best)
        take(best)
        gain[[best, *allowed.neighbours(best)]] = 0.0
        known[:] = False
    return chosen


def _exchanged(
    rooms: Rooms, allowed: Allowed, prices: RoomPrices, chosen: IntArray, worth: float, deadline: Deadline
) -> tuple[IntArray, float]:
    """Exchange sites that earn little at the prices for others that earn much, as long as that helps."""
    earns, tries = prices.known.earns, 0
    while True:
        weakest = sorted(set(chosen.tolist()) - set(allowed.required.tolist()), key=lambda site: (earns[site], site))
        outside = [site for site in np.argsort(-earns, kind="stable") if site not in set(chosen.tolist())][:_NEAR]
        for site, new in ((site, new) for site in weakest for new in outside):
            if tries >= _TRIES or deadline.over or rooms.proves(prices.known.bound, worth):
                return chosen, worth
            plan = np.append(chosen[chosen != site], new)
            if not allowed.apart[[new]][:, plan].nnz:
                tries += 1
                tried = reached(rooms, plan)
                if tried > worth and not rooms.proves(tried, worth):
                    chosen, worth = plan, tried
                    break
        else:
            return chosen, worth


def _exact(
    rooms: Rooms, allowed: Allowed, opened: BoolArray, closed: BoolArray, worth: float, deadline: Deadline
) -> tuple[IntArray | None, float]:
    """Search for a plan that is worth more by branch and bound; return it, if there is one, and a bound on all plans.

    HiGHS sends people as is best. Where they go to the nearest facility a plan may be worth less than HiGHS says: it is
    then excluded, and HiGHS is asked again.
    """
    best, bound, work = None, np.inf, 0
    tried: list[IntArray] = []
    while work < _WORK and not (deadline.over and tried):
        found, proven = _search(rooms, allowed, opened, closed, tried, deadline)
        # Plans tried before are worth no more than the best one.
        bound = max(min(bound, proven), worth)
        if found is None:
            return best, bound
        if reached(rooms, found) > worth:
            best, worth = found, reached(rooms, found)
        if rooms.assignment == "best" or rooms.proves(bound, worth):
            break
        tried.append(found)
        work += max(len(rooms.place), 100)
    return best, max(bound, worth)


def _search(
    rooms: Rooms, allowed: Allowed, opened: BoolArray, closed: BoolArray, tried: list[IntArray], deadline: Deadline
) -> tuple[IntArray | None, float]:
    """Return the best plan that HiGHS finds beside those tried, and a bound; minus infinity where there is none."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    pairs, sites = len(rooms.place), rooms.sites
    rows, above = _rows(rooms, allowed, tried)
    nodes = max(min(_MAX_NODES, _NODE_PAIRS // max(pairs, 1)), _LEAST_NODES)
    options: Any = {"node_limit": nodes, "mip_rel_gap": 0.0}
    found = milp(
        np.concatenate([np.zeros(sites), -rooms.value]),
        integrality=np.concatenate([np.ones(sites), np.zeros(pairs)]),
        bounds=Bounds(
            np.concatenate([opened.astype(np.float64), np.zeros(pairs)]),
            np.concatenate([(~closed).astype(np.float64), rooms.people[rooms.place]]),
        ),
        constraints=LinearConstraint(rows, ub=above),
        options=options | ({"time_limit": deadline.left} if np.isfinite(deadline.left) else {}),
    )
    if found.status == 2:  # scipy's number for "no plan is allowed"
        return None, -np.inf
    bound = getattr(found, "mip_dual_bound", None)
    return (
        None if found.x is None else np.flatnonzero(found.x[:sites] > 0.5),
        np.inf if bound is None or not np.isfinite(bound) else -float(bound),
    )


def _rows(rooms: Rooms, allowed: Allowed, tried: list[IntArray]) -> tuple[sparse.csr_array, FloatArray]:
    """Return the rows of the model and what each is at most; columns are sites, then pairs."""
    pairs, sites = len(rooms.place), rooms.sites
    # A site serves at most its room, and of each place at most the people there, and nobody unless it opens.
    shape = (len(rooms.people) + len(rooms.room), sites)
    by_site = sparse.coo_array(
        (-rooms.room[:sites], (len(rooms.people) + np.arange(sites), np.arange(sites))), shape=shape
    )
    above = [rooms.people, np.where(np.arange(len(rooms.room)) < sites, 0.0, rooms.room)]
    of_site = np.flatnonzero(rooms.facility < sites)
    own = sparse.coo_array((np.ones(len(of_site)), (np.arange(len(of_site)), of_site)), shape=(len(of_site), pairs))
    each = np.minimum(rooms.people[rooms.place[of_site]], rooms.room[rooms.facility[of_site]])
    gate = sparse.coo_array((-each, (np.arange(len(of_site)), rooms.facility[of_site])), shape=(len(of_site), sites))
    blocks: list[list[Any]] = [[by_site, rooms.rows()], [gate, own], [np.ones((1, sites)), None]]
    above += [np.zeros(len(of_site)), np.array([float(allowed.count)])]
    one, other = sparse.triu(allowed.apart).nonzero()
    if len(one):
        both = (np.tile(np.arange(len(one)), 2), np.concatenate([one, other]))
        blocks.append([sparse.coo_array((np.ones(2 * len(one)), both), shape=(len(one), sites)), None])
        above.append(np.ones(len(one)))
    for plan in tried:
        inside = np.isin(np.arange(sites), plan)
        blocks.append([np.where(inside, 1.0, -1.0)[None, :], None])
        above.append(np.array([len(plan) - 1.0]))
    return sparse.csr_array(sparse.block_array(blocks, format="csr")), np.concatenate(above)
