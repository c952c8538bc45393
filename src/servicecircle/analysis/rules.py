"""`SiteRules`: what a plan must or may not do beside its count or budget."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InfeasibleError, InputError

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SiteRules:
    """What a plan must or may not do beside its count or budget.

    Attributes
    ----------
    required, forbidden
        Ids of candidates that every plan has, and that none has. Existing centers that are open to
        closing are candidates too: put them into one table with the new ones and require those that
        must stay.
    apart
        Pairs of candidate ids of which at most one may open; `too_close` makes them from a distance.
    floors
        Least share of people (0 to 1) that must be covered in each named district.
    districts
        District of each demand row, needed for `floors`.
    backup
        People count as covered when at least so many open facilities, centers included, are within
        the limit.
    weights
        What each demand row counts in the objective in place of its people, such as people plus
        elderly people where these count double. Coverage, shares and floors stay those of people.

    References
    ----------
    Hogan, K. and ReVelle, C. (1986). Concepts and applications of backup coverage. Management
    Science 32, 1434-1444.
    """

    required: Collection[str] = ()
    forbidden: Collection[str] = ()
    apart: Collection[tuple[str, str]] = ()
    floors: Mapping[str, float] = field(default_factory=dict)
    districts: pd.Series | npt.ArrayLike | None = None
    backup: int = 1
    weights: pd.Series | npt.ArrayLike | None = None


def positions(times: TravelTimes, ids: Collection[str], name: str) -> IntArray:
    """Rows of the candidates with these ids, ascending.

    Raises
    ------
    InputError
        If an id is not one of the candidates.
    """
    if isinstance(ids, str):
        raise InputError(f"{name}: found the text {ids!r}, expected a list of ids such as [{ids!r}].")
    found = times.facilities.index.get_indexer(pd.Index(list(ids), dtype=object))
    missing = [key for key, row in zip(ids, found, strict=True) if row < 0]
    if missing:
        known = ", ".join(map(repr, times.facilities.index[:3]))
        raise InputError(f"{name}: found {missing[0]!r}, expected ids of candidates such as {known}.")
    return np.unique(found).astype(np.int64)


def required_and_forbidden(times: TravelTimes, rules: SiteRules) -> tuple[IntArray, IntArray]:
    """Rows of the candidates that every plan has, and of those that none has.

    Raises
    ------
    InputError
        If an id is not one of the candidates.
    InfeasibleError
        If a candidate is both.
    """
    required = positions(times, rules.required, "required")
    forbidden = positions(times, rules.forbidden, "forbidden")
    both = np.intersect1d(required, forbidden)
    if len(both):
        raise InfeasibleError(f"candidate {times.facilities.index[both[0]]!r} is both required and forbidden.")
    return required, forbidden
