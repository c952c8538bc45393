"""Outlines: from metres to spare on a grid to exact polygons.

The topology (which places are inside, which holes belong to which shell) is traced by contourpy on a
grid of +1 and -1, so that every vertex lies halfway between two grid places, one inside and one
outside. Each vertex is then moved to the exact spot on that short line where the margin ends: by
linear interpolation where both places snap to one street piece, and at the switch from one piece to
the other where the margin jumps. Rings stay simple, because no vertex leaves its own line.
"""

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from contourpy import FillType, contour_generator

from servicecircle.analysis.field import CELL_M, TILE, Target, WalkField, Window
from servicecircle.analysis.slivers import StreetPlaces, missed, pockets

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
PieceArray = npt.NDArray[np.int32]


def outline(field: WalkField, target: Target, limits: tuple[float, ...]) -> list[shapely.Geometry]:
    """Return the area within each limit, ascending, as a Polygon or MultiPolygon (empty if there is none)."""
    window = field.around(target, limits[-1])
    piece, fraction, distance = field.window(window)
    walk = field.minutes(target, piece, fraction, distance)
    spare_reach = field.reach_m - distance
    corner = np.array(window[:2]) * TILE
    places = _street_places(field, target, window)
    shapes, left_out, taken_in = [], [], []
    for limit in limits:
        margin = np.minimum((limit - walk) * field.network.metres_per_minute, spare_reach)
        margin[[0, -1], :] = -np.inf  # the window is wider than the walk: nothing reaches its rim
        margin[:, [0, -1]] = -np.inf
        crossing = _Crossing(field=field, target=target, limit=limit, corner=corner, piece=piece, margin=margin)
        shapes.append(_trace(margin, crossing))
        strips = missed(field, target, limit, margin >= 0, places)
        left_out.append(strips[0])
        taken_in.append(strips[1] + pockets(field, target, limit, corner, piece, margin))
    return [
        # What fewer minutes add, more minutes add too; what more minutes cut, fewer cut too: areas stay nested.
        _mend(shape, [*chain(*left_out[: number + 1])], [*chain(*taken_in[number:])])
        for number, shape in enumerate(shapes)
    ]


def _mend(shape: shapely.Geometry, add: list[shapely.Geometry], cut: list[shapely.Geometry]) -> shapely.Geometry:
    if add:
        shape = shapely.union_all([shape, *add])
    return shape.difference(shapely.union_all(cut)) if cut else shape


def _street_places(field: WalkField, target: Target, window: Window) -> StreetPlaces:
    """Places every few metres along the streets of the window, with their walk."""
    left, low, columns, rows = window
    xy, half, piece = field.street_places(window)
    fraction = field.network.index.fraction(xy, piece)
    column, row = (np.floor(xy / CELL_M).astype(np.int64) - np.array([left, low]) * TILE).T
    here = np.flatnonzero((column >= 0) & (column < columns * TILE - 1) & (row >= 0) & (row < rows * TILE - 1))
    return StreetPlaces(
        xy=xy[here],
        piece=piece[here],
        fraction=fraction[here],
        half=half[here],
        row=row[here],
        column=column[here],
        walk=field.minutes(target, piece[here], fraction[here], np.zeros(len(here))),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Crossing:
    """Moves vertices halfway between two grid places to where the margin really ends."""

    field: WalkField
    target: Target
    limit: float
    corner: IntArray
    piece: PieceArray
    margin: FloatArray

    def exact(self, points: FloatArray) -> FloatArray:
        """Return coordinates in metres for grid points of which one ordinate ends in .5."""
        lower, upper = np.floor(points).astype(np.int64), np.ceil(points).astype(np.int64)
        lower_inside = self.margin[lower[:, 1], lower[:, 0]] >= 0
        inner = np.where(lower_inside[:, None], lower, upper)
        outer = np.where(lower_inside[:, None], upper, lower)
        metres: FloatArray = (self.corner + inner + self._share(inner, outer)[:, None] * (outer - inner)) * CELL_M
        return metres

    def _share(self, inner: IntArray, outer: IntArray) -> FloatArray:
        """Share of the way from each inner to each outer place at which the margin ends."""
        spare, lack = self.margin[inner[:, 1], inner[:, 0]], self.margin[outer[:, 1], outer[:, 0]]
        with np.errstate(invalid="ignore"):
            share = np.where(np.isfinite(lack), spare / (spare - lack), 0.5)
        outer_piece = self.piece[outer[:, 1], outer[:, 0]]
        seam = np.flatnonzero((self.piece[inner[:, 1], inner[:, 0]] != outer_piece) & (outer_piece >= 0))
        share[seam] = self._seam_share(inner[seam], outer[seam])
        return np.clip(share, 0.0, 1.0)

    def _seam_share(self, inner: IntArray, outer: IntArray) -> FloatArray:
        """Share at which the margin ends on a way along which the nearest piece changes once."""
        spare, lack = self.margin[inner[:, 1], inner[:, 0]], self.margin[outer[:, 1], outer[:, 0]]
        pieces = self.piece[inner[:, 1], inner[:, 0]], self.piece[outer[:, 1], outer[:, 0]]
        begin: FloatArray = (self.corner + inner).astype(np.float64) * CELL_M
        end: FloatArray = (self.corner + outer).astype(np.float64) * CELL_M
        at = self.field.switch(begin, end, *pieces)
        place = begin + at[:, None] * (end - begin)
        before, after = (
            self.field.margin(self.target, self.limit, piece, *self.field.at(place, piece)) for piece in pieces
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            ends_before = at * spare / (spare - before)
            ends_after = at + (1 - at) * after / (after - lack)
        ends_before = np.where(np.isfinite(before), ends_before, 0.0)
        ends_after = np.where(np.isfinite(lack), ends_after, at)
        return np.select([before < 0, after < 0], [ends_before, at], ends_after)


def _trace(margin: FloatArray, crossing: _Crossing) -> shapely.Geometry:
    """Return polygons with their holes around the places whose margin is at least 0."""
    signs = np.where(margin >= 0, 1.0, -1.0)
    tracer = contour_generator(z=signs, fill_type=FillType.OuterOffset)
    found: Any = tracer.filled(0.0, 2.0)
    points, offsets = found
    if not points:
        return shapely.Polygon()
    exact = crossing.exact(np.concatenate(points))
    sizes = [np.diff(offset) for offset in offsets]
    ring = np.repeat(np.arange(sum(map(len, sizes))), np.concatenate(sizes))
    rings = shapely.linearrings(exact, indices=ring)
    polygons = shapely.polygons(rings, indices=np.repeat(np.arange(len(points)), [len(size) for size in sizes]))
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
