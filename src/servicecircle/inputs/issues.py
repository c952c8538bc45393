"""What was repaired, doubted or left out while reading, row by row."""

import logging
from dataclasses import dataclass
from typing import Literal

log = logging.getLogger(__name__)

Action = Literal["left out", "repaired", "doubted", "refused"]
Sure = Literal["certain", "likely", "possible"]
#: An English pattern and the texts it takes: ("{0} places", "12"). The outputs know the patterns in other languages.
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowIssue:
    """One thing about one input row that a person should know.

    Attributes
    ----------
    file
        File name as given, without its folder.
    row
        Row as a person counts it: the header of a table is row 1, the first feature of a layer is
        row 1. 0 means the issue concerns the whole file.
    column
        Column or layer concerned, empty if none.
    value
        What was found, as text.
    problem
        A short code such as ``missing_coordinate``; the texts live with the outputs.
    action
        What was done about it; what is refused stops a run until it is corrected.
    suggestion
        What the cell should probably hold, empty where that cannot be told.
    sure
        How sure it is that something is wrong.
    detail
        What else is known, as text: the other row, the distance.
    phrases
        What `value` is made of where its words are ours; empty where it stood in the file.
    """

    file: str
    row: int
    column: str
    value: str
    problem: str
    action: Action
    suggestion: str = ""
    sure: Sure = "certain"
    detail: str = ""
    phrases: tuple[Phrase, ...] = ()


def issue(
    file: str,
    row: int,
    column: str,
    value: str | tuple[Phrase, ...],
    problem: str,
    action: Action,
    sure: Sure = "certain",
) -> RowIssue:
    """Return a `RowIssue`, its fields in their order; a value of our own words is given as phrases."""
    phrases = () if isinstance(value, str) else value
    found = value if isinstance(value, str) else ", ".join(pattern.format(*parts) for pattern, *parts in value)
    return RowIssue(
        file=file, row=row, column=column, value=found, problem=problem, action=action, sure=sure, phrases=phrases
    )


def phrase(pattern: str, *parts: object) -> Phrase:
    """Return words with what they are said of; what stood in a file is only ever a part, never a pattern."""
    return (pattern, *map(str, parts))


def report(issues: list[RowIssue] | None, found: list[RowIssue]) -> None:
    """Append `found` to the caller's list, or log one line per file when there is no list."""
    if not found:
        return
    if issues is not None:
        issues.extend(found)
        return
    first = found[0]
    log.warning(
        "%s: %d row issue(s); first: row %d, %s: found %r, %s. Pass issues=[] to collect them all.",
        first.file,
        len(found),
        first.row,
        first.problem,
        first.value,
        first.action,
    )
