"""Noding: cutting street lines where they meet, for files that draw streets through their crossings."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from servicecircle.inputs.columns import check_layer
from servicecircle.inputs.crs import metric_crs
from servicecircle.inputs.lengths import geodesic_lengths
from servicecircle.inputs.splitting import number_within, split_lines

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: End points closer than this are one junction, and lines closer than this touch, metres.
JOIN_M = 0.01
#: A cut this close to a vertex takes the vertex, metres.
_SAME_M = 0.001
#: Lines looked at to judge whether a file is noded, and the share that may meet others midway.
_SAMPLE, _MAX_MIDWAY = 4000, 0.05


def node_streets(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut LineStrings where they cross or touch at the same ``layer``, and return the segments.

    A line is cut where another of the same ``layer``, or itself, crosses it, and where an end lies on it
    (within 1 cm). Bridges and tunnels (the tag is present and not ``no``) pass over or under: they join
    others only at their own ends, whatever the layer there, and are never cut.

    The index is that of `lines`, with ``-0``, ``-1`` ... for the segments of a line that was cut;
    ``u`` and ``v`` are dropped, because new junctions have no ids, and ``length_m`` is measured anew.

    Parameters
    ----------
    lines
        LineStrings in a metric CRS; not changed.

    Returns
    -------
    geopandas.GeoDataFrame
        The segments, text index ``id``, with ``length_m`` (geodesic metres).

    Raises
    ------
    CRSError
        If `lines` are not in a metric CRS.
    """
    check_layer("lines", lines)
    crs = metric_crs(lines, "lines")
    shapes = lines.geometry.to_numpy()
    parts, source = _cut(shapes, passes_over(lines), levels(lines))
    number, count = number_within(source), np.bincount(source, minlength=len(lines))
    ids = lines.index.astype(str).to_numpy()[source]
    names = [f"{i}-{k}" if n > 1 else i for i, k, n in zip(ids, number, count[source], strict=True)]
    rest = pd.DataFrame(lines.drop(columns=["geometry", "u", "v"], errors="ignore")).take(source)
    out = gpd.GeoDataFrame(rest.set_axis(pd.Index(names, name="id")), geometry=parts, crs=crs)
    return out.assign(length_m=geodesic_lengths(parts, crs))


def maybe_not_noded(lines: gpd.GeoDataFrame) -> bool:
    """Say whether more than 5 % of the lines (of a sample) meet another that they share no end with."""
    shapes = lines.geometry.to_numpy()
    passes, level = passes_over(lines), levels(lines)
    sample = np.unique(np.linspace(0, len(shapes) - 1, min(_SAMPLE, len(shapes))).astype(int))
    a, b = shapely.STRtree(shapes).query(shapes[sample], predicate="intersects")
    a = sample[a]
    level_ground = (a != b) & ~passes[a] & ~passes[b] & (level[a] == level[b])
    a, b = a[level_ground], b[level_ground]
    ends = shapely.multipoints(_ends(shapes).reshape(-1, 2), indices=np.repeat(np.arange(len(shapes)), 2))
    midway = a[shapely.distance(ends[a], ends[b]) > JOIN_M]
    return len(np.unique(midway)) > _MAX_MIDWAY * len(sample)


def passes_over(lines: gpd.GeoDataFrame) -> BoolArray:
    """Say which lines are bridges or tunnels: they meet others at their ends alone."""
    out = np.zeros(len(lines), dtype=bool)
    for tag in ("bridge", "tunnel"):
        if tag in lines:
            value = lines[tag].astype(object).where(lines[tag].notna(), "no").astype(str).str.strip().str.lower()
            out |= ~value.isin(["", "no", "0", "f", "false"]).to_numpy()
    return out


def levels(lines: gpd.GeoDataFrame) -> FloatArray:
    """Return the ``layer`` of each line, 0 where there is none."""
    if "layer" not in lines:
        return np.zeros(len(lines))
    level: FloatArray = pd.to_numeric(lines["layer"], errors="coerce").fillna(0).to_numpy(dtype=np.float64)
    return level


def _ends(shapes: npt.NDArray[np.object_]) -> FloatArray:
    """First and last vertex of each line, shape (lines, 2, 2)."""
    first = shapely.get_coordinates(shapely.get_point(shapes, 0))
    last = shapely.get_coordinates(shapely.get_point(shapes, -1))
    return np.stack([first, last], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Edges:
    """The straight pieces of lines; a line may meet itself, so cuts are looked for between edges.

    Attributes
    ----------
    shape
        LineStrings of two vertices.
    line
        Number of the line each belongs to.
    start
        Vertex each begins with.
    along
        Metres along the line up to each vertex of all lines.
    """

    shape: npt.NDArray[np.object_]
    line: IntArray
    start: IntArray
    along: FloatArray


def _edges(xy: FloatArray, owner: IntArray) -> _Edges:
    step = np.hypot(*np.diff(xy, axis=0).T)
    step[owner[1:] != owner[:-1]] = 0.0
    start = np.flatnonzero(step > 0)
    run = np.r_[0.0, np.cumsum(step)]
    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    along = run - np.repeat(run[first], np.diff(np.r_[first, len(owner)]))
    shape = shapely.linestrings(np.stack([xy[start], xy[start + 1]], axis=1))
    return _Edges(shape=shape, line=owner[start], start=start, along=along)


def _cuts(
    edges: _Edges, shapes: npt.NDArray[np.object_], passes: BoolArray, level: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Return the edges to cut and the place of each cut, shapes (cuts,) and (cuts, 2)."""
    tree = shapely.STRtree(edges.shape)
    a, b = tree.query(edges.shape, predicate="intersects")
    of_a, of_b = edges.line[a], edges.line[b]
    neighbours = (of_a == of_b) & (b == a + 1)
    ground = (a < b) & ~neighbours & ~passes[of_a] & ~passes[of_b] & (level[of_a] == level[of_b])
    a, b = a[ground], b[ground]
    points, pair = shapely.get_coordinates(shapely.intersection(edges.shape[a], edges.shape[b]), return_index=True)
    end = shapely.points(_ends(shapes).reshape(-1, 2))
    number, touched = tree.query(end, predicate="dwithin", distance=JOIN_M)
    line, other = number // 2, edges.line[touched]
    join = ~passes[other] & (passes[line] | (level[line] == level[other]))
    # The end of a line always lies on its own first or last edge, which is no reason to cut.
    join &= (line != other) | ~_at_end(edges, touched, number % 2)
    edge = np.concatenate([a[pair], b[pair], touched[join]])
    return edge, np.concatenate([points, points, shapely.get_coordinates(end[number[join]])])


def _at_end(edges: _Edges, edge: IntArray, last: IntArray) -> BoolArray:
    """Say whether each edge is the first of its line, or where `last` is 1 the last."""
    change = edges.line[1:] != edges.line[:-1]
    first_edge, last_edge = np.r_[True, change], np.r_[change, True]
    out: BoolArray = np.where(last == 1, last_edge[edge], first_edge[edge])
    return out


def _cut(
    shapes: npt.NDArray[np.object_], passes: BoolArray, level: FloatArray
) -> tuple[npt.NDArray[np.object_], IntArray]:
    """Cut lines where they meet; return the segments and the line each comes from.

    Vertices and cuts are put in order along their line. A cut at a vertex marks the vertex.
    """
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    if not len(xy):
        return shapes, owner
    edges = _edges(xy, owner)
    edge, place = _cuts(edges, shapes, passes, level)
    along = edges.along[edges.start[edge]] + shapely.line_locate_point(edges.shape[edge], shapely.points(place))
    all_line, all_xy = np.r_[owner, edges.line[edge]], np.concatenate([xy, place])
    all_along = np.r_[edges.along, along]
    is_cut = np.r_[np.zeros(len(owner), dtype=bool), np.ones(len(edge), dtype=bool)]
    order = np.lexsort((is_cut, all_along, all_line))
    all_line, all_xy, all_along, is_cut = all_line[order], all_xy[order], all_along[order], is_cut[order]
    fresh = np.r_[True, (all_line[1:] != all_line[:-1]) | (np.diff(all_along) > _SAME_M)]
    group = np.cumsum(fresh) - 1
    # Of vertices and cuts at one place stay one: a vertex if there is one, the last so that ends remain.
    keep = np.zeros(group[-1] + 1, dtype=int)
    keep[group[is_cut]] = np.flatnonzero(is_cut)
    keep[group[~is_cut]] = np.flatnonzero(~is_cut)
    cut = np.bincount(group, weights=is_cut) > 0
    parts = split_lines(all_line[keep], cut)
    return parts.lines(all_xy[keep]), all_line[keep][parts.first]
