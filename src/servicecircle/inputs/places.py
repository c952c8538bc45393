"""`read_centers` and `read_candidates`: places that serve, or could."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd

from servicecircle.errors import InputError
from servicecircle.inputs.columns import numbers, text_ids, texts
from servicecircle.inputs.crs import CRSLike, to_metric
from servicecircle.inputs.datum import checked_datum
from servicecircle.inputs.issues import RowIssue, report
from servicecircle.inputs.layers import checked_path
from servicecircle.inputs.osm_file import is_osm
from servicecircle.inputs.osm_places import osm_places
from servicecircle.inputs.points import read_points, with_our_names

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
        What the coordinates are in: ``wgs84``, ``cgcs2000``, ``gcj02`` (Amap) or ``bd09`` (Baidu). A column
        ``datum`` of a table says so row by row.
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
        ``capacity``, ``area_m2`` and ``cost`` where the file has them; other columns as they are.

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
    report(issues, found)
    return places


def read_candidates(
    file: str | Path,
    *,
    datum: str = "wgs84",
    crs: CRSLike | None = None,
    tags: Tags | None = None,
    issues: list[RowIssue] | None = None,
) -> gpd.GeoDataFrame:
    """Read places where a center could open: as `read_centers`, with optional ``cost`` and ``capacity``.

    Raises
    ------
    DataSourceError, SchemaError, InputError, CRSError
        As `read_centers`.
    """
    return read_centers(file, datum=datum, crs=crs, tags=tags, issues=issues)


def _listed_places(path: Path, datum: str, found: list[RowIssue]) -> gpd.GeoDataFrame:
    points, matched = read_points(path, _COLUMNS, checked_datum(datum), found)
    ids = text_ids(points, matched.get("id"), path.name)
    for name in set(_AMOUNTS) & set(matched):
        amount = numbers(points, matched[name], file=path.name, low=0, expected="a number of at least 0")
        points = points.assign(**{matched[name]: amount})
    for name in {"name", *_TEXTS} & set(matched):
        points = points.assign(**{matched[name]: texts(points[matched[name]])})
    places = with_our_names(points, matched).set_axis(ids)
    names = places["name"].where(places["name"] != "", ids) if "name" in places else ids
    return places.assign(name=names)
