"""How long each step of a study takes, and how far it has come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

#: Called with (step, part done from 0 to 1).
Progress = Callable[[str, float], None]


@dataclass(slots=True)
class Clock:
    """Seconds of each step, and the caller's progress."""

    on_progress: Progress | None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[int, int], None]]:
        """Time a step; yields what to call with (done, all) on the way."""
        started = perf_counter()
        self._tell(name, 0.0)
        yield lambda done, total: self._tell(name, done / max(total, 1))
        self.seconds[name] = round(self.seconds.get(name, 0.0) + perf_counter() - started, 3)
        self._tell(name, 1.0)

    def _tell(self, name: str, part: float) -> None:
        if self.on_progress is not None:
            self.on_progress(name, part)
