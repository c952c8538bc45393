"""The first visible sheet of a workbook as rows of text: what a person sees in its cells."""

import re
import struct
import warnings
import zipfile
from pathlib import Path

from servicecircle.errors import DataSourceError, InputError
from servicecircle.inputs.edits import column_at, first_sheet
from servicecircle.inputs.issues import RowIssue, issue
from servicecircle.inputs.memory import SHEET_FACTOR, amount, check_need
from servicecircle.inputs.text import cell_text

#: Workbooks before 2007, and those with a password, begin like this.
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"')


def sheet_rows(path: Path, found: list[RowIssue]) -> list[list[str]]:
    """Return the cells of the first visible sheet.

    Formulas count by their stored result; what a program wrote without one is empty, with an issue. The value of
    merged cells counts for each of their rows.

    Raises
    ------
    DataSourceError
        If the file is damaged or no workbook.
    InputError
        If no sheet is visible, or the sheets unpack to more than memory holds.
    """
    with path.open("rb") as stream:
        if stream.read(len(_OLD)) == _OLD:
            raise DataSourceError(
                f"{path.name} is an old workbook (.xls) or locked by a password. Open it, save it as .xlsx without one."
            )
    _check_unpacked(path)
    try:
        rows, titles = _read(path, results=True)
        with zipfile.ZipFile(path) as book:
            xml = book.read(first_sheet(book, path.name)) if titles else b""
        formulas = _read(path, results=False)[0] if _FORMULA.search(xml) else []
    except MemoryError:
        raise
    except Exception as error:
        # What openpyxl raises for a damaged workbook has no common class.
        raise DataSourceError(f"{path.name} is not an XLSX file. Open it and save it as .xlsx or CSV UTF-8.") from error
    if not titles:
        raise InputError(f"{path.name} holds no visible sheet. Unhide the one with the data.")
    if len(titles) > 1:
        found.append(issue(path.name, 0, titles[0], ", ".join(titles), "several_sheets", "doubted"))
    found += _without_results(rows, formulas, path.name)
    return _filled(rows, xml, path.name, found)


def _check_unpacked(path: Path) -> None:
    """Refuse sheets that are too large once unpacked; a damaged workbook is left to its reader."""
    try:
        with zipfile.ZipFile(path) as book:
            parts = [part for part in book.infolist() if part.filename.startswith(("xl/works", "xl/shared"))]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError, struct.error):
        return
    size = sum(part.file_size for part in parts)
    check_need(path.name, f"{amount(size)} of sheets", float(size * SHEET_FACTOR))


def _read(path: Path, *, results: bool) -> tuple[list[list[str]], list[str]]:
    """Return the rows of the first visible sheet, and the titles of all that are; formulas or their results."""
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # about styles and drop-downs that are not read
        book = openpyxl.load_workbook(path, read_only=True, data_only=results)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        rows = []
        if sheets:
            # Some programs declare a sheet smaller than it is.
            sheets[0].reset_dimensions()
            cells = sheets[0].iter_rows(values_only=True)
            # A formula over several cells is an object that holds its text.
            rows = [[cell_text(getattr(value, "text", value)) for value in row] for row in cells]
        book.close()
    return rows, [str(sheet.title) for sheet in sheets]


def _without_results(rows: list[list[str]], formulas: list[list[str]], file: str) -> list[RowIssue]:
    if not formulas:
        return []
    return [
        issue(file, number, _head(rows, at), formula, "formula_without_result", "left out")
        for number, (row, said) in enumerate(zip(rows, formulas, strict=True), start=1)
        for at, (cell, formula) in enumerate(zip(row, said, strict=True))
        if formula and not cell
    ]


def _filled(rows: list[list[str]], xml: bytes, file: str, found: list[RowIssue]) -> list[list[str]]:
    """Let the value of merged cells stand in each of their rows that holds anything else."""
    for letters, first, last in _MERGED.findall(xml):
        top, bottom, at = int(first), min(int(last), len(rows)), column_at(letters.decode())
        if not 1 < top < bottom or len(rows[top - 1]) <= at or not rows[top - 1][at]:
            continue
        for row in filter(any, rows[top:bottom]):
            row.extend([""] * (at + 1 - len(row)))
            row[at] = row[at] or rows[top - 1][at]
        found.append(issue(file, top, _head(rows, at), f"{top} - {bottom}", "merged_cells", "repaired"))
    return rows


def _head(rows: list[list[str]], at: int) -> str:
    return rows[0][at] if at < len(rows[0]) else ""
