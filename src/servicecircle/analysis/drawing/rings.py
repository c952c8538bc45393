"""Rings between the cells within a limit and those that are not, of all targets and limits together.

Every vertex stands for a way from a cell inside to a neighbour outside. Rings run with the inside on their left: from
one way to the next they cross the square ahead, and which of its three other sides they leave it by depends on its
corners alone. So each vertex knows its successor, and what is left is to bring rings into a row.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from servicecircle.analysis.drawing.kept import KeptLimits
from servicecircle.inputs.ranges import ranges

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Traced:
    """Rings of outlines: shells run anticlockwise, holes clockwise.

    Attributes
    ----------
    target
        Target of each vertex.
    number
        Number of the limit of each vertex.
    inner
        Column and row, on the target's map, of the cell inside; shape (2, vertices).
    way
        Columns and rows from there to the cell outside, one of the two 0; shape (2, vertices).
    vertices
        Number of vertices of each ring.
    rings
        Number of rings of each polygon, the first of which is its shell.
    shape
        Outline each polygon belongs to, ascending: target x limits + limit.
    """

    target: IntArray
    number: IntArray
    inner: IntArray
    way: IntArray
    vertices: IntArray
    rings: IntArray
    shape: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ways:
    """Ways from cells inside to cells outside: first those along rows, then those along columns.

    Attributes
    ----------
    inner, outer
        Numbers of the cells.
    kept
        Limits that the cells inside keep and those outside do not, counted from the longest.
    ahead
        What leads from each cell to its neighbour in the square ahead.
    along_row
        How many ways lead along a row.
    """

    inner: IntArray
    outer: IntArray
    kept: IntArray
    ahead: IntArray
    along_row: int


def trace(kept: KeptLimits) -> Traced:
    """Trace the cells that keep each limit."""
    ways, lookup = _ways(kept)
    first, ring, place = _in_rows(_successors(kept.all, ways, lookup))
    vertices = np.bincount(ring, minlength=len(first))
    # The first way of a ring lies in its lowest row, farthest west: there a shell has the outside in the west.
    hole = ways.inner[first] < ways.outer[first]
    region = _regions(ways, ring, len(first))
    target = np.searchsorted(kept.begin, ways.inner[first], side="right") - 1
    shape = (target + 1) * len(kept.limits) - ways.kept[first]
    rows = np.lexsort([hole, region, shape])
    polygon = np.flatnonzero(~hole[rows])
    opens = np.empty(len(first), dtype=np.int64)
    opens[rows] = np.cumsum(vertices[rows]) - vertices[rows]
    order = np.empty(len(ring), dtype=np.int64)
    order[opens[ring] + place] = np.arange(len(ring))

    target, inner = kept.places(ways.inner[order])
    step = ways.outer[order] - ways.inner[order]
    along = order < ways.along_row
    return Traced(
        target=target,
        number=len(kept.limits) - ways.kept[order],
        inner=inner,
        way=np.stack([np.where(along, step, 0), np.where(along, 0, np.sign(step))]),
        vertices=vertices[rows],
        rings=np.diff(np.append(polygon, len(rows))),
        shape=shape[rows[polygon]],
    )


def _ways(kept: KeptLimits) -> tuple[_Ways, npt.NDArray[np.int32]]:
    """Return all ways, and what leads to the way between two neighbours that is lost with a number of limits.

    The latter has an entry for each cell and its neighbour in the next column, then for each and that in the next row;
    the number of limits is to be added.
    """
    cells = kept.all
    lower, upper, ahead = [], [], []
    # Between rows, and between targets, are rims, on which no limit is kept.
    changes = np.flatnonzero(cells[1:] != cells[:-1])
    lower.append(changes)
    upper.append(changes + 1)
    ahead.append(kept.width[np.searchsorted(kept.begin, changes, side="right") - 1])
    differs = np.zeros(len(cells), dtype=np.bool_)
    for rows, result in zip(kept.by_target(cells), kept.by_target(differs), strict=True):
        np.not_equal(rows[1:], rows[:-1], out=result[:-1])
    changes = np.flatnonzero(differs)
    width = kept.width[np.searchsorted(kept.begin, changes, side="right") - 1]
    lower.append(changes)
    upper.append(changes + width)
    ahead.append(np.full(len(changes), -1))
    low, high, turn = (np.concatenate(part) for part in (lower, upper, ahead))
    keeps = np.stack([cells[low], cells[high]]).astype(np.int64)
    least, most = keeps.min(axis=0), keeps.max(axis=0)
    lost = most - least
    before = np.cumsum(lost) - lost
    lookup = np.empty(2 * len(cells), dtype=np.int32)
    lookup[np.concatenate([lower[0], lower[1] + len(cells)])] = before - least - 1
    rising = np.repeat(keeps[1] > keeps[0], lost)
    low, high, turn = (np.repeat(values, lost) for values in (low, high, turn))
    return _Ways(
        inner=np.where(rising, high, low),
        outer=np.where(rising, low, high),
        kept=ranges(least + 1, most + 1),
        ahead=np.where(rising, -turn, turn),
        along_row=int(lost[: len(lower[0])].sum()),
    ), lookup


def _successors(cells: npt.NDArray[np.uint16], ways: _Ways, lookup: npt.NDArray[np.int32]) -> IntArray:
    """Return the way that follows each way."""
    left, right = ways.inner + ways.ahead, ways.outer + ways.ahead
    at_left, at_right = cells[left], cells[right]
    in_left, in_right = at_left >= ways.kept, at_right >= ways.kept
    saddle = np.flatnonzero(in_right & ~in_left)
    corners = (ways.inner[saddle], ways.outer[saddle], left[saddle], right[saddle])
    # Cells that meet at a corner only are joined where the mean of the square keeps the limit.
    joined = sum(cells[corner].astype(np.int64) for corner in corners) > 4 * ways.kept[saddle] - 2
    in_right[saddle] = in_left[saddle] = joined
    # Towards the cell outside, straight on, or towards the cell inside.
    inner = np.where(in_left, np.where(in_right, right, left), ways.inner)
    outer = np.where(in_right, ways.outer, np.where(in_left, right, left))
    edge = np.minimum(inner, outer)
    edge[np.abs(outer - inner) != 1] += len(cells)
    following: IntArray = lookup[edge] + ways.kept
    return following


def _in_rows(following: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return the first vertex of each ring, the ring of each vertex and its place in it.

    Steps are doubled until they lead around.

    Raises
    ------
    ValueError
        If the vertices do not form rings, each with one before it: then the lattice contradicts itself.
    """
    vertex = np.arange(len(following))
    least, nearer, ahead = vertex, np.minimum(vertex, following), following[following]
    while (nearer != least).any():
        least = nearer
        nearer, ahead = np.minimum(least, least[ahead]), ahead[ahead]
    begins = least == vertex
    ring = (np.cumsum(begins) - 1)[least]
    back = np.full_like(following, -1)
    back[following] = vertex
    if (back < 0).any():
        raise ValueError("rings do not close: two ways have one successor. Please report this with the streets used.")
    back[begins] = vertex[begins]
    place = 1 - begins.astype(np.int64)
    while (back != least).any():
        place += place[back]
        back = back[back]
    return vertex[begins], ring, place


def _regions(ways: _Ways, ring: IntArray, rings: int) -> IntArray:
    """Give the rings of one region one number: those at both ends of a row of cells inside belong together."""
    order = np.argsort(ways.kept[: ways.along_row].astype(np.uint16), kind="stable")  # row by row already
    one, other = ring[order].reshape(-1, 2).T
    if not rings:
        return ring
    links = sparse.coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(rings, rings))
    return connected_components(links, directed=False)[1].astype(np.int64)
