"""Hidden streets: stretches so close beside another street that no drawing cell around them attaches to them.

A path between two walls, or under a bridge it does not meet, owns a strip of ground that may be narrower than
the drawing cells are apart. Where such strips are does not depend on where a walk goes.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from servicecircle.analysis.drawing.lattice import CELL_M, TILE, Stretches, tile_keys
from servicecircle.inputs.ranges import ranges
from servicecircle.network.threads import side_by_side
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
PieceArray = npt.NDArray[np.int32]

#: Corners of a cell, from its first one: columns and rows.
CORNERS = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
#: Longest distance between places looked at along a street, metres.
_STEP_M = 5.0
#: A cell that attaches this near along the streets tells what the street beside it does, metres.
_NEAR_M = 20.0
#: Distances from the street at which the width of a strip is felt out, metres.
_FEELERS = np.array([0.5, 1.0, 2.0, 3.0, 4.5, 6.0, 8.0, CELL_M])
#: Tiles looked at together: what is known of their streets fits the cache.
_TILES_AT_ONCE = 512


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HiddenStreets:
    """Places on hidden streets, and the ground around each of them.

    Attributes
    ----------
    key
        Tile of each place, ascending (see `lattice.tile_keys`).
    cell
        Column and row of the drawing cell to its south-west, shape (places, 2).
    segment, fraction
        Where it is on the network.
    ring
        Quadrangle of ground that attaches to it, in metres, shape (places, 4, 2).
    """

    key: IntArray
    cell: IntArray
    segment: PieceArray
    fraction: FloatArray
    ring: FloatArray

    def ground(self, rows: IntArray) -> npt.NDArray[np.object_]:
        """Return the ground of some places as polygons, within the square between their cell and its neighbours."""
        box = shapely.box(*(self.cell[rows] * CELL_M).T, *((self.cell[rows] + 1) * CELL_M).T)
        ground: Any = shapely.intersection(shapely.polygons(self.ring[rows]), box)
        return np.asarray(ground, dtype=object)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attached:
    """What drawing cells attach to: number of each tile, piece and fraction of its cells (see `DrawingCells`)."""

    tiles: IntArray
    piece: PieceArray
    fraction: FloatArray


def hidden_streets(network: WalkNetwork, cells: Attached, cut: Stretches) -> HiddenStreets:
    """Find the hidden streets within the tiles of drawing cells.

    Parameters
    ----------
    cut
        `stretches` of the network's index.
    """

    def look(at: int) -> _Hidden:
        return _hidden(network, cells, _street_places(network, cells.tiles[at : at + _TILES_AT_ONCE], cut))

    parts = list(side_by_side(look, range(0, len(cells.tiles), _TILES_AT_ONCE))) or [look(0)]
    found = _Hidden(*(np.concatenate(part) for part in zip(*parts, strict=True)))
    order = np.argsort(found.key, kind="stable")
    cell, segment = found.cell[order], found.segment[order]
    ring = _rings(network, found.xy[order], found.half[order], segment)
    return HiddenStreets(key=found.key[order], cell=cell, segment=segment, fraction=found.fraction[order], ring=ring)


class _Hidden(NamedTuple):
    """Places on hidden streets, see `HiddenStreets`, their coordinates and half of what each stands for."""

    key: IntArray
    cell: IntArray
    segment: PieceArray
    fraction: FloatArray
    xy: FloatArray
    half: FloatArray


def _hidden(network: WalkNetwork, cells: Attached, places: tuple[FloatArray, FloatArray, PieceArray]) -> _Hidden:
    """Keep the places on streets that no drawing cell around them attaches to."""
    xy, half, piece = places
    fraction, segment = network.index.fraction(xy, piece), network.index.segment[piece]
    cell = np.floor(xy / CELL_M).astype(np.int64)
    rows = np.arange(len(xy))
    for corner in CORNERS:
        rows = rows[~_told(network, cells, cell[rows] + corner, segment[rows], fraction[rows])]
    key = tile_keys(*(cell[rows] // TILE).T)
    return _Hidden(key, cell[rows], segment[rows], fraction[rows], xy[rows], half[rows])


def _street_places(network: WalkNetwork, tiles: IntArray, cut: Stretches) -> tuple[FloatArray, FloatArray, PieceArray]:
    """Places at most `_STEP_M` apart along the streets of the tiles.

    Coordinates, half of the stretch each place stands for (a vector), and the street piece.
    """
    index = network.index
    rows = ranges(np.searchsorted(cut.key, tiles), np.searchsorted(cut.key, tiles, side="right"))
    rows = rows[cut.half_m[rows] > 0]
    parts = np.maximum(np.ceil(2 * cut.half_m[rows] / _STEP_M), 1).astype(np.int64)
    piece = cut.piece[rows]
    half = index.step[:, piece] / np.hypot(index.step[0][piece], index.step[1][piece]) * cut.half_m[rows] / parts
    number = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
    rows, half = np.repeat(rows, parts), np.repeat(half, parts, axis=1)
    along = 2 * number + 1 - np.repeat(parts, parts)
    xy = np.column_stack([cut.x[rows] + along * half[0], cut.y[rows] + along * half[1]])
    return xy, half.T, cut.piece[rows]


def _told(
    network: WalkNetwork, cells: Attached, cell: IntArray, segment: PieceArray, fraction: FloatArray
) -> npt.NDArray[np.bool_]:
    """Whether drawing cells attach to streets so near that their walk is that of a place on a street."""
    drawn_m = network.index.drawn_m
    key = tile_keys(*(cell // TILE).T)
    tile = np.minimum(np.searchsorted(cells.tiles, key), len(cells.tiles) - 1)
    number = cell[:, 1] % TILE * TILE + cell[:, 0] % TILE
    piece = np.where(cells.tiles[tile] == key, cells.piece[tile, number], -1)
    theirs, at = network.index.segment[piece], cells.fraction[tile, number]
    away = np.where(theirs == segment, np.abs(at - fraction) * drawn_m[segment], np.inf)
    for mine, my_way in ((network.start, fraction), (network.end, 1 - fraction)):
        for other, way in ((network.start, at), (network.end, 1 - at)):
            meet = mine[segment] == other[theirs]
            away = np.where(meet, np.minimum(away, my_way * drawn_m[segment] + way * drawn_m[theirs]), away)
    # Where a street can be walked one way only, neighbours on it may have very different walks.
    told: npt.NDArray[np.bool_] = (piece >= 0) & (away <= _NEAR_M)
    for street in (segment, theirs):
        told &= np.isfinite(network.forward_min[street]) & np.isfinite(network.backward_min[street])
    return told


def _rings(network: WalkNetwork, xy: FloatArray, half: FloatArray, segment: PieceArray) -> FloatArray:
    """Quadrangles along the street, as wide on each side as the ground attaches to it."""
    across = np.column_stack([-half[:, 1], half[:, 0]]) / np.hypot(half[:, 0], half[:, 1])[:, None]
    left = across * _width(network, xy, across, segment)[:, None]
    right = -across * _width(network, xy, -across, segment)[:, None]
    ahead = 2 * half  # neighbours overlap, so that their union has no cracks
    return np.stack([xy - ahead + left, xy + ahead + left, xy + ahead + right, xy - ahead + right], axis=1)


def _width(network: WalkNetwork, xy: FloatArray, across: FloatArray, segment: PieceArray) -> FloatArray:
    """How far to one side the ground attaches to the own segment, metres."""
    place = xy[:, None, :] + _FEELERS[:, None] * across[:, None, :]
    piece, _ = network.index.nearest_piece(place.reshape(-1, 2), 2 * CELL_M)
    differs = network.index.segment[piece].reshape(len(xy), len(_FEELERS)) != segment[:, None]
    first = np.where(differs.any(axis=1), differs.argmax(axis=1), len(_FEELERS))
    edges = np.concatenate([[0.0], _FEELERS])
    nearer, farther = edges[first], edges[np.minimum(first + 1, len(_FEELERS))]
    width: FloatArray = np.maximum((nearer + farther) / 2, 0.25)
    return width
