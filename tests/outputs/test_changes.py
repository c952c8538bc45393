"""What changed since an earlier run."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from servicecircle.errors import DataSourceError, InputError
from servicecircle.outputs.changes import Changes, changes
from servicecircle.outputs.earlier import Earlier, read_earlier
from servicecircle.outputs.figures import figures
from servicecircle.outputs.report import report_html
from servicecircle.outputs.sentences import changed_rule
from servicecircle.outputs.summary import summary
from servicecircle.outputs.tables import changes_table, moved_gaps_table
from tests.outputs.results import HOSTILE, report, study_result
from tests.outputs.test_report import words


def since(**edits: Any) -> Changes:
    """Compare the study of the grid with its own summary after some edits."""
    result = study_result("en")
    found = figures(result)
    return changes(Earlier.model_validate(summary(result, found) | edits), result, found)


@pytest.fixture(scope="module")
def before() -> dict[str, Any]:
    """Return the summary of the study of the grid."""
    return summary(study_result("en"))


def test_nothing_changed() -> None:
    """A study compared with itself: no center and no gap came or went, every share is the same."""
    same = since()
    assert same.rule is None
    assert same.headline.share == 0
    assert {row.share for row in same.districts} <= {0, None}
    assert (same.opened, same.closed, same.came, same.went) == ((), (), (), ())
    assert same.stayed == 2
    assert same.by_place


@pytest.mark.parametrize(("language", "outside"), [("en", "outside all districts"), ("zh", "不在任何行政区内")])
def test_people_outside_all_districts_are_one_row_in_words(language: str, outside: str) -> None:
    """The row of a run meets that of the other, and the table calls it as the tables of one run do."""
    same = since()
    assert [row.name for row in same.districts] == ["秀英区", "龙华区", "outside"]
    assert [row.total_before for row in same.districts] == [row.total_now for row in same.districts]
    assert [row[0] for row in changes_table(same, language).rows] == ["秀英区", "龙华区", outside]
    assert [row[2] for row in moved_gaps_table([("1", 5.0, "outside")], language).rows] == [outside]


def test_centers_open_and_close(before: dict[str, Any]) -> None:
    """One that was not there opened, one that is no more closed; a new name or number alone is neither."""
    listed = [dict(center) for center in before["catchments"]]
    old = {"id": "C9", "name": "旧中心", "people": 12, "covered": 3, "walk_min": 9.5, "lon": 110.3, "lat": 20.0}
    listed = [center for center in listed if center["id"] != "C3"] + [old]
    listed[0]["name"] = "another name at the same place"
    listed[1]["id"] = "another number"
    found = since(catchments=listed)
    assert [center[0] for center in found.opened or ()] == ["C3"]
    assert found.closed == (("C9", "旧中心", 12),)


def test_numbers_that_moved_to_other_centers_are_no_twins(before: dict[str, Any]) -> None:
    """Without ids of their own rows are numbered: with a row put in, the same number is another center."""
    listed = [dict(center, id=str(row)) for row, center in enumerate(before["catchments"])]
    moved = study_result("en")
    found = figures(moved)
    numbered = tuple(replace(center, id=str(row + 1)) for row, center in enumerate(found.centers))
    result = changes(Earlier.model_validate(before | {"catchments": listed}), moved, replace(found, centers=numbered))
    assert (result.opened, result.closed) == ((), ())


def test_gaps_come_and_go_by_place(before: dict[str, Any]) -> None:
    """A gap elsewhere went, the one whose place was not noted came; ranks play no part."""
    far = {"id": "1", "lon": 100.0, "lat": 20.0, "box": [99.9, 19.9, 100.1, 20.1]}
    found = since(gap_places=[far, before["gap_places"][1]])
    assert [gap[0] for gap in found.went] == ["1"]
    assert [gap[0] for gap in found.came] == ["1"]
    assert found.stayed == 1
    swapped = [dict(place, id={"1": "2", "2": "1"}[place["id"]]) for place in before["gap_places"]]
    assert since(gap_places=swapped).stayed == 2


def test_a_gap_that_shrank_is_still_there(before: dict[str, Any]) -> None:
    """The old place is covered now, but the gap of now lies within the old bounds."""
    place = before["gap_places"][0]
    west, south, east, north = place["box"]
    larger = dict(place, lon=west - 0.001, lat=south - 0.001, box=[west - 0.002, south - 0.002, east, north])
    found = since(gap_places=[larger, before["gap_places"][1]])
    assert found.stayed == 2
    assert found.went == ()


def test_a_summary_without_places_and_centers_says_so(before: dict[str, Any]) -> None:
    """Files of the agreed names alone: gaps by district and nearest center, centers unknown."""
    bare = {key: value for key, value in before.items() if key not in {"gap_places", "catchments", "offers", "parents"}}
    bare["gaps"] = [bare["gaps"][0], dict(bare["gaps"][1], nearest="C9")]
    result = study_result("en")
    found = changes(Earlier.model_validate(bare), result, figures(result))
    assert not found.by_place
    assert found.opened is None
    assert (len(found.came), len(found.went), found.stayed) == (1, 1, 1)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_says_what_changed(language: Any, before: dict[str, Any]) -> None:
    """Coverage in points, another rule with a warning, lists of what came and went; names stay text."""
    demand = dict(before["demand"], covered=3000, share=0.586510)
    districts = [dict(before["districts"][0], name=HOSTILE), *before["districts"][1:]]
    earlier = Earlier.model_validate(
        before | {"demand": demand, "districts": districts, "speed_kmh": 4.8, "catchments": before["catchments"][1:]}
    )
    html = report_html(study_result(language), earlier=earlier)
    seen = words(html).split("no choice of")[0]
    assert ("+16.1 points" if language == "en" else "+16.1 个百分点") in seen
    assert (
        "used another rule, 15 minutes at 4.8" if language == "en" else "上次报告采用不同规则（15 分钟，步速 4.8"
    ) in seen
    assert HOSTILE in seen
    assert b"<img src=x" not in html
    assert ("Centers opened" if language == "en" else "新增的中心") in seen
    assert "changes" not in report(language).decode().split("<body>")[1][:4000]


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        (None, DataSourceError, "not found"),
        (b"\xff\xfe\x00", InputError, "not JSON"),
        (b"{", InputError, "not JSON"),
        (b"[" * 100_000, InputError, "not JSON"),
        (b"[]", InputError, "the whole"),
        (b'{"name": "x"}', InputError, "minutes"),
        (b'{"name": "x", "minutes": [NaN]}', InputError, "found NaN"),
        (b'{"name": "x", "minutes": []}', InputError, "minutes"),
        (b'{"name": "x", "minutes": [1e999]}', InputError, "minutes"),
        (b"\x00" * 9, InputError, "not JSON"),
    ],
)
def test_what_is_no_summary_is_refused_in_one_line(
    content: bytes | None, kind: type[Exception], says: str, tmp_path: Path
) -> None:
    """Missing, damaged or another file: what was found and what to give."""
    path = tmp_path / "summary.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(kind, match=says) as caught:
        read_earlier(path)
    assert "\n" not in str(caught.value)
    assert "Give the summary.json" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "wrong", "where"),
    [
        ("demand", {"total": -1, "covered": 0, "share": 0.5}, "demand.total"),
        ("demand", {"total": 1, "covered": 1, "share": 5}, "demand.share"),
        ("speed_kmh", 0, "speed_kmh"),
        ("gaps", [{"id": 7, "weight": "many", "nearest": None, "district": None}], "gaps.0.id"),
        ("gap_places", [{"id": "1", "lon": 1e300, "lat": 20, "box": [0, 0, 1, 1]}], "gap_places.0.lon"),
        ("catchments", [{"id": "1", "name": "x", "people": 1, "lon": 0, "lat": 91}], "catchments.0.lat"),
        ("districts", {"a": 1}, "districts"),
    ],
)
def test_figures_that_cannot_be_are_named(
    key: str, wrong: object, where: str, tmp_path: Path, before: dict[str, Any]
) -> None:
    """A summary edited by hand is refused, and the key that is wrong is said."""
    path = tmp_path / "summary.json"
    path.write_text(json.dumps(before | {key: wrong}), encoding="utf-8")
    with pytest.raises(InputError, match=rf"summary\.json, {where}: "):
        read_earlier(path)


@pytest.mark.parametrize(("language", "says"), [("en", "has another name"), ("zh", "名称不同")])
def test_another_study_is_told(language: Any, says: str, before: dict[str, Any]) -> None:
    """Another name, limit or speed is said before any figure; the same study is compared without a word."""
    result = study_result(language)
    other = Earlier.model_validate(before | {"name": "Another City", "minutes": [5, 12.5], "speed_kmh": 4.25})
    told = changed_rule(changes(other, result, figures(result)), result)
    assert says in told[0]
    assert told[0].endswith("Another City")
    for figure in ("12.5", "4.25", "15", "4 km/h"):
        assert figure in told[1]
    assert changed_rule(changes(Earlier.model_validate(before), result, figures(result)), result) == []


def test_a_summary_that_a_run_left_can_be_read(tmp_path: Path, before: dict[str, Any]) -> None:
    """What is written is what is read."""
    path = tmp_path / "summary.json"
    path.write_text(json.dumps(before), encoding="utf-8")
    assert read_earlier(path).catchments is not None
