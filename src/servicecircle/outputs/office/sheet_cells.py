"""What every workbook of ours has in common: text stays text, columns fit Chinese, same content, same bytes."""

from typing import TYPE_CHECKING, Any

from servicecircle.outputs.office.ooxml import xml_text
from servicecircle.outputs.texts import wide

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

#: Text never becomes a formula, a link or a number.
OPTIONS: dict[str, Any] = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
#: No column is wider, in letters.
WIDEST = 60
_LONGEST_CELL = 32_767
_A4 = 9


def print_on_a4(page: "Worksheet") -> None:
    """Keep the heads in sight, and print all columns on a page of A4 with heads and page numbers."""
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_paper(_A4)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_footer("&L&A&R&P / &N")


def sheet_text(value: str) -> str:
    """Return text as a cell can hold it."""
    return xml_text(value)[:_LONGEST_CELL]


def width(value: str | float | None) -> float:
    """Return the width of a cell in letters; Chinese letters count twice."""
    words = value if isinstance(value, str) else f"{value:,}" if value is not None else ""
    return wide(words[:WIDEST]) + 0.5
