"""The workbook of issues comes back with corrections; the files they concern get them, and nothing else."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from servicecircle.errors import InputError, SchemaError
from servicecircle.inputs.columns import found_columns, texts
from servicecircle.inputs.edits import edited_sheet, edited_text
from servicecircle.inputs.paths import checked_path
from servicecircle.inputs.tables import is_table, read_table, separator_of
from servicecircle.inputs.text import decode

#: Heads of the workbook, as `read_corrections` needs them; each may be followed by its translation.
HEADS = ("file", "row", "column", "value", "problem", "action", "sure", "detail", "suggestion", "correction")
_NEEDED = ("file", "row", "column", "value", "correction")
_SHEETS = frozenset({".xlsx", ".xlsm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One cell to change.

    Attributes
    ----------
    file, row, column
        Where it is: file name, row (the header being 1), name of the column.
    before, after
        What it has to hold now, and what it shall hold.
    """

    file: str
    row: int
    column: str
    before: str
    after: str


def read_corrections(file: str | Path) -> list[Correction]:
    """Read the rows of a workbook of issues whose last column, the correction, is filled.

    Raises
    ------
    DataSourceError, SchemaError, InputError
        If the file is no such workbook, or a row with a correction does not say which cell it is for.
    """
    path = checked_path(file)
    table = read_table(path, [])
    heads = {str(column).split()[0].casefold(): column for column in table.columns if str(column).split()}
    for name in _NEEDED:
        if name not in heads:
            raise SchemaError(
                f"{path.name} has no column {name!r}; {found_columns(table)}. Use the workbook that check wrote."
            )
    cells = {name: texts(table[heads[name]]) for name in _NEEDED}
    out = []
    for row in table.index[(cells["correction"] != "").to_numpy()]:
        said = {name: _plain(cells[name][row]) for name in _NEEDED}
        counted = re.fullmatch("[0-9]{1,9}", said["row"]) and int(said["row"]) > 1
        if not counted or not said["column"] or not said["file"]:
            raise InputError(
                f'{path.name}, row {row}: found the correction "{said["correction"]}" for file "{said["file"]}", row '
                f'"{said["row"]}", column "{said["column"]}"; expected all three. Fill them, or empty the correction.'
            )
        out.append(
            Correction(
                file=said["file"],
                row=int(said["row"]),
                column=said["column"],
                before=said["value"],
                after=said["correction"],
            )
        )
    return out


def _plain(cell: str) -> str:
    """Undo `harmless`."""
    return cell[1:] if cell and harmless(cell[1:]) == cell else cell


def corrected(path: Path, corrections: Iterable[Correction]) -> bytes:
    """Return the content of a table with corrections made.

    Raises
    ------
    InputError
        If a cell is not there, holds something else than the correction says, or is corrected twice.
    """
    if not is_table(path):
        raise InputError(
            f"{path.name}: only cells of CSV and XLSX files can be corrected. Change it in its own program."
        )
    table = read_table(path, [])
    columns = list(map(str, table.columns))
    cells: dict[tuple[int, int], str] = {}
    for one in corrections:
        where = f"{path.name}, row {one.row}, column {one.column}"
        if one.column not in columns or one.row not in table.index:
            raise InputError(f"{where}: there is no such cell; {found_columns(table)}. Run check again.")
        now = texts(table.loc[[one.row], one.column]).iloc[0]
        if now != one.before:
            raise InputError(f'{where}: found "{now}", expected "{one.before}" as in the corrections. Run check again.')
        at = (one.row, columns.index(one.column))
        if cells.setdefault(at, one.after) != one.after:
            raise InputError(f'{where}: found two corrections, "{cells[at]}" and "{one.after}". Keep one of them.')
    content = path.read_bytes()
    if path.suffix.lower() in _SHEETS:
        return edited_sheet(content, cells, file=path.name)
    return edited_text(content, cells, separator=separator_of(decode(content, path.name)), file=path.name)


def corrections_csv(corrections: Iterable[Correction]) -> bytes:
    """Return the log of changes as a table that Excel opens as UTF-8, formulas made harmless."""
    file = io.StringIO(newline="")
    table = csv.writer(file, lineterminator="\r\n")
    table.writerow(("file", "row", "column", "before", "after"))
    for one in corrections:
        table.writerow([harmless(cell) for cell in (one.file, str(one.row), one.column, one.before, one.after)])
    return file.getvalue().encode("utf-8-sig", errors="replace")


def harmless(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
