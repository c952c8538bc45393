"""Drawing: from targets to their outlines, group by group of neighbours."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.drawing.cells import DrawingCells, attach_cells, attach_reach
from servicecircle.analysis.drawing.field import Surroundings, WalkField, tiles_within
from servicecircle.analysis.drawing.kept import KeptLimits
from servicecircle.analysis.drawing.lattice import pieces_around, stretches, tiles_near
from servicecircle.analysis.drawing.outline import assemble, exact_rings
from servicecircle.analysis.drawing.rings import trace
from servicecircle.analysis.drawing.slivers import both, mend, pockets, strips
from servicecircle.analysis.drawing.targets import Targets, Walks
from servicecircle.network.threads import side_by_side
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]

#: Targets x 16 that share one table of drawing cells.
_GROUP = 64


def draw(
    network: WalkNetwork,
    searched: Iterable[Targets],
    limits: tuple[float, ...],
    reach_m: float,
    cells: DrawingCells | None,
) -> Iterator[tuple[Targets, Geometries]]:
    """Yield targets with their outlines, shape (targets, limits)."""
    surroundings = Surroundings(network, limits[-1], reach_m)
    pens = SimpleQueue[_Pen]()
    located = ((targets, surroundings.windows(targets)) for targets in searched)
    # With cells at hand the first are drawn while further ones are searched.
    for group in _groups(located) if cells is None else [located]:
        some = cells or _cells_within(network, np.concatenate([window for _, window in group]), reach_m)
        paper = _Paper(network=network, cells=some, limits=np.array(limits), pens=pens)
        yield from side_by_side(paper.draw, group)


#: Junction columns (see `Walks`) that are not in use.
_Pen = npt.NDArray[np.int32]
#: Targets and the tiles around each of them.
_Located = tuple[Targets, IntArray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Paper:
    """What the targets of a group are drawn on."""

    network: WalkNetwork
    cells: DrawingCells
    limits: FloatArray
    pens: "SimpleQueue[_Pen]"

    def draw(self, located: _Located) -> tuple[Targets, Geometries]:
        """Return the targets, given with the tiles around them, and their outlines, shape (targets, limits)."""
        targets, window = located
        try:
            pen = self.pens.get_nowait()
        except Empty:
            pen = np.full(len(self.network.junctions.xy), -1, dtype=np.int32)
        walks = Walks(self.network, targets, pen)
        tiles = tiles_within(window, self.cells.tiles)
        field = WalkField(walks, self.cells, window, tiles, self.limits[-1])
        kept = KeptLimits(field, self.limits)
        traced = trace(kept)
        holes, shared = pockets(field, kept)
        outlines = assemble(
            exact_rings(field, traced, self.limits), traced, holes, len(targets.rows) * len(self.limits)
        )
        left_out, taken_in = strips(field, self.cells.hidden, tiles, kept)
        mend(outlines, left_out, both(taken_in, shared))
        walks.close()
        self.pens.put(pen)
        return targets, outlines.reshape(-1, len(self.limits))


def _cells_within(network: WalkNetwork, window: IntArray, reach_m: float) -> DrawingCells:
    """Return the drawing cells of the tiles within any of the windows, made from the streets around them alone."""
    reach = attach_reach(reach_m)
    cut = stretches(network.index, pieces_around(network.index, window, reach))
    return attach_cells(network, cut, tiles_within(window, tiles_near(cut, reach)), reach_m)


def _groups(located: Iterable[_Located]) -> Iterator[list[_Located]]:
    group: list[_Located] = []
    for one in located:
        group.append(one)
        if len(group) == _GROUP:
            yield group
            group = []
    if group:
        yield group
