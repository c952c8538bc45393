"""Numbers that options may hold, refused before any file is opened."""

from collections.abc import Callable
from math import inf
from typing import Any

import typer


def between(low: float, high: float = inf, *, above: bool = False) -> Callable[[Any], Any]:
    """Return a check that a number, where one is given, is at least `low` (or `above` it) and at most `high`."""

    def check(value: float | None) -> float | None:
        # Written so that what is not a number fails.
        if value is not None and not (value < inf and low <= value <= high and (value > low or not above)):
            most = "" if high == inf else f" and at most {high:g}"
            raise typer.BadParameter(f"{value:g} is not a number {'above' if above else 'of at least'} {low:g}{most}.")
        return value

    return check


def minutes_of(text: str) -> list[float]:
    """Return walking times separated by commas, which ascend as in a study file."""
    try:
        limits = [float(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"--minutes: found {text!r}, expected numbers such as 5,10,15.") from None
    for limit in limits:
        MINUTES(limit)
    return limits


#: What a study file takes, too.
MINUTES = between(0, 240, above=True)
SPEED = between(0.1, 20)
METRES = between(0, 5000, above=True)
