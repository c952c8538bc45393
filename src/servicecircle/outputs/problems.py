"""What was wrong with an input row, and what stood there, in words."""

from servicecircle.inputs.issues import RowIssue
from servicecircle.outputs.words import CATALOGUE


def problem_text(code: str, language: str) -> str:
    """Return the words for a problem code, the code itself where there are none."""
    texts = CATALOGUE["problems"]
    return texts[code][language] if code in texts else code


def value_text(issue: RowIssue, language: str) -> str:
    """Return the value of an issue: what stood in the file as it is, words of ours in the language."""
    if language == "en" or not issue.phrases:
        return issue.value
    texts = CATALOGUE["values"]
    said = [texts[pattern][language] if pattern in texts else pattern for pattern, *_ in issue.phrases]
    parts = [pattern.format(*taken) for pattern, (_, *taken) in zip(said, issue.phrases, strict=True)]
    return "，".join(parts)
