"""The field of walks: minutes from every drawing cell to each of several targets."""

from typing import Any

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.drawing.cells import DrawingCells
from servicecircle.analysis.drawing.hidden import HiddenStreets
from servicecircle.analysis.drawing.lattice import CELL_M, TILE, TILE_M, tile_keys, tile_places
from servicecircle.analysis.drawing.pieces import Pieces
from servicecircle.analysis.drawing.targets import Targets, Walks
from servicecircle.inputs.ranges import ranges
from servicecircle.network.search import link_minutes, metres_per_minute_at_most
from servicecircle.network.snapping import Snapped
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_TILES = (-1, TILE * TILE)


class Surroundings:
    """How far around a target something can be drawn.

    Parameters
    ----------
    network
        The streets.
    limit
        Longest walk, minutes.
    reach_m
        Drawn distance from a street.
    """

    def __init__(self, network: WalkNetwork, limit: float, reach_m: float) -> None:
        self.network, self.limit = network, limit
        self._pace = metres_per_minute_at_most(network)
        self._rim = reach_m + 2 * CELL_M
        self._bounds = network.xy.min(axis=0), network.xy.max(axis=0)

    def windows(self, targets: Targets) -> IntArray:
        """Return the tiles around every place on a street within the limit of each target, with a free rim.

        First column, first row, last column, last row; shape (targets, 4).
        """
        minutes = targets.minutes[:, :-1]
        left_over = np.where(minutes <= self.limit, (self.limit - minutes) * self._pace, -np.inf)
        xy = self.network.junctions.xy[targets.junctions].T
        low = np.column_stack([(ordinate - left_over).min(axis=1, initial=np.inf) for ordinate in xy])
        high = np.column_stack([(ordinate + left_over).max(axis=1, initial=-np.inf) for ordinate in xy])
        for place, row in enumerate(targets.owner):
            near, far = _own_street(self.network, targets.places, place, self.limit * self._pace)
            low[row], high[row] = np.minimum(low[row], near), np.maximum(high[row], far)
        # No place to draw lies beyond the streets, however fast a segment may be walked.
        low, high = np.maximum(low, self._bounds[0]) - self._rim, np.minimum(high, self._bounds[1]) + self._rim
        return np.floor(np.hstack([low, high]) / TILE_M).astype(np.int64)


def _own_street(network: WalkNetwork, places: Snapped, place: int, reach_m: float) -> tuple[FloatArray, FloatArray]:
    """Corners of the box around the part of a place's own segment that is within reach of it."""
    segment = places.segment[place]
    line = network.xy[network.offsets[segment] : network.offsets[segment + 1]]
    metres = np.append(0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
    at = np.array([np.interp(places.fraction[place] * metres[-1], metres, ordinate) for ordinate in line.T])
    return np.maximum(line.min(axis=0), at - reach_m), np.minimum(line.max(axis=0), at + reach_m)


def tiles_within(window: IntArray, tiles: IntArray) -> IntArray:
    """Return which of the tiles (ascending) lie within any of the windows, ascending."""
    rows = window[:, 3] - window[:, 1] + 1
    which = np.repeat(np.arange(len(window)), rows)
    row = ranges(window[:, 1], window[:, 3] + 1)
    begin = np.searchsorted(tiles, tile_keys(window[which, 0], row))
    stop = np.searchsorted(tiles, tile_keys(window[which, 2], row), side="right")
    return tiles[np.unique(ranges(begin, stop))]


class WalkField:
    """Walks from the drawing cells around several targets.

    Parameters
    ----------
    walks
        Walks to the targets.
    cells
        Drawing cells, among them those of `tiles`.
    window
        Tiles around each target (see `Surroundings`).
    tiles
        All of these tiles that have drawing cells, ascending.
    limit
        Longest walk, minutes.

    Attributes
    ----------
    piece, segment, fraction, distance_m
        What each drawing cell is attached to. Cells are numbered tile by tile; the last 256 numbers stand for
        cells far from streets.
    origin
        Column and row of the first tile of each target's map, shape (targets, 2).
    size
        Columns and rows of cells of each map, shape (targets, 2).
    """

    def __init__(
        self,
        walks: Walks,
        cells: DrawingCells,
        window: IntArray,
        tiles: IntArray,
        limit: float,
    ) -> None:
        self.walks, self.network, self.reach_m = walks, walks.network, cells.reach_m
        at = np.searchsorted(cells.tiles, tiles)
        self.piece = _and_nothing(cells.piece[at], -1)
        self.fraction = _and_nothing(cells.fraction[at], 0.0)
        self.distance_m = _and_nothing(cells.distance_m[at], np.inf)
        self.segment = np.where(self.piece >= 0, self.network.index.segment[self.piece], -1)
        self._link()
        self._own = np.isin(self.segment, walks.targets.places.segment)
        self._minutes = walks.targets.minutes.astype(np.float32)
        self._map(window, tiles, self._reached(limit, tiles, cells.hidden))

    def _link(self) -> None:
        """Find the way of every cell to the junctions at both ends of its segment."""
        known = np.maximum(self.segment, 0)
        at = Snapped(segment=known, fraction=self.fraction, distance_m=self.distance_m)
        off_min = self.distance_m / self.network.metres_per_minute
        to_start, to_end = link_minutes(self.network, at)[:2]
        self._to_start, self._to_end = (to_start + off_min).astype(np.float32), (to_end + off_min).astype(np.float32)
        column = self.walks.column
        self._start, self._end = column[self.network.start[known]], column[self.network.end[known]]
        self._drawn = self.distance_m <= self.reach_m

    def _reached(self, limit: float, tiles: IntArray, hidden: HiddenStreets) -> npt.NDArray[np.bool_]:
        """Whether a tile can hold a place within the limit of a target, shape (targets, tiles)."""
        by_tile = np.sort(self.segment.reshape(_TILES)[:-1], axis=1)
        tile, at = np.nonzero(np.diff(by_tile, axis=1, prepend=-2) != 0)
        also = np.flatnonzero(np.isin(hidden.key, tiles))
        segment = np.concatenate([by_tile[tile, at], hidden.segment[also]])
        tile = np.concatenate([tile, np.searchsorted(tiles, hidden.key[also])])
        start, end = (self.walks.column[ends[segment]] for ends in (self.network.start, self.network.end))
        near = np.minimum(self._minutes[:, start], self._minutes[:, end]) <= limit
        targets = self.walks.targets
        for owner, own in zip(targets.owner, targets.places.segment, strict=True):
            near[owner] |= segment == own
        near &= segment >= 0
        reached = np.zeros((len(near), len(tiles)), dtype=np.bool_)
        for target, one in enumerate(near):
            reached[target, tile[one]] = True
        return reached

    def _map(self, window: IntArray, tiles: IntArray, reached: npt.NDArray[np.bool_]) -> None:
        """Lay out each target's tiles: the box of those that are reached and one more around it."""
        column, row = tile_places(tiles)
        self._reached_tiles, boxes, maps = [], np.empty((len(window), 4), dtype=np.int64), []
        for target, box in enumerate(window.tolist()):
            left, low, right, top = box
            inside = (column >= left) & (column <= right) & (row >= low) & (row <= top)
            active = np.flatnonzero(reached[target] & inside)
            if len(active):
                left, right = column[active].min() - 1, column[active].max() + 1
                low, top = row[active].min() - 1, row[active].max() + 1
            boxed = np.flatnonzero((column >= left) & (column <= right) & (row >= low) & (row <= top))
            numbers = np.full((top - low + 1, right - left + 1), len(tiles), dtype=np.int64)
            numbers[row[boxed] - low, column[boxed] - left] = boxed
            self._reached_tiles.append((active, column[active] - left, row[active] - low))
            boxes[target] = left, low, right + 1, top + 1
            maps.append(numbers.ravel())
        self.origin = boxes[:, :2]
        self.size = (boxes[:, 2:] - boxes[:, :2]) * TILE
        self._columns = self.size[:, 0] // TILE
        self._begin = np.cumsum([0, *map(len, maps)])
        self._tile = np.concatenate(maps)

    def window(self, target: int) -> npt.NDArray[np.float32]:
        """Return minutes to a target from the cells of its map, ``inf`` beyond the reach; shape (rows, columns)."""
        tiles, at_column, at_row = self._reached_tiles[target]
        minutes = self._minutes[target]
        walk = self._to_start.reshape(_TILES)[tiles]
        walk += minutes[self._start.reshape(_TILES)[tiles]]
        other = self._to_end.reshape(_TILES)[tiles]
        other += minutes[self._end.reshape(_TILES)[tiles]]
        np.minimum(walk, other, out=walk)
        at, cell = np.nonzero(self._own.reshape(_TILES)[tiles])
        walk[at, cell] = self.minutes(np.full(len(at), target), tiles[at] * _TILES[1] + cell)
        walk[~self._drawn.reshape(_TILES)[tiles]] = np.inf
        columns, rows = self.size[target] // TILE
        result = np.full((rows, TILE, columns, TILE), np.inf, dtype=np.float32)
        result[at_row, :, at_column, :] = walk.reshape(-1, TILE, TILE)
        return result.reshape(rows * TILE, columns * TILE)

    def number(self, target: npt.NDArray[Any], column: IntArray, row: IntArray) -> IntArray:
        """Return the numbers of the cells at columns and rows of the maps of targets."""
        tile = self._tile[self._begin[target] + row // TILE * self._columns[target] + column // TILE]
        numbers: IntArray = tile * _TILES[1] + row % TILE * TILE + column % TILE
        return numbers

    def minutes(self, target: npt.NDArray[Any], number: IntArray) -> FloatArray:
        """Minutes from numbered cells to targets, those beyond the reach too."""
        walk: FloatArray = np.minimum(
            self._minutes[target, self._start[number]] + self._to_start[number],
            self._minutes[target, self._end[number]] + self._to_end[number],
        ).astype(np.float64)
        own = np.flatnonzero(self._own[number])
        cell = number[own]
        along = self.walks.along_own_street(target[own], self.segment[cell], self.fraction[cell])
        walk[own] = np.minimum(walk[own], along + self.distance_m[cell] / self.network.metres_per_minute)
        return walk

    def by_start(self, target: npt.NDArray[Any], number: IntArray) -> npt.NDArray[np.bool_]:
        """Whether the walk from numbered cells leaves their segment by its start."""
        by_start = self._minutes[target, self._start[number]] + self._to_start[number]
        by_end = self._minutes[target, self._end[number]] + self._to_end[number]
        shorter: npt.NDArray[np.bool_] = by_start < by_end
        return shorter

    def margin(self, limit: FloatArray, minutes: FloatArray, distance_m: FloatArray) -> FloatArray:
        """Metres to spare: at least 0 exactly where the walk is within the limit and the street within reach."""
        spare_m: FloatArray = (limit - minutes) * self.network.metres_per_minute
        np.minimum(spare_m, self.reach_m - distance_m, out=spare_m)
        return spare_m

    def margin_at(
        self, target: npt.NDArray[Any], limit: FloatArray, pieces: Pieces, x: FloatArray, y: FloatArray
    ) -> FloatArray:
        """Metres to spare at places that are attached to given pieces."""
        along, distance_m = pieces.measure(x, y)
        segment = self.network.index.segment[pieces.piece]
        return self.margin(limit, self.walks.minutes(target, segment, pieces.fraction(along), distance_m), distance_m)


def _and_nothing(tiles: npt.NDArray[Any], nothing: float) -> npt.NDArray[Any]:
    """Return the cells of all tiles one after the other, and a tile in which nothing is."""
    return np.append(tiles.ravel(), np.full(TILE * TILE, nothing, dtype=tiles.dtype))
