"""Packed geometry and numbers for a page: a street vertex takes about three bytes instead of forty.

Everything becomes one row of whole numbers, written as variable-length integers (seven bits a byte, the
lowest first, the high bit on all but the last), deflated (the zlib format, which browsers unpack by
themselves) and put into base64. `assets/map_unpack.js` reads it back.
"""

import base64
import zlib

import numpy as np
import numpy.typing as npt
import shapely

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

#: Coordinates are kept to 0.00001 degree, 1.1 m at most.
DEGREES = 1e-5


def pack_numbers(values: npt.ArrayLike) -> str:
    """Pack whole numbers of at least 0 as text."""
    numbers = np.asarray(values, dtype=np.int64)
    return base64.b64encode(zlib.compress(_varints(numbers), 9)).decode("ascii")


def pack_shapes(xy: FloatArray, vertices: npt.ArrayLike, parts: npt.ArrayLike) -> str:
    """Pack shapes of one or several parts, such as rings, as text.

    The numbers are: how many shapes, the parts of each shape, the vertices of each part, then the way from
    each vertex to the next (east, north, by `zigzag`), the first of all counted from longitude 0, latitude 0.

    Parameters
    ----------
    xy
        Longitudes and latitudes of all parts one after the other, shape (vertices, 2).
    vertices
        How many each part has, shape (parts,).
    parts
        How many each shape has, shape (shapes,).
    """
    steps = np.concatenate([np.zeros((1, 2), dtype=np.int64), np.rint(xy / DEGREES).astype(np.int64)])
    ways = (steps[1:] - steps[:-1]).ravel()
    counts = [np.atleast_1d(np.asarray(said, dtype=np.int64)) for said in (np.size(parts), parts, vertices)]
    return pack_numbers(np.concatenate([*counts, zigzag(ways)]))


def zigzag(ways: IntArray) -> IntArray:
    """Write whole numbers of either sign as numbers of at least 0: 0, -1, 1, -2 become 0, 1, 2, 3."""
    return np.where(ways >= 0, 2 * ways, -2 * ways - 1)


def rings(polygons: npt.NDArray[np.object_]) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the vertices of all rings of polygons, without the repeated last ones, and the counts for `pack_shapes`.

    Holes are rings too: filled by the even-odd rule they need no word on which ring is a hole.
    """
    parts, polygon = shapely.get_parts(polygons, return_index=True)
    lines, part = shapely.get_rings(parts, return_index=True)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    counts = np.bincount(polygon[part], minlength=len(polygons))
    return xy[np.diff(line, append=-1) == 0], shapely.get_num_coordinates(lines) - 1, counts


def _varints(numbers: IntArray) -> bytes:
    """Write each number with as few bytes as it takes."""
    width = np.ones(len(numbers), dtype=np.int64)
    for more in range(1, 9):
        width += numbers >> (7 * more) > 0
    start = np.cumsum(width) - width
    stream = np.zeros(int(width.sum()), dtype=np.uint8)
    for place in range(int(width.max(initial=0))):
        has = width > place
        last = width[has] == place + 1
        stream[start[has] + place] = (numbers[has] >> (7 * place)) & 127 | np.where(last, 0, 128)
    return stream.tobytes()
