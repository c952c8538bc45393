"""`SitePlan`: chosen sites, what they achieve and what is proven about them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.analysis.siting.existing import Existing
from servicecircle.analysis.times import TravelTimes

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

Status = Literal["optimal", "feasible"]
Problem = Literal["mclp", "lscp", "p-median", "p-center", "cmclp", "cp-median"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SitePlan:
    """Sites to open and what they achieve.

    Attributes
    ----------
    problem
        What was solved: ``mclp``, ``lscp``, ``p-median`` or ``p-center``; with capacities ``cmclp`` or ``cp-median``.
    sites
        The chosen candidates, best first, index ``id``: the columns of the candidates (geometry
        included, if they have one) with ``rank`` (1, 2, ...), ``gain`` (people) and ``share_after``
        (0 to 1, None without demand).
    covered
        People within the limit once all sites are open, those that existing centers cover included.
    total
        All people of the demand table.
    objective
        What was maximised or minimised: people (or what they count) for MCLP, sites or cost for
        LSCP, person-minutes for p-median, minutes for p-center.
    bound
        Proven: no plan that was allowed has a better objective than this.
    gap
        ``abs(bound - objective) / objective``, 0 when proven optimal.
    status
        ``optimal`` only with proof (the bound meets the objective), else ``feasible``.
    curve
        One row for 0, 1, ... sites in opening order: ``sites``, ``covered``, ``share``.
    minutes
        The limit.
    allocation
        Who is served by whom, index ``id`` (of the demand; once for each facility that serves a part
        of it): ``facility`` (its id), ``kind`` (``site`` or ``center``), ``weight`` (people) and
        ``walk_min``. Demand that a mask called covered has no row: nobody said by which center.
    uncovered
        Demand that stays without, index ``id``: ``weight`` (people) and ``reachable``, false where no
        plan could have served it.
    seconds
        How long the search took.
    """

    problem: Problem
    sites: pd.DataFrame
    covered: float
    total: float
    objective: float
    bound: float
    gap: float
    status: Status
    curve: pd.DataFrame
    minutes: float
    allocation: pd.DataFrame
    uncovered: pd.DataFrame
    seconds: float

    def __repr__(self) -> str:
        share = "" if self.share is None else f" ({self.share:.1%})"
        reached = f"{self.covered:,.0f} of {self.total:,.0f} people covered{share}"
        return (
            f"SitePlan({len(self.sites)} sites, {self.status}: {reached}, "
            f"bound {self.bound:,.0f}, {self.minutes:g} minutes)"
        )

    @property
    def share(self) -> float | None:
        """Share of people covered, None without demand."""
        return self.covered / self.total if self.total > 0 else None


def nearest_allocation(
    times: TravelTimes, opened: IntArray, centers: Existing, minutes: float, served: BoolArray | None = None
) -> pd.DataFrame:
    """Send everyone within the limit of an open facility to the nearest one; of equals to the center, then the first.

    Parameters
    ----------
    times
        Travel times to the candidates.
    opened
        Positions of the candidates that open.
    centers
        What the existing centers do.
    minutes
        The limit, inclusive; ``inf`` sends everyone who can be sent.
    served
        Demand rows to send, all when not given.
    """
    walk = np.full(len(times.demand), np.inf)
    server = np.full(len(times.demand), -1, dtype=np.int64)
    for site in np.sort(opened):
        pairs = slice(times.indptr[site], times.indptr[site + 1])
        rows, minute = times.demand_index[pairs], times.minutes[pairs]
        nearer = (minute <= minutes) & (minute < walk[rows])
        walk[rows[nearer]] = minute[nearer]
        server[rows[nearer]] = site
    by_center = np.isfinite(centers.walk_min) & (centers.walk_min <= minutes) & (centers.walk_min <= walk)
    walk = np.where(by_center, centers.walk_min, walk)
    # Where only a mask is known, nobody says which center serves, nor how far it is.
    named = (by_center | (server >= 0)) & ~(centers.covered & np.isinf(centers.walk_min))
    if served is not None:
        named &= served
    facility = times.facilities.index.to_numpy(dtype=object)[server[named]]
    return pd.DataFrame(
        {
            "facility": np.where(by_center[named], centers.nearest[named], facility),
            "kind": np.where(by_center[named], "center", "site"),
            "weight": times.weights[named],
            "walk_min": walk[named],
        },
        index=times.demand.index[named],
    )


def left_without(times: TravelTimes, served: BoolArray, reachable: BoolArray) -> pd.DataFrame:
    """List the people that stay without, and whether any plan could have served them."""
    rows = ~served & (times.weights > 0)
    return pd.DataFrame(
        {"weight": times.weights[rows], "reachable": reachable[rows]},
        index=times.demand.index[rows],
    )
