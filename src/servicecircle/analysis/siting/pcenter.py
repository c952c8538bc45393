"""The p-center problem: the least longest walk with so many new sites.

Only a sparse matrix and weights are seen here, no geometry. A walk is long enough if so many sites cover everyone
within it; the shortest such walk is found by halving the walks there are, with a proof on both sides.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from servicecircle.analysis.siting.choice import Choice, choose_among
from servicecircle.analysis.siting.covering import Covering, merged
from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.exact import search
from servicecircle.analysis.siting.existing import CoveredBy
from servicecircle.analysis.siting.greedy import greedy
from servicecircle.analysis.siting.plan import SitePlan
from servicecircle.analysis.siting.rules import SiteRules
from servicecircle.analysis.siting.savings import Allowed
from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InfeasibleError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def solve_pcenter(
    times: TravelTimes,
    *,
    count: int,
    minutes: float = 15.0,
    covered: CoveredBy = None,
    rules: SiteRules | None = None,
    time_limit_s: float | None = None,
) -> SitePlan:
    """Choose `count` candidates so that the longest walk to the nearest open facility is as short as it can be.

    The objective is in minutes. Everyone counts alike, whom some candidate or center can serve; people out of reach of
    all of them are listed as uncovered, and places where nobody lives do not count.

    Parameters
    ----------
    times
        Travel times from the demand to the candidates; walks that it does not hold are out of reach, so
        compute it well beyond the limit.
    count
        Number of new sites. Sites that the longest walk does not need are not chosen.
    minutes
        The limit that `covered`, ``gain`` and ``share_after`` of the plan speak of; it does not change the choice.
    covered
        Existing centers: a `Coverage` of the same demand, the travel times to them, or a mask over
        the demand that leaves its people out of the objective.
    rules
        Sites that are required, forbidden or apart; with other weights, places that weigh nothing do not count.
    time_limit_s
        Seconds for the search; without it the search stops by work, and a run can be repeated to
        the byte. The plan found and its bound hold either way.

    Returns
    -------
    SitePlan
        ``objective`` and ``bound`` are minutes.

    Raises
    ------
    InputError
        If an option cannot be used, or `covered` or a rule is of other demand or candidates.
    InfeasibleError
        If there are no candidates, the rules contradict each other or the count, or so many sites
        cannot reach everyone whom the candidates can.

    References
    ----------
    Hakimi, S. (1964). Optimum locations of switching centers and the absolute centers and medians of a
    graph. Operations Research 12, 450-459.
    Minieka, E. (1970). The m-center problem. SIAM Review 12, 138-139.
    """
    deadline = Deadline(limit_s=time_limit_s)
    choice = choose_among(times, count=count, minutes=minutes, covered=covered, rules=rules)
    radii = _Radii(choice)
    chosen, objective, bound = _halved(choice, radii, deadline)
    return choice.plan(
        radii.opening_order(chosen, objective), deadline, problem="p-center", objective=objective, bound=bound
    )


class _Radii:
    """The longest walks that a plan could have, and who has to be reached within them."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.by_center = choice.centers.walk_min
        nearest = self.by_center.copy()
        np.minimum.at(nearest, choice.demand, choice.walk)
        self.counts = (choice.worth > 0) & np.isfinite(nearest) & ~choice.set_aside
        least = float(nearest[self.counts].max(initial=0.0))
        walks = np.concatenate([choice.walk[self.counts[choice.demand]], self.by_center[self.counts]])
        #: Ascending; no plan can have a shorter longest walk than the first.
        self.values = np.unique(np.append(walks[np.isfinite(walks) & (walks >= least)], least))

    def longest(self, chosen: IntArray) -> float:
        """Longest walk with these sites open, ``inf`` if they leave somebody out of reach."""
        walk = self.by_center.copy()
        is_open = np.zeros(len(self.choice.sites), dtype=np.bool_)
        is_open[chosen] = True
        pairs = is_open[self.choice.site]
        np.minimum.at(walk, self.choice.demand[pairs], self.choice.walk[pairs])
        return float(walk[self.counts].max(initial=0.0))

    def covering(self, radius: float, allowed: Allowed) -> Covering:
        """State that everyone is within this walk, as a covering problem."""
        choice = self.choice
        left = self.counts & (self.by_center > radius)
        pairs = left[choice.demand] & (choice.walk <= radius)
        shape = (len(choice.sites), len(left))
        cover = sparse.coo_array((np.ones(int(pairs.sum())), (choice.site[pairs], choice.demand[pairs])), shape=shape)
        everyone = left.astype(np.float64)
        problem = merged(
            sparse.csr_array(cover),
            weight=everyone,
            people=everyone,
            need=np.ones(len(left), dtype=np.int64),
            place=np.full(len(left), -1, dtype=np.int64),
        )
        apart = allowed.apart if allowed.apart.nnz else None
        return replace(problem, count=allowed.count, apart=apart, target=float(problem.people.sum()))

    def opening_order(self, chosen: IntArray, radius: float) -> IntArray:
        """Put the chosen sites into an order of opening: first those that bring most people within the longest walk."""
        choice, left = self.choice, self.counts & (self.by_center > radius)
        near = {int(site): choice.near(site, radius) for site in np.sort(chosen)}
        people = choice.worth * left
        gain = {site: float(people[rows].sum()) for site, rows in near.items()}
        order: list[int] = []
        known: set[int] = set()
        while near:
            best = max(near, key=lambda site: gain[site])
            if best not in known and order:
                # What a site brings only shrinks while others open, so the known ones are bounds.
                gain[best] = float(people[near[best]].sum())
                known.add(best)
                continue
            order.append(best)
            people[near.pop(best)] = 0.0
            known.clear()
        return np.array(order, dtype=np.int64)


def _halved(choice: Choice, radii: _Radii, deadline: Deadline) -> tuple[IntArray, float, float]:
    """Return the best plan, its longest walk, and the longest walk below which there is none."""
    values = radii.values
    chosen, possible = _within(choice, radii, float(values[-1]), deadline)
    if chosen is None:
        raise InfeasibleError(_left_out(choice, radii, deadline, possible=possible))
    # No plan is below values[proven]; below values[tried] none was found; `best` is the longest walk of the plan.
    proven, tried, best = 0, 0, radii.longest(chosen)
    while True:
        last = int(np.searchsorted(values, best))
        if tried >= last or deadline.over:
            return chosen, best, float(values[min(proven, last)])
        middle = (tried + last) // 2
        found, possible = _within(choice, radii, float(values[middle]), deadline)
        if found is not None:
            chosen, best = found, radii.longest(found)
            continue
        if not possible and proven == tried:
            proven = middle + 1
        tried = middle + 1


def _within(choice: Choice, radii: _Radii, radius: float, deadline: Deadline) -> tuple[IntArray | None, bool]:
    """Return a plan within this walk, None if none was found, and whether there may be one."""
    required = choice.allowed.required
    whole = radii.covering(radius, choice.allowed)
    free, problem = whole.reduced(required, np.zeros(whole.sites, dtype=np.bool_))
    if problem.target <= 0:
        return required, True
    if problem.target > problem.people.sum() or not problem.count:
        return None, False  # who is left can be reached by sites alone that may not open beside the required ones
    start = greedy(problem)
    if problem.allowed(start):
        return np.concatenate([required, free[start]]), True
    found = search(problem, "least", np.inf, deadline)
    if found.chosen is not None:
        return np.concatenate([required, free[found.chosen]]), True
    return None, bool(np.isfinite(found.bound))


def _left_out(choice: Choice, radii: _Radii, deadline: Deadline, *, possible: bool) -> str:
    """Say why there is no plan."""
    allowed, farthest = choice.allowed, float(radii.values[-1])
    if possible:
        return f"no plan of {allowed.count} sites that reaches everyone was found in time. Raise time_limit_s or count."
    anyhow = replace(choice, allowed=replace(allowed, count=len(choice.sites)))
    more, unsure = _within(anyhow, radii, farthest, deadline)
    if more is None and not unsure:
        return "apart: no plan that keeps these pairs apart reaches everyone whom the candidates can. Leave some out."
    do = "" if more is None else f"; {len(more)} do"
    return (
        f"count: {allowed.count} sites cannot reach everyone whom the candidates can{do}. Raise count, "
        "or compute travel times over a longer max_minutes."
    )
