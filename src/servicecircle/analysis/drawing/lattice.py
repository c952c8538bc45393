"""The nearest street piece of every place of a grid, exactly.

Asking an index about each place alone repeats the same search a million times. Here places are judged
together: a tile of 16 x 16 places gathers the pieces that come near it; for each block of 4 x 4 places,
those that cannot be nearest to any of them are dropped; the places of a block are then compared with the
few that remain. What drops a piece is a proof (it is farther from the middle of the block than the nearest
one by more than the block is wide), so the answer is that of `SnapIndex.nearest_piece`, ties included.
"""

from dataclasses import dataclass

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
_STRETCH_M = 80.0
_ROW = 1 << 32  # more tiles than any row of the grid has
_TILES_AT_ONCE = 32


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
            piece[part], distance[part] = _by_place(index, west, south, block, pieces, reach_m)
            fraction[part] = _fractions(index, west, south, piece[part])

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
    near = np.flatnonzero(np.hypot(x, y) <= found.half_m[of] + (reach_m + 1e-6))
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
    away = _distances(index, piece, west[tile] + middle, south[tile] + middle, _BLOCK_M)
    first = np.flatnonzero(np.diff(tile, prepend=-1))
    least = np.minimum.reduceat(away, first, axis=0)
    enough = np.minimum(least + _BLOCK_WIDTH_M, reach_m + _BLOCK_WIDTH_M / 2)
    pair, block = np.nonzero(away <= np.repeat(enough, np.diff(np.append(first, len(tile))), axis=0))
    block += tile[pair] * (_BLOCK * _BLOCK)
    order = np.argsort(block, kind="stable")
    return block[order], piece[pair[order]]


def _by_place(
    index: SnapIndex,
    west: FloatArray,
    south: FloatArray,
    block: npt.NDArray[np.int64],
    piece: IntArray,
    reach_m: float,
) -> tuple[IntArray, FloatArray]:
    """Nearest piece and distance of the places of the tiles, each of shape (tiles, 256)."""
    tile, within = np.divmod(block, _BLOCK * _BLOCK)
    away = _distances(
        index, piece, west[tile] + within % _BLOCK * _BLOCK_M, south[tile] + within // _BLOCK * _BLOCK_M, CELL_M
    )
    first = np.flatnonzero(np.diff(block, prepend=-1))
    least = np.minimum.reduceat(away, first, axis=0)
    # Of a tie the first piece counts, like in the index.
    tied = away <= np.repeat(least + TIE, np.diff(np.append(first, len(block))), axis=0)
    winner = np.minimum.reduceat(np.where(tied, piece[:, None], np.iinfo(np.int32).max), first, axis=0)
    shape = (len(west), _BLOCK, _BLOCK, _BLOCK, _BLOCK)
    pieces = np.full((len(west) * _BLOCK * _BLOCK, _BLOCK * _BLOCK), -1, dtype=np.int32)
    distances = np.full(pieces.shape, np.inf)
    near = least <= reach_m
    pieces[block[first]] = np.where(near, winner, -1)
    distances[block[first]] = np.where(near, least, np.inf)
    by_row = (0, 1, 3, 2, 4)  # from block by block to row by row
    return (
        pieces.reshape(shape).transpose(by_row).reshape(len(west), -1),
        distances.reshape(shape).transpose(by_row).reshape(len(west), -1),
    )


def _distances(index: SnapIndex, piece: IntArray, x: FloatArray, y: FloatArray, spacing_m: float) -> FloatArray:
    """Distance of each piece to 4 x 4 places of its own, of which the first is at (x, y); shape (pieces, 16)."""
    number = np.arange(_BLOCK) * spacing_m
    east, north = np.tile(number, _BLOCK), np.repeat(number, _BLOCK)
    return Pieces(index, piece).by_row().distance(x[:, None] + east, y[:, None] + north)


def _fractions(index: SnapIndex, west: FloatArray, south: FloatArray, piece: IntArray) -> FloatArray:
    """Position along its segment of the place nearest to each place of the tiles."""
    tile, number = np.nonzero(piece >= 0)
    xy = np.column_stack([west[tile] + number % TILE * CELL_M, south[tile] + number // TILE * CELL_M])
    fraction = np.zeros(piece.shape)
    fraction[tile, number] = index.fraction(xy, piece[tile, number])
    return fraction
