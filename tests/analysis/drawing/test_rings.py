from itertools import pairwise

import numpy as np
import pytest
import shapely
from contourpy import FillType, contour_generator
from hypothesis import example, given
from hypothesis import strategies as st

from servicecircle.analysis.drawing.kept import KeptLimits
from servicecircle.analysis.drawing.rings import _in_rows, trace

LIMITS = np.array([5.0, 10.0, 15.0])
#: A walk that keeps none of the limits, the longest, the two longer ones, all.
WALKS = np.array([np.inf, 12.0, 10.0, 0.5], dtype=np.float32)


class Windows:
    """A field of walks that are given, a window for each target."""

    def __init__(self, counts) -> None:
        self.origin = np.zeros((len(counts), 2), dtype=np.int64)
        self._walks = [WALKS[np.pad(count, 1)] for count in counts]

    def walks_by_tile(self) -> list[np.ndarray]:
        """Return all windows."""
        return self._walks

    def window(self, target: int, walks) -> np.ndarray:
        """Return that of one target."""
        return walks[target]


@st.composite
def grids(draw):
    """Return how many limits each cell keeps, more often as its neighbours than not."""
    rows, columns, seed = draw(st.integers(1, 12)), draw(st.integers(1, 12)), draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 4, (rows // 2 + 1, columns // 2 + 1)).repeat(2, axis=0).repeat(2, axis=1)[:rows, :columns]
    return np.where(rng.random((rows, columns)) < draw(st.sampled_from([0.1, 0.5, 1.0])), rng.integers(0, 4), coarse)


def traced_outlines(counts) -> list[shapely.MultiPolygon]:
    """Outlines with every vertex halfway between two cells, for all targets and limits."""
    traced = trace(KeptLimits(Windows(counts), LIMITS))
    halfway = (traced.inner + traced.way / 2).T
    rings = [shapely.LinearRing(part) for part in np.split(halfway, np.cumsum(traced.vertices)[:-1]) if len(part)]
    of = np.repeat(np.repeat(traced.shape, traced.rings), traced.vertices)
    assert (traced.target * len(LIMITS) + traced.number).tolist() == of.tolist()
    polygons = [
        shapely.Polygon(own[0], own[1:])
        for own in np.split(np.array(rings, dtype=object), np.cumsum(traced.rings)[:-1])
        if len(own)
    ]
    assert all(polygon.exterior.is_ccw and not any(hole.is_ccw for hole in polygon.interiors) for polygon in polygons)
    shapes = range(len(counts) * len(LIMITS))
    return [
        shapely.MultiPolygon([polygon for polygon, of in zip(polygons, traced.shape, strict=True) if of == shape])
        for shape in shapes
    ]


def contoured(count, number) -> shapely.MultiPolygon:
    """Return the same from contours of the grid that counts limits."""
    found = contour_generator(z=np.pad(count, 1).astype(float), fill_type=FillType.OuterOffset).filled(
        len(LIMITS) - number - 0.5, len(LIMITS) + 1.0
    )
    polygons = []
    for points, offsets in zip(*found, strict=True):
        halfway = (np.floor(points + 1e-6) + np.ceil(points - 1e-6)) / 2
        own = [halfway[begin:stop] for begin, stop in pairwise(offsets)]
        polygons.append(shapely.Polygon(own[0], own[1:]))
    return shapely.MultiPolygon(polygons)


@given(counts=st.lists(grids(), min_size=1, max_size=3))
@example(counts=[np.zeros((2, 2), dtype=np.int64)]).via("nothing to trace")
@example(counts=[np.array([[3, 3, 3, 0, 3, 3, 3], [3, 0, 3, 0, 3, 0, 3], [3, 3, 3, 0, 3, 3, 3]])]).via(
    "two with a hole"
)
@example(counts=[np.array([[3, 0], [0, 3]]), np.array([[2, 1], [0, 3]]), np.array([[3, 1], [1, 2]])]).via(
    "cells that meet at a corner only"
)
def test_rings_are_the_contours_of_the_cells(counts) -> None:
    """The same shells, the same holes in them and the same ways around corners as contourpy finds."""
    outlines = traced_outlines(counts)
    wanted = [contoured(count, number) for count in counts for number in range(len(LIMITS))]
    assert shapely.normalize(outlines).tolist() == shapely.normalize(wanted).tolist()


@pytest.mark.parametrize("following", [[1, 0, 0], [1, 2, 1], [1, 2, 3, 4, 2]])
def test_vertices_that_form_no_rings_end_in_an_error(following) -> None:
    """Where two vertices have one successor that is told; nothing runs on for ever."""
    with pytest.raises(ValueError, match="rings do not close"):
        _in_rows(np.array(following))
