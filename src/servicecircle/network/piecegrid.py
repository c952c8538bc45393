"""A grid that finds the straight pieces of streets around a point.

Every piece is listed in each cell it runs through. Cells are held by squares of 16 by 16, and only squares that
streets run through: the cells of a window are one range in each row of a square, and a city with far islands costs no
more than its streets.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from servicecircle.inputs.ranges import ranges

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Side of a cell, metres: half of all places lie nearer to a street than this.
SIDE_M = 32.0
#: Cells along a side of a square, and how many bits that is. Places in one square are looked up together: what is known
#: of its streets fits the cache.
_ACROSS, _BITS = 16, 4
#: Squares between the first places of two rows: more than any row has.
_ROW = 1 << 28
#: Cells are counted within this distance from the origin of the CRS; the Earth is smaller.
_FARTHEST = 1 << 30
#: Pieces listed together.
_PIECES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Window:
    """What was found around each of some places.

    Attributes
    ----------
    piece
        Pieces that may lie in the window of each place, one place after the other; some are named twice.
    count
        Number of them at each place.
    """

    piece: IntArray
    count: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PieceGrid:
    """Pieces by the cells they run through.

    Attributes
    ----------
    square
        Squares that streets run through, ascending.
    first
        The pieces of cell ``c`` of square ``square[i]`` are ``piece[first[k]:first[k + 1]]``, ascending, where ``k`` is
        ``256 i + c`` and cells are counted row by row. A further square, without streets, stands for all others.
    piece
        Piece numbers.
    """

    square: IntArray
    first: npt.NDArray[np.int32]
    piece: npt.NDArray[np.int32]

    def around(self, x: FloatArray, y: FloatArray, reach_m: FloatArray) -> tuple[Window, FloatArray]:
        """Find the pieces within `reach_m` of each place.

        Returns
        -------
        tuple
            The window of each place, and the metres up to which it is complete: at least `reach_m`.
        """
        left, right = _cells(x - reach_m), _cells(x + reach_m) + 1
        low, high = _cells(y - reach_m), _cells(y + reach_m) + 1
        complete = np.minimum(
            np.minimum(x - left * SIDE_M, right * SIDE_M - x), np.minimum(y - low * SIDE_M, high * SIDE_M - y)
        )
        first, last = left >> _BITS, ((right - 1) >> _BITS) + 1
        rows, squares = high - low, last - first
        parts = rows * squares
        row, across = np.repeat(ranges(low, high), np.repeat(squares, rows)), np.repeat(left, parts)
        column = ranges(np.repeat(first, rows), np.repeat(last, rows))
        inner = self._opens(row, column)
        begin = self.first[inner + np.maximum(across - (column << _BITS), 0)]
        stop = self.first[inner + np.minimum(np.repeat(right, parts) - (column << _BITS), _ACROSS)]
        count = np.add.reduceat(stop - begin, np.cumsum(parts) - parts) if len(parts) else parts
        return Window(piece=self.piece[ranges(begin, stop)].astype(np.int64), count=count), complete

    def within(self, low: FloatArray, high: FloatArray) -> IntArray:
        """Return the pieces, ascending, that run through boxes, and some beyond them.

        Parameters
        ----------
        low, high
            Lower left and upper right corners in metres, shape (boxes, 2).
        """
        (left, low_row), (right, high_row) = (_cells(corner.T) >> _BITS for corner in (low, high))
        rows = high_row - low_row + 1
        row = ranges(low_row, high_row + 1) * _ROW
        squares = np.zeros(len(self.square), dtype=np.bool_)
        begin = np.searchsorted(self.square, row + np.repeat(left, rows))
        stop = np.searchsorted(self.square, row + np.repeat(right, rows), side="right")
        squares[ranges(begin, stop)] = True
        opens = self.first[:: _ACROSS**2]
        held = np.flatnonzero(squares)
        return np.unique(self.piece[ranges(opens[held], opens[held + 1])]).astype(np.int64)

    def _opens(self, row: IntArray, column: IntArray) -> IntArray:
        """Place in `first` where a row of cells opens in the square of that column of squares."""
        wanted = (row >> _BITS) * _ROW + column
        at = np.searchsorted(self.square, wanted)
        at[self.square.take(at, mode="clip") != wanted] = len(self.square)
        return (at << 2 * _BITS) + ((row & _ACROSS - 1) << _BITS)


def piece_grid(start: FloatArray, step: FloatArray) -> PieceGrid:
    """List pieces, given by first points and vectors of shape (2, pieces), by the cells they run through."""
    # Part by part, because what is computed on the way is many times the list.
    parts = [_cells_of(start, step, at) for at in range(0, start.shape[1], _PIECES)]
    key = np.concatenate([part.pop(0) for part in parts] or [np.empty(0, dtype=np.int64)])
    piece = np.concatenate([part.pop(0) for part in parts] or [np.empty(0, dtype=np.int32)])
    del parts
    order = np.argsort(key, kind="stable")  # pieces ascend already
    piece, key = piece[order], key[order]
    del order
    opens = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else np.empty(0, dtype=np.int64)
    held, key = np.diff(np.append(opens, len(key))), key[opens]
    square = key >> 2 * _BITS
    begins = np.append(True, square[1:] != square[:-1])[: len(square)]
    first = np.zeros((np.count_nonzero(begins) + 1) * _ACROSS**2 + 1, dtype=np.int32)
    first[((np.cumsum(begins) - 1) << 2 * _BITS) + (key & _ACROSS**2 - 1) + 1] = held
    return PieceGrid(square=square[begins], first=np.cumsum(first, out=first), piece=piece)


def _cells_of(start: FloatArray, step: FloatArray, at: int) -> list[npt.NDArray[Any]]:
    """List the cells that `_PIECES` pieces from `at` on run through, by cell, and the piece at each of them, once."""
    start, step = start[:, at : at + _PIECES], step[:, at : at + _PIECES]
    # Parts no longer than a cell touch few cells beside those they run through.
    parts = np.maximum(np.ceil(np.sqrt((step**2).sum(axis=0)) / SIDE_M), 1).astype(np.int64)
    piece = np.repeat(np.arange(len(parts)), parts)
    number = np.arange(len(piece)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = 1.0 / parts[piece]
    start, step = start.take(piece, axis=1), step.take(piece, axis=1)
    first, last = (_cells(start + end * share * step) for end in (number, number + 1))
    low, high = np.minimum(first, last), np.maximum(first, last) + 1
    rows = high[1] - low[1]
    row, part = ranges(low[1], high[1]), np.repeat(np.arange(len(piece)), rows)
    columns = (high[0] - low[0])[part]
    key = _keys(ranges(low[0][part], high[0][part]), np.repeat(row, columns))
    piece = (piece[np.repeat(part, columns)] + at).astype(np.int32)
    order = np.argsort(key, kind="stable")
    key, piece = key[order], piece[order]
    once = np.append(True, (key[1:] != key[:-1]) | (piece[1:] != piece[:-1]))[: len(key)]
    return [key[once], piece[once]]


def by_neighbourhood(points: FloatArray) -> tuple[IntArray, IntArray]:
    """Order of points, shape (points, 2), in which those of one square follow each other, and the way back."""
    column, row = _cells(points.T) >> _BITS
    # Numbers of two bytes are sorted by counting; that places 131 km apart share one only costs time.
    order = np.argsort((row << 8 | column & 255).astype(np.uint16), kind="stable")
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return order, back


def _keys(column: IntArray, row: IntArray) -> IntArray:
    """Return the number of each cell: its square, then its row and its column in it."""
    square = (row >> _BITS) * _ROW + (column >> _BITS)
    key: IntArray = (square << 2 * _BITS) + ((row & _ACROSS - 1) << _BITS) + (column & _ACROSS - 1)
    return key


def _cells(metres: FloatArray) -> IntArray:
    return np.clip(np.floor(metres / SIDE_M), -_FARTHEST, _FARTHEST).astype(np.int64)
