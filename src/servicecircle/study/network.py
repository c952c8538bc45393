"""The walking network of a study: its streets, with all that shuts, opens, lifts and slows them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely

from servicecircle.errors import InputError
from servicecircle.inputs.barriers import read_barriers
from servicecircle.inputs.columns import named_column
from servicecircle.inputs.crossings import KINDS
from servicecircle.inputs.elevation import Elevation, read_elevation
from servicecircle.inputs.issues import RowIssue, issue, phrase
from servicecircle.inputs.streets import read_streets
from servicecircle.network.additions import join_streets
from servicecircle.network.barriers import shut_streets
from servicecircle.network.profile import WalkProfile
from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.result import StreetRules
from servicecircle.study.file import StudyFile, Z

#: What `read_streets` doubts of a street file, and what is normal for one of new streets: they are joined later.
_NORMAL = frozenset({"no_highway_column", "maybe_not_noded"})

Step = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyNetwork:
    """The network, what was changed of the streets, and what was said of the files they came from."""

    network: WalkNetwork
    rules: StreetRules
    issues: tuple[RowIssue, ...]


def study_network(file: StudyFile, folder: Path, step: Step) -> StudyNetwork:
    """Read the streets of a study and build its network.

    Barriers shut streets first, then new streets are added, so that a gate opens a wall.

    Parameters
    ----------
    file
        What the study file says.
    folder
        Where its paths begin.
    step
        Called with the name of each step, to time it.

    Raises
    ------
    ServiceCircleError
        If an input cannot be used.
    """
    said, walk, issues = file.inputs.streets, file.walk, list[RowIssue]()
    with step("read streets"):
        streets = read_streets(folder / said.file, noding=said.noding, keep_z=walk.slope == Z, issues=issues)
        _check_tags(streets, file, said.file)
        streets, rules = _edited(streets, file, folder, issues)
        if rules.no_crossings:
            issues.append(issue(Path(said.file).name, 0, ", ".join(KINDS), "", "no_crossings", "doubted"))
    with step("network"):
        elevation = None if walk.slope is None else _elevation(streets, walk.slope, folder, issues)
        network = WalkNetwork.from_streets(
            streets, profile=walk.walker, elevation=elevation, min_component_m=walk.min_component_m
        )
    return StudyNetwork(network=network, rules=rules, issues=tuple(issues))


def _edited(
    streets: gpd.GeoDataFrame, file: StudyFile, folder: Path, issues: list[RowIssue]
) -> tuple[gpd.GeoDataFrame, StreetRules]:
    barriers, added = file.inputs.barriers, file.inputs.added_streets
    shut = joined = 0
    if barriers is not None:
        path = folder / barriers.file
        layer = read_barriers(path, datum=barriers.datum, crs=streets.crs, issues=issues)
        before = len(issues)
        streets = shut_streets(streets, layer, name=path.name, issues=issues)
        shut = len(layer) - (len(issues) - before)
    if added is not None:
        path, found = folder / added, list[RowIssue]()
        layer = read_streets(path, crs=streets.crs, issues=found)
        issues += [said for said in found if said.problem not in _NORMAL]
        streets = join_streets(streets, layer, name=path.name, issues=issues)
        joined = len(layer)
    length = streets["length_m"].to_numpy(dtype=np.float64)
    is_new = streets.index.str.startswith("added-") if added is not None else np.zeros(len(streets), dtype=np.bool_)
    is_shut = (
        streets["shut"].to_numpy(dtype=np.bool_) if barriers is not None else np.zeros(len(streets), dtype=np.bool_)
    )
    rules = StreetRules(
        barriers=shut,
        shut_m=float(length[is_shut].sum()),
        added=joined,
        added_m=float(length[np.asarray(is_new)].sum()),
        no_crossings=_without_crossings(streets, file.walk.walker),
    )
    return streets, rules


def _without_crossings(streets: gpd.GeoDataFrame, walker: WalkProfile) -> bool:
    """Say whether the profile waits at crossings of which the streets hold none."""
    waits = dict(zip(KINDS, (walker.crossing_s, walker.signal_s), strict=True))
    counted = [kind for kind in KINDS if waits[kind] and kind in streets]
    return any(waits.values()) and not any((streets[kind] > 0).any() for kind in counted)


def _check_tags(streets: gpd.GeoDataFrame, file: StudyFile, name: str) -> None:
    """Refuse closed tags that no street can bear."""
    walk = file.walk
    if "closed" in walk.model_fields_set:
        for tag in walk.closed:
            named_column(streets, tag, Path(name).name)


def _elevation(streets: gpd.GeoDataFrame, slope: str, folder: Path, issues: list[RowIssue]) -> Elevation | Literal["z"]:
    """Return where heights come from; doubt the segments whose ends have none."""
    if slope == Z:
        return "z"
    elevation = read_elevation(folder / slope, area=streets, issues=issues)
    shapes = streets.geometry.to_numpy()
    ends = [elevation.at(shapely.get_coordinates(shapely.get_point(shapes, at)), streets.crs) for at in (0, -1)]
    unknown = int(np.isnan(ends).any(axis=0).sum())
    if unknown == len(streets):
        raise InputError(f"{elevation.name} holds no height where the streets are. Check both CRS and places.")
    if unknown:
        value = phrase("{0} of {1} segments", unknown, len(streets))
        issues.append(issue(elevation.name, 0, "band 1", (value,), "no_height", "doubted"))
    return elevation
