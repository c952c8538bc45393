"""Noding: where lines are cut."""

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from servicecircle.errors import CRSError
from servicecircle.inputs.noding import maybe_not_noded, node_streets
from servicecircle.inputs.streets import read_streets

X, Y = 425_000.0, 2_212_000.0


def lines(*shapes: list[tuple[float, float]], **tags: list[str | None]) -> gpd.GeoDataFrame:
    """Return lines at Haikou, coordinates in metres from a corner."""
    moved = [shapely.LineString(np.add(shape, [X, Y])) for shape in shapes]
    return gpd.GeoDataFrame(tags, geometry=moved, index=[chr(97 + i) for i in range(len(shapes))], crs=32649)


def ends_of(table: gpd.GeoDataFrame) -> set[tuple[float, float]]:
    """Return the end points, in metres from the corner."""
    shapes = table.geometry.to_numpy()
    points = np.r_[
        shapely.get_coordinates(shapely.get_point(shapes, 0)), shapely.get_coordinates(shapely.get_point(shapes, -1))
    ]
    return {(float(x), float(y)) for x, y in (points - [X, Y]).round(3)}


ACROSS, UP = [(0.0, 50.0), (100.0, 50.0)], [(50.0, 0.0), (50.0, 100.0)]


def test_a_crossing_cuts_both() -> None:
    """Two lines that cross become four segments that meet in the middle."""
    out = node_streets(lines(ACROSS, UP))
    assert out.index.tolist() == ["a-0", "a-1", "b-0", "b-1"]
    assert (50.0, 50.0) in ends_of(out)
    assert out.length.tolist() == pytest.approx([50.0] * 4)


def test_an_end_on_a_line_cuts_the_line_only() -> None:
    """A side street that ends on a street, or 5 mm before it, cuts the street; its own id stays."""
    for gap in (0.0, 0.005):
        out = node_streets(lines(ACROSS, [(50.0, 0.0), (50.0, 50.0 - gap)]))
        assert out.index.tolist() == ["a-0", "a-1", "b"]


@pytest.mark.parametrize("tag", ["bridge", "tunnel"])
def test_a_bridge_passes_over(tag: str) -> None:
    """A bridge or tunnel crosses without a junction; with the value "no" it is no bridge."""
    assert len(node_streets(lines(ACROSS, UP, **{tag: [None, "yes"]}))) == 2
    assert len(node_streets(lines(ACROSS, UP, **{tag: ["viaduct", None]}))) == 2
    assert len(node_streets(lines(ACROSS, UP, **{tag: [None, "no"]}))) == 4


def test_a_bridge_joins_at_its_ends() -> None:
    """The end of a bridge on a street cuts the street, though their layers differ; the bridge stays whole."""
    out = node_streets(
        lines(
            ACROSS,
            [(50.0, 50.0), (50.0, 150.0)],
            [(0.0, 100.0), (99.0, 100.0)],
            bridge=[None, "yes", None],
            layer=[None, "1", None],
        )
    )
    assert out.index.tolist() == ["a-0", "a-1", "b", "c"]


def test_other_layers_do_not_join() -> None:
    """Lines of different layers cross without a junction."""
    assert len(node_streets(lines(ACROSS, UP, layer=["0", "-1"]))) == 2


def test_overlapping_lines_are_cut_where_the_overlap_ends() -> None:
    """Of two lines one on the other, each is cut where the other begins or ends."""
    out = node_streets(lines([(0, 0), (80, 0)], [(30, 0), (120, 0)]))
    assert ends_of(out) == {(0, 0), (30, 0), (80, 0), (120, 0)}
    assert out.length.sum() == pytest.approx(170.0)


def test_a_line_meets_itself() -> None:
    """A cul-de-sac drawn as a lollipop is cut where its end touches itself, a figure of eight where it crosses."""
    lollipop = node_streets(lines([(0, 0), (50, 0), (100, 0), (100, 50), (50, 50), (50, 0)]))
    assert lollipop.length.tolist() == pytest.approx([50.0, 200.0])
    eight = node_streets(lines([(0, 0), (100, 100), (100, 0), (0, 100)]))
    assert len(eight) == 3
    assert (50.0, 50.0) in ends_of(eight)


def test_a_ring_stays_whole() -> None:
    """A closed line that meets nothing is one segment, and a zigzag is not cut at its corners."""
    shapes = [
        [(0.0, 0.0), (50.0, 0.0), (50.0, 50.0), (0.0, 0.0)],
        [(100.0, 0.0), (150.0, 0.0), (100.0, 5.0), (150.0, 5.0)],
    ]
    assert len(node_streets(lines(*shapes))) == 2


def test_a_degree_crs_is_refused() -> None:
    """Distances in degrees mean nothing: the error says what to type."""
    with pytest.raises(CRSError, match="to_crs"):
        node_streets(lines(ACROSS, UP).to_crs(4326))


coordinate = st.integers(0, 40).map(float)
line = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=4).filter(
    lambda pts: all(a != b for a, b in pairwise(pts))
)


@given(st.lists(line, min_size=1, max_size=6))
def test_noding_keeps_every_metre_and_leaves_no_crossing(shapes: list[list[tuple[float, float]]]) -> None:
    """The segments are as long as the lines, and two of different lines meet only at their ends."""
    table = lines(*shapes)
    before = table.copy()
    out = node_streets(table)
    assert out.length.sum() == pytest.approx(table.length.sum())
    assert out.index.is_unique
    ends = shapely.multipoints(sorted(ends_of(out)))
    parts = shapely.transform(out.geometry.to_numpy(), lambda xy: xy - [X, Y])
    a, b = shapely.STRtree(parts).query(parts, predicate="intersects")
    others = out.index.str[0][a] != out.index.str[0][b]
    meet = shapely.intersection(parts[a[others]], parts[b[others]])
    corners = shapely.points(shapely.get_coordinates(meet[shapely.length(meet) < 0.01]))
    assert (shapely.distance(corners, ends) < 0.02).all()
    assert before.equals(table)


def test_a_file_that_is_not_noded_is_doubted(tmp_path: Path) -> None:
    """Streets drawn through their crossings get a hint, and the option it names joins them."""
    streets = lines(
        *[[(i * 10.0, 0.0), (i * 10.0, 95.0)] for i in range(10)],
        *[[(0.0, i * 10.0), (95.0, i * 10.0)] for i in range(10)],
    )
    assert maybe_not_noded(streets)
    assert not maybe_not_noded(node_streets(streets))
    streets.to_file(tmp_path / "through.gpkg")
    issues = []
    assert len(read_streets(tmp_path / "through.gpkg", issues=issues)) == 20
    assert "maybe_not_noded" in [i.problem for i in issues]
    issues = []
    joined = read_streets(tmp_path / "through.gpkg", noding="crossings", issues=issues)
    assert len(joined) == 10 * 10 * 2
    assert "maybe_not_noded" not in [i.problem for i in issues]
