"""Crossings of a carriageway: how many of them a walk along each street segment meets.

Source: OpenStreetMap wiki, "Tag:highway=crossing", "Key:crossing", "Key:crossing:signals" and
"Tag:footway=crossing". A crossing is a node. Where foot ways lead over it, those who follow the
carriageway past it do not cross, so that it counts on the foot ways alone; where only a carriageway is drawn
its line stands for both pavements and everybody who passes counts.

A crossing inside a segment counts one on it, a crossing at an end of segments one half on each of them:
whoever passes it has met one, however many ways end there. A foot way that is itself tagged as a crossing and
bears no such node counts one from end to end.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

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
    kind: IntArray, way: IntArray, node: IntArray, first: IntArray, last: IntArray, tags: pd.DataFrame
) -> dict[str, FloatArray]:
    """Count the crossings of each kind that a walk along each segment meets.

    Parameters
    ----------
    kind
        Place in `KINDS` of what stands at each vertex, below 0 where no crossing does, shape (vertices,).
    way, node
        Way number and node of each vertex, shape (vertices,).
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
    pieces = np.bincount(way[first], minlength=len(tags))
    bare = np.array(tags["footway"] == "crossing", dtype=np.bool_)
    bare[way[kind >= 0]] = False
    with_signals = bare.copy()
    with_signals[bare] = [crossing_kind(None, value, None, None) == "signals" for value in tags["crossing"][bare]]
    out = {}
    for number, (name, drawn) in enumerate(zip(KINDS, (bare & ~with_signals, with_signals), strict=True)):
        at = np.flatnonzero(kind == number)
        led_over = np.isin(node[at], node[at[on_foot[at]]])
        counted = np.zeros(len(node))
        counted[at] = on_foot[at] | ~led_over
        run = np.cumsum(counted)
        # The ends of a segment count one half, the vertices between them one.
        met = run[last] - run[first] - counted[last] / 2 + counted[first] / 2
        out[name] = met + (drawn / np.maximum(pieces, 1))[way[first]]
    return out
