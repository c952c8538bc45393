"""The plain models of location problems, as they stand in the literature, for solvers of any mixed integer program."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from contenders.asking import Question
from scipy import sparse

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Plain:
    """Minimise cost x within the rows; the first columns are the sites, 0 or 1."""

    cost: FloatArray
    rows: sparse.csr_array
    lower: FloatArray
    upper: FloatArray
    sites: int


def plain(asked: Question) -> Plain:
    """State the question without any preparation."""
    places, sites = asked.walk.shape
    cover = sparse.csr_array((np.ones(asked.walk.nnz), asked.walk.indices, asked.walk.indptr), shape=(places, sites))
    one = sparse.csr_array(np.ones((1, sites)))
    if asked.problem == "lscp":
        return Plain(cost=np.ones(sites), rows=cover, lower=np.ones(places), upper=np.full(places, np.inf), sites=sites)
    if asked.problem == "share":
        rows = sparse.csr_array(sparse.block_array([[cover, -sparse.eye_array(places)], [None, asked.weight[None, :]]]))
        return Plain(
            cost=np.concatenate([np.ones(sites), np.zeros(places)]),
            rows=rows,
            lower=np.append(np.zeros(places), asked.target),
            upper=np.full(places + 1, np.inf),
            sites=sites,
        )
    if asked.problem == "cp-median":
        return _plain_rooms(asked, one)
    if asked.problem == "mclp":
        rows = sparse.csr_array(sparse.block_array([[cover, -sparse.eye_array(places)], [one, None]]))
        return Plain(
            cost=np.concatenate([np.zeros(sites), -asked.weight]),
            rows=rows,
            lower=np.append(np.zeros(places), 0.0),
            upper=np.append(np.full(places, np.inf), float(asked.count)),
            sites=sites,
        )
    return _plain_median(asked, one)


def _plain_median(asked: Question, one: sparse.csr_array) -> Plain:
    """Send each place to one site, which must be open, or leave it as it was."""
    places, sites = asked.walk.shape
    entries = asked.walk.tocoo()
    pairs = np.arange(asked.walk.nnz)
    shape = (len(pairs), len(pairs))
    served = sparse.csr_array((np.ones(len(pairs)), (entries.row, pairs)), shape=(places, len(pairs)))
    opened = sparse.csr_array((np.ones(len(pairs)), (pairs, entries.col)), shape=(len(pairs), sites))
    rows = sparse.block_array([[None, served], [opened, -sparse.eye_array(*shape)], [one, None]])
    saved = asked.weight[entries.row] * (asked.before[entries.row] - entries.data)
    return Plain(
        cost=np.concatenate([np.zeros(sites), -saved]),
        rows=sparse.csr_array(rows),
        lower=np.concatenate([np.zeros(places + len(pairs)), [0.0]]),
        upper=np.concatenate([np.ones(places), np.full(len(pairs), np.inf), [float(asked.count)]]),
        sites=sites,
    )


def _plain_rooms(asked: Question, one: sparse.csr_array) -> Plain:
    """Send parts of each place to sites that are open and have room, or leave them as they were."""
    places, sites = asked.walk.shape
    entries = asked.walk.tocoo()
    number = asked.walk.nnz
    pairs = np.arange(number)
    part = asked.weight[entries.row]
    served = sparse.csr_array((np.ones(number), (entries.row, pairs)), shape=(places, number))
    load = sparse.csr_array((part, (entries.col, pairs)), shape=(sites, number))
    opened = sparse.csr_array((np.ones(number), (pairs, entries.col)), shape=(number, sites))
    room = sparse.diags_array(-asked.room)
    rows = sparse.block_array([[None, served], [room, load], [-opened, sparse.eye_array(number)], [one, None]])
    return Plain(
        cost=np.concatenate([np.zeros(sites), -part * (asked.before[entries.row] - entries.data)]),
        rows=sparse.csr_array(rows),
        lower=np.full(places + sites + number + 1, -np.inf),
        upper=np.concatenate([np.ones(places), np.zeros(sites + number), [float(asked.count)]]),
        sites=sites,
    )


def bound_of(asked: Question, value: float | None) -> float | None:
    """Turn a bound on the plain model into one on the objective."""
    if value is None or not np.isfinite(value):
        return None
    if asked.problem == "mclp":
        return asked.constant - value
    before = float((asked.weight * asked.before).sum())
    return value if asked.problem in {"lscp", "share"} else asked.constant + before + value
