"""Cells that a run would refuse, all of them at once, with what they probably should say."""

from pathlib import Path

import pytest

from servicecircle.inputs.cell_doubts import cell_doubts, written_number


@pytest.mark.parametrize(
    ("cell", "degrees", "number"),
    [
        ("1,234", False, 1234.0),
        ("12,345,678.5", False, 12345678.5),
        ("1 234 567", False, 1234567.0),
        ("１２３４", False, 1234.0),
        ("350㎡", False, 350.0),
        ("5000人", False, 5000.0),
        ("110,345", True, 110.345),
        ("20,5", False, 20.5),
        ("110.345°", True, 110.345),
        ("20°01'30\"N", True, 20.025),
        ("15° 24′ 36″ W", True, -15.41),
        ("东经110度20分", True, 110.333333),
        ("110.35°E", True, 110.35),
        ("南纬30.5度", True, -30.5),
        ("110。345", True, 110.345),
        ("北偏东20度", True, None),
        ("北20°30'", True, 20.5),
        ("about 5", False, None),
        ("nan", False, None),
        ("inf", False, None),
        ("1_000", False, None),
        ("", False, None),
    ],
)
def test_what_a_person_meant_by_a_number(cell: str, degrees: bool, number: float | None) -> None:  # noqa: FBT001 - a case
    """Thousands apart, decimal commas, full-width digits, units, degrees with minutes and seconds."""
    assert written_number(cell, degrees=degrees) == (None if number is None else pytest.approx(number))


def test_every_bad_cell_of_a_table_is_found(tmp_path: Path) -> None:
    """Row, column, value and suggestion of each; rows of one id and one name are entrances and no slip."""
    path = tmp_path / "centers.csv"
    path.write_text(
        "编号,名称,经度,纬度,容量\n"
        "a,甲,110.3,20.0,500\n"
        'b,乙,20.1,110.4,"1,200"\n'
        'a,丙,"110,5",20.2,许多\n'
        ",丁,110.6,95,\n"
        "e,戊,110.7,20.3,1\n"
        "e,戊,110.8,20.3,1\n",
        encoding="utf-8",
    )
    found = [(issue.row, issue.column, issue.value, issue.problem, issue.suggestion) for issue in cell_doubts(path)]
    assert sorted(found) == [
        (3, "容量", "1,200", "not_a_number", "1200"),
        (3, "纬度", "110.4", "axes_exchanged", "20.1"),
        (3, "经度", "20.1", "axes_exchanged", "110.4"),
        (4, "容量", "许多", "not_a_number", ""),
        (4, "经度", "110,5", "not_a_number", "110.5"),
        (4, "编号", "a", "same_id", ""),
        (5, "纬度", "95", "not_a_number", ""),
        (5, "编号", "", "missing_id", ""),
    ]
    assert {issue.action for issue in cell_doubts(path)} == {"refused"}


def test_what_a_run_cannot_read_is_told_before(tmp_path: Path) -> None:
    """Full-width digits and the name of no datum, which reading the table refuses, are in the list of cells."""
    path = tmp_path / "centers.csv"
    path.write_text(
        "编号,名称,经度,纬度,坐标系\na,甲,110.3,20.0,GPS84\nb,乙,110.3,２０.１,\nc,丙,110.4,20.1,高德\n",
        encoding="utf-8",
    )
    found = [(issue.row, issue.column, issue.value, issue.problem, issue.suggestion) for issue in cell_doubts(path)]
    assert found == [(2, "坐标系", "GPS84", "unknown_datum", ""), (3, "纬度", "２０.１", "not_a_number", "20.1")]


def test_people_are_looked_at_under_any_name(tmp_path: Path) -> None:
    """The column that a study names is checked as those of the usual names."""
    path = tmp_path / "demand.csv"
    path.write_text('id,lon,lat,souls\na,110.3,20.0,"1,234"\nb,110.3,20.1,１００\nc,110.4,20.1,-5\n', encoding="utf-8")
    found = [(issue.row, issue.value, issue.suggestion) for issue in cell_doubts(path, weight="souls")]
    assert found == [(2, "1,234", "1234"), (3, "１００", "100"), (4, "-5", "")]
    assert cell_doubts(path) == []


def test_a_good_table_has_none(tmp_path: Path) -> None:
    """Nothing is doubted that a run would take."""
    path = tmp_path / "centers.csv"
    path.write_text("id,name,lon,lat\n007,NA,110.3,20.0\n1E5,null,110.4,20.1\n", encoding="utf-8")
    assert cell_doubts(path) == []
