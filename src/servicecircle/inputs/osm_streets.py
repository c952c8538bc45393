"""Streets of an OpenStreetMap file: walkable ways, split where they share a node."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from servicecircle.errors import DataSourceError, InputError
from servicecircle.inputs.crossings import KINDS, NODE_TAGS, crossing_counts, crossing_kind
from servicecircle.inputs.crs import CRSLike, metric_coordinates
from servicecircle.inputs.issues import RowIssue, issue, phrase
from servicecircle.inputs.lengths import line_lengths
from servicecircle.inputs.osm_ways import ABSENT, Ways, read_ways
from servicecircle.inputs.splitting import number_within, split_lines
from servicecircle.inputs.walkable import RULE_TAGS, walkable

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
_STEP = 1e-7  # degrees
#: Share of walkable ways that may miss nodes well inside the file's own box.
_MAX_BROKEN = 0.01


def osm_streets(path: Path, crs: CRSLike | None, found: list[RowIssue]) -> gpd.GeoDataFrame:
    """Read the walkable ways as LineStrings, one per segment between shared nodes, in `crs` or their UTM zone.

    The index is ``way-place``; ``u`` and ``v`` are node ids as text, ``length_m`` is geodesic; ``crossings`` and
    ``signals`` count what a walk along the segment meets (see `servicecircle.inputs.crossings`). Ways are split
    where nodes are absent from the file, which is normal at the edge of an extract.

    Raises
    ------
    DataSourceError
        If the file cannot be read, holds no ways, or lacks so many nodes that it must be damaged.
    InputError
        If no way can be walked, or nodes have ids below 0.
    """
    ways = read_ways(path, "highway", _READ_TAGS, node_keys=("highway", "crossing"), node_tags=NODE_TAGS)
    if not len(ways.id):
        raise DataSourceError(f"{path.name} holds no streets (no way with a highway tag): is it complete? {_AGAIN}")
    tags = pd.DataFrame(ways.tags, dtype=object)  # object keeps None
    keep = walkable(tags)
    if not keep.any():
        raise InputError(f"{path.name} holds no street that can be walked, only {', '.join(set(tags['highway']))}.")
    found += not_walkable(path.name, tags["highway"][~keep])
    ways = ways.take(keep)
    if (ways.node < 0).any():
        raise InputError(
            f"{path.name}: streets stand on nodes with ids below 0, as an editor numbers what was never uploaded. "
            "Save its streets as GeoJSON and name that file."
        )
    broken = _broken_ways(ways)
    if broken > _MAX_BROKEN * keep.sum():
        raise DataSourceError(f"{path.name}: {broken} of {keep.sum()} ways lack nodes inside its own box. {_AGAIN}")
    found += _missing_nodes(path.name, ways)
    return _segments(path.name, ways, crs)


_AGAIN = "Download the whole file again."


def not_walkable(file: str, highway: "pd.Series[Any]") -> list[RowIssue]:
    """Count the lines left out, by their highway value, the most frequent first."""
    counts = highway.fillna("").value_counts(sort=False).reset_index().set_axis(["value", "count"], axis=1)
    counts = counts.sort_values(["count", "value"], ascending=[False, True])
    return [
        issue(file, 0, "highway", f"{value}: {n}", "not_walkable", "left out")
        for value, n in counts.itertuples(index=False)
    ]


def _missing_nodes(file: str, ways: Ways) -> list[RowIssue]:
    absent = ways.x == ABSENT
    if not absent.any():
        return []
    value = phrase("{0} nodes of {1} ways", absent.sum(), len(np.unique(ways.way[absent])))
    return [issue(file, 0, "", (value,), "missing_nodes", "repaired")]


def _broken_ways(ways: Ways) -> int:
    """Count the ways that lack nodes although the extract should hold them.

    An extract may lack nodes beyond its box. So a missing node counts where its neighbour along the way
    lies inside the box by more than a tenth of the box's size, or where the way has no node at all.
    """
    absent, way = ways.x == ABSENT, ways.way
    if not absent.any():
        return 0
    placed = np.zeros(len(ways.id), dtype=np.bool_)
    placed[way[~absent]] = True
    none_left = np.unique(way[absent & ~placed[way]])
    if ways.box is None:
        return len(none_left)
    low, high = np.reshape(ways.box, (2, 2))
    margin = (high - low) / 10
    xy = np.column_stack([ways.x, ways.y])
    inside = ~absent & ((xy > low + margin) & (xy < high - margin)).all(axis=1)
    same = way[1:] == way[:-1]
    suspect = np.r_[way[1:][same & absent[1:] & inside[:-1]], way[:-1][same & absent[:-1] & inside[1:]]]
    return len(np.union1d(suspect, none_left))


def _segments(file: str, ways: Ways, crs: CRSLike | None) -> gpd.GeoDataFrame:
    """Split the ways at absent nodes and where a node occurs more than once."""
    absent = ways.x == ABSENT
    run = np.cumsum(np.r_[True, ways.way[1:] != ways.way[:-1]] | absent)
    # A node repeated in place is a drawing slip, not a junction.
    here = np.flatnonzero(~absent)
    _check_any(here, file)
    slip = (run[here][1:] == run[here][:-1]) & (ways.node[here][1:] == ways.node[here][:-1])
    at = here[np.r_[True, ~slip]]
    place, nodes = pd.factorize(ways.node[at])
    parts = split_lines(run[at], (np.bincount(place) > 1)[place])
    vertex, segment = parts.vertices()
    _check_any(vertex, file)
    lon, lat = ((axis[at[vertex]] * _STEP).astype(np.float64) for axis in (ways.x, ways.y))
    x, y, target = metric_coordinates(lon, lat, crs, "streets")
    way = ways.way[at[parts.first]]
    columns = pd.DataFrame({tag: ways.tags[tag][way] for tag in KEPT_TAGS}, dtype=object)
    columns["u"], columns["v"] = _texts(ways.node[at[parts.first]]), _texts(ways.node[at[parts.last]])
    kinds, tags = _kinds(ways, nodes)[place], pd.DataFrame(ways.tags, dtype=object)
    columns = columns.assign(**crossing_counts(kinds, ways.way[at], place, parts.first, parts.last, tags))
    columns.index = pd.Index(_texts(ways.id[way]) + "-" + _texts(number_within(way)), name="id")
    lines = gpd.GeoDataFrame(columns, geometry=shapely.linestrings(x, y, indices=segment), crs=target)
    return lines.assign(length_m=line_lengths(lon, lat, segment, len(way)))


def _check_any(nodes: npt.NDArray[np.int64], file: str) -> None:
    if not len(nodes):
        raise DataSourceError(
            f"{file} lacks the nodes of its streets: no two that follow each other are there. {_AGAIN}"
        )


def _kinds(ways: Ways, nodes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the place in `KINDS` of what stands at each node, -1 where no crossing does."""
    out = np.full(len(nodes), -1)
    at = pd.Index(nodes).get_indexer(pd.Index(ways.tagged_node))
    said = zip(*(ways.node_tags[tag][at >= 0] for tag in NODE_TAGS), strict=True)
    found = [crossing_kind(*tags) for tags in said]
    out[at[at >= 0]] = [-1 if kind is None else KINDS.index(kind) for kind in found]
    return out


def _texts(numbers: npt.NDArray[np.int64]) -> "pd.Series[str]":
    return pd.Series(numbers).astype("str")
