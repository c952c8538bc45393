"""Isochrones and service areas: coverage, drawn.

A place within `reach_m` of a street lies inside the polygon exactly when its own walk, snapped like a
demand point, is within the limit.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise
from types import NoneType

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from servicecircle.analysis.drawing.cells import DrawingCells
from servicecircle.analysis.drawing.groups import draw
from servicecircle.analysis.drawing.targets import search_targets
from servicecircle.analysis.entrances import entrance_points
from servicecircle.errors import InfeasibleError, InputError, checked_kind, checked_number
from servicecircle.inputs.columns import check_layer
from servicecircle.network.snapping import Snapped
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]


def isochrones(
    network: WalkNetwork,
    centers: gpd.GeoDataFrame,
    *,
    minutes: float | Iterable[float] = (5, 10, 15),
    reach_m: float = 100.0,
    max_snap_m: float = 200.0,
    cells: DrawingCells | None = None,
    on_progress: Progress | None = None,
) -> gpd.GeoDataFrame:
    """Draw the area within given walks of each center.

    Parameters
    ----------
    network
        The streets.
    centers
        Points in the CRS of the network, unique index. Where the column ``entrances`` holds points, the walk ends at
        the best of them.
    minutes
        Walking times, any order.
    reach_m
        Drawn distance from a street, metres; at most `max_snap_m`.
    max_snap_m
        Centers farther than this from every usable segment have an empty isochrone.
    cells
        `drawing_cells` of the network for this reach, which save the time of making them again.
    on_progress
        Called with (centers done, all centers).

    Returns
    -------
    geopandas.GeoDataFrame
        Index ``id``; one row for each center and walking time, in the order of the centers, times ascending:
        ``center`` (its id), ``minutes``, Polygon or MultiPolygon. A smaller one is nested in a larger.

    Raises
    ------
    CRSError, SchemaError, InputError
        If a layer or an option does not keep its contract.
    InfeasibleError
        If no center is near a usable street.
    """
    checked_kind("network", network, WalkNetwork)
    check_layer("centers", centers)
    limits = _limits(minutes, reach_m, max_snap_m)
    checked_kind("cells", cells, DrawingCells, NoneType)
    if cells is not None:
        cells.check(network, reach_m)
    entrances, owner = entrance_points(centers, "centers")
    places = _snapped(network, entrances, max_snap_m)
    shapes = np.full((len(centers), len(limits)), shapely.Polygon(), dtype=object)
    done = 0
    for targets, outlines in draw(network, search_targets(network, places, owner, limits[-1]), limits, reach_m, cells):
        shapes[targets.rows] = outlines
        done += len(targets.rows)
        if on_progress is not None:
            on_progress(done, len(centers))
    return gpd.GeoDataFrame(
        {
            "center": np.repeat(centers.index.to_numpy(dtype=object), len(limits)),
            "minutes": np.tile(limits, len(centers)),
        },
        geometry=shapes.ravel(),
        index=pd.Index([f"{key}-{limit:g}" for key in centers.index for limit in limits], name="id", dtype=object),
        crs=network.crs,
    )


def service_area(
    network: WalkNetwork,
    centers: gpd.GeoDataFrame,
    *,
    minutes: float | Iterable[float] = (5, 10, 15),
    reach_m: float = 100.0,
    max_snap_m: float = 200.0,
) -> gpd.GeoDataFrame:
    """Draw the area within given walks of ANY center.

    Parameters
    ----------
    network, centers, minutes, reach_m, max_snap_m
        As for `isochrones`.

    Returns
    -------
    geopandas.GeoDataFrame
        One row for each walking time, ascending: ``minutes``, Polygon or MultiPolygon.

    Raises
    ------
    CRSError, SchemaError, InputError, InfeasibleError
        As `isochrones`.
    """
    rings = isochrones(network, centers, minutes=minutes, reach_m=reach_m, max_snap_m=max_snap_m)
    return merge_isochrones(rings)


def merge_isochrones(rings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join the isochrones of all centers to the service area, one row for each walking time, ascending."""
    limits = np.unique(rings["minutes"].to_numpy(dtype=np.float64))
    shapes = [shapely.union_all(rings.geometry[rings["minutes"] == limit].to_numpy()) for limit in limits]
    # The union of nothing is an empty collection, which is no area in any file format.
    shapes = [shapely.Polygon() if shape.is_empty else shape for shape in shapes]
    ids = pd.Index([f"{limit:g}" for limit in limits], name="id", dtype=object)
    return gpd.GeoDataFrame({"minutes": limits}, geometry=shapes, index=ids, crs=rings.crs)


def _limits(minutes: float | Iterable[float], reach_m: float, max_snap_m: float) -> tuple[float, ...]:
    limits = walking_times(minutes)
    checked_number("max_snap_m", max_snap_m, "metres of at least 0")
    checked_number(
        "reach_m", reach_m, f"metres above 0 and at most max_snap_m={max_snap_m:g}", above=True, most=max_snap_m
    )
    return limits


def walking_times(minutes: float | Iterable[float]) -> tuple[float, ...]:
    """Return one or more walking times, ascending, each once.

    Raises
    ------
    InputError
        If there is none, one is not a number above 0, or two would have one name.
    """
    wanted = "one or more numbers above 0"
    # A text would be taken letter by letter: "15" for 1 and 5 minutes.
    several = list(minutes) if isinstance(minutes, Iterable) and not isinstance(minutes, str | bytes) else [minutes]
    limits = sorted({checked_number("minutes", value, wanted, above=True) for value in several})
    if not limits:
        raise InputError(f"minutes: found {minutes!r}, expected {wanted}.")
    for shorter, longer in pairwise(limits):
        # The id of an isochrone holds its minutes as they are written.
        if f"{shorter:g}" == f"{longer:g}":
            raise InputError(f"minutes: found {shorter!r} and {longer!r}, expected times that are told apart.")
    return tuple(limits)


def _snapped(network: WalkNetwork, centers: gpd.GeoSeries, max_snap_m: float) -> Snapped:
    places = network.snap(centers, "centers", max_snap_m=max_snap_m)
    if not (places.segment >= 0).any():
        msg = f"none of the {len(places)} centers is within {max_snap_m:g} m of a usable street: nothing to draw."
        raise InfeasibleError(msg)
    return places
