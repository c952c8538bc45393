"""What counts as a metric CRS here, and the way into one."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import ProjError

from servicecircle.errors import CRSError

#: What pyproj and geopandas take for a CRS.
CRSLike = CRS | str | int

#: Left, bottom, right and top.
Bounds = tuple[float, float, float, float]
#: x and y.
Place = tuple[float, float]
FloatArray = npt.NDArray[np.float64]

#: EPSG:3857 stretches Haikou by 6.4 %; a UTM or national zone stays within 0.1 %.
MAX_SCALE_ERROR = 0.01


def on_earth(crs: CRS, file: str) -> CRS:
    """Return the CRS of a file, if its places have a longitude and a latitude.

    Raises
    ------
    CRSError
        If not: metres from any corner, as drawings have them, or places on another planet.
    """
    try:
        Transformer.from_crs(crs, 4326, always_xy=True)
    except ProjError:
        placed = False
    else:
        placed = crs.is_geographic or crs.is_projected
    if not placed:
        raise CRSError(
            f"{file} is in {crs.name!r}, which does not say where on earth its coordinates are. Export it in a CRS "
            "such as EPSG:4326 or EPSG:4547."
        )
    return crs


def metric_crs(layer: gpd.GeoDataFrame, name: str) -> CRS:
    """Return the CRS of `layer`, or raise `CRSError` unless it measures in metres.

    Metres of the map must be metres on the ground to within 1 % at the place of the layer.
    """
    if layer.crs is None:
        msg = f"{name} has no CRS. Declare the one its coordinates are in: {name} = {name}.set_crs(...)"
        raise CRSError(msg)
    crs = CRS(layer.crs)
    _check_metres(crs, median_place(layer) if len(layer) else None, name)
    return crs


def median_place(layer: gpd.GeoDataFrame | gpd.GeoSeries) -> Place:
    """Return the median of the places of a layer, x and y each by itself: one that is astray does not move it far."""
    x, y = _centers(layer)
    return _median(x), _median(y)


def _centers(layer: gpd.GeoDataFrame | gpd.GeoSeries) -> tuple[FloatArray, FloatArray]:
    boxes = shapely.bounds(layer.geometry.to_numpy())
    return (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2


def _median(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _middle(bounds: Bounds) -> Place:
    return (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2


def _check_metres(crs: CRS, place: Place | None, name: str) -> None:
    reproject = f"Reproject it: {name} = {name}.to_crs({name}.estimate_utm_crs())"
    if not crs.is_projected or crs.axis_info[0].unit_conversion_factor != 1.0:
        raise CRSError(f"{name} is in {crs.to_string()}, which does not measure in metres. {reproject}")
    if place is not None:
        error = scale_error(crs, *place)
        if not error <= MAX_SCALE_ERROR:
            msg = f"{name} is in {crs.to_string()}, where a metre is {error:.1%} off at its place. {reproject}"
            raise CRSError(msg)


def scale_error(crs: CRS, x: float, y: float) -> float:
    """Return how far 100 m on the map, east and north of (x, y), are from 100 m on the ground (0.01 = 1 %)."""
    geodetic = crs.geodetic_crs
    if geodetic is None or not np.isfinite([x, y]).all():
        return float("nan")
    back = Transformer.from_crs(crs, geodetic, always_xy=True)
    lon, lat = back.transform([x, x + 100.0, x], [y, y, y + 100.0])
    geod = geodetic.get_geod() or Geod(ellps="WGS84")
    _, _, metres = geod.inv([lon[0], lon[0]], [lat[0], lat[0]], lon[1:], lat[1:])
    return float(np.max(np.abs(np.asarray(metres) - 100.0)) / 100.0)


def is_metric(crs: CRS, place: Place) -> bool:
    """Say whether a metre of `crs` is a metre on the ground, to within 1 %, at a place."""
    if not crs.is_projected or crs.axis_info[0].unit_conversion_factor != 1.0:
        return False
    return scale_error(crs, *place) <= MAX_SCALE_ERROR


def to_metric(layer: gpd.GeoDataFrame, crs: CRSLike | None = None, *, name: str = "the layer") -> gpd.GeoDataFrame:
    """Return `layer` in the metric CRS `crs`; without one in its own if metric, else in its UTM zone.

    Errors call the layer by its `name`.

    Raises
    ------
    CRSError
        If the layer has no CRS, or if `crs` is unknown or does not measure in metres at its place.
    """
    if layer.crs is None:
        raise CRSError(f"{name} has no CRS. Declare the one its coordinates are in: layer = layer.set_crs(...)")
    if crs is not None:
        try:
            moved = layer.to_crs(crs)
        except ProjError as error:
            raise _unknown(crs) from error
        bounds = tuple(moved.total_bounds) if len(moved) else None
        _check_stray(moved, layer, name)
        _check_place(CRS(moved.crs), bounds, lambda: tuple(layer.to_crs(4326).total_bounds), name)
        return moved
    if not len(layer) or is_metric(CRS(layer.crs), median_place(layer)):
        code = CRS(layer.crs).to_epsg()
        # A CRS spelt out in full is the same as its code, but does not compare as the same.
        return layer if code is None else layer.set_crs(code, allow_override=True)
    moved = layer.to_crs(utm_zone(layer))
    if not np.isfinite(moved.total_bounds).all():
        _check_stray(moved, layer, name)
    return moved


def metric_coordinates(
    lon: FloatArray, lat: FloatArray, crs: CRSLike | None, name: str
) -> tuple[FloatArray, FloatArray, CRS]:
    """Return places of WGS 84 in the metric CRS `crs`, without one in their UTM zone, and that CRS.

    Raises
    ------
    CRSError
        If `crs` is unknown or does not measure in metres there.
    """
    bounds = float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())
    try:
        target = _zone_at(_median(lon), _median(lat)) if crs is None else CRS(crs)
        x, y = Transformer.from_crs(4326, target, always_xy=True).transform(lon, lat)
    except ProjError as error:
        raise _unknown(crs) from error
    if crs is not None:
        _check_place(target, (x.min(), y.min(), x.max(), y.max()), lambda: bounds, name)
    return x, y, target


def utm_zone(layer: gpd.GeoDataFrame | gpd.GeoSeries) -> CRS:
    """Return the UTM zone of WGS 84 at the median place of a layer."""
    # Computed, because asking the database of CRS for it takes a tenth of a second.
    back = Transformer.from_crs(layer.crs, 4326, always_xy=True)
    return _zone_at(*back.transform(*median_place(layer)))


def _zone_at(lon: float, lat: float) -> CRS:
    if not np.isfinite([lon, lat]).all():
        raise CRSError("the places of the layer are not finite. Check its CRS.")
    zone = int((lon + 180.0) // 6.0) % 60 + 1
    return CRS((32600 if lat >= 0 else 32700) + zone)


def _unknown(crs: CRSLike | None) -> CRSError:
    return CRSError(f"crs: found {crs!r}, expected a projected CRS such as EPSG:32649.")


def _check_stray(layer: gpd.GeoDataFrame, before: gpd.GeoDataFrame, name: str) -> None:
    """Refuse a single feature of another part of the world, by its index, where most are at the right place."""
    crs = CRS(layer.crs)
    if not len(layer) or not crs.is_projected or is_metric(crs, _middle(tuple(layer.total_bounds))):
        return
    x, y = _centers(layer)
    # The medians stay at the city where the middle of the bounds leaves it.
    middle = _median(x), _median(y)
    away = np.where(np.isfinite(x) & np.isfinite(y), np.hypot(x - middle[0], y - middle[1]), np.inf)
    if not is_metric(crs, middle):
        return
    at = int(np.argmax(away))
    place = before.geometry.iloc[[at]].to_crs(4326).total_bounds
    raise CRSError(
        f'{name}: found "{layer.index[at]}" around longitude {(place[0] + place[2]) / 2:.2f}, latitude '
        f"{(place[1] + place[3]) / 2:.2f}, expected a place near the others. Correct its longitude and latitude (are "
        "they swapped, or of another datum?), or take it out."
    )


def _check_place(crs: CRS, bounds: Bounds | None, degrees: Callable[[], Bounds], name: str) -> None:
    """Refuse a layer so far from where its new CRS holds that it must be of another place, or have its axes swapped."""
    middle = None if bounds is None else _middle(bounds)
    if middle is None or not crs.is_projected or is_metric(crs, middle):
        _check_metres(crs, middle, name)
        return
    left, bottom, right, top = degrees()
    raise CRSError(
        f"{name} lies around longitude {(left + right) / 2:.2f}, latitude {(bottom + top) / 2:.2f}, where "
        f"{crs.to_string()} does not measure in metres. Check that it is of the same city as the streets, and that "
        "longitude and latitude are not swapped; or choose another crs."
    )
