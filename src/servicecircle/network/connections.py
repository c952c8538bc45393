"""How streets hang together: the connected parts of a network, and the graph that searches run on."""

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from servicecircle.errors import InputError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


def components(
    junctions: int, start: IntArray, end: IntArray, length: FloatArray, walkable: BoolArray, min_component_m: float
) -> tuple[IntArray, BoolArray]:
    """Return the component of each segment, and whether it can be walked and has enough street around it to be used."""
    if not walkable.any():
        raise InputError(f"streets: all {len(walkable)} segments are closed. Choose another profile, or open some.")
    component = _joined(junctions, start, end, walkable)
    # Crumbs are slips of the drawing: what is drawn counts, whoever may walk it.
    drawn = component if walkable.all() else _joined(junctions, start, end, np.ones_like(walkable))
    metres = np.bincount(drawn, weights=length)
    usable = walkable & (metres[drawn] >= min_component_m)
    if not usable.any():
        msg = (
            f"streets: the longest connected part has {metres[drawn[walkable]].max():.0f} m, less than "
            f"min_component_m={min_component_m:g}. "
            "Join the lines at shared end points (node_streets), or lower min_component_m."
        )
        raise InputError(msg)
    return component, usable


def _joined(junctions: int, start: IntArray, end: IntArray, links: BoolArray) -> IntArray:
    """Return the component of each segment when those marked join their ends."""
    ends = start[links], end[links]
    graph = sparse.coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(junctions, junctions))
    return connected_components(graph, directed=False)[1][start].astype(np.int32)


def search_graph(
    junctions: int, start: IntArray, end: IntArray, forward_min: FloatArray, backward_min: FloatArray
) -> sparse.csr_array:
    """Return the reversed search graph: of parallel segments the quicker counts.

    A way that cannot be walked is no entry.
    """
    to = np.concatenate([end, start])
    origin = np.concatenate([start, end])
    minutes = np.concatenate([forward_min, backward_min])
    keep = np.isfinite(minutes) & (to != origin)
    to, origin, minutes = to[keep], origin[keep], minutes[keep]
    # Sparse constructors add parallel entries (5 and 3 minutes become 8): keep the least beforehand.
    key = to.astype(np.int64) * junctions + origin
    order = np.argsort(key)
    key = key[order]
    first = np.flatnonzero(np.append(np.ones(min(len(key), 1), dtype=np.bool_), key[1:] != key[:-1]))
    least = np.minimum.reduceat(minutes[order], first) if len(first) else minutes
    to, origin = np.divmod(key[first], junctions)
    indptr = np.searchsorted(to, np.arange(junctions + 1)).astype(np.int32)
    return sparse.csr_array((least, origin.astype(np.int32), indptr), shape=(junctions, junctions))
