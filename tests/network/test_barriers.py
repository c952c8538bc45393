"""Streets that are shut, solved by hand; the streets given stay as they were."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import servicecircle as sc
from servicecircle.inputs.issues import RowIssue
from tests.analysis.test_travel import place, street
from tests.network.streets import CRS, ORIGIN, point_table, street_table, walked

#: 160 m straight on, or 320 m round the block.
BLOCK = [[(0, 0), (160, 0)], [(0, 0), (0, 80), (160, 80), (160, 0)]]


def shapes(*drawn) -> gpd.GeoDataFrame:
    """Place barriers in metres around the origin."""
    moved = [shapely.transform(shape, lambda xy: xy + ORIGIN) for shape in drawn]
    return gpd.GeoDataFrame(geometry=moved, index=[f"b{i}" for i in range(len(moved))], crs=CRS)


def walks(streets: gpd.GeoDataFrame, homes, centers, **options) -> list[float]:
    """Return the minutes from each home to its nearest center."""
    network = sc.WalkNetwork.from_streets(streets, speed_kmh=4.8, min_component_m=0)
    demand = point_table(homes, weight=[1.0] * len(homes))
    return sc.travel_times(network, demand, point_table(centers), **options).nearest_minutes.tolist()


@pytest.mark.parametrize(
    "barrier",
    [
        shapely.Point(80, 6),
        shapely.LineString([(80, -20), (80, 20)]),
        shapely.LineString([(80, -20), (80, 0)]),
        shapely.box(70, -5, 90, 5),
        shapely.MultiPoint([(60, 0), (100, 0)]),
        shapely.box(90, -5, 70, 5).exterior,
    ],
)
@pytest.mark.parametrize("ids", [True, False])
def test_a_barrier_is_gone_round(barrier, ids) -> None:
    """A gate post, a wall across or up to the street, a building site, a fence around it: two minutes become four."""
    streets = street_table(BLOCK)
    if ids:
        streets = streets.assign(u=["a", "a"], v=["b", "b"])
    issues: list[RowIssue] = []
    shut = sc.shut_streets(streets, shapes(barrier), issues=issues)
    assert walks(streets, [(0, 0)], [(160, 0)]) == pytest.approx([2.0])
    assert walks(shut, [(0, 0)], [(160, 0)]) == pytest.approx([4.0])
    assert issues == []
    assert "shut" not in streets
    assert shut["length_m"].sum() == pytest.approx(streets["length_m"].sum())


def test_those_on_either_side_still_walk_to_their_own_end() -> None:
    """The wall stands at 80 m: the neighbour at 40 m reaches the west end in half a minute, the other goes round."""
    shut = sc.shut_streets(street_table(BLOCK), shapes(shapely.LineString([(80, -20), (80, 20)])))
    assert walks(shut, [(40, 0), (120, 0)], [(0, 0)]) == pytest.approx([0.5, 0.5 + 4.0])
    network = sc.WalkNetwork.from_streets(shut, min_component_m=0)
    assert network.figures()["closed_segments"] == 1
    assert network.figures()["closed_km"] == pytest.approx(0.0002)


def test_who_lives_inside_a_flooded_area_starts_at_its_edge() -> None:
    """The part under water is no street: the door at 80 m is attached to the open street at 60 m."""
    shut = sc.shut_streets(street_table(BLOCK), shapes(shapely.box(60, -30, 104, 30)))
    assert walks(shut, [(80, 0)], [(0, 0)]) == pytest.approx([80 / 80])


def test_what_a_wall_cuts_off_is_no_crumb() -> None:
    """A compound with 300 m of street behind its wall is unreachable, not served across the wall."""
    lines = [[(0, 0), (700, 0)], [(350, 0), (350, 300)]]
    streets = street_table(lines)
    shut = sc.shut_streets(
        street_table([[(0, 0), (350, 0)], [(350, 0), (700, 0)], lines[1]]), shapes(shapely.Point(350, 20))
    )
    network = sc.WalkNetwork.from_streets(shut, min_component_m=500)
    times = sc.travel_times(network, point_table([(352, 40)], weight=[1.0]), point_table([(0, 0)]))
    assert times.nearest_minutes.tolist() == [np.inf]
    assert not times.off_network.any()
    assert len(streets) == 2


def test_a_barrier_that_touches_nothing_is_reported() -> None:
    """A post 10.1 m from the street shuts nothing; two barriers in a row count where they stand."""
    issues: list[RowIssue] = []
    far = shapes(shapely.Point(80, -10.1), shapely.Point(40, 9.9), shapely.box(500, 500, 510, 510))
    shut = sc.shut_streets(street_table(BLOCK), far, name="walls.gpkg", issues=issues)
    assert [(i.file, i.value, i.problem, i.action) for i in issues] == [
        ("walls.gpkg", "b0", "touches_no_street", "left out"), ("walls.gpkg", "b2", "touches_no_street", "left out"),
    ]  # fmt: skip
    assert shut["shut"].sum() == 1
    again = sc.shut_streets(shut, shapes(shapely.Point(0, 40)))
    assert again["shut"].sum() == 2
    assert walks(again, [(0, 0)], [(160, 0)]) == [np.inf]


def test_a_layer_in_another_crs_is_refused() -> None:
    """Degrees are not metres."""
    with pytest.raises(sc.CRSError, match=r"Reproject it with .to_crs\(streets.crs\)"):
        sc.shut_streets(street_table(BLOCK), shapes(shapely.Point(0, 0)).to_crs(4326))
    with np.errstate(invalid="ignore"):
        nowhere = shapes(shapely.Point(0, 0), shapely.from_wkt("LINESTRING (NaN 0, 1 1)"))
    with pytest.raises(sc.InputError, match=r"barriers, id 'b1': found .*expected finite coordinates"):
        sc.shut_streets(street_table(BLOCK), nowhere)
    with pytest.raises(sc.InputError, match="snap_m: found nan"):
        sc.shut_streets(street_table(BLOCK), shapes(shapely.Point(0, 0)), snap_m=float("nan"))


@given(
    posts=st.sets(st.tuples(st.integers(0, 3), st.integers(0, 4), st.booleans()), max_size=12),
    home=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    center=st.tuples(st.integers(0, 4), st.integers(0, 4)),
)
def test_on_a_grid_shut_blocks_are_edges_that_networkx_has_not(posts, home, center) -> None:
    """A post in the middle of a block of 80 m takes its edge away; every other walk is whole minutes."""
    graph = nx.grid_2d_graph(5, 5)
    streets = street_table([[(80 * x, 80 * y) for x, y in edge] for edge in graph.edges])
    middle = []
    for i, j, across in sorted(posts):
        a, b = ((i, j), (i + 1, j)) if across else ((j, i), (j, i + 1))
        graph.remove_edge(a, b)
        middle.append(shapely.Point(40 * (a[0] + b[0]), 40 * (a[1] + b[1])))
    if middle:
        streets = sc.shut_streets(streets, shapes(*middle))
    try:
        expected = nx.shortest_path_length(graph, home, center)
    except nx.NetworkXNoPath:
        expected = np.inf
    found = walks(streets, [(80 * home[0], 80 * home[1])], [(80 * center[0], 80 * center[1])], max_minutes=60)
    assert found == pytest.approx([expected], abs=1e-6)


bar = st.one_of(
    st.builds(shapely.Point, st.integers(0, 500), st.integers(0, 500)),
    st.builds(lambda a, b: shapely.LineString([a, b]), place, place),
    st.builds(
        lambda x, y, w, h: shapely.box(x, y, x + w, y + h), *[st.integers(0, 450)] * 2, *[st.integers(5, 200)] * 2
    ),
)


@given(
    streets=st.lists(street, min_size=2, max_size=10),
    bars=st.lists(bar, min_size=1, max_size=4),
    demand=st.lists(place, min_size=1, max_size=8),
    facilities=st.lists(place, min_size=1, max_size=4),
)
def test_shutting_never_shortens_a_walk_and_agrees_with_networkx(streets, bars, demand, facilities) -> None:
    """Between places whose own street stays open no walk is shorter; all walks are those of the oracle."""
    table = street_table(streets)
    shut = sc.shut_streets(table, shapes(*bars), snap_m=500, issues=[])
    if shut["shut"].all():
        return
    plain, edited = (walked(streets, demand, facilities) for streets in (table, shut))
    # Of two streets that lie on each other, or of a street that lies on itself, a place may change sides.
    if not table.is_simple.all():
        return
    of = [[[str(key).split("-")[0] for key in ids] for ids in each.street_ids] for each in (plain, edited)]
    same = [
        (np.abs(a.distance_m - b.distance_m) < 1e-9) & (np.array(one) == np.array(other))
        for a, b, one, other in zip(plain.snaps, edited.snaps, *of, strict=True)
    ]
    if not same[1].all():
        return
    kept = same[0] & np.array([key in shut.index and not shut.loc[key, "shut"] for key in plain.street_ids[0]])
    assert (edited.minutes[kept] >= plain.minutes[kept] - 1e-6).all()
