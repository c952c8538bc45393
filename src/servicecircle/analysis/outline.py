"""Outlines: from metres to spare on a grid to exact polygons.

The topology (which places are inside, which holes belong to which shell) is traced by contourpy on a
grid of +1 and -1, so that every vertex lies halfway between two grid places, one inside and one
outside. Each vertex is then moved to the exact spot on that short line where the margin ends: by
linear interpolation where both places snap to one street piece, and at the switch from one piece to
the other where the margin jumps. Rings stay simple, because no vertex leaves its own line.
"""

import numpy as np
import numpy.typing as npt
import shapely
from contourpy import FillType, LineType, contour_generator

from servicecircle.analysis.field import CELL_M, TILE, Target, WalkField, Window
from servicecircle.analysis.slivers import StreetPlaces, missed, pockets

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def outline(field: WalkField, target: Target, window: Window, limits: tuple[float, ...]) -> list[shapely.Geometry]:
    """Return the area within each limit as a Polygon or MultiPolygon (empty if there is none)."""
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
        shapes.append(_trace(margin, _Crossing(field, target, limit, corner, piece, margin)))
        strips = missed(field, target, limit, margin >= 0, places)
        left_out.append(strips[0])
        taken_in.append(strips[1] + pockets(field, target, limit, corner, piece, margin))
    return [
        # What fewer minutes add, more minutes add too; what more minutes cut, fewer cut too: areas stay nested.
        _mend(shape, sum(left_out[: number + 1], []), sum(taken_in[number:], []))
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


class _Crossing:
    """Moves vertices halfway between two grid places to where the margin really ends."""

    def __init__(
        self,
        field: WalkField,
        target: Target,
        limit: float,
        corner: npt.NDArray[np.int64],
        piece: npt.NDArray[np.int32],
        margin: FloatArray,
    ) -> None:
        self.field, self.target, self.limit = field, target, limit
        self.corner, self.piece, self.margin = corner, piece, margin

    def exact(self, points: FloatArray) -> FloatArray:
        """Return coordinates in metres for grid points of which one ordinate ends in .5."""
        lower, upper = np.floor(points).astype(np.int64), np.ceil(points).astype(np.int64)
        lower_inside = self.margin[lower[:, 1], lower[:, 0]] >= 0
        inner = np.where(lower_inside[:, None], lower, upper)
        outer = np.where(lower_inside[:, None], upper, lower)
        share = self._share(inner, outer)
        return (self.corner + inner + share[:, None] * (outer - inner)) * CELL_M

    def _share(self, inner: IntArray, outer: IntArray) -> FloatArray:
        inner_margin = self.margin[inner[:, 1], inner[:, 0]]
        outer_margin = self.margin[outer[:, 1], outer[:, 0]]
        with np.errstate(invalid="ignore"):
            share = np.where(np.isfinite(outer_margin), inner_margin / (inner_margin - outer_margin), 0.5)
        inner_piece = self.piece[inner[:, 1], inner[:, 0]]
        outer_piece = self.piece[outer[:, 1], outer[:, 0]]
        seam = np.flatnonzero((inner_piece != outer_piece) & (outer_piece >= 0))
        share[seam] = self._seam_share(
            (self.corner + inner[seam]) * CELL_M,
            (self.corner + outer[seam]) * CELL_M,
            inner_piece[seam],
            outer_piece[seam],
            inner_margin[seam],
            outer_margin[seam],
        )
        return np.clip(share, 0.0, 1.0)

    def _seam_share(
        self,
        inner: FloatArray,
        outer: FloatArray,
        inner_piece: npt.NDArray[np.int32],
        outer_piece: npt.NDArray[np.int32],
        inner_margin: FloatArray,
        outer_margin: FloatArray,
    ) -> FloatArray:
        """Where the margin ends on a line along which the nearest piece changes once."""
        at = self.field.switch(inner, outer, inner_piece, outer_piece)
        place = inner + at[:, None] * (outer - inner)
        before = self.field.margin(self.target, self.limit, inner_piece, *self.field.at(place, inner_piece))
        after = self.field.margin(self.target, self.limit, outer_piece, *self.field.at(place, outer_piece))
        with np.errstate(invalid="ignore", divide="ignore"):
            ends_before = at * inner_margin / (inner_margin - before)
            ends_after = at + (1 - at) * after / (after - outer_margin)
        ends_before = np.where(np.isfinite(before), ends_before, 0.0)
        ends_after = np.where(np.isfinite(outer_margin), ends_after, at)
        return np.select([before < 0, after < 0], [ends_before, at], ends_after)


def _trace(margin: FloatArray, crossing: _Crossing) -> shapely.Geometry:
    """Polygons with their holes around the places whose margin is at least 0."""
    signs = np.where(margin >= 0, 1.0, -1.0)
    tracer = contour_generator(z=signs, fill_type=FillType.OuterOffset, line_type=LineType.Separate)
    points, offsets = tracer.filled(0.0, 2.0)
    if not points:
        return shapely.Polygon()
    exact = crossing.exact(np.concatenate(points))
    sizes = [np.diff(offset) for offset in offsets]
    ring = np.repeat(np.arange(sum(len(size) for size in sizes)), np.concatenate(sizes))
    rings = shapely.linearrings(exact, indices=ring)
    polygon = np.repeat(np.arange(len(points)), [len(size) for size in sizes])
    polygons = shapely.polygons(rings, indices=polygon)
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
