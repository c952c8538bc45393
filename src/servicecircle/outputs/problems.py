"""What was wrong with an input row, in words: one text for each code of `RowIssue.problem`."""

PROBLEMS: dict[str, dict[str, str]] = {}


def problem_text(code: str, language: str) -> str:
    """Return the words for a problem code, the code itself where there are none."""
    return PROBLEMS[code][language] if code in PROBLEMS else code
