"""Streets, places and boundaries by the name of a place, through osmnx: the only door to the web."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import geopandas as gpd
import pandas as pd

from servicecircle.errors import DataSourceError, InputError, checked_number
from servicecircle.inputs.crs import CRSLike, to_metric
from servicecircle.inputs.osm_streets import KEPT_TAGS
from servicecircle.inputs.streets import tidy_lines
from servicecircle.inputs.walkable import RULE_TAGS

#: Tags that are asked for.
_TAGS = list(dict.fromkeys([*KEPT_TAGS, *RULE_TAGS]))


def fetch_streets(place: str, *, margin_m: float = 2000.0, crs: CRSLike | None = None) -> gpd.GeoDataFrame:
    """Fetch the walkable streets of `place` from OpenStreetMap, as `read_streets` returns them.

    Parameters
    ----------
    place
        Name of a place that has a boundary.
    margin_m
        How far beyond that boundary streets are fetched: people near it walk through streets outside. At least the
        longest walk; half an hour at 4.0 km/h is 2000 m.
    crs
        Metric CRS to project to, by default the UTM zone.

    Returns
    -------
    geopandas.GeoDataFrame
        Streets as `read_streets` returns them.

    Raises
    ------
    DataSourceError
        If there is no internet, osmnx is not installed, or the place is unknown.
    InputError
        If there is no walkable street, or `margin_m` is not a number of at least 0.
    """
    checked_number("margin_m", margin_m, "metres of at least 0")
    with _fetching(place) as ox:
        boundary = to_metric(ox.geocode_to_gdf(place))
        area = boundary.buffer(margin_m).to_crs(4326).union_all()
        graph = ox.graph_from_polygon(
            area,
            network_type="all",
            simplify=False,
            retain_all=True,
            truncate_by_edge=True,
            custom_filter='["highway"]',
        )
        # Pieces of one street are joined only where every tag that matters stays the same.
        graph = ox.simplify_graph(graph, edge_attrs_differ=_TAGS)
        edges = ox.graph_to_gdfs(graph, nodes=False).reset_index()
    kept = [column for column in ("u", "v", *_TAGS, "geometry") if column in edges]
    lines = edges[kept].set_axis(pd.RangeIndex(1, len(edges) + 1))
    return tidy_lines(lines, place, crs, [])


def fetch_centers(
    place: str, tags: Mapping[str, Sequence[str] | str | bool], *, crs: CRSLike | None = None
) -> gpd.GeoDataFrame:
    """Fetch places of `place` that bear one of `tags`, as `read_centers` returns them.

    Parameters
    ----------
    place
        Name of a place that has a boundary.
    tags
        OpenStreetMap keys, each with the value or values that count; True for any.
    crs
        Metric CRS to project to, by default the UTM zone.

    Returns
    -------
    geopandas.GeoDataFrame
        Points, index ``id`` such as ``way/1``; ``name`` and ``kind`` (the value of the tag).

    Raises
    ------
    DataSourceError
        If there is no internet, osmnx is not installed, or nothing is found.
    """
    with _fetching(place) as ox:
        wanted = {
            key: list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
            for key, value in tags.items()
        }
        features = ox.features_from_place(place, tags=wanted)
    ids = [f"{kind}/{number}" for kind, number in features.index]
    features = features.set_axis(pd.Index(ids, name="id"))
    kind = features.reindex(columns=list(tags)).bfill(axis=1).iloc[:, 0]
    names = features["name"] if "name" in features else pd.Series(None, index=features.index, dtype=object)
    columns = {"name": names.fillna(pd.Series(ids, index=features.index)).astype(str), "kind": kind.astype(str)}
    places = gpd.GeoDataFrame(columns, geometry=features.geometry.representative_point(), crs=features.crs)
    return to_metric(places, crs)


def fetch_districts(place: str, *, crs: CRSLike | None = None) -> gpd.GeoDataFrame:
    """Fetch the boundary of `place`, as `read_districts` returns it.

    Parameters
    ----------
    place
        Name of a place that has a boundary.
    crs
        Metric CRS to project to, by default the UTM zone.

    Returns
    -------
    geopandas.GeoDataFrame
        Polygons with ``name``, index ``id``.

    Raises
    ------
    DataSourceError
        If there is no internet, osmnx is not installed, or the place is unknown.
    """
    with _fetching(place) as ox:
        found = ox.geocode_to_gdf(place)
    index = pd.Index([str(i) for i in range(1, len(found) + 1)], name="id")
    boundary = gpd.GeoDataFrame(
        {"name": found["name"].astype(str).to_numpy()}, geometry=found.geometry.to_numpy(), crs=found.crs
    )
    return to_metric(boundary.set_axis(index), crs)


@contextmanager
def _fetching(place: str) -> Iterator[ModuleType]:
    """Lend osmnx with the tags we need and no cache folder; say in one line what went wrong.

    Its own errors are ValueError and TypeError.
    """
    try:
        import osmnx as ox
        from requests.exceptions import RequestException
    except ImportError as error:
        raise DataSourceError('fetching needs osmnx. Install it: pip install "servicecircle[fetch]"') from error
    if not place.strip():
        raise InputError("place: found an empty text, expected a name such as 'Haikou, China'.")
    before: dict[str, Any] = {name: getattr(ox.settings, name) for name in ("use_cache", "useful_tags_way")}
    ox.settings.use_cache = False
    ox.settings.useful_tags_way = [*before["useful_tags_way"], *_TAGS]
    try:
        yield ox
    except (RequestException, ConnectionError, TimeoutError) as error:
        raise DataSourceError(
            f"cannot reach OpenStreetMap for {place!r}: there is no internet here, or the service is down. Download an "
            ".osm.pbf extract elsewhere and read that file instead."
        ) from error
    except (ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataSourceError(
            f"OpenStreetMap has no usable answer for {place!r} ({reason}). Check the name."
        ) from error
    finally:
        for name, value in before.items():
            setattr(ox.settings, name, value)
