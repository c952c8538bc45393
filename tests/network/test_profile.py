from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import servicecircle as sc
from servicecircle.network.profile import PROFILES
from servicecircle.studyfile import Walk
from tests.analysis.test_travel import place, street
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


@settings(max_examples=120, deadline=None)
@given(
    streets=st.lists(street, min_size=1, max_size=12),
    demand=st.lists(place, min_size=1, max_size=8),
    facilities=st.lists(place, min_size=1, max_size=8),
    ways=st.lists(st.sampled_from([None, "yes", "-1"]), min_size=12, max_size=12),
    kinds=st.lists(st.sampled_from(["footway", "steps"]), min_size=12, max_size=12),
    factor=st.sampled_from([1.0, 2.5, np.inf]),
)
def test_directed_walks_equal_networkx(streets, demand, facilities, ways, kinds, factor) -> None:
    """One-way paths and steps, every pair and the nearest, to 1e-6."""
    table = street_table(streets, highway=kinds[: len(streets)])
    table["oneway:foot"] = ways[: len(streets)]
    profile = replace(FLAT, steps_factor=factor)
    if np.isinf(factor) and set(kinds[: len(streets)]) == {"steps"}:
        with pytest.raises(sc.InputError, match="longest connected"):
            sc.WalkNetwork.from_streets(table, profile=profile, min_component_m=0)
        return
    network = sc.WalkNetwork.from_streets(table, profile=profile, min_component_m=0)
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
        assert "assumption" in profile.source or "GB 50180" in profile.source
    assert Walk(profile="elderly").walker == sc.WalkProfile.preset("elderly")
    mine = Walk(profile="elderly", speed_kmh=3.0).walker
    assert (mine.speed_kmh, mine.steps_factor) == (3.0, sc.WalkProfile.preset("elderly").steps_factor)
    assert "changed: speed_kmh" in mine.source
    assert Walk().walker.speed_kmh == 4.0
    with pytest.raises(sc.InputError, match="steps_factor"):
        sc.WalkProfile(steps_factor=0)
    with pytest.raises(sc.InputError, match="'cyclist', expected one of gb50180, adult"):
        sc.WalkProfile.preset("cyclist")
