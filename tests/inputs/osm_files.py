"""Small OpenStreetMap files to read."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import osmium

Places = Mapping[int, tuple[float, float]]
Way = tuple[int, Sequence[int], Mapping[str, str]]


def write_osm(
    path: Path, nodes: Places, ways: Sequence[Way], node_tags: Mapping[int, Mapping[str, str]] | None = None
) -> Path:
    """Write nodes (lon, lat) and ways (id, nodes, tags); the file name says the format."""
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for ref, place in sorted(nodes.items()):
            tags = dict((node_tags or {}).get(ref, {}))
            writer.add_node(osmium.osm.mutable.Node(id=ref, location=place, version=1, tags=tags))
        for ref, members, tags in sorted(ways, key=lambda way: way[0]):
            writer.add_way(osmium.osm.mutable.Way(id=ref, nodes=list(members), version=1, tags=dict(tags)))
    return path


def grid(columns: int, rows: int) -> tuple[dict[int, tuple[float, float]], list[Way]]:
    """Return a grid of streets, 0.001 degree apart, one way for each row and column."""
    places = {1 + c + r * columns: (110.3 + c * 0.001, 20.0 + r * 0.001) for r in range(rows) for c in range(columns)}
    tags = {"highway": "residential"}
    across: list[Way] = [(1 + r, [1 + c + r * columns for c in range(columns)], tags) for r in range(rows)]
    up: list[Way] = [(1 + rows + c, [1 + c + r * columns for r in range(rows)], tags) for c in range(columns)]
    return places, across + up


def blocks(path: Path) -> list[int]:
    """Return where each block of a PBF file ends."""
    content, ends, at = path.read_bytes(), [], 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        head = content[at + 4 : at + 4 + size]
        mark, data, shift = head.rindex(b"\x18") + 1, 0, 0
        for byte in head[mark:]:
            data |= (byte & 0x7F) << shift
            shift += 7
        at += 4 + size + data
        ends.append(at)
    return ends
