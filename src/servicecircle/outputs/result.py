"""`StudyResult`: the one object that every output of a study is made from."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import pandas as pd

from servicecircle.analysis.coverage import Coverage
from servicecircle.analysis.siting.plan import SitePlan
from servicecircle.analysis.what_if import WhatIf
from servicecircle.inputs.issues import RowIssue
from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.map.base_map import BaseMap

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file that was read: what it held, its name, the day it was last changed (UTC), its size and its fingerprint."""

    layer: str
    file: str
    changed: dt.date
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetRules:
    """What was changed of the streets: how many barriers shut some and new streets were added, and their metres.

    `no_crossings` says that the profile waits at crossings but the streets hold none, so that nobody waits.
    """

    barriers: int = 0
    shut_m: float = 0.0
    added: int = 0
    added_m: float = 0.0
    no_crossings: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyResult:
    """Everything a study found.

    Attributes
    ----------
    name
        Title of the study.
    language
        ``zh`` or ``en``: the language of report, map and workbook.
    minutes
        Walking times drawn and tabulated, ascending; the last is the limit.
    network
        The walking network the walks were measured on.
    coverage
        Coverage at the limit; holds the centers and the demand.
    isochrones, service_area
        Polygons with ``minutes`` (isochrones also ``center``).
    gaps
        Ranked gap polygons, index ``id``.
    districts
        District polygons with ``name``, or None.
    candidates
        Candidate points the plan chose from, or None when no sites were asked for.
    plan
        The proposed sites, or None.
    fewest
        Where a share of all people was to be reached: that share, and the plan that proves how few
        sites (or how little money) it takes.
    ruled
        Whether more than a number of sites limited the plan: a budget, or rules.
    issues
        What was repaired, doubted or left out of the inputs.
    sources
        Attribution lines for the data, such as "© OpenStreetMap contributors (ODbL)".
    max_snap_m, min_component_m
        Longest way to the nearest street, and least street of a usable component, metres.
    estimated
        How the demand was estimated, as (total people, number of buildings), or None when it was
        counted.
    offers
        People who can walk to each tier, kind and function of centers, as `coverage_by_offer` counts them, or None.
    inputs
        The files that were read.
    alternatives
        For each proposed site, index ``id``, the best other candidate in its place (``replacement``, its id) and the
        people lost by that (``loss``), or None.
    rules
        What was changed of the streets.
    what_if
        The walks behind the switches of the map, or None.
    water
        Polygons of water behind the map, or None where nothing is known of it.
    date, review_number, base_map
        What the map says of the age of the data and of its official review (审图号), and the tiles behind it; empty
        or None for nothing.
    """

    name: str
    language: Language
    minutes: tuple[float, ...]
    network: WalkNetwork
    coverage: Coverage
    isochrones: gpd.GeoDataFrame
    service_area: gpd.GeoDataFrame
    gaps: gpd.GeoDataFrame
    districts: gpd.GeoDataFrame | None
    candidates: gpd.GeoDataFrame | None
    plan: SitePlan | None
    issues: tuple[RowIssue, ...]
    sources: tuple[str, ...]
    max_snap_m: float
    min_component_m: float
    estimated: tuple[float, int] | None
    offers: pd.DataFrame | None = None
    inputs: tuple[InputFile, ...] = ()
    alternatives: pd.DataFrame | None = None
    rules: StreetRules = StreetRules()
    what_if: WhatIf | None = None
    date: str = ""
    review_number: str = ""
    base_map: BaseMap | None = None
    water: gpd.GeoDataFrame | None = None
    fewest: tuple[float, SitePlan] | None = None
    ruled: bool = False

    @property
    def limit(self) -> float:
        """The limit in minutes."""
        return self.minutes[-1]

    @property
    def speed_kmh(self) -> float:
        """Walking speed in force."""
        return self.network.speed_kmh

    @property
    def limit_m(self) -> float:
        """Metres walked on level ground in the limit."""
        return self.limit * self.speed_kmh * 1000.0 / 60.0
