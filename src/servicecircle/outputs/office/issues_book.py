"""The issues of a check as a workbook that comes back with corrections."""

import csv
import io
from collections.abc import Sequence

from servicecircle.errors import InputError
from servicecircle.inputs.corrections import HEADS, harmless
from servicecircle.inputs.issues import RowIssue
from servicecircle.outputs.office.ooxml import CREATED
from servicecircle.outputs.office.sheet_cells import OPTIONS, WIDEST, print_on_a4, sheet_text, width
from servicecircle.outputs.problems import problem_text, value_text
from servicecircle.outputs.texts import text

_ACTIONS = ("refused", "doubted", "repaired", "left out")
_SURE = ("certain", "likely", "possible")


def issues_xlsx(issues: Sequence[RowIssue], language: str) -> bytes:
    """Return the workbook; what stops a run comes first, then the surest. The last column waits for corrections.

    Heads hold the English word that `read_corrections` looks for and its translation.
    """
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        book.set_properties({"created": CREATED})
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        open_cell = book.add_format({"bg_color": "#FFF7D6", "num_format": "@"})
        page = book.add_worksheet(text("sheet_issues", language))
        heads = [name if language == "en" else f"{name} {text(f'issue_{name}', language)}" for name in HEADS]
        page.write_row(0, 0, heads, head)
        print_on_a4(page)
        rows = [_row(issue, language) for issue in sorted(issues, key=_order)]
        for at, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    page.write_number(at, column, value)
                elif value:
                    page.write_string(at, column, sheet_text(value))
            page.write_blank(at, len(row), None, open_cell)
        for column, name in enumerate(heads[:-1]):
            page.set_column(column, column, min(max([width(name), *(width(row[column]) for row in rows)]) + 2, WIDEST))
        page.set_column(len(heads) - 1, len(heads) - 1, 24)
        if rows:
            page.autofilter(0, 0, len(rows), len(heads) - 1)
        note = book.add_worksheet(text("sheet_how", language))
        note.set_column(0, 0, 110, book.add_format({"text_wrap": True, "valign": "top"}))
        for at, key in enumerate(("how_correct", "how_apply", "how_sure")):
            note.write_string(at, 0, text(key, language))
    return file.getvalue()


def _order(issue: RowIssue) -> tuple[int, int, str, int, str]:
    return (_ACTIONS.index(issue.action), _SURE.index(issue.sure), issue.file, issue.row, issue.problem)


def _row(issue: RowIssue, language: str) -> list[str | int]:
    return [
        issue.file,
        issue.row or "",
        issue.column,
        value_text(issue, language),
        problem_text(issue.problem, language),
        text(issue.action, language),
        text(f"sure_{issue.sure}", language),
        issue.detail,
        issue.suggestion,
    ]


def issues_file(issues: Sequence[RowIssue], language: str, ending: str) -> bytes:
    """Return the issues as a workbook (``.xlsx``) or a table of text (``.csv``).

    Raises
    ------
    InputError
        If the ending is another one.
    """
    if ending.lower() == ".xlsx":
        return issues_xlsx(issues, language)
    if ending.lower() != ".csv":
        raise InputError(f"output: found the ending {ending!r}, expected .xlsx or .csv.")
    file = io.StringIO(newline="")
    table = csv.writer(file, lineterminator="\r\n")
    table.writerow(HEADS)
    for issue in sorted(issues, key=_order):
        table.writerow([*(harmless(str(cell)) for cell in _row(issue, language)), ""])
    return file.getvalue().encode("utf-8-sig", errors="replace")
