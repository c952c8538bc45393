"""Streets of an OpenStreetMap file: walkable ways, split where they share a node."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.errors import DataSourceError, InputError
from servicecircle.inputs.crossings import NODE_TAGS, crossing_counts, crossing_kind
from servicecircle.inputs.issues import RowIssue, issue
from servicecircle.inputs.osm_file import check_complete, open_osm, reading
from servicecircle.inputs.splitting import number_within, split_lines
from servicecircle.inputs.walkable import RULE_TAGS, walkable

if TYPE_CHECKING:
    import osmium

#: Tags kept with each segment, None where absent.
KEPT_TAGS: tuple[str, ...] = (
    "highway",
    "name",
    "oneway:foot",
    "bridge",
    "tunnel",
    "layer",
    "access",
    "foot",
    "surface",
    "incline",
)
KEPT_TAGS += ("level", "footway", "service", "sidewalk", "crossing", "conveying", "wheelchair")
_READ_TAGS = (*KEPT_TAGS, *(tag for tag in RULE_TAGS if tag not in KEPT_TAGS))
#: osmium's coordinates are whole steps of 1e-7 degree; this one means that the node is not in the file.
_STEP, _ABSENT = 1e-7, 2**31 - 1
#: Share of walkable ways that may miss nodes well inside the file's own box.
_MAX_BROKEN = 0.01

#: One row per vertex: way number, node id, x and y in steps.
Vertices = npt.NDArray[np.int64]


def osm_streets(path: Path, found: list[RowIssue]) -> gpd.GeoDataFrame:
    """Read the walkable ways as LineStrings in EPSG:4326, one per segment between shared nodes.

    The index is ``way-place``; ``u`` and ``v`` are node ids as text; ``crossings`` and ``signals`` count what a
    walk along the segment meets (see `servicecircle.inputs.crossings`). Ways are split where nodes are absent
    from the file, which is normal at the edge of an extract.

    Raises
    ------
    DataSourceError
        If the file cannot be read, holds no ways, or lacks so many nodes that it must be damaged.
    """
    ids, tags, vertices, box, crossings = _read_ways(path)
    if not len(ids):
        raise DataSourceError(f"{path.name} holds no streets (no way with a highway tag): is it complete? {_AGAIN}")
    check_complete(path)
    keep = walkable(tags)
    if not keep.any():
        raise InputError(f"{path.name} holds no street that can be walked, only {', '.join(set(tags['highway']))}.")
    found += not_walkable(path.name, tags["highway"][~keep])
    vertices = vertices[keep[vertices[:, 0]]]
    broken = _broken_ways(vertices, box)
    if broken > _MAX_BROKEN * keep.sum():
        raise DataSourceError(f"{path.name}: {broken} of {keep.sum()} ways lack nodes inside its own box. {_AGAIN}")
    found += _missing_nodes(path.name, vertices)
    return _segments(ids, tags, vertices, crossings)


_AGAIN = "Download the whole file again."


def not_walkable(file: str, highway: "pd.Series[Any]") -> list[RowIssue]:
    """Count the lines left out, by their highway value, the most frequent first."""
    counts = highway.fillna("").value_counts(sort=False).reset_index().set_axis(["value", "count"], axis=1)
    counts = counts.sort_values(["count", "value"], ascending=[False, True])
    return [
        issue(file, 0, "highway", f"{value}: {n}", "not_walkable", "left out")
        for value, n in counts.itertuples(index=False)
    ]


def _read_ways(path: Path) -> tuple[Vertices, pd.DataFrame, Vertices, "osmium.osm.Box", dict[int, str]]:
    """Return id and tags of all highways, their vertices, the box of the file's header, and the kind of crossings."""
    import osmium

    ids: list[int] = []
    tags: list[dict[str, str]] = []
    sizes: list[int] = []
    vertices: list[tuple[int, int, int]] = []
    crossings: dict[int, str] = {}
    source = open_osm(path)
    with reading(path):
        ways = osmium.FileProcessor(source, osmium.osm.NODE | osmium.osm.WAY).with_locations()
        ways = ways.with_filter(osmium.filter.KeyFilter("highway", "crossing"))
        for way in ways:
            if isinstance(way, osmium.osm.Node):
                kind = crossing_kind(*(way.tags.get(tag) for tag in NODE_TAGS))
                if kind is not None:
                    crossings[way.id] = kind
                continue
            assert isinstance(way, osmium.osm.Way)
            if "highway" not in way.tags:
                continue
            ids.append(way.id)
            tags.append(dict(way.tags))
            sizes.append(len(way.nodes))
            vertices.extend([(node.ref, node.x, node.y) for node in way.nodes])
    table = pd.DataFrame({tag: _column(tags, tag) for tag in _READ_TAGS})
    flat = np.array(vertices, dtype=np.int64).reshape(-1, 3)
    way_number = np.repeat(np.arange(len(ids)), sizes)
    return np.array(ids, dtype=np.int64), table, np.column_stack([way_number, flat]), ways.header.box(), crossings


def _column(tags: list[dict[str, str]], tag: str) -> "pd.Series[Any]":
    return pd.Series([row.get(tag) for row in tags], dtype=object)  # object keeps None


def _absent(vertices: Vertices) -> npt.NDArray[np.bool_]:
    out: npt.NDArray[np.bool_] = vertices[:, 2] == _ABSENT
    return out


def _missing_nodes(file: str, vertices: Vertices) -> list[RowIssue]:
    absent = _absent(vertices)
    if not absent.any():
        return []
    value = f"{absent.sum()} nodes of {len(np.unique(vertices[absent, 0]))} ways"
    return [issue(file, 0, "", value, "missing_nodes", "repaired")]


def _broken_ways(vertices: Vertices, box: "osmium.osm.Box") -> int:
    """Count the ways that lack nodes although the extract should hold them.

    An extract may lack nodes beyond its box. So a missing node counts where its neighbour along the way
    lies inside the box by more than a tenth of the box's size, or where the way has no node at all.
    """
    absent = _absent(vertices)
    if not absent.any():
        return 0
    way = vertices[:, 0]
    ways_with_nodes = np.unique(way[~absent])
    none_left = np.setdiff1d(way[absent], ways_with_nodes)
    if not box.valid():
        return len(none_left)
    low = np.array([box.bottom_left.x, box.bottom_left.y])
    high = np.array([box.top_right.x, box.top_right.y])
    margin = (high - low) / 10
    xy = vertices[:, 2:]
    inside = ~absent & ((xy > low + margin) & (xy < high - margin)).all(axis=1)
    same = way[1:] == way[:-1]
    suspect = np.r_[way[1:][same & absent[1:] & inside[:-1]], way[:-1][same & absent[:-1] & inside[1:]]]
    return len(np.union1d(suspect, none_left))


def _segments(ids: Vertices, tags: pd.DataFrame, vertices: Vertices, crossings: dict[int, str]) -> gpd.GeoDataFrame:
    """Split the ways at absent nodes and where a node occurs more than once."""
    absent = _absent(vertices)
    run = np.cumsum(np.r_[True, vertices[1:, 0] != vertices[:-1, 0]] | absent)[~absent]
    vertices = vertices[~absent]
    # A node repeated in place is a drawing slip, not a junction.
    fresh = np.ones(len(vertices), dtype=bool)
    fresh[1:] = (run[1:] != run[:-1]) | (vertices[1:, 1] != vertices[:-1, 1])
    run, vertices = run[fresh], vertices[fresh]
    _, place, count = np.unique(vertices[:, 1], return_inverse=True, return_counts=True)
    parts = split_lines((vertices[:, 2:] * _STEP).astype(np.float64), run, count[place] > 1)
    way = vertices[parts.first, 0]
    names = [f"{i}-{k}" for i, k in zip(ids[way], number_within(way), strict=True)]
    columns = tags[list(KEPT_TAGS)].take(way).set_axis(pd.Index(names, name="id"))
    columns["u"] = vertices[parts.first, 1].astype(str)
    columns["v"] = vertices[parts.last, 1].astype(str)
    counts = crossing_counts(crossings, vertices[:, 0], vertices[:, 1], parts.first, parts.last, tags)
    columns = columns.assign(**counts)
    return gpd.GeoDataFrame(columns, geometry=parts.lines, crs=4326)
