"""Drawing: from targets to their outlines, group by group of neighbours."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from servicecircle.analysis.cells import attach_reach, drawing_cells
from servicecircle.analysis.field import WalkField, tiles_within, windows
from servicecircle.analysis.hidden import HiddenStreets, hidden_streets
from servicecircle.analysis.lattice import stretches, tiles_near
from servicecircle.analysis.outline import assemble, exact_rings, kept, trace
from servicecircle.analysis.slivers import Ground, mend, pockets, strips
from servicecircle.analysis.targets import Targets, Walks
from servicecircle.network.search import metres_per_minute_at_most
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]

_GROUP = 64


def draw(
    network: WalkNetwork, searched: Iterable[Targets], limits: tuple[float, ...], reach_m: float
) -> Iterator[tuple[Targets, Geometries]]:
    """Yield targets with their outlines, shape (targets, limits)."""
    column = np.full(len(network.junctions.xy), -1, dtype=np.int32)
    pace = metres_per_minute_at_most(network)
    cut = stretches(network.index)
    near = tiles_near(cut, attach_reach(reach_m))
    for group in _groups(searched):
        around = [windows(network, targets, limits[-1], pace, reach_m) for targets in group]
        cells = drawing_cells(network, reach_m=reach_m, tiles=tiles_within(np.concatenate(around), near))
        hidden = hidden_streets(network, cells, cut)
        for targets, window in zip(group, around, strict=True):
            walks = Walks(network, targets, column)
            tiles = tiles_within(window, near)
            field = WalkField(walks, cells, window, tiles, limits[-1], hidden)
            yield targets, _outlines(field, hidden, tiles, np.array(limits)).reshape(-1, len(limits))
            walks.close()


def _outlines(field: WalkField, hidden: HiddenStreets, tiles: IntArray, limits: FloatArray) -> Geometries:
    targets = len(field.walks.targets.rows)
    walks = [field.window(target) for target in range(targets)]
    counts = [kept(walk, limits) for walk in walks]
    traced = trace(counts, len(limits))
    rings = exact_rings(field, traced, counts, limits)
    holes = _joined(pockets(field, walks, limits))
    outlines = assemble(rings, traced, holes, targets * len(limits))
    mend(outlines, *strips(field, hidden, tiles, counts, limits), len(limits))
    return outlines


def _joined(squares: Ground) -> tuple[Geometries, IntArray]:
    """Join the squares of each outline to holes."""
    own, first = np.unique(squares.shape, return_index=True)
    parts = [
        shapely.get_parts(shapely.union_all(squares.polygons[begin:stop]))
        for begin, stop in pairwise([*first, len(squares.shape)])
    ]
    if not parts:
        return np.zeros(0, dtype=object), np.zeros(0, dtype=np.int64)
    return shapely.get_exterior_ring(np.concatenate(parts)), np.repeat(own, [len(part) for part in parts])


def _groups(searched: Iterable[Targets]) -> Iterator[list[Targets]]:
    group: list[Targets] = []
    for targets in searched:
        group.append(targets)
        if len(group) == _GROUP:
            yield group
            group = []
    if group:
        yield group
