"""Points from a table or a vector file: the common ground of centers, candidates and demand."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from servicecircle.errors import DataSourceError, InputError, SchemaError
from servicecircle.inputs.columns import ALIASES, found_columns, match_columns, named_column, numbers, renamed, texts
from servicecircle.inputs.crs import utm_zone
from servicecircle.inputs.datum import Source, datum_named, from_zone, shifted, to_wgs84, zone_named
from servicecircle.inputs.issues import RowIssue, issue, phrase
from servicecircle.inputs.layers import DRIVERS, is_vector, read_layer
from servicecircle.inputs.tables import TABLE_ENDINGS, is_table, read_table
from servicecircle.inputs.text import ungarbled

#: A polygon larger than this is a poor stand-in for the people in it, metres.
_LARGE_M = 500.0
#: Spreadsheets of other programs and times, which theirs can save as .xlsx.
_OTHER_SHEETS = frozenset({".xls", ".xlsb", ".ods", ".et", ".numbers"})


def read_points(
    path: Path,
    wanted: dict[str, str | None],
    datum: Source,
    found: list[RowIssue],
    *,
    areas: list[gpd.GeoDataFrame] | None = None,
) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    """Read points, indexed by row, and say which of their columns is what.

    Rows without coordinates are left out. Polygons count by a point inside them.

    Parameters
    ----------
    path
        A table with longitude and latitude, or a vector file.
    wanted
        Columns to look for; a text names the very column, None means any of its usual names.
    datum
        What the coordinates are in, unless a column of the table says so row by row.
    found
        Receives what was left out or repaired.
    areas
        Receives the polygons that points stand for, if there are any, in metres and indexed by row.

    Raises
    ------
    SchemaError
        If a coordinate column, or one named in `wanted`, is absent.
    InputError
        If a coordinate cannot be one, or longitude and latitude look swapped.
    """
    if is_table(path):
        table = read_table(path, found)
        points = _table_points(table, path.name, datum, found)
    elif is_vector(path):
        layer = shifted(read_layer(path, ("point", "polygon"), found), datum, path.name)
        if areas is not None:
            areas += _areas(layer)
        points = _as_points(layer, path.name, found)
    else:
        raise DataSourceError(f"{path.name}: unknown kind of file. {_use_instead(path)}")
    points = _without_zero(points, path.name, found)
    matched = match_columns(points.columns.drop("geometry"), [name for name, given in wanted.items() if given is None])
    for name, given in wanted.items():
        if given is not None:
            named_column(points, given, path.name)
            matched = {new: old for new, old in matched.items() if old != given} | {name: given}
    return points, matched


def _use_instead(path: Path) -> str:
    """Say what to make of a file that cannot be read."""
    if path.suffix.lower() in _OTHER_SHEETS:
        return "Open it, save it as .xlsx or CSV UTF-8, and name that file."
    return f"Use one of {' '.join([*TABLE_ENDINGS, *DRIVERS])}"


def _table_points(table: pd.DataFrame, file: str, datum: Source, found: list[RowIssue]) -> gpd.GeoDataFrame:
    columns = match_columns(table.columns, ("lon", "lat", "datum"))
    if "lon" not in columns or "lat" not in columns:
        raise _lacks_coordinates(table, file)
    sources = _datums(table, columns.get("datum"), datum, file)
    degrees = np.ones(len(table), dtype=np.bool_)
    for source, rows in sources.items():
        degrees[rows] = not isinstance(source, int)
    _check_order(table[degrees], columns, file)
    lon, lat = np.full(len(table), np.nan), np.full(len(table), np.nan)
    for values, name, limit in ((lon, "lon", 180), (lat, "lat", 90)):
        wanted = f"a number between -{limit} and {limit}"
        values[degrees] = numbers(table[degrees], columns[name], file=file, low=-limit, high=limit, expected=wanted)
        values[~degrees] = numbers(table[~degrees], columns[name], file=file, low=0, expected="metres of its zone")
    placed = np.isfinite(lon) & np.isfinite(lat)
    for at in np.flatnonzero(~placed):
        column = columns["lat"] if np.isfinite(lon[at]) else columns["lon"]
        found.append(issue(file, int(table.index[int(at)]), column, "", "missing_coordinate", "left out"))
    if not placed.any():
        formulas = any(said.problem == "formula_without_result" for said in found)
        advice = " Open the workbook, save it and run again: its formulas have no results yet." if formulas else ""
        raise InputError(
            f"{file}: no row has both coordinates. Fill the columns {columns['lon']} and {columns['lat']}.{advice}"
        )
    for source, rows in sources.items():
        known = rows[placed[rows]]
        if isinstance(source, int):
            lon[known], lat[known] = from_zone(lon[known], lat[known], source)
        else:
            lon[known], lat[known] = to_wgs84(lon[known], lat[known], source)
    table, lon, lat = table[placed], lon[placed], lat[placed]
    return gpd.GeoDataFrame(table, geometry=shapely.points(lon, lat), crs=4326)


def _lacks_coordinates(table: pd.DataFrame, file: str) -> SchemaError:
    garbled = next((str(name) for name in table.columns if ungarbled(str(name)) != name), None)
    advice = (
        "Rename the columns."
        if garbled is None
        else f"{garbled} was {ungarbled(garbled)} before its encoding was mistaken: save the table again as "
        "CSV UTF-8 from the program it comes from."
    )
    return SchemaError(
        f"{file} lacks coordinates: {found_columns(table)}; expected a longitude column "
        f"({', '.join(ALIASES['lon'])}) and a latitude column ({', '.join(ALIASES['lat'])}). {advice}"
    )


def _without_zero(points: gpd.GeoDataFrame, file: str, found: list[RowIssue]) -> gpd.GeoDataFrame:
    """Leave out what stands at 0, 0, in the sea: where a coordinate was not known, many programs write that."""
    if not CRS(points.crs).is_geographic:
        return points
    zero = (shapely.get_coordinates(points.geometry.to_numpy()) == 0).all(axis=1)
    found += [issue(file, int(row), "geometry", "0, 0", "zero_coordinate", "left out") for row in points.index[zero]]
    if zero.all():
        raise InputError(f"{file}: every place stands at longitude 0, latitude 0. Look the coordinates up again.")
    return points[~zero]


def _check_order(table: pd.DataFrame, columns: dict[str, str], file: str) -> None:
    """Refuse latitudes that can only be longitudes."""
    first, second = (texts(table[columns[name]]) for name in ("lon", "lat"))
    lon, lat = (pd.to_numeric(column.where(column != "", None), errors="coerce") for column in (first, second))
    swapped = ((lat.abs() > 90) & (lat.abs() <= 180) & (lon.abs() <= 90)).to_numpy(dtype=bool)
    if swapped.any():
        row = int(np.flatnonzero(swapped)[0])
        raise InputError(
            f'{file}, row {table.index[row]}, column {columns["lat"]}: found "{second.iloc[row]}", expected a number '
            f"between -90 and 90. Longitude and latitude look swapped ({int(swapped.sum())} rows): exchange the "
            f"headings {columns['lon']} and {columns['lat']}, or the cells."
        )


def _datums(table: pd.DataFrame, column: str | None, default: Source, file: str) -> dict[Source, np.ndarray]:
    """Return the positions of the rows of each datum."""
    if column is None:
        return {default: np.arange(len(table))}
    cells = texts(table[column])
    out: dict[Source, np.ndarray] = {}
    for text in cells.unique():
        datum = (datum_named(text) or zone_named(text)) if text else default
        rows = np.flatnonzero((cells == text).to_numpy())
        if datum is None:
            raise InputError(
                f'{file}, row {cells.index[rows[0]]}, column {column}: found "{text}", expected WGS84, CGCS2000, '
                "GCJ-02, BD-09 or a zone such as EPSG:4547. Correct the cell and run again."
            )
        out[datum] = np.concatenate([out.get(datum, rows[:0]), rows])
    return out


def _as_points(layer: gpd.GeoDataFrame, file: str, found: list[RowIssue]) -> gpd.GeoDataFrame:
    """Put a point inside each polygon; several points in one feature are a point between them."""
    shapes = layer.geometry.to_numpy().copy()
    kind = shapely.get_type_id(shapes)
    multi = kind == shapely.GeometryType.MULTIPOINT
    shapes[multi] = shapely.centroid(shapes[multi])
    several = multi & (shapely.get_num_geometries(layer.geometry.to_numpy()) > 1)
    area = (kind == shapely.GeometryType.POLYGON) | (kind == shapely.GeometryType.MULTIPOLYGON)
    shapes[area] = shapely.point_on_surface(shapely.make_valid(shapes[area]))
    for at in np.flatnonzero(several | area):
        text = layer.geom_type.iloc[at]
        found.append(issue(file, int(layer.index[at]), "geometry", text, "point_inside", "repaired"))
    if area.any():
        found += _large(layer[area], file)
    return layer.set_geometry(shapes, crs=layer.crs)


def _areas(layer: gpd.GeoDataFrame) -> list[gpd.GeoDataFrame]:
    polygons = layer[layer.geom_type.isin({"Polygon", "MultiPolygon"})]
    if not len(polygons):
        return []
    return [polygons.set_geometry(shapely.make_valid(polygons.geometry.to_numpy())).to_crs(utm_zone(polygons))]


def _large(polygons: gpd.GeoDataFrame, file: str) -> list[RowIssue]:
    metric = polygons.to_crs(utm_zone(polygons)).bounds
    across = np.hypot(metric["maxx"] - metric["minx"], metric["maxy"] - metric["miny"])
    large = int((across > _LARGE_M).sum())
    if not large:
        return []
    size = phrase("{0} of {1} larger than {2} m", large, len(polygons), f"{_LARGE_M:.0f}")
    value = size, phrase("up to {0} m", f"{across.max():.0f}")
    return [issue(file, 0, "geometry", value, "large_polygons", "doubted")]


def with_our_names(points: gpd.GeoDataFrame, matched: dict[str, str]) -> gpd.GeoDataFrame:
    """Return the points with matched columns under our names, those of the coordinates and ids left behind."""
    used = match_columns(points.columns.drop("geometry"), ("lon", "lat", "datum")).values()
    rest = {new: old for new, old in matched.items() if new != "id"}
    gone = [name for name in {*used, matched.get("id", "")} if name in points.columns and name not in rest.values()]
    return gpd.GeoDataFrame(renamed(points.drop(columns=gone), rest), geometry="geometry", crs=points.crs)
