import base64
import zlib

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from servicecircle.outputs.map.packing import DEGREES, pack_numbers, pack_shapes, rings

degrees = st.floats(-180, 180).map(lambda value: round(value, 5))
parts = st.integers(1, 6).flatmap(lambda count: arrays(np.float64, (count, 2), elements=degrees))


def unpack_numbers(text: str) -> list[int]:
    """Read the format as `packing` describes it."""
    numbers, value, shift = [], 0, 0
    for byte in zlib.decompress(base64.b64decode(text)):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(value)
            value, shift = 0, 0
    assert shift == 0
    return numbers


def unpack_shapes(text: str) -> list[list[np.ndarray]]:
    """Read shapes back to degrees."""
    numbers = iter(unpack_numbers(text))
    shape_sizes = [next(numbers) for _ in range(next(numbers))]
    part_sizes = [[next(numbers) for _ in range(size)] for size in shape_sizes]
    ways = np.array(list(numbers), dtype=np.int64)
    ways = np.where(ways % 2 == 1, -(ways + 1) // 2, ways // 2).reshape(-1, 2)
    xy = np.cumsum(ways, axis=0) * DEGREES
    shapes, start = [], 0
    for sizes in part_sizes:
        shapes.append([xy[start + sum(sizes[:i]) : start + sum(sizes[: i + 1])] for i in range(len(sizes))])
        start += sum(sizes)
    return shapes


def packed(shapes: list[list[np.ndarray]]) -> str:
    """Pack shapes that are given as lists of their parts."""
    every = [part for shape in shapes for part in shape]
    xy = np.concatenate([np.empty((0, 2)), *every])
    return pack_shapes(xy, [len(part) for part in every], [len(shape) for shape in shapes])


@given(st.lists(st.integers(0, 2**40)))
def test_numbers_come_back(numbers: list[int]) -> None:
    """Whole numbers of any size are read back as they were."""
    assert unpack_numbers(pack_numbers(np.array(numbers, dtype=np.int64))) == numbers


@given(st.lists(st.lists(parts, max_size=3), max_size=4))
def test_shapes_come_back(shapes: list[list[np.ndarray]]) -> None:
    """Shapes are read back to 0.00001 degree, shape by shape and part by part, also empty ones."""
    back = unpack_shapes(packed(shapes))
    assert [len(shape) for shape in back] == [len(shape) for shape in shapes]
    for found, given_ in zip(back, shapes, strict=True):
        for one, other in zip(found, given_, strict=True):
            np.testing.assert_allclose(one, other, atol=DEGREES * 0.51)


def test_a_polygon_keeps_its_holes_and_its_islands() -> None:
    """Two parts, one of them with a hole, are three rings without the repeated vertex; a polygon may be empty."""
    ring = shapely.box(0, 0, 9, 9).difference(shapely.box(3, 3, 6, 6))
    land = shapely.union_all([ring, shapely.box(20, 0, 22, 2)])
    xy, vertices, parts = rings(np.array([shapely.Polygon(), land, shapely.MultiPolygon(), None]))
    assert (vertices.tolist(), parts.tolist()) == ([4, 4, 4], [0, 3, 0, 0])
    corners = [{tuple(place) for place in ring.tolist()} for ring in np.split(xy, [4, 8])]
    assert sorted(map(min, corners)) == [(0, 0), (3, 3), (20, 0)]


def test_a_street_vertex_takes_about_three_bytes() -> None:
    """Streets with a vertex every ten to thirty metres stay below four bytes a vertex."""
    random = np.random.default_rng(7)
    lines = [random.normal(0, 0.00015, (12, 2)).cumsum(axis=0) + random.uniform(-0.05, 0.05, 2) for _ in range(2000)]
    assert len(packed([lines])) < 4 * 12 * len(lines)
