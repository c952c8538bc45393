"""Slope: how much longer than on level ground a segment takes, in each direction.

Tobler's hiking function makes the speed on the slope S (rise over run, negative downhill)
``6 exp(-3.5 |S + 0.05|)`` km/h, which is 5.04 km/h on level ground and greatest at 5 % downhill. Only its shape is
used: divided by its value on level ground, so that a level street has the speed of the profile.

References
----------
Tobler, W. (1993). Three presentations on geographical analysis and modeling. Technical Report 93-1, National Center
for Geographic Information and Analysis.
"""

from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from servicecircle.errors import InputError
from servicecircle.inputs.elevation import Elevation
from servicecircle.inputs.noding import passes_over

FloatArray = npt.NDArray[np.float64]

#: Longest piece of a segment that has one slope, metres.
PIECE_M = 20.0
#: Steeper than this is a wall or a slip in the heights, and counts as this: 45 degrees.
STEEPEST = 1.0


def slope_factors(
    streets: gpd.GeoDataFrame, length_m: FloatArray, elevation: "Elevation | Literal['z']"
) -> tuple[FloatArray, FloatArray]:
    """Return minutes along each line, and against it, for each minute on level ground.

    A segment is looked at in equal pieces of at most `PIECE_M`, so that a hill within it counts. Bridges and tunnels
    run straight from end to end, because a terrain raster knows the valley below and the hill above, not them. Where
    no height is known the street counts as level.

    Parameters
    ----------
    streets
        LineStrings in a metric CRS; ``bridge`` and ``tunnel`` as far as known.
    length_m
        Their lengths, shape (segments,).
    elevation
        The terrain, or ``"z"`` for the heights of the lines themselves.

    Raises
    ------
    InputError
        If the lines have no heights.
    """
    lines = streets.geometry.to_numpy()
    parts = np.maximum(np.ceil(shapely.length(lines) / PIECE_M), 1).astype(np.int64)
    if isinstance(elevation, Elevation):
        parts[passes_over(streets)] = 1
    segment = np.repeat(np.arange(len(lines)), parts + 1)
    number = np.arange(len(segment)) - np.repeat(np.cumsum(parts + 1) - parts - 1, parts + 1)
    places = shapely.line_interpolate_point(lines[segment], number / parts[segment], normalized=True)
    height = _heights(streets, places, elevation)
    rise = np.diff(height)
    same = np.diff(segment) == 0
    of_piece = segment[1:][same]
    run = (length_m / parts)[of_piece]
    slope = np.divide(rise[same], run, out=np.zeros(len(run)), where=run > 0)
    slope = np.clip(np.nan_to_num(slope, nan=0.0), -STEEPEST, STEEPEST)
    up, down = (np.bincount(of_piece, weights=level_minutes(way), minlength=len(lines)) for way in (slope, -slope))
    return up / parts, down / parts


def _heights(
    streets: gpd.GeoDataFrame, places: npt.NDArray[np.object_], elevation: "Elevation | Literal['z']"
) -> FloatArray:
    """Return the height of each place on the streets, NaN where unknown."""
    if isinstance(elevation, Elevation):
        return elevation.at(shapely.get_coordinates(places), CRS(streets.crs))
    flat = np.flatnonzero(~shapely.has_z(streets.geometry.to_numpy()))
    if len(flat):
        raise InputError(
            f"streets, id {streets.index[flat[0]]!r}: found a line without z coordinates, as {len(flat)} of "
            f"{len(streets)} are. Read them with keep_z=True from a file that has heights, or use a terrain raster."
        )
    heights: FloatArray = shapely.get_z(places)
    return heights


def level_minutes(slope: FloatArray) -> FloatArray:
    """Return Tobler's minutes on a slope for each minute on level ground."""
    return np.exp(3.5 * (np.abs(slope + 0.05) - 0.05))
