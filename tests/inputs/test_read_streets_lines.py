"""Streets from vector files and GraphML."""

from pathlib import Path

import geopandas as gpd
import networkx as nx
import pytest
import shapely

from servicecircle.errors import CRSError, DataSourceError, InputError
from servicecircle.inputs.issues import RowIssue
from servicecircle.inputs.streets import read_streets

A, B, C = (110.30, 20.0), (110.31, 20.0), (110.32, 20.0)


def save(folder: Path, shapes: list[shapely.Geometry], **columns: list[object]) -> Path:
    """Write lines to streets.gpkg."""
    gpd.GeoDataFrame(columns, geometry=shapes, crs=4326).to_file(folder / "streets.gpkg")
    return folder / "streets.gpkg"


def lines(*pairs: tuple[tuple[float, float], tuple[float, float]]) -> list[shapely.Geometry]:
    """Return straight lines."""
    return [shapely.LineString(pair) for pair in pairs]


def test_lines_without_a_highway_column_are_all_walkable(tmp_path: Path) -> None:
    """They are read as they are, which is reported once; a multi-part line becomes its parts."""
    issues: list[RowIssue] = []
    both = shapely.MultiLineString([[A, B], [B, C]])
    streets = read_streets(save(tmp_path, [both, *lines((A, C))], name=["x", "y"]), issues=issues)
    assert streets.index.tolist() == ["1-0", "1-1", "2"]
    assert streets["name"].tolist() == ["x", "x", "y"]
    assert [i.problem for i in issues] == ["no_highway_column"]


def test_a_line_twice_counts_once(tmp_path: Path) -> None:
    """Both directions of a street, drawn as two lines, are one street."""
    issues: list[RowIssue] = []
    path = save(tmp_path, lines((A, B), (B, A), (B, C), (C, C)), highway=["path", "path", "motorway", "path"])
    streets = read_streets(path, issues=issues)
    assert streets.index.tolist() == ["1"]
    assert [(i.problem, i.value) for i in issues] == [
        ("not_walkable", "motorway: 1"),
        ("duplicate_lines", "1 lines"),
        ("zero_length", "1 lines"),
    ]


def test_junction_ids_are_believed_when_each_has_one_place(tmp_path: Path) -> None:
    """Good ids are kept as text without a decimal point; contradictory, missing or senseless ones are dropped."""
    shapes = lines((A, B), (B, C))
    good = read_streets(save(tmp_path, shapes, u=[1.0, 2.0], v=[2.0, 3.0]), issues=[])
    assert good[["u", "v"]].to_numpy().tolist() == [["1", "2"], ["2", "3"]]
    for u, v, says in [
        ([1, 2], [2, 1], "more than one place"),
        ([1, None], [2, 3], "missing"),
        ([1, 3], [2, 4], "4 ids for 3"),
    ]:
        issues: list[RowIssue] = []
        streets = read_streets(save(tmp_path, shapes, u=u, v=v), issues=issues)
        assert "u" not in streets
        assert any(i.problem == "junction_ids_dropped" and says in i.value for i in issues)


def test_its_own_metric_crs_is_kept(tmp_path: Path) -> None:
    """UTM stays UTM; web Mercator, which stretches, does not; lengths are geodesic in both."""
    frame = gpd.GeoDataFrame({"highway": ["path"]}, geometry=lines((A, B)), crs=4326)
    length = read_streets(save(tmp_path, lines((A, B)), highway=["path"]), issues=[])["length_m"].iloc[0]
    for crs in (32649, 4546, 3857):
        frame.to_crs(crs).to_file(tmp_path / "s.gpkg")
        streets = read_streets(tmp_path / "s.gpkg", issues=[])
        assert streets.crs.to_epsg() == (32649 if crs == 3857 else crs)
        assert streets["length_m"].iloc[0] == pytest.approx(length, abs=1e-5)


def test_nothing_to_walk_along(tmp_path: Path) -> None:
    """A file of motorways, and an unknown option, end in one line."""
    path = save(tmp_path, lines((A, B)), highway=["motorway"])
    with pytest.raises(InputError, match="no street that can be walked"):
        read_streets(path, issues=[])
    with pytest.raises(InputError, match="noding"):
        read_streets(path, noding="everywhere")


def graph(**extra: str) -> nx.MultiDiGraph:
    """Return a graph as osmnx writes it: both directions, one edge with geometry, text everywhere."""
    out = nx.MultiDiGraph(**extra)
    for node, (x, y) in {"1": A, "2": B, "3": C}.items():
        out.add_node(node, x=str(x), y=str(y))
    bent = shapely.LineString([A, (110.305, 20.001), B]).wkt
    out.add_edge("1", "2", osmid="[5, 6]", highway="['residential', 'tertiary']", length="1", geometry=bent)
    out.add_edge(
        "2",
        "1",
        osmid="[5, 6]",
        highway="['residential', 'tertiary']",
        length="1",
        geometry=shapely.from_wkt(bent).reverse().wkt,
    )
    out.add_edge("2", "3", osmid="7", highway="path", length="1", name="小路")
    out.add_edge("1", "3", osmid="8", highway="motorway", length="1")
    return out


def test_a_graph_as_osmnx_writes_it(tmp_path: Path) -> None:
    """Two directions are one row, junction ids are the nodes, straight edges get their line."""
    nx.write_graphml(graph(crs="epsg:4326"), tmp_path / "g.graphml")
    streets = read_streets(tmp_path / "g.graphml", issues=[])
    assert streets[["u", "v", "highway"]].to_numpy().tolist() == [["1", "2", "residential"], ["2", "3", "path"]]
    assert streets["length_m"].iloc[0] > streets["length_m"].iloc[1]
    assert streets["name"].iloc[1] == "小路"


def test_graphs_that_cannot_be_used(tmp_path: Path) -> None:
    """No CRS, an entity bomb, another XML, half a file: each ends in one clear line."""
    path = tmp_path / "g.graphml"
    nx.write_graphml(graph(), path)
    with pytest.raises(CRSError, match="crs"):
        read_streets(path)
    whole = path.read_text()
    bomb = '<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><graphml>&b;</graphml>'
    for text, says in [
        (bomb, "document type"),
        ("<kml/>", "not a GraphML"),
        ("not xml", "not a GraphML"),
        (whole[: len(whole) // 2], "cannot be read"),
    ]:
        path.write_text(text)
        with pytest.raises(DataSourceError, match=says):
            read_streets(path)


def test_wuhan(shared_data: Path) -> None:
    """Road lines in UTM: the CRS is recognised, motorways and trunk roads are out, ids are dropped with a word."""
    for name, count in [("wuhan_original", 74_722), ("wuhan_simplified", 16_152)]:
        issues: list[RowIssue] = []
        streets = read_streets(shared_data / "wuhan-roads" / f"{name}.parquet", issues=issues)
        assert len(streets) == count
        assert streets.crs.to_epsg() == 32650
        assert not streets["highway"].str.contains("motorway|trunk").any()
        assert "junction_ids_dropped" in [i.problem for i in issues]
