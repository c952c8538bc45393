"""A question about sites, stated as a covering problem; and its answer, told as a plan."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from servicecircle.analysis.siting.covering import PROVEN, Covering, merged
from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.existing import CoveredBy, Existing, existing_centers
from servicecircle.analysis.siting.greedy import greedy
from servicecircle.analysis.siting.plan import SitePlan, left_without, nearest_allocation
from servicecircle.analysis.siting.rules import SiteRules, demand_values, districts_of, openable
from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InfeasibleError, InputError, SchemaError, checked_number

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

#: Telling the plan takes about this part of the seconds that stating the question takes.
TELLING = 0.15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posed:
    """A question about sites.

    Attributes
    ----------
    times, minutes, centers, rules
        What was asked.
    need
        How many new sites have to reach each demand row; 0 where centers do enough.
    reachable
        Whether enough candidates that may open reach each demand row.
    sites
        Positions of the candidates that may open, in the order of their ids, so that equally good
        sites are chosen alike whatever the order of the rows.
    problem
        The covering problem over `sites`.
    required
        Sites (rows of the problem) that have to open.
    names
        The districts of the floors of the problem.
    """

    times: TravelTimes
    minutes: float
    centers: Existing
    rules: SiteRules
    need: IntArray
    reachable: BoolArray
    sites: IntArray
    problem: Covering
    required: IntArray
    names: tuple[str, ...]

    @property
    def base(self) -> float:
        """What centers do for the objective."""
        return float(_worth(self.times, self.rules)[self.need <= 0].sum())

    def rest(self) -> tuple[IntArray, Covering]:
        """Return the sites left to choose beside the required ones, and the problem of choosing them."""
        if not len(self.required):
            return np.arange(self.problem.sites), self.problem
        return self.problem.reduced(self.required, np.zeros(self.problem.sites, dtype=np.bool_))

    def plan(
        self,
        chosen: IntArray,
        bound: float,
        deadline: Deadline,
        *,
        problem: Literal["mclp", "lscp"],
        objective: float,
    ) -> SitePlan:
        """Tell what these sites (rows of the problem) achieve, in a sensible order of opening."""
        order, gains = opening_order(self.problem, chosen)
        times, opened, weights = self.times, self.sites[order], self.times.weights
        base, total = float(weights[self.need <= 0].sum()), float(weights.sum())
        reached = base + np.concatenate([[0.0], np.cumsum(gains)])
        share = reached / total if total > 0 else np.full(len(reached), np.nan)
        sites = times.facilities.iloc[opened].copy()
        sites["rank"] = np.arange(1, len(opened) + 1)
        sites["gain"] = gains
        sites["share_after"] = share[1:]
        proven = abs(bound - objective) <= PROVEN * max(abs(objective), 1.0)
        served = _reaching(times, opened, self.minutes) >= self.need
        return SitePlan(
            problem=problem,
            sites=sites,
            covered=float(reached[-1]),
            total=total,
            objective=objective,
            bound=objective if proven else bound,
            gap=0.0 if proven else abs(bound - objective) / max(abs(objective), 1e-12),
            status="optimal" if proven else "feasible",
            curve=pd.DataFrame({"sites": np.arange(len(reached)), "covered": reached, "share": share}),
            minutes=float(self.minutes),
            allocation=nearest_allocation(times, opened, self.centers, self.minutes, served),
            uncovered=left_without(times, served, self.reachable),
            seconds=deadline.spent,
        )


def pose(times: TravelTimes, *, minutes: float, covered: CoveredBy, rules: SiteRules | None) -> Posed:
    """State a question without count, budget and target yet.

    Raises
    ------
    InputError
        If an option cannot be used, or `covered` or a rule is of other demand or candidates.
    InfeasibleError
        If there are no candidates, or the rules contradict each other.
    """
    may_open = openable(times, rules)
    rules, sites = may_open.rules, may_open.sites
    centers = existing_centers(times, covered, minutes)
    need = np.maximum(_need(rules, centers), 0)
    place, names = districts_of(times, rules)
    cover = sparse.csr_array(times.cover_matrix(minutes)[sites])
    groups = merged(
        cover,
        weight=_worth(times, rules),
        people=times.weights,
        need=need,
        place=place,
    )
    problem = replace(groups, apart=may_open.apart, floors=_floors(times, rules, need, place, names))
    posed = Posed(
        times=times,
        minutes=minutes,
        centers=centers,
        rules=rules,
        need=need,
        reachable=np.bincount(cover.indices, minlength=len(need)) >= need,
        sites=sites,
        problem=problem,
        required=may_open.required,
        names=names,
    )
    _contradictions(posed)
    return posed


def costs(posed: Posed) -> FloatArray:
    """Cost of each site of the problem.

    Raises
    ------
    SchemaError
        If the candidates have no ``cost``.
    InputError
        If a cost is no number of at least 0.
    """
    table = posed.times.facilities
    if "cost" not in table.columns:
        raise SchemaError("budget: the candidates have no column 'cost'. Add what each would cost.")
    found = pd.to_numeric(table["cost"], errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~np.isfinite(found) | (found < 0))
    if len(wrong):
        key, value = table.index[wrong[0]], table["cost"].iloc[wrong[0]]
        raise InputError(f"candidate {key!r}, cost: found {value!r}, expected a number of at least 0.")
    return found[posed.sites]


def opening_order(problem: Covering, chosen: IntArray) -> tuple[IntArray, FloatArray]:
    """Put chosen sites into an order of opening, the largest gain first, and tell how many people each adds."""
    chosen = np.sort(chosen)
    cover = sparse.csr_array(problem.cover[chosen])
    part = replace(
        problem,
        cover=cover,
        reach=sparse.csr_array(cover.T),
        cost=np.ones(len(chosen)),
        count=len(chosen),
        budget=np.inf,
        apart=None,
        target=0.0,
        floors=np.zeros(len(problem.floors)),
    )
    first = greedy(part)
    order = np.concatenate([first, np.setdiff1d(np.arange(len(chosen)), first)])
    served, reached, gains = np.zeros(len(problem.weight), dtype=np.int64), 0.0, []
    for site in order:
        served[part.cover[[site]].indices] += 1
        now = float(problem.people[served >= problem.need].sum())
        gains.append(now - reached)
        reached = now
    return chosen[order], np.array(gains, dtype=np.float64)


def _reaching(times: TravelTimes, facilities: IntArray, minutes: float) -> IntArray:
    """How many of these facilities reach each demand row."""
    number = np.zeros(len(times.demand), dtype=np.int64)
    for facility in facilities:
        pairs = slice(times.indptr[facility], times.indptr[facility + 1])
        number[times.demand_index[pairs][times.minutes[pairs] <= minutes]] += 1
    return number


def _worth(times: TravelTimes, rules: SiteRules) -> FloatArray:
    return times.weights if rules.weights is None else demand_values(times, rules.weights, "weights")


def _need(rules: SiteRules, centers: Existing) -> IntArray:
    """How many new sites have to reach each demand row."""
    backup = rules.backup
    checked_number("backup", backup, "a whole number of at least 1", least=1, whole=True)
    if backup == 1:
        return np.where(centers.covered, 0, 1).astype(np.int64)
    if centers.reached_by is None:
        msg = (
            f"backup={backup} asks how many centers reach each place, which a coverage or a mask does not tell. "
            "Pass the travel times to the centers as covered=."
        )
        raise InputError(msg)
    return (backup - centers.reached_by).astype(np.int64)


def _floors(
    times: TravelTimes, rules: SiteRules, need: IntArray, place: IntArray, names: tuple[str, ...]
) -> FloatArray:
    """People that new sites have to cover at least in each district."""
    weights, length = times.weights, len(names) + 1
    everyone = np.bincount(place + 1, weights=weights, minlength=length)[1:]
    by_centers = np.bincount(place + 1, weights=np.where(need <= 0, weights, 0.0), minlength=length)[1:]
    shares = np.array([rules.floors[name] for name in names], dtype=np.float64)
    return np.maximum(shares * everyone - by_centers, 0.0)


def _contradictions(posed: Posed) -> None:
    """Raise where floors cannot hold, whatever the count or budget."""
    problem = posed.problem
    if not (problem.floors > 0).any():
        return
    short = problem.missing(np.ones(len(problem.weight), dtype=np.bool_))[:-1]
    if short.any():
        place = int(np.flatnonzero(short)[0])
        name, share = posed.names[place], posed.rules.floors[posed.names[place]]
        people = posed.times.weights[districts_of(posed.times, posed.rules)[0] == place].sum()
        best = share - short[place] / people
        raise InfeasibleError(
            f"floors: {share:.1%} of district {name!r} cannot be covered; with every candidate open it is {best:.1%}."
        )
