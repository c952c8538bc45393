"""The layers of the map: every table becomes packed shapes in degrees."""

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from servicecircle.analysis.coverage import REASONS, Coverage
from servicecircle.errors import InputError
from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.packing import FloatArray, pack_numbers, pack_shapes, rings

#: Okabe and Ito's colours, which colour-blind readers can tell apart.
REASON_COLORS = {"covered": "#0072B2", "too_far": "#D55E00", "unreachable": "#CC79A7", "off_network": "#1a1a1a"}
#: Seven steps of viridis without its darkest and palest ends.
BANDS = ("#2a788e", "#21918c", "#22a884", "#44bf70", "#7ad151", "#a8db34", "#d2e21b")
#: Outlines are drawn to this many metres, half a pixel at the largest usual zoom.
SIMPLIFY_M = 3.0
#: Tiers beyond these share the last mark.
MARKS = 4
#: The usual tiers, the highest 0.
_TIERS = {
    name: level
    for level, names in enumerate(
        (
            ("市", "city"),
            ("区", "县", "区县", "district", "county"),
            ("镇街", "街镇", "街道", "镇", "乡", "乡镇", "sub-district", "subdistrict", "town", "township"),
            ("社区", "村", "村社区", "community", "village"),
        )
    )
    for name in names
}
DOT_STEPS = 40


def band_colors(count: int) -> list[str]:
    """Return a colour for each walking time, the shortest darkest."""
    return [BANDS[round(i)] for i in np.linspace(0, len(BANDS) - 1, count)]


def place_table(table: pd.DataFrame, name: str) -> gpd.GeoDataFrame:
    """Return the table as one with places in degrees.

    Raises
    ------
    InputError
        If it has no geometry or no CRS: there is nothing to draw.
    """
    if not isinstance(table, gpd.GeoDataFrame) or table.crs is None:
        msg = f"{name}: found a table without places, expected a GeoDataFrame with a CRS. A map needs both."
        raise InputError(msg)
    return table.to_crs(4326)


def street_layer(network: WalkNetwork | None) -> str | None:
    """Pack the usable street segments."""
    if network is None:
        return None
    lon, lat = Transformer.from_crs(network.crs, 4326, always_xy=True).transform(*network.xy.T)
    lines = np.split(np.column_stack([lon, lat]), network.offsets[1:-1])
    return pack_shapes([[line for line, use in zip(lines, network.usable, strict=True) if use]])


def area_layer(area: gpd.GeoDataFrame | None, minutes: list[float]) -> dict[str, Any] | None:
    """Pack the service area: one shape for each walking time, with its place in `minutes`."""
    if area is None or area.empty:
        return None
    area = area.sort_values("minutes", kind="stable")
    return {"shapes": _outlines(area, "service_area"), "band": _steps(area, minutes)}


def isochrone_layer(
    isochrones: gpd.GeoDataFrame | None, minutes: list[float], center_ids: pd.Index
) -> dict[str, Any] | None:
    """Pack the isochrones, each with the row of its center and its place in `minutes`."""
    if isochrones is None:
        return None
    row = center_ids.get_indexer(pd.Index(isochrones["center"]))
    known = isochrones.assign(row=row)[row >= 0].sort_values(["row", "minutes"], kind="stable")
    if known.empty:
        return None
    shapes = _outlines(known, "isochrones")
    return {"shapes": shapes, "center": known["row"].tolist(), "band": _steps(known, minutes)}


def joined_isochrones(isochrones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join the isochrones of all centers: the service area for each walking time."""
    minutes = sorted(isochrones["minutes"].unique())
    parts = [shapely.union_all(isochrones.geometry[isochrones["minutes"] == m].to_numpy()) for m in minutes]
    return gpd.GeoDataFrame({"minutes": minutes}, geometry=parts, crs=isochrones.crs)


def demand_layer(cover: Coverage) -> dict[str, Any]:
    """Pack the demand that has people: places, the number of the reason, the size of the dot.

    The area of a dot grows with its people, up to the 95th percentile.
    """
    people = place_table(cover.demand, "demand")
    people = people[(people["weight"] > 0) & ~people.geometry.is_empty & people.geometry.notna()]
    xy = shapely.get_coordinates(people.geometry.to_numpy())
    weight = people["weight"].to_numpy(dtype=np.float64)
    large = np.quantile(weight, 0.95) if len(weight) else 1.0
    size = np.rint(np.sqrt(np.minimum(weight / large, 1.0)) * DOT_STEPS).astype(np.int64)
    reason = pd.Categorical(people["reason"], categories=list(REASONS)).codes.astype(np.int64)
    order = np.lexsort((size, reason, *(xy.T[::-1] // 0.002 if len(xy) else ())))
    return {
        "shapes": pack_shapes([[xy[order]]]),
        "reason": pack_numbers(reason[order]),
        "size": pack_numbers(size[order]),
        "steps": DOT_STEPS,
    }


def outline_layer(table: gpd.GeoDataFrame | None, name: str) -> dict[str, Any] | None:
    """Pack polygons, each with a place inside it for its label."""
    if table is None or table.empty:
        return None
    inside = gpd.GeoSeries(table.geometry.representative_point(), crs=table.crs).to_crs(4326)
    return {"shapes": _outlines(table, name), "at": positions(inside)}


def positions(places: gpd.GeoSeries) -> list[list[float]]:
    """Return latitude and longitude of each point, to 10 cm."""
    xy = [(0.0, 0.0) if place is None or place.is_empty else (place.x, place.y) for place in places]
    return [[round(y, 6), round(x, 6)] for x, y in xy]


def _key(tier: str) -> str:
    return tier.strip().casefold().removesuffix("级")


def tier_marks(centers: pd.DataFrame) -> tuple[list[int], list[str]]:
    """Return the mark of each center and what each mark stands for, the highest tier first.

    Tiers with other names than the usual ones go by number: the rarest is taken for the highest.
    """
    if "tier" not in centers or centers["tier"].dropna().empty:
        return [0] * len(centers), []
    tiers = centers["tier"].fillna("").astype(str)
    counts = tiers[tiers != ""].value_counts()
    usual = all(_key(tier) in _TIERS for tier in counts.index)
    order = sorted(counts.index, key=lambda tier: (_TIERS[_key(tier)] if usual else 0, counts[tier], tier))
    marks = {tier: min(place, MARKS - 1) for place, tier in enumerate(order)}
    names = [" · ".join(t for t in order if marks[t] == mark) for mark in sorted(set(marks.values()))]
    return [marks.get(tier, len(names) - 1) for tier in tiers], names


def extent(tables: Iterable[pd.DataFrame | None]) -> list[list[float]]:
    """Return the south-west and north-east corner (latitude, longitude) around all places of the tables."""
    boxes = [
        table.to_crs(4326).total_bounds
        for table in tables
        if isinstance(table, gpd.GeoDataFrame) and table.crs is not None and len(table)
    ]
    finite = [box for box in boxes if np.isfinite(box).all()]
    if not finite:
        return [[-60.0, -180.0], [75.0, 180.0]]
    low, high = np.min(finite, axis=0)[:2], np.max(finite, axis=0)[2:]
    return [[round(float(low[1]), 5), round(float(low[0]), 5)], [round(float(high[1]), 5), round(float(high[0]), 5)]]


def _outlines(table: gpd.GeoDataFrame, name: str) -> str:
    plain = table.geometry.simplify(SIMPLIFY_M)
    shapes: list[list[FloatArray]] = rings(place_table(plain.to_frame("geometry"), name).geometry)
    return pack_shapes(shapes)


def _steps(table: gpd.GeoDataFrame, minutes: list[float]) -> list[int]:
    return [minutes.index(float(value)) for value in table["minutes"]]
