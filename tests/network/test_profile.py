import inspect
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import servicecircle as sc
from servicecircle.network.profile import ASSUMPTION, GB_50180, HCM, PROFILES, STUDY_FILE, VALUES
from servicecircle.study.file import Walk
from tests.analysis.test_travel import place, street
from tests.inputs.osm_files import write_osm
from tests.network.streets import oracle_minutes, point_table, street_table

FLAT = sc.WalkProfile(speed_kmh=4.8)


def walked(lines, homes, centers, *, profile=FLAT, **columns):
    """Return the minutes from each home to its nearest center."""
    network = sc.WalkNetwork.from_streets(street_table(lines, **columns), profile=profile, min_component_m=0)
    demand = point_table(homes, weight=[1.0] * len(homes))
    return sc.travel_times(network, demand, point_table(centers), max_snap_m=1000).nearest_minutes.tolist()


def test_steps_take_longer_by_their_factor() -> None:
    """80 m of street and 80 m of steps are one minute and two at a factor of 2."""
    lines, columns = [[(0, 0), (80, 0)], [(80, 0), (160, 0)]], {"highway": ["footway", "steps"]}
    assert walked(lines, [(0, 0)], [(160, 0)], **columns) == pytest.approx([2.0])
    assert walked(lines, [(0, 0)], [(160, 0)], profile=replace(FLAT, steps_factor=2.0), **columns) == pytest.approx(
        [3.0]
    )


def test_a_wheelchair_goes_round_the_steps_and_cannot_start_on_them() -> None:
    """160 m over steps are closed, the ramp of 320 m is open; a door on the steps is served from the nearest street."""
    lines = [[(0, 0), (80, 0)], [(80, 0), (240, 0)], [(80, 0), (160, 138.5641), (240, 0)], [(240, 0), (320, 0)]]
    profile = replace(sc.WalkProfile.preset("wheelchair"), speed_kmh=4.8)
    columns = {"highway": ["footway", "steps", "footway", "footway"]}
    minutes = walked(lines, [(0, 0), (90, -1)], [(320, 0)], profile=profile, **columns)
    assert minutes[0] == pytest.approx(1 + 4 + 1, abs=1e-4)
    assert minutes[1] == pytest.approx(np.hypot(10, 1) / 80 + 4 + 1, abs=0.1)


@pytest.mark.parametrize(
    ("column", "value", "there", "back"),
    [("oneway:foot", "yes", 2.0, 4.0), ("oneway:foot", "-1", 4.0, 2.0), ("conveying", "forward", 2.0, 4.0),
     ("conveying", "backward", 4.0, 2.0), ("conveying", "reversible", 2.0, 2.0)],
)  # fmt: skip
def test_a_one_way_path_is_walked_with_its_line_alone(column, value, there, back) -> None:
    """Along the path it is 160 m, against it one walks the 320 m round the block; however the line is drawn."""
    lines = [[(0, 0), (160, 0)], [(0, 0), (0, 80), (160, 80), (160, 0)]]
    columns = {column: [value, None]}
    assert walked(lines, [(-1, 0)], [(161, 0)], **columns)[0] == pytest.approx(there + 2 / 80)
    assert walked(lines, [(161, 0)], [(-1, 0)], **columns)[0] == pytest.approx(back + 2 / 80)
    against = {"yes": "-1", "-1": "yes", "forward": "backward", "backward": "forward"}
    turned, columns = [lines[0][::-1], lines[1]], {column: [against.get(value, value), None]}
    assert walked(turned, [(-1, 0)], [(161, 0)], **columns)[0] == pytest.approx(there + 2 / 80)


def with_heights(line, heights) -> shapely.LineString:
    """Lift the vertices of a line, one after the other."""
    xy = shapely.get_coordinates(line)
    return shapely.LineString(np.column_stack([xy, np.resize(heights, len(xy))]))


@given(
    streets=st.lists(street, min_size=1, max_size=12),
    demand=st.lists(place, min_size=1, max_size=8),
    facilities=st.lists(place, min_size=1, max_size=8),
    ways=st.lists(st.sampled_from([None, "yes", "-1"]), min_size=12, max_size=12),
    kinds=st.lists(st.sampled_from(["footway", "steps"]), min_size=12, max_size=12),
    factor=st.sampled_from([1.0, 2.5, np.inf]),
    heights=st.lists(st.integers(-20, 20), min_size=24, max_size=24),
)
def test_directed_walks_equal_networkx(streets, demand, facilities, ways, kinds, factor, heights) -> None:
    """One-way paths, steps, slopes and crossings, every pair and the nearest, to 1e-6."""
    table = street_table(streets, highway=kinds[: len(streets)])
    table["oneway:foot"] = ways[: len(streets)]
    table["crossings"] = [abs(height) % 3 / 2 for height in heights[: len(streets)]]
    table = table.set_geometry([with_heights(line, heights) for line in table.geometry], crs=table.crs)
    profile = replace(FLAT, steps_factor=factor, crossing_s=15.0)
    if np.isinf(factor) and set(kinds[: len(streets)]) == {"steps"}:
        with pytest.raises(sc.InputError, match="segments are closed"):
            sc.WalkNetwork.from_streets(table, profile=profile, min_component_m=0, elevation="z")
        return
    network = sc.WalkNetwork.from_streets(table, profile=profile, min_component_m=0, elevation="z")
    homes, centers = point_table(demand, weight=np.ones(len(demand))), point_table(facilities)
    times = sc.travel_times(network, homes, centers, max_minutes=12, max_snap_m=2000)
    snap = {"max_snap_m": 2000}
    expected = oracle_minutes(network, network.snap(homes, "homes", **snap), network.snap(centers, "centers", **snap))
    np.testing.assert_allclose(times.nearest_minutes, expected.min(axis=1), atol=1e-6)
    facility = np.repeat(np.arange(len(facilities)), np.diff(times.indptr))
    np.testing.assert_allclose(times.minutes, expected[times.demand_index, facility], atol=1e-6)
    assert len(times.minutes) >= (expected <= 12 - 1e-6).sum()


def test_every_profile_names_its_source_and_a_study_may_change_it() -> None:
    """A value has a source or says that it is assumed; what the study file says replaces the profile's value."""
    for profile in PROFILES.values():
        assert {profile.source(value) for value in VALUES} <= {ASSUMPTION, GB_50180, HCM}
        assert f"\n{profile.name} " in (inspect.getdoc(sc.WalkProfile.preset) or "")
    assert sc.WalkProfile.preset("gb50180").source("speed_kmh") == GB_50180
    assert Walk(profile="elderly").walker == sc.WalkProfile.preset("elderly")
    mine = Walk(profile="elderly", speed_kmh=3.0, closed={"surface": ["cobblestone"]}).walker
    assert (mine.speed_kmh, mine.steps_factor) == (3.0, sc.WalkProfile.preset("elderly").steps_factor)
    assert mine.closed == {"surface": ("cobblestone",)}
    assert [mine.source(value) for value in (*VALUES, "closed")] == [
        STUDY_FILE,
        ASSUMPTION,
        ASSUMPTION,
        HCM,
        STUDY_FILE,
    ]
    assert Walk().walker.speed_kmh == 4.0
    with pytest.raises(sc.InputError, match="steps_factor"):
        sc.WalkProfile(steps_factor=0)
    with pytest.raises(sc.InputError, match=r"signal_s: found -1\.0, expected seconds of at least 0"):
        sc.WalkProfile(signal_s=-1.0)
    with pytest.raises(sc.InputError, match="'cyclist', expected one of gb50180, adult"):
        sc.WalkProfile.preset("cyclist")


def test_a_crossing_on_the_way_is_waited_for_once() -> None:
    """160 m are two minutes, the signal between both halves one half on each: 30 s more, there and back."""
    lines, waits = [[(0, 0), (80, 0)], [(80, 0), (160, 0)]], replace(FLAT, crossing_s=12.0, signal_s=30.0)
    for column, seconds in (("crossings", 12.0), ("signals", 30.0)):
        columns = {column: [0.5, 0.5]}
        assert walked(lines, [(0, 0)], [(160, 0)], **columns) == pytest.approx([2.0])
        assert walked(lines, [(0, 0)], [(160, 0)], profile=waits, **columns) == pytest.approx([2.0 + seconds / 60])
        assert walked(lines, [(160, 0)], [(0, 0)], profile=waits, **columns) == pytest.approx([2.0 + seconds / 60])
    with pytest.raises(sc.InputError, match="id 's1', column crossings: found 'zebra', expected a number"):
        walked(lines, [(0, 0)], [(160, 0)], profile=waits, crossings=[None, "zebra"])


def test_who_walks_past_an_osm_crossing_pays_once_and_who_stays_on_the_street_nothing(tmp_path) -> None:
    """From the file to the minutes: over the street by the foot way costs the signal, along the street does not."""
    node = {1: (9.0, 0.0), 2: (9.001, 0.0), 3: (9.002, 0.0), 4: (9.001, -0.001), 5: (9.001, 0.001)}
    ways = [(7, [1, 2, 3], {"highway": "residential"}), (8, [4, 2, 5], {"highway": "footway"})]
    lights = {2: {"highway": "crossing", "crossing": "traffic_signals"}}
    streets = sc.read_streets(write_osm(tmp_path / "city.osm", node, ways, lights), issues=[])
    homes, ends = (
        gpd.GeoDataFrame(
            {"weight": [1.0, 1.0]}, geometry=gpd.points_from_xy(*zip(*(node[i] for i in some), strict=True)), crs=4326
        ).to_crs(streets.crs)
        for some in ((1, 4), (3, 5))
    )
    minutes = {}
    for wait in (0.0, 30.0):
        network = sc.WalkNetwork.from_streets(streets, profile=replace(FLAT, signal_s=wait), min_component_m=0)
        times = sc.travel_times(network, homes, ends)
        minutes[wait] = times.minutes.reshape(2, 2)
    # Rows are ends (east, north), columns homes (west, south): along, round the corner; round the corner, across.
    np.testing.assert_allclose((minutes[30.0] - minutes[0.0]) * 60, [[0, 15], [15, 30]], atol=1e-9)


def test_what_a_profile_cannot_use_is_gone_round() -> None:
    """Sand stops a wheelchair: 160 m straight on become 320 m round the block; without such tags nothing does."""
    lines = [[(0, 0), (160, 0)], [(0, 0), (0, 80), (160, 80), (160, 0)]]
    wheels = replace(sc.WalkProfile.preset("wheelchair"), speed_kmh=4.8)
    assert walked(lines, [(0, 0)], [(160, 0)], surface=["sand", None]) == pytest.approx([2.0])
    assert walked(lines, [(0, 0)], [(160, 0)], profile=wheels, surface=["sand", None]) == pytest.approx([4.0])
    assert walked(lines, [(0, 0)], [(160, 0)], profile=wheels, wheelchair=["no", "yes"]) == pytest.approx([4.0])
    assert walked(lines, [(0, 0)], [(160, 0)], profile=wheels) == pytest.approx([2.0])


def test_a_terrace_between_steps_is_no_crumb() -> None:
    """Who lives on 100 m of path between two flights cannot be reached on wheels, not even from the street near by."""
    lines = [
        [(0, 0), (600, 0)],
        [(300, 0), (300, 30)],
        [(300, 30), (400, 30)],
        [(600, 0), (400, 30)],
        [(0, 0), (300, 0)],
    ]
    columns = {"highway": ["footway", "steps", "footway", "steps", "footway"]}
    wheels = sc.WalkProfile.preset("wheelchair")
    network = sc.WalkNetwork.from_streets(street_table(lines, **columns), profile=wheels, min_component_m=500)
    times = sc.travel_times(network, point_table([(350, 31)], weight=[1.0]), point_table([(0, 0)]))
    assert times.nearest_minutes.tolist() == [np.inf]
    figures = network.figures()
    assert (figures["closed_segments"], figures["dropped_components"]) == (2, 0)
    assert figures["closed_km"] == pytest.approx((30 + np.hypot(200, 30)) / 1000)


def test_a_profile_goes_by_its_name_and_a_speed_by_itself() -> None:
    """The speed said replaces that of the profile; without both everyone walks at 4.0 km/h."""
    streets = street_table([[(0, 0), (600, 0)]])
    network = sc.WalkNetwork.from_streets(streets, profile="elderly")
    assert network.profile == sc.WalkProfile.preset("elderly")
    slow = sc.WalkNetwork.from_streets(streets, profile="elderly", speed_kmh=3.0).profile
    assert (slow.speed_kmh, slow.steps_factor, slow.name) == (3.0, 2.0, "elderly")
    assert sc.WalkNetwork.from_streets(streets).profile == sc.WalkProfile()


@given(
    streets=st.lists(street, min_size=1, max_size=8),
    demand=st.lists(place, min_size=1, max_size=6),
    facilities=st.lists(place, min_size=1, max_size=3),
    heights=st.lists(st.integers(-20, 20), min_size=12, max_size=12),
    names=st.lists(st.sampled_from(list(PROFILES)), min_size=2, max_size=2),
)
def test_whoever_is_better_at_everything_never_walks_longer(streets, demand, facilities, heights, names) -> None:
    """A profile with the better of each value of two, on slopes and at crossings, covers no less than either."""
    kinds = ["steps" if height > 0 else None for height in np.resize(heights, len(streets))]
    table = street_table(streets, highway=kinds, signals=[0.5] * len(streets), crossings=[1.0] * len(streets))
    table = table.set_geometry([with_heights(line, heights) for line in table.geometry], crs=table.crs)
    usual = [PROFILES[name] for name in names]
    one, two = (replace(walker, steps_factor=min(walker.steps_factor, 9.0), closed={}) for walker in usual)
    best = replace(
        one,
        speed_kmh=max(one.speed_kmh, two.speed_kmh),
        **{key: min(getattr(one, key), getattr(two, key)) for key in ("steps_factor", "crossing_s", "signal_s")},
    )
    homes, centers = point_table(demand, weight=np.ones(len(demand))), point_table(facilities)
    minutes = []
    for walker in (one, two, best):
        network = sc.WalkNetwork.from_streets(table, profile=walker, elevation="z", min_component_m=0)
        minutes.append(sc.travel_times(network, homes, centers, max_snap_m=2000).nearest_minutes)
    assert (minutes[2] <= np.minimum(minutes[0], minutes[1]) + 1e-9).all()
