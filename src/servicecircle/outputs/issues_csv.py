"""`issues.csv`: every input row that was repaired, doubted or left out, and why."""

import csv
import io

from servicecircle.inputs.corrections import harmless
from servicecircle.inputs.issues import RowIssue
from servicecircle.outputs.problems import problem_text, value_text
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.texts import text

COLUMNS = ("file", "row", "column", "value", "problem", "action")


def issues_csv(result: StudyResult) -> bytes:
    """Return all row issues as a table that Excel opens as UTF-8, formulas made harmless."""
    file = io.StringIO(newline="")
    table = csv.writer(file, lineterminator="\r\n")
    table.writerow(COLUMNS)
    table.writerows(_row(issue, result.language) for issue in result.issues)
    return file.getvalue().encode("utf-8-sig", errors="replace")


def _row(issue: RowIssue, language: str) -> list[str]:
    cells = [
        issue.column,
        value_text(issue, language),
        problem_text(issue.problem, language),
        text(issue.action, language),
    ]
    return [harmless(issue.file), str(issue.row), *map(harmless, cells)]
