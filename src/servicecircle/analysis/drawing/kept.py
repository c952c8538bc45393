"""How many of the limits each drawing cell keeps."""

from typing import Any

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.drawing.field import WalkField

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class KeptLimits:
    """How many limits each cell keeps, for every target in a window as small as can be, with a free rim.

    Parameters
    ----------
    field
        Walks to the targets.
    limits
        Walking times, ascending.

    Attributes
    ----------
    limits
        As given.
    first
        First column and row of each target's window on its map, shape (targets, 2).
    walk
        Minutes in each window.
    count
        Number of limits kept, the same windows.
    """

    def __init__(self, field: WalkField, limits: FloatArray) -> None:
        self.limits = limits
        self.walk, self.count, first = [], [], []
        for target in range(len(field.origin)):
            walk = field.window(target)
            count = np.zeros(walk.shape, dtype=np.uint16)
            for limit in limits.tolist():
                count += walk <= limit
            rows, columns = _extent(count.max(axis=1)), _extent(count.max(axis=0))
            self.walk.append(walk[rows, columns])
            self.count.append(count[rows, columns])
            first.append((columns.start, rows.start))
        self.first = np.array(first)
        self._height, self._width = np.array([count.shape for count in self.count]).T
        begin = np.cumsum([0, *(count.size for count in self.count)])[:-1]
        self._zero = begin - self.first[:, 1] * self._width - self.first[:, 0]
        self._all = np.concatenate([count.ravel() for count in self.count])

    def at(self, target: npt.NDArray[Any], column: IntArray, row: IntArray) -> npt.NDArray[np.uint16]:
        """Return how many limits the cells at columns and rows of the targets' maps keep."""
        low, width = self.first[target], self._width[target]
        here = (column >= low[:, 0]) & (column < low[:, 0] + width)
        here &= (row >= low[:, 1]) & (row < low[:, 1] + self._height[target])
        # The first cell of a window keeps none: it is on the rim.
        return self.of(target, np.where(here, column, low[:, 0]), np.where(here, row, low[:, 1]))

    def of(self, target: npt.NDArray[Any], column: IntArray, row: IntArray) -> npt.NDArray[np.uint16]:
        """Return what `at` does, for cells within the targets' windows."""
        kept: npt.NDArray[np.uint16] = self._all.take(self._zero[target] + row * self._width[target] + column)
        return kept


def _extent(most: npt.NDArray[Any]) -> slice:
    """Rows or columns that hold something, and one more on either side."""
    at = np.flatnonzero(most)
    return slice(int(at[0]) - 1, int(at[-1]) + 2) if len(at) else slice(0, 2)
