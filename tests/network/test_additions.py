"""Streets that are added, solved by hand; the streets given stay as they were."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import servicecircle as sc
from servicecircle.inputs.issues import RowIssue
from tests.analysis.test_travel import place, street
from tests.network.streets import ORIGIN, network_of, point_table, street_table, walked
from tests.network.test_barriers import shapes, walks

#: Two banks of a river, joined by a bridge 400 m to the east.
BANKS = [[(0, 0), (400, 0)], [(0, 80), (400, 80)], [(400, 0), (400, 80)]]


def new_streets(lines, **columns) -> gpd.GeoDataFrame:
    """Draw new streets, named n0, n1 and so on."""
    table = street_table(lines, **columns).drop(columns="length_m")
    return table.set_axis([f"n{i}" for i in range(len(table))])


def with_ids(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Name the junctions by their places, as OpenStreetMap files do."""
    ends = [shapely.get_coordinates(shapely.get_point(table.geometry.to_numpy(), at)) for at in (0, -1)]
    u, v = ([f"{x:.0f} {y:.0f}" for x, y in xy - ORIGIN] for xy in ends)
    return table.assign(u=u, v=v)


@pytest.mark.parametrize("name", [lambda table: table, with_ids])
@pytest.mark.parametrize(
    "bridge",
    [
        [(80, 0), (80, 80)],
        [(80, 1.5), (80, 78.5)],
        [(80, -20), (80, 100)],
        [(80, 80), (80, 40), (80, 0)],
    ],
)
def test_a_bridge_joins_both_banks(name, bridge) -> None:
    """Drawn exactly, 1.5 m short or 20 m too long: 80 m over it are a minute, where it was nine by the far bridge."""
    streets = name(street_table(BANKS))
    issues: list[RowIssue] = []
    joined = sc.join_streets(streets, new_streets([bridge]), issues=issues)
    assert walks(streets, [(80, 0)], [(80, 80)]) == pytest.approx([9.0])
    assert walks(joined, [(80, 0), (40, 0)], [(80, 80)]) == pytest.approx([1.0, 1.5], abs=1e-3)
    assert walks(joined, [(400, 0)], [(400, 80)]) == pytest.approx([1.0])
    assert issues == []
    assert len(streets) == 3


@pytest.mark.parametrize("name", [lambda table: table, with_ids])
def test_a_bridge_passes_over_what_a_street_would_join(name) -> None:
    """Two old streets, a new one across both: as a street it joins them at 80 m, as a bridge at its own ends alone."""
    lines = [
        [(0, 0), (400, 0)],
        [(0, 80), (400, 80)],
        [(0, 160), (400, 160)],
        [(400, 0), (400, 80)],
        [(400, 80), (400, 160)],
    ]
    streets = name(street_table(lines))
    across = [[(80, 0), (80, 160)]]
    joined = sc.join_streets(streets, new_streets(across))
    assert walks(joined, [(80, 0)], [(80, 80)]) == pytest.approx([1.0], rel=1e-3)
    for columns in ({"bridge": ["yes"]}, {"layer": ["1"]}):
        over = sc.join_streets(streets, new_streets(across, **columns))
        assert walks(over, [(80, 0)], [(80, 160)]) == pytest.approx([2.0], rel=1e-3)
        assert walks(over, [(80, 0)], [(80, 80)], max_snap_m=0)[0] > 8


@pytest.mark.parametrize("name", [lambda table: table, with_ids])
def test_a_gate_opens_a_wall(name) -> None:
    """A wall cuts the street at 80 m; a gate of 10 m through it opens it again, another street beside it does not."""
    streets = name(street_table([[(0, 0), (160, 0)], [(0, 0), (0, 80), (160, 80), (160, 0)]]))
    wall = shapes(shapely.LineString([(80, -20), (80, 100)]))
    shut = sc.shut_streets(streets, wall)
    assert walks(shut, [(0, 0)], [(160, 0)]) == [np.inf]
    opened = sc.join_streets(shut, new_streets([[(75, 0), (85, 0)]]))
    assert walks(opened, [(0, 0)], [(160, 0)]) == pytest.approx([2.0], rel=1e-3)
    assert opened["shut"].sum() == 2
    assert opened["shut"].dtype == bool


@pytest.mark.parametrize("name", [lambda table: table, with_ids])
def test_an_old_street_that_stops_beside_a_new_one_is_linked(name) -> None:
    """Dead ends 1 m from both sides of a new road reach each other over it; one 3 m away does not."""
    dead_ends = [[(80, 1), (80, 81)], [(80, -1), (80, -81)], [(120, 3), (120, 81)]]
    joined = sc.join_streets(name(street_table(dead_ends)), new_streets([[(0, 0), (200, 0)]]))
    found = walks(joined, [(80, 81), (120, 81)], [(80, -81)], max_snap_m=0.5)
    assert found == pytest.approx([162 / 80, np.inf], rel=1e-3)


def test_streets_that_tell_no_lengths_can_be_joined() -> None:
    """The network measures them all: the bridge takes a minute as where lengths are told."""
    joined = sc.join_streets(street_table(BANKS).drop(columns="length_m"), new_streets([[(80, 0), (80, 80)]]))
    assert "length_m" not in joined
    assert walks(joined, [(80, 0)], [(80, 80)]) == pytest.approx([1.0], rel=1e-3)


def test_no_new_street_changes_nothing() -> None:
    """A layer without rows is none."""
    streets = street_table(BANKS)
    joined = sc.join_streets(streets, new_streets([[(0, 0), (1, 1)]]).iloc[:0])
    assert joined.geometry.to_dict() == streets.geometry.to_dict()


@pytest.mark.parametrize("wkt", ["LINESTRING EMPTY", None, "LINESTRING (0 0, NaN 1)"])
def test_a_new_street_without_a_place_is_refused(wkt) -> None:
    """It is named, before anything is joined."""
    added = new_streets([[(0, 0), (1, 1)], [(2, 2), (3, 3)]])
    with np.errstate(invalid="ignore"):
        added = added.set_geometry([added.geometry.iloc[0], shapely.from_wkt(wkt)], crs=added.crs)
    with pytest.raises(sc.InputError, match=r"added streets, id 'n1': found .*finite coordinates"):
        sc.join_streets(street_table(BANKS), added)


def test_a_street_that_joins_nothing_is_doubted() -> None:
    """2.1 m away is another place; two new streets that join each other and an old one are none of that."""
    issues: list[RowIssue] = []
    lines = [[(80, 2.1), (80, 40)], [(200, 0), (200, 40)], [(200, 40), (300, 40)]]
    sc.join_streets(street_table(BANKS[:1]), new_streets(lines), name="new.gpkg", issues=issues)
    assert [(i.file, i.value, i.problem, i.action) for i in issues] == [
        ("new.gpkg", "n0", "joins_no_street", "doubted")
    ]
    with pytest.raises(sc.InputError, match=r"id 'b0': found POINT .*expected a LineString"):
        sc.join_streets(street_table(BANKS), shapes(shapely.Point(0, 0)))
    with pytest.raises(sc.CRSError, match="like the streets"):
        sc.join_streets(street_table(BANKS), new_streets(lines).to_crs(4326))


def test_a_cut_street_keeps_its_metres_and_its_crossings() -> None:
    """Cut at a quarter, it has a quarter of the length it was given and of the crossings on it, and all its tags."""
    streets = street_table([[(0, 0), (400, 0)]], highway=["footway"], crossings=[2.0]).assign(length_m=[500.0])
    joined = sc.join_streets(streets, new_streets([[(100, 0), (100, 80)]]))
    old = joined[~joined.index.str.startswith("added-")]
    assert old.index.tolist() == ["s0-0", "s0-1"]
    assert old["length_m"].tolist() == pytest.approx([125.0, 375.0])
    assert old["crossings"].tolist() == pytest.approx([0.5, 1.5])
    assert old["highway"].tolist() == ["footway"] * 2
    new = joined.loc["added-n0"]
    assert new["length_m"] == pytest.approx(80 / 0.9996, abs=1e-3)  # geodesic: UTM is short here


def test_a_new_street_climbs_evenly_from_joint_to_joint() -> None:
    """Streets at 0 m and at 8 m of height, 80 m apart: the new one between them climbs a tenth."""
    flat = street_table(BANKS[:2])
    high = flat.set_geometry(shapely.force_3d(flat.geometry.to_numpy(), z=[0.0, 8.0]), crs=flat.crs)
    joined = sc.join_streets(high, new_streets([[(80, 0), (80, 80)]]))
    network = sc.WalkNetwork.from_streets(joined, speed_kmh=4.8, elevation="z", min_component_m=0)
    ends = point_table([(80, 0), (80, 80)], weight=[1.0, 1.0])
    up = sc.travel_times(network, ends.iloc[[0]], ends.iloc[[1]]).nearest_minutes
    assert up == pytest.approx(np.exp(0.35) / 0.9996, rel=1e-3)


@given(
    streets=st.lists(street, min_size=2, max_size=8),
    added=st.lists(street, min_size=1, max_size=4),
    demand=st.lists(place, min_size=1, max_size=8),
    facilities=st.lists(place, min_size=1, max_size=4),
    name=st.sampled_from([lambda table: table, with_ids]),
)
def test_adding_never_lengthens_a_walk_and_agrees_with_networkx(streets, added, demand, facilities, name) -> None:
    """Between places that stay attached to the old streets no walk is longer; all walks are those of the oracle."""
    table = name(street_table(streets))
    joined = sc.join_streets(table, new_streets(added), issues=[])
    plain, edited = (walked(streets, demand, facilities) for streets in (table, joined))
    same = [np.abs(a.distance_m - b.distance_m) < 1e-6 for a, b in zip(plain.snaps, edited.snaps, strict=True)]
    if same[1].all():
        kept = same[0]
        # A cut moves a place by less than the tolerance of a junction, 1 cm.
        assert (edited.minutes[kept] <= plain.minutes[kept] + 1e-3).all()
    assert network_of(streets).figures()["segments"] == len(streets)


def test_a_new_street_without_length_is_told() -> None:
    """It leads nowhere and is left out by name; the others are joined."""
    issues: list[RowIssue] = []
    lines = [[(80, 0), (80, 80)], [(90, 5), (90, 5)], [(200, 0), (200, 0), (200, 0)]]
    joined = sc.join_streets(street_table(BANKS), new_streets(lines), issues=issues)
    assert [(i.value, i.problem, i.action) for i in issues] == [
        ("n1", "zero_length", "left out"),
        ("n2", "zero_length", "left out"),
    ]
    assert [key for key in joined.index if key.startswith("added-")] == ["added-n0"]


def test_ids_that_stand_twice_are_refused() -> None:
    """A result that names a street would name two."""
    twice = street_table(BANKS).set_axis(["a", "b", "a"])
    with pytest.raises(sc.SchemaError, match=r"streets: the id 'a' stands twice"):
        sc.WalkNetwork.from_streets(twice, min_component_m=0)
    with pytest.raises(sc.SchemaError, match=r"added streets: the id 'a' stands twice"):
        sc.join_streets(street_table(BANKS), twice)
