"""A time limit that every phase of a search asks."""

from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from servicecircle.errors import checked_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When a search has to come back; without a limit it stops by work alone.

    Attributes
    ----------
    limit_s
        Seconds from the start, or None.
    """

    limit_s: float | None = None
    started: float = field(default_factory=perf_counter)

    def __post_init__(self) -> None:
        if self.limit_s is not None:
            checked_number("time_limit_s", self.limit_s, "seconds above 0", above=True, endless=True)

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return perf_counter() - self.started

    @property
    def left(self) -> float:
        """Seconds that remain, ``inf`` without a limit."""
        return np.inf if self.limit_s is None else max(self.limit_s - self.spent, 0.0)

    @property
    def over(self) -> bool:
        """Whether the search has to come back now."""
        return self.left <= 0

    def part(self, share: float) -> "Deadline":
        """Return a deadline for a share of the seconds that remain."""
        return Deadline(limit_s=None if self.limit_s is None else max(self.left * share, 1e-9))

    def leaving(self, seconds: float) -> "Deadline":
        """Return a deadline that comes so many seconds earlier."""
        return Deadline(limit_s=None if self.limit_s is None else max(self.left - seconds, 1e-9))
