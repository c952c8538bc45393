"""All inputs of a study as checked layers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import geopandas as gpd
from pyproj import CRS

from servicecircle.analysis.entrances import entrance_points
from servicecircle.errors import InfeasibleError, InputError
from servicecircle.inputs.demand import read_demand
from servicecircle.inputs.districts import read_districts
from servicecircle.inputs.issues import RowIssue
from servicecircle.inputs.places import read_candidates, read_centers, read_entrances
from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.result import StreetRules
from servicecircle.study.clock import Clock
from servicecircle.study.file import Places, StudyFile
from servicecircle.study.network import StudyNetwork


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaceLayers:
    """All inputs of a study but the streets, read and checked, in the CRS of the streets.

    Attributes
    ----------
    estimated
        (total people, number of buildings) when residents were estimated from buildings, else None.
    issues
        What was repaired, doubted or left out of all inputs.
    """

    districts: gpd.GeoDataFrame | None
    centers: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    candidates: gpd.GeoDataFrame | None
    estimated: tuple[float, int] | None
    issues: tuple[RowIssue, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layers(PlaceLayers):
    """All inputs of a study: its places, the network of its streets, and what was changed of these."""

    network: WalkNetwork
    rules: StreetRules

    @classmethod
    def of(cls, streets: StudyNetwork, places: PlaceLayers) -> "Layers":
        """Return both together."""
        held = {field.name: getattr(places, field.name) for field in fields(places)}
        return cls(network=streets.network, rules=streets.rules, **held)


def read_layers(file: StudyFile, folder: Path, streets: StudyNetwork, clock: Clock) -> PlaceLayers:
    """Read all layers but the streets, in their CRS.

    Raises
    ------
    ServiceCircleError
        If an input cannot be used.
    """
    inputs = file.inputs
    network, crs, issues = streets.network, streets.network.crs, list(streets.issues)
    with clock.step("read layers"):
        districts = _districts(file, folder, crs, issues)
        centers = _centers(file, folder, crs, issues)
        candidates = inputs.candidates and _places(read_candidates, inputs.candidates, folder, crs, issues)
    with clock.step("read demand"):
        demand = _demand(file, folder, crs, districts, issues)
    if not len(centers):
        raise InfeasibleError(f"{inputs.centers.path}: holds no center. Add at least one and run again.")
    with clock.step("check centers"):
        issues += _centers_off_network(network, centers, file.walk.max_snap_m, inputs.centers.path)
    estimated = (float(demand["weight"].sum()), len(demand)) if inputs.demand.buildings else None
    return PlaceLayers(
        districts=districts,
        centers=centers,
        demand=demand,
        candidates=candidates,
        estimated=estimated,
        issues=tuple(issues),
    )


def _districts(file: StudyFile, folder: Path, crs: CRS, issues: list[RowIssue]) -> gpd.GeoDataFrame | None:
    said = file.inputs.districts
    if said is None:
        return None
    return read_districts(folder / said.file, name=said.name, datum=said.datum, crs=crs, issues=issues)


def _centers(file: StudyFile, folder: Path, crs: CRS, issues: list[RowIssue]) -> gpd.GeoDataFrame:
    centers, said = _places(read_centers, file.inputs.centers, folder, crs, issues), file.inputs.entrances
    if said is None or not len(centers):
        return centers
    return read_entrances(folder / said.file, centers, center=said.center, datum=said.datum, issues=issues)


def _places(
    read: Callable[..., gpd.GeoDataFrame], said: Places, folder: Path, crs: CRS, issues: list[RowIssue]
) -> gpd.GeoDataFrame:
    return read(folder / said.path, datum=said.datum, tags=said.tags, crs=crs, issues=issues)


def _demand(
    file: StudyFile, folder: Path, crs: CRS, districts: gpd.GeoDataFrame | None, issues: list[RowIssue]
) -> gpd.GeoDataFrame:
    said = file.inputs.demand
    return read_demand(
        folder / said.path,
        weight=said.weight,
        datum=said.datum,
        districts=districts,
        total=said.total,
        buildings=said.buildings,
        crs=crs,
        issues=issues,
    )


def refuse_rows(issues: Sequence[RowIssue], advice: str) -> None:
    """Raise `InputError` if any issue concerns a row; what concerns a file as a whole is let pass."""
    # A center without a street is told by its id.
    rows = [issue for issue in issues if issue.row or issue.problem == "center_off_network"]
    if rows:
        first = rows[0]
        where = f"{first.file}, row {first.row}" if first.row else first.file
        raise InputError(
            f'{where}: found "{first.value}" ({first.problem}), {first.action}; {len(rows)} row issue(s) in all, '
            f"and none is let pass. {advice}"
        )


def _centers_off_network(
    network: WalkNetwork, centers: gpd.GeoDataFrame, max_snap_m: float, file: str
) -> list[RowIssue]:
    """Doubt the centers that nobody can walk to, because no usable street is near; refuse when that is all of them."""
    points, owner = entrance_points(centers, "centers")
    attached = owner[network.snap(points, "centers", max_snap_m=max_snap_m).segment >= 0]
    off = centers.drop(index=centers.index[attached])
    if len(off) == len(centers):
        msg = (
            f"{Path(file).name}: none of the {len(centers)} centers is within {max_snap_m:g} m of a usable street. "
            "Check that streets and centers are of one city and of one datum, or raise max_snap_m."
        )
        raise InfeasibleError(msg)
    return [
        RowIssue(
            file=Path(file).name,
            row=0,
            column="id",
            value=" ".join(part for part in (str(key), str(name)) if part),
            problem="center_off_network",
            action="doubted",
        )
        for key, name in off["name"].items()
    ]
