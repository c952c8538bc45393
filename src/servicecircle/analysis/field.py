"""The field of walks: minutes from every drawing cell to each of several targets."""

from typing import Any

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.cells import DrawingCells
from servicecircle.analysis.hidden import HiddenStreets
from servicecircle.analysis.lattice import CELL_M, TILE, TILE_M, tile_keys, tile_places
from servicecircle.analysis.pieces import Pieces
from servicecircle.analysis.targets import Targets, Walks
from servicecircle.network.junctions import ranges
from servicecircle.network.search import link_minutes
from servicecircle.network.snapping import Snapped
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_TILES = (-1, TILE * TILE)


def windows(network: WalkNetwork, targets: Targets, limit: float, pace: float, reach_m: float) -> IntArray:
    """Return the tiles around every place on a street within the limit of each target, with a free rim.

    Parameters
    ----------
    pace
        Fastest that a walk gets onward on the map, metres a minute.

    Returns
    -------
    numpy.ndarray
        First column, first row, last column, last row; shape (targets, 4).
    """
    rim = reach_m + 2 * CELL_M
    lowest, highest = network.xy.min(axis=0) - rim, network.xy.max(axis=0) + rim
    xy = network.junctions.xy[targets.junctions]
    result = np.empty((len(targets.rows), 4), dtype=np.int64)
    for row, minutes in enumerate(targets.minutes[:, :-1]):
        reached = np.flatnonzero(minutes <= limit)
        left_over = ((limit - minutes[reached]) * pace)[:, None] + rim
        low, high = [xy[reached] - left_over], [xy[reached] + left_over]
        for place in np.flatnonzero(targets.owner == row):
            near, far = _own_street(network, targets.places, int(place), limit * pace)
            low.append(near[None] - rim)
            high.append(far[None] + rim)
        # No place to draw lies beyond the streets, however fast a segment may be walked.
        first = np.maximum(np.concatenate(low).min(axis=0), lowest)
        last = np.minimum(np.concatenate(high).max(axis=0), highest)
        result[row] = np.floor(np.concatenate([first, last]) / TILE_M)
    return result


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
        Tiles around each target (see `windows`).
    tiles
        All of these tiles that have drawing cells, ascending.
    limit
        Longest walk, minutes.
    hidden
        Hidden streets among those tiles.

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
        hidden: HiddenStreets,
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
        self._map(window, np.column_stack(tile_places(tiles)), self._reached(limit, tiles, hidden))

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
        self._reached_tiles, self._shape, maps = [], [], []
        origin = []
        for row, (left, low, right, top) in enumerate(window):
            inside = (tiles >= (left, low)).all(axis=1) & (tiles <= (right, top)).all(axis=1)
            active = np.flatnonzero(reached[row] & inside)
            first, last = np.array([left, low]), np.array([right, top])
            if len(active):
                first, last = tiles[active].min(axis=0) - 1, tiles[active].max(axis=0) + 1
            columns, rows = last - first + 1
            boxed = np.flatnonzero((tiles >= first).all(axis=1) & (tiles <= last).all(axis=1))
            numbers = np.full(rows * columns, len(tiles), dtype=np.int64)
            numbers[_at(tiles[boxed] - first, columns)] = boxed
            self._reached_tiles.append((active, tiles[active] - first))
            self._shape.append((rows, columns))
            origin.append(first)
            maps.append(numbers)
        self.origin = np.array(origin)
        self.size = np.array(self._shape)[:, ::-1] * TILE
        self._columns = self.size[:, 0] // TILE
        self._begin = np.cumsum([0, *map(len, maps)])
        self._tile = np.concatenate(maps)

    def window(self, target: int) -> npt.NDArray[np.float32]:
        """Return minutes to a target from the cells of its map, ``inf`` beyond the reach; shape (rows, columns)."""
        tiles, place = self._reached_tiles[target]
        minutes = self._minutes[target]
        walk = self._to_start.reshape(_TILES)[tiles]
        walk += minutes[self._start.reshape(_TILES)[tiles]]
        other = self._to_end.reshape(_TILES)[tiles]
        other += minutes[self._end.reshape(_TILES)[tiles]]
        np.minimum(walk, other, out=walk)
        at, cell = np.nonzero(self._own.reshape(_TILES)[tiles])
        walk[at, cell] = self.minutes(np.full(len(at), target), tiles[at] * _TILES[1] + cell)
        walk[~self._drawn.reshape(_TILES)[tiles]] = np.inf
        rows, columns = self._shape[target]
        result = np.full((rows, TILE, columns, TILE), np.inf, dtype=np.float32)
        result[place[:, 1], :, place[:, 0], :] = walk.reshape(-1, TILE, TILE)
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


def _at(place: IntArray, columns: int) -> IntArray:
    at: IntArray = place[:, 1] * columns + place[:, 0]
    return at


def _and_nothing(tiles: npt.NDArray[Any], nothing: float) -> npt.NDArray[Any]:
    """Return the cells of all tiles one after the other, and a tile in which nothing is."""
    return np.append(tiles.ravel(), np.full(TILE * TILE, nothing, dtype=tiles.dtype))
