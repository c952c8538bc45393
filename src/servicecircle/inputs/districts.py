"""`read_districts`: the areas that results are reported by."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from servicecircle.errors import DataSourceError, InputError
from servicecircle.inputs.borders import MAX_OVERLAP, area_text, overlaps, slivers
from servicecircle.inputs.columns import match_columns, named_column, renamed, text_ids, texts
from servicecircle.inputs.crs import CRSLike, to_metric
from servicecircle.inputs.datum import checked_datum, shifted
from servicecircle.inputs.issues import Action, RowIssue, issue, phrase, report
from servicecircle.inputs.layers import is_vector, read_layer
from servicecircle.inputs.paths import checked_path

#: Smaller slivers are told only where people live in them, square metres.
_MIN_SLIVER_M2 = 1000.0
_POLYGON = 3


def read_districts(
    file: str | Path,
    *,
    name: str | None = None,
    datum: str = "wgs84",
    crs: CRSLike | None = None,
    issues: list[RowIssue] | None = None,
) -> gpd.GeoDataFrame:
    """Read districts as polygons with text ids.

    Parameters
    ----------
    file
        A vector file of polygons.
    name
        Column that holds the names; by default the first of the usual ones.
    datum
        What the coordinates are in: district files of Chinese web maps are often ``gcj02``, whatever
        their label.
    crs
        Metric CRS to project to; by default the file's own if metric, else its UTM zone.
    issues
        List that receives what was repaired or doubted; without one it is logged.

    Returns
    -------
    gpd.GeoDataFrame
        Index ``id``; ``name``; ``level`` and ``parent`` where the file has them; other columns as they are.

    Raises
    ------
    DataSourceError
        If the file is missing, damaged or of another format.
    SchemaError
        If the column `name` is absent.
    InputError
        If the file holds no polygon, or an id occurs twice.
    CRSError
        If the layer has no CRS, or `crs` is not metric there.
    """
    path = checked_path(file)
    if not is_vector(path):
        raise DataSourceError(f"{path.name}: expected polygons in a vector file such as .gpkg, .shp or .geojson.")
    found: list[RowIssue] = []
    layer = shifted(read_layer(path, ("polygon",), found), checked_datum(datum))
    layer = to_metric(_repaired(layer, path.name, found), crs, name=path.name)
    matched = match_columns(layer.columns.drop("geometry"), ("id", "name", "level", "parent"))
    if name is not None:
        matched |= {"name": named_column(layer, name, path.name)}
    ids = text_ids(layer, matched.pop("id", None), path.name)
    layer = layer.assign(**{column: texts(layer[column]) for column in matched.values()})
    found += _misfits(layer, path.name)
    if "name" not in matched:
        found.append(issue(path.name, 0, "name", (phrase("ids stand in"),), "no_name_column", "doubted"))
    districts = gpd.GeoDataFrame(renamed(layer, matched), geometry="geometry", crs=layer.crs).set_axis(ids)
    names = districts["name"].where(districts["name"] != "", ids) if "name" in matched else ids
    report(issues, found)
    return districts.drop(columns="id", errors="ignore").assign(name=names)


def _repaired(layer: gpd.GeoDataFrame, file: str, found: list[RowIssue]) -> gpd.GeoDataFrame:
    """Mend outlines that cross themselves; what has no area afterwards is left out."""
    shapes = layer.geometry.to_numpy().copy()
    wrong = np.flatnonzero(~shapely.is_valid(shapes))
    for at in wrong:
        reason = shapely.is_valid_reason(shapes[at])
        shapes[at] = _areas(shapely.make_valid(shapes[at]))
        action: Action = "left out" if shapely.is_empty(shapes[at]) else "repaired"
        found.append(issue(file, int(layer.index[at]), "geometry", reason, "invalid_polygon", action))
    layer = layer.set_geometry(shapes, crs=layer.crs)
    if shapely.is_empty(shapes).all():
        raise InputError(f"{file} holds no district with an area. Check the outlines.")
    return layer[~shapely.is_empty(shapes)]


def _areas(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep the polygons of a repaired shape, not its stray lines."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.union_all(parts[shapely.get_type_id(parts) == _POLYGON])


def _misfits(layer: gpd.GeoDataFrame, file: str) -> list[RowIssue]:
    """Doubt districts that overlap, and those that leave narrow ground between them."""
    areas, rows = layer.area.to_numpy(), layer.index
    found = []
    for one in overlaps(layer):
        share = one.area / min(areas[one.first], areas[one.second])
        if share > MAX_OVERLAP:
            with_row = phrase("{0} with row {1}", f"{share:.1%}", rows[one.first])
            value = with_row, phrase("{0}", area_text(one.area))
            found.append(issue(file, int(rows[one.second]), "geometry", value, "overlap", "doubted"))
    for one in slivers(layer):
        if one.area > _MIN_SLIVER_M2:
            value = phrase("to row {0}", rows[one.first]), phrase("{0}", area_text(one.area))
            found.append(issue(file, int(rows[one.second]), "geometry", value, "sliver", "doubted"))
    return found
