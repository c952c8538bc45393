"""From an OpenStreetMap extract to a network that can be searched, and the same network opened a second time."""

import os
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from contenders.contender import Contender, metres, percent
from contenders.walks import our_reach
from contenders.worlds import LIMIT_M, METRES_PER_MINUTE, SPEED_KMH, World

import servicecircle as sc
from servicecircle.cache.store import entry_key, find, keep
from servicecircle.inputs.walkable import walkable
from servicecircle.network.graph import graph_to_streets


def _nothing(_: World) -> None:
    """Nothing can be prepared."""


def _our_reading(world: World, _: None) -> sc.WalkNetwork:
    return sc.WalkNetwork.from_streets(sc.read_streets(world.pbf, issues=[]), speed_kmh=SPEED_KMH)


def _streets_as_xml(world: World) -> Path:
    """Write the ways that count here as XML, the only format that osmnx reads.

    An extract may lack nodes beyond its edge; osmnx refuses such ways, so they lose those nodes.
    """
    import osmium
    import pandas as pd

    def highways() -> Any:
        ways = osmium.FileProcessor(str(world.pbf)).with_locations()
        ways = ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        return ways.with_filter(osmium.filter.KeyFilter("highway"))

    keep = walkable(pd.DataFrame([dict(way.tags) for way in highways()]))
    path = Path(tempfile.mkdtemp(dir=world.folder)) / "streets.osm"
    with osmium.BackReferenceWriter(str(path), str(world.pbf), overwrite=True) as writer:
        for way, wanted in zip(highways(), keep, strict=True):
            here = [node.ref for node in way.nodes if node.location.valid()]
            if wanted and len(here) > 1:
                writer.add(way.replace(nodes=here))
    return path


def _osmnx_graph(_: World, path: Path) -> Any:
    """Read and measure; osmnx joins the segments of a chain by itself."""
    import osmnx

    return osmnx.graph_from_xml(path, bidirectional=True, retain_all=True)


def _osmnx_settled(_: World, graph: Any) -> gpd.GeoDataFrame:
    return graph_to_streets(graph)


def _pyrosm_graph(world: World, _: None) -> Any:
    """Read the walking network and build an igraph of it."""
    import pyrosm

    osm = pyrosm.OSM(str(world.pbf))
    nodes, edges = osm.get_network(network_type="walking", nodes=True)
    return edges, osm.to_graph(nodes, edges, graph_type="igraph", retain_all=True)


def _pyrosm_settled(_: World, answer: Any) -> gpd.GeoDataFrame:
    edges = answer[0]
    keep = edges[["u", "v", "highway", "geometry"]].copy()
    keep[["u", "v"]] = keep[["u", "v"]].astype(str)
    keep.index = [f"e{number}" for number in range(len(keep))]
    keep = keep[~keep.geometry.is_empty & keep["u"].ne(keep["v"])]
    return keep.to_crs(keep.estimate_utm_crs())


def _as_network(world: World, settled: Any) -> sc.WalkNetwork:
    if isinstance(settled, sc.WalkNetwork):
        return settled
    return sc.WalkNetwork.from_streets(settled.to_crs(world.demand.crs), speed_kmh=SPEED_KMH)


def figures(world: World, settled: Any) -> dict[str, Any]:
    """Walk on a network that was read, with one engine for all, so that only the reading differs."""
    network = _as_network(world, settled)
    times = our_reach(world, network)
    size = network.figures()
    return {"nearest": times.nearest_minutes * METRES_PER_MINUTE, "km": size["length_km"], "n": size["segments"]}


def compare_read(world: World, ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, str]:
    """Say how far a peer's network is from ours, by what residents would be told."""
    weight = world.demand["weight"].to_numpy()
    near, far = ours["nearest"], theirs["nearest"]
    both = np.isfinite(near) & np.isfinite(far)
    return {
        "segments": f"{theirs['n']:,}",
        "street km": f"{theirs['km']:,.0f}",
        "people judged otherwise": percent(weight[(near <= LIMIT_M) != (far <= LIMIT_M)].sum(), weight.sum()),
        "metres apart, mean / 95th percentile": metres((far - near)[both]),
    }


READ = {
    "servicecircle": Contender(
        question="(the question)", needs=("servicecircle",), prepare=_nothing, answer=_our_reading, settle=figures
    ),
    "pyrosm": Contender(
        question="its own rule of what can be walked; an igraph graph",
        needs=("pyrosm", "igraph"),
        prepare=_nothing,
        answer=_pyrosm_graph,
        settle=lambda world, answer: figures(world, _pyrosm_settled(world, answer)),
    ),
    "osmnx": Contender(
        question="reads XML only: the preparation writes our walkable ways as XML",
        needs=("osmnx", "networkx"),
        prepare=_streets_as_xml,
        answer=_osmnx_graph,
        settle=lambda world, answer: figures(world, _osmnx_settled(world, answer)),
    ),
}


# Opened a second time


def _key(world: World) -> str:
    """Return the name of the entry, as a study does: the content of the extract is read for it."""
    return entry_key({"streets": world.pbf}, SPEED_KMH)


def _keep(world: World) -> None:
    os.environ["XDG_CACHE_HOME"] = str(world.folder / "cache")
    keep(_key(world), _our_reading(world, None))


def _reopen(world: World, _: None) -> sc.WalkNetwork:
    found = find(_key(world), sc.WalkNetwork)
    if found is None:
        raise RuntimeError("the cache did not keep the network")
    return found


def _graphml(world: World) -> Path:
    """Write the network as osmnx does; the graph is ours, so that both open the same streets."""
    import osmnx

    path = world.folder / "streets.graphml"
    osmnx.save_graphml(_our_reading(world, None).to_graph(), path)
    return path


def _load_graphml(_: World, path: Path) -> Any:
    import osmnx

    return osmnx.load_graphml(path, edge_dtypes={"osmid": str, "oneway": str})


REOPEN = {
    "servicecircle": Contender(
        question="from the cache; the extract is read for its checksum",
        needs=("servicecircle",),
        prepare=_keep,
        answer=_reopen,
        settle=figures,
    ),
    "osmnx, GraphML": Contender(
        question="the same streets, written and opened as GraphML",
        needs=("osmnx", "networkx"),
        prepare=_graphml,
        answer=_load_graphml,
        settle=lambda world, answer: figures(world, _osmnx_settled(world, answer)),
    ),
}
