"""An empty workbook of centers for the offices that fill it in, explained in Chinese and English."""

import io
from typing import TYPE_CHECKING, Any

from servicecircle.outputs.office.ooxml import CREATED
from servicecircle.outputs.office.sheet_cells import OPTIONS, print_on_a4
from servicecircle.outputs.words import CATALOGUE

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

_TEXTS = CATALOGUE["template"]
_COLUMNS = (
    "id",
    "name",
    "lon",
    "lat",
    "datum",
    "tier",
    "kind",
    "functions",
    "district",
    "capacity",
    "area_m2",
    "batch",
)
#: Column -> the values its cells offer.
_CHOICES = {
    "datum": ["WGS84", "CGCS2000", "GCJ-02", "BD-09"],
    "tier": ["区", "镇街", "村/社区"],
    "kind": ["园区", "楼宇", "商圈", "村庄", "社区", "机关", "学校", "企业"],
}
#: Column -> lowest and highest number that its cells take.
_NUMBERS = {"lon": (-180, 180), "lat": (-90, 90), "capacity": (0, 1e9), "area_m2": (0, 1e9)}
_ROWS = 2_000


def centers_template() -> bytes:
    """Return the workbook: the sheet to fill in, with drop-downs and checked numbers, and one that explains it."""
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        book.set_properties({"created": CREATED})
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF7"})
        as_text = book.add_format({"num_format": "@"})
        page = book.add_worksheet(_both("sheet_centers"))
        print_on_a4(page)
        for at, name in enumerate(_COLUMNS):
            page.write_string(0, at, _TEXTS[f"head_{name}"]["zh"], head)
            page.write_comment(0, at, f"{_TEXTS[f'say_{name}']['zh']}\n{_TEXTS[f'say_{name}']['en']}")
            # Ids are text, else a spreadsheet eats their leading zeros.
            page.set_column(at, at, 16, as_text if name in {"id", "name", "functions", "batch"} else None)
            if name in _CHOICES:
                page.data_validation(1, at, _ROWS, at, {"validate": "list", "source": _CHOICES[name]})
            elif name in _NUMBERS:
                low, high = _NUMBERS[name]
                rule: dict[str, Any] = {"validate": "decimal", "criteria": "between", "minimum": low, "maximum": high}
                said = _TEXTS[f"say_{name}"]["zh"]
                page.data_validation(1, at, _ROWS, at, rule | {"error_message": said})
        _explain(book, head)
    return file.getvalue()


def _explain(book: "Workbook", head: "Format") -> None:
    note = book.add_worksheet(_both("sheet_how"))
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    note.set_column(0, 0, 14, wrap)
    note.set_column(1, 2, 48, wrap)
    note.set_column(3, 3, 22, wrap)
    heads = (_TEXTS["head_column"]["zh"], _TEXTS["head_say"]["zh"], _TEXTS["head_say"]["en"], _both("head_example"))
    print_on_a4(note)
    note.write_row(0, 0, heads, head)
    for at, name in enumerate(_COLUMNS, start=1):
        said, example = _TEXTS[f"say_{name}"], _TEXTS[f"example_{name}"]["zh"]
        for column, cell in enumerate((_TEXTS[f"head_{name}"]["zh"], said["zh"], said["en"], example)):
            note.write_string(at, column, cell)


def _both(key: str) -> str:
    return f"{_TEXTS[key]['zh']} {_TEXTS[key]['en']}"
