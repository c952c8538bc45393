"""OpenStreetMap files as arrays, against osmium."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import osmium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicecircle.errors import DataSourceError
from servicecircle.inputs import pbf, pbf_elements
from servicecircle.inputs.osm_file import open_osm
from servicecircle.inputs.osm_ways import ABSENT, Ways, _read_with_osmium, _Wanted, read_ways
from tests.inputs.osm_files import Places, Way, grid

TAGS = ("highway", "name", "foot")
WANTED = _Wanted(key="highway", tags=TAGS, node_keys=("highway", "foot"), node_tags=("name", "highway"))

IDS = st.integers(1, 2**40)  # osmium finds no places for the negative ids of an editor
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
KEYS = st.sampled_from(["highway", "name", "foot", "building", "note", "高度"])
NODE_TAGS = st.dictionaries(st.integers(0, 39), st.dictionaries(KEYS, TEXTS, max_size=3), max_size=10)
NODES = st.dictionaries(IDS, st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=40)
WAYS = st.lists(
    st.tuples(IDS, st.lists(st.integers(0, 60), max_size=12), st.dictionaries(KEYS, TEXTS, max_size=4)),
    unique_by=lambda way: way[0],
    max_size=30,
)


def _write(
    path: Path,
    nodes: Places,
    ways: Sequence[Way],
    kind: str = "pbf",
    node_tags: Mapping[int, Mapping[str, str]] | None = None,
    *,
    relation: bool = True,
) -> Path:
    """Write a file with relations at its end unless told otherwise, in the order given."""
    with osmium.SimpleWriter(osmium.io.File(str(path), kind), overwrite=True) as writer:
        for ref, place in nodes.items():
            tags = dict((node_tags or {}).get(ref, {}))
            writer.add_node(osmium.osm.mutable.Node(id=ref, location=place, version=1, tags=tags))
        for ref, members, tags in ways:
            writer.add_way(osmium.osm.mutable.Way(id=ref, nodes=list(members), version=1, tags=dict(tags)))
        if relation:
            writer.add_relation(osmium.osm.mutable.Relation(id=1, members=[], version=1, tags={"type": "route"}))
    return path


def _read(path: Path) -> Ways:
    return read_ways(path, WANTED.key, WANTED.tags, node_keys=WANTED.node_keys, node_tags=WANTED.node_tags)


def _same(one: Ways, other: Ways) -> None:
    for name in ("id", "way", "node", "x", "y", "tagged_node"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for name in ("tags", "node_tags"):
        assert {tag: list(values) for tag, values in getattr(one, name).items()} == {
            tag: list(values) for tag, values in getattr(other, name).items()
        }
    assert (one.box is None) == (other.box is None)
    assert one.box is None or np.array_equal(one.box, other.box)


@given(nodes=NODES, ways=WAYS, said=NODE_TAGS)
def test_any_file_reads_as_osmium_reads_it(nodes, ways, said) -> None:
    """Ids of any size and order, absent nodes, texts in any script: the same arrays as osmium gives."""
    refs = list(nodes)
    made = [(ref, [refs[m % len(refs)] if m < 55 else 2**41 + m for m in members], tags) for ref, members, tags in ways]
    node_tags = {refs[at % len(refs)]: tags for at, tags in said.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = _write(Path(folder) / "any.osm.pbf", nodes, made, node_tags=node_tags)
        ours = _read(path)
        _same(ours, _read_with_osmium(open_osm(path), WANTED))
    assert ours.id.tolist() == [ref for ref, _, tags in made if "highway" in tags]
    bearing = [ref for ref in refs if {"highway", "foot"} & set(node_tags.get(ref, {}))]
    assert ours.tagged_node.tolist() == bearing
    assert ours.node_tags["name"].tolist() == [node_tags[ref].get("name") for ref in bearing]


@pytest.mark.parametrize(
    ("kind", "decoded"),
    [
        ("pbf", True),
        ("pbf,pbf_compression=none", True),
        ("pbf,pbf_dense_nodes=false", False),
        ("pbf,locations_on_ways=true", False),
    ],
)
def test_every_kind_of_pbf_reads_alike(tmp_path: Path, kind: str, *, decoded: bool) -> None:
    """Uncompressed blocks are decoded too; what the decoder does not know is left to osmium, to the same end."""
    nodes, ways = grid(7, 5)
    path = _write(tmp_path / "kind.osm.pbf", nodes, ways, kind)
    plain = _read(_write(tmp_path / "plain.osm", nodes, ways, "osm"))
    if decoded:
        assert sum(len(part.id) for block in pbf.blocks(path) for part in pbf_elements.nodes(block)) == 35
    else:
        with pytest.raises(pbf.UnusualFileError):
            list(pbf.blocks(path))
    _same(_read(path), plain)
    assert len(plain.node) == 70


@pytest.mark.parametrize("kind", ["pbf", "pbf,pbf_dense_nodes=false"])
def test_a_file_without_relations_is_whole_where_ways_of_any_kind_use_its_nodes(tmp_path: Path, kind: str) -> None:
    """Nodes that only a building uses are no sign of a cut; nodes that no way uses are."""
    nodes, ways = grid(4, 3)
    corners = {100 + at: (110.31 + at * 1e-4, 20.01) for at in range(8)}
    house = (90, [*corners, 100], {"building": "yes"})
    whole = _write(tmp_path / "whole.osm.pbf", nodes | corners, [*ways, house], kind, relation=False)
    assert _read(whole).id.tolist() == [ref for ref, _, _ in ways]
    cut = _write(tmp_path / "cut.osm.pbf", nodes | corners, ways, kind, relation=False)
    with pytest.raises(DataSourceError, match=r"cut\.osm\.pbf looks cut off: 8 of 20 nodes belong to no way"):
        _read(cut)
    _read(_write(tmp_path / "bus.osm.pbf", nodes | corners, ways, kind))


def test_nodes_that_are_not_in_the_file_are_absent(tmp_path: Path) -> None:
    """A way keeps the number of a node the file lacks, with no place."""
    path = _write(tmp_path / "edge.osm.pbf", {1: (110.3, 20.0)}, [(5, [1, 2], {"highway": "path"})])
    ways = _read(path)
    assert ways.node.tolist() == [1, 2]
    assert ways.x.tolist() == [1103000000, ABSENT]


@given(flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=3))
def test_damaged_bytes_never_break_the_reader(flips) -> None:
    """Any byte of an uncompressed file may be wrong: it reads, or it is refused in one line."""
    nodes, ways = grid(4, 3)
    with tempfile.TemporaryDirectory() as folder:
        path = _write(Path(folder) / "bad.osm.pbf", nodes, ways, "pbf,pbf_compression=none")
        content = bytearray(path.read_bytes())
        for at, change in flips:
            content[at % len(content)] ^= change
        path.write_bytes(content)
        try:
            _read(path)
        except DataSourceError as error:
            assert "\n" not in str(error)  # noqa: PT017 - it need not fail


def test_a_damaged_compressed_block_is_refused(tmp_path: Path) -> None:
    """A compressed block carries a check sum: a single wrong bit ends in one line."""
    nodes, ways = grid(30, 30)
    path = _write(tmp_path / "bad.osm.pbf", nodes, ways)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataSourceError, match=r"bad\.osm\.pbf cannot be read"):
        _read(path)
