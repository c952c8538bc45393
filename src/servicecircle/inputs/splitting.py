"""Cutting lines into segments at marked vertices."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from servicecircle.inputs.ranges import ranges

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segments:
    """Lines cut into segments.

    Attributes
    ----------
    first, last
        Position of the vertex each segment begins and ends with.
    """

    first: IntArray
    last: IntArray

    def vertices(self) -> tuple[IntArray, IntArray]:
        """Return the positions of the vertices of all segments, and the segment each belongs to."""
        segment = np.repeat(np.arange(len(self.first)), self.last - self.first + 1)
        return ranges(self.first, self.last + 1), segment

    def lines(self, xy: FloatArray) -> npt.NDArray[np.object_]:
        """Return the segments as LineStrings, given the coordinates of the vertices."""
        vertex, segment = self.vertices()
        return np.asarray(shapely.linestrings(xy[vertex], indices=segment), dtype=object)


def split_lines(line: IntArray, cut: BoolArray) -> Segments:
    """Cut lines at their marked vertices.

    Parameters
    ----------
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
    return Segments(first=at[:-1][same], last=at[1:][same])


def number_within(line: IntArray) -> IntArray:
    """Count equal neighbours 0, 1, 2 ...: the place of each segment within its line."""
    start = np.flatnonzero(np.r_[True, line[1:] != line[:-1]])
    return np.arange(len(line)) - np.repeat(start, np.diff(np.r_[start, len(line)]))
