"""The p-median problem: the least total walk with so many new sites.

Only a sparse matrix and weights are seen here, no geometry. A greedy plan is improved by exchanges; a Lagrangian
relaxation bounds all plans and decides most sites; branching settles the rest, or says how much better a plan
could be.
"""

import numpy as np
import numpy.typing as npt
from scipy import sparse

from servicecircle.analysis.siting.branching import best_median
from servicecircle.analysis.siting.choice import Choice, choose_among
from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.existing import CoveredBy
from servicecircle.analysis.siting.plan import SitePlan
from servicecircle.analysis.siting.rules import SiteRules
from servicecircle.analysis.siting.savings import Allowed, Savings, greedy, savings
from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import checked_number

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Telling the plan takes about this part of the seconds that stating the question takes.
_TELLING = 0.3


def solve_pmedian(
    times: TravelTimes,
    *,
    count: int,
    minutes: float = 15.0,
    covered: CoveredBy = None,
    rules: SiteRules | None = None,
    beyond_min: float | None = None,
    time_limit_s: float | None = None,
) -> SitePlan:
    """Choose `count` candidates so that all people together walk least, each to the nearest open facility.

    The objective is in person-minutes: people times the walk to the nearest site or existing center. Whoever
    finds no open facility within reach of `times` counts with `beyond_min` minutes, so that no plan can look good by
    leaving people out; on a full matrix nobody does, and the problem is the published one.

    Parameters
    ----------
    times
        Travel times from the demand to the candidates; walks that it does not hold are out of reach, so
        compute it well beyond the limit.
    count
        Number of new sites. Sites that would shorten nobody's walk are not chosen.
    minutes
        The limit that `covered`, ``gain`` and ``share_after`` of the plan speak of; it does not change the choice.
    covered
        Existing centers: a `Coverage` of the same demand, the travel times to them, or a mask over
        the demand that leaves its people out of the objective.
    rules
        Sites that are required, forbidden or apart, and other weights.
    beyond_min
        Minutes that count for people out of reach of every open facility; the longest walk there is,
        to a candidate or a center, when not given.
    time_limit_s
        Seconds for the search; without it the search stops by work, and a run can be repeated to
        the byte. The plan found and its bound hold either way.

    Returns
    -------
    SitePlan
        ``sites`` has also ``saved_min``, the person-minutes that each site spares in its turn.

    Raises
    ------
    InputError
        If an option cannot be used, or `covered` or a rule is of other demand or candidates.
    InfeasibleError
        If there are no candidates, or the rules contradict each other or the count.

    References
    ----------
    Hakimi, S. (1964). Optimum locations of switching centers and the absolute centers and medians of a
    graph. Operations Research 12, 450-459.
    ReVelle, C. and Swain, R. (1970). Central facilities location. Geographical Analysis 2, 30-42.
    """
    deadline = Deadline(limit_s=time_limit_s)
    choice = choose_among(times, count=count, minutes=minutes, covered=covered, rules=rules)
    walk = _walk_before(choice, beyond_min)
    base = float((choice.worth * walk).sum())
    spared = choice.worth[choice.demand] * (walk[choice.demand] - choice.walk)
    problem = savings(choice.demand, choice.site, spared, len(choice.sites))
    chosen, saved = best_median(problem, choice.allowed, base, deadline.leaving(_TELLING * deadline.spent))
    order, gains = _opening_order(problem, chosen)
    kept = (gains > 0) | np.isin(order, choice.allowed.required)
    order, gains = order[kept], gains[kept]
    plan = choice.plan(
        order, deadline, problem="p-median", objective=base - problem.saved(chosen), bound=max(base - saved, 0.0)
    )
    plan.sites["saved_min"] = gains
    return plan


def _walk_before(choice: Choice, beyond_min: float | None) -> FloatArray:
    """Walk of every demand row that counts without any new site."""
    known = np.isfinite(choice.centers.walk_min)
    beyond = longest_walk(choice.times, choice.centers.walk_min[known], beyond_min)
    walk = np.where(known, choice.centers.walk_min, beyond)
    walk[choice.set_aside] = 0.0
    return walk


def longest_walk(times: TravelTimes, to_centers: FloatArray | None, beyond_min: float | None) -> float:
    """Return the minutes that count for people whom nobody serves: at least the longest walk there is.

    Raises
    ------
    InputError
        If `beyond_min` is less.
    """
    longest = max(times.max_minutes, 0.0 if to_centers is None else float(to_centers.max(initial=0.0)))
    if beyond_min is None:
        return longest
    return checked_number("beyond_min", beyond_min, f"at least {longest:g}, the longest walk there is", least=longest)


def _opening_order(problem: Savings, chosen: IntArray) -> tuple[IntArray, FloatArray]:
    """Put the chosen sites into an order of opening, the largest saving first, and tell what each adds."""
    own = problem.beyond(problem.marked(chosen[:0]), ~problem.marked(chosen))
    none_apart = sparse.csr_array((problem.sites, problem.sites), dtype=np.bool_)
    first = greedy(own, Allowed(count=len(chosen), required=chosen[:0], apart=none_apart))
    order = np.concatenate([first, np.setdiff1d(chosen, first)])
    return order, np.diff([own.saved(order[:number]) for number in range(len(order) + 1)])
