"""Slivers and pockets: ground that is too small for the drawing cells to see.

Pockets lie in the middle between streets, where the way from the street is longest: a few metres beyond the
limit, all around within it. They are looked for in the quarters of the cells that are just within the limit.

Slivers lie along a street that runs so close beside another, without meeting it, that no cell attaches to it.
Which stretches of street are hidden in this way, and how wide the ground is that attaches to them, does not
depend on the target: it is found once for a network.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from servicecircle.analysis.drawing.field import WalkField
from servicecircle.analysis.drawing.hidden import CORNERS, HiddenStreets
from servicecircle.analysis.drawing.kept import KeptLimits
from servicecircle.analysis.drawing.lattice import CELL_M, TILE
from servicecircle.analysis.drawing.pieces import Pieces
from servicecircle.inputs.ranges import ranges

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]

#: Squares overlap by this much, so that those that meet at a corner become one, metres.
_OVERLAP_M = 1e-3
#: A pocket is no deeper than this: it lies within half a cell of a corner that is within the limit, metres.
_BAND_M = 0.6 * CELL_M


class Ground(NamedTuple):
    """Small polygons, and the outline each belongs to (target x limits + limit)."""

    polygons: Geometries
    shape: IntArray


def pockets(field: WalkField, kept: KeptLimits) -> tuple[Ground, Ground]:
    """Return the ground beyond a limit inside cells whose corners are all within it, by outline, in whole polygons.

    The second are the squares of half a cell that it consists of, for the outlines of fewer minutes that run through
    their cells.
    """
    shape, cell = kept.just_within(_BAND_M / field.network.metres_per_minute)
    target, number = np.divmod(shape, len(kept.limits))
    corner = np.stack([field.number(target, *(cell + step).T) for step in CORNERS])
    # Within a cell that one street is nearest to, and that is left by one end of it, the walk has no peak.
    pieces, ends = field.piece[corner], field.by_start(target, corner)
    ridge = np.flatnonzero((pieces != pieces[0]).any(axis=0) | (ends != ends[0]).any(axis=0))
    quarter = np.array([[1, 1], [3, 1], [1, 3], [3, 3]]) * CELL_M / 4
    first = field.origin[target[ridge]] * TILE + cell[ridge]
    xy = first[:, None, :] * CELL_M + quarter
    # The middle of a quarter attaches to a piece that a corner attaches to, or to a hidden street.
    index, choices = field.network.index, pieces[:, ridge]
    away = Pieces(index, choices).by_row().distance(xy[:, :, 0], xy[:, :, 1])
    own = np.take_along_axis(choices, away.argmin(axis=0).T, axis=0).T.ravel()
    xy = xy.reshape(-1, 2)
    shape, target, number = (np.repeat(values[ridge], 4) for values in (shape, target, number))
    beyond = np.flatnonzero(field.margin_at(target, kept.limits[number], Pieces(index, own), *xy.T) < 0)
    half = CELL_M / 4 + _OVERLAP_M
    squares = Ground(shapely.box(*(xy[beyond] - half).T, *(xy[beyond] + half).T, ccw=False), shape[beyond])
    most = np.max(
        [kept.at(target[beyond], *(np.repeat(cell[ridge], 4, axis=0)[beyond] + step).T) for step in CORNERS], 0
    )
    half_cell = 2 * first[beyond // 4] + CORNERS[beyond % 4]
    return _joined(squares, half_cell), _for_fewer(squares, most, len(kept.limits))


def strips(field: WalkField, hidden: HiddenStreets, tiles: IntArray, kept: KeptLimits) -> tuple[Ground, Ground]:
    """Return the ground of hidden streets that outlines leave out, and that which they take in.

    What fewer minutes add, more minutes add too; what more minutes cut, fewer cut too: areas stay nested.

    Parameters
    ----------
    tiles
        Tiles of the field.
    """
    rows = ranges(np.searchsorted(hidden.key, tiles), np.searchsorted(hidden.key, tiles, side="right"))
    cell = hidden.cell[rows] - field.origin[:, None, :] * TILE
    on_map = (cell >= 0) & (cell < field.size[:, None, :])
    target, at = np.nonzero(on_map.all(axis=2))
    cell, near = cell[target, at], rows[at]
    walk = field.walks.minutes(target, hidden.segment[near], hidden.fraction[near], np.zeros(len(near)))
    corners = np.stack([kept.at(target, *(cell + step).T) for step in CORNERS])
    most, least = corners.max(axis=0, initial=0), corners.min(axis=0, initial=len(kept.limits))
    number = np.arange(len(kept.limits))[:, None]
    within, keeps = walk <= kept.limits[:, None], len(kept.limits) - number
    shape = target * len(kept.limits) + number
    missed = within & (most < keeps), ~within & (least >= keeps)
    left_out, taken_in = (Ground(hidden.ground(near[np.nonzero(at)[1]]), shape[at]) for at in missed)
    more = _repeated(left_out, left_out.shape, len(kept.limits) - left_out.shape % len(kept.limits))
    fewer = _for_fewer(taken_in, np.broadcast_to(most, shape.shape)[missed[1]], len(kept.limits))
    return more, both(taken_in, fewer)


def _joined(squares: Ground, half_cell: IntArray) -> Ground:
    """Join the squares of each outline that meet, given by their column and row in half cells."""
    if not len(squares.shape):
        return squares
    column, row = (half_cell - half_cell.min(axis=0)).T
    width = column.max() + 2
    key = (squares.shape * (row.max() + 2) + row) * width + column
    order = np.argsort(key)
    key = key[order]
    meet = []
    for step in (1, width - 1, width, width + 1):  # towards the east, and all three to the north
        at = np.minimum(np.searchsorted(key, key + step), len(key) - 1)
        some = np.flatnonzero(key[at] == key + step)
        meet.append(np.stack([some, at[some]]))
    one, other = np.hstack(meet)
    links = sparse.coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(len(key), len(key)))
    label = connected_components(links, directed=False)[1].astype(np.int64)
    first = np.unique(label, return_index=True)[1]
    return Ground(_by_outline(Ground(squares.polygons[order], label)).polygons, squares.shape[order[first]])


def both(one: Ground, other: Ground) -> Ground:
    """Return the polygons of both."""
    return Ground(np.concatenate([one.polygons, other.polygons]), np.concatenate([one.shape, other.shape]))


def mend(outlines: Geometries, left_out: Ground, taken_in: Ground) -> None:
    """Add to the outlines what was left out and cut what was taken in."""
    more, less = _by_outline(left_out), _by_outline(taken_in)
    outlines[more.shape] = shapely.union(outlines[more.shape], more.polygons)
    outlines[less.shape] = shapely.difference(outlines[less.shape], less.polygons)


def _for_fewer(ground: Ground, most: npt.NDArray[np.uint16], limits: int) -> Ground:
    """Return ground for the outlines of fewer minutes, where one of these runs through its cell.

    Parameters
    ----------
    most
        Limits that a corner of the cell keeps, the most of its corners.
    """
    number = ground.shape % limits
    first = limits - most.astype(np.int64)
    return _repeated(ground, ground.shape - number + first, number - first)


def _repeated(ground: Ground, first: IntArray, count: IntArray) -> Ground:
    """Return each polygon for so many outlines from a first one on."""
    return Ground(np.repeat(ground.polygons, count), ranges(first, first + count))


def _by_outline(ground: Ground) -> Ground:
    """Join all polygons of each outline to one geometry."""
    order = np.argsort(ground.shape, kind="stable")
    own, row, count = np.unique(ground.shape[order], return_inverse=True, return_counts=True)
    table = np.full((len(own), count.max(initial=1)), None, dtype=object)
    table[row, ranges(np.zeros(len(own), dtype=np.int64), count)] = ground.polygons[order]
    whole, several = table[:, 0], count > 1
    whole[several] = shapely.union_all(table[several], axis=1)
    return Ground(whole, own)
