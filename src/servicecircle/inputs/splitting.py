"""Cutting lines into segments at marked vertices."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segments:
    """Lines cut into segments.

    Attributes
    ----------
    lines
        LineStrings, shape (segments,).
    first, last
        Position of the vertex each segment begins and ends with.
    """

    lines: npt.NDArray[np.object_]
    first: IntArray
    last: IntArray


def split_lines(xy: FloatArray, line: IntArray, cut: BoolArray) -> Segments:
    """Cut lines at their marked vertices.

    Parameters
    ----------
    xy
        Vertices of all lines one after the other, shape (vertices, 2).
    line
        Number of the line each vertex belongs to, ascending, shape (vertices,).
    cut
        True where a line is to be cut, shape (vertices,). The ends of a line are always ends of segments; a
        line of one vertex gives none.
    """
    bounds = cut.copy()
    if len(line):
        bounds[0] = bounds[-1] = True
        change = line[1:] != line[:-1]
        bounds[1:] |= change
        bounds[:-1] |= change
    at = np.flatnonzero(bounds)
    same = line[at[1:]] == line[at[:-1]]
    first, last = at[:-1][same], at[1:][same]
    size = last - first + 1
    segment = np.repeat(np.arange(len(first)), size)
    begin = np.repeat(np.cumsum(size) - size, size)
    vertex = np.arange(len(segment)) - begin + np.repeat(first, size)
    return Segments(lines=shapely.linestrings(xy[vertex], indices=segment), first=first, last=last)


def number_within(line: IntArray) -> IntArray:
    """Count equal neighbours 0, 1, 2 ...: the place of each segment within its line."""
    start = np.flatnonzero(np.r_[True, line[1:] != line[:-1]])
    return np.arange(len(line)) - np.repeat(start, np.diff(np.r_[start, len(line)]))
