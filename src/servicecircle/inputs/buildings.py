"""Residents estimated from OpenStreetMap buildings: floor area of what may be lived in.

Source of the classes: OpenStreetMap wiki, "Key:building", section Accommodation, hotels left out.
``building=yes`` counts where no other tag gives it another use. The storeys of buildings without
``building:levels`` are assumptions of this toolkit, not a survey, and the result is an estimate.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from servicecircle.errors import InputError
from servicecircle.inputs.crs import utm_zone
from servicecircle.inputs.osm_file import open_osm, reading

if TYPE_CHECKING:
    import osmium

#: Classes that are lived in -> storeys assumed where ``building:levels`` is absent.
LEVELS = {
    "yes": 1.0,
    "house": 1.0,
    "detached": 1.0,
    "bungalow": 1.0,
    "cabin": 1.0,
    "farm": 1.0,
    "static_caravan": 1.0,
    "houseboat": 1.0,
    "ger": 1.0,
    "semidetached_house": 2.0,
    "terrace": 2.0,
    "residential": 2.0,
    "dormitory": 3.0,
    "apartments": 4.0,
}
#: Any of these on ``building=yes`` says that it serves something else.
OTHER_USE = frozenset(
    {"amenity", "shop", "office", "leisure", "tourism", "industrial", "craft", "man_made", "power", "railway"}
    | {"public_transport", "aeroway", "military", "historic", "healthcare", "parking"}
)
_MAX_LEVELS = 200.0


def building_floors(path: Path) -> gpd.GeoDataFrame:
    """Read residential buildings as points with their floor area in m2 as ``weight``, in their UTM zone.

    The id is ``way/1`` or ``relation/1``.

    Raises
    ------
    DataSourceError
        If the file cannot be read.
    InputError
        If it holds no building that may be lived in.
    """
    with reading(path):
        rows = list(_residential(path))
    if not rows:
        raise InputError(
            f"{path.name} holds no residential building. Use an extract with buildings, or population data."
        )
    ids, levels, outlines = zip(*rows, strict=True)
    areas = gpd.GeoSeries(shapely.from_wkb([bytes.fromhex(outline) for outline in outlines]), crs=4326)
    areas = areas.to_crs(utm_zone(areas))
    shapes = areas.to_numpy()
    return gpd.GeoDataFrame(
        {"weight": shapely.area(shapes) * levels},
        geometry=shapely.point_on_surface(shapes),
        index=pd.Index(ids, name="id", dtype=str),
        crs=areas.crs,
    )


def _residential(path: Path) -> Iterator[tuple[str, float, str]]:
    import osmium

    source = open_osm(path)
    key = osmium.filter.KeyFilter("building")
    outline = osmium.geom.WKBFactory()
    areas = osmium.FileProcessor(source).with_areas(key).with_filter(osmium.filter.EntityFilter(osmium.osm.AREA))
    for area in areas.with_filter(key):
        assert isinstance(area, osmium.osm.Area)
        storeys = _storeys(area.tags)
        if storeys:
            kind = "way" if area.from_way() else "relation"
            yield f"{kind}/{area.orig_id()}", storeys, outline.create_multipolygon(area)


def _storeys(tags: "osmium.osm.TagList") -> float:
    """Return the storeys that are lived in, 0 if none."""
    kind = tags.get("building") or ""
    if kind not in LEVELS or (kind == "yes" and any(key in tags for key in OTHER_USE)):
        return 0.0
    try:
        levels = float((tags.get("building:levels") or "").split(";")[0])
    except ValueError:
        return LEVELS[kind]
    return levels if 0 < levels <= _MAX_LEVELS else LEVELS[kind]
