"""Every cell of a table of places that a run would refuse, with what it probably should say."""

import re
import unicodedata
from pathlib import Path

import pandas as pd

from servicecircle.inputs.columns import match_columns, texts
from servicecircle.inputs.datum import datum_named, zone_named
from servicecircle.inputs.issues import RowIssue
from servicecircle.inputs.tables import read_table

#: Column -> lowest and highest number it may hold.
_RANGES = {
    "lon": (-180.0, 180.0),
    "lat": (-90.0, 90.0),
    **dict.fromkeys(("capacity", "area_m2", "cost", "weight"), (0.0, float("inf"))),
}
_DEGREES = re.compile(
    r"""^\s*(?:([NSEW东西南北])[经纬]?)?\s*(\d{1,3}(?:\.\d+)?)\s*[°度d]\s*(?:(\d{1,2}(?:\.\d+)?)\s*['′分m]\s*)?
    (?:(\d{1,2}(?:\.\d+)?)\s*(?:["″秒s]|''|′′)\s*)?([NSEW东西南北])?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_NEGATIVE = frozenset("SW西南")


def cell_doubts(path: Path, *, datum: str = "wgs84", weight: str | None = None) -> list[RowIssue]:
    """Return an issue for each cell that stops a run: numbers and datums that are none, ids missing or there twice.

    Coordinates in metres of a zone, as `datum` or a column ``datum`` says, are not looked at. `weight` names the
    column of people where it has none of the usual names.

    Raises
    ------
    DataSourceError, InputError
        If the file is no table at all.
    """
    table = read_table(path, [])
    columns = match_columns(table.columns, ("id", *_RANGES))
    if weight in table.columns:
        columns["weight"] = str(weight)
    said = match_columns(table.columns, ("datum",)).get("datum")
    if zone_named(datum) or (said and texts(table[said]).map(zone_named).notna().any()):
        columns = {name: column for name, column in columns.items() if name not in {"lon", "lat"}}
    found = _exchanged(table, columns, path.name) + _datums(table, said, path.name)
    exchanged = {issue.row for issue in found}
    for name in _RANGES.keys() & columns.keys():
        cells = texts(table[columns[name]])
        for row, cell in cells[cells != ""].items():
            number = _number(cell)
            low, high = _RANGES[name]
            told = row in exchanged and name in {"lon", "lat"}
            if (number is None or not low <= number <= high) and not told:
                guess = written_number(cell, degrees=name in {"lon", "lat"})
                suggestion = "" if guess is None or not low <= guess <= high else f"{guess:.15g}"
                found.append(_refused(path.name, int(str(row)), columns[name], cell, "not_a_number", suggestion))
    return sorted([*found, *_ids(table, columns.get("id"), path.name)], key=lambda issue: issue.row)


def written_number(cell: str, *, degrees: bool = False) -> float | None:
    """Return the number a person meant: full-width digits, thousands apart, a decimal comma, degrees and minutes.

    A comma before three digits sets thousands apart, but not in `degrees`.
    """
    # The full stop of a Chinese keyboard is no sign of a number, so that NFKC leaves it.
    text = unicodedata.normalize("NFKC", cell).strip().replace("。", ".")
    angle = _DEGREES.match(text)
    if angle:
        before, whole, minutes, seconds, after = angle.groups()
        value = float(whole) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
        return round(-value if (before or after or "N").upper() in _NEGATIVE else value, 7)
    text = re.sub(r"(?<=\d)[ '](?=\d{3}\b)", "", text)
    text = re.sub(r"(人|平方米|㎡|m2|元|万元|°)$", "", text).strip()
    if not degrees and re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    elif re.fullmatch(r"[-+]?\d+,\d+", text):
        text = text.replace(",", ".")
    return _number(text)


def _number(text: str) -> float | None:
    try:
        # Python reads full-width digits and underscores; a run does not.
        number = float(text) if text.isascii() and "_" not in text else float("nan")
    except ValueError:
        return None
    return number if number - number == 0 else None


def _exchanged(table: pd.DataFrame, columns: dict[str, str], file: str) -> list[RowIssue]:
    """Return the rows whose latitude can only be a longitude, both cells with the other's value."""
    if not {"lon", "lat"} <= columns.keys():
        return []
    lon, lat = texts(table[columns["lon"]]), texts(table[columns["lat"]])
    found = []
    for row in table.index:
        x, y = _number(lon[row]), _number(lat[row])
        if x is not None and y is not None and abs(x) <= 90 < abs(y) <= 180:
            found.append(_refused(file, int(row), columns["lon"], lon[row], "axes_exchanged", lat[row]))
            found.append(_refused(file, int(row), columns["lat"], lat[row], "axes_exchanged", lon[row]))
    return found


def _datums(table: pd.DataFrame, column: str | None, file: str) -> list[RowIssue]:
    if column is None:
        return []
    cells = texts(table[column])
    unknown = [bool(cell) and datum_named(cell) is None and zone_named(cell) is None for cell in cells]
    return [_refused(file, int(str(row)), column, cell, "unknown_datum", "") for row, cell in cells[unknown].items()]


def _ids(table: pd.DataFrame, column: str | None, file: str) -> list[RowIssue]:
    if column is None:
        return []
    ids = texts(table[column])
    names = match_columns(table.columns, ("name",))
    same = ids if not names else ids + "\n" + texts(table[names["name"]])
    found = [_refused(file, int(str(row)), column, "", "missing_id", "") for row in ids.index[(ids == "").to_numpy()]]
    # Rows of one id and one name are entrances of one center, not a slip.
    again = ids.duplicated(keep=False) & ~same.duplicated(keep=False) & (ids != "")
    for row in ids.index[again.to_numpy()]:
        first = ids.index[(ids == ids[row]).to_numpy()][0]
        if row != first:
            found.append(_refused(file, int(str(row)), column, ids[row], "same_id", ""))
    return found


def _refused(file: str, row: int, column: str, value: str, problem: str, suggestion: str) -> RowIssue:
    return RowIssue(
        file=file, row=row, column=column, value=value, problem=problem, action="refused", suggestion=suggestion
    )
