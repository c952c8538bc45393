"""A Lagrangian bound for the p-median problem.

The rule that a place is served by one open site only is priced instead of enforced: a place pays its price once, and
every open site keeps what it spares beyond the prices. For any prices the best choice is plain (the sites that keep
most), and what it is worth is a proven bound on every plan.
"""

import numpy as np
import numpy.typing as npt

from servicecircle.analysis.siting.savings import Savings

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_PATIENCE = 10  # steps without a much better bound before the steps become shorter
_SHORTER = 0.7
_SMOOTHING = 0.7  # how much of the last direction the next one keeps
_SHORTEST = 1e-3
_FOCUS = 60  # steps between choices of the pairs that matter
_MARGIN = 2, 4  # how many times the pairs that count now, and how many more, are kept


class Prices:
    """Prices that are moved to prove a lower and lower bound.

    Parameters
    ----------
    problem
        What each site spares each place; later the pairs that matter.
    count
        Most sites.
    price
        Where to start, shape (places,).
    length
        Length of the first steps, as a part of the way to the value that is wanted.

    Attributes
    ----------
    bound
        No `count` sites save more.
    best
        The prices that prove it.
    sites
        The sites that keep most at the prices of the last step.
    often
        How often each site was among them, 0 to 1, the last steps counting most.
    still
        True once no further step can prove more.

    References
    ----------
    Cornuejols, G., Fisher, M. and Nemhauser, G. (1977). Location of bank accounts to optimize float: an analytic
    study of exact and approximate algorithms. Management Science 23, 789-810.
    Camerini, P., Fratta, L. and Maffioli, F. (1975). On improving relaxation methods by modified gradient
    techniques. Mathematical Programming Study 3, 26-34.
    """

    def __init__(self, problem: Savings, count: int, price: FloatArray, *, length: float) -> None:
        self.problem = self._whole = problem
        self.count = count
        self.limit, self._floor = problem.best(), np.zeros(problem.places)
        self.price = self.best = np.clip(price, 0.0, self.limit)
        self.bound = float(self.limit.sum()) if count else 0.0
        self.length = length
        self.sites = np.zeros(0, dtype=np.int64)
        self.often = np.zeros(problem.sites)
        self.still = self.bound <= 0
        self._direction = np.zeros(problem.places)
        self._waited = self._steps = 0

    def step(self, wanted: float) -> None:
        """Evaluate the prices and move them; `wanted` is a value that a plan is known to have."""
        self._steps += 1
        if self._steps % _FOCUS == 0:
            self._focus()
        value, keeps, left = self.evaluated(self.price)
        self.sites = most(keeps, self.count)
        chosen = self.problem.marked(self.sites)
        self.often = 0.9 * self.often + 0.1 * chosen
        self._waited += 1
        if value < self.bound:
            if value < self.bound - 1e-3 * (self.bound - wanted):
                self._waited = 0
            self.bound, self.best = value, self.price
        if self._waited >= _PATIENCE:
            self.length, self._waited = self.length * _SHORTER, 0
            self.price, self._direction = self.best, np.zeros(self.problem.places)
            self.still = self.length < _SHORTEST
            return
        pairs = (left > 0) & chosen[self.problem.site]
        served = np.bincount(self.problem.place[pairs], minlength=self.problem.places)
        move = self._direction = 1.0 - served + _SMOOTHING * self._direction
        stuck = ((self.price <= self._floor) & (move > 0)) | ((self.price >= self.limit) & (move < 0))
        move = np.where(stuck, 0.0, move)
        steepness = float(np.square(move).sum())  # a product would start threads, which wait for each other
        if steepness == 0:
            self._waited = _PATIENCE
            return
        self.price = np.clip(self.price - self.length * (value - wanted) / steepness * move, self._floor, self.limit)

    def _focus(self) -> None:
        """Keep about twice the pairs that count at these prices; no price falls below what the others spare.

        Of a pair that spares no more than the price nothing is left, so no proof needs it.
        """
        count = np.bincount(
            self._whole.place[self._whole.value > self.best[self._whole.place]], minlength=len(self.best)
        )
        self.problem, self._floor = self._whole.top(_MARGIN[0] * count + _MARGIN[1])
        self.price = np.maximum(self.price, self._floor)

    def evaluated(self, price: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return the bound that prices prove, what each site keeps, and what is left of each pair."""
        left = self.problem.value - price[self.problem.place]
        kept = np.bincount(self.problem.site, np.maximum(left, 0.0), minlength=self.problem.sites)
        keeps = kept.astype(np.float64, copy=False)
        return float(price.sum() + keeps[most(keeps, self.count)].sum()), keeps, left

    def decided(self, wanted: float) -> tuple[BoolArray, BoolArray]:
        """Mark the sites that every plan worth more than `wanted` has, and those that none has."""
        value, keeps, _ = self.evaluated(self.best)
        order = most(keeps, len(keeps))
        inside = self.problem.marked(order[: self.count])
        ranked = np.append(keeps[order], np.zeros(self.count + 1))
        last_in, first_out = (ranked[self.count - 1] if self.count else np.inf), ranked[self.count]
        opened = inside & (value - keeps + first_out <= wanted)
        closed = ~inside & (value - last_in + keeps <= wanted)
        return opened, closed


def most(keeps: FloatArray, count: int) -> IntArray:
    """Return the sites that keep most; of equals the first."""
    return np.argsort(-keeps, kind="stable")[:count]
