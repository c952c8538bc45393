"""Streets that can be solved by hand, and an oracle that shares nothing with the engine."""

from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

from servicecircle.network.snapping import Snapped
from servicecircle.network.walk import WalkNetwork

CRS = "EPSG:32649"
#: On the central meridian of the zone, where UTM is 0.04 % short; lengths are given, so it does not matter.
ORIGIN = np.array([500_000.0, 2_200_000.0])


def street_table(lines, **columns) -> gpd.GeoDataFrame:
    """Streets from lists of coordinates in metres around `ORIGIN`, as long as they are drawn."""
    geometry = [shapely.LineString(np.asarray(line, dtype=float) + ORIGIN) for line in lines]
    table = gpd.GeoDataFrame({"length_m": [line.length for line in geometry], **columns}, geometry=geometry, crs=CRS)
    table.index = [f"s{i}" for i in range(len(table))]
    return table


def point_table(points, **columns) -> gpd.GeoDataFrame:
    """Points in metres around `ORIGIN`."""
    xy = np.asarray(points, dtype=float).reshape(-1, 2) + ORIGIN
    table = gpd.GeoDataFrame(columns, geometry=shapely.points(xy) if len(xy) else [], crs=CRS)
    table.index = [f"p{i}" for i in range(len(table))]
    return table


def network_of(lines, *, speed_kmh: float = 4.8, min_component_m: float = 0.0, **columns) -> WalkNetwork:
    """Return a network whose smallest parts are usable too."""
    return WalkNetwork.from_streets(
        street_table(lines, **columns), speed_kmh=speed_kmh, min_component_m=min_component_m
    )


def oracle_minutes(network: WalkNetwork, origin: Snapped, target: Snapped) -> np.ndarray:
    """Dense (demand x facility) minutes by networkx: every snapped place becomes a node of the graph."""
    graph = nx.MultiDiGraph()
    places: dict[int, list[tuple[float, str]]] = {}
    for kind, snapped in (("d", origin), ("f", target)):
        for number, segment in enumerate(snapped.segment):
            graph.add_node((kind, number))
            if segment >= 0:
                places.setdefault(int(segment), []).append((float(snapped.fraction[number]), (kind, number)))
    pace = 1.0 / network.metres_per_minute
    for segment in np.flatnonzero(network.usable):
        stops = [(0.0, int(network.start[segment])), (1.0, int(network.end[segment]))]
        stops += [(fraction, ("on", place)) for fraction, place in places.get(int(segment), [])]
        # The junction at fraction 0 comes first and the one at 1 last, also among places at the very end.
        inner = sorted(stops[2:], key=lambda stop: stop[0])
        chain = [stops[0], *inner, stops[1]]
        for (a, node_a), (b, node_b) in pairwise(chain):
            graph.add_edge(node_a, node_b, minutes=(b - a) * network.forward_min[segment])
            graph.add_edge(node_b, node_a, minutes=(b - a) * network.backward_min[segment])
        for _, node in inner:
            kind, number = node[1]
            away = (origin if kind == "d" else target).distance_m[number] * pace
            graph.add_edge(node[1], node, minutes=away)
            graph.add_edge(node, node[1], minutes=away)
    result = np.full((len(origin), len(target)), np.inf)
    reverse = graph.reverse(copy=False)
    for facility in range(len(target)):
        walks = nx.single_source_dijkstra_path_length(reverse, ("f", facility), weight="minutes")
        for demand in range(len(origin)):
            result[demand, facility] = walks.get(("d", demand), np.inf)
    return result
