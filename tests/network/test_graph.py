import networkx as nx
import numpy as np
import pytest

import servicecircle as sc
from tests.network.streets import CRS, ORIGIN, network_of, point_table, street_table


def test_a_graph_without_lines_keeps_its_lengths() -> None:
    """Two nodes 80 m apart by their edge's own length are a minute apart at 4.8 km/h."""
    graph = nx.MultiDiGraph(crs=CRS)
    for node, x in (("a", 0.0), ("b", 70.0), ("c", 140.0)):
        graph.add_node(node, x=ORIGIN[0] + x, y=ORIGIN[1])
    for u, v in (("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")):
        graph.add_edge(u, v, length=400.0)
    network = sc.WalkNetwork.from_graph(graph, speed_kmh=4.8)
    assert network.figures()["segments"] == 2
    times = sc.travel_times(network, point_table([(0, 0)], weight=[1.0]), point_table([(140, 0)]))
    assert times.nearest_minutes == pytest.approx([10.0])


def test_a_network_survives_the_way_through_networkx() -> None:
    """Same walks after to_graph and from_graph; osmnx's own routing finds the same minutes."""
    loop = [[(0, 0), (300, 0)], [(300, 0), (300, 400)], [(0, 0), (150, 300), (300, 400)], [(300, 400), (600, 400)]]
    network = network_of(loop)
    graph = network.to_graph()
    again = sc.WalkNetwork.from_graph(graph, speed_kmh=4.8)
    homes, center = point_table([(10, 20), (590, 410), (160, 290)], weight=[1.0] * 3), point_table([(300, 0)])
    first = sc.travel_times(network, homes, center).nearest_minutes
    np.testing.assert_allclose(sc.travel_times(again, homes, center).nearest_minutes, first, rtol=1e-9)
    ends = {(round(d["x"] - ORIGIN[0]), round(d["y"] - ORIGIN[1])): n for n, d in graph.nodes(data=True)}
    minutes = nx.shortest_path_length(graph, ends[600, 400], ends[300, 0], weight="walk_min")
    assert minutes == pytest.approx((300 + 400) / 80)


def test_a_graph_that_names_no_crs_or_holds_no_number_is_refused() -> None:
    """Degrees and metres cannot be told apart, and a length is a number of metres."""
    graph = nx.MultiDiGraph()
    graph.add_node(0, x=0.0, y=0.0)
    with pytest.raises(sc.CRSError, match="crs"):
        sc.WalkNetwork.from_graph(graph)
    graph.graph["crs"] = CRS
    graph.add_node(1, x=600.0, y=0.0)
    graph.add_edge(0, 1, length=-5.0)
    with pytest.raises(sc.InputError, match="-5"):
        sc.WalkNetwork.from_graph(graph)


@pytest.mark.parametrize("length", [-5.0, float("nan"), float("inf"), -0.001])
def test_a_street_of_impossible_length_is_refused_by_its_id(length: float) -> None:
    """Search would take it without a word and answer wrongly."""
    streets = street_table([[(0, 0), (600, 0)], [(600, 0), (1200, 0)]])
    with pytest.raises(sc.InputError, match=r"id 's1', column length_m: found .*, expected metres of at least 0"):
        sc.WalkNetwork.from_streets(streets.assign(length_m=[600.0, length]))


def test_a_street_of_no_length_joins_its_ends() -> None:
    """Where two junctions stand at one place, nobody walks between them."""
    streets = street_table([[(0, 0), (600, 0)], [(600, 0), (600.02, 0)], [(600.02, 0), (1200, 0)]])
    network = sc.WalkNetwork.from_streets(streets.assign(length_m=[600.0, 0.0, 600.0]), speed_kmh=4.8)
    homes, center = point_table([(0.0, 0.0)], weight=[1.0]), point_table([(1200.0, 0.0)])
    assert sc.travel_times(network, homes, center).nearest_minutes[0] == pytest.approx(1200 / 80)
