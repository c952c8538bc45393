"""Slivers and pockets: ground that is too small for the drawing grid to see.

Between two parallel streets, or around a dead end beside another street, the ground that snaps to one
of them may be narrower than a drawing cell and fall between the grid places. The street itself always
snaps to itself, so walking along it finds every such strip: a place on the street that is inside while
all four corners of its cell are outside, or the other way round. Pockets lie in the middle between
streets, where the way from the street is longest: a few metres beyond the limit, all around within it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from servicecircle.analysis.field import CELL_M, Target, WalkField

FloatArray = npt.NDArray[np.float64]

#: Distances from the street at which the width of a strip is felt out, metres.
_FEELERS = np.array([0.5, 1.0, 2.0, 3.0, 4.5, 6.0, 8.0, CELL_M])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreetPlaces:
    """Places along the streets of a window.

    Attributes
    ----------
    xy
        Coordinates, shape (places, 2).
    piece, fraction
        Street piece, and position along its segment.
    half
        Half of the stretch of street each place stands for, as a vector, shape (places, 2).
    row, column
        Cell of the window each place lies in.
    walk
        Minutes to the target.
    """

    xy: FloatArray
    piece: npt.NDArray[np.int32]
    fraction: FloatArray
    half: FloatArray
    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    walk: FloatArray


def missed(
    field: WalkField, target: Target, limit: float, inside: npt.NDArray[np.bool_], places: StreetPlaces
) -> tuple[list[shapely.Geometry], list[shapely.Geometry]]:
    """Return the strips that the grid leaves out and those it takes in, as small polygons.

    Parameters
    ----------
    inside
        Grid places within the limit, shape (rows, columns) of the window.
    """
    corners = np.stack([inside[:-1, :-1], inside[1:, :-1], inside[:-1, 1:], inside[1:, 1:]])
    some, every = np.any(corners, axis=0), np.all(corners, axis=0)
    within = places.walk <= limit
    left_out = np.flatnonzero(within & ~some[places.row, places.column])
    taken_in = np.flatnonzero(~within & every[places.row, places.column])
    return (
        _strips(field, target, limit, places, left_out, wanted=True),
        _strips(field, target, limit, places, taken_in, wanted=False),
    )


def pockets(
    field: WalkField,
    target: Target,
    limit: float,
    corner: npt.NDArray[np.int64],
    piece: npt.NDArray[np.int32],
    margin: FloatArray,
) -> list[shapely.Geometry]:
    """Return squares of half a cell that lie beyond the limit inside cells whose corners are all within it.

    Parameters
    ----------
    corner
        Grid place of the first row and column of the window.
    piece, margin
        Of the grid places of the window, shape (rows, columns).
    """
    four = [np.s_[:-1, :-1], np.s_[1:, :-1], np.s_[:-1, 1:], np.s_[1:, 1:]]
    least = np.minimum.reduce([margin[at] for at in four])
    # Within a cell of one piece the walk has no peak, and far from the limit a peak stays within it.
    row, column = np.nonzero((least >= 0) & (least < CELL_M))
    pieces = np.stack([piece[at][row, column] for at in four])
    mixed = (pieces != pieces[0]).any(axis=0)
    cell = (corner + np.column_stack([column, row])[mixed]) * CELL_M
    quarters = np.array([[1, 1], [3, 1], [1, 3], [3, 3]]) * CELL_M / 4
    xy = (cell[:, None, :] + quarters[None, :, :]).reshape(-1, 2)
    if not len(xy):
        return []
    # The middle of a quarter snaps to a piece that a corner snaps to (or to none the grid knows: the strips' matter).
    choices = np.repeat(pieces[:, mixed], 4, axis=1)
    away = np.stack([field.network.index.distance(xy, choice) for choice in choices])
    nearest = away.argmin(axis=0), np.arange(len(xy))
    own = choices[nearest]
    fraction = field.network.index.fraction(xy, own)
    beyond = xy[field.margin(target, limit, own, fraction, away[nearest]) < 0]
    return list(shapely.box(*(beyond - CELL_M / 4).T, *(beyond + CELL_M / 4).T))


def _strips(
    field: WalkField,
    target: Target,
    limit: float,
    places: StreetPlaces,
    rows: npt.NDArray[np.int64],
    *,
    wanted: bool,
) -> list[shapely.Geometry]:
    """Quadrangles along the street, as wide on each side as the ground is `wanted` inside."""
    if not len(rows):
        return []
    half, xy = places.half[rows], places.xy[rows]
    length = np.hypot(half[:, 0], half[:, 1])
    half, xy, length = half[length > 0], xy[length > 0], length[length > 0]
    across = np.column_stack([-half[:, 1], half[:, 0]]) / length[:, None]
    left = across * _width(field, target, limit, xy, across, wanted=wanted)[:, None]
    right = -across * _width(field, target, limit, xy, -across, wanted=wanted)[:, None]
    ahead = half * 1.02  # neighbours overlap a little, so that their union has no cracks
    ring = np.stack([xy - ahead + left, xy + ahead + left, xy + ahead + right, xy - ahead + right], axis=1)
    return list(shapely.polygons(ring))


def _width(
    field: WalkField, target: Target, limit: float, xy: FloatArray, across: FloatArray, *, wanted: bool
) -> FloatArray:
    """How far to one side the ground stays on the same side of the limit, metres."""
    place = xy[:, None, :] + _FEELERS[None, :, None] * across[:, None, :]
    flat = place.reshape(-1, 2)
    piece, distance = field.network.index.nearest_piece(flat, field.reach_m)
    fraction = field.network.index.fraction(flat, np.maximum(piece, 0))
    margin = field.margin(target, limit, piece, fraction, distance).reshape(len(xy), len(_FEELERS))
    differs = (margin >= 0) != wanted
    first = np.where(differs.any(axis=1), differs.argmax(axis=1), len(_FEELERS))
    edges = np.concatenate([[0.0], _FEELERS])
    nearer, farther = edges[first], edges[np.minimum(first + 1, len(_FEELERS))]
    width: FloatArray = np.maximum((nearer + farther) / 2, 0.25)
    return width
