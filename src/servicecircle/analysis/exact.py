"""The exact search: HiGHS on what a relaxation has left open."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from servicecircle.analysis.covering import PROVEN, Groups, merge_demand
from servicecircle.analysis.lagrange import Relaxed

IntArray = npt.NDArray[np.int64]

#: Branch-and-bound nodes: work, not time, so that a run can be repeated.
MAX_NODES = 2_000
#: Largest problem given to the exact search, in pairs of site and group.
MAX_PAIRS = 3_000_000


def search(groups: Groups, count: int, known: Relaxed, time_limit_s: float | None) -> tuple[IntArray, float]:
    """Return the best plan and the proven bound; sites that the relaxation decided are left out of the search."""
    opened = np.flatnonzero(known.opened)
    free = np.flatnonzero(~known.closed & ~known.opened)
    left = np.where(groups.covered(opened), 0.0, groups.weight)
    rest = merge_demand(sparse.csr_array(groups.cover[free]), left)
    if len(opened) >= count or not len(rest.weight) or rest.cover.nnz > MAX_PAIRS:
        return known.chosen, known.bound if rest.cover.nnz > MAX_PAIRS else groups.gain(known.chosen)
    start = np.flatnonzero(np.isin(free, known.chosen))[: count - len(opened)]
    sites, bound = _highs(rest, count - len(opened), start, time_limit_s)
    found = np.sort(np.concatenate([opened, free[sites]]))
    best = max(found, known.chosen, key=groups.gain)
    # Plans with a site decided the other way are no better than the plan known.
    return best, min(known.bound, max(bound + groups.gain(opened), groups.gain(best)))


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
