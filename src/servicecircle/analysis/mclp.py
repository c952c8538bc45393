"""The maximal covering location problem: most people within the limit with so many new sites.

Only a sparse matrix and weights are seen here, no geometry. Demand that is covered already is dropped,
demand with the same cover set is merged; a greedy plan comes first, then HiGHS improves it and proves
how much better any other plan could be.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from servicecircle.analysis.coverage import Coverage
from servicecircle.analysis.plan import SitePlan
from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import InfeasibleError, InputError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

#: Objective and bound closer than this part of the objective are equal.
PROVEN = 1e-7
#: Branch-and-bound nodes and simplex iterations: work, not time, so that a run can be repeated.
MAX_NODES = 2_000
MAX_PAIRS = 3_000_000


def solve_mclp(
    times: TravelTimes,
    *,
    count: int,
    minutes: float = 15.0,
    covered: Coverage | npt.ArrayLike | None = None,
    time_limit_s: float | None = None,
) -> SitePlan:
    """Choose `count` candidates so that most people are within the limit.

    Parameters
    ----------
    times
        Travel times from the demand to the candidates.
    count
        Number of new sites. Sites that would add nobody are not chosen.
    minutes
        The limit, inclusive.
    covered
        What existing centers cover: a `Coverage` of the same demand, or a mask over it.
    time_limit_s
        Seconds for the exact search; without it the search stops by work, and a run can be repeated
        to the byte. The plan found and its bound hold either way.

    Raises
    ------
    InputError
        If an option cannot be used or `covered` is of other demand.
    InfeasibleError
        If there are no candidates.

    References
    ----------
    Church, R. and ReVelle, C. (1974). The maximal covering location problem. Papers of the Regional
    Science Association 32, 101-118.
    Nemhauser, G., Wolsey, L. and Fisher, M. (1978). An analysis of approximations for maximizing
    submodular set functions. Mathematical Programming 14, 265-294 (the bound of the greedy plan).
    """
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
        raise InputError(f"count: found {count!r}, expected a whole number of at least 1.")
    if time_limit_s is not None and not time_limit_s > 0:
        raise InputError(f"time_limit_s: found {time_limit_s!r}, expected seconds above 0.")
    if not len(times.facilities):
        raise InfeasibleError("there are no candidates to choose from.")
    already = _mask(times, covered)
    weights = times.weights
    base = float(weights[already].sum())
    # In the order of their ids, so that equally good sites are chosen alike whatever the order of the rows.
    by_id = np.argsort(times.facilities.index.to_numpy().astype(str), kind="stable")
    groups = merge_demand(times.cover_matrix(minutes)[by_id], np.where(already, 0.0, weights))
    chosen, bound = _greedy(groups, int(count))
    best = groups.gain(chosen)
    if bound > best * (1 + PROVEN) and groups.cover.nnz <= MAX_PAIRS:
        exact, exact_bound = _highs(groups, int(count), chosen, time_limit_s)
        bound = min(bound, exact_bound)
        if groups.gain(exact) > best:
            chosen, best = exact, groups.gain(exact)
    ranked, gains = _opening_order(groups, chosen)
    return _plan(times, by_id[ranked], gains, base, max(bound, best), minutes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """Demand merged by cover set.

    Attributes
    ----------
    cover
        Candidates x groups, 1.0 where the candidate covers the group.
    weight
        People of each group, above 0.
    """

    cover: sparse.csr_array
    weight: FloatArray

    def gain(self, chosen: IntArray) -> float:
        """People that these candidates cover together."""
        return float(self.weight[self.covered(chosen)].sum())

    def covered(self, chosen: IntArray) -> BoolArray:
        """Mark the groups that these candidates cover."""
        hit = np.zeros(len(self.weight), dtype=np.bool_)
        hit[self.cover[chosen].indices] = True
        return hit


def merge_demand(cover: sparse.csr_array, weights: FloatArray) -> Groups:
    """Merge demand with exactly the same cover set; leave out what weighs nothing or no candidate covers."""
    by_demand = sparse.csr_array(cover.T)
    by_demand.sort_indices()
    size = np.diff(by_demand.indptr)
    rows = np.flatnonzero((weights > 0) & (size > 0))
    names: dict[bytes, int] = {}
    indices = by_demand.indices.astype(np.int32)
    label = np.array(
        [
            names.setdefault(indices[by_demand.indptr[row] : by_demand.indptr[row + 1]].tobytes(), len(names))
            for row in rows
        ],
        dtype=np.int64,
    )
    # Groups in the order of their cover sets: the order of the demand rows leaves no trace.
    rank = np.empty(len(names), dtype=np.int64)
    rank[[names[key] for key in sorted(names)]] = np.arange(len(names))
    label = rank[label]
    first = np.unique(label, return_index=True)[1]
    merged = sparse.csr_array(by_demand[rows[first]].T.astype(np.float64))
    merged.sort_indices()
    people = np.bincount(label, weights=weights[rows], minlength=len(first)).astype(np.float64)
    return Groups(cover=merged, weight=people)


def _mask(times: TravelTimes, covered: Coverage | npt.ArrayLike | None) -> BoolArray:
    """Which demand rows are covered before any site opens."""
    if covered is None:
        return np.zeros(len(times.demand), dtype=np.bool_)
    if isinstance(covered, Coverage):
        if not covered.demand.index.equals(times.demand.index):
            raise InputError("covered: its demand is not the demand of the travel times. Compute both from one table.")
        return covered.demand["covered"].to_numpy(dtype=np.bool_)
    mask = np.asarray(covered)
    if mask.dtype != np.bool_ or mask.shape != (len(times.demand),):
        wanted = f"a Coverage or {len(times.demand)} values of true or false, one for each demand row"
        raise InputError(f"covered: found {mask.dtype} of shape {mask.shape}, expected {wanted}.")
    return mask


def _greedy(groups: Groups, count: int) -> tuple[IntArray, float]:
    """Open the site that adds most people, again and again; return the sites and a proven bound.

    At any moment no plan can reach more than what is covered now plus the `count` largest gains left.
    """
    open_weight = groups.weight.copy()
    by_group = groups.cover.tocsc()
    gain = groups.cover @ open_weight
    reached, bound = 0.0, float(groups.weight.sum())
    chosen: list[int] = []
    while True:
        bound = min(bound, reached + float(np.sort(gain)[::-1][:count].sum()))
        best = int(np.argmax(gain)) if len(gain) else 0
        if len(chosen) == count or not len(gain) or gain[best] <= PROVEN:
            return np.array(chosen, dtype=np.int64), bound
        chosen.append(best)
        newly = groups.cover[[best]].indices
        newly = newly[open_weight[newly] > 0]
        reached += float(open_weight[newly].sum())
        gain -= by_group[:, newly] @ open_weight[newly]
        gain[best] = 0.0
        open_weight[newly] = 0.0


def _highs(groups: Groups, count: int, start: IntArray, time_limit_s: float | None) -> tuple[IntArray, float]:
    """Improve a plan by branch and bound; return the best plan and the proven bound."""
    import highspy

    sites = groups.cover.shape[0]
    solver = _quiet_solver()
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("parallel", "off")
    solver.setOptionValue("mip_rel_gap", PROVEN / 10)
    solver.setOptionValue("mip_abs_gap", PROVEN)
    solver.setOptionValue("mip_max_nodes", MAX_NODES)
    if time_limit_s is not None:
        solver.setOptionValue("time_limit", float(time_limit_s))
    solver.passModel(_model(groups, count))
    solution = highspy.HighsSolution()
    opened = np.zeros(sites)
    opened[start] = 1.0
    solution.col_value = [*opened, *groups.covered(start).astype(float)]
    solver.setSolution(solution)
    solver.run()
    info = solver.getInfo()
    values = np.asarray(solver.getSolution().col_value[:sites])
    bound = float(info.mip_dual_bound)
    chosen = np.flatnonzero(values > 0.5) if len(values) == sites else start
    return chosen, bound if np.isfinite(bound) else np.inf


def _quiet_solver() -> Any:
    """Return a HiGHS solver that prints nothing.

    The constructor of highspy's class enables callbacks, which prints a banner before any option can be
    set; callbacks are not needed here, so only the solver beneath it is made.
    """
    import highspy

    solver = highspy.Highs.__new__(highspy.Highs)
    super(highspy.Highs, solver).__init__()
    solver.setOptionValue("output_flag", False)
    return solver


def _model(groups: Groups, count: int) -> object:
    """State the covering problem to HiGHS."""
    import highspy

    sites, number = groups.cover.shape
    # open[j] is 0 or 1; served[i] <= sum of open[j] over the sites j that cover i; at most count are open.
    rows: Any = sparse.block_array(
        [
            [sparse.csr_array(groups.cover.T), -sparse.eye_array(number)],
            [sparse.csr_array(np.ones((1, sites))), None],
        ],
        format="csr",
    )
    problem = highspy.HighsLp()
    problem.num_col_, problem.num_row_ = sites + number, number + 1
    problem.sense_ = highspy.ObjSense.kMaximize
    problem.col_cost_ = np.concatenate([np.zeros(sites), groups.weight])
    problem.col_lower_ = np.zeros(sites + number)
    problem.col_upper_ = np.ones(sites + number)
    problem.row_lower_ = np.append(np.zeros(number), -highspy.kHighsInf)
    problem.row_upper_ = np.append(np.full(number, highspy.kHighsInf), float(count))
    problem.integrality_ = [highspy.HighsVarType.kInteger] * sites + [highspy.HighsVarType.kContinuous] * number
    problem.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    problem.a_matrix_.start_ = rows.indptr
    problem.a_matrix_.index_ = rows.indices
    problem.a_matrix_.value_ = rows.data
    return problem


def _plan(
    times: TravelTimes, order: IntArray, gains: FloatArray, base: float, bound: float, minutes: float
) -> SitePlan:
    """Tell what the sites achieve, opened in this order."""
    total = float(times.weights.sum())
    reached = base + np.concatenate([[0.0], np.cumsum(gains)])
    share = reached / total if total > 0 else np.full(len(reached), np.nan)
    sites = times.facilities.iloc[order].copy()
    sites["rank"] = np.arange(1, len(order) + 1)
    sites["gain"] = gains
    sites["share_after"] = share[1:]
    objective = float(reached[-1])
    proven = bound + base - objective <= PROVEN * max(objective, 1.0)
    return SitePlan(
        sites=sites,
        covered=objective,
        total=total,
        objective=objective,
        bound=objective if proven else base + bound,
        gap=0.0 if proven else (base + bound - objective) / max(objective, 1e-12),
        status="optimal" if proven else "feasible",
        curve=pd.DataFrame({"sites": np.arange(len(reached)), "covered": reached, "share": share}),
        minutes=float(minutes),
    )


def _opening_order(groups: Groups, chosen: IntArray) -> tuple[IntArray, FloatArray]:
    """Put the chosen sites into an order of opening, the largest gain first, and tell what each adds."""
    part = Groups(cover=groups.cover[np.sort(chosen)], weight=groups.weight)
    order, _ = _greedy(part, len(chosen))
    ranked = np.sort(chosen)[order]
    reached = np.array([groups.gain(ranked[: number + 1]) for number in range(len(ranked))])
    return ranked, np.diff(reached, prepend=0.0)
