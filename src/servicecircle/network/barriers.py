"""`shut_streets`: barriers shut the streets they touch, where they touch them."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from servicecircle.errors import CRSError, InputError, checked_number
from servicecircle.inputs.columns import check_layer
from servicecircle.inputs.crs import metric_crs
from servicecircle.inputs.issues import RowIssue, issue, report
from servicecircle.network.cutting import SAME_M, cut_streets, straights

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Half of the width that a point or line barrier has on the street, metres.
WIDTH_M = 0.1
_POINT, _POLYGON = 0, 3


def shut_streets(
    streets: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame,
    *,
    snap_m: float = 10.0,
    name: str = "barriers",
    issues: list[RowIssue] | None = None,
) -> gpd.GeoDataFrame:
    """Return the streets with what barriers touch shut: a wall, a building site, a flooded underpass.

    A segment is cut at the barrier, so that those who live on either side still walk to their own end of it: a line
    shuts the spot where it meets the segment, a polygon the part inside it, a point the spot on the nearest segment.
    Shut parts stay in the table, with True in the column ``shut``; nobody walks along them or is attached to them.
    Barriers are flat: one that crosses below a bridge on the map shuts the bridge.

    Parameters
    ----------
    streets
        LineStrings in a metric CRS; not changed.
    barriers
        Points, lines or polygons in the same CRS.
    snap_m
        A point farther than this from every segment shuts nothing.
    name
        What errors and issues call the barriers.
    issues
        List that receives the barriers that touch no street; without one it is logged.

    Returns
    -------
    geopandas.GeoDataFrame
        All segments, those that were cut with ``-0``, ``-1`` ... behind their id; ``shut``.

    Raises
    ------
    CRSError
        If the layers are not in one metric CRS.
    InputError
        If `snap_m` is not a number of at least 0, or a barrier has coordinates that are none.
    """
    checked_number("snap_m", snap_m, "metres of at least 0")
    check_one_crs(streets, barriers, name)
    _check_finite(barriers, name)
    shapes, owner = shapely.get_parts(barriers.geometry.to_numpy(), return_index=True)
    lines = streets.geometry.to_numpy()
    areas, near = _areas(shapes, lines, snap_m)
    areas, owner = areas[near], owner[near]
    barrier, row = shapely.STRtree(lines).query(areas, predicate="intersects")
    idle = np.setdiff1d(np.arange(len(barriers)), owner[barrier])
    report(issues, [issue(name, 0, "id", str(barriers.index[at]), "touches_no_street", "left out") for at in idle])
    row, begin, end = _merged(*_shut_parts(lines, row, areas[barrier]))
    pieces = cut_streets(streets, np.r_[row, row], np.r_[begin, end])
    shut = is_shut(streets)[pieces.source] | _within(pieces.source, pieces.middle_m, row, begin, end)
    return pieces.streets.assign(shut=shut)


def is_shut(streets: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Say which segments a barrier has shut."""
    if "shut" not in streets:
        return np.zeros(len(streets), dtype=np.bool_)
    return np.asarray(streets["shut"].isin([True]), dtype=np.bool_)


def check_one_crs(streets: gpd.GeoDataFrame, layer: gpd.GeoDataFrame, name: str) -> None:
    """Raise `CRSError` unless both are layers in one metric CRS."""
    check_layer("streets", streets)
    check_layer(name, layer)
    crs = metric_crs(streets, "streets")
    if layer.crs is None:
        raise CRSError(f"{name} has no CRS. Declare the one its coordinates are in: {name} = {name}.set_crs(...)")
    if CRS(layer.crs) != crs:
        found = CRS(layer.crs).to_string()
        raise CRSError(
            f"{name}: found {found}, expected {crs.to_string()} like the streets. "
            "Reproject it with .to_crs(streets.crs)."
        )


def _check_finite(barriers: gpd.GeoDataFrame, name: str) -> None:
    xy, owner = shapely.get_coordinates(barriers.geometry.to_numpy(), return_index=True)
    wrong = np.flatnonzero(~np.isfinite(xy).all(axis=1))
    if len(wrong):
        found = f"{name}, id {barriers.index[owner[wrong[0]]]!r}: found {xy[wrong[0]].tolist()}"
        raise InputError(f"{found}, expected finite coordinates. Leave it out or correct it.")


def _areas(
    shapes: npt.NDArray[np.object_], lines: npt.NDArray[np.object_], snap_m: float
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.bool_]]:
    """Return what each barrier covers, and whether it can touch a street at all."""
    kind = shapely.get_type_id(shapes)
    areas, near = shapes.copy(), np.ones(len(shapes), dtype=np.bool_)
    point = np.flatnonzero(kind == _POINT)
    if len(point):
        tree = shapely.STRtree(lines)
        asked, found = tree.query_nearest(shapes[point], max_distance=max(snap_m, WIDTH_M), all_matches=False)
        near[np.delete(point, asked)] = False
        at = shapely.line_locate_point(lines[found], shapes[point[asked]])
        areas[point[asked]] = shapely.line_interpolate_point(lines[found], at)
    areas[kind == _POLYGON] = shapely.make_valid(areas[kind == _POLYGON])
    thin = kind != _POLYGON
    areas[thin] = shapely.buffer(areas[thin], WIDTH_M, quad_segs=4)
    return areas, near


def _shut_parts(
    lines: npt.NDArray[np.object_], row: IntArray, areas: npt.NDArray[np.object_]
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the row, begin and end (metres on the map) of each part of a line inside its area."""
    parts = straights(lines[row])
    inside, of_part = shapely.get_parts(shapely.intersection(parts.shape, areas[parts.line]), return_index=True)
    length = shapely.length(inside)
    kept = np.flatnonzero((shapely.get_type_id(inside) == 1) & (length > 0))
    inside, of_part = inside[kept], of_part[kept]
    start = shapely.get_point(parts.shape[of_part], 0)
    away = np.stack([shapely.distance(start, shapely.get_point(inside, end)) for end in (0, -1)])
    middle, half = parts.along[of_part] + away.mean(axis=0), np.maximum(length[kept] / 2, WIDTH_M)
    return row[parts.line[of_part]], middle - half, middle + half


def _merged(row: IntArray, begin: FloatArray, end: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Join intervals of one row that touch; return them in the order of row and begin."""
    order = np.lexsort((begin, row))
    row, begin, end = row[order], begin[order], end[order]
    reach = pd.Series(end).groupby(row).cummax().to_numpy(dtype=np.float64)
    opens = np.ones(len(row), dtype=np.bool_)
    opens[1:] = (np.diff(row) != 0) | (begin[1:] > reach[:-1] + SAME_M)
    closes = np.append(opens[1:], True)[: len(row)]
    return row[opens], begin[opens], reach[closes]


def _within(
    piece_row: IntArray, middle_m: FloatArray, row: IntArray, begin: FloatArray, end: FloatArray
) -> npt.NDArray[np.bool_]:
    """Say which pieces, given by row and middle, lie in one of the ordered intervals of their row."""
    out = np.zeros(len(piece_row), dtype=np.bool_)
    candidates = np.flatnonzero(np.isin(piece_row, row))
    low = np.searchsorted(row, piece_row[candidates])
    high = np.searchsorted(row, piece_row[candidates], side="right")
    for at, a, b in zip(candidates, low, high, strict=True):
        before = a + np.searchsorted(begin[a:b], middle_m[at], side="right") - 1
        out[at] = before >= a and middle_m[at] <= end[before]
    return out
