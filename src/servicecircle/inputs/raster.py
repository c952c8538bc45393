"""Population grids: each cell of a GeoTIFF is people at its center."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from servicecircle.errors import CRSError, DataSourceError, InputError
from servicecircle.inputs.borders import inside
from servicecircle.inputs.crs import on_earth
from servicecircle.inputs.issues import RowIssue, issue, phrase
from servicecircle.inputs.memory import PEOPLE_CELL_BYTES, PEOPLED_BYTES, check_need

if TYPE_CHECKING:
    from affine import Affine
    from rasterio import DatasetReader
    from rasterio.windows import Window

RASTER_ENDINGS = (".tif", ".tiff")
_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
#: One negative value at or below this, the same everywhere, stands for "no data" that nobody declared ...
_LIKE_NODATA = -99.0
#: ... and so does the largest of all values if it is one of these, or the largest its kind of number can hold, and
#: no other comes near it.
_MARKS = frozenset({9999.0, 32767.0, 65535.0, 99999.0, 999999.0, 2147483647.0, 4294967295.0})
_NEAR = 0.1
#: A cell of less is none, whether in square degrees or square metres: a millimetre wide is far more.
_LEAST_CELL = 1e-20
#: More people than this cannot live in a cell.
_MOST_PEOPLE = 1e9

FloatArray = npt.NDArray[np.float64]


def is_raster(path: Path) -> bool:
    """Say whether the file name is one of a raster."""
    return path.suffix.lower() in RASTER_ENDINGS


@contextmanager
def geotiff(path: Path, found: list[RowIssue]) -> Iterator[tuple["DatasetReader", CRS]]:
    """Open a GeoTIFF of which the first band counts; yields it with its CRS.

    Raises
    ------
    DataSourceError
        If the file is no GeoTIFF or damaged.
    CRSError
        If it has no CRS that lies on earth, or does not say where its cells lie.
    InputError
        If its cells are not plain numbers.
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    with path.open("rb") as stream:
        if stream.read(4) not in _MAGIC:
            raise DataSourceError(f"{path.name} is not a GeoTIFF file, whatever its name says. Download it again.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # said below
            opened = rasterio.open(path.absolute(), driver="GTiff")
        with opened as source:
            if source.crs is None:
                raise CRSError(
                    f"{path.name} has no CRS. Give it one, for example: gdal_edit.py -a_srs EPSG:4326 {path.name}"
                )
            _check_cells(source, path.name)
            if source.count > 1:
                found.append(
                    issue(path.name, 0, "band 1", (phrase("{0} bands", source.count),), "several_bands", "doubted")
                )
            yield source, on_earth(CRS.from_wkt(source.crs.to_wkt()), path.name)
    except RasterioError as error:
        raise DataSourceError(f"{path.name} cannot be read as a GeoTIFF ({error}). Download it again.") from error


def _check_cells(source: "DatasetReader", file: str) -> None:
    """Refuse cells that lie nowhere, have no size, or hold no plain numbers."""
    a, b, _, d, e, _ = source.transform[:6]
    if source.transform.is_identity or not abs(a * e - b * d) > _LEAST_CELL:
        raise CRSError(f"{file} does not say where its cells lie, or how large they are. Export it with its place.")
    if source.dtypes[0].startswith("complex"):
        raise InputError(f"{file}, band 1: found complex numbers, expected one number a cell. Export its real part.")


def raster_cells(path: Path, districts: gpd.GeoDataFrame | None, found: list[RowIssue]) -> gpd.GeoDataFrame:
    """Read the cells with people as points at their centers, in the CRS of the raster.

    A scale and an offset that the raster declares are applied. Cells without data, with zero, and with their center
    outside `districts` are left out, the last ones counted in `found`. The id is ``row-column``, both from 0.

    Raises
    ------
    DataSourceError, CRSError
        As `geotiff`.
    InputError
        If it has negative numbers of people, too many cells, or no people.
    """
    with geotiff(path, found) as (source, crs):
        window = _window(source, crs, districts, path.name)
        cells = source.read(1, window=window, masked=True)
        transform, scale, offset = source.transform, source.scales[0], source.offsets[0]
    _check_scale(scale, offset, path.name, found)
    highest = np.iinfo(cells.dtype).max if cells.dtype.kind in "iu" else np.finfo(cells.dtype).max
    held = cells.astype(np.float64).filled(np.nan)
    first = int(window.row_off), int(window.col_off)
    people = held if (scale, offset) == (1, 0) else held * scale + offset
    values = _without_marks(held, people, float(highest), path.name, first, found)
    row, column, people = _peopled(held, values, path.name, first, found)
    check_need(path.name, f"{len(row)} cells with people", len(row) * float(PEOPLED_BYTES))
    row, column = row + first[0], column + first[1]
    x, y = apply_affine(transform, column + 0.5, row + 0.5)
    names = [f"{r}-{c}" for r, c in zip(row, column, strict=True)]
    cells = gpd.GeoDataFrame(
        {"weight": people}, geometry=shapely.points(x, y), index=pd.Index(names, name="id", dtype=str), crs=crs
    )
    cells = cells if districts is None else inside(cells, districts, path.name, found)
    if not len(cells):
        raise InputError(f"{path.name} holds no people{' in the districts' if districts is not None else ''}.")
    return cells


def _window(source: "DatasetReader", crs: CRS, districts: gpd.GeoDataFrame | None, file: str) -> "Window":
    """Return the part of the raster to read: where the districts are, else all of it."""
    from rasterio.windows import Window

    column, row, width, height = 0, 0, source.width, source.height
    if districts is not None:
        column, row, width, height = cells_around(source, crs, districts)
        if not width or not height:
            raise InputError(f"{file} does not reach the districts. Check both CRS and places.")
    advice = "Give districts=..., to read only those" if districts is None else "Cut it to the city"
    check_need(file, f"{width * height} cells", width * height * float(PEOPLE_CELL_BYTES), advice)
    return Window(column, row, width, height)


def cells_around(
    source: "DatasetReader", crs: CRS, area: gpd.GeoDataFrame, *, rim: int = 0
) -> tuple[int, int, int, int]:
    """Return first column, first row, width and height of the cells of a raster where `area` is, and `rim` around it.

    Width or height are 0 where the raster does not reach it.
    """
    left, bottom, right, top = area.to_crs(crs).total_bounds
    corners = apply_affine(
        ~source.transform, np.array([left, left, right, right]), np.array([bottom, top, bottom, top])
    )
    low = np.maximum(np.floor(np.min(corners, axis=1)).astype(int) - rim, 0)
    high = np.minimum(np.ceil(np.max(corners, axis=1)).astype(int) + rim, [source.width, source.height])
    column, row, width, height = (int(size) for size in (*low, *np.maximum(high - low, 0)))
    return column, row, width, height


def apply_affine(transform: "Affine", x: npt.NDArray[Any], y: npt.NDArray[Any]) -> tuple[FloatArray, FloatArray]:
    """Return the places of (x, y) under an affine transform."""
    a, b, c, d, e, f = transform[:6]
    return a * x + b * y + c, d * x + e * y + f


def _check_scale(scale: float, offset: float, file: str, found: list[RowIssue]) -> None:
    """Tell that people are the cells times `scale` plus `offset`, if that is not the cells as they are."""
    if not (0 < scale < np.inf and np.isfinite(offset)):
        raise InputError(
            f"{file}, band 1: found the scale {scale:g} and the offset {offset:g}, expected a scale above 0. "
            "Declare it anew, for example: gdal_edit.py -scale 1 -offset 0"
        )
    if (scale, offset) != (1, 0):
        said = phrase("{0} x cell{1}", f"{scale:g}", f" {offset:+g}" if offset else "")
        found.append(issue(file, 0, "band 1", (said,), "scaled_cells", "repaired"))


def _without_marks(
    held: FloatArray, values: FloatArray, highest: float, file: str, first: tuple[int, int], found: list[RowIssue]
) -> FloatArray:
    """Return the people of cells, with numbers that mean "no data" as NaN, though the file does not declare them.

    Parameters
    ----------
    held
        The cells as they stand in the file.
    values
        Their people, a scale and an offset applied.
    highest
        The largest number the cells can hold.
    first
        Row and column of the raster that the cells begin with.
    """
    known = held[~np.isnan(held)]
    most = known.max(initial=0.0)
    mark = known == most
    stands_apart = known[~mark].max(initial=0.0) <= _NEAR * most
    too_many = values[~np.isnan(values)].max(initial=0.0) > _MOST_PEOPLE
    if too_many or (stands_apart and (most == highest or (most in _MARKS and mark.sum() > 1))):
        said = phrase("{0} in {1} cells", f"{most:g}", int(mark.sum()))
        found.append(issue(file, 0, "band 1", (said,), "undeclared_nodata", "repaired"))
        values = np.where(held == most, np.nan, values)
    worst = values[~np.isnan(values)].max(initial=0.0)
    if worst > _MOST_PEOPLE:
        raise InputError(
            f"{file}, {_cell(values == worst, first)}: found {worst:g}, expected at most {_MOST_PEOPLE:g} people. "
            "Declare the value that means no data, for example: gdal_edit.py -a_nodata"
        )
    return values


def _cell(marked: npt.NDArray[np.bool_], first: tuple[int, int]) -> str:
    row, column = np.argwhere(marked)[0]
    return f"cell row {row + first[0]} column {column + first[1]}"


def _peopled(
    held: FloatArray, values: FloatArray, file: str, first: tuple[int, int], found: list[RowIssue]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], FloatArray]:
    """Return row, column and people of the cells that hold any."""
    negative = values < 0
    if negative.any():
        low, high = held[negative].min(), held[negative].max()
        if low < high or high > _LIKE_NODATA:
            raise InputError(
                f"{file}, {_cell(negative, first)}: found {values[negative][0]:g}, expected people >= 0. "
                "Declare the value that means no data, for example: gdal_edit.py -a_nodata"
            )
        said = phrase("{0} in {1} cells", f"{low:g}", int(negative.sum()))
        found.append(issue(file, 0, "band 1", (said,), "undeclared_nodata", "repaired"))
    row, column = np.nonzero(np.isfinite(values) & (values > 0))
    return row, column, values[row, column]
