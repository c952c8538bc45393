import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

import servicecircle as sc
from tests.analysis.test_travel import place, street
from tests.network.streets import ORIGIN, network_of, point_table

CELL = 10.0


def random_town(seed: int, size: int = 14):
    """Build a bent grid with missing blocks, a river with two bridges and some dead ends, 100 m apart."""
    rng = np.random.default_rng(seed)
    xy = np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1) * 100.0 + rng.normal(0, 18, (size, size, 2))
    lines = []
    for i in range(size):
        for j in range(size):
            river = j == size // 2 and i not in (3, size - 4)
            if j + 1 < size and not river and rng.random() < 0.9:
                lines.append([xy[i, j], (xy[i, j] + xy[i, j + 1]) / 2 + rng.normal(0, 12, 2), xy[i, j + 1]])
            if i + 1 < size and rng.random() < 0.9:
                lines.append([xy[i, j], xy[i + 1, j]])
            if rng.random() < 0.15:
                lines.append([xy[i, j], xy[i, j] + rng.normal(0, 40, 2)])
    return network_of(lines, speed_kmh=4.0, min_component_m=300.0), xy


def places_near_streets(network, count, reach_m, rng):
    """Draw random places within `reach_m` of a usable street."""
    low, high = network.xy.min(axis=0) - reach_m, network.xy.max(axis=0) + reach_m
    xy = rng.uniform(low, high, (4 * count, 2))
    _, away = network.index.nearest_piece(xy, reach_m)
    return gpd.GeoDataFrame(
        {"weight": 1.0},
        geometry=shapely.points(xy[np.isfinite(away)][:count]),
        crs=network.crs,
        index=[f"r{i}" for i in range(min(count, int(np.isfinite(away).sum())))],
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_inside_the_isochrone_if_and_only_if_the_own_walk_is_within_the_limit(seed) -> None:
    """10,000 random places: at least 99.5 % agree, and the rest lie within one drawing cell of the edge."""
    network, _ = random_town(seed)
    rng = np.random.default_rng(seed)
    centers = point_table(rng.uniform(200, 1100, (5, 2)))
    rings = sc.isochrones(network, centers, minutes=(4, 9))
    asked = places_near_streets(network, 10_000, 100.0, rng)
    points = asked.geometry.to_numpy()
    for center in centers.index:
        times = sc.travel_times(network, asked, centers.loc[[center]], max_minutes=9)
        for minutes in (4, 9):
            shape = rings.loc[(rings.center == center) & (rings.minutes == minutes), "geometry"].item()
            inside = shapely.contains(shape, points)
            expected = times.nearest_minutes <= minutes
            wrong = np.flatnonzero(inside != expected)
            assert len(wrong) <= 0.005 * len(points)
            assert shapely.distance(shape.boundary, points[wrong]).max(initial=0.0) <= CELL
            assert 0 < expected.sum() < len(points)


def test_the_service_area_is_coverage_drawn() -> None:
    """The same agreement for the area within the limit of any center."""
    network, _ = random_town(4)
    rng = np.random.default_rng(4)
    centers = point_table(rng.uniform(100, 1200, (4, 2)))
    area = sc.service_area(network, centers, minutes=5).geometry.item()
    asked = places_near_streets(network, 10_000, 100.0, rng)
    covered = sc.coverage(sc.travel_times(network, asked, centers), minutes=5).demand["covered"].to_numpy()
    points = asked.geometry.to_numpy()
    wrong = np.flatnonzero(shapely.contains(area, points) != covered)
    assert len(wrong) <= 0.005 * len(points)
    assert shapely.distance(area.boundary, points[wrong]).max(initial=0.0) <= CELL


def test_a_straight_street_is_drawn_to_the_exact_metre() -> None:
    """1000 m in 15 minutes at 4 km/h: the tip lies 1000 m along the street, the flank `reach_m` beside it."""
    network = network_of([[(-3000, 0), (3000, 0)]], speed_kmh=4.0)
    shape = sc.isochrones(network, point_table([(0, 0)]), minutes=15, reach_m=50).geometry.item()
    left, bottom, right, top = np.asarray(shape.bounds) - np.tile(ORIGIN, 2)
    assert (left, right) == pytest.approx((-1000, 1000), abs=0.5)
    assert (bottom, top) == pytest.approx((-50, 50), abs=0.1)


def test_a_very_long_street_costs_no_more_than_the_walk() -> None:
    """On a single street of 2000 km only the kilometre to either side is looked at."""
    network = network_of([[(0, 0), (900_000, 900_000)]], speed_kmh=4.0)
    shape = sc.isochrones(network, point_table([(450_000, 450_000)]), minutes=15, reach_m=50).geometry.item()
    assert shape.length < 2 * 2200 + 500
    assert shape.area == pytest.approx(2000 * 100, rel=0.05)


def test_the_far_bank_does_not_leak_in() -> None:
    """Across a river of 60 m with its own street, only a bridge 2 km away: the far bank stays out."""
    network = network_of([[(0, 0), (2000, 0)], [(2000, 0), (2000, 60)], [(2000, 60), (0, 60)]], speed_kmh=4.0)
    shape = sc.isochrones(network, point_table([(0, 0)]), minutes=15).geometry.item()
    near, far = point_table([(300, 29.5), (300, 30.5)]).geometry
    assert shape.contains(near)
    assert not shape.contains(far)


def test_a_path_between_two_walls_is_drawn_however_thin() -> None:
    """A path with closed streets 4 m to either side owns a strip of 4 m, less than a drawing cell; it is drawn."""
    lines = [[(0, 3), (800, 3)], [(0, 7), (800, 7)], [(0, -1), (800, -1)]]
    network = network_of(lines, speed_kmh=4.0)
    shape = sc.isochrones(network, point_table([(1, 3)]), minutes=6).geometry.item()
    inside, beside, beyond = point_table([(200, 3), (200, 6.5), (500, 3)]).geometry
    assert shape.contains(inside)
    assert not shape.contains(beside)
    assert not shape.contains(beyond)
    assert 1000 < shape.area < 2500  # 400 m x 4 m, but for the round end


def test_a_path_that_is_out_of_reach_is_cut_out_however_thin() -> None:
    """Between two streets in reach lies a path that is entered from its far end only: its strip is no part of it."""
    lines = [[(0, 3), (800, 3)], [(0, 7), (900, 7)], [(0, -1), (800, -1)], [(0, -1), (0, 7)], [(900, 7), (800, 3)]]
    shape = sc.isochrones(network_of(lines, speed_kmh=4.0), point_table([(0, 7)]), minutes=8).geometry.item()
    on_path, beside = point_table([(200, 3), (200, 6.5)]).geometry
    assert shape.contains(beside)
    assert not shape.contains(on_path)
    assert shape.is_valid


def test_a_walled_block_is_a_hole() -> None:
    """The inside of a large block farther than `reach_m` from its streets is not drawn."""
    block = [(0, 0), (500, 0), (500, 500), (0, 500), (0, 0)]
    shape = sc.isochrones(network_of([block]), point_table([(0, 0)]), minutes=30).geometry.item()
    assert len(shape.interiors) == 1
    assert shapely.Polygon(shape.interiors[0]).area == pytest.approx(300 * 300, rel=0.01)


def test_a_center_off_the_network_has_an_empty_isochrone() -> None:
    """Others are drawn as ever; if none is near a street there is nothing to draw."""
    network = network_of([[(0, 0), (900, 0)]])
    rings = sc.isochrones(network, point_table([(0, 0), (0, 900)]), minutes=5)
    assert rings.geometry.is_empty.tolist() == [False, True]
    with pytest.raises(sc.InfeasibleError, match="200 m"):
        sc.isochrones(network, point_table([(0, 900)]), minutes=5)


@given(streets=st.lists(street, min_size=1, max_size=10), facility=place)
@example(
    streets=[[(0.0, 0.0), (0.0, 0.0)], [(200.0, 100.0), (177, 264), (300, 21), (0.0, 0.0)]], facility=(253, 173)
).via("a pocket of the largest outline in a cell that the smallest runs through")
@example(streets=[[(0.0, 0.0), (200.0, 100.0)], [(0.0, 0.0), (285, 26), (500.0, 500.0)]], facility=(238, 186)).via(
    "the same between the two larger ones"
)
def test_isochrones_are_valid_and_nest(streets, facility) -> None:
    """Fewer minutes never draw a place that more minutes leave out."""
    network = network_of(streets)
    centers = point_table([facility])
    rings = sc.isochrones(network, centers, minutes=(1, 3, 6), max_snap_m=2000.0)
    assert rings.is_valid.all()
    small, middle, large = rings.geometry
    assert small.difference(middle).area < 1e-3
    assert middle.difference(large).area < 1e-3


def test_cells_made_before_and_more_threads_change_nothing(monkeypatch) -> None:
    """The same bytes with the cells of the whole network at hand, from one thread, and for a center by itself."""
    network, _ = random_town(5)
    centers = point_table(np.random.default_rng(5).uniform(0, 1300, (40, 2)))
    rings = sc.isochrones(network, centers, minutes=(3, 8), reach_m=60.0)
    kept = sc.isochrones(network, centers, minutes=(3, 8), reach_m=60.0, cells=sc.drawing_cells(network, reach_m=60.0))
    monkeypatch.setattr("servicecircle.network.threads.THREADS", 1)
    slowly = sc.isochrones(network, centers, minutes=(3, 8), reach_m=60.0)
    alone = sc.isochrones(network, centers.iloc[[7]], minutes=(3, 8), reach_m=60.0)
    assert rings.geometry.to_wkb().tolist() == kept.geometry.to_wkb().tolist() == slowly.geometry.to_wkb().tolist()
    assert rings.geometry.iloc[14:16].to_wkb().tolist() == alone.geometry.to_wkb().tolist()


def test_cells_of_another_network_or_reach_are_refused() -> None:
    """What to do instead is said."""
    network, centers = network_of([[(0, 0), (900, 0)]]), point_table([(0, 0)])
    other = network_of([[(0, 0), (900, 0)], [(0, 0), (0, 400)]])
    with pytest.raises(sc.InputError, match="drawing_cells"):
        sc.isochrones(network, centers, cells=sc.drawing_cells(other))
    with pytest.raises(sc.InputError, match="reach_m=60"):
        sc.isochrones(network, centers, reach_m=60.0, cells=sc.drawing_cells(network))


def test_two_centers_of_one_id_are_refused() -> None:
    """Their isochrones could not be told apart."""
    with pytest.raises(sc.SchemaError, match="centers: the id 'a' stands twice"):
        sc.isochrones(network_of([[(0, 0), (900, 0)]]), point_table([(0, 0), (80, 0)]).set_axis(["a", "a"]))


@pytest.mark.parametrize("reach_m", [0.0, float("nan"), float("inf")])
def test_a_reach_that_is_none_is_refused(reach_m) -> None:
    """Drawn distances are finite metres above 0."""
    with pytest.raises(sc.InputError, match="reach_m"):
        sc.drawing_cells(network_of([[(0, 0), (900, 0)]]), reach_m=reach_m)


@pytest.mark.parametrize("minutes", [0, -5, float("nan"), (), "15", ("15",), None])
def test_a_walking_time_that_is_none_is_refused(minutes) -> None:
    """Walking times are finite numbers above 0; a text is not taken letter by letter for 1 and 5."""
    with pytest.raises(sc.InputError, match="minutes"):
        sc.isochrones(network_of([[(0, 0), (900, 0)]]), point_table([(0, 0)]), minutes=minutes)


def test_walking_times_of_one_name_are_refused() -> None:
    """Two rows would have the same id; the same time twice is one."""
    network, centers = network_of([[(0, 0), (1000, 0)]]), point_table([(0, 0)])
    with pytest.raises(
        sc.InputError, match=r"minutes: found 10\.0 and 10\.0000001, expected times that are told apart"
    ):
        sc.isochrones(network, centers, minutes=(10, 10.0000001))
    assert sc.isochrones(network, centers, minutes=(10, 10.0, 5)).index.tolist() == ["p0-5", "p0-10"]
