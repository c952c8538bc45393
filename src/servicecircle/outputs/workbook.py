"""`report.xlsx`: the figures of the report as sheets."""

import datetime as dt
import io
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from servicecircle.analysis.districts import OUTSIDE
from servicecircle.outputs.figures import figures
from servicecircle.outputs.problems import problem_text
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.rows import Figures
from servicecircle.outputs.texts import text

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

Row = Sequence[str | float | None]

#: Letters XML 1.0 forbids; a workbook that holds one does not open.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_CELL = 32_767
_LONGEST_SHEET = 1_048_575
_WIDEST = 60
#: A fixed day, so that the same study gives the same bytes.
_CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - xlsxwriter takes naive times

#: How the columns of numbers are written.
_FORMATS = {
    "people": "#,##0",
    "plain": "General",
    "whole": "#,##0",
    "walk": "0.0",
    "degrees": "0.000000",
    "share": "0.0%",
}


def report_xlsx(result: StudyResult, found: Figures | None = None) -> bytes:
    """Return the workbook; same result, same bytes. Names stay text, whatever they look like.

    `found` are the figures of this result, if they are at hand already.
    """
    import xlsxwriter

    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"title": _cell(result.name), "created": _CREATED})
        found = found or figures(result)
        sheets = _Sheets(book, result.language)
        _summary(sheets, result, found)
        _districts(sheets, found)
        _centers(sheets, found)
        _gaps(sheets, found)
        _sites(sheets, found)
        _issues(sheets, result)
    return file.getvalue()


class _Sheets:
    """A workbook with its formats and its language."""

    def __init__(self, book: "Workbook", language: str) -> None:
        self.book = book
        self.language = language
        self.formats = {kind: book.add_format({"num_format": pattern}) for kind, pattern in _FORMATS.items()}
        # For fractions of people; one format for both would write a whole number as "12.".
        self.tenths = book.add_format({"num_format": "#,##0.0"})
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})

    def add(self, sheet: str, columns: Sequence[tuple[str, str]], rows: Sequence[Row]) -> None:
        """Add a sheet of rows under heads (text key, kind of the column)."""
        page = self.book.add_worksheet(text(f"sheet_{sheet}", self.language))
        heads = [text(key, self.language) for key, _ in columns]
        page.write_row(0, 0, heads, self.head)
        page.freeze_panes(1, 0)
        shown = rows[:_LONGEST_SHEET]
        for at, row in enumerate(shown, start=1):
            for column, ((_, kind), value) in enumerate(zip(columns, row, strict=True)):
                self.write(page, at, column, kind, value)
        for column, head in enumerate(heads):
            widest = max([_width(head), *(_width(row[column]) for row in shown)])
            page.set_column(column, column, min(widest + 2, _WIDEST))
        if shown:
            page.autofilter(0, 0, len(shown), len(columns) - 1)

    def write(self, page: "Worksheet", row: int, column: int, kind: str, value: str | float | None) -> None:
        """Write one cell: text as text, a number in the format of its kind, "n/a" for none."""
        if isinstance(value, str):
            page.write_string(row, column, _cell(value))
        elif value is None:
            page.write_string(row, column, text("not_available", self.language))
        else:
            tenth = kind == "people" and not float(value).is_integer()
            page.write_number(row, column, value, self.tenths if tenth else self.formats[kind])


def _cell(value: str) -> str:
    return _FORBIDDEN.sub(" ", value)[:_LONGEST_CELL]


def _width(value: str | float | None) -> float:
    """Width of a cell in letters; Chinese letters count twice."""
    words = value if isinstance(value, str) else f"{value:,}" if value is not None else ""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words[:_WIDEST]) + 0.5


def _place(name: str | None, language: str) -> str | None:
    return text("outside", language) if name == OUTSIDE else name


def _summary(sheets: _Sheets, result: StudyResult, found: Figures) -> None:
    """Write figures one below the other; the kind of the value differs from row to row."""
    people, plan, language = found.people, found.plan, result.language
    lines: list[tuple[str, str, str | float | None]] = [
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
    lines += [(text(key, language), "plain", value) for key, value in found.network.items()]
    lines.append((text("issue_count", language), "whole", len(result.issues)))
    lines += [(text("sources_title", language), "text", source) for source in result.sources]
    if result.estimated is not None:
        total, buildings = result.estimated
        note = text("estimated", language, total=f"{total:,.0f}", buildings=f"{buildings:,}")
        lines.append(("", "text", note))
    _two_columns(sheets, lines)


def _two_columns(sheets: _Sheets, lines: Sequence[tuple[str, str, str | float | None]]) -> None:
    sheets.add("summary", [("figure", "text"), ("value", "text")], [])
    page = sheets.book.get_worksheet_by_name(text("sheet_summary", sheets.language))
    for at, (label, kind, value) in enumerate(lines, start=1):
        page.write_string(at, 0, label)
        sheets.write(page, at, 1, kind, value)
    page.set_column(0, 0, max(_width(label) for label, _, _ in lines) + 2)
    page.set_column(1, 1, 32)


def _districts(sheets: _Sheets, found: Figures) -> None:
    columns = [
        ("id", "text"),
        ("district", "text"),
        ("people", "people"),
        ("head_covered", "people"),
        ("share", "share"),
        ("head_too_far", "people"),
        ("head_unreachable", "people"),
        ("head_off_network", "people"),
        ("mean_walk", "walk"),
        ("centers", "whole"),
    ]
    rows: list[Row] = []
    for row in found.districts:
        people = row.people
        name = text("outside", sheets.language) if row.id == OUTSIDE else row.name
        parts = (people.too_far, people.unreachable, people.off_network)
        rows.append((row.id, name, people.total, people.covered, people.share, *parts, row.walk_min, row.centers))
    sheets.add("districts", columns, rows)


def _centers(sheets: _Sheets, found: Figures) -> None:
    columns = [
        ("id", "text"),
        ("name", "text"),
        ("tier", "text"),
        ("kind", "text"),
        ("catchment", "people"),
        ("covered", "people"),
        ("mean_walk", "walk"),
    ]
    rows = [(c.id, c.name, c.tier, c.kind, c.people, c.covered, c.walk_min) for c in found.centers]
    sheets.add("centers", columns, rows)


def _gaps(sheets: _Sheets, found: Figures) -> None:
    columns = [
        ("rank", "whole"),
        ("id", "text"),
        ("people", "people"),
        ("share_of_all", "share"),
        ("longest_walk", "walk"),
        ("nearest", "text"),
        ("name", "text"),
        ("district", "text"),
    ]
    rows = [
        (g.rank, g.id, g.weight, g.share, g.walk_min, g.nearest, g.nearest_name, _place(g.district, sheets.language))
        for g in found.gaps
    ]
    sheets.add("gaps", columns, rows)


def _sites(sheets: _Sheets, found: Figures) -> None:
    columns = [
        ("rank", "whole"),
        ("id", "text"),
        ("name", "text"),
        ("gain", "people"),
        ("share_after", "share"),
        ("lon", "degrees"),
        ("lat", "degrees"),
    ]
    sites = () if found.plan is None else found.plan.sites
    sheets.add("sites", columns, [(s.rank, s.id, s.name, s.gain, s.share_after, s.lon, s.lat) for s in sites])


def _issues(sheets: _Sheets, result: StudyResult) -> None:
    language = result.language
    columns = [
        (key, "whole" if key == "row" else "text") for key in ("file", "row", "column", "value", "problem", "action")
    ]
    rows = [
        (i.file, i.row, i.column, i.value, problem_text(i.problem, language), text(i.action, language))
        for i in result.issues
    ]
    sheets.add("issues", columns, rows)
