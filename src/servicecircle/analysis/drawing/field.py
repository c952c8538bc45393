"""The field of walks: minutes from every drawing cell to each of several targets."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.drawing.cells import DrawingCells
from servicecircle.analysis.drawing.hidden import HiddenStreets
from servicecircle.analysis.drawing.lattice import CELL_M, TILE, TILE_BITS, TILE_M, tile_keys, tile_places
from servicecircle.analysis.drawing.pieces import Pieces
from servicecircle.analysis.drawing.targets import Targets, Walks
from servicecircle.inputs.ranges import ranges
from servicecircle.network.search import metres_per_minute_at_most, minutes_to_ends, same_segment_minutes
from servicecircle.network.snapping import Snapped
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_TILES = (-1, TILE * TILE)
_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


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
        self._minutes = walks.targets.minutes.astype(np.float32)
        at = np.searchsorted(cells.tiles, tiles)
        piece = cells.piece[at]
        segment = self.network.index.segment[piece]
        segment[piece < 0] = -1
        reached = self._reached(limit, tiles, segment, cells.hidden)
        # Tiles that some target reaches come first: the others only tell which piece is nearest.
        order = np.argsort(~reached.any(axis=0), kind="stable")
        some = order[: np.count_nonzero(reached.any(axis=0))]
        self.piece = _and_nothing(piece[order], -1)
        self.distance_m = _and_nothing(cells.distance_m[at[order]], np.inf)
        self.segment = _and_nothing(segment[some], -1)
        self.fraction = _and_nothing(cells.fraction[at[some]], 0.0)
        self._link(_and_nothing(cells.distance_m[at[some]], np.inf))
        self._own = np.isin(self.segment, walks.targets.places.segment)
        self._map(window, tiles[order], reached[:, order])

    def _link(self, distance_m: npt.NDArray[Any]) -> None:
        """Find the way of every cell to the junctions at both ends of its segment."""
        known = np.maximum(self.segment, 0)
        at = Snapped(segment=known, fraction=self.fraction, distance_m=distance_m)
        off_min = distance_m / self.network.metres_per_minute
        to_start, to_end = minutes_to_ends(self.network, at)
        self._to_start, self._to_end = (to_start + off_min).astype(np.float32), (to_end + off_min).astype(np.float32)
        self._start, self._end = self._columns_of(self.network.start[known]), self._columns_of(self.network.end[known])
        self._far = distance_m > self.reach_m

    def _columns_of(self, junctions: npt.NDArray[Any]) -> IntArray:
        """Column of each junction in the minutes, the last one for those that are not reached."""
        column: IntArray = self.walks.column[junctions].astype(np.int64)
        column[column < 0] = self._minutes.shape[1] - 1
        return column

    def _reached(
        self, limit: float, tiles: IntArray, segment: npt.NDArray[np.int32], hidden: HiddenStreets
    ) -> npt.NDArray[np.bool_]:
        """Whether a tile can hold a place within the limit of a target, shape (targets, tiles)."""
        by_tile = np.sort(segment, axis=1)
        at = np.flatnonzero(np.hstack([by_tile[:, :1] >= 0, by_tile[:, 1:] != by_tile[:, :-1]]))
        begin, stop = np.searchsorted(hidden.key, tiles), np.searchsorted(hidden.key, tiles, side="right")
        segment = np.concatenate([by_tile.ravel()[at], hidden.segment[ranges(begin, stop)]])
        tile = np.concatenate([at // _TILES[1], np.repeat(np.arange(len(tiles)), stop - begin)])
        start, end = (self.walks.column[ends[segment]] for ends in (self.network.start, self.network.end))
        near = np.minimum(self._minutes[:, start], self._minutes[:, end]) <= limit
        targets = self.walks.targets
        for owner, own in zip(targets.owner, targets.places.segment, strict=True):
            near[owner] |= segment == own
        reached = np.zeros((len(near), len(tiles)), dtype=np.bool_)
        for target, one in enumerate(near):
            reached[target, tile[one]] = True
        return reached

    def _map(self, window: IntArray, tiles: IntArray, reached: npt.NDArray[np.bool_]) -> None:
        """Lay out each target's tiles: the box of those that are reached and one more around it."""
        column, row = tile_places(tiles)
        reached_tiles, boxes, maps = [], np.empty((len(window), 4), dtype=np.int64), []
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
            reached_tiles.append(active)
            boxes[target] = left, low, right + 1, top + 1
            maps.append(numbers.ravel())
        self.origin = boxes[:, :2]
        self.size = (boxes[:, 2:] - boxes[:, :2]) * TILE
        self._columns = self.size[:, 0] // TILE
        self._begin = np.cumsum([0, *map(len, maps)])
        self._tile = np.concatenate(maps)
        self._some = np.concatenate(reached_tiles)
        self._parts = np.cumsum([0, *map(len, reached_tiles)])
        origin = np.repeat(self.origin, np.diff(self._parts), axis=0)
        self._some_at = np.column_stack([column, row])[self._some] - origin

    def walks_by_tile(self) -> npt.NDArray[np.float32]:
        """Return minutes from the cells of the tiles that targets reach, ``inf`` beyond the reach; shape (tiles, 256).

        Tiles of the first target, of the second, and so on.
        """
        reaches = np.diff(self._parts)
        first = np.repeat(np.arange(len(reaches)) * self._minutes.shape[1], reaches)[:, None]

        def by_tile(cells: npt.NDArray[Any]) -> npt.NDArray[Any]:
            return cells.reshape(_TILES).take(self._some, axis=0)

        walk: npt.NDArray[np.float32] = by_tile(self._to_start)
        walk += self._minutes.take(by_tile(self._start) + first)
        other = by_tile(self._to_end)
        other += self._minutes.take(by_tile(self._end) + first)
        np.minimum(walk, other, out=walk)
        tile, cell, straight = self._along_own_streets()
        np.minimum.at(walk, (tile, cell), straight.astype(np.float32))
        np.putmask(walk, by_tile(self._far), np.inf)
        return walk

    def _along_own_streets(self) -> tuple[IntArray, IntArray, FloatArray]:
        """Row and column in `walks_by_tile` of cells on the targets' own streets, and minutes straight along these."""
        targets = self.walks.targets
        cells = np.flatnonzero(self._own)
        cells = cells[np.argsort(self.segment[cells], kind="stable")]
        begin, stop = (np.searchsorted(self.segment[cells], targets.places.segment, side=side) for side in _SIDES)
        place, cell = np.repeat(np.arange(len(begin)), stop - begin), cells[ranges(begin, stop)]
        goal = targets.places.fraction[place]
        walk = same_segment_minutes(self.network, self.segment[cell], self.fraction[cell], goal)
        walk += targets.off_min[place]
        walk += self.distance_m[cell] / self.network.metres_per_minute
        tiles = len(self.segment) // _TILES[1]
        known = np.repeat(np.arange(len(self.origin)), np.diff(self._parts)) * tiles + self._some  # ascending
        wanted = targets.owner[place] * tiles + cell // _TILES[1]
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        here = np.flatnonzero(known[at] == wanted)
        return at[here], cell[here] % _TILES[1], walk[here]

    def window(self, target: int, walks_by_tile: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Lay `walks_by_tile` out on the map of a target, ``inf`` elsewhere; shape (rows, columns)."""
        part = slice(self._parts[target], self._parts[target + 1])
        columns, rows = self.size[target] // TILE
        result = np.full((rows, TILE, columns, TILE), np.inf, dtype=np.float32)
        column, row = self._some_at[part].T
        result[row, :, column, :] = walks_by_tile[part].reshape(-1, TILE, TILE)
        return result.reshape(rows * TILE, columns * TILE)

    def number(self, target: npt.NDArray[Any], column: IntArray, row: IntArray) -> IntArray:
        """Return the numbers of the cells at columns and rows of the maps of targets."""
        at = self._begin[target] + (row >> TILE_BITS) * self._columns[target] + (column >> TILE_BITS)
        number: IntArray = self._tile[at] << 2 * TILE_BITS
        number += (row & TILE - 1) << TILE_BITS
        number += column & TILE - 1
        return number

    def minutes(self, target: npt.NDArray[Any], number: IntArray) -> FloatArray:
        """Minutes from numbered cells to targets, those beyond the reach too."""
        number = np.minimum(number, len(self._start) - 1)  # tiles that no target reaches are as far as nothing
        walk: FloatArray = np.minimum(*self._by_ends(target, number)).astype(np.float64)
        own = np.flatnonzero(self._own.take(number))
        cell = number[own]
        along = self.walks.along_own_street(target[own], self.segment[cell], self.fraction[cell])
        walk[own] = np.minimum(walk[own], along + self.distance_m[cell] / self.network.metres_per_minute)
        return walk

    def by_start(self, target: npt.NDArray[Any], number: IntArray) -> npt.NDArray[np.bool_]:
        """Whether the walk from numbered cells leaves their segment by its start."""
        by_start, by_end = self._by_ends(target, number)
        shorter: npt.NDArray[np.bool_] = by_start < by_end
        return shorter

    def _by_ends(
        self, target: npt.NDArray[Any], number: IntArray
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Minutes from numbered cells to targets by the start and by the end of their segments."""
        first, minutes = target * self._minutes.shape[1], self._minutes.ravel()
        by_start, by_end = minutes.take(first + self._start.take(number)), minutes.take(first + self._end.take(number))
        by_start += self._to_start.take(number)
        by_end += self._to_end.take(number)
        return by_start, by_end

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
