"""Slope, steps, one-way paths, crossings, barriers, new streets and entrances, all at once."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

import servicecircle as sc
from tests.analysis.test_entrances import with_doors
from tests.analysis.test_isochrones import CELL, places_near_streets, random_town
from tests.analysis.test_travel import place, street
from tests.network.streets import oracle_minutes, point_table, street_table
from tests.network.test_additions import new_streets
from tests.network.test_barriers import bar, shapes
from tests.network.test_profile import with_heights

WALKER = replace(sc.WalkProfile.preset("elderly"), speed_kmh=4.0, closed={"surface": ("mud",)})


@given(
    streets=st.lists(street, min_size=3, max_size=9),
    added=st.lists(street, min_size=1, max_size=2),
    bars=st.lists(bar, min_size=1, max_size=3),
    demand=st.lists(place, min_size=1, max_size=6),
    doors=st.lists(st.lists(place, min_size=1, max_size=3), min_size=1, max_size=3),
    heights=st.lists(st.integers(-20, 20), min_size=9, max_size=9),
    ways=st.lists(st.sampled_from([None, None, "yes", "-1"]), min_size=9, max_size=9),
    kinds=st.lists(st.sampled_from(["footway", "footway", "steps"]), min_size=9, max_size=9),
    ground=st.lists(st.sampled_from(["asphalt", "asphalt", "mud"]), min_size=9, max_size=9),
)
def test_all_rules_agree_with_networkx(streets, added, bars, demand, doors, heights, ways, kinds, ground) -> None:
    """Every pair within the limit and the nearest, to 1e-6, on the network that all of them leave."""
    count = len(streets)
    table = street_table(streets, highway=kinds[:count], surface=ground[:count], signals=[0.5] * count)
    table["oneway:foot"] = ways[:count]
    table = table.set_geometry([with_heights(line, heights) for line in table.geometry], crs=table.crs)
    table = sc.shut_streets(table, shapes(*bars), snap_m=500, issues=[])
    table = sc.join_streets(table, new_streets(added), issues=[])
    network = sc.WalkNetwork.from_streets(table, profile=WALKER, elevation="z", min_component_m=0)
    homes = point_table(demand, weight=np.ones(len(demand)))
    centers = with_doors(point_table([some[0] for some in doors]), {f"p{i}": some for i, some in enumerate(doors)})
    times = sc.travel_times(network, homes, centers, max_minutes=12, max_snap_m=2000)
    flat = point_table([door for some in doors for door in some])
    origin, target = (network.snap(layer, "layer", max_snap_m=2000) for layer in (homes, flat))
    ends = np.cumsum([len(some) for some in doors])[:-1]
    walks = np.split(oracle_minutes(network, origin, target), ends, axis=1)
    expected = np.column_stack([part.min(axis=1) for part in walks])
    np.testing.assert_allclose(times.nearest_minutes, expected.min(axis=1), atol=1e-6)
    facility = np.repeat(np.arange(len(doors)), np.diff(times.indptr))
    np.testing.assert_allclose(times.minutes, expected[times.demand_index, facility], atol=1e-6)
    assert len(times.minutes) >= (expected <= 12 - 1e-6).sum()


def test_the_isochrone_is_coverage_drawn_under_all_rules() -> None:
    """On a hilly town with walls, crossings and two doors a center, random places agree as on a level one."""
    plain, _ = random_town(4)
    rng = np.random.default_rng(4)
    lines = plain.lines()[plain.usable]
    xy = [shapely.get_coordinates(line) for line in lines]
    high = [shapely.LineString(np.column_stack([at, 30 * np.sin(at[:, 0] / 150) + at[:, 1] / 40])) for at in xy]
    table = gpd.GeoDataFrame(
        {
            "oneway:foot": rng.choice([None, "yes", "-1"], len(high), p=[0.9, 0.05, 0.05]),
            "highway": rng.choice(["footway", "steps"], len(high), p=[0.95, 0.05]),
            "crossings": rng.choice([0.0, 0.5, 1.0], len(high)),
        },
        geometry=high,
        index=[f"s{number}" for number in range(len(high))],
        crs=plain.crs,
    )
    posts = gpd.GeoDataFrame(geometry=shapely.points(rng.uniform(0, 1300, (12, 2)) + xy[0].min(axis=0)), crs=plain.crs)
    table = sc.shut_streets(table, posts, snap_m=100, issues=[])
    network = sc.WalkNetwork.from_streets(table, profile=WALKER, elevation="z", min_component_m=300)
    places = rng.uniform(200, 1100, (3, 2, 2))
    centers = with_doors(
        point_table(places[:, 0]), {f"p{i}": [tuple(at) for at in some] for i, some in enumerate(places)}
    )
    rings = sc.isochrones(network, centers, minutes=(4, 9))
    asked = places_near_streets(network, 6000, 100.0, rng)
    points = asked.geometry.to_numpy()
    for center in centers.index:
        times = sc.travel_times(network, asked, centers.loc[[center]], max_minutes=9)
        for minutes in (4, 9):
            shape = rings.loc[(rings.center == center) & (rings.minutes == minutes), "geometry"].item()
            wrong = np.flatnonzero(shapely.contains(shape, points) != (times.nearest_minutes <= minutes))
            assert len(wrong) <= 0.005 * len(points)
            assert shapely.distance(shapely.boundary(shape), points[wrong]).max(initial=0) <= CELL
