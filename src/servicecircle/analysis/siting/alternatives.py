"""One site more or less, and another in its place: the curve of coverage, and plans that are nearly as good."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.analysis.siting.covering import PROVEN, Covering
from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.exchange import Exchange, improved
from servicecircle.analysis.siting.existing import CoveredBy
from servicecircle.analysis.siting.greedy import greedy
from servicecircle.analysis.siting.mclp import best_plan, first_plan, limited
from servicecircle.analysis.siting.plan import SitePlan
from servicecircle.analysis.siting.posing import Posed, pose
from servicecircle.analysis.siting.rules import SiteRules, positions
from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InfeasibleError, InputError, checked_kind, checked_number

IntArray = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alternatives:
    """What could be done in place of a plan.

    Attributes
    ----------
    sites
        One row for each site of the plan that is not required, index ``id``: ``replacement`` (id of the
        best single site in its place, None if there is none that is allowed), ``loss`` (what the
        objective loses by that, negative if it gains), ``loss_without`` (what the best plan found
        without the site loses, the others chosen anew; ``inf`` if there is none) and ``loss_proven``
        (what every plan without it loses at least).
    plans
        Whole plans, each without one of the sites, that lose no more than was tolerated, the best first.
    """

    sites: pd.DataFrame
    plans: tuple[SitePlan, ...]


def curve(
    times: TravelTimes,
    *,
    count: int,
    minutes: float = 15.0,
    covered: CoveredBy = None,
    rules: SiteRules | None = None,
    time_limit_s: float | None = None,
    on_progress: Progress | None = None,
) -> pd.DataFrame:
    """Tell what the best plan of 0, 1, 2 ... sites achieves, each chosen anew.

    Parameters
    ----------
    times, minutes, covered, rules
        As for `solve_mclp`.
    count
        Most sites of the curve.
    time_limit_s
        Seconds for the whole curve; without it the search stops by work.
    on_progress
        Called with (numbers of sites done, all of them).

    Returns
    -------
    pandas.DataFrame
        ``sites``, ``covered`` (people), ``share``, ``objective``, ``bound`` (no plan of so many sites is
        worth more), ``gap`` and ``status``. It begins with the fewest sites that can keep the rules.

    Raises
    ------
    InputError, InfeasibleError
        As for `solve_mclp`.
    """
    checked_number("count", count, "a whole number of at least 1", least=1, whole=True)
    deadline = Deadline(limit_s=time_limit_s)
    posed = limited(pose(times, minutes=minutes, covered=covered, rules=rules), count, None)
    free, problem = posed.rest()
    most, required = problem.count, posed.problem.gain(posed.required)
    found: list[tuple[int, IntArray, float]] = []
    chosen: IntArray | None = None
    for number in range(most + 1):
        part = replace(problem, count=number)
        chosen, bound = best_plan(part, deadline.part(1 / (most + 1 - number)), _grown(part, chosen, deadline))
        if chosen is not None:
            found.append((number, chosen, max(bound, part.gain(chosen))))
        if on_progress is not None:
            on_progress(number + 1, most + 1)
    if not found:
        raise InfeasibleError(f"count: no plan of at most {count} sites was found that keeps the rules.")
    # What bounds plans of more sites bounds those of fewer, too.
    bounds = np.minimum.accumulate([bound for _, _, bound in found][::-1])[::-1]
    rows = []
    for (number, sites, _), bound in zip(found, bounds, strict=True):
        opened = np.concatenate([posed.required, free[sites]])
        people = float(times.weights.sum() - _uncovered(posed, opened))
        value, best = posed.base + posed.problem.gain(opened), posed.base + required + float(bound)
        proven = best - value <= PROVEN * max(value, 1.0)
        rows.append(
            {
                "sites": number + len(posed.required),
                "covered": people,
                "share": people / times.weights.sum() if times.weights.sum() > 0 else np.nan,
                "objective": value,
                "bound": value if proven else best,
                "gap": 0.0 if proven else (best - value) / max(value, 1e-12),
                "status": "optimal" if proven else "feasible",
            }
        )
    return pd.DataFrame(rows)


def alternatives(
    times: TravelTimes,
    plan: SitePlan,
    *,
    budget: float | None = None,
    covered: CoveredBy = None,
    rules: SiteRules | None = None,
    within: float = 0.01,
    time_limit_s: float | None = None,
    on_progress: Progress | None = None,
) -> Alternatives:
    """Tell how well a plan could do without each of its sites.

    Parameters
    ----------
    times, budget, covered, rules
        What `solve_mclp` was given to make the plan.
    plan
        A plan of `solve_mclp`; the alternatives have at most as many sites.
    within
        Part of the objective that a whole plan may lose.
    time_limit_s
        Seconds for all of it; without it the search stops by work.
    on_progress
        Called with (sites done, all sites of the plan that are not required).

    Returns
    -------
    Alternatives
        For each site what could replace it and what is lost without it, and whole plans nearly as good.

    Raises
    ------
    InputError
        If the plan is no answer to `solve_mclp`, or an option cannot be used.
    """
    checked_kind("plan", plan, SitePlan)
    if plan.problem != "mclp":
        raise InputError(f"plan: found one of {plan.problem}, expected one of solve_mclp.")
    checked_number("within", within, "a part of the objective from 0 to 1", most=1)
    deadline = Deadline(limit_s=time_limit_s)
    posed = pose(times, minutes=plan.minutes, covered=covered, rules=rules)
    if not len(plan.sites):
        return Alternatives(sites=pd.DataFrame(columns=_COLUMNS), plans=())
    posed = limited(posed, len(plan.sites), budget)
    chosen = np.flatnonzero(np.isin(posed.sites, positions(times, list(plan.sites.index), "plan")))
    kept = [int(site) for site in chosen if site not in posed.required]
    swaps = _replacements(posed.problem, chosen)
    rows, plans = [], dict[tuple[str, ...], SitePlan]()
    for number, site in enumerate(kept):
        other, bound = _without(posed, site, deadline.part(1 / (len(kept) - number)))
        value = -np.inf if other is None else posed.base + posed.problem.gain(other)
        swap, loss = swaps[site]
        replacement = None if swap is None else times.facilities.index[posed.sites[swap]]
        rows.append((replacement, loss, plan.objective - value, max(plan.objective - posed.base - bound, 0.0)))
        if other is not None and plan.objective - value <= within * plan.objective:
            told = posed.plan(other, posed.base + bound, deadline, problem="mclp", objective=value)
            plans.setdefault(tuple(sorted(told.sites.index)), told)
        if on_progress is not None:
            on_progress(number + 1, len(kept))
    index = pd.Index([times.facilities.index[posed.sites[site]] for site in kept], name="id", dtype=object)
    table = pd.DataFrame(rows, columns=_COLUMNS, index=index)
    order = [key for key in plan.sites.index if key in table.index]
    ranked = sorted(plans.values(), key=lambda found: (-found.objective, tuple(found.sites.index)))
    return Alternatives(sites=table.loc[order], plans=tuple(ranked))


_COLUMNS = ["replacement", "loss", "loss_without", "loss_proven"]


def _grown(problem: Covering, chosen: IntArray | None, deadline: Deadline) -> IntArray | None:
    """Return the better of a fresh plan and the last one with a site more."""
    plans = [first_plan(problem, deadline)]
    if chosen is not None:
        grown = improved(problem, greedy(problem, chosen), deadline)
        plans.append(grown if problem.allowed(grown) else None)
    return max((plan for plan in plans if plan is not None), key=problem.gain, default=None)


def _uncovered(posed: Posed, opened: IntArray) -> float:
    """People that stay without when these sites are open."""
    cover = posed.times.cover_matrix(posed.minutes)[posed.sites[opened]]
    reached = np.bincount(cover.indices, minlength=cover.shape[1])
    return float(posed.times.weights[reached < posed.need].sum())


def _replacements(problem: Covering, chosen: IntArray) -> dict[int, tuple[int | None, float]]:
    """Return for each chosen site the best single site in its place, and what the objective loses."""
    state = Exchange.of(problem, chosen)
    change = state.changes()
    found: dict[int, tuple[int | None, float]] = {}
    for column, site in enumerate(state.chosen):
        order = np.argsort(-change[:, column], kind="stable")
        good = (int(new) for new in order if np.isfinite(change[new, column]))
        best = next((new for new in good if problem.allowed(np.append(np.delete(state.chosen, column), new))), None)
        found[int(site)] = (best, np.inf if best is None else float(0.0 - change[best, column]))
    return found


def _without(posed: Posed, site: int, deadline: Deadline) -> tuple[IntArray | None, float]:
    """Return the best plan found without a site, and a bound on all such plans."""
    closed = np.zeros(posed.problem.sites, dtype=np.bool_)
    closed[site] = True
    free, problem = posed.problem.reduced(posed.required, closed)
    chosen, bound = best_plan(problem, deadline)
    required = posed.problem.gain(posed.required)
    if chosen is None:
        return None, bound + required
    plan = np.concatenate([posed.required, free[chosen]])
    value = posed.problem.gain(plan)
    return plan, value if bound + required <= value * (1 + PROVEN) else bound + required
