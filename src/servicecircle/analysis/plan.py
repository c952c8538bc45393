"""`SitePlan`: chosen sites, what they achieve and what is proven about them."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SitePlan:
    """Sites to open and what they achieve.

    Attributes
    ----------
    sites
        The chosen candidates, best first, index ``id``: the columns of the candidates (geometry
        included, if they have one) with ``rank`` (1, 2, ...), ``gain`` (people) and ``share_after``
        (0 to 1, None without demand).
    covered
        People within the limit once all sites are open, those that existing centers cover included.
    total
        All people of the demand table.
    objective
        What was maximised or minimised; for MCLP the people covered.
    bound
        Proven: no plan of this size has a better objective than this.
    gap
        ``abs(bound - objective) / objective``, 0 when proven optimal.
    status
        ``optimal`` only with proof (the bound meets the objective), else ``feasible``.
    curve
        One row for 0, 1, ... sites in opening order: ``sites``, ``covered``, ``share``.
    minutes
        The limit.
    """

    sites: pd.DataFrame
    covered: float
    total: float
    objective: float
    bound: float
    gap: float
    status: Literal["optimal", "feasible"]
    curve: pd.DataFrame
    minutes: float

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
