"""Streets that can be solved by hand, and an oracle that shares nothing with the engine."""

from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

from servicecircle.analysis.travel import travel_times
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


@dataclass(frozen=True)
class Walked:
    """How homes and centers attach to streets, and the minutes from each home to its nearest center."""

    snaps: tuple[Snapped, Snapped]
    street_ids: tuple[np.ndarray, np.ndarray]
    minutes: np.ndarray


def walked(streets: gpd.GeoDataFrame, demand, facilities) -> Walked:
    """Walk from places to places at 80 m a minute; the minutes are those of the oracle."""
    network = WalkNetwork.from_streets(streets, speed_kmh=4.8, min_component_m=0)
    homes, centers = point_table(demand, weight=np.ones(len(demand))), point_table(facilities)
    snaps = tuple(network.snap(layer, "layer", max_snap_m=2000) for layer in (homes, centers))
    minutes = travel_times(network, homes, centers, max_minutes=500, max_snap_m=2000).nearest_minutes
    np.testing.assert_allclose(minutes, oracle_minutes(network, *snaps).min(axis=1), atol=1e-6)
    return Walked(snaps=snaps, street_ids=tuple(network.ids[at.segment] for at in snaps), minutes=minutes)


def oracle_minutes(network: WalkNetwork, origin: Snapped, target: Snapped) -> np.ndarray:
    """Return dense (demand x facility) minutes by networkx: every snapped place becomes a node of the graph."""
    graph = nx.MultiDiGraph()
    for kind, snapped in (("d", origin), ("f", target)):
        graph.add_nodes_from((kind, number) for number in range(len(snapped)))
    for segment in np.flatnonzero(network.usable):
        _add_segment(graph, network, int(segment), {"d": origin, "f": target})
    result = np.full((len(origin), len(target)), np.inf)
    reverse = graph.reverse(copy=False)
    for facility in range(len(target)):
        walks = nx.single_source_dijkstra_path_length(reverse, ("f", facility), weight="minutes")
        for demand in range(len(origin)):
            result[demand, facility] = walks.get(("d", demand), np.inf)
    return result


def _add_segment(graph: nx.MultiDiGraph, network: WalkNetwork, segment: int, snapped: dict[str, Snapped]) -> None:
    """Add a segment cut at every place on it, and the off-street way of each of these places."""
    places = [
        (float(snaps.fraction[number]), (kind, int(number)))
        for kind, snaps in snapped.items()
        for number in np.flatnonzero(snaps.segment == segment)
    ]
    # The junction at fraction 0 comes first and the one at 1 last, also among places at the very end.
    inner = [(fraction, ("on", place)) for fraction, place in sorted(places)]
    chain = [(0.0, int(network.start[segment])), *inner, (1.0, int(network.end[segment]))]
    for (a, node_a), (b, node_b) in pairwise(chain):
        ways = (node_a, node_b, network.forward_min[segment]), (node_b, node_a, network.backward_min[segment])
        for u, v, minutes in ways:
            if a == b or np.isfinite(minutes):
                graph.add_edge(u, v, minutes=0.0 if a == b else (b - a) * minutes)
    for _, (kind, number) in places:
        away = snapped[kind].distance_m[number] / network.metres_per_minute
        graph.add_edge((kind, number), ("on", (kind, number)), minutes=away)
        graph.add_edge(("on", (kind, number)), (kind, number), minutes=away)
