import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import servicecircle as sc
from tests.network.streets import network_of, point_table

coordinate = st.integers(-300, 300).map(lambda value: value / 2)
point = st.tuples(coordinate, coordinate)


def test_a_point_attaches_to_the_segment_not_to_the_junction() -> None:
    """A house 30 m beside the middle of a 400 m street is 30 m away, at fraction one half."""
    network = network_of([[(0, 0), (400, 0)]])
    place = network.snap(point_table([(200, 30)]), "demand")
    assert place.segment.tolist() == [0]
    assert place.fraction == pytest.approx([0.5])
    assert place.distance_m == pytest.approx([30.0])


def test_the_fraction_counts_along_bends() -> None:
    """On a street of 100 m east and 300 m north, a place 100 m up the second leg is at one half."""
    network = network_of([[(0, 0), (100, 0), (100, 300)]])
    place = network.snap(point_table([(110, 100)]), "demand")
    assert place.fraction == pytest.approx([0.5])


def test_beyond_the_longest_snap_there_is_no_street() -> None:
    """At 200 m a point is still attached, at 200.01 m it is off the network."""
    network = network_of([[(0, 0), (400, 0)]])
    place = network.snap(point_table([(200, 200), (200, 200.01)]), "demand", max_snap_m=200.0)
    assert place.segment.tolist() == [0, -1]
    assert place.distance_m[1] == np.inf


def test_a_crumb_attracts_nobody() -> None:
    """A 20 m stub beside the house is no usable street; the house attaches to the real one 50 m away."""
    network = network_of([[(0, 0), (900, 0)], [(200, 45), (220, 45)]], min_component_m=500.0)
    place = network.snap(point_table([(210, 50)]), "demand")
    assert place.distance_m == pytest.approx([50.0])
    assert network.figures()["dropped_components"] == 1
    assert network.figures()["dropped_km"] == pytest.approx(0.02)


@given(
    lines=st.lists(st.lists(point, min_size=2, max_size=5), min_size=1, max_size=12),
    points=st.lists(point, min_size=1, max_size=20),
    limit=st.sampled_from([5.0, 60.0, 500.0]),
)
def test_snapping_equals_the_distance_to_every_line(lines, points, limit) -> None:
    """No segment is nearer than the one found, and the place found is at the distance said."""
    network = network_of(lines)
    table = point_table(points)
    place = network.snap(table, "demand", max_snap_m=limit)
    geometry, drawn = table.geometry.to_numpy(), network.lines()
    exact = shapely.distance(geometry[:, None], drawn[None, :])
    least = exact.min(axis=1)
    found = place.segment >= 0
    assert (found == (least <= limit)).all() or np.abs(least[found != (least <= limit)] - limit).max() < 1e-6
    np.testing.assert_allclose(place.distance_m[found], least[found], atol=1e-6)
    there = shapely.line_interpolate_point(drawn[place.segment[found]], place.fraction[found], normalized=True)
    moving = shapely.length(drawn[place.segment[found]]) > 0
    away = shapely.distance(there, geometry[found])
    np.testing.assert_allclose(away[moving], least[found][moving], atol=1e-6)


def test_many_points_on_one_spot_are_no_trouble() -> None:
    """Two hundred streets that start at one point: a point there still finds its nearest street."""
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    network = network_of([[(0, 0), (500 * np.cos(a), 500 * np.sin(a))] for a in angle])
    place = network.snap(point_table([(0, 0), (0.001, 0.0)]), "demand")
    assert (place.segment >= 0).all()
    assert place.distance_m == pytest.approx([0.0, 0.0], abs=1e-6)


@given(
    lines=st.lists(st.lists(point, min_size=2, max_size=4), min_size=1, max_size=10),
    points=st.lists(st.tuples(st.integers(-9000, 9000), st.integers(-9000, 9000)), min_size=1, max_size=10),
)
def test_far_points_find_the_same_street_as_near_ones(lines, points) -> None:
    """However many cells lie between, no segment is nearer than the one found."""
    network = network_of(lines)
    table = point_table(points)
    place = network.snap(table, "demand", max_snap_m=30_000.0)
    exact = shapely.distance(table.geometry.to_numpy()[:, None], network.lines()[None, :])
    np.testing.assert_allclose(place.distance_m, exact.min(axis=1), rtol=1e-12)
    np.testing.assert_allclose(exact[np.arange(len(points)), place.segment], exact.min(axis=1), rtol=1e-12)


def test_neighbours_and_their_order_do_not_matter() -> None:
    """Ten thousand points attach as each of them does alone, in any order."""
    rng = np.random.default_rng(3)
    network = network_of(rng.integers(0, 40, (300, 2, 2)) * 50.0)
    table = point_table(rng.uniform(-200, 2200, (10_000, 2)))
    place = network.snap(table, "demand", max_snap_m=80.0)
    order = rng.permutation(len(table))
    again = network.snap(table.iloc[order], "demand", max_snap_m=80.0)
    for name in ("segment", "fraction", "distance_m"):
        assert (getattr(place, name)[order] == getattr(again, name)).all()
        alone = [getattr(network.snap(table.iloc[[i]], "demand", max_snap_m=80.0), name)[0] for i in range(40)]
        assert alone == getattr(place, name)[:40].tolist()


def test_of_two_equally_near_segments_the_first_by_place_counts() -> None:
    """In the middle between two streets it is always the same one, however the table is ordered."""
    lines = [[(0, 0), (400, 0)], [(0, 60), (400, 60)], [(0, 0), (0, 60)]]
    found = set()
    for order in ((0, 1, 2), (1, 0, 2), (2, 1, 0)):
        network = network_of([lines[i] for i in order])
        place = network.snap(point_table([(200, 30)]), "demand")
        found.add(network.lines()[place.segment[0]].wkt)
    assert len(found) == 1


def test_streets_of_a_far_island_cost_nothing() -> None:
    """An island 2,000 km away does not make the cells of the city coarser or more."""
    network = network_of([[(0, 0), (400, 0)], [(0, 2e6), (400, 2e6)]])
    place = network.snap(point_table([(200, 30), (100, 2e6 - 7), (1e12, 0)]), "demand")
    assert place.distance_m.tolist() == pytest.approx([30.0, 7.0, np.inf])
    assert len(network.index.grid.square) < 100


def test_ten_thousand_streets_in_one_cell_are_all_looked_at() -> None:
    """A crowded cell is judged part by part."""
    angle = np.linspace(0, 2 * np.pi, 10_001)[:-1]
    spokes = np.stack([np.zeros((len(angle), 2)), 15 * np.column_stack([np.cos(angle), np.sin(angle)])], axis=1)
    network = network_of(spokes)
    home = 10 * np.column_stack([np.cos(angle[::25]), np.sin(angle[::25])])
    place = network.snap(point_table(home), "demand")
    assert place.distance_m == pytest.approx(np.zeros(len(home)), abs=1e-6)


def test_a_point_without_finite_coordinates_is_refused() -> None:
    """Infinity is no place, and the row that holds it is named."""
    network = network_of([[(0, 0), (400, 0)]])
    with pytest.raises(sc.InputError, match=r"demand, id 'p1': found POINT .*finite"):
        network.snap(point_table([(0, 0), (np.inf, 0)]), "demand")


def test_the_end_of_a_bent_street_is_exactly_its_end() -> None:
    """A point at either end has the fraction 0 or 1, not a hair less, so that one-way paths lead there."""
    rng = np.random.default_rng(2)
    lines = np.cumsum(rng.uniform(3, 70, (300, 6, 2)), axis=1) + np.arange(300)[:, None, None] * 1000
    network = network_of(lines)
    for end, fraction in ((0, 0.0), (-1, 1.0)):
        place = network.snap(point_table(lines[:, end]), "demand")
        assert (place.fraction == fraction).all()


@pytest.mark.parametrize("shape", [shapely.Point(), None, shapely.LineString([(0, 0), (9, 0)])])
def test_what_is_no_point_is_refused(shape) -> None:
    """An empty point, nothing and a line are no places, and the row that holds one is named."""
    network = network_of([[(0, 0), (400, 0)]])
    table = point_table([(0, 0), (1, 1)])
    table.geometry = [table.geometry.iloc[0], shape]
    with pytest.raises(sc.SchemaError, match=r"demand, id 'p1': expected a point"):
        network.snap(table, "demand")


def test_a_point_with_a_height_attaches_like_one_without() -> None:
    """Heights of demand do not count."""
    network = network_of([[(0, 0), (400, 0)]])
    table = point_table([(200, 30)])
    table.geometry = shapely.force_3d(table.geometry.to_numpy(), 7.0)
    assert network.snap(table, "demand").distance_m.tolist() == [30.0]
