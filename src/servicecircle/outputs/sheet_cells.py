"""What every workbook of ours has in common: text stays text, columns fit Chinese, same content, same bytes."""

from typing import Any

from servicecircle.outputs.ooxml import xml_text
from servicecircle.outputs.texts import wide

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


def sheet_text(value: str) -> str:
    """Return text as a cell can hold it."""
    return xml_text(value)[:_LONGEST_CELL]


def width(value: str | float | None) -> float:
    """Return the width of a cell in letters; Chinese letters count twice."""
    words = value if isinstance(value, str) else f"{value:,}" if value is not None else ""
    return wide(words[:WIDEST]) + 0.5
