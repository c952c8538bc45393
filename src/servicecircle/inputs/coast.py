"""The sea beside a coast that is drawn as lines with the land at their left.

References
----------
OpenStreetMap wiki, "Tag:natural=coastline": land on the left, water on the right.
"""

import numpy as np
import numpy.typing as npt
import shapely

FloatArray = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]

#: A place this far beside the coast is asked for, metres.
_BESIDE_M = 0.2
#: Once in so many metres of coast at least.
_EVERY_M = 20.0


def sea_within(coast: Shapes, box: shapely.Polygon, dry: Shapes) -> shapely.Geometry | None:
    """Return the part of `box` that is sea; None where no coast is in it, or one ends that cannot be led on.

    Extracts are cut along a border, where the coast ends before the box does. There it is led on to the edge
    of the box by the shortest straight way that crosses nothing; what two such ways enclose is no sea.

    Parameters
    ----------
    coast
        LineStrings in a metric CRS, land at their left, shape (lines,).
    box
        What is to be filled.
    dry
        Shapes that no such way may cross, such as streets.
    """
    whole = shapely.line_merge(shapely.union_all(coast), directed=True)
    lines = shapely.get_parts(shapely.intersection(shapely.get_parts(whole), box))
    lines = lines[~shapely.is_empty(lines)]
    ways = _led_on(shapely.get_parts(whole), box, dry)
    if not len(lines) or ways is None:
        return None
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all([*lines, *ways, box.exterior])]))
    pieces = shapely.segmentize(coast, _EVERY_M)
    right, left = (_touched(faces, *_beside(pieces, side)) for side in (1.0, -1.0))
    # By majority: a pier or an island that was drawn the wrong way round does not turn the sea into land.
    return shapely.union_all(faces[right > left])


def _led_on(coast: Shapes, box: shapely.Polygon, dry: Shapes) -> list[shapely.LineString] | None:
    """Return a way from each end of the coast inside the box to its edge, None where one would have to cross."""
    obstacles = shapely.STRtree(np.concatenate([dry, coast]))
    west, south, east, north = box.bounds
    ways = []
    for line in coast[~shapely.is_closed(coast)]:
        for x, y in (line.coords[0], line.coords[-1]):
            if not (west < x < east and south < y < north):
                continue
            edges = sorted(((west, y), (east, y), (x, south), (x, north)), key=lambda at: abs(at[0] - x + at[1] - y))
            # The way starts beside the end, which it would else be found to touch.
            free = [at for at in edges if not len(obstacles.query(_from_beside((x, y), at), predicate="intersects"))]
            if not free:
                return None
            ways.append(shapely.LineString([(x, y), free[0]]))
    return ways


def _from_beside(end: tuple[float, float], edge: tuple[float, float]) -> shapely.LineString:
    begin, last = np.array(end), np.array(edge)
    way = last - begin
    return shapely.LineString([begin + way * min(0.5, _BESIDE_M / max(np.hypot(*way), _BESIDE_M)), last])


def _beside(coast: Shapes, side: float) -> tuple[Shapes, FloatArray]:
    """Return a place beside the middle of each piece of the coast (1 at its right, -1 at its left), and its length."""
    xy, line = shapely.get_coordinates(coast, return_index=True)
    same = line[1:] == line[:-1]
    begin, way = xy[:-1][same], np.diff(xy, axis=0)[same]
    length = np.hypot(*way.T)
    begin, way, length = begin[length > 0], way[length > 0], length[length > 0]
    across = np.column_stack([way[:, 1], -way[:, 0]]) / length[:, None]
    return shapely.points(begin + way / 2 + side * _BESIDE_M * across), length


def _touched(faces: Shapes, places: Shapes, length: FloatArray) -> FloatArray:
    """Return the length of coast whose place beside it lies in each face."""
    place, face = shapely.STRtree(faces).query(places, predicate="intersects")
    metres: FloatArray = np.bincount(face, weights=length[place], minlength=len(faces)).astype(np.float64)
    return metres
