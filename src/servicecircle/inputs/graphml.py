"""Streets of a GraphML file as osmnx writes it."""

import math
from collections.abc import Hashable
from pathlib import Path
from typing import Any
from xml.parsers import expat

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import ProjError

from servicecircle.errors import CRSError, DataSourceError, InputError
from servicecircle.inputs.crs import on_earth


def graphml_lines(path: Path) -> gpd.GeoDataFrame:
    """Read the edges as LineStrings with ``u`` and ``v``, the two directions of a street as one row.

    Raises
    ------
    DataSourceError
        If the file is no GraphML, is damaged, or declares a document type (which could make the
        reader open other files or fill the memory).
    CRSError
        If the graph does not say which CRS its nodes are in, or names none that is known.
    InputError
        If a node lacks x or y, or there is no edge.
    """
    import networkx as nx

    _check_prolog(path)
    try:
        graph = nx.read_graphml(path, node_type=str, force_multigraph=True)
    except (nx.NetworkXError, SyntaxError, ValueError, LookupError) as error:
        raise DataSourceError(f"{path.name} cannot be read as GraphML ({error}). Write it again.") from error
    return graph_lines(graph, path.name).drop(columns=["id", "length"], errors="ignore")


def graph_lines(graph: Any, name: str) -> gpd.GeoDataFrame:
    """Return the edges of a networkx graph as LineStrings with ``u`` and ``v``, both directions as rows.

    Raises
    ------
    CRSError
        If the graph does not say which CRS its nodes are in, or names none that is known.
    InputError
        If a node lacks x or y, or there is no edge.
    """
    crs = graph.graph.get("crs")
    if not crs:
        raise CRSError(f'{name} does not name its CRS. Set it first: G.graph["crs"] = "epsg:4326"')
    try:
        said = CRS.from_user_input(crs)
    except ProjError as error:
        raise CRSError(f'{name}: found the CRS {str(crs)[:60]!r}, expected one such as "epsg:4326".') from error
    on_earth(said, name)
    places = {node: _place(node, data, name) for node, data in graph.nodes(data=True)}
    rows = [{**data, "u": u, "v": v, "geometry": _shape(data, places, u, v)} for u, v, data in graph.edges(data=True)]
    if not rows:
        raise InputError(f"{name} holds no edges. Save the street graph again.")
    lines = gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=crs)
    lines.index = pd.RangeIndex(1, len(lines) + 1)
    return lines


def _place(node: object, data: dict[str, Any], file: str) -> tuple[float, float]:
    try:
        x, y = float(data["x"]), float(data["y"])
    except (KeyError, ValueError):
        x = y = math.nan
    if not math.isfinite(x + y):
        raise InputError(f"{file}, node {node}: expected x and y as numbers. Save the graph again.")
    return x, y


def _shape(
    data: dict[str, Any], places: dict[Hashable, tuple[float, float]], u: Hashable, v: Hashable
) -> shapely.LineString:
    text = data.get("geometry")
    if text is None:
        return shapely.LineString([places[u], places[v]])
    line = text if isinstance(text, shapely.Geometry) else shapely.from_wkt(text, on_invalid="ignore")
    if line is None or line.geom_type != "LineString":
        raise InputError(f"edge {u} to {v}: found {str(text)[:60]!r}, expected a LINESTRING. Save the graph again.")
    # An edge that runs against its line would swap its junctions.
    first = shapely.Point(line.coords[0])
    if first.distance(shapely.Point(places[u])) > first.distance(shapely.Point(places[v])):
        line = line.reverse()
    return line


class _RootReachedError(Exception):
    """The document type, if any, comes before the first element."""


def _check_prolog(path: Path) -> None:
    def refuse(*_: object) -> None:
        raise DataSourceError(f"{path.name} declares a document type, which street graphs do not need. Remove it.")

    def stop(name: str, _: object) -> None:
        if name.rsplit(":", 1)[-1] != "graphml":
            raise DataSourceError(f"{path.name} is not a GraphML file (it starts with <{name}>).")
        raise _RootReachedError

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = stop
    try:
        with path.open("rb") as stream:
            parser.ParseFile(stream)
    except _RootReachedError:
        return
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise DataSourceError(f"{path.name} is not a GraphML file ({error}). Write it again.") from error
