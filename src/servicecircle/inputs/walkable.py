"""Which ways can be walked: the one place that says so.

Source: OpenStreetMap wiki, "OSM tags for routing/Access restrictions" (the default for walkers by kind
of way) and "Key:foot", "Key:access", "Key:sidewalk", "Key:motorroad". The wiki leaves trunk roads open
to walkers in most countries and bridleways closed; here a trunk road counts only where something
says that people walk on it, and a bridleway counts, because an answer for residents should neither
lead them along an expressway nor deny them a path. Service roads, tracks, cycleways, corridors,
platforms and the outlines of squares count.

The rule, first match wins:

1. not there, or not a way (`NEVER`)                        -> no
2. ``foot`` = yes, designated, permissive ...               -> yes
3. ``foot`` = no, private, use_sidepath                     -> no
4. ``access`` = no, private, or ``motorroad`` = yes         -> no
5. motorway, busway, bus_guideway                           -> no
6. trunk: only with a ``sidewalk`` of its own               -> both, left, right, yes
7. everything else                                          -> yes
"""

import ast
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

BoolArray = npt.NDArray[np.bool_]

NEVER = frozenset(
    {"construction", "proposed", "planned", "abandoned", "razed", "demolished", "disused", "raceway", "escape"}
    | {"no", "rest_area", "services", "emergency_bay"}
)
NOT_ON_FOOT = frozenset({"motorway", "motorway_link", "busway", "bus_guideway"})
TRUNK = frozenset({"trunk", "trunk_link"})
FOOT_YES = frozenset({"yes", "designated", "permissive", "official"})
FOOT_NO = frozenset({"no", "private", "use_sidepath"})
ACCESS_NO = frozenset({"no", "private"})
SIDEWALK_YES = frozenset({"both", "left", "right", "yes"})

#: Tags the rule looks at.
RULE_TAGS = ("highway", "foot", "access", "motorroad", "sidewalk")


def walkable(tags: pd.DataFrame) -> BoolArray:
    """Say for each row whether the way can be walked, shape (rows,).

    Columns are tags (see `RULE_TAGS`); an absent column means that nothing is tagged. A ``highway`` that
    lists several values, as osmnx writes them (``['residential', 'tertiary']``), counts by its first
    walkable value.
    """
    highway = main_highway(tags)
    foot_yes = _is_in(tags, "foot", FOOT_YES)
    closed = _is_in(tags, "foot", FOOT_NO) | _is_in(tags, "access", ACCESS_NO)
    closed |= _is_in(tags, "motorroad", frozenset({"yes"}))
    closed |= highway.isin(NOT_ON_FOOT).to_numpy()
    closed |= highway.isin(TRUNK).to_numpy() & ~_is_in(tags, "sidewalk", SIDEWALK_YES)
    out: BoolArray = ~highway.isin(NEVER).to_numpy() & (foot_yes | ~closed)
    return out


def main_highway(tags: pd.DataFrame) -> pd.Series:
    """Return the ``highway`` value that counts for each row: of a list, the first walkable one."""
    if "highway" not in tags:
        return pd.Series(None, index=tags.index, dtype=object)
    column = tags["highway"].astype(object)
    return _by_value(column, _first_walkable).where(column.notna(), None)


def _first_walkable(value: object) -> str:
    values = _listed(str(value))
    good = (v for v in values if v not in NEVER | NOT_ON_FOOT | TRUNK)
    return next(good, values[0])


def _listed(text: str) -> list[str]:
    """Return the values of a list-like text such as ``['a', 'b']``, else the text alone."""
    if text.startswith("["):
        try:
            values = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return [text]
        if isinstance(values, list) and values:
            return [str(v) for v in values]
    return [text]


def _by_value(column: pd.Series, change: Callable[[object], str]) -> pd.Series:
    """Apply `change` once for each distinct text of `column`."""
    texts = column.astype(str)
    return texts.map({text: change(text) for text in texts.unique()})


def _is_in(tags: pd.DataFrame, key: str, values: frozenset[str]) -> BoolArray:
    if key not in tags:
        return np.zeros(len(tags), dtype=bool)
    found: BoolArray = tags[key].isin(values).to_numpy()
    return found
