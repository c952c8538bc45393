"""Tables that the network takes: streets and points, checked row by row."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from servicecircle.errors import CRSError, InputError, SchemaError, checked_kind
from servicecircle.inputs.lengths import geodesic_lengths
from servicecircle.network.lines import Lines

FloatArray = npt.NDArray[np.float64]


def line_vertices(streets: gpd.GeoDataFrame) -> Lines:
    """Return the vertices of all lines; refuse what is not a finite LineString, naming the first such row."""
    if not len(streets):
        raise InputError("streets: found no street segment, expected at least one LineString.")
    shapes = streets.geometry.to_numpy()
    wrong = np.flatnonzero((shapely.get_type_id(shapes) != 1) | shapely.is_empty(shapes))
    if not len(wrong):
        lines = Lines.of(shapes)
        if np.isfinite(lines.xy).all():
            return lines
        wrong = np.searchsorted(lines.offsets, np.flatnonzero(~np.isfinite(lines.xy).all(axis=1)), side="right") - 1
    at = wrong[0]
    found = "nothing" if shapes[at] is None else shapely.to_wkt(shapes[at])[:60]
    raise InputError(
        f"streets, id {streets.index[at]!r}: found {found}, expected a LineString with finite coordinates."
    )


def segment_lengths(streets: gpd.GeoDataFrame, crs: CRS) -> FloatArray:
    """Return metres of each segment, measured where the table does not say them; refuse what is no length."""
    if "length_m" not in streets:
        return geodesic_lengths(streets.geometry.to_numpy(), crs)
    length: FloatArray = pd.to_numeric(streets["length_m"], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    wrong = np.flatnonzero(~(np.isfinite(length) & (length >= 0)))
    if len(wrong):
        found = f"streets, id {streets.index[wrong[0]]!r}, column length_m: found {streets['length_m'].iloc[wrong[0]]}"
        raise InputError(f"{found}, expected metres of at least 0. Leave the column out to have it computed.")
    return length


def end_labels(streets: gpd.GeoDataFrame, order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64] | None:
    """Return the junction ids at both ends of each segment as numbers, shape (2, segments); None without any."""
    if "u" not in streets or "v" not in streets:
        return None
    if streets[["u", "v"]].isna().to_numpy().any():
        raise SchemaError("streets: the junction columns u and v have gaps. Fill them, or leave both columns out.")
    u, v = streets["u"], streets["v"]
    if u.dtype != v.dtype or u.dtype == object:
        u, v = u.astype("str"), v.astype("str")
    number: npt.NDArray[np.int64] = pd.factorize(pd.concat([u, v]))[0].reshape(2, -1)[:, order]
    return number


def segment_names(streets: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """Return the column ``name``: texts as they are, and empty ones for whatever else there is."""
    values = streets["name"].to_numpy() if "name" in streets else [None] * len(streets)
    return np.array([value if isinstance(value, str) else "" for value in values], dtype=object)


def point_places(points: gpd.GeoDataFrame | gpd.GeoSeries, name: str, crs: CRS) -> FloatArray:
    """Return the coordinates of points, shape (points, 2); refuse what is no finite point in the CRS of the network."""
    checked_kind(name, points, gpd.GeoDataFrame, gpd.GeoSeries)
    if points.crs is None:
        raise CRSError(f"{name} has no CRS. Declare the one its coordinates are in: {name} = {name}.set_crs(...)")
    if CRS(points.crs) != crs:
        found, wanted = CRS(points.crs).to_string(), crs.to_string()
        msg = f"{name}: found {found}, expected {wanted} like the streets. Type {name} = {name}.to_crs(network.crs)"
        raise CRSError(msg)
    geometry = points.geometry.to_numpy()
    wrong = np.flatnonzero((shapely.get_type_id(geometry) != 0) | shapely.is_empty(geometry))
    if len(wrong):
        row = points.index[wrong[0]]
        raise SchemaError(f"{name}, id {row!r}: expected a point. Leave it out or take its representative point.")
    xy: FloatArray = shapely.get_coordinates(geometry)
    finite = np.isfinite(xy)
    if not finite.all():
        wrong = np.flatnonzero(~finite.all(axis=1))
        found = f"{name}, id {points.index[wrong[0]]!r}: found {geometry[wrong[0]]}"
        raise SchemaError(f"{found}, expected finite coordinates. Leave it out or correct it.")
    return xy
