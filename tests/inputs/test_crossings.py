"""Crossings of OpenStreetMap files, counted on the segments."""

from pathlib import Path

import pytest

from servicecircle.inputs.crossings import crossing_kind
from servicecircle.inputs.streets import read_streets
from tests.inputs.osm_files import write_osm

#: A street from west to east (1, 2, 3) and a foot way across it (4, 2, 5).
PLACES = {1: (110.30, 20.0), 2: (110.31, 20.0), 3: (110.32, 20.0), 4: (110.31, 19.99), 5: (110.31, 20.01)}
STREET, FOOT = {"highway": "residential"}, {"highway": "footway"}
ZEBRA = {"highway": "crossing", "crossing": "zebra"}
LIGHTS = {"highway": "crossing", "crossing": "traffic_signals"}


def counted(path: Path, ways, node_tags) -> dict[str, list[float]]:
    """Return what each segment counts, in the order of the ids."""
    streets = read_streets(write_osm(path / "crossing.osm", PLACES, ways, node_tags), issues=[])
    return {kind: streets[kind].tolist() for kind in ("crossings", "signals")}


def test_who_crosses_meets_the_crossing_once(tmp_path: Path) -> None:
    """Both halves of the foot way count one half; who stays on the street does not cross it."""
    ways = [(7, [1, 2, 3], STREET), (8, [4, 2, 5], FOOT)]
    assert counted(tmp_path, ways, {2: ZEBRA}) == {"crossings": [0, 0, 0.5, 0.5], "signals": [0, 0, 0, 0]}
    assert counted(tmp_path, ways, {2: LIGHTS}) == {"crossings": [0, 0, 0, 0], "signals": [0, 0, 0.5, 0.5]}


def test_where_no_foot_way_is_drawn_the_street_stands_for_its_pavements(tmp_path: Path) -> None:
    """A crossing inside a segment counts one on it; where two segments meet, one half on each."""
    assert counted(tmp_path, [(7, [1, 2, 3], STREET)], {2: ZEBRA})["crossings"] == [1]
    assert counted(tmp_path, [(7, [1, 2, 3], STREET), (8, [2, 5], STREET)], {2: ZEBRA})["crossings"] == [0.5, 0.5, 0.5]
    assert counted(tmp_path, [(7, [1, 2], STREET)], {2: ZEBRA})["crossings"] == [0.5]


def test_a_crossing_drawn_as_a_way_counts_once_in_all(tmp_path: Path) -> None:
    """Without a node the way counts, shared among its segments; with one the node counts and not the way too."""
    ways = [(7, [1, 2, 3], STREET), (8, [4, 2, 5], FOOT | {"footway": "crossing", "crossing": "uncontrolled"})]
    assert counted(tmp_path, ways, {})["crossings"] == [0, 0, 0.5, 0.5]
    assert counted(tmp_path, ways, {2: ZEBRA})["crossings"] == [0, 0, 0.5, 0.5]
    ways[1][2]["crossing"] = "traffic_signals"
    assert counted(tmp_path, ways, {})["signals"] == [0, 0, 0.5, 0.5]


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        (("crossing", None, None, None), "crossings"),
        (("crossing", "unmarked", None, None), "crossings"),
        (("crossing", "traffic_signals", None, None), "signals"),
        (("crossing", "marked", "yes", None), "signals"),
        (("crossing", "uncontrolled", "no", None), "crossings"),
        (("traffic_signals", "traffic_signals", None, None), "signals"),
        (("traffic_signals", None, None, None), None),
        (("crossing", "no", None, None), None),
        ((None, "uncontrolled", None, "crossing"), None),
        ((None, None, None, None), None),
    ],
)
def test_what_a_node_is(tags, kind) -> None:
    """Signals for walkers, crossings without any, and neither."""
    assert crossing_kind(*tags) == kind


def test_las_palmas_counts_its_crossings(shared_data: Path) -> None:
    """The crossings of the real city stand on its streets."""
    streets = read_streets(shared_data / "las-palmas" / "las_palmas_20230221.osm.pbf", issues=[])
    assert streets["signals"].sum() == pytest.approx(327, rel=0.1)
    assert (streets["crossings"] > 0).sum() > 3000
