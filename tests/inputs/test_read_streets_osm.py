"""Streets from OpenStreetMap files."""

import re
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Geod

from servicecircle.errors import DataSourceError, InputError
from servicecircle.inputs.issues import RowIssue
from servicecircle.inputs.streets import read_streets
from tests.inputs.osm_files import blocks, grid, write_osm

CROSS = {1: (110.30, 20.0), 2: (110.31, 20.0), 3: (110.32, 20.0), 4: (110.31, 19.99), 5: (110.31, 20.01)}
STREET = {"highway": "residential"}


@pytest.mark.parametrize("ending", [".osm", ".osm.pbf", ".osm.gz", ".osm.bz2"])
def test_a_crossing_is_a_shared_node(tmp_path: Path, ending: str) -> None:
    """Two ways that share a node become four segments; lengths are geodesic metres; all formats agree."""
    path = write_osm(tmp_path / f"cross{ending}", CROSS, [(7, [1, 2, 3], STREET), (8, [4, 2, 5], STREET)])
    streets = read_streets(path, issues=[])
    assert streets.index.tolist() == ["7-0", "7-1", "8-0", "8-1"]
    assert streets[["u", "v"]].to_numpy().tolist() == [["1", "2"], ["2", "3"], ["4", "2"], ["2", "5"]]
    metres = Geod(ellps="WGS84").inv(110.30, 20.0, 110.31, 20.0)[2]
    assert streets["length_m"].iloc[0] == pytest.approx(metres, abs=0.02)
    assert streets.crs.to_epsg() == 32649
    assert streets["bridge"].tolist() == [None] * 4


def test_ways_that_cross_without_a_node_do_not_join(tmp_path: Path) -> None:
    """A bridge over a road shares no node with it: two segments, no junction."""
    nodes = {1: (110.3, 20.0), 3: (110.32, 20.0), 4: (110.31, 19.99), 5: (110.31, 20.01)}
    path = write_osm(tmp_path / "over.osm", nodes, [(7, [1, 3], STREET), (8, [4, 5], STREET | {"bridge": "yes"})])
    streets = read_streets(path, issues=[])
    assert len(streets) == 2
    assert streets["bridge"].tolist() == [None, "yes"]


def test_loops_and_repeated_nodes(tmp_path: Path) -> None:
    """A closed way alone is one loop; a way through one node twice is cut there; a node written twice is one."""
    nodes = {i: (110.3 + 0.001 * (i % 3), 20.0 + 0.001 * (i // 3)) for i in range(1, 9)}
    ways = [(1, [1, 2, 4, 1], STREET), (2, [5, 6, 6, 7, 8, 6], STREET), (3, [3], STREET)]
    streets = read_streets(write_osm(tmp_path / "loop.osm", nodes, ways), issues=[])
    ends = streets[["u", "v"]].to_numpy().tolist()
    assert ends == [["1", "1"], ["5", "6"], ["6", "6"]]


def test_what_cannot_be_walked_is_left_out_and_counted(tmp_path: Path) -> None:
    """A motorway is no street to walk along; the issues say how many were left out."""
    ways = [(7, [1, 2, 3], STREET), (8, [4, 2, 5], {"highway": "motorway"}), (9, [4, 1], {"highway": "motorway"})]
    issues: list[RowIssue] = []
    streets = read_streets(write_osm(tmp_path / "m.osm", CROSS, ways), issues=issues)
    assert streets.index.tolist() == ["7-0"]  # a motorway does not cut a street either
    left = RowIssue(
        file="m.osm", row=0, column="highway", value="motorway: 2", problem="not_walkable", action="left out"
    )
    assert issues == [left]


def test_a_way_without_one_of_its_nodes_is_cut_there(tmp_path: Path) -> None:
    """At the edge of an extract nodes are absent: the street ends at the last one that is there."""
    path = write_osm(tmp_path / "edge.osm", CROSS, [(7, [1, 2, 99, 3, 5], STREET)])
    issues: list[RowIssue] = []
    streets = read_streets(path, issues=issues)
    assert streets[["u", "v"]].to_numpy().tolist() == [["1", "2"], ["3", "5"]]
    assert [(i.problem, i.value) for i in issues] == [("missing_nodes", "1 nodes of 1 ways")]


def test_ways_of_which_nothing_is_left_are_refused(tmp_path: Path) -> None:
    """Every second node is absent, so that no two of them make a street."""
    path = write_osm(tmp_path / "s.osm", {1: (110.3, 20.0), 3: (110.31, 20.0)}, [(1, [1, 2, 3], {"highway": "path"})])
    with pytest.raises(DataSourceError, match=r"s\.osm.* nodes"):
        read_streets(path, issues=[])
    good = path.read_text()
    path.write_text(re.sub("<nd [^>]*/>", "", good))
    with pytest.raises(DataSourceError, match=r"s\.osm lacks the nodes of its streets"):
        read_streets(path, issues=[])
    path.write_text(good.replace('ref="3"', 'ref="1"').replace('ref="2"', 'ref="1"'))
    with pytest.raises(DataSourceError, match=r"s\.osm lacks the nodes of its streets"):
        read_streets(path, issues=[])


def test_splitting_loses_no_metre(tmp_path: Path) -> None:
    """A grid of 6 x 5 streets has 49 segments, and their vertices are those of the ways."""
    nodes, ways = grid(6, 5)
    streets = read_streets(write_osm(tmp_path / "grid.osm.pbf", nodes, ways), issues=[])
    assert len(streets) == 5 * 5 + 6 * 4
    ends = shapely.get_coordinates(streets.to_crs(4326).geometry.to_numpy())
    assert {tuple(p) for p in ends.round(6)} == {(round(x, 6), round(y, 6)) for x, y in nodes.values()}


@pytest.fixture
def many_blocks(tmp_path: Path) -> Path:
    """Write a file long enough for several blocks of nodes and of ways."""
    columns = 20_000
    nodes = {i: (110.0 + i * 1e-5, 20.0) for i in range(1, columns + 2)}
    ways = [(i, [i, i + 1], STREET) for i in range(1, columns + 1)]
    return write_osm(tmp_path / "long.osm.pbf", nodes, ways)


def test_a_cut_file_is_refused_wherever_it_was_cut(many_blocks: Path, tmp_path: Path) -> None:
    """Between blocks or inside one, among nodes or ways: a cut file never gives a smaller city."""
    assert len(read_streets(many_blocks, issues=[])) == 20_000
    content, ends = many_blocks.read_bytes(), blocks(many_blocks)
    assert len(ends) >= 6
    for size in [*ends[:-1], ends[0] + 2, ends[2] + 100, len(content) - 1]:
        path = tmp_path / "cut.osm.pbf"
        path.write_bytes(content[:size])
        with pytest.raises(DataSourceError, match=r"cut\.osm\.pbf.*(cut off|no streets)"):
            read_streets(path, issues=[])


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.osm.pbf", b"", "empty"),
        ("page.osm.pbf", b"<!DOCTYPE html><html>not found</html>", "not an OpenStreetMap PBF"),
        ("zip.osm.pbf", b"PK\x03\x04" + bytes(200), "not an OpenStreetMap PBF"),
        ("page.osm", b"<!DOCTYPE html><html>not found</html>", "not an OpenStreetMap file"),
        ("cut.osm", b"<?xml version='1.0'?><osm version='0.6'><node id='1' lat='1' lon='1'/>", "cannot be read"),
        ("plain.osm.gz", b"<osm version='0.6'></osm>", "not an OpenStreetMap file"),
        ("none.osm", b"<?xml version='1.0'?><osm version='0.6'></osm>", "no streets"),
    ],
)
def test_another_file_by_that_name_is_refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    """Web pages, archives and halves of files saved under an OSM name end in one clear line."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataSourceError, match=says) as caught:
        read_streets(path)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_only_motorways_is_an_error(tmp_path: Path) -> None:
    """A file without any street to walk along says what it holds instead."""
    path = write_osm(tmp_path / "m.osm", CROSS, [(7, [1, 2, 3], {"highway": "motorway"})])
    with pytest.raises(InputError, match="only motorway"):
        read_streets(path)


def test_nodes_absent_inside_the_box_mean_a_damaged_file(tmp_path: Path) -> None:
    """Ways whose nodes are all absent cannot be the edge of an extract."""
    path = write_osm(tmp_path / "holes.osm", CROSS, [(7, [1, 2, 3], STREET), (8, [90, 91, 92], STREET)])
    with pytest.raises(DataSourceError, match="lack nodes"):
        read_streets(path)


def test_las_palmas(shared_data: Path) -> None:
    """The real city: every segment a line with length, ids unique, junction ids at one place each."""
    streets = read_streets(shared_data / "las-palmas" / "las_palmas_20230221.osm.pbf", issues=[])
    assert len(streets) == 26_929
    assert streets["length_m"].sum() / 1000 == pytest.approx(2063.8, abs=0.1)
    assert streets.index.is_unique
    assert (streets["length_m"] / streets.length).between(0.999, 1.001).all()
    first = shapely.get_coordinates(shapely.get_point(streets.geometry.to_numpy(), 0))
    last = shapely.get_coordinates(shapely.get_point(streets.geometry.to_numpy(), -1))
    place: dict[str, tuple[float, float]] = {}
    for node, xy in zip([*streets["u"], *streets["v"]], np.r_[first, last], strict=True):
        assert place.setdefault(node, tuple(xy)) == tuple(xy)


def test_porto_alegre(shared_data: Path) -> None:
    """A second real city, in the southern hemisphere."""
    streets = read_streets(shared_data / "porto-alegre" / "porto_alegre.osm.pbf", issues=[])
    assert streets.crs.to_epsg() == 32722
    assert len(streets) == 26_420
