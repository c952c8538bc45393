"""Entrances: the places at which a walk to a facility may end."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from servicecircle.errors import CRSError, SchemaError
from servicecircle.inputs.columns import check_unique_ids

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def entrance_points(facilities: gpd.GeoDataFrame, name: str) -> tuple[gpd.GeoSeries, IntArray]:
    """Return the points at which a walk may end, and the row of the facility each belongs to.

    A facility with a MultiPoint in the column ``entrances`` is entered there and nowhere else, every other at its
    own point.

    Raises
    ------
    SchemaError
        If the column holds anything else, or an id stands twice.
    CRSError
        If the entrances are not in the CRS of the facilities.
    """
    check_unique_ids(facilities, name)
    own = facilities.geometry
    if "entrances" not in facilities or not facilities["entrances"].notna().any():
        return own, np.arange(len(facilities))
    column = facilities["entrances"]
    if not isinstance(column, gpd.GeoSeries):
        raise SchemaError(f"{name}, column entrances: found {column.dtype}, expected points. Use read_entrances.")
    if column.crs != own.crs:
        move = f'{name}["entrances"] = {name}["entrances"].to_crs({name}.crs)'
        raise CRSError(f"{name}, column entrances: found {column.crs}, expected {own.crs} like the points. Type {move}")
    doors = column.to_numpy()
    wrong = np.flatnonzero(~np.isin(shapely.get_type_id(doors), [-1, 0, 4]))
    if len(wrong):
        found = column.geom_type.iloc[wrong[0]]
        row = facilities.index[wrong[0]]
        raise SchemaError(f"{name}, id {row!r}, column entrances: found a {found}, expected points.")
    known = ~(shapely.is_missing(doors) | shapely.is_empty(doors))
    places = np.where(known, doors, own.to_numpy())
    nowhere = np.flatnonzero(shapely.is_missing(places) | shapely.is_empty(places))
    if len(nowhere):
        raise SchemaError(f"{name}, id {facilities.index[nowhere[0]]!r}: found no point. Leave it out or give it one.")
    points, owner = shapely.get_parts(places, return_index=True)
    return gpd.GeoSeries(points, index=facilities.index[owner], crs=own.crs), owner.astype(np.int64)


def best_pairs(
    owner: IntArray, facilities: int, indptr: IntArray, index: npt.NDArray[np.int32], minutes: FloatArray
) -> tuple[IntArray, npt.NDArray[np.int32], FloatArray]:
    """Turn pairs of entrances and demand into pairs of facilities and demand, each by the best entrance."""
    if len(owner) == facilities:
        return indptr, index, minutes
    row = np.repeat(owner, np.diff(indptr))
    order = np.lexsort((minutes, index, row))
    row, index, minutes = row[order], index[order], minutes[order]
    first = np.ones(len(row), dtype=np.bool_)
    first[1:] = (np.diff(row) != 0) | (np.diff(index) != 0)
    begins = np.searchsorted(row[first], np.arange(facilities + 1)).astype(np.int64)
    return begins, index[first], minutes[first]
