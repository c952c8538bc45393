"""The nearest street piece of every place of a grid, exactly.

Asking an index about each place alone repeats the same search a million times. Here places are judged
together: a tile of 16 x 16 places gathers the pieces that come near it; for each block of 4 x 4 places,
those that cannot be nearest to any of them are dropped; the places of a block are then compared with the
few that remain. What drops a piece is a proof (it is farther from the middle of the block than the nearest
one by more than the block is wide), so the answer is that of `SnapIndex.nearest_piece`, ties included. Pieces are
dropped by distances in single precision, with more room than these lose; those that remain are measured exactly.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.drawing.pieces import Pieces
from servicecircle.inputs.ranges import ranges
from servicecircle.network.snapping import TIE, SnapIndex
from servicecircle.network.threads import side_by_side

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

#: Distance between neighbouring places, metres.
CELL_M = 10.0
#: Places along the side of a tile, and how many bits that is.
TILE, TILE_BITS = 16, 4
#: Side of a tile, metres.
TILE_M = TILE * CELL_M
_BLOCK = 4  # places along the side of a block, and blocks along the side of a tile
_BLOCK_M = _BLOCK * CELL_M
_BLOCK_WIDTH_M = (_BLOCK - 1) * CELL_M * np.sqrt(2.0) + 1e-6
#: Pieces shorter than this are points.
_NO_LENGTH_M = 1e-9
#: More than what is lost in single precision at any distance that counts.
_ROUGH_M = 0.01
_STRETCH_M = 80.0
_ROW = 1 << 32  # more tiles than any row of the grid has
#: Fewer would fit the cache better, but two threads would wait for each other.
_TILES_AT_ONCE = 128


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretches:
    """Pieces cut into stretches of at most 80 m, sorted by the tile their middle lies in.

    Attributes
    ----------
    key
        Tile of each stretch (see `tile_keys`), ascending.
    x, y
        Middle of each stretch.
    half_m
        Half of its length.
    piece
        Piece it is a part of.
    """

    key: npt.NDArray[np.int64]
    x: FloatArray
    y: FloatArray
    half_m: FloatArray
    piece: IntArray


def tile_keys(columns: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the numbers of tiles, row by row; tile (0, 0) begins at the origin of the CRS."""
    return rows * _ROW + columns


def tile_places(keys: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return columns and rows of numbered tiles."""
    columns = (keys + _ROW // 2) % _ROW - _ROW // 2  # a column west of the origin is negative
    return columns, (keys - columns) // _ROW


def stretches(index: SnapIndex, some: npt.NDArray[np.int64] | None = None) -> Stretches:
    """Cut the pieces of an index, or only some of them, given by ascending numbers."""
    pieces = np.arange(len(index.segment)) if some is None else some
    metres = np.hypot(index.step[0][pieces], index.step[1][pieces])
    parts = np.maximum(np.ceil(metres / _STRETCH_M), 1).astype(np.int64)
    piece = np.repeat(pieces.astype(np.int32), parts)
    number = np.arange(len(piece)) - np.repeat(np.cumsum(parts) - parts, parts)
    along = (number + 0.5) / np.repeat(parts, parts)
    x, y = (index.start[axis][piece] + along * index.step[axis][piece] for axis in (0, 1))
    key = tile_keys(np.floor(x / TILE_M).astype(np.int64), np.floor(y / TILE_M).astype(np.int64))
    order = np.argsort(key, kind="stable")
    half_m = np.repeat(metres / parts / 2, parts)
    return Stretches(key=key[order], x=x[order], y=y[order], half_m=half_m[order], piece=piece[order])


def pieces_around(index: SnapIndex, window: npt.NDArray[np.int64], reach_m: float) -> npt.NDArray[np.int64]:
    """Return the pieces, ascending, of which a stretch may come within reach of a window of tiles, and some beyond.

    Parameters
    ----------
    window
        First column, first row, last column, last row; shape (windows, 4).
    """
    around = _span(reach_m) + 1
    low, high = window[:, :2] - around, window[:, 2:] + around + 1
    return index.grid.within(low.astype(np.float64) * TILE_M, high.astype(np.float64) * TILE_M)


def tiles_near(found: Stretches, reach_m: float) -> npt.NDArray[np.int64]:
    """Return the tiles that a stretch may come within `reach_m` of, ascending."""
    columns, rows = tile_places(np.unique(found.key))
    around = _span(reach_m)
    side = np.arange(-around, around + 1)
    return np.unique(tile_keys(columns[:, None, None] + side[:, None], rows[:, None, None] + side))


def nearest_pieces(
    index: SnapIndex, found: Stretches, tiles: npt.NDArray[np.int64], reach_m: float
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the nearest piece of each place of the tiles, the place on its segment and the distance.

    Parameters
    ----------
    found
        `stretches` of the index.
    tiles
        Their numbers.
    reach_m
        Places farther than this from every piece have none.

    Returns
    -------
    tuple
        Piece (-1 if none), fraction of the segment, and distance (``inf`` if none), each of shape (tiles, 256),
        the places of a tile row by row.
    """
    piece = np.full((len(tiles), TILE * TILE), -1, dtype=np.int32)
    fraction = np.zeros(piece.shape)
    distance = np.full(piece.shape, np.inf)

    def judge(at: int) -> None:
        part = slice(at, at + _TILES_AT_ONCE)
        columns, rows = tile_places(tiles[part])
        west = columns.astype(np.float64) * TILE_M
        south = rows.astype(np.float64) * TILE_M
        block, pieces = _by_block(index, west, south, *_by_tile(found, tiles[part], west, south, reach_m), reach_m)
        if len(block):
            nearest = _by_place(index, west, south, block, pieces, reach_m)
            piece[part], fraction[part], distance[part] = (_by_row(values) for values in nearest)

    for _ in side_by_side(judge, range(0, len(tiles), _TILES_AT_ONCE)):
        pass
    return piece, fraction, distance


def _span(reach_m: float) -> int:
    """How many tiles away a stretch within reach may be counted."""
    return int(np.ceil((reach_m + _STRETCH_M / 2) / TILE_M))


def _by_tile(
    found: Stretches, tiles: npt.NDArray[np.int64], west: FloatArray, south: FloatArray, reach_m: float
) -> tuple[npt.NDArray[np.int64], IntArray]:
    """Pairs of a tile (its row) and a piece that may come within reach of it, by tile."""
    around = _span(reach_m)
    first = tiles[:, None] + np.arange(-around, around + 1) * _ROW - around
    begin = np.searchsorted(found.key, first.ravel())
    stop = np.searchsorted(found.key, first.ravel() + 2 * around, side="right")
    of = ranges(begin, stop)
    tile = np.repeat(np.arange(len(tiles)), (stop - begin).reshape(len(tiles), -1).sum(axis=1))
    x, y = found.x[of] - west[tile], found.y[of] - south[tile]
    x -= np.clip(x, 0.0, TILE_M - CELL_M)
    y -= np.clip(y, 0.0, TILE_M - CELL_M)
    near = np.flatnonzero(np.sqrt(x * x + y * y) <= found.half_m[of] + (reach_m + 1e-6))
    tile, piece = tile[near], found.piece[of[near]]
    if not len(tile):
        return tile, piece
    again = (tile[1:] == tile[:-1]) & (piece[1:] == piece[:-1])  # neighbouring stretches of one piece
    kept = np.append(True, ~again)
    return tile[kept], piece[kept]


def _by_block(
    index: SnapIndex,
    west: FloatArray,
    south: FloatArray,
    tile: npt.NDArray[np.int64],
    piece: IntArray,
    reach_m: float,
) -> tuple[npt.NDArray[np.int64], IntArray]:
    """Pairs of a block (tile x 16 + its number there) and a piece that may be nearest to a place of it, by block."""
    if not len(tile):
        return tile, piece
    middle = (_BLOCK - 1) * CELL_M / 2
    near = _nearest_or_so(
        index, tile, piece, west[tile] + middle, south[tile] + middle, _BLOCK_M, reach_m, _BLOCK_WIDTH_M
    )
    block, pair = np.divmod(np.flatnonzero(near), len(tile))
    block += tile[pair] * (_BLOCK * _BLOCK)
    return block, piece[pair]


def _by_place(
    index: SnapIndex,
    west: FloatArray,
    south: FloatArray,
    block: npt.NDArray[np.int64],
    piece: IntArray,
    reach_m: float,
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Nearest piece, fraction and distance of the places of the blocks, each of shape (blocks, 16)."""
    tile, within = np.divmod(block, _BLOCK * _BLOCK)
    x, y = west[tile] + within % _BLOCK * _BLOCK_M, south[tile] + within // _BLOCK * _BLOCK_M
    place, pair = np.divmod(np.flatnonzero(_nearest_or_so(index, block, piece, x, y, CELL_M, reach_m, 0.0)), len(block))
    piece, x, y = piece[pair], x[pair] + place % _BLOCK * CELL_M, y[pair] + place // _BLOCK * CELL_M
    away = Pieces(index, piece).distance(x, y)
    number = block[pair] * (_BLOCK * _BLOCK) + place
    first = np.flatnonzero(np.diff(number, prepend=-1))
    least = np.minimum.reduceat(away, first)
    # Of a tie the first piece counts, like in the index.
    tied = away <= np.repeat(least + TIE, np.diff(np.append(first, len(away))))
    winner = np.minimum.reduceat(np.where(tied, piece, np.iinfo(np.int32).max), first)
    near = np.flatnonzero(least <= reach_m)
    first, winner = first[near], winner[near]
    pieces = np.full((len(west) * _BLOCK * _BLOCK, _BLOCK * _BLOCK), -1, dtype=np.int32)
    fractions, distances = np.zeros(pieces.shape), np.full(pieces.shape, np.inf)
    at = number[first]
    pieces.ravel()[at], distances.ravel()[at] = winner, least[near]
    fractions.ravel()[at] = index.fraction(np.stack([x[first], y[first]]).T, winner)
    return pieces, fractions, distances


def _by_row(blocks: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Turn places from block by block to row by row."""
    tiles = blocks.reshape(-1, _BLOCK, _BLOCK, _BLOCK, _BLOCK)
    return tiles.transpose(0, 1, 3, 2, 4).reshape(-1, TILE * TILE)


def _nearest_or_so(
    index: SnapIndex,
    group: npt.NDArray[np.int64],
    piece: IntArray,
    x: FloatArray,
    y: FloatArray,
    spacing_m: float,
    reach_m: float,
    width_m: float,
) -> npt.NDArray[np.bool_]:
    """Whether pieces are among the nearest to places.

    Parameters
    ----------
    group
        The pieces of a group compete; those of one group follow each other.
    x, y
        First of 4 x 4 places of each piece, alike in a group.
    spacing_m
        How far these are apart.
    width_m
        How much farther than the nearest a piece may be. Some pass that are a centimetre farther.

    Returns
    -------
    numpy.ndarray
        Shape (16, pieces).
    """
    square = _squares(index, piece, x, y, spacing_m)
    first = np.flatnonzero(np.diff(group, prepend=-1))
    enough = np.sqrt(np.minimum.reduceat(square, first, axis=1))
    np.minimum(enough + (width_m + _ROUGH_M), reach_m + width_m / 2 + _ROUGH_M, out=enough)
    enough *= enough
    near: npt.NDArray[np.bool_] = square <= np.repeat(enough, np.diff(np.append(first, len(group))), axis=1)
    return near


def _squares(
    index: SnapIndex, piece: IntArray, x: FloatArray, y: FloatArray, spacing_m: float
) -> npt.NDArray[np.float32]:
    """Square of the distance of each piece to 4 x 4 places of its own, of which the first is at (x, y).

    Shape (16, pieces), row by row. Single precision: within a kilometre, distances are right to a millimetre.
    """
    at = piece.astype(np.int64)
    start_x, start_y, step_x, step_y = (values.take(at) for values in index.shape[:4])
    metres = np.sqrt(step_x * step_x + step_y * step_y)
    some = metres > _NO_LENGTH_M
    east = np.divide(step_x, metres, out=np.ones(len(at)), where=some)
    north = np.divide(step_y, metres, out=np.zeros(len(at)), where=some)
    x, y = x - start_x, y - start_y
    along, across = x * east + y * north, y * east - x * north
    # From the first place on, all is small: how far it is along the piece, and how far its ends are.
    low, high, across, east, north = (
        values.astype(np.float32) for values in (-along, metres - along, across, east, north)
    )
    steps = (np.arange(_BLOCK) * spacing_m).astype(np.float32)[:, None]
    east, north = steps * east, steps * north
    beyond = north[:, None] + east
    beyond -= np.minimum(np.maximum(beyond, low), high)
    beyond *= beyond
    aside = east[:, None] + (across - north)
    aside *= aside
    beyond += aside
    square: npt.NDArray[np.float32] = beyond.reshape(_BLOCK * _BLOCK, -1)
    return square
