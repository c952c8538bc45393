"""How the peers bring points to a network: to the nearest junction, or to the place on the street."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from contenders.worlds import World, xy_of
from scipy.spatial import cKDTree

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class OnStreets:
    """Places on segments: the segment's row and ends, and metres to either end with the way off the street."""

    segment: IntArray
    u: IntArray
    v: IntArray
    to_u_m: FloatArray
    to_v_m: FloatArray
    off_m: FloatArray


def on_streets(world: World, tree: shapely.STRtree, points: npt.NDArray[np.object_]) -> OnStreets:
    """Attach points to the nearest place on the nearest segment."""
    edges = world.edges
    segment = tree.nearest(points)
    line, length = tree.geometries[segment], edges["length_m"].to_numpy()[segment]
    along = shapely.line_locate_point(line, points, normalized=True) * length
    off = shapely.distance(line, points)
    u, v = edges["u"].to_numpy()[segment], edges["v"].to_numpy()[segment]
    return OnStreets(segment, u, v, along + off, length - along + off, off)


def nearest_junctions(world: World) -> tuple[IntArray, IntArray]:
    """Return the junction nearest to each center and to each demand point."""
    tree = cKDTree(world.junctions)
    return tree.query(xy_of(world.centers))[1], tree.query(xy_of(world.demand))[1]


def along_one_segment(demand: OnStreets, centers: OnStreets) -> tuple[IntArray, IntArray, FloatArray]:
    """Return center, demand row and metres for all pairs that share a segment."""
    order = np.argsort(demand.segment, kind="stable")
    begin, stop = (np.searchsorted(demand.segment[order], centers.segment, side=side) for side in ("left", "right"))
    center = np.repeat(np.arange(len(begin)), stop - begin)
    row = np.concatenate([order[a:b] for a, b in zip(begin, stop, strict=True)])
    apart = np.abs((demand.to_u_m - demand.off_m)[row] - (centers.to_u_m - centers.off_m)[center])
    return center, row, apart + demand.off_m[row] + centers.off_m[center]
