"""One safe door for vector files.

The file name says which format is expected, and the content must agree before any library opens it:
readers that guess by content follow a file named ``x.geojson`` into other files and onto the web.
"""

import contextlib
import json
import sqlite3
import warnings
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from servicecircle.errors import CRSError, DataSourceError, InputError
from servicecircle.inputs.crs import on_earth
from servicecircle.inputs.issues import RowIssue, issue
from servicecircle.inputs.memory import FEATURE_BYTES, check_need
from servicecircle.inputs.paths import check_readable
from servicecircle.inputs.tables import MAX_COLUMNS
from servicecircle.inputs.text import guess_encoding

Kind = Literal["line", "point", "polygon"]

#: File name ending -> driver that must have read it.
DRIVERS = {
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".fgb": "FlatGeobuf",
    ".parquet": "Parquet",
    ".geoparquet": "Parquet",
}
_MAGIC = {
    "GPKG": b"SQLite format 3\x00",
    "ESRI Shapefile": b"\x00\x00\x27\x0a",
    "FlatGeobuf": b"fgb",
    "Parquet": b"PAR1",
}
_TYPES: dict[Kind, frozenset[str]] = {
    "line": frozenset({"LineString", "LinearRing", "MultiLineString"}),
    "point": frozenset({"Point", "MultiPoint"}),
    "polygon": frozenset({"Polygon", "MultiPolygon"}),
}


def is_vector(path: Path) -> bool:
    """Say whether the file name is one of a vector layer."""
    return path.suffix.lower() in DRIVERS


def read_layer(path: Path, kinds: tuple[Kind, ...], found: list[RowIssue], *, keep_z: bool = False) -> gpd.GeoDataFrame:
    """Read the features of the wanted kinds, flat unless `keep_z`, indexed by row (the first feature is row 1).

    Features without geometry and of other kinds are left out, each with an issue.

    Raises
    ------
    DataSourceError
        If the content is not of the format that the file name promises, or is damaged.
    CRSError
        If the layer has no CRS, or coordinates that its CRS cannot hold.
    InputError
        If no feature is left.
    """
    driver = DRIVERS[path.suffix.lower()]
    _check_content(path, driver)
    layer = _read_parquet(path) if driver == "Parquet" else _read_ogr(path, driver, kinds, found)
    if not len(layer):
        raise InputError(f"{path.name} holds no features. Export the layer again.")
    if len(layer.columns) > MAX_COLUMNS:
        many = f"{path.name} has {len(layer.columns)} columns, expected at most {MAX_COLUMNS}"
        raise InputError(f"{many}. Keep those that are used.")
    layer.index = pd.RangeIndex(1, len(layer) + 1)
    layer = _named_geometry(layer)
    if not keep_z and (shapely.get_coordinate_dimension(layer.geometry.to_numpy()) > 2).any():
        layer = layer.set_geometry(shapely.force_2d(layer.geometry.to_numpy()), crs=layer.crs)
    layer = _usable(_plain_cells(layer), path.name, kinds, found)
    if layer.crs is None:
        raise CRSError(
            f"{path.name} has no CRS. Say which one its coordinates are in, for example: "
            f'geopandas.read_file("{path.name}").set_crs("EPSG:4326").to_file("{path.stem}.gpkg")'
        )
    on_earth(CRS(layer.crs), path.name)
    _check_degrees(layer, path.name)
    return layer


def _check_content(path: Path, driver: str) -> None:
    with path.open("rb") as stream:
        start = stream.read(64)
    if driver == "GeoJSON":
        good = start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") and _plain_json(path)
    else:
        good = start.startswith(_MAGIC[driver])
    if not good:
        raise DataSourceError(f"{path.name} is not a {driver} file, whatever its name says. Export it again.")


def _plain_json(path: Path) -> bool:
    """Say whether GDAL cannot take the text for a list of commands to run."""
    return b"gdal_streamed_alg" not in path.read_bytes()


def _check_features(file: str, count: int) -> None:
    check_need(file, f"{count} features", count * float(FEATURE_BYTES))


def _read_parquet(path: Path) -> gpd.GeoDataFrame:
    from pyarrow.parquet import read_metadata

    try:
        _check_features(path.name, read_metadata(path).num_rows)
        return gpd.read_parquet(path.absolute())
    except InputError:
        raise
    except (ValueError, OSError, KeyError) as error:
        raise DataSourceError(f"{path.name} cannot be read as GeoParquet ({_line(error)}). Export it again.") from error


def _read_ogr(path: Path, driver: str, kinds: tuple[Kind, ...], found: list[RowIssue]) -> gpd.GeoDataFrame:
    import pyogrio

    source = str(path.absolute())
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            name = _layer_name(pyogrio.list_layers(source), path.name, kinds, found)
            if driver == "GPKG":
                _refuse_query(path, name)
            known = pyogrio.read_info(source, layer=name)
            if known["driver"] != driver:
                raise DataSourceError(f"{path.name} is not a {driver} file. Export it again.")
            _check_features(path.name, known["features"])
            table = _table_of(path)
            if driver == "ESRI Shapefile" and table is None:
                found.append(issue(path.name, 0, "", f"{path.stem}.dbf", "missing_part", "doubted"))
            if table is not None:
                check_readable(table)  # without it GDAL reads the shapes alone
            encoding = _dbf_encoding(table, path) if driver == "ESRI Shapefile" and table is not None else None
            layer = pyogrio.read_dataframe(source, layer=name, encoding=encoding)
    except InputError:
        raise
    except (RuntimeError, ValueError, UnicodeDecodeError, shapely.errors.ShapelyError) as error:
        raise DataSourceError(f"{path.name} cannot be read as {driver} ({_line(error)}). Export it again.") from error
    texts = dict.fromkeys(str(warning.message) for warning in said)
    found += [issue(path.name, 0, "", text, "reader_warning", "doubted") for text in texts]
    if not isinstance(layer, gpd.GeoDataFrame):
        raise InputError(f"{path.name} has no geometry, only a table. Export it as a layer with geometry.")
    return layer


def _layer_name(layers: npt.NDArray[np.object_], file: str, kinds: tuple[Kind, ...], found: list[RowIssue]) -> str:
    """Choose the only layer, or the first that may hold what is wanted."""
    if not len(layers):
        raise InputError(f"{file} holds no layer. Export it again.")
    wanted = {name.lower() for kind in kinds for name in _TYPES[kind]}
    base = [str(kind).lower().removesuffix(" z").removesuffix(" m").removesuffix(" zm") for _, kind in layers]
    names = [str(name) for name, _ in layers]
    fitting = [name for name, kind in zip(names, base, strict=True) if kind in wanted]
    chosen = (fitting or names)[0]
    if len(fitting or names) > 1:
        found.append(issue(file, 0, chosen, ", ".join(names), "several_layers", "doubted"))
    return chosen


def _refuse_query(path: Path, layer: str) -> None:
    """Refuse a layer that is a query: it would be run, and what others wrote into a file is not to be run."""
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
        try:
            kind = base.execute("SELECT type FROM sqlite_master WHERE name = ?", (layer,)).fetchone()
        except sqlite3.Error:
            return  # GDAL will say what is wrong with it
    if kind == ("view",):
        raise InputError(f"{path.name}: {layer!r} is a query (view), expected a layer. Export what it shows.")


def _table_of(path: Path) -> Path | None:
    """Return the file beside a shapefile that holds its columns."""
    return next((p for p in (path.with_suffix(".dbf"), path.with_suffix(".DBF")) if p.is_file()), None)


def _dbf_encoding(table: Path, path: Path) -> str | None:
    """Return the encoding of a shapefile's texts where no file beside it says so."""
    if any(path.with_suffix(ending).is_file() for ending in (".cpg", ".CPG")):
        return None
    content = table.read_bytes()
    # Byte 29 names the language; 0 and 0x57 mean that nobody said.
    return guess_encoding(content[32:]) if content[29:30] in {b"\x00", b"\x57"} else None


def _named_geometry(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if layer.geometry.name == "geometry":
        return layer
    return layer.drop(columns="geometry", errors="ignore").rename_geometry("geometry")


def _plain_cells(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Turn lists and records in cells, which most formats cannot hold, into text."""
    nested = {
        name: [
            json.dumps(_listed(v), ensure_ascii=False) if isinstance(v, list | dict | np.ndarray) else v
            for v in layer[name]
        ]
        for name in layer.columns.drop("geometry")
        if layer[name].dtype == object
    }
    return layer.assign(**nested)


def _listed(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _usable(layer: gpd.GeoDataFrame, file: str, kinds: tuple[Kind, ...], found: list[RowIssue]) -> gpd.GeoDataFrame:
    shapes = layer.geometry.to_numpy()
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    # Bounds pass over what is not a number.
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    empty[owner[~np.isfinite(xy).all(axis=1)]] = True
    fits = layer.geom_type.isin(frozenset().union(*(_TYPES[kind] for kind in kinds))).to_numpy()
    kind = layer.geom_type.fillna("").to_numpy()
    found += [issue(file, int(row), "geometry", "", "no_geometry", "left out") for row in layer.index[empty]]
    wrong = np.flatnonzero(~empty & ~fits)
    found += [issue(file, int(layer.index[at]), "geometry", kind[at], "wrong_geometry", "left out") for at in wrong]
    if not (fits & ~empty).any():
        held = ", ".join(sorted(set(layer.geom_type.dropna()))) or "no geometry"
        if fits.any():
            raise InputError(f"{file} holds {held} without coordinates that can be used. Export the layer again.")
        raise InputError(f"{file} holds {held}, expected {' or '.join(kinds)} features. Choose another layer.")
    return layer[fits & ~empty]


def _check_degrees(layer: gpd.GeoDataFrame, file: str) -> None:
    """Refuse metres that are labelled as degrees."""
    if not CRS(layer.crs).is_geographic:
        return
    left, bottom, right, top = layer.total_bounds
    if left < -360 or right > 360 or bottom < -90 or top > 90:
        looks = "they look swapped (x must be longitude)" if max(-left, right) <= 90 else "they look like metres"
        raise CRSError(
            f"{file} says its coordinates are degrees, but they run from ({left:.6g}, {bottom:.6g}) to "
            f"({right:.6g}, {top:.6g}): {looks}. Export the layer again with its real CRS."
        )


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
