"""Snapping: attach a point to the nearest place on the nearest street segment, exactly.

A grid names the straight pieces around a point, and the distances to all of them are computed. The
nearest is proven when it is nearer than the border of the cells looked at; a point for which that is
not so looks as far as what it has found, or farther if that is nothing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from servicecircle.network.piecegrid import PieceGrid, Window, by_neighbourhood, piece_grid

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

#: Longest distance between samples along a piece, metres.
STEP = 20.0
#: Distances closer than this are a tie, won by the first piece in the network's own order.
TIE = 1e-9
#: Coordinates are rounded to less than this, metres.
_ROUNDING = 1e-6
#: Places nearer to the end of a segment than this share of it are at the end.
_AT_END = 1e-9
#: Points looked at together: what is known of them fits the cache.
_CHUNK = 8192
#: What is looked at first around a point, metres: few cells.
_FIRST = 12.0
#: Most pieces judged at once.
_MOST = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapped:
    """Places on the network, one for each point asked about.

    Attributes
    ----------
    segment
        Segment number, -1 where no usable segment is near enough.
    fraction
        Position along the segment, 0 at its start and 1 at its end.
    distance_m
        Off-street metres between the point and that place, ``inf`` where there is none.
    """

    segment: IntArray
    fraction: FloatArray
    distance_m: FloatArray

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.segment)

    def take(self, rows: npt.NDArray[Any]) -> "Snapped":
        """Return the places of these rows."""
        return Snapped(segment=self.segment[rows], fraction=self.fraction[rows], distance_m=self.distance_m[rows])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SnapIndex:
    """Straight pieces of the usable segments, and the grid that finds them.

    Attributes
    ----------
    shape
        First point (x, y), vector (x, y) and the square of the length (``inf`` without length) of each piece,
        shape (5, pieces).
    drawn_m
        Length of each segment as it is drawn, 0 for those that are not usable, shape (segments,).
    grid
        Pieces by the cells they run through.
    segment
        Segment each piece belongs to.
    before, span
        Share of the segment's length before the piece, and the share the piece has.
    """

    shape: FloatArray
    drawn_m: FloatArray
    grid: PieceGrid
    segment: IntArray
    before: FloatArray
    span: FloatArray

    @property
    def start(self) -> FloatArray:
        """First point of each piece, shape (2, pieces)."""
        return self.shape[0:2]

    @property
    def step(self) -> FloatArray:
        """Vector of each piece, shape (2, pieces)."""
        return self.shape[2:4]

    def samples(self) -> tuple[FloatArray, IntArray]:
        """Return places at most `STEP` apart on all pieces, shape (places, 2), and the piece each of them lies on.

        They are the middles of equal parts of the pieces.
        """
        parts = np.maximum(np.ceil(np.sqrt((self.step**2).sum(axis=0)) / STEP), 1).astype(np.int64)
        piece = np.repeat(np.arange(len(parts), dtype=np.int32), parts)
        number = np.arange(len(piece)) - np.repeat(np.cumsum(parts) - parts, parts)
        along = (number + 0.5) / parts[piece]
        return (self.start[:, piece] + along * self.step[:, piece]).T, piece

    def nearest_piece(self, points: FloatArray, max_distance_m: float) -> tuple[IntArray, FloatArray]:
        """Return the nearest piece of each point and its distance; -1 and ``inf`` beyond the maximum."""
        order, back = by_neighbourhood(points)
        piece, distance = self._of_neighbours(points.take(order, axis=0), max_distance_m)
        return piece[back], distance[back]

    def _of_neighbours(self, points: FloatArray, most: float) -> tuple[IntArray, FloatArray]:
        """Do what `nearest_piece` does, for points of which neighbours follow each other."""
        x, y = points.T.copy()
        piece, distance = np.empty(len(points), dtype=np.int32), np.empty(len(points))
        for at in range(0, len(points), _CHUNK):
            part = slice(at, at + _CHUNK)
            self._nearest(x[part], y[part], most, piece[part], distance[part])
        far = distance > most
        piece[far], distance[far] = -1, np.inf
        return piece, distance

    def _nearest(self, x: FloatArray, y: FloatArray, most: float, piece: IntArray, distance: FloatArray) -> None:
        """Look around the points, farther and farther, and write down what is nearest."""
        rows, reach = np.arange(len(x)), np.full(len(x), _FIRST)
        while len(rows):
            found, away, complete = self._look(x[rows], y[rows], reach)
            piece[rows], distance[rows] = found, away
            unsure = (away > complete - _ROUNDING) & (reach <= most)
            reach = np.minimum(np.where(np.isinf(away), 4 * reach, away), most)[unsure] + 2 * _ROUNDING
            rows = rows[unsure]

    def _look(self, x: FloatArray, y: FloatArray, reach: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """Judge the pieces around each point; say how far the answer is complete."""
        window, complete = self.grid.around(x, y, reach)
        if len(window.piece) > _MOST and len(x) > 1:
            half = len(x) // 2
            parts = (self._look(x[part], y[part], reach[part]) for part in (slice(half), slice(half, None)))
            piece, away, complete = (np.concatenate(both) for both in zip(*parts, strict=True))
            return piece, away, complete
        square = self._squares(x, y, window)
        piece, away = np.full(len(x), -1, dtype=np.int32), np.full(len(x), np.inf)
        some = np.flatnonzero(window.count)
        if len(some):
            count = window.count[some]
            opens = np.cumsum(count) - count
            least = np.sqrt(np.minimum.reduceat(square, opens))
            # Of a tie the first piece counts, in whatever order the grid names them.
            tied = square <= np.repeat((least + TIE) ** 2, count)
            piece[some] = np.minimum.reduceat(np.where(tied, window.piece, np.iinfo(np.int32).max), opens)
            away[some] = least
        return piece, away, complete

    def _squares(self, x: FloatArray, y: FloatArray, window: Window) -> FloatArray:
        """Square of the distance from each point to each piece of its window."""
        start_x, start_y, step_x, step_y, square = self.shape
        off_x = np.repeat(x, window.count)
        off_y = np.repeat(y, window.count)
        off_x -= start_x.take(window.piece)
        off_y -= start_y.take(window.piece)
        way_x, way_y = step_x.take(window.piece), step_y.take(window.piece)
        along = off_x * way_x
        along += off_y * way_y
        along /= square.take(window.piece)
        np.clip(along, 0.0, 1.0, out=along)
        way_x *= along
        way_y *= along
        off_x -= way_x
        off_y -= way_y
        off_x *= off_x
        off_y *= off_y
        off_x += off_y
        return off_x

    def distance(self, points: FloatArray, piece: IntArray) -> FloatArray:
        """Distance in metres of each point to its piece."""
        along, x, y = self._along(points, piece)
        x -= along * self.step[0][piece]
        y -= along * self.step[1][piece]
        return np.asarray(np.sqrt(x * x + y * y))

    def fraction(self, points: FloatArray, piece: IntArray) -> FloatArray:
        """Position of the nearest place of each piece as a fraction of its whole segment."""
        fraction = self.before[piece] + self._along(points, piece)[0] * self.span[piece]
        # A center at the junction where a one-way path ends is not a hair before that end.
        fraction[fraction < _AT_END] = 0.0
        fraction[fraction > 1.0 - _AT_END] = 1.0
        return fraction

    def _along(self, points: FloatArray, piece: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Share of the piece at its nearest place, and the way from its first point."""
        x, y = points[:, 0] - self.start[0][piece], points[:, 1] - self.start[1][piece]
        along = x * self.step[0][piece]
        along += y * self.step[1][piece]
        along /= self.shape[4][piece]
        return np.clip(along, 0.0, 1.0, out=along), x, y

    def snap(self, points: FloatArray, max_distance_m: float) -> Snapped:
        """Attach each point, shape (points, 2), to the nearest place within `max_distance_m`."""
        order, back = by_neighbourhood(points)
        points = points.take(order, axis=0)
        piece, distance = self._of_neighbours(points, max_distance_m)
        found = np.flatnonzero(piece >= 0)
        segment = np.full(len(points), -1, dtype=np.int32)
        segment[found] = self.segment[piece[found]]
        fraction = np.zeros(len(points))
        fraction[found] = self.fraction(points.take(found, axis=0), piece[found])
        return Snapped(segment=segment, fraction=fraction, distance_m=distance).take(back)


def snap_index(xy: FloatArray, offsets: npt.NDArray[np.int64], usable: npt.NDArray[np.bool_]) -> SnapIndex:
    """Build the index over the usable segments.

    Parameters
    ----------
    xy
        Vertices in metres, shape (vertices, 2).
    offsets
        Segment ``s`` has the vertices ``xy[offsets[s]:offsets[s + 1]]``.
    usable
        Segments that a point may be attached to.
    """
    segment_of_vertex = np.repeat(np.arange(len(offsets) - 1, dtype=np.int32), np.diff(offsets))
    is_piece = (segment_of_vertex[1:] == segment_of_vertex[:-1]) & usable[segment_of_vertex[1:]]
    first = np.flatnonzero(is_piece)
    shape = np.empty((5, len(first)))
    start, step, square = shape[0:2], shape[2:4], shape[4]
    start[:], step[:] = xy[first].T, (xy[first + 1] - xy[first]).T
    np.sum(step**2, axis=0, out=square)
    metres = np.sqrt(square)
    square[square <= 1e-18] = np.inf
    segment = segment_of_vertex[first]
    total: FloatArray = np.bincount(segment, weights=metres, minlength=len(offsets) - 1).astype(np.float64)
    share = metres / np.where(total > 0, total, 1.0)[segment]
    opens = np.flatnonzero(np.diff(segment, prepend=-1))
    # A sum that ran on through all segments would lose digits: each begins at nothing again.
    steps = share.copy()
    steps[opens[1:]] -= np.add.reduceat(share, opens)[:-1]
    ends = np.cumsum(steps)
    base = np.repeat(ends[opens] - share[opens], np.diff(np.append(opens, len(segment))))
    return SnapIndex(
        shape=shape,
        drawn_m=total,
        grid=piece_grid(start, step),
        segment=segment,
        before=np.maximum(ends - share - base, 0.0),
        span=share,
    )
