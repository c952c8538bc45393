"""A question about sites as all contenders get it, and the answer counted alike for all."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from contenders.instances import LIMIT_MIN, Instance
from scipy import sparse

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Share of all people to reach where the fewest sites for a share are asked for.
SHARE = 0.9


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Sites, the proven bound if the solver tells one, and what it says of them."""

    sites: IntArray
    bound: float | None
    claim: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """The part of an instance that is open: places that no center covers and some candidate can help.

    Attributes
    ----------
    problem
        ``mclp``, ``lscp``, ``share`` (the fewest sites for a share of all people), ``p-median`` or ``cp-median``.
    walk
        Minutes (places x candidates) of the walks that matter; the others are absent.
    weight
        People of each place.
    before
        Minutes that each place counts without a new site (p-median).
    count
        How many sites are to be chosen.
    constant
        What the places left out add to the objective.
    target
        People that have to be covered (share).
    room
        People that each candidate can serve (cp-median).
    """

    problem: str
    walk: sparse.csr_array
    weight: FloatArray
    before: FloatArray
    count: int
    constant: float
    target: float
    room: FloatArray

    def objective(self, sites: IntArray) -> float | None:
        """Objective of these sites, counted here for everybody alike; None if they are no answer."""
        near = sparse.csc_array(self.walk)[:, sites]
        covered = np.diff(sparse.csr_array(near).indptr) > 0
        if self.problem == "lscp":
            return float(len(sites)) if covered.all() else None
        if self.problem == "share":
            return float(len(sites)) if self.weight[covered].sum() >= self.target * (1 - 1e-9) else None
        if len(sites) > self.count:
            return None
        if self.problem == "mclp":
            return self.constant + float(self.weight[covered].sum())
        if self.problem == "cp-median":
            return self.constant + float((self.weight * self.before).sum()) - self._spared(sites)
        nearest = self.before.copy()
        entries = near.tocoo()
        np.minimum.at(nearest, entries.row, entries.data)
        return self.constant + float((self.weight * nearest).sum())

    def _spared(self, sites: IntArray) -> float:
        """Person-minutes that these sites spare when people are sent as is best."""
        from scipy.optimize import linprog

        near = sparse.csr_array(self.walk[:, sites]).tocoo()
        pairs = np.arange(near.nnz)
        rows = sparse.vstack(
            [
                sparse.csr_array((np.ones(near.nnz), (near.row, pairs)), shape=(len(self.weight), near.nnz)),
                sparse.csr_array((np.ones(near.nnz), (near.col, pairs)), shape=(len(sites), near.nnz)),
            ]
        )
        most = np.concatenate([self.weight, self.room[sites]])
        return 0.0 if not near.nnz else -float(linprog(near.data - self.before[near.row], A_ub=rows, b_ub=most).fun)


def question(instance: Instance, problem: str) -> Question:
    """Leave out what is settled, so that no contender has to find that out."""
    times = instance.times
    shape = (len(times.facilities), len(times.demand))
    walk = sparse.csr_array(sparse.csr_array((times.minutes, times.demand_index, times.indptr), shape=shape).T)
    weights = times.weights
    before = np.minimum(instance.center_minutes, LIMIT_MIN)
    sizes = np.random.default_rng(7).choice([0.5, 1.0, 2.0], len(times.facilities))
    if problem == "p-median":
        entries = walk.tocoo()
        useful = entries.data < before[entries.row]
        pairs = (entries.data[useful], (entries.row[useful], entries.col[useful]))
        walk = sparse.csr_array(sparse.coo_array(pairs, shape=walk.shape))
        rows = np.flatnonzero(np.diff(walk.indptr) > 0)
        constant = float((weights * before).sum() - (weights * before)[rows].sum())
    else:
        rows = np.flatnonzero(~instance.covered & (np.diff(walk.indptr) > 0))
        constant = float(weights[instance.covered].sum()) if problem == "mclp" else 0.0
        if problem == "cp-median":
            # The centers serve whom they cover; the others walk to a site with room, or count with the limit.
            constant = float((weights * before).sum() - (weights * before)[rows].sum())
    return Question(
        problem=problem,
        walk=sparse.csr_array(walk[rows]),
        weight=weights[rows],
        before=before[rows],
        count=instance.count,
        constant=constant,
        target=SHARE * float(weights.sum()) - float(weights[instance.covered].sum()),
        room=np.floor(sizes * float(weights[rows].sum()) / (4 * instance.count)),
    )
