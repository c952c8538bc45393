"""Crossings of a carriageway: how many of them a walk along each street segment meets.

Source: OpenStreetMap wiki, "Tag:highway=crossing", "Key:crossing", "Key:crossing:signals" and
"Tag:footway=crossing". A crossing is a node. Where foot ways lead over it, those who follow the
carriageway past it do not cross, so that it counts on the foot ways alone; where only a carriageway is drawn
its line stands for both pavements and everybody who passes counts.

A crossing inside a segment counts one on it, a crossing at an end of segments one half on each of them:
whoever passes it has met one, however many ways end there. A foot way that is itself tagged as a crossing and
bears no such node counts one from end to end.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

#: The two kinds, which are the names of the columns.
KINDS = ("crossings", "signals")
#: Tags of a node that say what it is.
NODE_TAGS = ("highway", "crossing", "crossing:signals", "railway")

_FOOT_WAYS = frozenset({"footway", "path", "pedestrian", "steps", "cycleway", "bridleway", "corridor"})


def crossing_kind(highway: str | None, crossing: str | None, signals: str | None, railway: str | None) -> str | None:
    """Say which of `KINDS` a node with these tags is, None for no crossing.

    A signal that only vehicles are known to obey is no crossing, nor is one of a railway.
    """
    if crossing == "no" or railway is not None or (highway != "crossing" and crossing is None):
        return None
    return "signals" if signals not in {None, "no"} or crossing in {"traffic_signals", "pelican"} else "crossings"


def crossing_counts(
    kinds: dict[int, str], way: IntArray, node: IntArray, first: IntArray, last: IntArray, tags: pd.DataFrame
) -> dict[str, FloatArray]:
    """Count the crossings of each kind that a walk along each segment meets.

    Parameters
    ----------
    kinds
        Kind of each crossing, by node id.
    way, node
        Way number and node id of each vertex, shape (vertices,).
    first, last
        Vertex each segment begins and ends with, shape (segments,).
    tags
        One row for each way: ``highway``, ``footway`` and ``crossing``.

    Returns
    -------
    dict
        For each of `KINDS` the counts, shape (segments,).
    """
    on_foot = np.asarray(tags["highway"].isin(_FOOT_WAYS), dtype=np.bool_)[way]
    of_way = np.array([crossing_kind(None, value, None, None) for value in tags["crossing"]], dtype=object)
    is_way = np.asarray(tags["footway"] == "crossing", dtype=np.bool_)
    pieces = np.bincount(way[first], minlength=len(tags))
    any_kind = _at_nodes(kinds, node)
    marked = np.bincount(way[any_kind], minlength=len(tags)) > 0
    out = {}
    for kind in KINDS:
        at = _at_nodes((ref for ref, is_kind in kinds.items() if is_kind == kind), node)
        led_over = np.isin(node, np.unique(node[at & on_foot]))
        counted = (at & (on_foot | ~led_over)).astype(np.float64)
        run = np.cumsum(counted)
        # The ends of a segment count one half, the vertices between them one.
        met = run[last] - run[first] - counted[last] / 2 + counted[first] / 2
        bare = is_way & ~marked & (of_way == kind if kind == "signals" else of_way != "signals")
        out[kind] = met + (bare / np.maximum(pieces, 1))[way[first]]
    return out


def _at_nodes(refs: Iterable[int], node: IntArray) -> BoolArray:
    out: BoolArray = np.isin(node, np.fromiter(refs, dtype=np.int64))
    return out
