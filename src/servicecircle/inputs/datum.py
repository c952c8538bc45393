"""The shifted coordinates of Chinese web maps, and the way back to WGS 84.

GCJ-02 (Amap, Tencent, the national map services) moves every place in China by up to some 700 m; BD-09
(Baidu) moves GCJ-02 again. Both formulas are public and have no closed inverse: it is found by fixed-point
steps, to a fraction of a millimetre. CGCS2000 is WGS 84 to within centimetres; the metres of its 3-degree
zones (EPSG:4513 to 4533 with the number of the zone before the easting, 4534 to 4554 without) become degrees.
"""

from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from servicecircle.errors import InputError

FloatArray = npt.NDArray[np.float64]
Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
#: What coordinates are in: a datum, or a zone by its code.
Source = Datum | int
#: Zones of CGCS2000, by their EPSG code.
ZONES = range(4513, 4555)

#: The box within which the shift applies: west, south, east, north, degrees.
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
#: Krasovsky 1940, on which the shift is defined: semi-major axis in metres, eccentricity squared.
_AXIS, _ECC2 = 6378245.0, 0.00669342162296594323
#: The last zone whose eastings bear its number; and how far from its middle a zone may be used.
_LAST_WITH_NUMBER, _ZONE_WIDTH_DEG = 4533, 12.0
#: Steps end when no coordinate moves by more (0.1 mm).
_TOLERANCE_DEG = 1e-9

_NAMES: dict[str, Datum] = {
    **dict.fromkeys(["wgs84", "wgs1984", "4326", "epsg4326", "gps"], "wgs84"),
    **dict.fromkeys(["cgcs2000", "2000", "国家2000", "国家大地2000", "大地2000", "4490", "epsg4490"], "cgcs2000"),
    **dict.fromkeys(["gcj02", "gcj", "火星", "火星坐标", "火星坐标系", "高德", "腾讯", "国测局"], "gcj02"),
    **dict.fromkeys(["bd09", "bd09ll", "百度", "百度坐标", "百度坐标系"], "bd09"),
}


def datum_named(text: str) -> Datum | None:
    """Return the datum that people write in many ways (``GCJ-02``, ``火星坐标系``), None if unknown."""
    return _NAMES.get(text.strip().casefold().replace("-", "").replace(" ", "").replace("_", "").replace(":", ""))


def checked_source(text: str) -> Source:
    """Return what coordinates called `text` are in: a datum, or the EPSG code of a zone of CGCS2000.

    Raises
    ------
    InputError
        If it is neither.
    """
    found = datum_named(text) or zone_named(text)
    if found is None:
        raise InputError(
            f"datum: found {text!r}, expected one of wgs84, cgcs2000, gcj02, bd09, or a zone of CGCS2000 such as "
            f"EPSG:{ZONES[0]} (to {ZONES[-1]})."
        )
    return found


def zone_named(text: str) -> int | None:
    """Return the EPSG code of a zone of CGCS2000 (``EPSG:4547``, ``4547``), None if it is none."""
    digits = text.strip().casefold().removeprefix("epsg").removeprefix(":").strip()
    return int(digits) if digits.isdecimal() and int(digits) in ZONES else None


def from_zone(east: FloatArray, north: FloatArray, zone: int) -> tuple[FloatArray, FloatArray]:
    """Turn metres of a zone of CGCS2000 into degrees, shapes (n,).

    Surveyors call the northing x and write it first: where that is plain from the size, the two are exchanged.
    """
    back = Transformer.from_crs(zone, 4490, always_xy=True)
    central = back.transform(*_origin(zone))[0]
    first = np.abs(np.asarray(east) - _origin(zone)[0])
    second = np.abs(np.asarray(north) - _origin(zone)[0])
    if len(first) and np.median(second) < np.median(first):
        east, north = north, east
    lon, lat = back.transform(east, north)
    if len(lon) and not np.nanmax(np.abs(lon - central)) < _ZONE_WIDTH_DEG:
        raise InputError(
            f"datum: found {np.median(east):.0f}, {np.median(north):.0f}: far off the middle of EPSG:{zone}. "
            "Check the zone, and whether eastings bear its number (EPSG:4513 to 4533) or not (4534 to 4554)."
        )
    return np.asarray(lon), np.asarray(lat)


def _origin(zone: int) -> tuple[float, float]:
    """Return the false easting of a zone, and a northing in the middle of China."""
    number = zone - 4513 + 25
    return (number * 1e6 + 5e5 if zone <= _LAST_WITH_NUMBER else 5e5), 4e6


def checked_datum(text: str) -> Datum:
    """Return the datum called `text`.

    Raises
    ------
    InputError
        If there is no such datum.
    """
    datum = datum_named(text)
    if datum is None:
        raise InputError(f"datum: found {text!r}, expected one of wgs84, cgcs2000, gcj02, bd09.")
    return datum


def from_wgs84(lon: FloatArray, lat: FloatArray, datum: Datum) -> tuple[FloatArray, FloatArray]:
    """Shift WGS 84 degrees into `datum`; places outside China stay where they are. Shapes (n,)."""
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if datum in {"wgs84", "cgcs2000"}:
        return lon, lat
    inside = in_china(lon, lat)
    x, y = _forward(lon, lat, datum)
    return np.where(inside, x, lon), np.where(inside, y, lat)


def to_wgs84(lon: FloatArray, lat: FloatArray, datum: Datum) -> tuple[FloatArray, FloatArray]:
    """Shift degrees of `datum` back to WGS 84; places outside China stay where they are. Shapes (n,)."""
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if datum in {"wgs84", "cgcs2000"} or not lon.size:
        return lon, lat
    inside = in_china(lon, lat)
    x, y = lon.copy(), lat.copy()
    for _ in range(20):  # each step shrinks the error some thousand times; 4 do
        there_x, there_y = _forward(x, y, datum)
        off_x, off_y = np.where(inside, lon - there_x, 0.0), np.where(inside, lat - there_y, 0.0)
        x, y = x + off_x, y + off_y
        if max(np.abs(off_x).max(), np.abs(off_y).max()) < _TOLERANCE_DEG:
            break
    return x, y


def shifted(layer: gpd.GeoDataFrame, datum: Source, name: str = "the layer") -> gpd.GeoDataFrame:
    """Return `layer` in EPSG:4326 with the shift of `datum` taken out; unchanged if there is none.

    Raises
    ------
    InputError
        If a zone is named: a layer has a CRS of its own.
    """
    if isinstance(datum, int):
        raise InputError(f"{name}: datum EPSG:{datum} is for tables of numbers. Declare it as the CRS of the layer.")
    if datum in {"wgs84", "cgcs2000"}:
        return layer
    layer = layer.to_crs(4326)

    def back(xy: FloatArray) -> FloatArray:
        return np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], datum))

    return layer.set_geometry(shapely.transform(layer.geometry.to_numpy(), back), crs=4326)


def in_china(lon: FloatArray | float, lat: FloatArray | float) -> npt.NDArray[np.bool_]:
    """Say which places lie in the frame around China that its datums are shifted in."""
    west, south, east, north = CHINA
    return np.asarray((lon > west) & (lon < east) & (lat > south) & (lat < north))


def _forward(lon: FloatArray, lat: FloatArray, datum: Datum) -> tuple[FloatArray, FloatArray]:
    x, y = _to_gcj(lon, lat)
    return _to_baidu(x, y) if datum == "bd09" else (x, y)


def _to_gcj(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    x, y = lon - 105.0, lat - 35.0
    common = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += 2.0 / 3.0 * (common + _waves(y, 20.0, 40.0, 160.0, 320.0))
    east = 300.0 + x + 2.0 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += 2.0 / 3.0 * (common + _waves(x, 20.0, 40.0, 150.0, 300.0))
    phi = np.radians(lat)
    flat = 1.0 - _ECC2 * np.sin(phi) ** 2
    meridian = _AXIS * (1.0 - _ECC2) / flat**1.5
    parallel = _AXIS / np.sqrt(flat) * np.cos(phi)
    return lon + np.degrees(east / parallel), lat + np.degrees(north / meridian)


def _waves(t: FloatArray, a: float, b: float, c: float, d: float) -> FloatArray:
    short = a * np.sin(np.pi * t) + b * np.sin(np.pi * t / 3.0)
    return np.asarray(short + c * np.sin(np.pi * t / 12.0) + d * np.sin(np.pi * t / 30.0))


def _to_baidu(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    turn = np.pi * 3000.0 / 180.0
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * turn)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * turn)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006
