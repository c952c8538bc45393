"""Junctions: where segments meet, numbered by the cells of a coarse grid.

Numbering by place makes a neighbourhood a handful of number ranges, so that a local search finds its
streets without looking at the rest of the network.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from servicecircle.inputs.noding import JOIN_M

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

#: Side of a numbering cell, metres.
CELL_M = 500.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JunctionGrid:
    """Junction coordinates, numbered row by row of a grid of `CELL_M`.

    Attributes
    ----------
    xy
        Coordinates, shape (junctions, 2).
    key
        Cell of each junction (row x columns + column), ascending.
    origin
        Lower left corner of the grid.
    columns, rows
        Size of the grid.
    """

    xy: FloatArray
    key: npt.NDArray[np.int64]
    origin: tuple[float, float]
    columns: int
    rows: int

    def within(
        self, left: float, bottom: float, right: float, top: float
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the junctions of all cells that the box touches: first numbers of ranges, and their ends."""
        first, last = _clip(np.array([left, right]), self.origin[0], self.columns)
        low, high = _clip(np.array([bottom, top]), self.origin[1], self.rows)
        row = np.arange(low, high + 1)
        begin = np.searchsorted(self.key, row * self.columns + first)
        stop = np.searchsorted(self.key, row * self.columns + last, side="right")
        some = stop > begin
        return begin[some], stop[some]


def _clip(values: FloatArray, origin: float, size: int) -> tuple[int, int]:
    cells = np.clip(np.floor((values - origin) / CELL_M), 0, size - 1).astype(int)
    return int(cells[0]), int(cells[1])


def join_ends(
    start_xy: FloatArray,
    end_xy: FloatArray,
    drawn: npt.NDArray[np.int64] | None,
    turned: npt.NDArray[np.bool_],
) -> tuple[JunctionGrid, IntArray, IntArray]:
    """Give each junction a number; return them with the start and end junction of each segment.

    Parameters
    ----------
    start_xy, end_xy
        Where the segments start and end, shape (segments, 2).
    drawn
        Which junction each segment was drawn from and to, in any numbers from 0 without gaps, shape (2, segments);
        None where the places have to tell.
    turned
        Segments that were drawn the other way round, shape (segments,).
    """
    ends = np.concatenate([start_xy, end_xy])
    label = cluster_ends(ends) if drawn is None else np.where(turned, drawn[::-1], drawn).ravel()
    # A junction stands at the least of its ends' coordinates: one place, whatever the order of the rows.
    place = np.full((int(label.max()) + 1, 2), np.inf)
    np.minimum.at(place[:, 0], label, ends[:, 0])
    west = ends[:, 0] == place[label, 0]
    np.minimum.at(place[:, 1], label[west], ends[west, 1])
    grid, number = _number(place)
    of_end = number[label].astype(np.int32)
    return grid, of_end[: len(start_xy)], of_end[len(start_xy) :]


def cluster_ends(points: FloatArray) -> npt.NDArray[np.int64]:
    """Label of each point; points within `JOIN_M`, also through others, share one."""
    places, label = np.unique(points, axis=0, return_inverse=True)
    close = cKDTree(places).query_pairs(JOIN_M, output_type="ndarray")
    if not len(close):
        return label.ravel()
    links = sparse.coo_array((np.ones(len(close), dtype=np.int8), tuple(close.T)), shape=(len(places),) * 2)
    return connected_components(links, directed=False)[1][label.ravel()].astype(np.int64)


def _number(xy: FloatArray) -> tuple[JunctionGrid, npt.NDArray[np.int64]]:
    """Sort by cell, then by place; return the grid and the new number of each junction."""
    low = np.floor(xy.min(axis=0) / CELL_M) * CELL_M
    cell = np.floor((xy - low) / CELL_M).astype(np.int64)
    columns, rows = (cell.max(axis=0) + 1).tolist()
    key = cell[:, 1] * columns + cell[:, 0]
    order = np.lexsort((xy[:, 1], xy[:, 0], key))
    number = np.empty(len(xy), dtype=np.int64)
    number[order] = np.arange(len(xy))
    grid = JunctionGrid(xy=xy[order], key=key[order], origin=(float(low[0]), float(low[1])), columns=columns, rows=rows)
    return grid, number
