"""Drawing cells: a grid of places that know which street they snap to.

A walk is a smooth function of place as long as the nearest street piece stays the same, and jumps
where it changes (the far bank of a river). The grid therefore remembers the piece, and `Outline`
finds the exact spot of every jump between two neighbouring places.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from servicecircle.network.junctions import ranges
from servicecircle.network.search import link_minutes, metres_per_minute_at_most, same_segment_minutes
from servicecircle.network.snapping import STEP, Snapped
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]
PieceArray = npt.NDArray[np.int32]
Window = tuple[int, int, int, int]

#: Side of a drawing cell, metres.
CELL_M = 10.0
#: Side of a tile, cells. Tiles are snapped when first looked at.
TILE = 32
_BISECTIONS = 7
_TILE_ROW = 1 << 32  # more tiles than any row of the grid has


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """What the walk goes to: minutes from every junction, and the places on segments that end it.

    Attributes
    ----------
    junction_min
        Minutes from each junction to the target, ``inf`` where it is not reached.
    reached
        The junctions that are.
    places, off_min
        Places on segments where the target is entered, and their off-street minutes.
    """

    junction_min: FloatArray
    reached: npt.NDArray[np.int64]
    places: Snapped
    off_min: FloatArray


class WalkField:
    """Grid places around the streets, snapped like demand points, tile by tile.

    Grid places have whole numbers (column, row) in units of `CELL_M` from the origin of the CRS, so
    that the grid is the same for every center and every run.
    """

    def __init__(self, network: WalkNetwork, reach_m: float) -> None:
        self.network = network
        self.reach_m = reach_m
        samples = np.floor(network.index.tree.data / (TILE * CELL_M)).astype(np.int64)
        self._sample_order = np.lexsort((samples[:, 0], samples[:, 1]))
        self._sample_key = (samples[:, 1] * _TILE_ROW + samples[:, 0])[self._sample_order]
        # No place to draw lies beyond the streets, however fast a segment may be walked.
        self._bounds = network.xy.min(axis=0), network.xy.max(axis=0)
        self._pace = metres_per_minute_at_most(network)
        self._tiles: dict[tuple[int, int], tuple[npt.NDArray[np.int32], FloatArray, FloatArray]] = {}

    def around(self, target: Target, limit: float) -> Window:
        """Return whole tiles around every place on a street within the limit, with a free rim."""
        xy = self.network.junctions.xy[target.reached]
        left_over = ((limit - target.junction_min[target.reached]) * self._pace)[:, None]
        low, high = [xy - left_over], [xy + left_over]
        for segment, fraction in zip(target.places.segment, target.places.fraction, strict=True):
            line = self.network.xy[self.network.offsets[segment] : self.network.offsets[segment + 1]]
            place, reach = _place(line, fraction), limit * self._pace
            low.append(np.maximum(line.min(axis=0), place - reach)[None])
            high.append(np.minimum(line.max(axis=0), place + reach)[None])
        rim, side = self.reach_m + 2 * CELL_M, TILE * CELL_M
        lower = np.maximum(np.concatenate(low).min(axis=0), self._bounds[0]) - rim
        upper = np.minimum(np.concatenate(high).max(axis=0), self._bounds[1]) + rim
        first, last = np.floor(lower / side).astype(int), np.floor(upper / side).astype(int)
        return int(first[0]), int(first[1]), int(last[0] - first[0] + 1), int(last[1] - first[1] + 1)

    def window(self, window: Window) -> tuple[npt.NDArray[np.int32], FloatArray, FloatArray]:
        """Return piece, fraction and distance of the grid places of a window of whole tiles.

        The window is (first tile column, first tile row, columns, rows) in tiles; each array has the
        shape (rows x TILE, columns x TILE).
        """
        left, low, columns, rows = window
        self._snap_missing([(left + i, low + j) for j in range(rows) for i in range(columns)])
        piece = np.empty((rows * TILE, columns * TILE), dtype=np.int32)
        fraction = np.empty(piece.shape)
        distance = np.empty(piece.shape)
        for j in range(rows):
            for i in range(columns):
                at = np.s_[j * TILE : (j + 1) * TILE, i * TILE : (i + 1) * TILE]
                piece[at], fraction[at], distance[at] = self._tiles[left + i, low + j]
        return piece, fraction, distance

    def street_places(self, window: Window) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int32]]:
        """Return places at most `STEP` / 4 apart along the streets of a window.

        Coordinates, half of the stretch each place stands for (a vector), and the street piece.
        """
        left, low, columns, rows = window
        row = (low + np.arange(rows)) * _TILE_ROW
        begin, stop = (np.searchsorted(self._sample_key, row + at) for at in (left, left + columns))
        sample = self._sample_order[ranges(begin, stop)]
        index = self.network.index
        piece = index.piece_of_sample[sample]
        part = index.step[:, piece].T / index.parts[piece][:, None]
        quarters = (np.arange(4) - 1.5) / 4
        xy = (index.tree.data[sample][:, None, :] + quarters[None, :, None] * part[:, None, :]).reshape(-1, 2)
        return xy, np.repeat(part / 8, 4, axis=0), np.repeat(piece, 4)

    def _snap_missing(self, tiles: list[tuple[int, int]]) -> None:
        missing = [tile for tile in tiles if tile not in self._tiles]
        if not missing:
            return
        missing = self._without_far(missing)
        if not missing:
            return
        row, column = np.mgrid[0:TILE, 0:TILE]
        cells = np.column_stack([column.ravel(), row.ravel()])
        xy = (np.asarray(missing)[:, None, :] * TILE + cells[None, :, :]).reshape(-1, 2) * CELL_M
        # A place just beyond the reach still tells where exactly the reach ends.
        piece, distance = self.network.index.nearest_piece(xy, self.reach_m + 1.5 * CELL_M)
        fraction = np.zeros(len(xy))
        found = piece >= 0
        fraction[found] = self.network.index.fraction(xy[found], piece[found])
        shape = (len(missing), TILE, TILE)
        for number, tile in enumerate(missing):
            self._tiles[tile] = tuple(part.reshape(shape)[number] for part in (piece, fraction, distance))

    def _without_far(self, tiles: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Fill the tiles that no street comes near, such as water, and return the others."""
        side = TILE * CELL_M
        away, _ = self.network.index.tree.query((np.asarray(tiles) + 0.5) * side)
        far = np.asarray(away) > self.reach_m + 2 * CELL_M + side * np.sqrt(0.5) + STEP
        shape = (TILE, TILE)
        nothing = np.full(shape, -1, dtype=np.int32), np.zeros(shape), np.full(shape, np.inf)
        for number in np.flatnonzero(far):
            self._tiles[tiles[number]] = nothing
        return [tiles[number] for number in np.flatnonzero(~far)]

    def minutes(
        self, target: Target, piece: npt.NDArray[np.int32], fraction: FloatArray, distance: FloatArray
    ) -> FloatArray:
        """Walk to the target from places given by their piece, fraction and distance; any shape."""
        network = self.network
        result = np.full(piece.shape, np.inf)
        found = np.flatnonzero(piece >= 0)
        segment = network.index.segment[piece.ravel()[found]]
        near = np.isfinite(target.junction_min[network.start[segment]]) | np.isfinite(
            target.junction_min[network.end[segment]]
        )
        near |= np.isin(segment, target.places.segment)
        found, segment = found[near], segment[near]
        at = Snapped(segment=segment, fraction=fraction.ravel()[found], distance_m=distance.ravel()[found])
        to_start, to_end = link_minutes(network, at)[:2]
        walk = np.minimum(
            target.junction_min[network.start[segment]] + to_start, target.junction_min[network.end[segment]] + to_end
        )
        own_street = np.flatnonzero(np.isin(segment, target.places.segment))
        for number, own in enumerate(target.places.segment):
            same = own_street[segment[own_street] == own]
            goal = np.full(len(same), target.places.fraction[number])
            along = same_segment_minutes(network, segment[same], at.fraction[same], goal) + target.off_min[number]
            walk[same] = np.minimum(walk[same], along)
        result.ravel()[found] = walk + at.distance_m / network.metres_per_minute
        return result

    def margin(
        self, target: Target, limit: float, piece: npt.NDArray[np.int32], fraction: FloatArray, distance: FloatArray
    ) -> FloatArray:
        """Metres to spare: at least 0 exactly where the walk is within the limit and the street within reach."""
        walk = self.minutes(target, piece, fraction, distance)
        return np.minimum((limit - walk) * self.network.metres_per_minute, self.reach_m - distance)

    def switch(
        self, inner: FloatArray, outer: FloatArray, inner_piece: PieceArray, outer_piece: PieceArray
    ) -> FloatArray:
        """Share of the way from each inner to each outer place at which the nearest piece changes."""
        index = self.network.index
        low, high = np.zeros(len(inner)), np.ones(len(inner))
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            place = inner + middle[:, None] * (outer - inner)
            still_inner = index.distance(place, inner_piece) <= index.distance(place, outer_piece)
            low = np.where(still_inner, middle, low)
            high = np.where(still_inner, high, middle)
        return (low + high) / 2

    def at(self, places: FloatArray, piece: PieceArray) -> tuple[FloatArray, FloatArray]:
        """Fraction and distance of places that are attached to a given piece."""
        return self.network.index.fraction(places, piece), self.network.index.distance(places, piece)


def _place(line: FloatArray, fraction: float) -> FloatArray:
    """Coordinates at a fraction of the length of a line, shape (2,)."""
    metres = np.append(0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
    return np.array([np.interp(fraction * metres[-1], metres, ordinate) for ordinate in line.T])
