"""Ways of an OpenStreetMap file that bear a key, with the places of their nodes, as arrays."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.errors import DataSourceError
from servicecircle.inputs import pbf, pbf_elements
from servicecircle.inputs.osm_file import check_osm, is_pbf, open_osm, reading

if TYPE_CHECKING:
    import osmium

log = logging.getLogger(__name__)

IntArray = npt.NDArray[np.int64]

#: Coordinate of a node that is not in the file.
ABSENT = 2**31 - 1
#: Share of untagged nodes that no way uses, above which a file without relations has been cut.
_MAX_ORPHANS = 0.01
_ORPHAN_SAMPLE = 500_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ways:
    """Ways and their vertices.

    Attributes
    ----------
    id
        Number of each way, shape (ways,).
    tags
        Values of each wanted key, None where absent, shape (ways,).
    way, node, x, y
        Of each vertex the way it belongs to (counted from 0, ascending), its node, and its longitude and
        latitude in steps of 1e-7 degree (`ABSENT` where the file lacks the node), shape (vertices,).
    tagged_node, node_tags
        Nodes that bear one of the wanted keys, and the values of each wanted tag, None where absent, shape (nodes,).
    box
        West, south, east and north of the file's header in steps, None if it says none.
    """

    id: IntArray
    tags: dict[str, npt.NDArray[np.object_]]
    way: IntArray
    node: IntArray
    x: npt.NDArray[np.int32]
    y: npt.NDArray[np.int32]
    tagged_node: IntArray
    node_tags: dict[str, npt.NDArray[np.object_]]
    box: IntArray | None

    def take(self, keep: npt.NDArray[np.bool_]) -> "Ways":
        """Return the ways that are marked."""
        vertex = keep[self.way]
        return replace(
            self,
            id=self.id[keep],
            tags={tag: values[keep] for tag, values in self.tags.items()},
            way=(np.cumsum(keep) - 1)[self.way[vertex]],
            node=self.node[vertex],
            x=self.x[vertex],
            y=self.y[vertex],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What to read of a file: ways that bear a key, nodes that bear one of several, and the values of which tags."""

    key: str
    tags: Sequence[str]
    node_keys: Sequence[str]
    node_tags: Sequence[str]


def read_ways(
    path: Path, key: str, tags: Sequence[str], *, node_keys: Sequence[str] = (), node_tags: Sequence[str] = ()
) -> Ways:
    """Read the ways that bear `key` with the values of `tags`, and the nodes that bear one of `node_keys`.

    Raises
    ------
    DataSourceError
        If the file cannot be read, or has been cut off.
    """
    wanted = _Wanted(key=key, tags=tags, node_keys=node_keys, node_tags=node_tags)
    check_osm(path)
    with reading(path):
        try:
            ways, bare = _decode(path, wanted) if is_pbf(path) else (None, None)
        except pbf.UnusualFileError as found:
            log.info("%s: %s; read with osmium", path.name, found)
            ways, bare = None, _bare_with_osmium(open_osm(path))
        if ways is None:
            ways = _read_with_osmium(open_osm(path), wanted)
        if len(ways.id) and bare is not None:
            _check_complete(path, bare, ways.node)
    return ways


def _decode(path: Path, wanted: _Wanted) -> tuple[Ways, IntArray | None]:
    """Return the ways, and of a file without relations the nodes without tags (of a large one a sample)."""
    nodes, tagged, groups = list[pbf_elements.Nodes](), list[pbf_elements.Tagged](), list[pbf_elements.Ways]()
    relations = False
    for block in pbf.blocks(path):
        for group in pbf_elements.nodes(block):
            nodes.append(group)
            tagged.append(pbf_elements.tagged_nodes(block, group, wanted.node_keys, wanted.node_tags))
        groups += pbf_elements.ways(block, wanted.key, wanted.tags)
        relations |= block.relations
    refs = _joined([group.refs for group in groups])
    x, y = _places(nodes, refs)
    sizes = _joined([group.sizes for group in groups])
    ways = Ways(
        id=_joined([group.id for group in groups]),
        tags={tag: _joined([group.tags[tag] for group in groups], object) for tag in wanted.tags},
        way=np.repeat(np.arange(len(sizes)), sizes),
        node=refs,
        x=x,
        y=y,
        tagged_node=_joined([group.id for group in tagged]),
        node_tags={tag: _joined([group.tags[tag] for group in tagged], object) for tag in wanted.node_tags},
        box=pbf.header_box(path),
    )
    return ways, None if relations else _bare(nodes)


def _bare(nodes: Sequence[pbf_elements.Nodes]) -> IntArray:
    found = list[IntArray]()
    for part in nodes:
        if sum(map(len, found)) < _ORPHAN_SAMPLE:
            found.append(np.delete(part.id, part.tag_node))
    return _joined(found)


def _joined(parts: Sequence[npt.NDArray[Any]], kind: type = np.int64) -> npt.NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=kind)


def _places(nodes: Sequence[pbf_elements.Nodes], refs: IntArray) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return x and y of each node that is asked for, `ABSENT` where there is none."""
    ids = _joined([part.id for part in nodes])
    x, y = (_joined([getattr(part, axis) for part in nodes], np.int32) for axis in ("x", "y"))
    if (ids[1:] <= ids[:-1]).any():
        order = np.argsort(ids, kind="stable")
        ids, x, y = ids[order], x[order], y[order]
    at = np.searchsorted(ids, refs, side="right") - 1
    here = at >= 0
    here[here] = ids[at[here]] == refs[here]
    out = np.full((2, len(refs)), ABSENT, dtype=np.int32)
    out[0, here], out[1, here] = x[at[here]], y[at[here]]
    return out[0], out[1]


def _read_with_osmium(source: "osmium.io.File", wanted: _Wanted) -> Ways:
    import osmium

    ids, rows, sizes = list[int](), list[dict[str, str]](), list[int]()
    vertices: list[tuple[int, int, int]] = []
    tagged = dict[int, dict[str, str]]()
    elements = osmium.FileProcessor(source, osmium.osm.NODE | osmium.osm.WAY).with_locations()
    elements = elements.with_filter(osmium.filter.KeyFilter(wanted.key, *wanted.node_keys))
    for element in elements:
        if isinstance(element, osmium.osm.Way) and wanted.key in element.tags:
            ids.append(element.id)
            rows.append(dict(element.tags))
            sizes.append(len(element.nodes))
            vertices.extend([(node.ref, node.x, node.y) for node in element.nodes])
        elif isinstance(element, osmium.osm.Node) and any(key in element.tags for key in wanted.node_keys):
            tagged[element.id] = dict(element.tags)
    flat = np.array(vertices, dtype=np.int64).reshape(-1, 3)
    box = elements.header.box()
    low, high = box.bottom_left, box.top_right
    return Ways(
        id=np.array(ids, dtype=np.int64),
        tags=_columns(rows, wanted.tags),
        way=np.repeat(np.arange(len(ids)), sizes),
        node=flat[:, 0],
        x=flat[:, 1].astype(np.int32),
        y=flat[:, 2].astype(np.int32),
        tagged_node=np.array(list(tagged), dtype=np.int64),
        node_tags=_columns(tagged.values(), wanted.node_tags),
        box=np.array([low.x, low.y, high.x, high.y], dtype=np.int64) if box.valid() else None,
    )


def _columns(rows: Collection[dict[str, str]], tags: Sequence[str]) -> dict[str, npt.NDArray[np.object_]]:
    return {tag: np.array([row.get(tag) for row in rows], dtype=object) for tag in tags}


def _check_complete(path: Path, bare: IntArray, known: IntArray) -> None:
    """Refuse a PBF file without relations that ends at a block boundary before its data do.

    Such a file reads without an error. Blocks come as nodes, ways, relations. A cut among the nodes leaves no
    ways, which the caller sees. A cut among the ways leaves no relations and many nodes without tags that
    no way uses; a complete extract has next to none of them. A cut among the relations loses no street.

    Parameters
    ----------
    path
        The file.
    bare
        Its nodes without tags.
    known
        Nodes of ways; the other ways are read only where these are not enough.
    """
    orphans = bare[~pd.Index(bare).isin(known)]
    if len(orphans) > _MAX_ORPHANS * len(bare):
        orphans = orphans[~pd.Index(orphans).isin(_all_refs(path))]
    if len(orphans) > _MAX_ORPHANS * len(bare):
        raise DataSourceError(
            f"{path.name} looks cut off: {len(orphans)} of {len(bare)} nodes belong to no way, and it ends "
            "without relations. Download it again."
        )


def _all_refs(path: Path) -> IntArray:
    """Return the nodes that ways use."""
    try:
        return _joined([refs for block in pbf.blocks(path) for refs in pbf_elements.way_refs(block)])
    except pbf.UnusualFileError:
        import osmium

        ways = (way for way in osmium.FileProcessor(open_osm(path), osmium.osm.WAY) if isinstance(way, osmium.osm.Way))
        return np.fromiter((member.ref for way in ways for member in way.nodes), dtype=np.int64)


def _bare_with_osmium(source: "osmium.io.File") -> IntArray | None:
    """Return the nodes without tags (of a large file a sample), None where it goes on to its relations."""
    import osmium

    if next(iter(osmium.FileProcessor(source, osmium.osm.RELATION)), None) is not None:
        return None
    untagged = (node.id for node in osmium.FileProcessor(source, osmium.osm.NODE) if not node.tags)
    return np.fromiter(islice(untagged, _ORPHAN_SAMPLE), dtype=np.int64)
