"""Better plans: exchanges of one site, and kicks out of a local best."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from servicecircle.analysis.siting.covering import PROVEN, Covering, slack
from servicecircle.analysis.siting.deadline import Deadline

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

#: Exchanges that gain most are tried until one keeps the floors.
_TRIED = 25
#: A kick picks among so many sites for the place of another.
_NEAR = 12


@dataclass(slots=True, eq=False)
class Exchange:
    """A plan and what every exchange of one of its sites would change; kept up to date as it moves.

    The table `both` has a row for each site and a column for each chosen one: what both would
    account for twice in ``gain[new] - loss[old]``.

    References
    ----------
    Resende, M. and Werneck, R. (2007). A fast swap-based local search procedure for location problems.
    Annals of Operations Research 150, 205-230.
    """

    problem: Covering
    chosen: IntArray
    served: IntArray
    gain: FloatArray
    both: FloatArray
    conflicts: IntArray

    @classmethod
    def of(cls, problem: Covering, chosen: IntArray) -> "Exchange":
        """Start from a plan."""
        served = problem.served(chosen)
        first, last = _steps(problem, served, np.arange(len(served)))
        own = problem.cover[chosen]
        apart = problem.apart
        return cls(
            problem=problem,
            chosen=chosen.copy(),
            served=served,
            gain=problem.cover @ first,
            both=np.asarray((problem.cover @ sparse.csr_array(own.multiply(last - first)).T).toarray()),
            conflicts=np.zeros(problem.sites, dtype=np.int64) if apart is None else _conflicts(apart, chosen),
        )

    @property
    def value(self) -> float:
        """The objective of the plan."""
        return float(self.problem.weight[self.served >= self.problem.need].sum())

    def climb(self, deadline: Deadline, most: int = 1_000) -> None:
        """Exchange and add sites until nothing gains."""
        for _ in range(most):
            move = None if deadline.over else self._best_move()
            if move is None:
                return
            self.move(*move)

    def _best_move(self) -> tuple[int, int] | None:
        """Return (new site, column of the one that leaves) of the best move that gains; an addition comes last."""
        problem, number, value = self.problem, len(self.chosen), self.value
        change = self.changes()
        least = PROVEN * max(value, 1.0)
        if not problem.targeted:
            best = int(np.argmax(change)) if change.size else 0
            place = divmod(best, number + 1)
            return place if change.size and change[place] > least else None
        flat = change.ravel()
        for best in np.argsort(-flat, kind="stable")[:_TRIED]:
            place = divmod(int(best), number + 1)
            if not flat[best] > least:
                return None
            if problem.allowed(self._after(*place)):
                return place
        return None

    def changes(self) -> FloatArray:
        """Return what each move changes, sites x (chosen + 1); minus infinity where it breaks a limit."""
        number = len(self.chosen)
        loss = np.diagonal(self.both[self.chosen]) + self.gain[self.chosen]  # what would be lost without each
        change = np.empty((self.problem.sites, number + 1))
        np.add(self.both, (self.gain[:, None] - loss[None, :]), out=change[:, :number])
        change[:, number] = self.gain
        change[~self._keeps()] = -np.inf
        return change

    def _keeps(self) -> BoolArray:
        """Mark the moves that keep count, budget and distances, sites x (chosen + 1)."""
        problem, number = self.problem, len(self.chosen)
        keeps = np.ones((problem.sites, number + 1), dtype=np.bool_)
        keeps[self.chosen] = False
        keeps[:, number] &= number < problem.count
        if np.isfinite(problem.budget):
            left = problem.budget + slack(problem.budget) - problem.cost[self.chosen].sum()
            leaves = np.append(problem.cost[self.chosen], 0.0)
            keeps &= problem.cost[:, None] - leaves[None, :] <= left
        if problem.apart is not None:
            freed = np.asarray(problem.apart[:, self.chosen].toarray(), dtype=np.int64)
            keeps[:, :number] &= self.conflicts[:, None] == freed
            keeps[:, number] &= self.conflicts == 0
        return keeps

    def _after(self, new: int, column: int) -> IntArray:
        return np.append(np.delete(self.chosen, column) if column < len(self.chosen) else self.chosen, new)

    def move(self, new: int, column: int) -> None:
        """Open a site; the one in this column leaves, if there is one."""
        problem, cover = self.problem, self.problem.cover
        leaving = self.chosen[column : column + 1]
        gets, loses = cover[[new]].indices, cover[leaving].indices
        groups = np.union1d(gets, loses)
        first, last = _steps(problem, self.served, groups)
        self.served[gets] += 1
        self.served[loses] -= 1
        self.conflicts += self._beside(new)
        if len(leaving):
            self.conflicts -= self._beside(int(leaving[0]))
            self.chosen[column] = new
        else:
            self.chosen = np.append(self.chosen, new)
            self.both = np.hstack([self.both, np.zeros((problem.sites, 1))])
        first_now, last_now = _steps(problem, self.served, groups)
        near = problem.reach[groups].T
        self.gain += near @ (first_now - first)
        change = (last_now - first_now) - (last - first)
        own = cover[self.chosen][:, groups]
        self.both += np.asarray((near @ sparse.csr_array(own.multiply(change)).T).toarray())
        first_now, last_now = _steps(problem, self.served, gets)
        self.both[:, column] = problem.reach[gets].T @ (last_now - first_now)

    def _beside(self, site: int) -> IntArray:
        beside = np.zeros(self.problem.sites, dtype=np.int64)
        if self.problem.apart is not None:
            beside[self.problem.apart[[site]].indices] = 1
        return beside

    def copy(self) -> "Exchange":
        """Return the same plan, to move on its own."""
        return replace(
            self,
            chosen=self.chosen.copy(),
            served=self.served.copy(),
            gain=self.gain.copy(),
            both=self.both.copy(),
            conflicts=self.conflicts.copy(),
        )

    def kick(self, rng: np.random.Generator) -> None:
        """Exchange a few sites for others that are nearly as good in their place."""
        for _ in range(int(rng.integers(2, 3 + len(self.chosen) // 10))):
            column = int(rng.integers(len(self.chosen)))
            keeps = self._keeps()[:, column]
            worth = np.where(keeps, self.gain + self.both[:, column], -np.inf)
            near = np.argsort(-worth, kind="stable")[:_NEAR]
            near = near[np.isfinite(worth[near])]
            if len(near):
                self.move(int(rng.choice(near)), column)


def improved(
    problem: Covering, chosen: IntArray, deadline: Deadline, *, kicks: int = 0, enough: float = np.inf
) -> IntArray:
    """Exchange sites until no exchange gains; then kick the plan and climb again, and keep the best.

    It ends early with a plan that is worth `enough`.

    References
    ----------
    Lourenco, H., Martin, O. and Stutzle, T. (2003). Iterated local search. Handbook of Metaheuristics,
    320-353.
    """
    best = Exchange.of(problem, chosen)
    best.climb(deadline)
    if len(best.chosen) in {0, problem.sites}:
        return best.chosen
    rng = np.random.default_rng(15)
    for _ in range(kicks):
        if deadline.over or best.value >= enough:
            break
        tried = best.copy()
        tried.kick(rng)
        tried.climb(deadline)
        # A kick may break a floor that no exchange mends.
        if tried.value > best.value * (1 + PROVEN) and (not problem.targeted or problem.allowed(tried.chosen)):
            best = tried
    return best.chosen


def _conflicts(apart: sparse.csr_array, chosen: IntArray) -> IntArray:
    return np.bincount(apart[chosen].indices, minlength=apart.shape[0])


def _steps(problem: Covering, served: IntArray, groups: npt.NDArray[Any]) -> tuple[FloatArray, FloatArray]:
    """Return the weight of groups that one more site would cover, and of those that one less would lose."""
    left = problem.need[groups] - served[groups]
    weight = problem.weight[groups]
    return np.where(left == 1, weight, 0.0), np.where(left == 0, weight, 0.0)
