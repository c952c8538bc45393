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
    width
        Columns of each window.
    all
        Number of limits that each cell keeps, one window after the other, row by row.
    begin
        Where each window begins in there, and the end.
    count
        The same, window by window.
    """

    def __init__(self, field: WalkField, limits: FloatArray) -> None:
        self.limits = limits
        walks, windows, first = field.walks_by_tile(), [], []
        for target in range(len(field.origin)):
            walk = field.window(target, walks)
            inside = walk <= float(limits[-1])  # in the precision in which limits are counted below
            rows, columns = _extent(inside.any(axis=1)), _extent(inside.any(axis=0))
            windows.append(walk[rows, columns])
            first.append((columns.start, rows.start))
        self.first = np.array(first)
        self._height, self.width = np.array([walk.shape for walk in windows]).T
        self.begin = np.cumsum([0, *(walk.size for walk in windows)])
        self._walk = np.concatenate([walk.ravel() for walk in windows])
        self.all = np.zeros(len(self._walk), dtype=np.uint16)
        for limit in limits.tolist():
            self.all += self._walk <= limit
        self.count = self.by_target(self.all)

    def by_target(self, cells: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
        """Return the windows of values that stand one window after the other."""
        parts = np.split(cells, self.begin[1:-1])
        return [part.reshape(-1, width) for part, width in zip(parts, self.width.tolist(), strict=True)]

    def just_within(self, band_min: float) -> tuple[IntArray, IntArray]:
        """Find the squares between four cells within a limit, the worst of them by less than so many minutes.

        Returns
        -------
        tuple
            Outline of each square (target x limits + limit), and column and row of its first cell.
        """
        # The last cell of a row and the first of the next are on the rim, where no walk is within a limit.
        pair = np.maximum(self._walk, np.append(self._walk[1:], np.float32(np.inf)))
        for rows in self.by_target(pair):
            np.maximum(rows[:-1], rows[1:], out=rows[:-1])
        found = [np.flatnonzero((pair <= limit) & (pair > limit - band_min)) for limit in self.limits.tolist()]
        at = np.concatenate(found)
        number = np.repeat(np.arange(len(found)), [len(some) for some in found])
        target, place = self.places(at)
        return target * len(found) + number, place.T

    def places(self, cells: IntArray) -> tuple[IntArray, IntArray]:
        """Return the target of each cell, and its column and row on the target's map, shape (2, cells)."""
        target = np.searchsorted(self.begin, cells, side="right") - 1
        row, column = np.divmod(cells - self.begin[target], self.width[target])
        return target, np.stack([column, row]) + self.first[target].T

    def at(self, target: npt.NDArray[Any], column: IntArray, row: IntArray) -> npt.NDArray[np.uint16]:
        """Return how many limits the cells at columns and rows of the targets' maps keep."""
        low, width = self.first[target], self.width[target]
        here = (column >= low[:, 0]) & (column < low[:, 0] + width)
        here &= (row >= low[:, 1]) & (row < low[:, 1] + self._height[target])
        # The first cell of a window keeps none: it is on the rim.
        place = np.where(here, self.begin[target] + (row - low[:, 1]) * width + column - low[:, 0], 0)
        kept: npt.NDArray[np.uint16] = self.all.take(place)
        return kept


def _extent(inside: Any) -> slice:
    """Rows or columns that hold something, and one more on either side."""
    at = np.flatnonzero(inside)
    return slice(int(at[0]) - 1, int(at[-1]) + 2) if len(at) else slice(0, 2)
