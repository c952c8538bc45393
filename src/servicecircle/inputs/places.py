"""`read_centers` and `read_candidates`: places that serve, or could."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from servicecircle.errors import InputError
from servicecircle.inputs.columns import match_columns, numbers, text_ids, texts
from servicecircle.inputs.crs import CRSLike, to_metric
from servicecircle.inputs.datum import checked_source, datum_named, zone_named
from servicecircle.inputs.issues import RowIssue, issue, phrase, report
from servicecircle.inputs.osm_file import is_osm
from servicecircle.inputs.osm_places import osm_places
from servicecircle.inputs.paths import checked_path
from servicecircle.inputs.points import read_points, with_our_names
from servicecircle.inputs.tables import is_table

#: OpenStreetMap key -> the values that count, or True for any.
Tags = Mapping[str, Sequence[str] | str | bool]

_TEXTS = ("tier", "kind", "functions", "district")
_AMOUNTS = ("capacity", "area_m2", "cost")
_COLUMNS: dict[str, str | None] = dict.fromkeys(("id", "name", *_TEXTS, *_AMOUNTS))


def read_centers(
    file: str | Path,
    *,
    datum: str = "wgs84",
    crs: CRSLike | None = None,
    tags: Tags | None = None,
    issues: list[RowIssue] | None = None,
) -> gpd.GeoDataFrame:
    """Read service centers as points with text ids.

    Parameters
    ----------
    file
        CSV or XLSX with longitude and latitude (English or Chinese headings), a vector file, or with `tags` an
        OpenStreetMap file.
    datum
        What the coordinates are in: ``wgs84``, ``cgcs2000``, ``gcj02`` (Amap), ``bd09`` (Baidu), or of a table the
        metres of a zone of CGCS2000, ``EPSG:4513`` to ``EPSG:4554``. A column ``datum`` of a table says so row by row.
    crs
        Metric CRS to project to; by default the file's own if metric, else its UTM zone.
    tags
        Places to take from an OpenStreetMap file, such as ``{"amenity": ["library", "townhall"]}``; True
        takes any value.
    issues
        List that receives what was left out, repaired or doubted; without one it is logged.

    Returns
    -------
    gpd.GeoDataFrame
        Index ``id``; ``name`` (the id where there is none); ``tier``, ``kind``, ``functions``, ``district``,
        ``capacity``, ``area_m2`` and ``cost`` where the file has them; other columns as they are. Rows with one id
        that agree in all of these are one center with several ``entrances`` (MultiPoint), its point that of the first.

    Raises
    ------
    DataSourceError
        If the file is missing, empty, damaged or of another format.
    SchemaError
        If there is no column for the coordinates.
    InputError
        If a cell cannot be what its column says, an id occurs twice, or no place is left.
    CRSError
        If a layer has no CRS, or `crs` is not metric there.
    """
    path = checked_path(file)
    found: list[RowIssue] = []
    if is_osm(path):
        if not tags:
            raise InputError(f'{path.name}: say which places to take, such as tags={{"amenity": ["library"]}}.')
        places = osm_places(path, tags)
    elif tags:
        raise InputError(f"{path.name}: tags choose places of an OpenStreetMap file (.osm.pbf), which this is not.")
    else:
        places = _listed_places(path, datum, found)
    places = to_metric(places, crs, name=path.name)
    if "entrances" in places:
        places["entrances"] = places["entrances"].to_crs(places.crs)
    report(issues, found)
    return places


def read_entrances(
    file: str | Path,
    centers: gpd.GeoDataFrame,
    *,
    center: str = "center",
    datum: str = "wgs84",
    issues: list[RowIssue] | None = None,
) -> gpd.GeoDataFrame:
    """Read the entrances of centers, and return the centers with them.

    Parameters
    ----------
    file
        CSV or XLSX with longitude and latitude, or a vector file of points: one row for each entrance.
    centers
        The centers; they are not changed.
    center
        Column that holds the id of the center.
    datum
        What the coordinates are in, as in `read_centers`.
    issues
        List that receives what was left out; without one it is logged.

    Returns
    -------
    gpd.GeoDataFrame
        The centers with the column ``entrances``: a MultiPoint of all its entrances, those it had before included;
        missing for a center that is entered at its own point.

    Raises
    ------
    DataSourceError
        If the file is missing, empty, damaged or of another format.
    SchemaError
        If there is no column `center`, or none for the coordinates.
    InputError
        If a coordinate cannot be one, or no row names a center.
    CRSError
        If the layer has no CRS, or is of another place than the centers.
    """
    path = checked_path(file)
    found: list[RowIssue] = []
    points, _ = read_points(path, {"id": center}, checked_source(datum), found)
    points = to_metric(points, centers.crs, name=path.name)
    owner = texts(points[center])
    known = owner.isin(centers.index.astype(str)).to_numpy()
    found += [
        issue(path.name, int(points.index[at]), center, owner.iloc[at], "unknown_center", "left out")
        for at in np.flatnonzero(~known)
    ]
    if not known.any():
        raise InputError(
            f'{path.name}, column {center}: found "{owner.iloc[0]}" and no id of a center, expected ids such as '
            f'"{centers.index[0]}". Name another column with center=.'
        )
    report(issues, found)
    shapes = points.geometry.to_numpy()
    if "entrances" in centers:
        before, row = shapely.get_parts(centers["entrances"].to_numpy(), return_index=True)
        shapes, ids = np.r_[before, shapes[known]], [*centers.index[row].astype(str), *owner[known]]
    else:
        shapes, ids = shapes[known], [*owner[known]]
    return centers.assign(entrances=_together(shapes, ids, centers))


def _together(shapes: npt.NDArray[np.object_], ids: list[str], centers: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return one MultiPoint for each center that has any of the points, in the order of the centers."""
    points = pd.Series(shapes, index=pd.Index(ids), dtype=object).groupby(level=0).agg(list)
    doors = points.map(shapely.MultiPoint).reindex(centers.index.astype(str))
    return gpd.GeoSeries(doors.to_list(), index=centers.index, crs=centers.crs)


def read_candidates(
    file: str | Path,
    *,
    datum: str = "wgs84",
    crs: CRSLike | None = None,
    tags: Tags | None = None,
    issues: list[RowIssue] | None = None,
) -> gpd.GeoDataFrame:
    """Read places where a center could open: as `read_centers`, with optional ``cost`` and ``capacity``.

    Parameters
    ----------
    file, datum, crs, tags, issues
        As for `read_centers`.

    Returns
    -------
    geopandas.GeoDataFrame
        Points with ``name``, index ``id``, as `read_centers` returns them.

    Raises
    ------
    DataSourceError, SchemaError, InputError, CRSError
        As `read_centers`.
    """
    return read_centers(file, datum=datum, crs=crs, tags=tags, issues=issues)


def typed_places(
    file: str | Path, *, datum: str = "wgs84", crs: CRSLike | None = None
) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    """Read the places of a table or layer row by row, as they were typed, to be looked at, not computed with.

    Returns
    -------
    gpd.GeoDataFrame
        Index: the row in the file. ``name``, empty where the cell is; ``id``, ``tier``, ``kind``, ``functions``,
        ``district`` and ``batch`` where the file has them; ``datum``, what each row was read as; of a table
        ``lon_typed`` and ``lat_typed``, the cells. And which column of the file each of these is.

    Raises
    ------
    DataSourceError, SchemaError, InputError, CRSError
        As `read_centers`.
    """
    path = checked_path(file)
    points, matched = read_points(path, dict.fromkeys(("id", "name", *_TEXTS, "batch")), checked_source(datum), [])
    # A layer has a geometry: what its columns may say of places does not count.
    typed = ("lon", "lat", "datum") if is_table(path) else ()
    columns = match_columns(points.columns.drop("geometry"), typed)
    cells = {name: texts(points[column]) for name, column in matched.items()}
    blank = pd.Series("", index=points.index)
    said = texts(points[columns["datum"]]) if "datum" in columns else blank
    places = gpd.GeoDataFrame(
        {
            **cells,
            "name": cells.get("name", blank),
            "datum": [_said_datum(text or datum) for text in said],
            **{f"{name}_typed": texts(points[columns[name]]) for name in ("lon", "lat") if name in columns},
        },
        geometry=points.geometry,
    )
    typed_in = {f"{name}_typed": columns[name] for name in ("lon", "lat") if name in columns}
    return to_metric(places, crs, name=path.name), matched | typed_in


def _said_datum(text: str) -> str:
    """Return the datum a cell names; degrees that come from a zone are those of CGCS2000."""
    return "cgcs2000" if zone_named(text) else datum_named(text) or ""


def _listed_places(path: Path, datum: str, found: list[RowIssue]) -> gpd.GeoDataFrame:
    points, matched = read_points(path, _COLUMNS, checked_source(datum), found)
    doors = points.geometry
    all_ids = [] if "id" not in matched else texts(points[matched["id"]]).to_list()
    points = points[~_further_entrances(points, matched)]
    ids = text_ids(points, matched.get("id"), path.name)
    for name in set(_AMOUNTS) & set(matched):
        amount = numbers(points, matched[name], file=path.name, low=0, expected="a number of at least 0")
        points = points.assign(**{matched[name]: amount})
    for name in {"name", *_TEXTS} & set(matched):
        points = points.assign(**{matched[name]: texts(points[matched[name]])})
    places = with_our_names(points, matched).set_axis(ids)
    names = places["name"].where(places["name"] != "", ids) if "name" in places else ids
    places = places.assign(name=names)
    if len(doors) == len(places):
        return places
    value = phrase("{0} rows", len(doors) - len(places))
    found.append(issue(path.name, 0, matched["id"], (value,), "entrance_rows", "repaired"))
    several = pd.Series(all_ids).duplicated(keep=False).to_numpy()
    shared = [key for key, is_shared in zip(all_ids, several, strict=True) if is_shared]
    return places.assign(entrances=_together(doors.to_numpy()[several], shared, places))


def _further_entrances(points: gpd.GeoDataFrame, matched: dict[str, str]) -> npt.NDArray[np.bool_]:
    """Mark the rows that repeat the id of an earlier one and agree with it in all that is known of a center."""
    none = np.zeros(len(points), dtype=np.bool_)
    if "id" not in matched or "name" not in matched:
        return none
    again = points[matched["id"]].astype(str).duplicated().to_numpy()
    if not again.any():
        return none
    known = points[list(matched.values())].astype(str)
    first = known.groupby(matched["id"]).transform("first")
    rest = known.columns.drop(matched["id"])
    named = (texts(points[matched["id"]]) != "") & (texts(points[matched["name"]]) != "")
    agree = (known[rest] == first[rest]).all(axis=1) & named
    # An id whose rows do not all agree is a slip, and is refused with its rows.
    whole = agree.groupby(known[matched["id"]]).transform("all")
    out: npt.NDArray[np.bool_] = again & whole.to_numpy()
    return out
