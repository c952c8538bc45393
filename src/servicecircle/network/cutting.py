"""Cutting street segments at places on them, without a change to any other."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: A place this close to an end of a segment is the end, and two this close are one, metres.
SAME_M = 0.01
#: Columns that are divided among the pieces of a segment by their lengths.
_DIVIDED = ("length_m", "crossings", "signals")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Straights:
    """The straight parts of some lines.

    Attributes
    ----------
    shape
        LineStrings of two vertices, shape (straights,).
    line
        Number of the line each is part of.
    along
        Metres on the map from the start of the line to the start of the part.
    """

    shape: npt.NDArray[np.object_]
    line: IntArray
    along: FloatArray


def straights(lines: npt.NDArray[np.object_]) -> Straights:
    """Take lines apart, so that a place on one that meets itself has one distance from its start."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero(owner[1:] == owner[:-1])
    step = np.hypot(*(xy[first + 1] - xy[first]).T)
    run = np.r_[0.0, np.cumsum(step)][:-1]
    opens = np.flatnonzero(np.diff(owner[first], prepend=-1))
    along = run - np.repeat(run[opens], np.diff(np.r_[opens, len(first)]))
    shape = shapely.linestrings(np.stack([xy[first], xy[first + 1]], axis=1))
    return Straights(shape=shape, line=owner[first], along=along)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """Streets of which some segments were cut.

    Attributes
    ----------
    streets
        All segments, whole ones as they were; a piece has the id of its segment with ``-0``, ``-1`` ..., its share of
        ``length_m``, ``crossings`` and ``signals``, and, where the table has them, junction ids of its own.
    source
        Row each comes from, ascending.
    middle_m
        Metres on the map from the start of that row to the middle of the piece.
    """

    streets: gpd.GeoDataFrame
    source: IntArray
    middle_m: FloatArray


def cut_streets(streets: gpd.GeoDataFrame, row: IntArray, at_m: FloatArray) -> Pieces:
    """Cut segments at places given by their row and metres on the map from its start."""
    length = shapely.length(streets.geometry.to_numpy())
    order = np.lexsort((at_m, row))
    row, at_m = row[order], at_m[order]
    inner = (at_m > SAME_M) & (at_m < length[row] - SAME_M)
    row, at_m = row[inner], at_m[inner]
    fresh = np.ones(len(row), dtype=np.bool_)
    fresh[1:] = (np.diff(row) != 0) | (np.diff(at_m) > SAME_M)
    row, at_m = row[fresh], at_m[fresh]
    count = np.bincount(row, minlength=len(streets)) + 1
    source = np.repeat(np.arange(len(streets)), count)
    opens = np.cumsum(count) - count
    begin, end = np.zeros(len(source)), length[source]
    # Cuts and pieces are both in order: every piece but the first of its row begins where the one before ends.
    later = np.setdiff1d(np.arange(len(source)), opens)
    begin[later], end[later - 1] = at_m, at_m
    table = streets.take(source)
    cut = np.flatnonzero(count[source] > 1)
    shapes = table.geometry.to_numpy().copy()
    shapes[cut] = [_between(shapes[at], begin[at], end[at]) for at in cut]
    share = np.divide(end - begin, length[source], out=np.ones(len(source)), where=count[source] > 1)
    divided = {name: table[name] * share for name in _DIVIDED if name in table}
    number = np.arange(len(source)) - opens[source]
    ids = [f"{key}-{k}" if n > 1 else key for key, k, n in zip(table.index, number, count[source], strict=True)]
    table = table.assign(**divided, **_end_ids(streets, source, begin, end, length)).set_geometry(
        shapes, crs=streets.crs
    )
    table.index = pd.Index(ids, name=streets.index.name, dtype=streets.index.dtype)
    return Pieces(streets=table, source=source, middle_m=(begin + end) / 2)


def node_ids(streets: gpd.GeoDataFrame, row: IntArray, at_m: FloatArray) -> npt.NDArray[np.object_]:
    """Return the junction id of places on segments: that of the end they are at, else one named by the place.

    The table must have the columns ``u`` and ``v``.
    """
    length = shapely.length(streets.geometry.to_numpy()[row])
    inner = np.array(
        [f"{key}@{metres:.2f}" for key, metres in zip(streets.index[row], at_m, strict=True)], dtype=object
    )
    u, v = (streets[end].to_numpy(dtype=object)[row] for end in ("u", "v"))
    return np.where(at_m <= SAME_M, u, np.where(at_m >= length - SAME_M, v, inner))


def _end_ids(
    streets: gpd.GeoDataFrame, source: IntArray, begin: FloatArray, end: FloatArray, length: FloatArray
) -> dict[str, npt.NDArray[np.object_]]:
    if "u" not in streets or "v" not in streets:
        return {}
    u, v = node_ids(streets, source, begin), node_ids(streets, source, end)
    # A segment shorter than the tolerance has both its ends at both its places.
    short = length[source] <= 2 * SAME_M
    v[short] = streets["v"].to_numpy(dtype=object)[source[short]]
    return {"u": u, "v": v}


def _between(line: shapely.LineString, begin: float, end: float) -> shapely.LineString:
    """Return the part of a line between two distances from its start, heights included."""
    vertices = shapely.get_coordinates(line, include_z=bool(shapely.has_z(line)))
    along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(vertices[:, :2], axis=0).T))]
    inner = vertices[(along > begin) & (along < end)]
    ends = np.array([[np.interp(at, along, axis) for axis in vertices.T] for at in (begin, end)])
    return shapely.LineString(np.concatenate([ends[:1], inner, ends[1:]]))
