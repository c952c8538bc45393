"""The figures and `summary.json`."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicecircle.analysis.coverage import REASONS, Coverage
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.rounding import largest_remainder, people
from servicecircle.outputs.summary import summary, summary_json
from servicecircle.outputs.texts import TEXTS, number, percent, text, walk
from tests.outputs.results import grid_coverage, study_result


@pytest.fixture(scope="module")
def result() -> StudyResult:
    """Build the study of the grid, in Chinese."""
    return study_result()


def nobody() -> Coverage:
    """Cover the grid with no one living there."""
    cover = grid_coverage()
    empty = cover.demand.assign(weight=0.0)
    return Coverage(
        demand=empty, centers=cover.centers, minutes=cover.minutes, speed_kmh=cover.speed_kmh, total=0.0, covered=0.0
    )


def cover_of(weights: list[float]) -> Coverage:
    """One place for each reason, in the order of `REASONS`."""
    table = pd.DataFrame(
        {
            "weight": weights,
            "walk_min": [5.0, 30.0, np.inf, np.inf],
            "covered": [True, False, False, False],
            "reason": pd.Categorical(REASONS, categories=REASONS),
        }
    )
    total = math.fsum(weights)
    return Coverage(demand=table, centers=pd.DataFrame(), minutes=15.0, speed_kmh=4.0, total=total, covered=weights[0])


def test_the_summary_has_the_agreed_names(result: StudyResult) -> None:
    """Names and nesting are a contract with other programs."""
    found = summary(result)
    assert list(found) == [
        "name", "minutes", "speed_kmh", "limit_m", "centers", "demand", "by_minutes", "districts", "gaps", "plan",
        "network", "issues", "parents", "gap_places", "catchments", "offers",
    ]  # fmt: skip
    assert list(found["demand"]) == ["total", "covered", "share", "too_far", "unreachable", "off_network"]
    assert list(found["by_minutes"][0]) == ["minutes", "covered", "share"]
    assert list(found["districts"][0]) == ["name", "total", "covered", "share", "centers"]
    assert list(found["gaps"][0]) == ["id", "weight", "walk_min", "nearest", "district"]
    assert list(found["gap_places"][0]) == ["id", "lon", "lat", "box"]
    assert list(found["catchments"][0]) == ["id", "name", "people", "covered", "walk_min", "lon", "lat"]
    assert list(found["plan"]) == ["count", "covered", "share", "bound", "gap", "status", "sites"]
    assert list(found["plan"]["sites"][0]) == ["rank", "id", "name", "gain", "share_after", "lon", "lat"]
    assert list(found["network"]) == [
        "segments", "junctions", "length_km", "components", "dropped_components", "dropped_km",
        "closed_segments", "closed_km",
    ]  # fmt: skip


def test_the_figures_are_those_counted_by_hand(result: StudyResult) -> None:
    """5114.75 people: 3825.8 covered, 1204.6 too far, 71.75 on the island, 12.6 on the farm."""
    found = summary(result)
    assert found["demand"]["total"] == 5115
    assert found["demand"]["covered"] == 3826
    assert found["demand"]["share"] == pytest.approx(3825.8 / 5114.75, abs=1e-6)
    assert found["by_minutes"][-1]["covered"] == found["demand"]["covered"]
    assert found["limit_m"] == 1000
    assert found["plan"]["sites"][0]["lon"] == pytest.approx(110.374666)
    assert found["issues"] == 3


def test_ids_stay_text_in_the_json(result: StudyResult) -> None:
    """The nearest center of a gap is named by its own id, and Chinese is readable in the file."""
    data = summary_json(result)
    assert json.loads(data)["gaps"][0]["nearest"] == "C3"
    assert "秀英区" in data.decode("utf-8")
    assert data.endswith(b"}\n")


def test_the_same_study_gives_the_same_bytes(result: StudyResult) -> None:
    """A second run from the same tables writes the same file."""
    assert summary_json(result) == summary_json(study_result())


def test_without_people_there_is_no_share() -> None:
    """No demand is null in the file, never 0 and never 1, and there is no NaN."""
    empty = study_result(coverage=nobody(), plan=None, estimated=None)
    found = json.loads(summary_json(empty))
    assert found["demand"] == {
        "total": 0, "covered": 0, "share": None, "too_far": 0, "unreachable": 0, "off_network": 0,
    }  # fmt: skip
    assert [row["share"] for row in found["by_minutes"]] == [None] * 3
    assert found["plan"] is None


def test_a_gap_no_one_can_walk_out_of_is_null() -> None:
    """An infinite walk and a missing center are null, which is JSON."""
    honest = study_result()
    lost = honest.gaps.assign(walk_min=[np.inf, 24.0], nearest=pd.array([None, "C2"], dtype=object))
    gaps = json.loads(summary_json(study_result(gaps=lost)))["gaps"]
    assert gaps[0]["walk_min"] is None
    assert gaps[0]["nearest"] is None


people_of_any_kind = st.lists(st.floats(0, 1e7), min_size=4, max_size=4)


@given(people_of_any_kind)
def test_the_parts_add_up_after_rounding(weights: list[float]) -> None:
    """People in = covered + too far + unreachable + off network, and none is off by a whole step and a half."""
    cover = cover_of(weights)
    found = people(cover)
    step = 1.0 if cover.total >= 1000 else 0.1
    parts = [found.covered, found.too_far, found.unreachable, found.off_network]
    assert math.isclose(found.total, math.fsum(parts), abs_tol=1e-6)
    assert abs(found.total - cover.total) <= step / 2 + 1e-6
    assert abs(found.covered - cover.covered) <= step / 2 + 1e-6
    assert all(abs(part - exact) <= 2 * step for part, exact in zip(parts, weights, strict=True))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=6), st.integers(0, 10**6))
def test_units_are_divided_without_loss(values: list[float], units: int) -> None:
    """Every unit is given to someone, none to a part that has nothing."""
    shares = largest_remainder(values, units)
    assert sum(shares) == (units if math.fsum(values) > 0 else 0)
    assert all(share == 0 for share, value in zip(shares, values, strict=True) if value == 0)


def test_a_bound_is_rounded_upwards() -> None:
    """92.149 % written as 92.1 % would claim more than was proven."""
    assert percent(0.92149, "zh", up=True) == "92.2%"
    assert percent(0.921, "zh", up=True) == "92.1%"
    assert percent(0.92149, "zh") == "92.1%"
    bound = summary(study_result())["plan"]["bound"]
    plan = study_result().plan
    assert plan is not None
    assert bound >= plan.bound


def test_every_text_has_both_languages_with_the_same_values() -> None:
    """A text that lacks a language, or a value in one of them, would fail at some reader."""
    for key, words in TEXTS.items():
        assert set(words) == {"en", "zh"}, key
        fields = [{part.split("}")[0] for part in words[lang].split("{")[1:]} for lang in ("en", "zh")]
        assert fields[0] == fields[1], key
    with pytest.raises(KeyError):
        text("no_such_text", "en")


def test_numbers_are_written_for_people() -> None:
    """Thousands are separated, whole numbers have no decimals, and what is missing is not a zero."""
    assert number(1234567, "en") == "1,234,567"
    assert number(12.5, "zh") == "12.5"
    assert number(100, "en") == "100"
    assert number(None, "zh") == percent(None, "zh") == walk(None, "zh") == "无数据"
    assert number(math.inf, "en") == "n/a"
    assert percent(0.82, "en") == "82.0\N{NO-BREAK SPACE}%"
