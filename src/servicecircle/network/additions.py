"""`join_streets`: new streets, such as a bridge or a gate in a wall, join those that are there."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from servicecircle.errors import InputError, checked_number
from servicecircle.inputs.columns import check_unique_ids
from servicecircle.inputs.issues import RowIssue, issue, report
from servicecircle.inputs.lengths import geodesic_lengths
from servicecircle.inputs.noding import levels, node_streets, passes_over
from servicecircle.network.barriers import check_one_crs, is_shut
from servicecircle.network.cutting import SAME_M, cut_streets, node_ids, straights
from servicecircle.network.junctions import cluster_ends

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Joints:
    """Where new streets meet old ones.

    Attributes
    ----------
    new, new_m
        Row of the new street, and metres on the map from its start.
    old, old_m
        The same of the old one.
    """

    new: IntArray
    new_m: FloatArray
    old: IntArray
    old_m: FloatArray


def join_streets(
    streets: gpd.GeoDataFrame,
    added: gpd.GeoDataFrame,
    *,
    join_m: float = 2.0,
    name: str = "added streets",
    issues: list[RowIssue] | None = None,
) -> gpd.GeoDataFrame:
    """Return the streets with new ones, cut and joined where they meet.

    An end of a new street joins the nearest open segment within `join_m`; an old street that stops beside a new one
    is linked to it. On the ground, streets of one ``layer`` also join where they cross. Bridges and tunnels (the tag
    is there and not ``no``) meet others at their ends alone. A gate in a wall is a short line through it: add it after
    the wall has shut the streets. Where the streets have heights, a new one climbs evenly from joint to joint.

    Parameters
    ----------
    streets
        LineStrings in a metric CRS; not changed.
    added
        LineStrings in the same CRS, unique index; columns as in `streets`, as far as they matter.
    join_m
        Ends farther than this from a street stay loose.
    name
        What errors and issues call the new streets.
    issues
        List that receives the new streets that join none, and those without length; without one it is logged.

    Returns
    -------
    gpd.GeoDataFrame
        All segments; new ones have the id ``added-`` and their own.

    Raises
    ------
    CRSError
        If the layers are not in one metric CRS.
    SchemaError
        If the id of a new street stands twice.
    InputError
        If a new street is no line, or `join_m` is not a number of at least 0.
    """
    checked_number("join_m", join_m, "metres of at least 0")
    check_one_crs(streets, added, name)
    check_unique_ids(added, name)
    _check_lines(added, name)
    points = shapely.length(added.geometry.to_numpy()) == 0
    found = [issue(name, 0, "id", str(key), "zero_length", "left out") for key in added.index[points]]
    added = added[~points]
    new = node_streets(_with_links(streets, added.set_axis("added-" + added.index.astype(str)), join_m))
    joints = _meetings(streets, new, join_m)
    lonely = np.setdiff1d(np.arange(len(new)), np.r_[joints.new, _rows_that_meet(new.geometry.to_numpy())])
    for at in lonely:
        key = str(new.index[at]).removeprefix("added-")
        found.append(issue(name, 0, "id", key, "joins_no_street", "doubted"))
    report(issues, found)
    old = cut_streets(streets, joints.old, joints.old_m).streets
    pieces = _pieces(streets, new, joints)
    unasked = ["shut"] if "length_m" in streets else ["shut", "length_m"]  # lengths of all, or of none
    both = pd.concat([old, pieces.drop(columns=unasked, errors="ignore")])
    if "shut" in streets:
        both["shut"] = both["shut"].isin([True])
    out = gpd.GeoDataFrame(both, geometry="geometry", crs=streets.crs)
    out.index = pd.Index(both.index, name=streets.index.name, dtype=streets.index.dtype)
    return out


def _check_lines(added: gpd.GeoDataFrame, name: str) -> None:
    shapes = added.geometry.to_numpy()
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    usable = (shapely.get_type_id(shapes) == 1) & ~shapely.is_empty(shapes)
    usable[owner[~np.isfinite(xy).all(axis=1)]] = False
    if not usable.all():
        at = int(np.argmin(usable))
        found = "nothing" if shapes[at] is None else shapely.to_wkt(shapes[at])[:60]
        raise InputError(
            f"{name}, id {added.index[at]!r}: found {found}, expected a LineString with finite coordinates."
        )


def _meetings(streets: gpd.GeoDataFrame, new: gpd.GeoDataFrame, join_m: float) -> _Joints:
    """Find where new streets join old ones: their ends, ends of old ones, and crossings on the ground."""
    old_lines, new_lines = streets.geometry.to_numpy(), new.geometry.to_numpy()
    usable = ~is_shut(streets)
    old_passes, new_passes = passes_over(streets), passes_over(new)
    near_new, near = _pairs_within(new_lines, old_lines, join_m, usable)
    level = levels(new)[near_new] == levels(streets)[near]
    ground = level & ~new_passes[near_new] & ~old_passes[near]
    crossing = _crossings(new_lines, old_lines, near_new[ground], near[ground])
    ends = _ends_at(new_lines, old_lines, near_new, near, join_m, at_ends_only=old_passes[near])
    return _Joints(
        **{name: np.concatenate([getattr(part, name) for part in (ends, crossing)]) for name in _Joints.__slots__}
    )


def _with_links(streets: gpd.GeoDataFrame, added: gpd.GeoDataFrame, join_m: float) -> gpd.GeoDataFrame:
    """Add a short link to each end of an old street that stops beside a new one."""
    old, new = streets.geometry.to_numpy()[~is_shut(streets)], added.geometry.to_numpy()
    ends = np.unique(np.concatenate([shapely.get_coordinates(shapely.get_point(old, end)) for end in (0, -1)]), axis=0)
    points = shapely.points(ends)
    row, at = shapely.STRtree(points).query(new, predicate="dwithin", distance=join_m)
    along, length = shapely.line_locate_point(new[row], points[at]), shapely.length(new[row])
    beside = (shapely.distance(points[at], new[row]) > SAME_M) & (np.minimum(along, length - along) > join_m)
    beside &= ~passes_over(added)[row]
    row, at, along = row[beside], at[beside], along[beside]
    if not len(row):
        return added
    onto = shapely.get_coordinates(shapely.line_interpolate_point(new[row], along))
    links = gpd.GeoDataFrame(
        geometry=shapely.linestrings(np.stack([ends[at], onto], axis=1)),
        index=[f"{added.index[of]}-link{k}" for k, of in enumerate(row)],
        crs=added.crs,
    )
    both = pd.concat([pd.DataFrame(added), pd.DataFrame(links)])
    return gpd.GeoDataFrame(both, geometry="geometry", crs=added.crs)


def _pairs_within(new: Shapes, old: Shapes, join_m: float, usable: BoolArray) -> tuple[IntArray, IntArray]:
    near_new, near = shapely.STRtree(old).query(new, predicate="dwithin", distance=join_m)
    kept = usable[near]
    return near_new[kept], near[kept]


def _ends_at(
    a: Shapes, b: Shapes, of_a: IntArray, of_b: IntArray, join_m: float, *, at_ends_only: BoolArray
) -> _Joints:
    """Join each end of the lines `a` to the nearest of the lines `b` paired with it; ``new`` is a, ``old`` is b."""
    found = []
    for end in (0, -1):
        points = shapely.get_point(a[of_a], end)
        target = b[of_b].copy()
        target[at_ends_only] = shapely.boundary(target[at_ends_only])
        away = shapely.distance(points, target)
        close = np.flatnonzero(away <= join_m)
        order = close[np.lexsort((of_b[close], away[close], of_a[close]))]
        first = order[np.diff(of_a[order], prepend=-1) != 0]
        own = shapely.length(a[of_a[first]]) if end else np.zeros(len(first))
        found.append((of_a[first], own, of_b[first], shapely.line_locate_point(b[of_b[first]], points[first])))
    new, new_m, old, old_m = (np.concatenate(both) for both in zip(*found, strict=True))
    return _Joints(new=new, new_m=new_m, old=old, old_m=old_m)


def _crossings(new: Shapes, old: Shapes, of_new: IntArray, of_old: IntArray) -> _Joints:
    """Join lines where they cross; where they run on top of each other, at both ends of that."""
    a, b = straights(new[of_new]), straights(old[of_old])
    i, j = shapely.STRtree(b.shape).query(a.shape, predicate="intersects")
    paired = a.line[i] == b.line[j]
    i, j = i[paired], j[paired]
    xy, pair = shapely.get_coordinates(shapely.intersection(a.shape[i], b.shape[j]), return_index=True)
    place, i, j = shapely.points(xy), i[pair], j[pair]
    new_m = a.along[i] + shapely.line_locate_point(a.shape[i], place)
    old_m = b.along[j] + shapely.line_locate_point(b.shape[j], place)
    return _Joints(new=of_new[a.line[i]], new_m=new_m, old=of_old[b.line[j]], old_m=old_m)


def _rows_that_meet(lines: Shapes) -> IntArray:
    """Rows whose ends meet the end of another row."""
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(lines, end)) for end in (0, -1)])
    label = cluster_ends(ends)
    row = np.tile(np.arange(len(lines)), 2)
    several = pd.Series(row).groupby(label).transform("nunique").to_numpy() > 1
    return row[several]


def _pieces(streets: gpd.GeoDataFrame, new: gpd.GeoDataFrame, joints: _Joints) -> gpd.GeoDataFrame:
    """Cut the new streets at their joints and let them end exactly there."""
    lines, old = new.geometry.to_numpy(), streets.geometry.to_numpy()
    high = bool(shapely.has_z(old).all())
    place = shapely.get_coordinates(shapely.line_interpolate_point(old[joints.old], joints.old_m), include_z=high)
    with_ids = "u" in streets and "v" in streets
    if with_ids:
        ends = np.concatenate([shapely.get_coordinates(shapely.get_point(lines, end)) for end in (0, -1)])
        loose = np.array([f"added@{number}" for number in cluster_ends(ends)], dtype=object)
        new = new.assign(u=loose[: len(lines)], v=loose[len(lines) :])
    cut = cut_streets(new, joints.new, joints.new_m)
    pieces = cut.streets.geometry.to_numpy()
    opens = np.searchsorted(cut.source, np.arange(len(new) + 1))
    # Place and name of both ends of each piece, where it has a joint there.
    joint = np.full((len(pieces), 2), -1)
    for number, (row, metres) in enumerate(zip(joints.new, joints.new_m, strict=True)):
        own = slice(opens[row], opens[row + 1])
        bounds = np.r_[0.0, np.cumsum(shapely.length(pieces[own]))]
        at = int(np.argmin(np.abs(bounds - metres)))
        joint[own][at - 1 : at, 1] = number
        joint[own][at : at + 1, 0] = number
    shapes = np.empty(len(pieces), dtype=np.object_)
    shapes[:] = [_joined(line, (int(ends[0]), int(ends[1])), place) for line, ends in zip(pieces, joint, strict=True)]
    table = cut.streets.set_geometry(shapes, crs=new.crs).assign(length_m=geodesic_lengths(shapes, new.crs))
    if with_ids:
        ids = node_ids(streets, joints.old, joints.old_m)
        for column, named in zip(("u", "v"), joint.T, strict=True):
            table[column] = np.where(named >= 0, np.append(ids, "")[named], table[column].to_numpy(dtype=object))
    return table


def _joined(line: shapely.LineString, joints: tuple[int, int], place: FloatArray) -> shapely.LineString:
    """Let a line begin and end at the places of its joints (-1 for none), climbing evenly where these have heights."""
    vertices = shapely.get_coordinates(line)
    for at, joint in zip((0, -1), joints, strict=True):
        if joint >= 0:
            vertices[at] = place[joint, :2]
    if place.shape[1] == 3:
        known = [place[joint, 2] for joint in joints if joint >= 0] or [0.0]
        along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(vertices, axis=0).T))]
        # From an end whose height is unknown the street is level.
        vertices = np.column_stack([vertices, np.interp(along, [0.0, along[-1]], [known[0], known[-1]])])
    return shapely.LineString(vertices)
