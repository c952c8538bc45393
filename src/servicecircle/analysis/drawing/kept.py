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
        self._begin = np.cumsum([0, *(count.size for count in self.count)])
        self._all = np.concatenate([count.ravel() for count in self.count])

    def at(self, target: npt.NDArray[Any], column: IntArray, row: IntArray) -> npt.NDArray[np.uint16]:
        """Return how many limits the cells at columns and rows of the targets' maps keep."""
        column, row = column - self.first[target, 0], row - self.first[target, 1]
        width = self._width[target]
        here = (column >= 0) & (row >= 0) & (column < width) & (row < self._height[target])
        kept: npt.NDArray[np.uint16] = self._all[np.where(here, self._begin[target] + row * width + column, 0)]
        return kept  # the first cell of a window keeps none: it is on the rim


def _extent(most: npt.NDArray[Any]) -> slice:
    """Rows or columns that hold something, and one more on either side."""
    at = np.flatnonzero(most)
    return slice(int(at[0]) - 1, int(at[-1]) + 2) if len(at) else slice(0, 2)
