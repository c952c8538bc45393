"""Which new sites a study proposes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from servicecircle.analysis.candidates import candidate_sites
from servicecircle.analysis.coverage import Coverage
from servicecircle.analysis.districts import OUTSIDE, district_of
from servicecircle.analysis.proposal import propose, spaced
from servicecircle.analysis.siting.alternatives import alternatives
from servicecircle.analysis.siting.plan import SitePlan
from servicecircle.analysis.siting.rules import SiteRules
from servicecircle.analysis.times import TravelTimes
from servicecircle.analysis.travel import travel_times
from servicecircle.errors import InfeasibleError, InputError
from servicecircle.study.file import EVERY, Sites, StudyFile
from servicecircle.study.layers import Layers

_NO_SEARCH_S = 0.001


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proposal:
    """Candidates, the walks to them, the plan, the fewest sites and what could replace each; None where not asked."""

    candidates: gpd.GeoDataFrame | None = None
    walks: TravelTimes | None = None
    plan: SitePlan | None = None
    fewest: SitePlan | None = None
    others: pd.DataFrame | None = None


def propose_sites(file: StudyFile, layers: Layers, cover: Coverage, found: gpd.GeoDataFrame) -> Proposal:
    """Choose among the candidates of a study, or among places generated along streets in the gaps `found`.

    Raises
    ------
    InfeasibleError, InputError
        If no plan can meet what was asked.
    """
    said, walk, network = file.sites, file.walk, layers.network
    if said.most == 0:
        return Proposal()
    candidates = layers.candidates
    if candidates is None:
        candidates = candidate_sites(network, found, spacing_m=said.spacing_m)
    if not len(candidates) or not len(found):
        return Proposal(candidates=candidates)
    with _naming("candidates" if file.inputs.candidates is None else file.inputs.candidates.path):
        times = travel_times(network, layers.demand, candidates, max_minutes=walk.limit, max_snap_m=walk.max_snap_m)
        rules = _rules(said, layers, candidates)
        plan, fewest = propose(
            times,
            count=said.most,
            budget=said.budget,
            target_share=said.target_share,
            minutes=walk.limit,
            covered=cover,
            rules=rules,
        )
    others = _replacements(times, plan, cover, rules, said.budget)
    return Proposal(candidates=candidates, walks=times, plan=plan, fewest=fewest, others=others)


def _rules(said: Sites, layers: Layers, candidates: gpd.GeoDataFrame) -> SiteRules:
    """State the rules of a study; districts go by their name where it is the only one."""
    rules = SiteRules(required=said.required, forbidden=said.forbidden)
    if said.min_distance_m > 0:
        rules = spaced(candidates, rules, min_distance_m=said.min_distance_m)
    if not said.floors or layers.districts is None:
        return rules
    names = layers.districts["name"].astype(str)
    called = names.where(~names.duplicated(keep=False), layers.districts.index.astype(str))
    unknown = [key for key in said.floors if key not in {EVERY, *called, *layers.districts.index}]
    if unknown:
        known = ", ".join(map(repr, called[:3]))
        raise InputError(
            f"sites.floors: found {unknown[0]!r}, expected districts such as {known}, or {EVERY!r} for all."
        )
    lived_in = district_of(layers.demand, layers.districts, "demand")
    people = layers.demand["weight"].groupby(lived_in).sum()
    floors = {
        name: said.floors.get(name, said.floors.get(key, said.floors.get(EVERY, 0.0)))
        for key, name in called.items()
        if people.get(key, 0.0) > 0
    }
    return replace(rules, floors=floors, districts=lived_in.map(called.to_dict()).fillna(OUTSIDE))


def _replacements(
    times: TravelTimes, plan: SitePlan | None, cover: Coverage, rules: SiteRules, budget: float | None
) -> pd.DataFrame | None:
    """Return for each site the best other candidate in its place and the people lost by that."""
    if plan is None or plan.problem != "mclp":
        return None
    # Whole plans without a site would be searched for as long as the plan itself; one exchange is exact at once.
    told = alternatives(times, plan, covered=cover, rules=rules, budget=budget, time_limit_s=_NO_SEARCH_S)
    return told.sites[["replacement", "loss"]]


@contextmanager
def _naming(file: str) -> Iterator[None]:
    """Let an error that knows only of facilities name the file they came from."""
    try:
        yield
    except InfeasibleError as error:
        raise InfeasibleError(f"{Path(file).name}: {error}") from error
