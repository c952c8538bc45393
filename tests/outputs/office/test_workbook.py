"""The workbook: text stays text, numbers stay numbers."""

import csv
import io
import unicodedata

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from servicecircle.inputs.issues import RowIssue
from servicecircle.outputs.issues_csv import COLUMNS, issues_csv
from servicecircle.outputs.office.workbook import report_xlsx
from servicecircle.outputs.result import StudyResult
from tests.outputs.results import FORMULA, HOSTILE, hostile_result, study_result

SHEETS = {
    "en": ["summary", "districts", "centers", "gaps", "sites", "issues"],
    "zh": ["摘要", "行政区", "服务中心", "服务盲区", "建议站点", "数据问题"],
}


def book_of(result: StudyResult) -> Workbook:
    """Open the workbook as a spreadsheet program reads it."""
    return openpyxl.load_workbook(io.BytesIO(report_xlsx(result)))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_sheets_are_named_in_the_language_of_the_study(language: str) -> None:
    """Six sheets, each with a header that stays in sight."""
    book = book_of(study_result(language))
    assert book.sheetnames == SHEETS[language]
    assert all(sheet.freeze_panes == "A2" for sheet in book.worksheets)


def test_numbers_are_numbers_with_a_format() -> None:
    """People have separators, shares are percentages, walks have a decimal."""
    row = book_of(study_result("en"))["districts"][2]
    formats = {cell.column: cell.number_format for cell in row}
    assert row[2].value == 3189
    assert formats[3] == "#,##0"
    assert row[4].value == pytest.approx(0.902195)
    assert formats[5] == "0.0%"
    assert formats[9] == "0.0"


def test_an_id_keeps_its_zeros() -> None:
    """``007`` is text, and so is the id ``NA``."""
    ids = [row[0] for row in book_of(study_result("en"))["centers"].iter_rows(min_row=2, values_only=True)]
    assert ids == ["007", "C2", "C3", "C4", "NA"]


def test_names_are_never_formulas() -> None:
    """No cell of the workbook is a formula or a link, whatever the names look like."""
    book = book_of(hostile_result())
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    values = {cell.value for cell in cells}
    assert {HOSTILE, FORMULA, "@SUM(A1)", "+1"} <= values


def test_letters_a_workbook_cannot_hold_are_left_out() -> None:
    """Control characters, half letters and very long texts do not spoil the file."""
    honest = study_result("en").coverage.centers
    issue = RowIssue(file="a\x00b\x0b.csv", row=1, column="\ud800", value="x" * 40_000, problem="p", action="repaired")
    book = book_of(study_result("en", issues=(issue,), name="a\x1bb"))
    row = book["issues"][2]
    assert row[0].value == "a b .csv"
    assert len(row[3].value) == 32_767
    assert book["summary"]["B2"].value == "a b"
    assert len(honest) == 5


def test_columns_are_wide_enough_for_chinese() -> None:
    """A Chinese letter takes the room of two."""
    sheet = book_of(study_result("zh"))["服务中心"]
    longest = max(
        sum(2 if unicodedata.east_asian_width(letter) == "W" else 1 for letter in str(cell.value))
        for cell in sheet["B"]
    )
    assert sheet.column_dimensions["B"].width >= longest


def test_the_same_study_gives_the_same_workbook() -> None:
    """No time of making is in the file."""
    assert report_xlsx(study_result()) == report_xlsx(study_result())


def test_without_plan_or_districts_the_sheets_are_there() -> None:
    """An empty sheet has its header."""
    book = book_of(study_result("en", plan=None, candidates=None, districts=None, issues=()))
    assert [book[name].max_row for name in ("districts", "sites", "issues")] == [1, 1, 1]


def test_issues_open_in_a_spreadsheet_without_harm() -> None:
    """UTF-8 with a mark for Excel; what looks like a formula gets an apostrophe; codes are words."""
    issue = RowIssue(file="=a.csv", row=3, column="@c", value="\tx", problem="missing_coordinate", action="left out")
    data = issues_csv(study_result("en", issues=(issue, *study_result().issues)))
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0] == list(COLUMNS)
    assert rows[1][:4] == ["'=a.csv", "3", "'@c", "'\tx"]
    assert rows[3][3] == "'" + FORMULA
    assert rows[4][4:] == ["a_code_without_text", "doubted"]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_two_figures_of_the_summary_have_one_label(language: str) -> None:
    """People and share of a walking time are told apart without looking at their format."""
    sheet = book_of(study_result(language))[SHEETS[language][0]]
    labels = [row[0] for row in sheet.iter_rows(values_only=True)]
    named = [label for label in labels if label not in (None, "Sources and licences", "数据来源与许可")]
    assert len(named) == len(set(named)), named
