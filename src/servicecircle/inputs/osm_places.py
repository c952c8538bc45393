"""Places of an OpenStreetMap file, chosen by their tags."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from servicecircle.errors import InputError
from servicecircle.inputs.osm_file import open_osm, reading

if TYPE_CHECKING:
    import osmium


def osm_places(path: Path, tags: Mapping[str, Sequence[str] | str | bool]) -> gpd.GeoDataFrame:
    """Read nodes and areas that bear one of `tags` as points in EPSG:4326.

    The id is ``node/1``, ``way/1`` or ``relation/1``; ``name`` is its name or the id; ``kind`` is the value
    that was asked for. An area counts by a point inside it.

    Raises
    ------
    DataSourceError
        If the file cannot be read.
    InputError
        If `tags` is malformed, or no place bears any of them.
    """
    wanted = _wanted(tags)
    rows = []
    with reading(path):
        for element, kind in _tagged(path, wanted):
            name = element.tags.get("name") or element.tags.get("name:zh") or ""
            key, shape = _shape(element)
            rows.append({"id": key, "name": name or key, "kind": kind, "geometry": shape})
    if not rows:
        asked = "; ".join(f"{key} = {'any' if values is None else ', '.join(values)}" for key, values in wanted.items())
        raise InputError(f"{path.name} holds no place with {asked}. Check the tags.")
    return gpd.GeoDataFrame(pd.DataFrame(rows).set_index("id"), geometry="geometry", crs=4326)


def _wanted(tags: Mapping[str, Sequence[str] | str | bool]) -> dict[str, frozenset[str] | None]:
    """Return for each key the values that count, None for any."""
    out: dict[str, frozenset[str] | None] = {}
    for key, values in tags.items():
        if values is True:
            out[key] = None
        elif isinstance(values, str):
            out[key] = frozenset({values})
        elif isinstance(values, Sequence) and values and all(isinstance(value, str) for value in values):
            out[key] = frozenset(values)
        else:
            raise InputError(f"tags: found {key} = {values!r}, expected true, a text or a list of texts.")
    return out


def _tagged(
    path: Path, wanted: dict[str, frozenset[str] | None]
) -> Iterator[tuple["osmium.osm.Node | osmium.osm.Area", str]]:
    import osmium

    source = open_osm(path)
    keys = osmium.filter.KeyFilter(*wanted)
    elements = osmium.FileProcessor(source).with_areas(keys).with_filter(keys)
    for element in elements:
        if isinstance(element, osmium.osm.Node | osmium.osm.Area):
            for key, values in wanted.items():
                value = element.tags.get(key)
                if value is not None and (values is None or value in values):
                    yield element, value
                    break


def _shape(element: "osmium.osm.Node | osmium.osm.Area") -> tuple[str, shapely.Point]:
    import osmium

    if isinstance(element, osmium.osm.Node):
        return f"node/{element.id}", shapely.Point(element.location.lon, element.location.lat)
    outline = shapely.from_wkb(osmium.geom.WKBFactory().create_multipolygon(element))
    kind = "way" if element.from_way() else "relation"
    return f"{kind}/{element.orig_id()}", shapely.point_on_surface(outline)
