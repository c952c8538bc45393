"""`TravelTimes`: the hinge between geography and linear algebra.

Nothing here knows geometry. A table of demand and one of facilities go in with the pairs that are
within reach of each other; what solvers and coverage need comes out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from servicecircle.errors import InputError, SchemaError, checked_number

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TravelTimes:
    """Walking minutes between demand and facilities, sparse.

    Attributes
    ----------
    demand
        Demand table, index ``id``, with ``weight`` (people).
    facilities
        Centers or candidates, index ``id``.
    max_minutes
        Longest walk held in the pairs.
    speed_kmh
        Walking speed in force, or None where the minutes came from a matrix.
    indptr, demand_index, minutes
        The pairs, facility by facility (compressed sparse rows): facility ``j`` is within
        ``max_minutes`` of the demand rows ``demand_index[indptr[j]:indptr[j + 1]]``, ascending, at
        those ``minutes``.
    nearest_minutes
        Minutes to the nearest facility for every demand row, also beyond `max_minutes`;
        ``inf`` where no facility can be reached.
    nearest_facility
        Row number of that facility, -1 where there is none.
    off_network
        True for demand farther than ``max_snap_m`` from every usable street segment.
    """

    demand: pd.DataFrame
    facilities: pd.DataFrame
    max_minutes: float
    speed_kmh: float | None
    indptr: npt.NDArray[np.int64]
    demand_index: IntArray
    minutes: FloatArray
    nearest_minutes: FloatArray
    nearest_facility: IntArray
    off_network: BoolArray

    def __post_init__(self) -> None:
        for array in (
            self.indptr,
            self.demand_index,
            self.minutes,
            self.nearest_minutes,
            self.nearest_facility,
            self.off_network,
        ):
            array.flags.writeable = False

    def __repr__(self) -> str:
        return (
            f"TravelTimes({len(self.minutes):,} walks of at most {self.max_minutes:g} minutes between "
            f"{len(self.demand):,} demand places and {len(self.facilities):,} facilities)"
        )

    @classmethod
    def from_matrix(
        cls,
        minutes: Any,
        *,
        weights: Sequence[float] | npt.NDArray[np.float64] | None = None,
        costs: Sequence[float] | npt.NDArray[np.float64] | None = None,
    ) -> "TravelTimes":
        """Build from a (demand x facilities) matrix, dense or scipy sparse.

        Parameters
        ----------
        minutes
            Walking minutes (or any distance). In a dense array ``inf`` or NaN means out of reach; in
            a sparse one the absent entries do, and a stored zero is a walk of no length.
        weights
            People at each demand row; 1 each when not given.
        costs
            Cost of each facility, kept as the column ``cost`` of `facilities`.

        Returns
        -------
        TravelTimes
            With the row and column numbers as ids, in text.

        Raises
        ------
        InputError
            If the matrix is not two-dimensional, holds negative minutes, or the weights or costs
            do not fit it.
        """
        by_facility = _by_facility(minutes)
        rows, columns = by_facility.shape
        pairs = by_facility.data.astype(np.float64)
        if len(pairs) and pairs.min() < 0:
            raise InputError(f"minutes: found {pairs.min():g}, expected values of at least 0.")
        demand = pd.DataFrame(
            {"weight": _vector(weights, rows, "weights")}, index=pd.Index([str(i) for i in range(rows)], name="id")
        )
        facilities = pd.DataFrame(index=pd.Index([str(j) for j in range(columns)], name="id"))
        if costs is not None:
            facilities["cost"] = _vector(costs, columns, "costs")
        nearest, facility = _nearest(rows, by_facility.indptr, by_facility.indices, pairs)
        return cls(
            demand=demand,
            facilities=facilities,
            max_minutes=float(pairs.max()) if len(pairs) else 0.0,
            speed_kmh=None,
            indptr=by_facility.indptr.astype(np.int64),
            demand_index=by_facility.indices.astype(np.int32),
            minutes=pairs,
            nearest_minutes=nearest,
            nearest_facility=facility,
            off_network=np.zeros(rows, dtype=np.bool_),
        )

    @property
    def weights(self) -> FloatArray:
        """People at each demand row, shape (demand,)."""
        return self.demand["weight"].to_numpy(dtype=np.float64)

    def cover_matrix(self, minutes: float) -> sparse.csr_array:
        """Facilities x demand, True where the walk is at most `minutes` (inclusive).

        Parameters
        ----------
        minutes
            The limit.

        Returns
        -------
        scipy.sparse.csr_array
            Truth values, shape (facilities, demand).

        Raises
        ------
        InputError
            If `minutes` is beyond `max_minutes`: those pairs were never computed.
        """
        self.check_limit(minutes)
        keep = self.minutes <= minutes
        kept = np.concatenate([[0], np.cumsum(keep)])[self.indptr]
        shape = (len(self.facilities), len(self.demand))
        return sparse.csr_array((np.ones(int(keep.sum()), dtype=np.bool_), self.demand_index[keep], kept), shape=shape)

    def check_limit(self, minutes: float) -> None:
        """Raise `InputError` unless ``0 < minutes <= max_minutes`` (a matrix has no such end).

        Parameters
        ----------
        minutes
            The limit that is asked about.

        Raises
        ------
        InputError
            If it is not a number above 0, or beyond what was computed.
        """
        checked_number("minutes", minutes, "a number above 0", above=True)
        if self.speed_kmh is not None and minutes > self.max_minutes:
            msg = (
                f"minutes: found {minutes:g}, but travel times were computed up to {self.max_minutes:g}. "
                f"Call travel_times(..., max_minutes={minutes:g})."
            )
            raise InputError(msg)


def _by_facility(minutes: Any) -> sparse.csc_array:
    """Return the reachable pairs of any matrix, facility by facility; stored zeros are kept, inf and NaN are not."""
    if hasattr(minutes, "tocsc"):
        _check_numbers(minutes.dtype, "minutes")
        pairs = sparse.csc_array(minutes.tocsc())
        if np.isfinite(pairs.data).all() and pairs.has_sorted_indices:
            return pairs
        entries: Any = pairs.tocoo()
        keep = np.isfinite(entries.data)
        kept: tuple[Any, Any] = (entries.data[keep], (entries.row[keep], entries.col[keep]))
    else:
        dense = plain_numbers(minutes, "minutes")
        if dense.ndim != 2:
            raise InputError(f"minutes: found {dense.ndim} dimension(s), expected a (demand x facilities) matrix.")
        reached = np.nonzero(np.isfinite(dense) | (dense == -np.inf))
        kept = (dense[reached], reached)
    by_facility = sparse.coo_array(kept, shape=np.shape(minutes)).tocsc()
    by_facility.sort_indices()
    return by_facility


def plain_numbers(values: Any, name: str) -> FloatArray:
    """Return numbers as an array, in which None is no number (NaN); a text is not taken for what it says.

    Raises
    ------
    InputError
        If one of them is a text or anything else, or they fit into no array.
    """
    try:
        found = np.asarray(values)
        _check_numbers(found.dtype, name)
        wrong = found.dtype == object and [cell for cell in found.flat if isinstance(cell, str | bytes | bool)]
        if wrong:
            raise InputError(f"{name}: found {wrong[0]!r}, expected numbers.")
        return found.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name}: found what makes no array of numbers ({error}), expected numbers.") from None


def _check_numbers(kind: np.dtype[Any], name: str) -> None:
    if kind.kind not in "iufO":
        raise InputError(f"{name}: found values of the kind {kind}, expected numbers.")


def _vector(values: Any, length: int, name: str) -> FloatArray:
    if values is None:
        return np.ones(length)
    vector = plain_numbers(values, name)
    if vector.shape != (length,):
        raise SchemaError(f"{name}: found shape {vector.shape}, expected ({length},) to fit the matrix.")
    if not np.isfinite(vector).all() or (vector < 0).any():
        raise InputError(f"{name}: every value must be a finite number of at least 0.")
    return vector


def _nearest(
    rows: int, indptr: npt.NDArray[Any], demand_index: npt.NDArray[Any], minutes: FloatArray
) -> tuple[FloatArray, IntArray]:
    """Nearest facility of each demand row; of equals the first facility."""
    nearest = np.full(rows, np.inf)
    np.minimum.at(nearest, demand_index, minutes)
    tied = np.flatnonzero(minutes == nearest[demand_index])
    facility = (np.searchsorted(indptr, tied, side="right") - 1).astype(np.int32)
    first = np.full(rows, len(indptr), dtype=np.int32)
    np.minimum.at(first, demand_index[tied], facility)
    return nearest, np.where(np.isfinite(nearest), first, -1).astype(np.int32)
