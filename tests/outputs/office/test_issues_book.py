"""The issues of a check as a workbook, and the empty workbook of centers."""

import io

import openpyxl
import pytest

from servicecircle.errors import InputError
from servicecircle.inputs.corrections import HEADS, read_corrections
from servicecircle.inputs.issues import RowIssue
from servicecircle.outputs.office.centers_template import centers_template
from servicecircle.outputs.office.issues_book import issues_file

ISSUES = [
    RowIssue(file="a.csv", row=5, column="", value="甲", problem="on_island", action="doubted", sure="possible"),
    RowIssue(file="a.csv", row=3, column="tier", value="=1+1", problem="rare_value", action="doubted", suggestion="区"),
    RowIssue(file="a.csv", row=9, column="lon", value="x\x00", problem="not_a_number", action="refused"),
    RowIssue(file="a.osm", row=0, column="", value="3", problem="dropped_crumbs", action="doubted"),
]


def rows(language: str) -> list[list[object]]:
    """Return the cells of the first sheet."""
    book = openpyxl.load_workbook(io.BytesIO(issues_file(ISSUES, language, ".xlsx")))
    return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]


def test_what_stops_a_run_comes_first_and_text_stays_text() -> None:
    """Refused, certain, likely, possible; a formula is a string; the last column is empty."""
    head, *body = rows("en")
    assert head == list(HEADS)
    assert [row[1] for row in body] == [9, 3, None, 5]
    assert body[1][3] == "=1+1"
    assert {row[-1] for row in body} == {None}


def test_chinese_heads_are_still_understood(tmp_path) -> None:
    """The workbook in Chinese comes back with a correction."""
    path = tmp_path / "issues.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(issues_file(ISSUES, "zh", ".xlsx")))
    assert book.worksheets[0]["J1"].value == "correction 更正"
    book.worksheets[0]["J2"] = "110.3"
    book.save(path)
    assert [(one.row, one.after) for one in read_corrections(path)] == [(9, "110.3")]


def test_the_same_issues_give_the_same_bytes() -> None:
    """In every form."""
    for ending in (".xlsx", ".csv"):
        assert issues_file(ISSUES, "zh", ending) == issues_file(ISSUES, "zh", ending)
    with pytest.raises(InputError, match=r"expected .xlsx or .csv"):
        issues_file(ISSUES, "zh", ".pdf")


def test_a_csv_holds_no_formula() -> None:
    """What a spreadsheet would compute gets an apostrophe."""
    assert "'=1+1" in issues_file(ISSUES, "en", ".csv").decode("utf-8-sig")


def test_lists_are_printed_with_all_columns_on_a_page() -> None:
    """Landscape A4, one page wide, heads on each: what is corrected with a pencil first can be read."""
    for book in (issues_file(ISSUES, "zh", ".xlsx"), centers_template()):
        page = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
        look = page.page_setup
        assert (look.orientation, look.fitToWidth or 1, look.fitToHeight) == ("landscape", 1, 0)
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.print_title_rows == "$1:$1"


def test_the_template_offers_choices() -> None:
    """Drop-downs for datum, tier and kind; checked numbers; text ids; the same bytes each time."""
    book = openpyxl.load_workbook(io.BytesIO(centers_template()))
    page = book.worksheets[0]
    kinds = sorted(rule.type for rule in page.data_validations.dataValidation)
    assert kinds == ["decimal"] * 4 + ["list"] * 3
    assert page.column_dimensions["A"].width == pytest.approx(16.7, abs=0.1)
    assert [cell.value for cell in page[1]][:4] == ["编号", "名称", "经度", "纬度"]
    assert len(list(book.worksheets[1].iter_rows())) == 13
    assert centers_template() == centers_template()
