"""The search for the best p-median plan: bounds by prices, and branching on the sites that they leave open."""

import heapq
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.siting.covering import PROVEN
from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.prices import Prices
from servicecircle.analysis.siting.savings import Allowed, Savings, greedy, interchanged

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_ROOT_STEPS = 500
_NODE_STEPS = 40
_TRY_PLAN = 20  # steps between tries of the sites that keep most as a plan
#: Pairs of place and site looked at: work, not time, so that a run can be repeated.
_WORK = 1_500_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """A part of all plans: some sites are open, some closed, and one is asked about next."""

    opened: BoolArray
    closed: BoolArray
    price: FloatArray
    bound: float
    asked: int


def best_median(problem: Savings, allowed: Allowed, base: float, deadline: Deadline) -> tuple[IntArray, float]:
    """Return the sites that save most, and a proven bound on what any plan could save.

    Parameters
    ----------
    problem
        What each site spares each place.
    allowed
        What plans are allowed.
    base
        Person-minutes without any new site; the objective is `base` less what is saved.
    deadline
        When to come back at the latest.
    """
    search = _Search(problem, allowed, base, deadline)
    return search.run()


class _Search:
    """One search and the best plan that it has found so far."""

    def __init__(self, problem: Savings, allowed: Allowed, base: float, deadline: Deadline) -> None:
        self.problem, self.allowed, self.base, self.deadline = problem, allowed, base, deadline
        self.chosen = greedy(problem, allowed)
        self.saved = problem.saved(self.chosen)
        self.work = 0

    def run(self) -> tuple[IntArray, float]:
        """Split the part with the highest bound, until no part can hold a better plan or the work is done."""
        self.offer(self.chosen)
        _, first, second = self.problem.two_best(self.problem.marked(self.chosen))
        whole = _Part(
            opened=self.problem.marked(self.allowed.required),
            closed=self.problem.marked(np.unique(self.allowed.apart[self.allowed.required].indices)),
            price=(first + second) / 2,
            bound=float(self.problem.best().sum()),
            asked=-1,
        )
        heap = [(-whole.bound, 0, whole)]
        number = 0
        while heap and not self.closed(-heap[0][0]) and not self.deadline.over and self.work < _WORK:
            for part in self.split(heapq.heappop(heap)[2]):
                number += 1
                found = self.bounded(part)
                if not self.closed(found.bound):
                    heapq.heappush(heap, (-found.bound, number, found))
        return self.chosen, max(self.saved, -heap[0][0]) if heap else self.saved

    def closed(self, bound: float) -> bool:
        """Whether nothing better than the plan at hand is left, to the precision of the sums."""
        return bound - self.saved <= PROVEN * max(self.base - self.saved, PROVEN * self.base)

    def offer(self, order: IntArray) -> None:
        """Try the first sites of `order` as a plan, improved by exchanges."""
        plan = interchanged(self.problem, self.allowed.first(order), self.allowed, self.deadline)
        saved = self.problem.saved(plan)
        self.work += 5 * len(self.problem.value)
        if saved > self.saved:
            self.chosen, self.saved = plan, saved

    def split(self, part: _Part) -> list[_Part]:
        """Part the plans by whether the site in question opens; the whole is not split yet."""
        if part.asked < 0:
            return [part]
        with_it, beside, without = part.opened.copy(), part.closed.copy(), part.closed.copy()
        with_it[part.asked] = True
        beside[self.allowed.neighbours(part.asked)] = True
        without[part.asked] = True
        return [
            _Part(opened=with_it, closed=beside, price=part.price, bound=part.bound, asked=part.asked),
            _Part(opened=part.opened, closed=without, price=part.price, bound=part.bound, asked=part.asked),
        ]

    def bounded(self, part: _Part) -> _Part:
        """Bound the plans of a part, decide its sites where that can be, and choose the next question."""
        if self.deadline.over:
            return part
        rest = self.problem.beyond(part.opened, part.closed)
        spared = self.problem.two_best(part.opened)[1]
        sure, root = float(spared.sum()), part.asked < 0
        prices = Prices(
            rest, self.allowed.count - int(part.opened.sum()), part.price - spared, length=0.8 if root else 0.3
        )
        for number in range(_ROOT_STEPS if root else _NODE_STEPS):
            if prices.still or self.closed(sure + prices.bound) or self.deadline.over:
                break
            prices.step(self.saved - sure)
            self.work += len(prices.problem.value)
            if root and number % _TRY_PLAN == 0:
                self.offer(np.concatenate([np.flatnonzero(part.opened), prices.sites]))
        self.offer(np.concatenate([np.flatnonzero(part.opened), prices.sites]))
        return self.questioned(part, rest, prices, spared)

    def questioned(self, part: _Part, rest: Savings, prices: Prices, spared: FloatArray) -> _Part:
        """Open and close the sites that the prices decide, and choose the site to ask about next."""
        sure = float(spared.sum())
        bound = min(part.bound, sure + prices.bound)
        opened, closed = prices.decided(self.saved - sure)
        opened, closed = part.opened | opened, (part.closed | closed) & ~part.opened
        beside = np.unique(self.allowed.apart[np.flatnonzero(opened)].indices)
        closed[beside] = True
        number = int(opened.sum())
        free = self.problem.marked(rest.site) & ~opened & ~closed
        if (opened & closed).any() or number > self.allowed.count:
            bound = self.saved  # no plan of this part is better
        elif number == self.allowed.count or not free.any():
            self.offer(np.flatnonzero(opened))
            bound = min(bound, self.problem.saved(np.flatnonzero(opened)))
        # The site that the last steps found hardest to decide.
        doubt = np.where(free, np.minimum(prices.often, 1.0 - prices.often), -1.0)
        return _Part(
            opened=opened,
            closed=closed,
            price=prices.best + spared,
            bound=bound,
            asked=int(np.argmax(doubt)),
        )
