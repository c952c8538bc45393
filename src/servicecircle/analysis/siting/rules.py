"""`SiteRules`: what a plan must or may not do beside its count or budget."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from servicecircle.analysis.times import TravelTimes, plain_numbers
from servicecircle.errors import InfeasibleError, InputError, checked_kind, checked_number

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
    districts: pd.Series | Sequence[str] | npt.NDArray[Any] | None = None
    backup: int = 1
    weights: pd.Series | Sequence[float] | npt.NDArray[Any] | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Openable:
    """The candidates that may open, and what the rules say of them.

    Attributes
    ----------
    rules
        The rules, none where none were given.
    sites
        Positions of the candidates that may open, in the order of their ids, so that equally good
        sites are chosen alike whatever the order of the rows.
    required
        Rows of `sites` that have to open, ascending.
    apart
        Sites x sites, true where only one of the two may open; None without such pairs.
    """

    rules: SiteRules
    sites: IntArray
    required: IntArray
    apart: sparse.csr_array | None


def openable(times: TravelTimes, rules: SiteRules | None) -> Openable:
    """Read which candidates may open.

    Raises
    ------
    InputError
        If these are no travel times or no rules, or a rule names what is no candidate.
    InfeasibleError
        If there are no candidates, or the rules contradict each other.
    """
    checked_kind("times", times, TravelTimes)
    rules = SiteRules() if rules is None else rules
    if not isinstance(rules, SiteRules):
        raise InputError(f"rules: found {type(rules).__name__}, expected SiteRules(required=..., forbidden=..., ...).")
    ids = times.facilities.index
    if not len(ids):
        raise InfeasibleError("there are no candidates to choose from.")
    required = positions(times, rules.required, "required")
    forbidden = positions(times, rules.forbidden, "forbidden")
    both = np.intersect1d(required, forbidden)
    if len(both):
        raise InfeasibleError(f"candidate {ids[both[0]]!r} is both required and forbidden.")
    apart = pairs_apart(times, rules)
    if apart is not None:
        one, other = apart[required][:, required].nonzero()
        if len(one):
            pair = f"{ids[required[one[0]]]!r} and {ids[required[other[0]]]!r}"
            raise InfeasibleError(f"candidates {pair} are both required, but only one of them may open (apart).")
    by_id = np.argsort(ids.to_numpy().astype(str), kind="stable")
    sites = by_id[~np.isin(by_id, forbidden)].astype(np.int64)
    return Openable(
        rules=rules,
        sites=sites,
        required=np.flatnonzero(np.isin(sites, required)),
        apart=None if apart is None else sparse.csr_array(apart[sites][:, sites]),
    )


def pairs_apart(times: TravelTimes, rules: SiteRules) -> sparse.csr_array | None:
    """Return candidates x candidates, true where only one of the two may open; None without such pairs.

    Raises
    ------
    InputError
        If an id is not one of the candidates, or a pair is no pair.
    """
    if not len(rules.apart):
        return None
    for pair in rules.apart:
        if isinstance(pair, str) or len(pair) != 2 or pair[0] == pair[1]:
            raise InputError(f"apart: found {pair!r}, expected pairs of two different ids.")
    index = times.facilities.index
    found = index.get_indexer(pd.Index([key for pair in rules.apart for key in pair], dtype=object)).reshape(-1, 2)
    if (found < 0).any():
        row, side = np.argwhere(found < 0)[0]
        key = list(rules.apart)[row][side]
        raise InputError(f"apart: found {key!r}, expected ids of candidates such as {index[0]!r}.")
    one, other = np.concatenate([found, found[:, ::-1]]).T
    pairs = sparse.csr_array((np.ones(len(one), dtype=np.int64), (one, other)), shape=(len(index), len(index)))
    return sparse.csr_array(pairs > 0)


def demand_values(times: TravelTimes, values: pd.Series | Sequence[Any] | npt.NDArray[Any], name: str) -> FloatArray:
    """Read one number of at least 0 for each demand row.

    Raises
    ------
    InputError
        If they do not fit the demand.
    """
    found = plain_numbers(_aligned(times, values, name), name)
    if not np.isfinite(found).all() or (found < 0).any():
        raise InputError(f"{name}: every value must be a finite number of at least 0.")
    return found


def districts_of(times: TravelTimes, rules: SiteRules) -> tuple[IntArray, tuple[str, ...]]:
    """Return which floor each demand row counts for (-1 for none), and the names of the districts.

    Raises
    ------
    InputError
        If a floor is no share, or its district has nobody in it.
    """
    names = tuple(sorted(rules.floors))
    if not names:
        return np.full(len(times.demand), -1, dtype=np.int64), names
    if rules.districts is None:
        raise InputError("floors: the district of each demand row is missing. Pass districts=.")
    place = pd.Index(names, dtype=object).get_indexer(pd.Index(_aligned(times, rules.districts, "districts")))
    for row, name in enumerate(names):
        share = rules.floors[name]
        checked_number(f"floors, district {name!r}", share, "a share from 0 to 1", most=1)
        if not times.weights[place == row].sum() > 0:
            raise InputError(f"floors, district {name!r}: nobody of the demand lives there.")
    return place.astype(np.int64), names


def _aligned(times: TravelTimes, values: pd.Series | Sequence[Any] | npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    if isinstance(values, pd.Series) and not values.index.equals(times.demand.index):
        raise InputError(f"{name}: its index is not that of the demand of the travel times.")
    found = np.asarray(values)
    if found.shape != (len(times.demand),):
        raise InputError(f"{name}: found shape {found.shape}, expected one value for each of {len(times.demand)} rows.")
    return found
