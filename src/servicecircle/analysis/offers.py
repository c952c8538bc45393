"""What centers offer: who can walk to a center of a tier, of a kind, or with a function."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import checked_kind

#: Columns of the centers that say what they offer; a center has several functions, one tier and one kind.
ASPECTS = ("tier", "kind", "functions")
_BETWEEN = re.compile(r"[;；,，、|/]")


def functions_of(cell: object) -> tuple[str, ...]:
    """Return the single functions of a cell such as ``展示、服务、人才``, each once, in their order."""
    return tuple(dict.fromkeys(part for part in map(str.strip, _BETWEEN.split(_word(cell))) if part))


def coverage_by_offer(times: TravelTimes, *, minutes: float = 15.0) -> pd.DataFrame:
    """Count the people who can walk to at least one center of each tier, kind and function.

    Parameters
    ----------
    times
        Travel times to the existing centers, whose table may have the columns of `ASPECTS`.
    minutes
        The limit, inclusive.

    Returns
    -------
    pandas.DataFrame
        One row for each value found: ``aspect`` (tier, kind or functions), ``value``, ``centers`` (how many
        offer it), ``covered`` (people within the limit of one of them) and ``share`` (of all people, NaN
        without demand); the most frequent first within an aspect, of equals the first in the alphabet.

    Raises
    ------
    InputError
        If `minutes` is beyond what `times` holds.
    """
    checked_kind("times", times, TravelTimes)
    cover, weights = times.cover_matrix(minutes), times.weights
    total = float(weights.sum())
    rows = []
    for aspect, value, rows_with in _offers(times.facilities):
        reached = np.unique(cover[rows_with].indices)
        covered = float(weights[reached].sum())
        rows.append((aspect, value, len(rows_with), covered, covered / total if total > 0 else np.nan))
    return pd.DataFrame(rows, columns=["aspect", "value", "centers", "covered", "share"])


def _offers(centers: pd.DataFrame) -> list[tuple[str, str, npt.NDArray[np.int64]]]:
    """Return (aspect, value, rows of the centers that have it)."""
    found = []
    for aspect in ASPECTS:
        if aspect not in centers:
            continue
        rows_with: dict[str, list[int]] = {}
        for row, cell in enumerate(centers[aspect]):
            # A tier or a kind is one word, whatever signs it holds.
            values = functions_of(cell) if aspect == "functions" else filter(None, [_word(cell)])
            for value in values:
                rows_with.setdefault(value, []).append(row)
        ranked = sorted(rows_with.items(), key=lambda offer: (-len(offer[1]), offer[0]))
        found += [(aspect, value, np.array(rows)) for value, rows in ranked]
    return found


def _word(cell: object) -> str:
    missing = cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell))
    return "" if missing else str(cell).strip()
