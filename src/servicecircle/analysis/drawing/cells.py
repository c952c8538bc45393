"""Drawing cells: a grid of places that know which street they attach to.

What a place attaches to does not depend on where the walk goes, nor on how long it may be. It is found once
for a network and serves every center, limit and scenario that leaves the streets as they are.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.drawing.hidden import Attached, HiddenStreets, hidden_streets
from servicecircle.analysis.drawing.lattice import CELL_M, Stretches, nearest_pieces, stretches, tiles_near
from servicecircle.errors import InputError, checked_kind, checked_number
from servicecircle.network.walk import WalkNetwork


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawingCells:
    """Places 10 m apart around the streets, tile by tile of 16 x 16, each attached to its nearest street piece.

    The grid begins at the origin of the CRS, so that it is the same for every center and every run.

    Attributes
    ----------
    reach_m
        Drawn distance from a street. Places a little farther are attached too: they tell where the reach ends.
    tiles
        Number of each tile (see `lattice.tile_keys`), ascending.
    piece
        Street piece of each place, row by row of its tile, -1 where none is near; shape (tiles, 256).
    fraction
        Position along the segment of that piece, same shape.
    distance_m
        Off-street metres, ``inf`` where no piece is near, same shape.
    hidden
        Streets that no place attaches to.
    pieces
        Number of pieces of the network they belong to.
    """

    reach_m: float
    tiles: npt.NDArray[np.int64]
    piece: npt.NDArray[np.int32]
    fraction: npt.NDArray[np.float64]
    distance_m: npt.NDArray[np.float32]
    hidden: HiddenStreets
    pieces: int

    def __repr__(self) -> str:
        return f"DrawingCells({self.piece.size:,} places, {self.reach_m:g} m)"

    def check(self, network: WalkNetwork, reach_m: float) -> None:
        """Raise `InputError` unless these are cells of the network for this reach.

        Parameters
        ----------
        network
            The streets to draw on.
        reach_m
            Drawn distance from a street, metres.

        Raises
        ------
        InputError
            If they are of another network or reach.
        """
        if self.pieces != len(network.index.segment):
            raise InputError("cells: found those of another network. Make them with drawing_cells(network).")
        if self.reach_m != reach_m:
            found = f"cells: found a reach of {self.reach_m:g} m, expected reach_m={reach_m:g}"
            raise InputError(f"{found}. Make them with drawing_cells(network, reach_m={reach_m:g}).")


def attach_reach(reach_m: float) -> float:
    """How far places are attached, so that the end of the reach lies between two attached places."""
    return reach_m + 1.5 * CELL_M


def drawing_cells(network: WalkNetwork, *, reach_m: float = 100.0) -> DrawingCells:
    """Attach the places around all streets of a network.

    Parameters
    ----------
    network
        The streets.
    reach_m
        Drawn distance from a street, metres.

    Returns
    -------
    DrawingCells
        Which street each place attaches to, and how far it is from it, metres.

    Raises
    ------
    InputError
        If `reach_m` is not above 0.
    """
    checked_kind("network", network, WalkNetwork)
    checked_number("reach_m", reach_m, "metres above 0", above=True)
    cut = stretches(network.index)
    return attach_cells(network, cut, tiles_near(cut, attach_reach(reach_m)), reach_m)


def attach_cells(network: WalkNetwork, cut: Stretches, tiles: npt.NDArray[np.int64], reach_m: float) -> DrawingCells:
    """Attach the places of some tiles.

    Parameters
    ----------
    cut
        `stretches` of the network's index, at least all that may come within `attach_reach` of the tiles.
    tiles
        Their numbers, ascending.
    """
    piece, fraction, distance_m = nearest_pieces(network.index, cut, tiles, attach_reach(reach_m))
    near = distance_m.astype(np.float32)
    hidden = hidden_streets(network, Attached(tiles=tiles, piece=piece, fraction=fraction), cut)
    for array in (tiles, piece, fraction, near, *(getattr(hidden, field.name) for field in fields(hidden))):
        array.flags.writeable = False
    return DrawingCells(
        reach_m=reach_m,
        tiles=tiles,
        piece=piece,
        fraction=fraction,
        distance_m=near,
        hidden=hidden,
        pieces=len(network.index.segment),
    )
