"""Tables from an office, CSV or XLSX, read as text: "007" stays "007" and "NA" stays "NA"."""

import csv
import io
from pathlib import Path

import pandas as pd

from servicecircle.errors import InputError
from servicecircle.inputs.issues import RowIssue
from servicecircle.inputs.sheets import sheet_rows
from servicecircle.inputs.text import decode

_TEXT_ENDINGS = frozenset({".csv", ".tsv", ".txt"})
_SHEET_ENDINGS = frozenset({".xlsx", ".xlsm"})
#: Layers of outputs cannot hold many more.
MAX_COLUMNS = 1000
TABLE_ENDINGS = tuple(sorted(_TEXT_ENDINGS | _SHEET_ENDINGS))


def is_table(path: Path) -> bool:
    """Say whether the file name is one of a table."""
    return path.suffix.lower() in TABLE_ENDINGS


def read_table(path: Path, found: list[RowIssue]) -> pd.DataFrame:
    """Read all cells as text, stripped, empty where nothing is; the index is the row, the header being 1.

    Blank rows are skipped.

    Raises
    ------
    DataSourceError
        If a spreadsheet is damaged or of another format.
    InputError
        If the text cannot be decoded, a row is longer than the header, a column name occurs twice, or no row
        follows the header.
    """
    is_sheet = path.suffix.lower() in _SHEET_ENDINGS
    rows = sheet_rows(path, found) if is_sheet else _text_rows(decode(path.read_bytes(), path.name), path.name)
    header, *body = rows or [[]]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise InputError(f"{path.name} holds no header in its first row. Write the column names there.")
    _check_header(header, path.name)
    kept: dict[int, list[str]] = {}
    for number, row in enumerate(body, start=2):
        if any(row[len(header) :]):
            if len(header) == 1:
                raise InputError(
                    f'{path.name}, row 1: found only "{header[0]}", expected the column names. '
                    "Delete the rows above them and run again."
                )
            advice = "Empty the others." if is_sheet else "Put texts that hold the separator in quotes."
            raise InputError(
                f"{path.name}, row {number}: found {len(row)} cells, expected {len(header)} as in the header. {advice}"
            )
        if any(row):
            kept[number] = (row + [""] * len(header))[: len(header)]
    if not kept:
        raise InputError(f"{path.name} holds a header but no rows. Add the data rows below it.")
    return pd.DataFrame(list(kept.values()), columns=header, index=pd.Index(list(kept)), dtype=str)


def _check_header(header: list[str], file: str) -> None:
    if len(header) > MAX_COLUMNS:
        raise InputError(f"{file} has {len(header)} columns, expected at most {MAX_COLUMNS}. Keep those that are used.")
    for at, name in enumerate(header):
        if name and name in header[:at]:
            raise InputError(f"{file}, row 1: the column {name!r} occurs twice. Rename one of them.")
        if not name:
            header[at] = f"column {at + 1}"


def separator_of(text: str) -> str:
    """Return what sets the cells of a text table apart: comma, semicolon or tab."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _text_rows(text: str, file: str) -> list[list[str]]:
    separator = separator_of(text)
    if text.lstrip()[:1] in {"<", "{"}:
        raise InputError(f"{file} is not a table (it starts with {text.lstrip()[:15]!r}). Check what was saved.")
    try:
        # A quote left open would swallow the rest of the file: strict says so.
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise InputError(f"{file} is not a well-formed table ({error}). Check its quotes.") from error
    return [[cell.strip() for cell in row] for row in rows]
