"""`WhatIf`: every walk one needs to tell what happens when centers close and candidates open."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import NoneType

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from servicecircle.analysis.drawing.cells import DrawingCells
from servicecircle.analysis.entrances import entrance_points
from servicecircle.analysis.isochrones import isochrones, walking_times
from servicecircle.analysis.siting.plan import SitePlan
from servicecircle.analysis.times import TravelTimes
from servicecircle.analysis.travel import travel_times
from servicecircle.errors import InputError, checked_kind, checked_number
from servicecircle.network.walk import WalkNetwork

IntArray = npt.NDArray[np.int64]

#: The longest limit one can ask about, minutes.
LONGEST_MIN = 20.0
#: Island of a place that is attached to no street.
NOWHERE = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WhatIf:
    """Walks to the centers and to some candidates, as far as one may ask.

    Attributes
    ----------
    centers
        Travel times to all centers.
    candidates
        Travel times from the same demand to the candidates that can be opened, or None.
    isochrones
        Polygons with ``center`` (the id of a candidate) and ``minutes``, or None.
    demand_island
        Number of the connected part of the streets each demand row is attached to, -1 for none. A walk of
        any length exists only within one island.
    center_islands, candidate_islands
        The islands each of them can be entered from: several where its entrances lie on several.
    """

    centers: TravelTimes
    candidates: TravelTimes | None
    isochrones: gpd.GeoDataFrame | None
    demand_island: IntArray
    center_islands: tuple[tuple[int, ...], ...]
    candidate_islands: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        self.demand_island.flags.writeable = False

    def __repr__(self) -> str:
        candidates = 0 if self.candidates is None else len(self.candidates.facilities)
        return (
            f"WhatIf({len(self.centers.facilities):,} centers, {candidates:,} candidates, "
            f"{len(self.centers.demand):,} demand places, up to {self.centers.max_minutes:g} minutes)"
        )


def what_if(
    network: WalkNetwork,
    times: TravelTimes,
    *,
    candidates: TravelTimes | None = None,
    plan: SitePlan | None = None,
    minutes: Iterable[float] = (5, 10, 15),
    reach_m: float = 100.0,
    max_snap_m: float = 200.0,
    cells: DrawingCells | None = None,
    most_candidates: int = 60,
) -> WhatIf:
    """Gather the walks behind a map on which centers close, candidates open and the limit moves.

    Of many candidates the sites of the plan are kept and then, one after the other, the one that adds most
    people beyond the limit.

    Parameters
    ----------
    network
        The streets.
    times
        Travel times to the existing centers; the limit can be moved as far as they reach.
    candidates
        Travel times from the same demand to the candidates.
    plan
        Its sites are kept first; they must be among the candidates.
    minutes
        Walking times to draw around the candidates; the last is the limit.
    reach_m, max_snap_m, cells
        As for `isochrones` and `travel_times`.
    most_candidates
        How many candidates are kept.

    Returns
    -------
    WhatIf
        Walks to centers and candidates, and isochrones of the candidates, for `coverage_map`.

    Raises
    ------
    InputError
        If the demand has no places, or the candidates are of other demand.
    CRSError
        If demand or facilities are not in the CRS of the network.
    """
    checked_kind("network", network, WalkNetwork)
    checked_kind("times", times, TravelTimes)
    checked_kind("candidates", candidates, TravelTimes, NoneType)
    checked_kind("plan", plan, SitePlan, NoneType)
    demand, centers = _places(times.demand, "demand"), _places(times.facilities, "centers")
    limits = walking_times(minutes)
    checked_number("most_candidates", most_candidates, "a whole number of at least 1", least=1, whole=True)
    walks, rings, entered = None, None, tuple[tuple[int, ...], ...]()
    if candidates is not None and len(candidates.facilities):
        if not candidates.demand.index.equals(times.demand.index):
            raise InputError("candidates: their demand is not the demand of the centers. Compute both from one table.")
        chosen = _places(candidates.facilities, "candidates").iloc[
            _kept(times, candidates, plan, limits[-1], most_candidates)
        ]
        islands = _islands(network, chosen, "candidates", max_snap_m)
        if any(islands):
            entered = islands
            walks = travel_times(network, demand, chosen, max_minutes=times.max_minutes, max_snap_m=max_snap_m)
            rings = isochrones(network, chosen, minutes=limits, reach_m=reach_m, max_snap_m=max_snap_m, cells=cells)
    segment = network.snap(demand, "demand", max_snap_m=max_snap_m).segment
    return WhatIf(
        centers=times,
        candidates=walks,
        isochrones=rings,
        demand_island=np.where(segment >= 0, network.component[segment], NOWHERE).astype(np.int64),
        center_islands=_islands(network, centers, "centers", max_snap_m),
        candidate_islands=entered,
    )


def _places(table: object, name: str) -> gpd.GeoDataFrame:
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError(f"{name}: found a table without places. Compute the walks with travel_times.")
    return table


def _kept(times: TravelTimes, candidates: TravelTimes, plan: SitePlan | None, limit: float, most: int) -> IntArray:
    """Rows of the candidates to keep, in the order of the table."""
    if len(candidates.facilities) <= most:
        return np.arange(len(candidates.facilities))
    index = candidates.facilities.index
    planned = np.zeros(len(index), dtype=np.bool_) if plan is None else index.isin(plan.sites.index)
    cover = candidates.cover_matrix(min(limit, candidates.max_minutes))
    served = np.asarray(cover.T @ planned.astype(np.int64)) > 0
    left = np.where((times.nearest_minutes <= limit) | served, 0.0, times.weights)
    by_id = np.argsort(index.to_numpy().astype(str), kind="stable")  # equally good ones whatever the row order
    kept = planned[by_id]
    while kept.sum() < most:
        gain = np.where(kept, 0.0, (cover @ left)[by_id])
        best = int(gain.argmax())
        if gain[best] <= 0:
            break
        kept[best] = True
        left[cover[[by_id[best]]].indices] = 0.0
    return np.sort(by_id[kept])


def _islands(
    network: WalkNetwork, places: gpd.GeoDataFrame, name: str, max_snap_m: float
) -> tuple[tuple[int, ...], ...]:
    """Return the parts of the streets that the entrances of each place lie on."""
    entrances, owner = entrance_points(places, name)
    segment = network.snap(entrances, name, max_snap_m=max_snap_m).segment
    found: list[set[int]] = [set() for _ in range(len(places))]
    for row, at in zip(owner[segment >= 0], segment[segment >= 0], strict=True):
        found[row].add(int(network.component[at]))
    return tuple(tuple(sorted(islands)) for islands in found)
