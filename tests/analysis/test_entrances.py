"""The walk ends at the best entrance of a center, in every result."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import servicecircle as sc
from tests.analysis.test_travel import place, street
from tests.network.streets import network_of, oracle_minutes, point_table

STREET = [[(0, 0), (800, 0)]]


def with_doors(centers: gpd.GeoDataFrame, doors: dict[str, list[tuple[float, float]]]) -> gpd.GeoDataFrame:
    """Give centers their entrances, in metres around the origin of `point_table`."""
    shapes = [
        shapely.MultiPoint(shapely.get_coordinates(point_table(doors[key]).geometry.to_numpy()))
        if key in doors
        else None
        for key in centers.index
    ]
    return centers.assign(entrances=gpd.GeoSeries(shapes, index=centers.index, crs=centers.crs))


def test_a_walk_ends_at_the_best_entrance() -> None:
    """A hall at 400 m with doors at 160 m and 640 m is 1 minute from 80 m and 1 from 720 m; its middle is no door."""
    network = network_of(STREET)
    centers = with_doors(point_table([(400, 0), (800, 0)]), {"p0": [(160, 0), (640, 0)]})
    homes = point_table([(80, 0), (720, 0), (400, 0)], weight=[1.0, 2.0, 4.0])
    times = sc.travel_times(network, homes, centers, max_minutes=4)
    assert times.nearest_minutes == pytest.approx([1.0, 1.0, 3.0])
    assert times.nearest_facility.tolist() == [0, 0, 0]
    assert len(times.facilities) == 2
    assert times.indptr.tolist() == [0, 3, 4]  # one walk for each center, however many doors
    assert times.minutes == pytest.approx([1.0, 1.0, 3.0, 1.0])
    assert sc.catchments(sc.coverage(times, minutes=2))["covered"].tolist() == [3.0, 0.0]


def test_the_isochrone_of_a_center_is_drawn_around_all_its_entrances() -> None:
    """One minute around two doors are two parts of one area; the middle of the hall is outside."""
    network = network_of(STREET)
    centers = with_doors(point_table([(400, 0), (0, 0)]), {"p0": [(160, 0), (640, 0)]})
    rings = sc.isochrones(network, centers, minutes=(1, 4), reach_m=20)
    assert rings["center"].tolist() == ["p0", "p0", "p1", "p1"]
    near, far = rings.geometry.iloc[:2]
    inside = [
        near.covers(shapely.Point(*p))
        for p in point_table([(85, 0), (235, 0), (400, 0), (715, 0)]).get_coordinates().to_numpy()
    ]
    assert inside == [True, True, False, True]
    assert far.covers(near)


def test_entrances_in_another_crs_or_of_another_kind_are_refused() -> None:
    """They are points in the CRS of the centers; reprojecting a table leaves its second geometry behind."""
    network, homes = network_of(STREET), point_table([(80, 0)], weight=[1.0])
    centers = with_doors(point_table([(400, 0)]), {"p0": [(160, 0)]})
    left_behind = centers.assign(entrances=centers["entrances"].to_crs(4326))
    with pytest.raises(sc.CRSError, match=r'facilities\["entrances"\].to_crs\(facilities.crs\)'):
        sc.travel_times(network, homes, left_behind)
    with pytest.raises(sc.SchemaError, match="found a Polygon, expected points"):
        sc.travel_times(network, homes, centers.assign(entrances=centers.buffer(5)))
    with pytest.raises(sc.SchemaError, match="Use read_entrances"):
        sc.travel_times(network, homes, centers.assign(entrances=["north"]))


@given(
    streets=st.lists(street, min_size=1, max_size=10),
    demand=st.lists(place, min_size=1, max_size=8),
    doors=st.lists(st.lists(place, min_size=1, max_size=3), min_size=1, max_size=4),
    limit=st.sampled_from([2.0, 60.0]),
)
def test_every_walk_is_the_best_of_networkx_over_the_entrances(streets, demand, doors, limit) -> None:
    """The minimum over the doors of each center, to 1e-6; a further door never lengthens a walk."""
    network, homes = network_of(streets), point_table(demand, weight=np.ones(len(demand)))
    own = point_table([some[0] for some in doors])
    centers = with_doors(own, {f"p{i}": some for i, some in enumerate(doors)})
    times = sc.travel_times(network, homes, centers, max_minutes=limit, max_snap_m=2000)
    snap = {"max_snap_m": 2000}
    flat = point_table([door for some in doors for door in some])
    walks = oracle_minutes(network, network.snap(homes, "homes", **snap), network.snap(flat, "doors", **snap))
    ends = np.cumsum([len(some) for some in doors])[:-1]
    expected = np.column_stack([part.min(axis=1) for part in np.split(walks, ends, axis=1)])
    np.testing.assert_allclose(times.nearest_minutes, expected.min(axis=1), atol=1e-6)
    facility = np.repeat(np.arange(len(doors)), np.diff(times.indptr))
    np.testing.assert_allclose(times.minutes, expected[times.demand_index, facility], atol=1e-6)
    assert len(times.minutes) >= (expected <= limit - 1e-6).sum()
    alone = sc.travel_times(network, homes, own, max_minutes=limit, max_snap_m=2000)
    assert (times.nearest_minutes <= alone.nearest_minutes + 1e-9).all()
