"""Street pieces gathered once, to measure from many places to them."""

import numpy as np
import numpy.typing as npt

from servicecircle.network.snapping import SnapIndex

FloatArray = npt.NDArray[np.float64]


class Pieces:
    """Some pieces of an index, one for each row of the places they are compared with.

    Places have one ordinate for each piece, or a row of ordinates: arrays are broadcast.
    """

    def __init__(self, index: SnapIndex, piece: npt.NDArray[np.int32]) -> None:
        self.index, self.piece = index, piece
        at = piece.astype(np.int64)
        self._x, self._y, self._step_x, self._step_y, square = (values.take(at) for values in index.shape)
        per_square = 1.0 / square
        self._share_x, self._share_y = self._step_x * per_square, self._step_y * per_square

    def by_row(self) -> "Pieces":
        """Return the same pieces, each for a row of places."""
        rows = object.__new__(Pieces)
        for name, values in vars(self).items():
            setattr(rows, name, values if name == "index" else values[..., None])
        return rows

    def measure(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the share of each piece at which it is nearest to a place, and the distance."""
        away_x, away_y = x - self._x, y - self._y
        along = away_x * self._share_x
        along += away_y * self._share_y
        np.clip(along, 0.0, 1.0, out=along)
        away_x -= along * self._step_x
        away_y -= along * self._step_y
        away_x *= away_x
        away_y *= away_y
        away_x += away_y
        return along, np.sqrt(away_x, out=away_x)

    def distance(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return the distance from each place to its piece."""
        return self.measure(x, y)[1]

    def fraction(self, along: FloatArray) -> FloatArray:
        """Turn shares of pieces into positions along their segments."""
        index = self.index
        return np.minimum(index.before[self.piece] + along * index.span[self.piece], 1.0)
