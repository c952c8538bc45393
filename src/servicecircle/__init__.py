"""Who can walk to a public service center in time, who cannot, and where the next ones should go."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from servicecircle.analysis.candidates import candidate_sites
    from servicecircle.analysis.coverage import Coverage, catchments, coverage
    from servicecircle.analysis.drawing.cells import DrawingCells, drawing_cells
    from servicecircle.analysis.gaps import gaps
    from servicecircle.analysis.isochrones import isochrones, service_area
    from servicecircle.analysis.offers import coverage_by_offer
    from servicecircle.analysis.siting.alternatives import Alternatives, alternatives, curve
    from servicecircle.analysis.siting.capacity import solve_cmclp, solve_cpmedian
    from servicecircle.analysis.siting.closing import closing
    from servicecircle.analysis.siting.lscp import solve_lscp
    from servicecircle.analysis.siting.mclp import solve_mclp
    from servicecircle.analysis.siting.pcenter import solve_pcenter
    from servicecircle.analysis.siting.plan import SitePlan
    from servicecircle.analysis.siting.pmedian import solve_pmedian
    from servicecircle.analysis.siting.rules import SiteRules
    from servicecircle.analysis.spacing import too_close
    from servicecircle.analysis.times import TravelTimes
    from servicecircle.analysis.travel import travel_times
    from servicecircle.analysis.what_if import WhatIf, what_if
    from servicecircle.errors import (
        CRSError,
        DataSourceError,
        InfeasibleError,
        InputError,
        OutputError,
        SchemaError,
        ServiceCircleError,
    )
    from servicecircle.inputs.barriers import read_barriers
    from servicecircle.inputs.demand import read_demand
    from servicecircle.inputs.districts import read_districts
    from servicecircle.inputs.elevation import Elevation, read_elevation
    from servicecircle.inputs.fetch import fetch_centers, fetch_districts, fetch_streets
    from servicecircle.inputs.issues import RowIssue
    from servicecircle.inputs.noding import node_streets
    from servicecircle.inputs.places import read_candidates, read_centers, read_entrances
    from servicecircle.inputs.streets import read_streets
    from servicecircle.inputs.water import read_water
    from servicecircle.network.additions import join_streets
    from servicecircle.network.barriers import shut_streets
    from servicecircle.network.profile import WalkProfile
    from servicecircle.network.walk import WalkNetwork
    from servicecircle.outputs.map.background import MapBackground
    from servicecircle.outputs.map.base_map import BaseMap
    from servicecircle.outputs.map.coverage_map import MapNotes, coverage_map
    from servicecircle.outputs.result import StudyResult
    from servicecircle.sample import sample_folder
    from servicecircle.study.run import Study

__version__ = "0.1.0"

__all__ = [
    "Alternatives",
    "BaseMap",
    "CRSError",
    "Coverage",
    "DataSourceError",
    "DrawingCells",
    "Elevation",
    "InfeasibleError",
    "InputError",
    "MapBackground",
    "MapNotes",
    "OutputError",
    "RowIssue",
    "SchemaError",
    "ServiceCircleError",
    "SitePlan",
    "SiteRules",
    "Study",
    "StudyResult",
    "TravelTimes",
    "WalkNetwork",
    "WalkProfile",
    "WhatIf",
    "__version__",
    "alternatives",
    "candidate_sites",
    "catchments",
    "closing",
    "coverage",
    "coverage_by_offer",
    "coverage_map",
    "curve",
    "drawing_cells",
    "fetch_centers",
    "fetch_districts",
    "fetch_streets",
    "gaps",
    "isochrones",
    "join_streets",
    "node_streets",
    "read_barriers",
    "read_candidates",
    "read_centers",
    "read_demand",
    "read_districts",
    "read_elevation",
    "read_entrances",
    "read_streets",
    "read_water",
    "sample_folder",
    "service_area",
    "shut_streets",
    "solve_cmclp",
    "solve_cpmedian",
    "solve_lscp",
    "solve_mclp",
    "solve_pcenter",
    "solve_pmedian",
    "too_close",
    "travel_times",
    "what_if",
]

# Where each public name lives. Names load on first use, so that `import servicecircle` stays quick.
_HOMES = {
    "analysis.siting.alternatives": ("Alternatives", "alternatives", "curve"),
    "analysis.candidates": ("candidate_sites",),
    "analysis.siting.capacity": ("solve_cmclp", "solve_cpmedian"),
    "analysis.drawing.cells": ("DrawingCells", "drawing_cells"),
    "analysis.siting.closing": ("closing",),
    "analysis.coverage": ("Coverage", "catchments", "coverage"),
    "analysis.gaps": ("gaps",),
    "analysis.isochrones": ("isochrones", "service_area"),
    "analysis.siting.lscp": ("solve_lscp",),
    "analysis.siting.mclp": ("solve_mclp",),
    "analysis.siting.pcenter": ("solve_pcenter",),
    "analysis.offers": ("coverage_by_offer",),
    "analysis.siting.plan": ("SitePlan",),
    "analysis.siting.pmedian": ("solve_pmedian",),
    "analysis.siting.rules": ("SiteRules",),
    "analysis.spacing": ("too_close",),
    "analysis.times": ("TravelTimes",),
    "analysis.travel": ("travel_times",),
    "analysis.what_if": ("WhatIf", "what_if"),
    "errors": tuple(name for name in __all__ if name.endswith("Error")),
    "inputs.barriers": ("read_barriers",),
    "inputs.demand": ("read_demand",),
    "inputs.districts": ("read_districts",),
    "inputs.elevation": ("Elevation", "read_elevation"),
    "inputs.fetch": ("fetch_centers", "fetch_districts", "fetch_streets"),
    "inputs.issues": ("RowIssue",),
    "inputs.noding": ("node_streets",),
    "inputs.places": ("read_candidates", "read_centers", "read_entrances"),
    "inputs.streets": ("read_streets",),
    "inputs.water": ("read_water",),
    "network.additions": ("join_streets",),
    "network.barriers": ("shut_streets",),
    "network.profile": ("WalkProfile",),
    "network.walk": ("WalkNetwork",),
    "outputs.map.background": ("MapBackground",),
    "outputs.map.base_map": ("BaseMap",),
    "outputs.map.coverage_map": ("MapNotes", "coverage_map"),
    "outputs.result": ("StudyResult",),
    "sample": ("sample_folder",),
    "study.run": ("Study",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'servicecircle' has no attribute {name!r}")
    value = getattr(import_module(f"servicecircle.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
