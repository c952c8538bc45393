"""Attaching 100,000 points to the nearest place on the nearest street segment."""

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from contenders.contender import Contender, metres, percent
from contenders.walks import our_network
from contenders.worlds import World, xy_of

import servicecircle as sc

#: Segment of each point, off-street metres, and the place on the street, shape (points, 2).
Places = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]

_SAME_M = 1e-3


def _our_places(world: World, network: sc.WalkNetwork) -> Any:
    return network, network.snap(world.demand, "demand")


def _our_settled(_: World, answer: Any) -> Places:
    network, snapped = answer
    lines = network.lines()[snapped.segment]
    place = shapely.line_interpolate_point(lines, snapped.fraction, normalized=True)
    return snapped.distance_m, shapely.get_coordinates(place)


def _tree(world: World) -> shapely.STRtree:
    return shapely.STRtree(world.edges.geometry.to_numpy())


def _tree_places(world: World, tree: shapely.STRtree) -> Any:
    points = world.demand.geometry.to_numpy()
    line = tree.geometries[tree.nearest(points)]
    return line, shapely.line_locate_point(line, points, normalized=True), shapely.distance(line, points)


def _tree_settled(_: World, answer: Any) -> Places:
    line, fraction, distance = answer
    return distance, shapely.get_coordinates(shapely.line_interpolate_point(line, fraction, normalized=True))


def _osmnx_graph(world: World) -> Any:
    """Build the graph as osmnx holds one; from a file it would take longer (see the table of reading)."""
    import networkx as nx

    graph = nx.MultiDiGraph(crs=world.edges.crs)
    graph.add_nodes_from((n, {"x": x, "y": y}) for n, (x, y) in enumerate(world.junctions.tolist()))
    edges = world.edges
    columns = (edges["u"].tolist(), edges["v"].tolist(), edges["length_m"].tolist(), edges.geometry.tolist())
    graph.add_edges_from((u, v, {"length": m, "geometry": g}) for u, v, m, g in zip(*columns, strict=True))
    return graph


def _osmnx_edges(world: World, graph: Any) -> Any:
    import osmnx

    return graph, osmnx.distance.nearest_edges(graph, *xy_of(world.demand).T, return_dist=True)


def _osmnx_settled(world: World, answer: Any) -> Places:
    graph, (edges, distance) = answer
    line = np.array([graph.edges[tuple(edge)]["geometry"] for edge in edges], dtype=object)
    along = shapely.line_locate_point(line, world.demand.geometry.to_numpy())
    return np.asarray(distance), shapely.get_coordinates(shapely.line_interpolate_point(line, along))


def compare_snap(_: World, ours: Places, theirs: Places) -> dict[str, str]:
    """Say how far a peer's places are from ours."""
    off = theirs[0] - ours[0]
    apart = np.hypot(*(theirs[1] - ours[1]).T)
    return {
        "another distance": percent((np.abs(off) > _SAME_M).sum(), len(off)),
        "another place": percent((apart > _SAME_M).sum(), len(off)),
        "metres apart, mean / 95th percentile": metres(apart),
    }


SNAP = {
    "servicecircle": Contender(
        question="(the question); the index is made with the network",
        needs=("servicecircle",),
        prepare=our_network,
        answer=_our_places,
        settle=_our_settled,
    ),
    "shapely STRtree": Contender(
        question="the same, with `nearest`, `line_locate_point` and `distance`",
        needs=("shapely",),
        prepare=_tree,
        answer=_tree_places,
        settle=_tree_settled,
    ),
    "osmnx nearest_edges": Contender(
        question="the segment and its distance, not the place on it",
        needs=("osmnx",),
        prepare=_osmnx_graph,
        answer=_osmnx_edges,
        settle=_osmnx_settled,
    ),
}
