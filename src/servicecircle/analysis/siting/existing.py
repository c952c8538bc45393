"""What existing centers already do, said as a coverage, as travel times to them, or as a plain mask."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InputError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@runtime_checkable
class Covered(Protocol):
    """What a solver reads of a `Coverage`: its demand with ``walk_min`` and ``nearest``."""

    @property
    def demand(self) -> pd.DataFrame:
        """Demand table, index ``id``."""

    @property
    def reasons(self) -> dict[str, float]:
        """People by reason."""


#: What `covered=` takes.
CoveredBy = Covered | TravelTimes | Sequence[bool] | BoolArray | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Existing:
    """What existing centers do for each demand row.

    Attributes
    ----------
    covered
        True where a center is within the limit.
    reached_by
        How many centers are within the limit, or None where only a coverage or a mask is known.
    walk_min
        Minutes to the nearest center, ``inf`` where there is none or it is not known.
    nearest
        Its id, None where there is none or it is not known.
    """

    covered: BoolArray
    reached_by: IntArray | None
    walk_min: FloatArray
    nearest: npt.NDArray[Any]


def existing_centers(times: TravelTimes, covered: CoveredBy, minutes: float) -> Existing:
    """Read `covered` for the demand of `times`.

    Raises
    ------
    InputError
        If it is of other demand, or no coverage, travel times or mask.
    """
    rows = len(times.demand)
    unknown = np.full(rows, np.inf), np.full(rows, None, dtype=object)
    if covered is None:
        none = np.zeros(rows, dtype=np.int64)
        return Existing(covered=none > 0, reached_by=none, walk_min=unknown[0], nearest=unknown[1])
    if isinstance(covered, TravelTimes):
        _same_demand(times, covered.demand)
        ids = np.array([*covered.facilities.index, None], dtype=object)
        walk = covered.nearest_minutes
        reached = np.bincount(covered.demand_index[covered.minutes <= minutes], minlength=rows).astype(np.int64)
        covered.check_limit(minutes if np.isfinite(minutes) else covered.max_minutes)
        return Existing(
            covered=walk <= minutes, reached_by=reached, walk_min=walk, nearest=ids[covered.nearest_facility]
        )
    if isinstance(covered, Covered):
        _same_demand(times, covered.demand)
        walk = covered.demand["walk_min"].to_numpy(dtype=np.float64)
        nearest = covered.demand["nearest"].to_numpy(dtype=object)
        return Existing(covered=walk <= minutes, reached_by=None, walk_min=walk, nearest=nearest)
    mask = np.asarray(covered)
    if mask.dtype != np.bool_ or mask.shape != (rows,):
        wanted = f"a Coverage, TravelTimes to the centers, or {rows} values of true or false, one for each demand row"
        raise InputError(f"covered: found {mask.dtype} of shape {mask.shape}, expected {wanted}.")
    return Existing(covered=mask, reached_by=None, walk_min=unknown[0], nearest=unknown[1])


def _same_demand(times: TravelTimes, demand: pd.DataFrame) -> None:
    if not demand.index.equals(times.demand.index):
        raise InputError("covered: its demand is not the demand of the travel times. Compute both from one table.")
