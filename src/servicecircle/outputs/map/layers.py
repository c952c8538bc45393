"""The layers of the map: every table becomes packed shapes in degrees."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from servicecircle.errors import InputError
from servicecircle.inputs.datum import Datum, from_wgs84
from servicecircle.network.threads import side_by_side
from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.map.packing import FloatArray, pack_numbers, pack_shapes, rings

#: Okabe and Ito's colours, which colour-blind readers can tell apart.
REASON_COLORS = {"covered": "#0072B2", "too_far": "#D55E00", "unreachable": "#CC79A7", "off_network": "#1a1a1a"}
#: Seven steps of viridis without its darkest and palest ends.
BANDS = ("#2a788e", "#21918c", "#22a884", "#44bf70", "#7ad151", "#a8db34", "#d2e21b")
#: Outlines are drawn to this many metres, half a pixel at the largest usual zoom.
SIMPLIFY_M = 3.0
#: Streets bend less than a pixel at the usual zooms.
STREET_SIMPLIFY_M = 1.0
#: Parts that lines and outlines are simplified in, side by side.
_SIMPLIFIED_IN = 8
#: Ponds smaller than this are a pixel or two at the usual zooms, square metres.
WATER_M2 = 200.0
#: Tiers beyond these share the last mark.
MARKS = 4
#: A map is at least as large as a small town, degrees.
_LEAST_SIDE = 0.05
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


def band_colors(count: int) -> list[str]:
    """Return a colour for each walking time, the shortest darkest."""
    return [BANDS[round(i)] for i in np.linspace(0, len(BANDS) - 1, count)]


def placed(table: pd.DataFrame, name: str) -> gpd.GeoDataFrame:
    """Return the table itself if it has places.

    Raises
    ------
    InputError
        If it has no geometry or no CRS: there is nothing to draw.
    """
    if not isinstance(table, gpd.GeoDataFrame) or table.crs is None:
        msg = f"{name}: found a table without places, expected a GeoDataFrame with a CRS. A map needs both."
        raise InputError(msg)
    return table


def degrees(xy: FloatArray, crs: CRS, datum: Datum = "wgs84") -> FloatArray:
    """Return longitudes and latitudes in `datum` of places in a CRS, shape (places, 2)."""
    lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(*xy.T)
    return np.column_stack(from_wgs84(lon, lat, datum))


def street_layer(network: WalkNetwork | None, datum: Datum) -> str | None:
    """Pack the usable street segments, those that bend less than a pixel as straight pieces."""
    if network is None:
        return None
    sizes = np.diff(network.offsets)
    used = network.xy[np.repeat(network.usable, sizes)]
    lines = shapely.linestrings(used, indices=np.repeat(np.arange(network.usable.sum()), sizes[network.usable]))
    lines = _simplified(lines, STREET_SIMPLIFY_M)
    xy = degrees(shapely.get_coordinates(lines), network.crs, datum)
    return pack_shapes(xy, shapely.get_num_coordinates(lines), [len(lines)])


def water_layer(water: gpd.GeoDataFrame | None, datum: Datum) -> str | None:
    """Pack the water that is large enough to be seen."""
    if water is None:
        return None
    seen = water[water.area >= WATER_M2]
    return _outlines(seen, "water", datum) if len(seen) else None


def isochrone_layer(
    tables: list[tuple[gpd.GeoDataFrame | None, dict[Any, int]]], minutes: list[float], datum: Datum
) -> dict[str, Any] | None:
    """Pack isochrones with the page's number of their facility and their place in `minutes`.

    Each table comes with the numbers of the ids in its column ``center``.
    """
    parts = [
        table.assign(row=[numbers.get(key, -1) for key in table["center"]])[["row", "minutes", "geometry"]]
        for table, numbers in tables
        if table is not None and len(table)
    ]
    if not parts:
        return None
    known = gpd.GeoDataFrame(pd.concat([part.to_crs(parts[0].crs) for part in parts]), crs=parts[0].crs)
    known = known[(known["row"] >= 0) & ~known.geometry.is_empty].sort_values(["row", "minutes"], kind="stable")
    if known.empty:
        return None
    band = [minutes.index(float(value)) for value in known["minutes"]]
    shapes = _outlines(known, "isochrones", datum)
    return {"shapes": shapes, "place": pack_numbers(known["row"].to_numpy()), "band": pack_numbers(band)}


def outline_layer(table: gpd.GeoDataFrame | None, name: str, datum: Datum) -> dict[str, Any] | None:
    """Pack polygons, each with a place inside it for its label."""
    if table is None or table.empty:
        return None
    inside = placed(table, name).set_geometry(table.geometry.representative_point())
    return {"shapes": _outlines(table, name, datum), "at": positions(inside, datum)}


def positions(table: gpd.GeoDataFrame, datum: Datum) -> list[list[float]]:
    """Return latitude and longitude of each point, to 10 cm; 0, 0 for those without a place."""
    places = np.nan_to_num(_points(table, datum))
    return [[round(y, 6), round(x, 6)] for x, y in places.tolist()]


def _points(table: gpd.GeoDataFrame, datum: Datum) -> FloatArray:
    """Return longitude and latitude of each point, NaN for those without a place, shape (rows, 2)."""
    xy, row = shapely.get_coordinates(table.geometry.to_numpy(), return_index=True)
    out = np.full((len(table), 2), np.nan)
    out[row] = degrees(xy, table.crs, datum)
    return out


def _key(tier: str) -> str:
    return tier.strip().casefold().removesuffix("级")


def tier_marks(centers: pd.DataFrame) -> tuple[list[int], list[str]]:
    """Return the mark of each center and what each mark stands for, the highest tier first.

    Tiers with other names than the usual ones go by number: the rarest is taken for the highest.
    """
    tiers = [tier.strip() if isinstance(tier, str) else "" for tier in centers.get("tier", ())]
    counts = Counter(tier for tier in tiers if tier)
    if not counts:
        return [0] * len(centers), []
    usual = all(_key(tier) in _TIERS for tier in counts)
    order = sorted(counts, key=lambda tier: (_TIERS[_key(tier)] if usual else 0, counts[tier], tier))
    marks = {tier: min(place, MARKS - 1) for place, tier in enumerate(order)}
    names = [" · ".join(t for t in order if marks[t] == mark) for mark in sorted(set(marks.values()))]
    return [marks.get(tier, len(names) - 1) for tier in tiers], names


def extent(tables: Iterable[pd.DataFrame | None], centers: pd.DataFrame, datum: Datum) -> list[list[float]]:
    """Return the south-west and north-east corner (latitude, longitude) around all places of the tables.

    Centers among them count too, but not one farther off than the tables are wide and high: with two figures of its
    coordinates exchanged it would make the city a dot.
    """
    boxes = [box for table in tables if (box := _box(table, datum)) is not None]
    if isinstance(centers, gpd.GeoDataFrame) and boxes:
        low, high = np.min(boxes, axis=0)[:2], np.max(boxes, axis=0)[2:]
        places, side = _points(centers, datum), max(float((high - low).max()), _LEAST_SIDE)
        centers = centers[((places >= low - side) & (places <= high + side)).all(axis=1)]
    box = _box(centers, datum)
    finite = boxes if box is None else [*boxes, box]
    if not finite:
        return [[-60.0, -180.0], [75.0, 180.0]]
    low, high = np.min(finite, axis=0)[:2], np.max(finite, axis=0)[2:]
    return [[round(float(low[1]), 5), round(float(low[0]), 5)], [round(float(high[1]), 5), round(float(high[0]), 5)]]


def _box(table: pd.DataFrame | None, datum: Datum) -> FloatArray | None:
    """Return the bounds of a table in degrees, None if it has no places."""
    if not isinstance(table, gpd.GeoDataFrame) or table.crs is None or table.empty:
        return None
    xy = degrees(shapely.get_coordinates(table.geometry.to_numpy()), table.crs, datum)
    if not len(xy):
        return None
    box = np.concatenate([np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)])
    return box if np.isfinite(box).all() else None


def _outlines(table: gpd.GeoDataFrame, name: str, datum: Datum) -> str:
    xy, vertices, parts = rings(_simplified(placed(table, name).geometry.to_numpy(), SIMPLIFY_M))
    return pack_shapes(degrees(xy, table.crs, datum), vertices, parts)


def _simplified(shapes: npt.NDArray[np.object_], metres: float) -> npt.NDArray[np.object_]:
    """Leave out detail below so many metres, on two processors."""
    done = side_by_side(lambda some: shapely.simplify(some, metres), np.array_split(shapes, _SIMPLIFIED_IN))
    return np.concatenate(list(done))
