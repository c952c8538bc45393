"""The exact search: HiGHS on what a relaxation has left open."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from servicecircle.analysis.siting.covering import PROVEN, Covering, slack
from servicecircle.analysis.siting.deadline import Deadline

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Branch-and-bound nodes: work, not time, so that a run can be repeated.
MAX_NODES = 2_000
#: Largest problem given to the exact search, in pairs of site and group.
MAX_PAIRS = 3_000_000

#: Largest problem that HiGHS presolves where there is a time limit, in pairs.
_PRESOLVED = 150_000

#: Rows of people are scaled to this, for HiGHS forgives a millionth.
_SCALE = 10_000.0
#: HiGHS's number for a feasible solution.
_FEASIBLE = 2

#: `most` covers most within the limits; `least` costs least and reaches the targets.
Aim = Literal["most", "least"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """What the exact search found.

    Attributes
    ----------
    chosen
        The best plan found, None if none was.
    bound
        No plan is better than this; infinitely bad when it is proven that there is none.
    """

    chosen: IntArray | None
    bound: float


def search(problem: Covering, aim: Aim, value: float, deadline: Deadline) -> Found:
    """Search by branch and bound the plans that are better than one worth `value`, which may be infinitely bad.

    The known plan is not given to HiGHS as a start: version 1.16 may then call a plan optimal that is not.
    """
    none, unknown = (-np.inf, np.inf) if aim == "most" else (np.inf, 0.0)
    if problem.cover.nnz > MAX_PAIRS or deadline.over:
        return Found(chosen=None, bound=unknown)
    if not problem.cover.nnz:
        nothing = np.zeros(0, dtype=np.int64)
        return Found(chosen=nothing, bound=0.0) if problem.allowed(nothing) else Found(chosen=None, bound=none)
    import highspy

    model = _model(problem, aim, value)
    solver = _solver(problem, aim, deadline)
    solver.passModel(model)
    solver.run()
    status = highspy.HighsModelStatus
    if solver.getModelStatus() in {status.kInfeasible, status.kUnboundedOrInfeasible}:
        return Found(chosen=None, bound=none)
    bound = float(solver.getInfo().mip_dual_bound)
    values = np.asarray(solver.getSolution().col_value[: problem.sites])
    chosen = np.flatnonzero(values > 0.5)
    if not np.isfinite(bound):
        bound = unknown
    elif _whole(problem, aim):
        # All plans are worth whole numbers, so a bound between two of them is the better one.
        bound = np.floor(bound + 1e-6) if aim == "most" else np.ceil(bound - 1e-6)
    usable = len(values) == problem.sites and solver.getInfo().primal_solution_status == _FEASIBLE
    return Found(chosen=chosen if usable and problem.allowed(chosen) else None, bound=bound)


def _whole(problem: Covering, aim: Aim) -> bool:
    """Whether all plans are worth whole numbers."""
    worth = problem.weight if aim == "most" else problem.cost
    return bool((worth == np.round(worth)).all() and worth.sum() < 1e6)


def _solver(problem: Covering, aim: Aim, deadline: Deadline) -> Any:
    """Return a solver that stops by work, or with the clock where there is one."""
    solver = quiet_solver()
    solver.setOptionValue("mip_rel_gap", PROVEN / 10)
    solver.setOptionValue("mip_abs_gap", 0.999 if _whole(problem, aim) else PROVEN)
    solver.setOptionValue("mip_max_nodes", MAX_NODES)
    if np.isfinite(deadline.left):
        solver.setOptionValue("time_limit", max(deadline.left, 1e-3))
        if problem.cover.nnz > _PRESOLVED:
            # HiGHS does not ask the clock while it presolves, which takes far too long here.
            solver.setOptionValue("presolve", "off")
    return solver


def quiet_solver() -> Any:
    """Return a HiGHS solver that prints nothing and starts no threads.

    The constructor of highspy's class enables callbacks, which prints a banner before any option can be
    set; callbacks are not needed here, so only the solver beneath it is made.
    """
    import highspy

    solver = highspy.Highs.__new__(highspy.Highs)
    super(highspy.Highs, solver).__init__()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("parallel", "off")
    return solver


def _model(problem: Covering, aim: Aim, value: float) -> object:
    """State the covering problem to HiGHS."""
    import highspy

    sites, number = problem.cover.shape
    rows, lower, upper = _rows(problem, aim, value)
    kind = highspy.HighsVarType
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = sites + number, rows.shape[0]
    model.sense_ = highspy.ObjSense.kMaximize if aim == "most" else highspy.ObjSense.kMinimize
    covered, opened = np.zeros(number), np.zeros(sites)
    model.col_cost_ = np.concatenate([opened, problem.weight] if aim == "most" else [problem.cost, covered])
    # When everyone has to be covered, every group has; HiGHS makes short work of that.
    everyone = problem.target >= problem.people.sum() > 0
    model.col_lower_ = np.concatenate([opened, (everyone & (problem.people > 0)).astype(np.float64)])
    model.col_upper_ = np.ones(sites + number)
    model.row_lower_ = np.maximum(lower, -highspy.kHighsInf)
    model.row_upper_ = np.minimum(upper, highspy.kHighsInf)
    # A group that needs one site is covered in whole as soon as one opens; one that needs more could be in part.
    model.integrality_ = [kind.kInteger] * sites + [
        kind.kInteger if need > 1 else kind.kContinuous for need in problem.need
    ]
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = rows.indptr
    model.a_matrix_.index_ = rows.indices
    model.a_matrix_.value_ = rows.data
    return model


def _rows(problem: Covering, aim: Aim, value: float) -> tuple[sparse.csr_array, FloatArray, FloatArray]:
    """Return the rows of the model with what each is at least and at most; columns are sites, then groups."""
    sites, number = problem.cover.shape
    # need[i] covered[i] <= sum of open[j] over the sites j that reach group i.
    parts: list[Any] = [sparse.hstack([problem.cover.T, -sparse.diags_array(problem.need.astype(np.float64))])]
    lower, upper = [np.zeros(number)], [np.full(number, np.inf)]

    def add(values: Any, least: FloatArray, most: FloatArray) -> None:
        parts.append(values)
        lower.append(least)
        upper.append(most)

    if problem.count < sites:
        add(_padded(np.ones((1, sites)), number), np.array([-np.inf]), np.array([float(problem.count)]))
    if np.isfinite(problem.budget):
        most = np.array([problem.budget + slack(problem.budget)])
        add(_padded(problem.cost[None, :], number), np.array([-np.inf]), most)
    if problem.apart is not None:
        pairs = _cliques(problem.apart)
        add(_padded(pairs, number), np.full(pairs.shape[0], -np.inf), np.ones(pairs.shape[0]))
    if np.isfinite(value):
        # Only plans that are better than the one known.
        step = 1.0 if _whole(problem, aim) else 0.1 * PROVEN * abs(value)
        better = max(value + step, 0.0) if aim == "most" else value - step
        scale = _SCALE / max(abs(better), 1.0)
        worth = np.zeros(sites + number)
        worth[slice(sites, None) if aim == "most" else slice(sites)] = problem.weight if aim == "most" else problem.cost
        most, far = np.array([scale * better]), np.array([np.inf])
        add(sparse.csr_array(scale * worth[None, :]), *((most, far) if aim == "most" else (-far, most)))
    least = np.append(problem.floors, problem.target)
    for place in np.flatnonzero(least > 0):
        inside = problem.place == place if place < len(problem.floors) else np.ones(number, dtype=np.bool_)
        people = np.where(inside, problem.people, 0.0) * (_SCALE / least[place])
        row = sparse.hstack([sparse.csr_array((1, sites)), sparse.csr_array(people[None, :])])
        add(row, np.array([_SCALE * (1 - 1e-9)]), np.array([np.inf]))
    rows = sparse.csr_array(sparse.vstack(parts))
    return rows, np.concatenate(lower), np.concatenate(upper)


def _padded(values: Any, groups: int) -> Any:
    return sparse.hstack([sparse.csr_array(values), sparse.csr_array((values.shape[0], groups))])


def _cliques(apart: sparse.csr_array) -> sparse.csr_array:
    """Return sets (x sites) of which one may open: each pair is in one, and a set says more than its pairs."""
    beside = [set(apart[[site]].indices.tolist()) for site in range(apart.shape[0])]
    done: set[tuple[int, int]] = set()
    sets: list[list[int]] = []
    for site, others in enumerate(beside):
        for other in sorted(others):
            if other < site or (site, other) in done:
                continue
            together = [site, other]
            together += [third for third in sorted(others & beside[other]) if _all_beside(third, together, beside)]
            done |= {(a, b) for a in together for b in together}
            sets.append(together)
    rows = np.repeat(np.arange(len(sets)), [len(members) for members in sets])
    columns = np.array([site for members in sets for site in members], dtype=np.int64)
    return sparse.csr_array((np.ones(len(columns)), (rows, columns)), shape=(len(sets), len(beside)))


def _all_beside(site: int, members: list[int], beside: list[set[int]]) -> bool:
    return site not in members and all(member in beside[site] for member in members)
