"""Snapping: attach a point to the nearest place on the nearest street segment, exactly.

Every straight piece of every segment is represented by sample points at most `STEP` apart, held in a
k-d tree. The piece nearest to a point has a sample within half a step of the nearest place, so the
few nearest samples name all pieces that can win; distances to those pieces are then computed exactly.
A point whose few samples do not prove the answer is asked again with more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

#: Longest distance between samples along a piece, metres.
STEP = 20.0
#: Distances closer than this are a tie, won by the first piece in the network's own order.
TIE = 1e-9
_FIRST_LOOK = 6
_CHUNK = 1_000_000
_WORTH_THREADS = 20_000


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
    """Straight pieces of the usable segments, and the tree of their samples.

    Attributes
    ----------
    start, step
        First point and vector of each piece, shape (2, pieces).
    per_square
        One by the square of its length, 0 for a piece without length.
    segment
        Segment each piece belongs to.
    before, span
        Share of the segment's length before the piece, and the share the piece has.
    parts
        Number of equal parts each piece is cut into, none longer than `STEP`.
    tree, piece_of_sample
        Samples in the middle of the parts, and the piece each of them lies on.
    """

    start: FloatArray
    step: FloatArray
    per_square: FloatArray
    segment: IntArray
    before: FloatArray
    span: FloatArray
    parts: npt.NDArray[np.int64]
    tree: cKDTree
    piece_of_sample: IntArray

    def nearest_piece(self, points: FloatArray, max_distance_m: float) -> tuple[IntArray, FloatArray]:
        """Return the nearest piece of each point and its distance; -1 and ``inf`` beyond the maximum."""
        pieces = np.full(len(points), -1, dtype=np.int32)
        distances = np.full(len(points), np.inf)
        open_rows = np.arange(len(points))
        look = min(_FIRST_LOOK, self.tree.n)
        while len(open_rows):
            proven = np.empty(len(open_rows), dtype=np.bool_)
            for part in _chunks(len(open_rows), look):
                rows = open_rows[part]
                pieces[rows], distances[rows], proven[part] = self._look(points[rows], look, max_distance_m)
            if look == self.tree.n:
                break
            open_rows = open_rows[~proven]
            look = min(4 * look, self.tree.n)
        far = distances > max_distance_m
        pieces[far], distances[far] = -1, np.inf
        return pieces, distances

    def _look(
        self, points: FloatArray, look: int, max_distance_m: float
    ) -> tuple[IntArray, FloatArray, npt.NDArray[np.bool_]]:
        """Judge the pieces of the `look` nearest samples; say which answers are proven."""
        bound = max_distance_m + STEP / 2 + 2 * TIE
        workers = -1 if len(points) >= _WORTH_THREADS else 1
        sample_m, sample = self.tree.query(points, k=look, distance_upper_bound=bound, workers=workers)
        # With look = 1 the tree answers with vectors.
        sample_m = np.asarray(sample_m).reshape(len(points), look)
        sample = np.asarray(sample).reshape(len(points), look)
        best = np.full(len(points), np.inf)
        best_piece = np.full(len(points), np.iinfo(np.int32).max, dtype=np.int32)
        rows = np.arange(len(points))
        for nth in range(look):
            # Samples come nearest first: a point whose next sample is too far is done.
            rows = rows[sample_m[rows, nth] <= np.minimum(best[rows] + STEP / 2 + TIE, bound)]
            if not len(rows):
                break
            piece = self.piece_of_sample[sample[rows, nth]]
            new = piece != best_piece[rows]
            near, piece = rows[new], piece[new]
            distance, before = self.distance(points[near], piece), best[near]
            # Of a tie the first piece counts, in whatever order the tree names them.
            tied = np.abs(distance - before) <= TIE
            better = np.where(tied, piece < best_piece[near], distance < before)
            best_piece[near[better]] = piece[better]
            best[near] = np.minimum(before, distance)
        last = sample_m[:, -1]
        return best_piece, best, np.isinf(last) | (last > best + STEP / 2 + TIE)

    def distance(self, points: FloatArray, piece: IntArray) -> FloatArray:
        """Distance in metres of each point to its piece."""
        along, x, y = self._along(points, piece)
        x -= along * self.step[0][piece]
        y -= along * self.step[1][piece]
        return np.hypot(x, y)

    def fraction(self, points: FloatArray, piece: IntArray) -> FloatArray:
        """Position of the nearest place of each piece as a fraction of its whole segment."""
        along = self._along(points, piece)[0]
        return np.minimum(self.before[piece] + along * self.span[piece], 1.0)

    def _along(self, points: FloatArray, piece: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Share of the piece at its nearest place, and the way from its first point."""
        x, y = points[:, 0] - self.start[0][piece], points[:, 1] - self.start[1][piece]
        along = x * self.step[0][piece]
        along += y * self.step[1][piece]
        along *= self.per_square[piece]
        return np.clip(along, 0.0, 1.0, out=along), x, y

    def snap(self, points: FloatArray, max_distance_m: float) -> Snapped:
        """Attach each point, shape (points, 2), to the nearest place within `max_distance_m`."""
        piece, distance = self.nearest_piece(points, max_distance_m)
        found = piece >= 0
        segment = np.full(len(points), -1, dtype=np.int32)
        segment[found] = self.segment[piece[found]]
        fraction = np.zeros(len(points))
        fraction[found] = self.fraction(points[found], piece[found])
        return Snapped(segment=segment, fraction=fraction, distance_m=distance)


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
    start, step = xy[first], xy[first + 1] - xy[first]
    metres = np.hypot(step[:, 0], step[:, 1])
    segment = segment_of_vertex[first]
    total = np.bincount(segment, weights=metres, minlength=len(offsets) - 1)
    share = metres / np.where(total > 0, total, 1.0)[segment]
    ends = np.cumsum(share)
    opens = np.flatnonzero(np.diff(segment, prepend=-1))
    base = np.repeat(ends[opens] - share[opens], np.diff(np.append(opens, len(segment))))
    parts = np.maximum(np.ceil(metres / STEP), 1).astype(np.int64)
    tree, piece_of_sample = _samples(start, step, parts)
    return SnapIndex(
        start=np.ascontiguousarray(start.T),
        step=np.ascontiguousarray(step.T),
        per_square=np.divide(1.0, metres**2, out=np.zeros(len(metres)), where=metres > 1e-9),
        segment=segment,
        before=np.maximum(ends - share - base, 0.0),
        span=share,
        parts=parts,
        tree=tree,
        piece_of_sample=piece_of_sample,
    )


def _samples(start: FloatArray, step: FloatArray, parts: npt.NDArray[np.int64]) -> tuple[cKDTree, IntArray]:
    """Middle points of equal parts of each piece."""
    piece = np.repeat(np.arange(len(parts), dtype=np.int32), parts)
    number = np.arange(len(piece)) - np.repeat(np.cumsum(parts) - parts, parts)
    along = (number + 0.5) / parts[piece]
    return cKDTree(start[piece] + along[:, None] * step[piece]), piece


def _chunks(rows: int, look: int) -> Iterator[slice]:
    """Cut so that no chunk holds more than `_CHUNK` candidates."""
    size = max(1, _CHUNK // look)
    for at in range(0, rows, size):
        yield slice(at, min(at + size, rows))
