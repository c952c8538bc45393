"""To and from networkx graphs as osmnx writes them."""

from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from servicecircle.errors import InputError, checked_kind
from servicecircle.inputs.crs import to_metric
from servicecircle.inputs.graphml import graph_lines
from servicecircle.inputs.lengths import geodesic_lengths
from servicecircle.network.walk import WalkNetwork


def graph_to_streets(graph: Any) -> gpd.GeoDataFrame:
    """Return the edges as a table of street segments, in a metric CRS.

    Nodes have ``x`` and ``y``, the graph its ``crs``; an edge may have ``length`` (metres; else the
    geodesic length of its line) and ``geometry`` (else it is straight). Streets are walked both ways:
    an edge and its reverse are one segment.

    Raises
    ------
    CRSError, InputError
        If the graph names no CRS, a node has no place, a length cannot be used, or there is no edge.
    """
    checked_kind("graph", graph, nx.MultiDiGraph, nx.Graph)
    lines = graph_lines(graph, "graph")
    lines["length_m"] = _lengths(lines)
    shape = shapely.to_wkb(shapely.normalize(lines.geometry.to_numpy()))
    ends = [tuple(sorted((str(u), str(v)))) for u, v in zip(lines["u"], lines["v"], strict=True)]
    key = pd.DataFrame({"ends": ends, "shape": shape, "length": lines["length_m"].round(6).to_numpy()})
    once = lines[~key.duplicated().to_numpy()]
    once.index = pd.Index([str(number) for number in range(len(once))], name="id", dtype=object)
    return to_metric(once)


def _lengths(lines: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    measured = geodesic_lengths(lines.geometry.to_numpy(), lines.crs)
    if "length" not in lines:
        return measured
    given = pd.to_numeric(lines["length"], errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(lines["length"].notna().to_numpy() & ~(np.isfinite(given) & (given >= 0)))
    if len(wrong):
        row = lines.iloc[wrong[0]]
        found = f"graph, edge {row['u']} to {row['v']}: found length {row['length']!r}"
        raise InputError(f"{found}, expected metres of at least 0.")
    return np.where(np.isfinite(given), given, measured)


def network_to_graph(network: WalkNetwork) -> Any:
    """Return the usable segments as a MultiDiGraph, one edge for each direction that can be walked.

    Nodes are junction numbers with ``x`` and ``y`` in the CRS of the network; edges have ``osmid`` (the
    id of the street), ``length`` (metres), ``walk_min``, ``name`` and ``geometry``, drawn in the direction
    of the edge.
    """
    graph = nx.MultiDiGraph(crs=network.crs.to_string())
    used = np.unique(np.concatenate([network.start[network.usable], network.end[network.usable]]))
    graph.add_nodes_from(
        (int(node), {"x": float(x), "y": float(y)})
        for node, (x, y) in zip(used, network.junctions.xy[used], strict=True)
    )
    lines = network.lines()
    for segment in np.flatnonzero(network.usable):
        u, v = int(network.start[segment]), int(network.end[segment])
        shared = {
            "osmid": network.ids[segment],
            "length": float(network.length_m[segment]),
            "name": network.names[segment],
        }
        ways = ((u, v, network.forward_min, lines[segment]), (v, u, network.backward_min, lines[segment].reverse()))
        for a, b, minutes, line in ways:
            if np.isfinite(minutes[segment]):
                graph.add_edge(a, b, **shared, walk_min=float(minutes[segment]), geometry=line)
    return graph
