"""What a contender is: a name, what it needs, and two steps that are timed apart."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from contenders.worlds import World


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One way to answer a question.

    Attributes
    ----------
    question
        What exactly it answers, where that differs from ours.
    needs
        Distributions that must be installed; their versions are reported.
    prepare
        Makes what can serve many answers (a graph, an index, tiles). Timed by itself.
    answer
        Answers with what was prepared.
    settle
        Brings the answer into the form that is compared; not timed.
    every
        Asked about each n-th center only; its seconds are multiplied by n, and the table says so.
    """

    question: str
    needs: tuple[str, ...]
    prepare: Callable[[World], Any]
    answer: Callable[[World, Any], Any]
    settle: Callable[[World, Any], Any] = lambda _world, answer: answer
    every: int = 1


def percent(part: float, whole: float) -> str:
    """Write a share with as many digits as it needs to be seen."""
    share = 100 * part / whole
    return "0" if part == 0 else f"{share:.2f} %" if share >= 0.01 else f"{share:.1g} %"


def metres(difference: npt.NDArray[np.float64]) -> str:
    """Write the mean and the 95th percentile of differences in metres."""
    away = np.abs(difference)
    if not len(away):
        return "none shared"
    return " / ".join("0" if value < 1e-3 else f"{value:,.1f}" for value in (away.mean(), np.percentile(away, 95)))
