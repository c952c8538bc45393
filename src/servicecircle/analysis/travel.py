"""Travel times between demand and facilities over the walking network."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.analysis.attached import AttachedDemand
from servicecircle.analysis.entrances import best_pairs, entrance_points
from servicecircle.analysis.nearest import nearest_targets, prefer_pairs
from servicecircle.analysis.pairs import all_pairs
from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InfeasibleError, InputError, SchemaError, checked_kind, checked_number
from servicecircle.inputs.columns import check_layer, check_unique_ids
from servicecircle.network.walk import WalkNetwork

IntArray = npt.NDArray[np.int64]

Progress = Callable[[int, int], None]


def travel_times(
    network: WalkNetwork,
    demand: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    max_minutes: float = 30.0,
    max_snap_m: float = 200.0,
    on_progress: Progress | None = None,
) -> TravelTimes:
    """Walk from every demand point to every facility within `max_minutes`.

    A walk is the off-street way to the nearest place on the nearest usable segment, the quickest way
    along the streets, and the off-street way to the facility. Two places on one segment are also
    joined straight along it. Off-street metres are walked at the network's speed.

    Parameters
    ----------
    network
        The streets.
    demand
        Points with ``weight`` (people, at least 0), unique index, in the CRS of the network.
    facilities
        Centers or candidates: points, unique index, in the CRS of the network. Where the column ``entrances`` holds
        points (see `read_entrances`), the walk ends at the best of them.
    max_minutes
        Longest walk to keep.
    max_snap_m
        Points farther than this from every usable segment are off the network.
    on_progress
        Called with (facilities done, all facilities).

    Returns
    -------
    TravelTimes
        Every walk of at most `max_minutes`, and the walk to the nearest facility however long it is.

    Raises
    ------
    CRSError, SchemaError, InputError
        If a layer does not keep its contract.
    InfeasibleError
        If no facility is within `max_snap_m` of a usable segment.
    """
    checked_kind("network", network, WalkNetwork)
    check_layer("demand", demand)
    check_layer("facilities", facilities)
    checked_number("max_minutes", max_minutes, "a number above 0", above=True)
    checked_number("max_snap_m", max_snap_m, "metres of at least 0")
    check_demand(demand)
    origin = network.snap(demand, "demand", max_snap_m=max_snap_m)
    entrances, owner = entrance_points(facilities, "facilities")
    target = network.snap(entrances, "facilities", max_snap_m=max_snap_m)
    if len(target) and not (target.segment >= 0).any():
        msg = (
            f"none of the {len(facilities)} facilities is within {max_snap_m:g} m of a usable street. "
            "Check that streets and facilities are of one city and of one datum, or raise max_snap_m."
        )
        raise InfeasibleError(msg)
    local = AttachedDemand(network, origin)
    pairs = best_pairs(owner, len(facilities), *all_pairs(local, target, max_minutes, on_progress))
    rank = _rank(facilities)
    nearest, entrance = nearest_targets(local, target, rank[owner])
    facility = np.append(owner, -1)[entrance].astype(np.int32)  # -1, for none, stays -1
    nearest, facility = prefer_pairs((nearest, facility), pairs, rank)
    indptr, index, minutes = pairs
    return TravelTimes(
        demand=demand,
        facilities=facilities,
        max_minutes=float(max_minutes),
        speed_kmh=network.speed_kmh,
        indptr=indptr,
        demand_index=index,
        minutes=minutes,
        nearest_minutes=nearest,
        nearest_facility=facility,
        off_network=origin.segment < 0,
    )


def check_demand(demand: gpd.GeoDataFrame) -> None:
    """Raise `SchemaError` or `InputError` unless there is a ``weight`` of at least 0 for every unique id."""
    check_unique_ids(demand, "demand")
    if "weight" not in demand:
        raise SchemaError(f"demand: found the columns {list(demand.columns)}, expected one called 'weight' (people).")
    weight = pd.to_numeric(demand["weight"], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if not pd.api.types.is_numeric_dtype(demand["weight"]):
        # Texts of numbers would be joined, not added.
        weight = np.where([isinstance(cell, str | bytes) for cell in demand["weight"]], np.nan, weight)
    wrong = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
    if len(wrong):
        row, found = demand.index[wrong[0]], demand["weight"].iloc[wrong[0]]
        raise InputError(f"demand, id {row!r}: found weight {found!r}, expected a number of at least 0.")


def _rank(facilities: gpd.GeoDataFrame) -> IntArray:
    """Order of the ids: of equally near facilities the first id counts, whatever the row order."""
    order = np.argsort(facilities.index.to_numpy().astype(str), kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank
