"""Texts of the catalogue with their values filled in, and how numbers and days are written."""

import datetime as dt
import math
import unicodedata

from servicecircle.outputs.words import CATALOGUE

#: Where the words of the report are; the map and the commands have shorter ones under the same keys.
TEXTS = CATALOGUE["figures"] | CATALOGUE["rules"] | CATALOGUE["report"]


def text(key: str, language: str, **values: str) -> str:
    """Return one text with its values filled in.

    Raises
    ------
    KeyError
        If the catalogue has no such text.
    """
    return TEXTS[key][language].format(**values)


def command_text(key: str, language: str, **values: str) -> str:
    """Return what a command says, with its values filled in."""
    return CATALOGUE["commands"][key][language].format(**values)


def map_texts() -> dict[str, dict[str, str]]:
    """Return all texts of the map, language by language."""
    from servicecircle.analysis.coverage import REASONS  # a command that says one line needs no tables

    shared = {key: TEXTS[key] for key in (*REASONS, "rule_line", "not_available")}
    texts = CATALOGUE["map"] | shared
    return {language: {key: said[language] for key, said in texts.items()} for language in ("en", "zh")}


def number(value: float | None, language: str, *, decimals: int = 1) -> str:
    """Write a number with thousands separators and at most `decimals` decimals; "n/a" for none."""
    if value is None or not math.isfinite(value):
        return text("not_available", language)
    written = f"{value:,.{decimals}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def walk(minutes: float | None, language: str) -> str:
    """Write the length of a walk in minutes; "n/a" for none."""
    return text("not_available", language) if minutes is None else f"{minutes:,.1f}"


def day(date: dt.date, language: str) -> str:
    """Write a day: 20 November 2026, 2026年11月20日; nothing depends on the locale of the computer."""
    return text("day", language, day=str(date.day), month=text(f"month_{date.month}", language), year=str(date.year))


def wide(words: str) -> int:
    """Return the width of words in letters; a Chinese letter counts for two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)


def percent(share: float | None, language: str, *, up: bool = False) -> str:
    """Write a share (0 to 1) with one decimal; `up` rounds upwards, as an upper bound must be."""
    if share is None or not math.isfinite(share):
        return text("not_available", language)
    # The inner rounding takes away the dust of binary fractions before the ceiling.
    value = math.ceil(round(share * 1000, 6)) / 10 if up else share * 100
    return f"{value:.1f}\N{NO-BREAK SPACE}%" if language == "en" else f"{value:.1f}%"
