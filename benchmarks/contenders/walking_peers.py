"""How networkx, igraph and pandana find walks, on the same segments as ours.

Each is asked in the way its own documentation shows. The exact ways put the places between junctions
into the question themselves.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from contenders.places import OnStreets, along_one_segment, nearest_junctions, on_streets
from contenders.worlds import LIMIT_M, World, xy_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
#: Center, demand row, metres: all pairs within the limit.
Pairs = tuple[IntArray, IntArray, FloatArray]
#: Metres to the nearest center of every demand row, and which one.
Nearest = tuple[FloatArray, IntArray]

#: "Any distance" for a peer that must be told one.
FAR_M = 20_000.0

# What the peers share


def _plain_edges(world: World) -> tuple[IntArray, IntArray, FloatArray]:
    """Return each pair of junctions once, with the shorter of parallel segments, loops left out."""
    u, v = (world.edges[end].to_numpy() for end in ("u", "v"))
    length = world.edges["length_m"].to_numpy()
    low, high = np.minimum(u, v), np.maximum(u, v)
    order = np.lexsort((length, high, low))
    order = order[low[order] != high[order]]
    first = np.append(True, (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0))
    kept = order[first]
    return low[kept], high[kept], length[kept]


def _snapped(world: World) -> tuple[OnStreets, OnStreets]:
    """Attach centers and demand to streets."""
    tree = shapely.STRtree(world.edges.geometry.to_numpy())
    centers, demand = (on_streets(world, tree, table.geometry.to_numpy()) for table in (world.centers, world.demand))
    return centers, demand


def _joined(pairs: list[tuple[IntArray, FloatArray]]) -> Pairs:
    """Put the demand rows and metres of each center one after the other."""
    center = np.repeat(np.arange(len(pairs)), [len(rows) for rows, _ in pairs])
    return center, np.concatenate([rows for rows, _ in pairs]), np.concatenate([walk for _, walk in pairs])


def _with_own_segment(pairs: Pairs, centers: OnStreets, demand: OnStreets) -> Pairs:
    """Add the pairs that share a segment, and keep the shortest of each pair."""
    center, row, walk = (np.concatenate(both) for both in zip(pairs, along_one_segment(demand, centers), strict=True))
    key = center * len(demand.off_m) + row
    order = np.lexsort((walk, key))
    best = order[np.diff(key[order], prepend=-1) != 0]
    best = best[walk[best] <= LIMIT_M]
    return center[best], row[best], walk[best]


def _nearest_with_own_segment(walk: FloatArray, which: IntArray, centers: OnStreets, demand: OnStreets) -> Nearest:
    """Where a center on the same segment is nearer, take it."""
    center, row, along = along_one_segment(demand, centers)
    for at in np.argsort(-along, kind="stable"):  # the nearest is written last
        if along[at] < walk[row[at]]:
            walk[row[at]], which[row[at]] = along[at], center[at]
    return walk, which


# networkx


def nx_graph(world: World) -> Any:
    """Build a plain graph of junctions."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(len(world.junctions)))
    graph.add_weighted_edges_from(zip(*(part.tolist() for part in _plain_edges(world)), strict=True), weight="m")
    return graph


def _nx_distances(graph: Any, source: int, count: int) -> FloatArray:
    """Return metres from one node to all of the first `count` nodes, ``inf`` beyond the limit."""
    import networkx as nx

    found = nx.single_source_dijkstra_path_length(graph, source, cutoff=LIMIT_M, weight="m")
    distance = np.full(count, np.inf)
    nodes = np.fromiter(found.keys(), dtype=np.int64, count=len(found))
    inner = nodes < count
    distance[nodes[inner]] = np.fromiter(found.values(), dtype=np.float64, count=len(found))[inner]
    return distance


def nx_junction_reach(world: World, graph: Any) -> Pairs:
    """Search from the junction nearest to each center."""
    centers, demand = nearest_junctions(world)
    pairs = []
    for source in centers.tolist():
        walk = _nx_distances(graph, source, len(world.junctions))[demand]
        rows = np.flatnonzero(walk <= LIMIT_M)
        pairs.append((rows, walk[rows]))
    return _joined(pairs)


def _nx_with_centers(world: World, graph: Any, centers: OnStreets) -> Any:
    """Give each center a node of its own, tied to both ends of its segment."""
    own = np.arange(len(centers.u)) + len(world.junctions)
    larger = graph.copy()
    both = np.minimum(centers.to_u_m, centers.to_v_m)
    loop = centers.u == centers.v  # both ways lead to one junction, and the graph keeps one edge
    to_u, to_v = (np.where(loop, both, away) for away in (centers.to_u_m, centers.to_v_m))
    for ends, away in ((centers.u, to_u), (centers.v, to_v)):
        larger.add_weighted_edges_from(zip(own.tolist(), ends.tolist(), away.tolist(), strict=True), weight="m")
    return larger


def nx_exact_reach(world: World, graph: Any) -> Pairs:
    """Search from a node inserted for each center; demand is reached over both ends of its segment."""
    centers, demand = _snapped(world)
    larger, count = _nx_with_centers(world, graph, centers), len(world.junctions)
    pairs = []
    for number in range(len(centers.u)):
        walk = _nx_distances(larger, count + number, count)
        via = np.minimum(walk[demand.u] + demand.to_u_m, walk[demand.v] + demand.to_v_m)
        rows = np.flatnonzero(via <= LIMIT_M)
        pairs.append((rows, via[rows]))
    return _with_own_segment(_joined(pairs), centers, demand)


def _nx_all_nearest(graph: Any, sources: list[int], count: int) -> Nearest:
    """Search from all sources at once: metres and source (its place in the list) of the first `count` nodes."""
    import networkx as nx

    metres_to, paths = nx.multi_source_dijkstra(graph, set(sources), weight="m")
    place = {node: at for at, node in reversed(list(enumerate(sources)))}
    walk, which = np.full(count, np.inf), np.full(count, -1, dtype=np.int64)
    for node, path in paths.items():
        if node < count:
            walk[node], which[node] = metres_to[node], place[path[0]]
    return walk, which


def nx_junction_nearest(world: World, graph: Any) -> Nearest:
    """Search from the junctions nearest to the centers, all at once."""
    centers, demand = nearest_junctions(world)
    walk, which = _nx_all_nearest(graph, centers.tolist(), len(world.junctions))
    return walk[demand], which[demand]


def nx_exact_nearest(world: World, graph: Any) -> Nearest:
    """Search from nodes inserted for the centers, all at once."""
    centers, demand = _snapped(world)
    larger, count = _nx_with_centers(world, graph, centers), len(world.junctions)
    walk, which = _nx_all_nearest(larger, list(range(count, count + len(centers.u))), count)
    return _via_ends(walk, which, centers, demand)


def _via_ends(walk: FloatArray, which: IntArray, centers: OnStreets, demand: OnStreets) -> Nearest:
    """Bring what is known of junctions to the demand between them."""
    by_u, by_v = walk[demand.u] + demand.to_u_m, walk[demand.v] + demand.to_v_m
    nearest = np.where(by_u <= by_v, which[demand.u], which[demand.v])
    return _nearest_with_own_segment(np.minimum(by_u, by_v), nearest, centers, demand)


# igraph


def igraph_graph(world: World) -> Any:
    """Build a graph of junctions."""
    import igraph

    u, v, length = _plain_edges(world)
    graph = igraph.Graph(n=len(world.junctions), edges=np.column_stack([u, v]))
    graph.es["m"] = length
    return graph


def _igraph_distances(world: World, graph: Any, centers: OnStreets) -> FloatArray:
    """Return metres from every center to every junction; igraph knows no limit and answers densely."""
    count, own = len(world.junctions), np.arange(len(centers.u)) + len(world.junctions)
    larger = graph.copy()
    larger.add_vertices(len(own))
    ends = np.column_stack([np.tile(own, 2), np.concatenate([centers.u, centers.v])])
    larger.add_edges(ends, {"m": np.concatenate([centers.to_u_m, centers.to_v_m])})
    return np.array(larger.distances(source=own.tolist(), target=range(count), weights="m"))


def igraph_reach(world: World, graph: Any) -> Pairs:
    """Find all pairs with centers inserted."""
    centers, demand = _snapped(world)
    pairs = []
    for walk in _igraph_distances(world, graph, centers):
        via = np.minimum(walk[demand.u] + demand.to_u_m, walk[demand.v] + demand.to_v_m)
        rows = np.flatnonzero(via <= LIMIT_M)
        pairs.append((rows, via[rows]))
    return _with_own_segment(_joined(pairs), centers, demand)


def igraph_nearest(world: World, graph: Any) -> Nearest:
    """Find the nearest of the inserted centers."""
    centers, demand = _snapped(world)
    distances = _igraph_distances(world, graph, centers)
    which = distances.argmin(axis=0)
    return _via_ends(distances[which, np.arange(len(which))], which, centers, demand)


# pandana


def pandana_network(world: World) -> Any:
    """Build the network; its `precompute` is left out, for it costs more than these questions win by it."""
    import pandana
    import pandas as pd

    u, v, length = (pd.Series(part) for part in _plain_edges(world))
    x, y = (pd.Series(part) for part in world.junctions.T)
    return pandana.Network(x, y, u, v, pd.DataFrame({"m": length}), twoway=True)


def pandana_reach(world: World, network: Any) -> Pairs:
    """Find all pairs of junctions in range, and join centers and demand to them."""
    import pandas as pd

    centers, demand = (network.get_node_ids(*xy_of(table).T).to_numpy() for table in (world.centers, world.demand))
    near = network.nodes_in_range(np.unique(centers).tolist(), LIMIT_M)
    near = near.groupby(["source", "destination"], as_index=False)["m"].min()
    by_center = pd.DataFrame({"center": np.arange(len(centers)), "source": centers}).merge(near, on="source")
    by_row = pd.DataFrame({"row": np.arange(len(demand)), "destination": demand})
    pairs = by_center.merge(by_row, on="destination")
    return pairs["center"].to_numpy(), pairs["row"].to_numpy(), pairs["m"].to_numpy(dtype=np.float64)


def pandana_nearest(world: World, network: Any) -> Nearest:
    """Find the nearest center of every junction, and join demand to them."""
    network.set_pois("centers", FAR_M, 1, *(world.centers.geometry.x, world.centers.geometry.y))
    found = network.nearest_pois(FAR_M, "centers", num_pois=1, include_poi_ids=True)
    at = network.get_node_ids(*xy_of(world.demand).T).to_numpy()
    walk = found[1].to_numpy(dtype=np.float64)[at]
    which = world.centers.index.get_indexer(found["poi1"])[at]
    return np.where(walk < FAR_M, walk, np.inf), which
