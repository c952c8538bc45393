"""Lines as arrays of their vertices, put into an order that depends on nothing but their places."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from servicecircle.network.junctions import CELL_M

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lines:
    """Vertices of lines, one line after the other.

    Attributes
    ----------
    xy, offsets
        Vertices, shape (vertices, 2); line ``i`` has ``xy[offsets[i]:offsets[i + 1]]``.
    """

    xy: FloatArray
    offsets: IntArray

    @classmethod
    def of(cls, shapes: npt.NDArray[np.object_]) -> "Lines":
        """Take the vertices of LineStrings, none of them empty."""
        count = shapely.get_num_coordinates(shapes)
        return cls(xy=shapely.get_coordinates(shapes), offsets=np.concatenate([[0], np.cumsum(count, dtype=np.int64)]))

    def place_order(self, length_m: FloatArray) -> IntArray:
        """Order by place alone: the same lines in another order, or drawn from the other end, sort alike."""
        begin = self.offsets[:-1]
        low, high = (edge.reduceat(self.xy, begin, axis=0) for edge in (np.minimum, np.maximum))
        column, row = np.floor((low + high) / 2 / CELL_M).T
        order = np.lexsort((*high.T, column, row))
        # Few lines end at one corner in the north east: only those are told apart by what else there is.
        same = (high[order[1:]] == high[order[:-1]]).all(axis=1)
        tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
        rows = order[tied]
        order[tied] = rows[np.lexsort((length_m[rows], *low[rows].T, *high[rows].T, column[rows], row[rows]))]
        return order

    def drawn_backwards(self) -> BoolArray:
        """Mark the lines to turn round: all run west to east, or else south to north, however they were drawn."""
        count = len(self.offsets) - 1
        backwards, tied = np.zeros(count, dtype=np.bool_), np.ones(count, dtype=np.bool_)
        for steps in (0, 1):  # a loop is told by its second vertex from either end
            first, last = self.xy[self.offsets[:-1] + steps], self.xy[self.offsets[1:] - 1 - steps]
            for axis in (0, 1):
                backwards |= tied & (last[:, axis] < first[:, axis])
                tied &= last[:, axis] == first[:, axis]
        return backwards

    def rearranged(self, order: IntArray, turned: BoolArray) -> tuple[FloatArray, IntArray]:
        """Return vertices and offsets of the lines in another order, those marked (in that order) turned round."""
        size = np.diff(self.offsets)[order]
        offsets = np.concatenate([[0], np.cumsum(size)])
        first = self.offsets[order]
        step = np.where(turned, -1, 1)
        # Where vertex 0 of the whole would lie, counted along the line or against it.
        base = np.where(turned, first + size - 1, first) - step * offsets[:-1]
        vertex = np.repeat(base, size) + np.repeat(step, size) * np.arange(offsets[-1])
        return self.xy[vertex], offsets
