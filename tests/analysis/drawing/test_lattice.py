import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicecircle.analysis.drawing.cells import attach_cells, attach_reach, drawing_cells
from servicecircle.analysis.drawing.field import tiles_within
from servicecircle.analysis.drawing.lattice import (
    CELL_M,
    TILE,
    TILE_M,
    nearest_pieces,
    pieces_around,
    stretches,
    tile_keys,
    tile_places,
    tiles_near,
)
from tests.analysis.test_travel import street
from tests.network.streets import ORIGIN, network_of


def places_of(tiles):
    """Coordinates of all places of numbered tiles, shape (tiles x 256, 2)."""
    columns, rows = tile_places(tiles)
    row, column = np.divmod(np.arange(TILE * TILE), TILE)
    xy = np.stack([columns[:, None] * TILE + column, rows[:, None] * TILE + row], axis=-1)
    return xy.reshape(-1, 2) * CELL_M


@given(streets=st.lists(street, min_size=1, max_size=12), reach_m=st.sampled_from([30.3, 115.2, 400.7]))
def test_places_judged_together_attach_as_each_would_alone(streets, reach_m) -> None:
    """Same piece, same place on the segment, same distance as the snapping index; no place is forgotten."""
    network = network_of(streets)
    tiles = tiles_near(stretches(network.index), reach_m)
    piece, fraction, distance = nearest_pieces(network.index, stretches(network.index), tiles, reach_m)
    xy = places_of(tiles)
    alone, away = network.index.nearest_piece(xy, reach_m)
    near = alone >= 0
    assert np.array_equal(piece.ravel() >= 0, near)
    own = piece.ravel()[near]
    # Pieces that are equally near, but for rounding, may change places.
    assert network.index.distance(xy[near], own) == pytest.approx(away[near], abs=1e-8)
    assert (own == alone[near]).mean() > 0.99
    assert distance.ravel()[near] == pytest.approx(away[near], abs=1e-8)
    assert np.isinf(distance.ravel()[~near]).all()
    assert fraction.ravel()[near].tolist() == network.index.fraction(xy[near], own).tolist()
    # Every place within reach lies in one of these tiles.
    rim = np.random.default_rng(1).uniform(network.xy.min(axis=0) - reach_m, network.xy.max(axis=0) + reach_m, (500, 2))
    key = tile_keys(*np.floor(rim / (TILE * CELL_M)).astype(np.int64).T)
    assert np.isin(key[network.index.nearest_piece(rim, reach_m)[0] >= 0], tiles).all()


@given(column=st.integers(-10_000, 10_000), row=st.integers(-10_000, 10_000))
def test_a_tile_number_says_where_the_tile_is(column, row) -> None:
    """West and south of the origin of the CRS too."""
    key = tile_keys(np.array([column]), np.array([row]))
    assert [value.item() for value in tile_places(key)] == [column, row]


def test_cells_of_some_tiles_are_those_of_the_whole_network() -> None:
    """What is attached for one district can be attached before, for all."""
    network = network_of([[(0, 0), (3000, 400)], [(0, 0), (100, 2500)], [(3000, 400), (2000, 1500)]])
    whole = drawing_cells(network, reach_m=80.0)
    some = attach_cells(network, stretches(network.index), whole.tiles[3:40:2].copy(), 80.0)
    for name in ("tiles", "piece", "fraction", "distance_m"):
        assert np.array_equal(getattr(whole, name)[3:40:2], getattr(some, name))
        assert not getattr(some, name).flags.writeable


@given(seed=st.integers(0, 10_000), corner=st.tuples(*[st.integers(-4, 30)] * 2), size=st.integers(0, 8))
def test_cells_made_from_the_streets_around_them_are_those_of_the_whole_network(seed, corner, size) -> None:
    """A window in a large network needs only the streets around it, however long they are."""
    rng = np.random.default_rng(seed)
    first = rng.uniform(0, 4500, (90, 2))
    network = network_of(np.stack([first, first + rng.normal(0, 1, (90, 2)) * rng.choice([30, 200, 2000], (90, 1))], 1))
    index, reach = network.index, attach_reach(80.0)
    west, south = np.floor(ORIGIN / TILE_M).astype(int) + np.array(corner)
    window = np.array([[west, south, west + size, south + size]])
    around = pieces_around(index, window, reach)
    cut = stretches(index, around)
    tiles = tiles_within(window, tiles_near(cut, reach))
    assert np.array_equal(tiles, tiles_within(window, tiles_near(stretches(index), reach)))
    mine, whole = (attach_cells(network, pieces, tiles.copy(), 80.0) for pieces in (cut, stretches(index)))
    for name in ("tiles", "piece", "fraction", "distance_m"):
        assert np.array_equal(getattr(mine, name), getattr(whole, name))
    for name in ("key", "cell", "segment", "fraction", "ring"):
        assert np.array_equal(getattr(mine.hidden, name), getattr(whole.hidden, name))
