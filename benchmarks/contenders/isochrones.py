"""Polygons of 5, 10 and 15 minutes around every center, judged by exact walks to random places."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from contenders.contender import Contender, percent
from contenders.walks import our_network
from contenders.worlds import LIMIT_MIN, METRES_PER_MINUTE, REACH_M, SPEED_KMH, World, xy_of
from scipy.spatial import cKDTree

import servicecircle as sc

#: The polygons of the longest walk, one for each center.
Shapes = npt.NDArray[np.object_]

MINUTES = (5.0, 10.0, LIMIT_MIN)
_RECIPE_EVERY = 16


def _our_isochrones(world: World, network: sc.WalkNetwork) -> gpd.GeoDataFrame:
    return sc.isochrones(network, world.centers, minutes=MINUTES, reach_m=REACH_M)


def _our_cells(world: World) -> tuple[sc.WalkNetwork, sc.DrawingCells]:
    network = our_network(world)
    return network, sc.drawing_cells(network, reach_m=REACH_M)


def _our_isochrones_again(world: World, kept: tuple[sc.WalkNetwork, sc.DrawingCells]) -> gpd.GeoDataFrame:
    network, cells = kept
    return sc.isochrones(network, world.centers, minutes=MINUTES, reach_m=REACH_M, cells=cells)


def _our_shapes(_: World, rings: gpd.GeoDataFrame) -> Shapes:
    return rings.geometry[rings["minutes"] == LIMIT_MIN].to_numpy()


# The recipe of the OSMnx documentation


def _recipe_graph(world: World) -> Any:
    """Build a graph with minutes on its edges, as the recipe begins."""
    import networkx as nx

    graph = nx.MultiGraph()
    graph.add_nodes_from((n, {"xy": xy}) for n, xy in enumerate(world.junctions.tolist()))
    edges = world.edges
    minutes = (edges["length_m"] / METRES_PER_MINUTE).tolist()
    columns = (edges["u"].tolist(), edges["v"].tolist(), minutes, edges.geometry.tolist())
    graph.add_edges_from((u, v, {"minutes": m, "line": line}) for u, v, m, line in zip(*columns, strict=True))
    return graph


def _recipe(world: World, graph: Any, buffer_m: float, *, fill: bool) -> list[list[shapely.Geometry]]:
    """Cut the reached subgraph out, buffer its edges and junctions whole, join, and maybe fill the holes."""
    import networkx as nx

    nearest = cKDTree(world.junctions).query(xy_of(world.centers))[1]
    rings = []
    for center in nearest.tolist():
        own = []
        for limit in MINUTES:
            reached = nx.ego_graph(graph, center, radius=limit, distance="minutes")
            nodes = shapely.points([xy for _, xy in reached.nodes(data="xy")])
            lines = np.array([line for _, _, line in reached.edges(data="line")], dtype=object)
            whole = shapely.union_all(
                np.concatenate([shapely.buffer(nodes, buffer_m), shapely.buffer(lines, buffer_m)])
            )
            own.append(_filled(whole) if fill else whole)
        rings.append(own)
    return rings


def _filled(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the shape without its holes."""
    return shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(shape))))


def _last_shapes(_: World, rings: list[list[shapely.Geometry]]) -> Shapes:
    return np.array([own[-1] for own in rings], dtype=object)


# Valhalla


def _valhalla(world: World) -> Any:
    """Build the tiles from the same extract and start the engine in this process."""
    import valhalla

    folder = Path(tempfile.mkdtemp(dir=world.folder))
    (folder / "tiles").mkdir()
    config = valhalla.get_config(tile_extract="", tile_dir=folder / "tiles")
    config["mjolnir"]["concurrency"] = 2
    (folder / "valhalla.json").write_text(json.dumps(config))
    program = valhalla.PYVALHALLA_DIR / "bin" / "valhalla_build_tiles"
    command = [str(program), "-c", str(folder / "valhalla.json"), str(world.pbf)]
    subprocess.run(command, check=True, capture_output=True)
    return valhalla.Actor(config)


def _contours(world: World, actor: Any, contours: list[dict[str, float]], **options: float) -> list[Any]:
    """Ask for the contours of every center; polygons as shapely objects, the longest walk first."""
    places = world.centers.to_crs(4326)
    answers = []
    for lon, lat in xy_of(places).tolist():
        request = {
            "locations": [{"lon": lon, "lat": lat}],
            "costing": "pedestrian",
            "costing_options": {"pedestrian": {"walking_speed": SPEED_KMH}},
            "contours": contours,
            "polygons": True,
            **options,
        }
        features = json.loads(actor.isochrone(json.dumps(request)))["features"]
        answers.append([shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features])
    return answers


def _valhalla_shapes(world: World, answers: list[Any]) -> Shapes:
    largest = [max(own, key=lambda shape: shape.area) for own in answers]
    return gpd.GeoSeries(largest, crs=4326).to_crs(world.demand.crs).make_valid().to_numpy()


_BY_TIME = [{"time": minutes} for minutes in MINUTES]
_BY_DISTANCE = [{"distance": minutes * METRES_PER_MINUTE / 1000} for minutes in MINUTES]


# Judging


def judge(world: World, shapes: Shapes) -> dict[str, str]:
    """Compare polygons with exact walks from the random places to the centers they were drawn for."""
    network = our_network(world)
    times = sc.travel_times(network, world.places, world.centers, max_minutes=LIMIT_MIN)
    tree = shapely.STRtree(world.places.geometry.to_numpy())
    left_out = taken_in = reachable = 0
    for number, shape in enumerate(shapes):
        truly = times.demand_index[times.indptr[number] : times.indptr[number + 1]]
        drawn = tree.query(shape, predicate="intersects")
        both = len(np.intersect1d(truly, drawn))
        left_out, taken_in = left_out + len(truly) - both, taken_in + len(drawn) - both
        reachable += len(truly)
    return {
        "reachable places left out": percent(left_out, reachable),
        "unreachable places taken in": percent(taken_in, reachable),
        "square km, mean": f"{shapely.area(shapes).mean() / 1e6:.2f}",
        "vertices, mean": f"{shapely.get_num_coordinates(shapes).mean():,.0f}",
    }


_OURS, _OSMNX, _VALHALLA = ("servicecircle",), ("networkx", "shapely"), ("pyvalhalla",)

ISOCHRONES = {
    "servicecircle": Contender(
        question="places within 100 m of a street",
        needs=_OURS,
        prepare=our_network,
        answer=_our_isochrones,
        settle=_our_shapes,
    ),
    "servicecircle, cells at hand": Contender(
        question="the same, with the drawing cells of the whole network made beforehand",
        needs=_OURS,
        prepare=_our_cells,
        answer=_our_isochrones_again,
        settle=_our_shapes,
    ),
    "OSMnx recipe, 25 m": Contender(
        question="whole edges and junctions, 25 m around them, holes filled",
        needs=_OSMNX,
        prepare=_recipe_graph,
        answer=lambda world, graph: _recipe(world, graph, 25.0, fill=True),
        settle=_last_shapes,
        every=_RECIPE_EVERY,
    ),
    "OSMnx recipe, 100 m": Contender(
        question="the same, 100 m around them, holes kept",
        needs=_OSMNX,
        prepare=_recipe_graph,
        answer=lambda world, graph: _recipe(world, graph, REACH_M, fill=False),
        settle=_last_shapes,
        every=_RECIPE_EVERY,
    ),
    "Valhalla, time": Contender(
        question="contours of time, its own reading of the extract",
        needs=_VALHALLA,
        prepare=_valhalla,
        answer=lambda world, actor: _contours(world, actor, _BY_TIME),
        settle=_valhalla_shapes,
    ),
    "Valhalla, time, ungeneralised": Contender(
        question="the same, every ring, every vertex (`denoise` 0, `generalize` 0)",
        needs=_VALHALLA,
        prepare=_valhalla,
        answer=lambda world, actor: _contours(world, actor, _BY_TIME, denoise=0.0, generalize=0.0),
        settle=_valhalla_shapes,
    ),
    "Valhalla, distance": Contender(
        question="contours of distance",
        needs=_VALHALLA,
        prepare=_valhalla,
        answer=lambda world, actor: _contours(world, actor, _BY_DISTANCE),
        settle=_valhalla_shapes,
    ),
}


def compare_isochrones(world: World, _: Shapes, theirs: Shapes) -> dict[str, str]:
    """Judge a contender's polygons; ours are judged alike."""
    return judge(world, theirs)
