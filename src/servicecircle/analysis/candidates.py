"""Candidate sites along the streets in and near the gaps."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS
from scipy.spatial import cKDTree

from servicecircle.errors import CRSError, checked_kind, checked_number
from servicecircle.inputs.columns import check_layer
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]

_NAME_M = 150.0
#: Cells in which places are asked together are at least so wide, metres.
_LEAST_CELL_M = 50.0
#: More than distances can be off by rounding, metres.
_ROUNDING_M = 1e-6


def candidate_sites(
    network: WalkNetwork, gaps: gpd.GeoDataFrame, *, spacing_m: float = 200.0, near_m: float = 300.0
) -> gpd.GeoDataFrame:
    """Place candidates on usable streets in and near the gaps, about one in each square of `spacing_m`.

    Parameters
    ----------
    network
        The streets.
    gaps
        Gap polygons in the CRS of the network.
    spacing_m
        Side of the squares, metres; the place on a street that is nearest to the middle of a square
        stands for it.
    near_m
        Streets within this of a gap count as near.

    Returns
    -------
    geopandas.GeoDataFrame
        Points, index ``id`` ("S1", ...), ``name`` (that of the street, or of the nearest named street
        within 150 m, else empty). Empty when there is no gap.

    Raises
    ------
    CRSError
        If gaps and streets are not in one CRS.
    InputError
        If a distance cannot be used.
    """
    checked_kind("network", network, WalkNetwork)
    check_layer("gaps", gaps)
    checked_number("spacing_m", spacing_m, "metres above 0", above=True)
    checked_number("near_m", near_m, "metres of at least 0")
    if gaps.crs is None or CRS(gaps.crs) != network.crs:
        raise CRSError("gaps are not in the CRS of the streets. Type gaps = gaps.to_crs(network.crs)")
    places, piece = network.index.samples()
    inside = _near(places, gaps.geometry.to_numpy(), near_m)
    chosen = inside[_one_in_each_square(places[inside], spacing_m)]
    return gpd.GeoDataFrame(
        {"name": _street_names(network, places, piece, chosen)},
        geometry=shapely.points(places[chosen]) if len(chosen) else [],
        crs=network.crs,
        index=pd.Index([f"S{number}" for number in range(1, len(chosen) + 1)], name="id", dtype=object),
    )


def _near(places: FloatArray, gaps: npt.NDArray[np.object_], near_m: float) -> npt.NDArray[np.int64]:
    """Rows of the places within `near_m` of a gap.

    The middle of a cell tells it of all places in the cell, but for those along the edge, which are asked one by one.
    """
    side = max(near_m / 2, _LEAST_CELL_M)
    cell = np.floor(places / side).astype(np.int64)
    of_place, cells = pd.factorize((cell[:, 0] << 32) + cell[:, 1])
    middle = np.empty((len(cells), 2))
    middle[of_place] = (cell + 0.5) * side
    reach = side * np.sqrt(0.5) + _ROUNDING_M
    away = np.full(len(cells), np.inf)
    (row, _), metres = shapely.STRtree(gaps).query_nearest(
        shapely.points(middle), max_distance=near_m + reach, return_distance=True, all_matches=False
    )
    away[row] = metres
    near = (away <= near_m - reach)[of_place]
    asked = np.flatnonzero((away <= near_m + reach)[of_place] & ~near)
    _, found = shapely.STRtree(shapely.points(places[asked])).query(gaps, "dwithin", near_m)
    near[asked[found]] = True
    return np.flatnonzero(near)


def _one_in_each_square(xy: npt.NDArray[np.float64], side: float) -> npt.NDArray[np.int64]:
    """Rows of the places nearest to the middle of each square, row by row of squares."""
    square = np.floor(xy / side)
    away = np.hypot(*(xy - (square + 0.5) * side).T)
    order = np.lexsort((xy[:, 1], xy[:, 0], away, square[:, 0], square[:, 1]))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (np.diff(square[order], axis=0) != 0).any(axis=1)
    return order[first]


def _street_names(
    network: WalkNetwork,
    places: npt.NDArray[np.float64],
    piece: npt.NDArray[np.int32],
    chosen: npt.NDArray[np.int64],
) -> list[str]:
    """Name of the street each chosen place lies on, or else of the nearest named street."""
    names = network.names[network.index.segment[piece]]
    named = np.flatnonzero(names != "")
    if not len(named):
        return [""] * len(chosen)
    own = names[chosen]
    away, nearest = cKDTree(places[named]).query(places[chosen])
    other = np.where(away <= _NAME_M, names[named][nearest], "")
    return [str(name) for name in np.where(own != "", own, other)]
