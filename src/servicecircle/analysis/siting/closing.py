"""Which existing centers add least: what closing or moving one would change."""

from types import NoneType

import numpy as np
import pandas as pd
from scipy import sparse

from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InputError, checked_kind


def closing(times: TravelTimes, *, minutes: float = 15.0, candidates: TravelTimes | None = None) -> pd.DataFrame:
    """Tell for each existing center what would be lost by closing it alone, and what moving it could bring.

    All single closings and moves are tried. Which several to close together is another question:
    ``solve_mclp(times, count=len(centers) - several)`` chooses the centers to keep.

    Parameters
    ----------
    times
        Travel times from the demand to the centers.
    minutes
        The limit, inclusive.
    candidates
        Travel times from the same demand to places a center could move to.

    Returns
    -------
    pandas.DataFrame
        Index: center id, the center that adds least first. ``covered`` (people within the limit of it),
        ``loss`` (those whom no other center covers); with candidates also ``move_to`` (id of the
        candidate that makes most of the move) and ``move_change`` (people gained by the move, negative
        if lost).

    Raises
    ------
    InputError
        If a limit cannot be used, or the candidates are of other demand.
    """
    checked_kind("times", times, TravelTimes)
    checked_kind("candidates", candidates, TravelTimes, NoneType)
    cover = sparse.csr_array(times.cover_matrix(minutes).astype(np.float64))
    weights = times.weights
    reached = np.bincount(cover.indices, minlength=len(weights))
    once = np.where(reached == 1, weights, 0.0)
    table = pd.DataFrame({"covered": cover @ weights, "loss": cover @ once}, index=times.facilities.index)
    if candidates is not None:
        if not candidates.demand.index.equals(times.demand.index):
            raise InputError("candidates: their demand is not that of the centers. Compute both from one table.")
        other = sparse.csr_array(candidates.cover_matrix(minutes).astype(np.float64))
        new = other @ np.where(reached == 0, weights, 0.0)
        kept = np.asarray((cover.multiply(once) @ other.T).toarray())  # of what each center loses, what each keeps
        change = new[None, :] + kept - table["loss"].to_numpy()[:, None]
        best = change.argmax(axis=1) if len(candidates.facilities) else np.zeros(0, dtype=np.int64)
        if len(best):
            table["move_to"] = candidates.facilities.index.to_numpy(dtype=object)[best]
            table["move_change"] = change[np.arange(len(table)), best]
    order = np.lexsort((table["covered"].to_numpy(), table["loss"].to_numpy()))
    return table.iloc[order]
