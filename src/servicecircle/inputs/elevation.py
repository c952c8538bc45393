"""`read_elevation`: a terrain raster that says how high any place is."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

from servicecircle.errors import InputError
from servicecircle.inputs.issues import RowIssue, report
from servicecircle.inputs.memory import CELL_BYTES, check_need
from servicecircle.inputs.paths import checked_path
from servicecircle.inputs.raster import apply_affine, cells_around, geotiff

FloatArray = npt.NDArray[np.float64]

#: Cells read beyond the streets, so that the last place lies between cell centers too.
_RIM = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Elevation:
    """Heights above the sea (or any other level) on a grid.

    Attributes
    ----------
    name
        Name of the file.
    heights
        Metres at the center of each cell, NaN where unknown, shape (rows, columns).
    transform
        From (column, row) to coordinates: x = a column + b row + c, y = d column + e row + f, as (a, b, c, d, e, f).
    crs
        CRS of these coordinates.
    """

    name: str
    heights: npt.NDArray[np.float32]
    transform: tuple[float, float, float, float, float, float]
    crs: CRS

    def at(self, xy: FloatArray, crs: CRS) -> FloatArray:
        """Return the height of each place, metres, NaN where unknown, shape (places,).

        Between cell centers the four around count by their nearness; of those, the ones that are known.

        Parameters
        ----------
        xy
            Coordinates in `crs`, shape (places, 2).
        crs
            Their CRS.

        Returns
        -------
        numpy.ndarray
            Metres, shape (places,).
        """
        from rasterio import Affine

        x, y = Transformer.from_crs(crs, self.crs, always_xy=True).transform(xy[:, 0], xy[:, 1])
        column, row = apply_affine(~Affine(*self.transform), np.asarray(x), np.asarray(y))
        # Whole numbers are centers of cells here, not their corners.
        column, row = column - 0.5, row - 0.5
        left, low = np.floor(column), np.floor(row)
        total, weights = np.zeros(len(xy)), np.zeros(len(xy))
        for i, j in ((0, 0), (1, 0), (0, 1), (1, 1)):
            weight = np.abs(1 - i - (column - left)) * np.abs(1 - j - (row - low))
            height = self._cell(left + i, low + j)
            counts = np.isfinite(height) & (weight > 0)
            total[counts] += weight[counts] * height[counts]
            weights[counts] += weight[counts]
        out: FloatArray = np.divide(total, weights, out=np.full(len(xy), np.nan), where=weights > 0)
        return out

    def _cell(self, column: FloatArray, row: FloatArray) -> FloatArray:
        rows, columns = self.heights.shape
        inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        out = np.full(len(column), np.nan)
        out[inside] = self.heights[row[inside].astype(np.int64), column[inside].astype(np.int64)]
        return out


def read_elevation(file: str | Path, *, area: gpd.GeoDataFrame, issues: list[RowIssue] | None = None) -> Elevation:
    """Read a terrain raster (GeoTIFF, any CRS, heights in metres) where `area` is.

    Parameters
    ----------
    file
        The raster; its first band counts, its no-data value is unknown height.
    area
        The streets, or any layer, whose bounds are to be read.
    issues
        List that receives what was doubted; without one it is logged.

    Returns
    -------
    Elevation
        Heights in metres over the bounds of `area` and a little more.

    Raises
    ------
    DataSourceError
        If the file is missing, no GeoTIFF or damaged.
    CRSError
        If it has no CRS.
    InputError
        If it does not reach the area, holds no height there, or is too fine to be read.
    """
    from rasterio.windows import Window

    path = checked_path(file)
    found: list[RowIssue] = []
    with geotiff(path, found) as (source, crs):
        column, row, width, height = cells_around(source, crs, area, rim=_RIM)
        if not width or not height:
            raise InputError(f"{path.name} does not reach the streets. Check both CRS and places.")
        cells_named = f"{width * height} cells around the streets"
        check_need(path.name, cells_named, width * height * float(CELL_BYTES), "Resample it to 10 m")
        cells = source.read(1, window=Window(column, row, width, height), masked=True).astype(np.float32).filled(np.nan)
        heights = cells * np.float32(source.scales[0]) + np.float32(source.offsets[0])
        a, b, _, d, e, _ = source.transform[:6]
        c, f = apply_affine(source.transform, np.array([column]), np.array([row]))
    if not np.isfinite(heights).any():
        raise InputError(f"{path.name} holds no height around the streets, only no data. Check the file and its place.")
    report(issues, found)
    return Elevation(name=path.name, heights=heights, transform=(a, b, float(c[0]), d, e, float(f[0])), crs=crs)
