"""What was wrong with an input row, in words."""

from servicecircle.outputs.words import CATALOGUE


def problem_text(code: str, language: str) -> str:
    """Return the words for a problem code, the code itself where there are none."""
    texts = CATALOGUE["problems"]
    return texts[code][language] if code in texts else code
