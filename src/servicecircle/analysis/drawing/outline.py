"""Outlines: from a field of walks to exact polygons.

Every vertex of the rings that were traced lies between two neighbouring cells, one inside and one outside. It is
moved to the exact spot on that short line where the walk exceeds the limit or the reach ends: by linear interpolation
where both cells attach to one street piece, and at the switch from one piece to the other where the walk jumps. Rings
stay simple, because no vertex leaves its own line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from servicecircle.analysis.drawing.field import WalkField
from servicecircle.analysis.drawing.lattice import CELL_M, TILE
from servicecircle.analysis.drawing.pieces import Pieces
from servicecircle.analysis.drawing.rings import Traced
from servicecircle.analysis.drawing.slivers import Ground

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]

#: Vertices keep this share of their line away from its ends, so that no two of them meet.
_APART = 1e-3
_SECANTS = 3


def exact_rings(field: WalkField, traced: Traced, limits: FloatArray) -> Geometries:
    """Return the rings with every vertex at the exact spot."""
    crossing = _Crossing(
        field=field, target=traced.target, limit=limits[traced.number], inner=traced.inner, way=traced.way
    )
    ring = np.repeat(np.arange(len(traced.vertices)), traced.vertices)
    return np.asarray(shapely.linearrings(crossing.exact(), indices=ring))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Crossing:
    """Ways from a cell inside, given by column and row on the target's map, one cell on to a neighbour outside."""

    field: WalkField
    target: IntArray
    limit: FloatArray
    inner: IntArray
    way: IntArray

    def exact(self) -> FloatArray:
        """Return the places on the ways at which the margin ends, in metres, shape (ways, 2)."""
        first = self.inner + self.field.origin.T.take(self.target, axis=1) * TILE
        inner, outer = (self.field.number(self.target, *at) for at in (self.inner, self.inner + self.way))
        spare, lack = (
            self.field.margin(self.limit, self.field.minutes(self.target, at), self.field.distance_m.take(at))
            for at in (inner, outer)
        )
        with np.errstate(invalid="ignore"):
            share = np.where(np.isfinite(lack), spare / (spare - lack), 0.5)
        near, far = self.field.piece.take(inner), self.field.piece.take(outer)
        seam = np.flatnonzero((near != far) & (far >= 0))
        share[seam] = self._seam_share(
            seam, first.take(seam, axis=1) * CELL_M, (spare[seam], lack[seam]), (near[seam], far[seam])
        )
        share = np.clip(share, _APART, 1.0 - _APART)
        metres: FloatArray = np.empty((len(share), 2))
        np.multiply(first + share * self.way, CELL_M, out=metres.T)
        return metres

    def _seam_share(
        self,
        rows: IntArray,
        first: npt.NDArray[Any],
        margins: tuple[FloatArray, FloatArray],
        pieces: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]],
    ) -> FloatArray:
        """Share at which the margin ends on a way along which the nearest piece changes once."""
        (spare, lack), target, limit = margins, self.target[rows], self.limit[rows]
        (x, y), (step_x, step_y) = first, self.way.take(rows, axis=1) * CELL_M
        near, far = (Pieces(self.field.network.index, piece) for piece in pieces)

        def place(share: FloatArray) -> tuple[FloatArray, FloatArray]:
            return x + share * step_x, y + share * step_y

        at = _switch(
            lambda share: far.distance(*place(share)) - near.distance(*place(share)),
            np.zeros(len(rows)),
            np.ones(len(rows)),
        )
        before, after = (self.field.margin_at(target, limit, piece, *place(at)) for piece in (near, far))
        with np.errstate(invalid="ignore", divide="ignore"):
            ends_before = at * spare / (spare - before)
            ends_after = at + (1 - at) * after / (after - lack)
        ends_before = np.where(np.isfinite(before), ends_before, 0.0)
        ends_after = np.where(np.isfinite(lack), ends_after, at)
        return np.select([before < 0, after < 0], [ends_before, at], ends_after)


def _switch(ahead: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray) -> FloatArray:
    """Find where a function that falls from above 0 to below it changes sign, by the method of false position."""
    at_low, at_high = np.maximum(ahead(low), 0.0), np.minimum(ahead(high), 0.0)
    middle = (low + high) / 2
    for _ in range(_SECANTS):
        fall = at_low - at_high
        share = np.divide(at_low, fall, out=np.full(len(low), 0.5), where=fall > 0)
        middle = low + (high - low) * share
        now = ahead(middle)
        before = now >= 0
        # The end that stays counts half, so that it does not stay for ever.
        at_low, at_high = np.where(before, now, at_low / 2), np.where(before, at_high / 2, now)
        low, high = np.where(before, middle, low), np.where(before, high, middle)
    return middle


def assemble(rings: Geometries, traced: Traced, holes: Ground, shapes: int) -> Geometries:
    """Build the outlines from their rings.

    Parameters
    ----------
    holes
        What to cut out further; each of them lies within one polygon of its outline.
    shapes
        How many outlines there are.

    Returns
    -------
    numpy.ndarray
        Polygons and MultiPolygons; an outline without a ring is an empty Polygon.
    """
    polygon = np.repeat(np.arange(len(traced.rings)), traced.rings)
    if len(holes.shape):
        rings = np.concatenate([rings, shapely.get_exterior_ring(holes.polygons)])
        polygon = np.concatenate([polygon, _around(rings, polygon, traced, holes)])
        order = np.argsort(polygon, kind="stable")
        rings, polygon = rings[order], polygon[order]
    result = np.full(shapes, shapely.Polygon(), dtype=object)
    if len(rings):
        polygons = shapely.polygons(rings, indices=polygon)
        count = np.bincount(traced.shape, minlength=shapes)
        single = count[traced.shape] == 1
        result[traced.shape[single]] = polygons[single]
        several, place = np.unique(traced.shape[~single], return_inverse=True)
        result[several] = shapely.multipolygons(polygons[~single], indices=place)
    return result


def _around(rings: Geometries, polygon: IntArray, traced: Traced, holes: Ground) -> IntArray:
    """Find the polygon that each hole lies in."""
    first = np.searchsorted(traced.shape, holes.shape)
    choices = np.searchsorted(traced.shape, holes.shape, side="right") - first
    found = first.copy()
    open_holes = np.flatnonzero(choices > 1)
    if len(open_holes):
        wanted = np.unique(np.concatenate([np.arange(first[at], first[at] + choices[at]) for at in open_holes]))
        its_rings = np.flatnonzero(np.isin(polygon, wanted))
        place = np.searchsorted(wanted, polygon[its_rings])
        polygons = shapely.polygons(rings[its_rings], indices=place)
        x, y = shapely.get_coordinates(shapely.point_on_surface(holes.polygons[open_holes])).T
        for nth in range(int(choices.max())):
            here = np.flatnonzero(nth < choices[open_holes])
            candidate = first[open_holes[here]] + nth
            inside = shapely.contains_xy(polygons[np.searchsorted(wanted, candidate)], x[here], y[here])
            found[open_holes[here[inside]]] = candidate[inside]
    return found
