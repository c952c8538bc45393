"""What a study proposes: so many sites, what a budget buys, or the fewest for a share of all people."""

from dataclasses import replace

import geopandas as gpd

from servicecircle.analysis.siting.existing import CoveredBy
from servicecircle.analysis.siting.lscp import solve_lscp
from servicecircle.analysis.siting.mclp import solve_mclp
from servicecircle.analysis.siting.plan import SitePlan
from servicecircle.analysis.siting.rules import SiteRules
from servicecircle.analysis.spacing import too_close
from servicecircle.analysis.times import TravelTimes


def propose(
    times: TravelTimes,
    *,
    count: int | None = None,
    budget: float | None = None,
    target_share: float | None = None,
    minutes: float = 15.0,
    covered: CoveredBy = None,
    rules: SiteRules | None = None,
) -> tuple[SitePlan, SitePlan | None]:
    """Return the plan to propose and, where a share was asked for, the plan that proves how little it takes.

    Parameters
    ----------
    times, count, budget, minutes, covered, rules
        As for `solve_mclp`.
    target_share
        Share of all people to be covered, in place of count and budget: of all plans with the fewest
        sites for it (or the least cost, where candidates have one) the one that covers most.

    Raises
    ------
    InputError, InfeasibleError
        As for `solve_mclp` and `solve_lscp`.
    """
    if target_share is None:
        return solve_mclp(times, count=count, budget=budget, minutes=minutes, covered=covered, rules=rules), None
    fewest = solve_lscp(times, share=target_share, minutes=minutes, covered=covered, rules=rules)
    if not len(fewest.sites):
        return fewest, fewest
    priced = "cost" in times.facilities.columns
    number, money = (None, fewest.objective) if priced else (len(fewest.sites), None)
    best = solve_mclp(times, count=number, budget=money, minutes=minutes, covered=covered, rules=rules)
    # Without proof the search for most may end below the share that was reached already.
    return (best if best.covered >= fewest.covered else fewest), fewest


def spaced(candidates: gpd.GeoDataFrame, rules: SiteRules, *, min_distance_m: float) -> SiteRules:
    """Return the same rules with the least distance between new sites, metres in a straight line."""
    return replace(rules, apart=[*rules.apart, *too_close(candidates, metres=min_distance_m)])
