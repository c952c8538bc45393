"""Geodesic lengths: metres on the ground, whatever the projection."""

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod, Transformer

FloatArray = npt.NDArray[np.float64]


def geodesic_lengths(lines: npt.NDArray[np.object_], crs: CRS) -> FloatArray:
    """Length of each LineString on the ellipsoid of its CRS, metres, shape (lines,)."""
    geodetic = crs.geodetic_crs
    geod = (geodetic.get_geod() if geodetic is not None else None) or Geod(ellps="WGS84")
    xy, row = shapely.get_coordinates(lines, return_index=True)
    lon, lat = xy[:, 0], xy[:, 1]
    if geodetic is not None and crs != geodetic:
        lon, lat = Transformer.from_crs(crs, geodetic, always_xy=True).transform(lon, lat)
    _, _, step = geod.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    inside = row[1:] == row[:-1]
    return np.bincount(row[1:][inside], weights=np.asarray(step)[inside], minlength=len(lines))
