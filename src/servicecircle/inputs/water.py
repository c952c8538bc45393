"""Water of an OpenStreetMap file: lakes, rivers that have banks, docks, reservoirs, and the sea."""

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from servicecircle.inputs.coast import FloatArray, Shapes, sea_within
from servicecircle.inputs.osm_file import open_osm, reading
from servicecircle.inputs.paths import checked_path

if TYPE_CHECKING:
    import osmium

#: Tags of areas that hold water. A river without banks is a line and no area.
AREAS = (("natural", "water"), ("waterway", "riverbank"), ("waterway", "dock"), ("landuse", "reservoir"))
#: Any of these says that the water is not always there, or not to be seen.
NOT_OPEN = (("intermittent", "yes"), ("seasonal", "yes"), ("covered", "yes"), ("location", "underground"))
_COAST = ("natural", "coastline")
#: Water is kept this far beyond the area, in parts of its larger side.
_MARGIN = 1.0


def read_water(file: str | Path, *, area: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the water of an OpenStreetMap extract as polygons in the CRS of `area`.

    The index ``id`` is ``way/1``, ``relation/1`` or ``sea``; ``kind`` is ``inland`` or ``sea``. Rivers that are
    mapped as lines only have no banks and are left out; so is what lies far from `area`. The sea is put together
    from the coastlines around `area`; where they end before the area does and cannot be led on without crossing
    it, the sea is left out.

    Parameters
    ----------
    file
        The extract (.osm.pbf, .osm).
    area
        A layer whose bounds, and some room around them, are to be filled; in a metric CRS.

    Returns
    -------
    geopandas.GeoDataFrame
        Polygons with ``kind``, index ``id``; empty where there is no water.

    Raises
    ------
    DataSourceError
        If the file is missing, empty, damaged or of another format.
    InputError
        If it is larger than memory allows.
    """
    path = checked_path(file)
    with reading(path):
        ids, shapes, coast = _elements(path)
    near = _around(area, _MARGIN)
    inland = gpd.GeoSeries(shapely.from_wkb(shapes), index=ids, crs=4326).to_crs(area.crs)
    inland = inland[inland.intersects(near)].make_valid().intersection(near)
    ids, polygons, kinds = list(inland.index), list(inland), ["inland"] * len(inland)
    lines = gpd.GeoSeries([shapely.LineString(line) for line in coast], crs=4326).to_crs(area.crs)
    sea = _sea(lines.to_numpy(), area)
    if sea is not None:
        ids, kinds, polygons = [*ids, "sea"], [*kinds, "sea"], [*polygons, sea]
    return gpd.GeoDataFrame({"kind": kinds}, geometry=polygons, index=pd.Index(ids, name="id", dtype=str), crs=area.crs)


def _around(area: gpd.GeoDataFrame, margin: float) -> shapely.Polygon:
    """Return the box around a layer with some room."""
    if not len(area):
        return shapely.Polygon()
    west, south, east, north = area.total_bounds
    room = margin * max(east - west, north - south)
    return shapely.box(west - room, south - room, east + room, north + room)


def _sea(lines: Shapes, area: gpd.GeoDataFrame) -> shapely.Geometry | None:
    """Return the sea with room around the area if its coast can be led on so far, else without."""
    if not len(lines) or not len(area):
        return None
    streets = area.geometry.to_numpy()
    sea = sea_within(lines, _around(area, _MARGIN), streets)
    return sea if sea is not None else sea_within(lines, _around(area, 0.0), streets)


def _elements(path: Path) -> tuple[list[str], list[str], list[FloatArray]]:
    """Return ids and outlines of the areas, and the coastlines in the direction they are drawn."""
    import osmium

    source, outline = open_osm(path), osmium.geom.WKBFactory()
    areas, coast = osmium.filter.TagFilter(*AREAS), osmium.filter.TagFilter(*AREAS, _COAST)
    ids, shapes, lines = [], [], []
    for element in osmium.FileProcessor(source).with_areas(areas).with_filter(coast):
        if isinstance(element, osmium.osm.Way) and element.tags.get(_COAST[0]) == _COAST[1]:
            lines += _runs(element)
        elif isinstance(element, osmium.osm.Area) and _is_open_water(element.tags):
            kind = "way" if element.from_way() else "relation"
            ids.append(f"{kind}/{element.orig_id()}")
            shapes.append(outline.create_multipolygon(element))
    return ids, shapes, lines


def _is_open_water(tags: "osmium.osm.TagList") -> bool:
    return any(tags.get(key) == value for key, value in AREAS) and not any(
        tags.get(key) == value for key, value in NOT_OPEN
    )


def _runs(way: "osmium.osm.Way") -> list[FloatArray]:
    """Return the vertices of a way, in pieces where the file lacks some."""
    runs = [list(run) for known, run in groupby(way.nodes, key=lambda node: node.location.valid()) if known]
    return [np.array([(node.lon, node.lat) for node in run]) for run in runs if len(run) > 1]
