"""`report.xlsx`: the figures of the report as sheets."""

import datetime as dt
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from servicecircle.outputs import tables
from servicecircle.outputs.figures import figures
from servicecircle.outputs.map.layers import REASON_COLORS
from servicecircle.outputs.office.ooxml import CREATED
from servicecircle.outputs.office.sheet_cells import OPTIONS, WIDEST, print_on_a4, sheet_text, width
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.rows import Figures
from servicecircle.outputs.sentences import estimate_sentence
from servicecircle.outputs.tables import NUMBERS, Cell, Kind, Table
from servicecircle.outputs.texts import day, text

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_LONGEST_SHEET = 1_048_575
_PALE = {"color": "#dfe5e8"}

#: How the columns of numbers are written.
_FORMATS: dict[Kind, str] = {
    "people": "#,##0",
    "plain": "General",
    "whole": "#,##0",
    "walk": "0.0",
    "load": "0.00",
    "degrees": "0.000000",
    "share": "0.0%",
}


def report_xlsx(result: StudyResult, found: Figures | None = None) -> bytes:
    """Return the workbook; same result, same bytes. Names stay text, whatever they look like.

    `found` are the figures of this result, if they are at hand already.
    """
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        book.set_properties({"title": sheet_text(result.name), "created": CREATED})
        found = found or figures(result)
        sheets = _Sheets(book, result.language)
        _summary(sheets, result, found)
        districts = tables.districts_table(found.districts, result.language)
        _chart(sheets, sheets.add("districts", districts), districts)
        if found.parents:
            sheets.add("parents", tables.districts_table(found.parents, result.language))
        sheets.add("centers", tables.centers_table(found.centers))
        sheets.add("gaps", tables.gaps_table(found, result.language))
        sheets.add("sites", tables.sites_table(found))
        sheets.add("issues", tables.issues_table(result.issues, result.language))
    return file.getvalue()


class _Sheets:
    """A workbook with its formats and its language."""

    def __init__(self, book: "Workbook", language: str) -> None:
        self.book = book
        self.language = language
        self.formats = {kind: book.add_format({"num_format": pattern}) for kind, pattern in _FORMATS.items()}
        # For fractions of people; one format for both would write a whole number as "12.".
        self.tenths = book.add_format({"num_format": "#,##0.0"})
        head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        # A space to the left, or an id would touch the number before it.
        self.head, self.words = book.add_format({**head, "indent": 1}), book.add_format({"indent": 1})
        # Over numbers heads stand to the right as these do.
        self.number_head = book.add_format({**head, "align": "right"})
        self.right = book.add_format({"align": "right"})

    def add(self, sheet: str, table: Table) -> "Worksheet":
        """Add a sheet with the rows of a table under its heads."""
        page = self.book.add_worksheet(text(f"sheet_{sheet}", self.language))
        heads = [text(key, self.language) for key, _ in table.columns]
        for column, (head, (_, kind)) in enumerate(zip(heads, table.columns, strict=True)):
            page.write_string(0, column, head, self.number_head if kind in NUMBERS else self.head)
        print_on_a4(page)
        shown = table.rows[:_LONGEST_SHEET]
        for at, row in enumerate(shown, start=1):
            for column, ((_, kind), value) in enumerate(zip(table.columns, row, strict=True)):
                self.write(page, at, column, kind, value)
        for column, head in enumerate(heads):
            widest = max([_width(head), *(_width(row[column]) for row in shown)])
            page.set_column(column, column, min(widest + 3, WIDEST))
        if shown:
            page.autofilter(0, 0, len(shown), len(heads) - 1)
        return page

    def write(self, page: "Worksheet", row: int, column: int, kind: Kind, value: Cell) -> None:
        """Write one cell: text as text, a number in the format of its kind, "n/a" for none."""
        if isinstance(value, str | dt.date):
            words = day(value, self.language) if isinstance(value, dt.date) else value
            page.write_string(row, column, sheet_text(words), self.words)
        elif value is None:
            page.write_string(
                row, column, text("not_available", self.language), self.right if kind in NUMBERS else self.words
            )
        else:
            tenth = kind == "people" and not float(value).is_integer()
            page.write_number(row, column, value, self.tenths if tenth else self.formats[kind])


def _width(value: Cell) -> float:
    """Return the width of a cell in letters; all days are about as wide."""
    return width(value.isoformat() if isinstance(value, dt.date) else value)


def _summary(sheets: _Sheets, result: StudyResult, found: Figures) -> None:
    """Write figures one below the other; the kind of the value differs from row to row."""
    people, plan, language = found.people, found.plan, result.language
    lines: list[tuple[str, Kind, Cell]] = [
        (text("name", language), "text", result.name),
        (text("limit", language), "whole", result.limit),
        (text("speed", language), "walk", result.speed_kmh),
        (text("limit_m", language), "whole", result.limit_m),
        (text("sheet_centers", language), "whole", len(found.centers)),
        (text("total", language), "people", people.total),
        *((text(key, language), "people", getattr(people, key)) for key in ("covered", "too_far")),
        *((text(key, language), "people", getattr(people, key)) for key in ("unreachable", "off_network")),
        (text("share", language), "share", people.share),
    ]
    for within in found.by_minutes:
        label = text("within", language, minutes=f"{within.minutes:g}")
        lines += [
            (f"{label} ({text('people', language)})", "people", within.covered),
            (f"{label} ({text('share', language)})", "share", within.share),
        ]
    if plan is not None:
        lines += [
            (text("plan_count", language), "whole", len(plan.sites)),
            (text("plan_covered", language), "people", plan.covered),
            (text("plan_share", language), "share", plan.share),
            (text("plan_bound", language), "people", plan.bound),
        ]
    lines += [
        (
            f"{text(f'aspect_{offer.aspect}', language)}: {offer.value} ({text('people', language)})",
            "people",
            offer.covered,
        )
        for offer in found.offers
    ]
    lines += [(text(key, language), "plain", value) for key, value in found.network.items()]
    lines.append((text("issue_count", language), "whole", len(result.issues)))
    for layer, file, changed, _, sha256 in tables.inputs_table(found, language).rows:
        words = f"{file} · {tables.cell_text('day', changed, language)}"
        label = f"{text('layer', language)}: {layer}"
        lines += [(label, "text", words), (f"{label} ({text('sha256', language)})", "text", sha256)]
    lines += [(text("sources_title", language), "text", source) for source in result.sources]
    estimate = estimate_sentence(result)
    lines += [("", "text", estimate)] if estimate else []
    _two_columns(sheets, lines)


def _two_columns(sheets: _Sheets, lines: Sequence[tuple[str, Kind, Cell]]) -> None:
    page = sheets.add("summary", Table((("figure", "text"), ("value", "text")), ()))
    for at, (label, kind, value) in enumerate(lines, start=1):
        page.write_string(at, 0, sheet_text(label), sheets.words)
        sheets.write(page, at, 1, kind, value)
    page.set_column(0, 0, min(max(_width(label) for label, _, _ in lines) + 2, WIDEST))
    # Longer texts go on over the empty cells beside them.
    page.set_column(1, 1, 32)


def _chart(sheets: _Sheets, page: "Worksheet", table: Table) -> None:
    """Draw the share covered of each district beside the table."""
    if not table.rows:
        return
    keys = [key for key, _ in table.columns]
    share, last = keys.index("share"), len(table.rows)
    chart = sheets.book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": text("share", sheets.language),
            "categories": [page.get_name(), 1, keys.index("district"), last, keys.index("district")],
            "values": [page.get_name(), 1, share, last, share],
            "fill": {"color": REASON_COLORS["covered"]},
            "data_labels": {"value": True, "num_format": "0.0%"},
            "gap": 60,
        }
    )
    chart.set_title({"name": text("chart_title", sheets.language), "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_x_axis({"min": 0, "max": 1, "num_format": "0%", "major_gridlines": {"visible": True, "line": _PALE}})
    # The first district on top, as in the table.
    chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 640, "height": max(240, 28 * last + 90)})
    page.insert_chart(1, len(keys) + 1, chart)
