"""A choice among sites that serve people at a distance, and its answer told as a plan."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from servicecircle.analysis.siting.covering import PROVEN
from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.existing import CoveredBy, Existing, existing_centers
from servicecircle.analysis.siting.plan import SitePlan, left_without, nearest_allocation
from servicecircle.analysis.siting.rules import SiteRules, demand_values, openable
from servicecircle.analysis.siting.savings import Allowed
from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InfeasibleError, InputError, checked_number

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choice:
    """Which sites may open, and for whom.

    Attributes
    ----------
    times, minutes, centers
        What was asked.
    sites
        Positions of the candidates that may open, in the order of their ids, so that equally good
        sites are chosen alike whatever the order of the rows.
    allowed
        What plans are allowed, in rows of `sites`.
    worth
        What each demand row counts in the objective.
    site, demand, walk
        The pairs of sites (rows of `sites`) and demand rows, and their minutes.
    """

    times: TravelTimes
    minutes: float
    centers: Existing
    sites: IntArray
    allowed: Allowed
    worth: FloatArray
    site: IntArray
    demand: IntArray
    walk: FloatArray

    @property
    def set_aside(self) -> BoolArray:
        """Demand that a mask calls covered: nobody said by which center, nor how far it is."""
        return self.centers.covered & np.isinf(self.centers.walk_min)

    def near(self, row: int, minutes: float) -> IntArray:
        """Demand rows within so many minutes of a site (row of `sites`)."""
        pairs = slice(self.times.indptr[self.sites[row]], self.times.indptr[self.sites[row] + 1])
        return self.times.demand_index[pairs][self.times.minutes[pairs] <= minutes].astype(np.int64)

    def plan(
        self,
        order: IntArray,
        deadline: Deadline,
        *,
        problem: Literal["p-median", "p-center"],
        objective: float,
        bound: float,
    ) -> SitePlan:
        """Tell what these sites (rows of `sites`), opened in this order, achieve."""
        times, weights, opened = self.times, self.times.weights, self.sites[order]
        everyone, reached = np.zeros(len(weights), dtype=np.bool_), self.centers.covered.copy()
        people = [float(weights[reached].sum())]
        for row in order:
            reached[self.near(row, self.minutes)] = True
            people.append(float(weights[reached].sum()))
        total = float(weights.sum())
        share = np.array(people) / total if total > 0 else np.full(len(people), np.nan)
        sites = times.facilities.iloc[opened].copy()
        sites["rank"] = np.arange(1, len(opened) + 1)
        sites["gain"] = np.diff(people)
        sites["share_after"] = share[1:]
        everyone[self.demand] = True
        known = self.set_aside | np.isfinite(self.centers.walk_min)
        served = known.copy()
        for row in order:
            served[self.near(row, np.inf)] = True
        proven = objective - bound <= PROVEN * objective
        return SitePlan(
            problem=problem,
            sites=sites,
            covered=people[-1],
            total=total,
            objective=objective,
            bound=objective if proven else bound,
            gap=0.0 if proven else (objective - bound) / objective,
            status="optimal" if proven else "feasible",
            curve=pd.DataFrame({"sites": np.arange(len(people)), "covered": people, "share": share}),
            minutes=float(self.minutes),
            allocation=nearest_allocation(times, opened, self.centers, np.inf),
            uncovered=left_without(times, served, known | everyone),
            seconds=deadline.spent,
        )


def choose_among(
    times: TravelTimes, *, count: int, minutes: float, covered: CoveredBy, rules: SiteRules | None
) -> Choice:
    """State which sites may open, and for whom.

    Raises
    ------
    InputError
        If an option cannot be used, or `covered` or a rule is of other demand or candidates.
    InfeasibleError
        If there are no candidates, or the rules contradict each other or the count.
    """
    may_open = openable(times, rules)
    rules, sites = may_open.rules, may_open.sites
    checked_number("count", count, "a whole number of at least 1", least=1, whole=True)
    if rules.floors or rules.backup != 1:
        raise InputError("rules: floors and backup are rules of covering. Use solve_mclp, or leave them out.")
    times.check_limit(minutes)
    if len(may_open.required) > count:
        number = len(may_open.required)
        raise InfeasibleError(f"{number} candidates are required, but only {count} may open (count).")
    none = sparse.csr_array((len(sites), len(sites)), dtype=np.bool_)
    apart = none if may_open.apart is None else may_open.apart
    allowed = Allowed(count=int(count), required=may_open.required, apart=apart)
    row_of = np.full(len(times.facilities), -1, dtype=np.int64)
    row_of[sites] = np.arange(len(sites))
    site = np.repeat(row_of, np.diff(times.indptr))
    kept = site >= 0
    return Choice(
        times=times,
        minutes=minutes,
        centers=existing_centers(times, covered, minutes),
        sites=sites,
        allowed=allowed,
        worth=times.weights if rules.weights is None else demand_values(times, rules.weights, "weights"),
        site=site[kept],
        demand=times.demand_index[kept].astype(np.int64),
        walk=times.minutes[kept],
    )
