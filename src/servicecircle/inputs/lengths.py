"""Geodesic lengths: metres on the ground, whatever the projection."""

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod, Transformer


def geodesic_lengths(lines: npt.NDArray[np.object_], crs: CRS) -> npt.NDArray[np.float64]:
    """Length of each LineString on the WGS 84 ellipsoid, metres, shape (lines,)."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    lon, lat = xy[:, 0], xy[:, 1]
    if crs != CRS(4326):
        lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(lon, lat)
    step = np.asarray(Geod(ellps="WGS84").inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2])
    inside = line[1:] == line[:-1]
    return np.bincount(line[1:][inside], weights=step[inside], minlength=len(lines)).astype(np.float64)
