"""Solvers of location problems: each is given an instance and seconds, and answers with sites and what it claims."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from contenders.asking import SHARE, Answer, Question
from contenders.cp_sat import cp_sat
from contenders.instances import LIMIT_MIN, Instance
from contenders.plain_model import bound_of, plain
from scipy import sparse

OURS = "servicecircle"


def ours(instance: Instance, asked: Question, limit_s: float) -> Answer:
    """Ask this library, which is given everything, the settled part too."""
    import servicecircle as sc

    times = instance.times
    if asked.problem == "p-median":
        # Nobody walks longer than 15 minutes: those who would are as badly off as those who cannot.
        centers = _centers(instance)
        plan = sc.solve_pmedian(
            times, count=instance.count, covered=centers, beyond_min=LIMIT_MIN, time_limit_s=limit_s
        )
    elif asked.problem in {"lscp", "share"}:
        share = SHARE if asked.problem == "share" else None
        plan = sc.solve_lscp(times, share=share, minutes=LIMIT_MIN, covered=instance.covered, time_limit_s=limit_s)
    elif asked.problem == "cp-median":
        open_part = sc.TravelTimes.from_matrix(asked.walk, weights=asked.weight)
        open_part.facilities["capacity"] = asked.room
        plan = sc.solve_cpmedian(open_part, count=instance.count, beyond_min=LIMIT_MIN, time_limit_s=limit_s)
    else:
        plan = sc.solve_mclp(
            times, count=instance.count, minutes=LIMIT_MIN, covered=instance.covered, time_limit_s=limit_s
        )
    sites = times.facilities.index.get_indexer(plan.sites.index).astype(np.int64)
    settled = asked.constant if asked.problem == "cp-median" else 0.0
    return Answer(sites=sites, bound=settled + plan.bound, claim=plan.status)


def _centers(instance: Instance) -> Any:
    """Return the walks to the nearest center, where it is within the limit, as travel times to a single facility."""
    import servicecircle as sc

    rows = np.flatnonzero(instance.covered)
    walk = (instance.center_minutes[rows], (rows, np.zeros(len(rows), dtype=np.int64)))
    return sc.TravelTimes.from_matrix(
        sparse.coo_array(walk, shape=(len(instance.center_minutes), 1)), weights=instance.times.weights
    )


def highs(_: Instance, asked: Question, limit_s: float) -> Answer:
    """Give HiGHS the plain model."""
    import highspy

    it = plain(asked)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(it.cost), len(it.lower)
    model.col_cost_, model.col_lower_, model.col_upper_ = it.cost, np.zeros(len(it.cost)), np.ones(len(it.cost))
    model.row_lower_, model.row_upper_ = it.lower, it.upper
    kind = highspy.HighsVarType
    model.integrality_ = [kind.kInteger] * it.sites + [kind.kContinuous] * (len(it.cost) - it.sites)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = (
        it.rows.indptr,
        it.rows.indices,
        it.rows.data,
    )
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", limit_s)
    solver.setOptionValue("mip_rel_gap", 1e-7)
    solver.passModel(model)
    solver.run()
    values = np.array(solver.getSolution().col_value)[: it.sites]
    bound = bound_of(asked, solver.getInfo().mip_dual_bound)
    status = solver.modelStatusToString(solver.getModelStatus())
    return Answer(sites=np.flatnonzero(values > 0.5), bound=bound, claim=status.lower())


def scipy_milp(_: Instance, asked: Question, limit_s: float) -> Answer:
    """Give scipy's `milp` the plain model."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    it = plain(asked)
    whole = np.zeros(len(it.cost))
    whole[: it.sites] = 1
    found = milp(
        it.cost,
        integrality=whole,
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(it.rows, it.lower, it.upper),
        options={"time_limit": limit_s, "mip_rel_gap": 1e-7},
    )
    sites = np.zeros(0, dtype=np.int64) if found.x is None else np.flatnonzero(found.x[: it.sites] > 0.5)
    return Answer(
        sites=sites,
        bound=bound_of(asked, getattr(found, "mip_dual_bound", None)),
        claim={0: "optimal", 1: "time limit reached"}.get(found.status, found.message),
    )


def _spopt(asked: Question, solver: Any) -> Answer:
    import pulp
    from spopt.locate import LSCP, MCLP, PMedian

    walk = np.full(asked.walk.shape, 10 * LIMIT_MIN)
    entries = asked.walk.tocoo()
    walk[entries.row, entries.col] = entries.data
    if asked.problem == "lscp":
        model = LSCP.from_cost_matrix(walk, LIMIT_MIN)
    elif asked.problem == "mclp":
        model = MCLP.from_cost_matrix(walk, asked.weight, LIMIT_MIN, asked.count)
    else:
        # A further facility that is open already stands for "walk as before".
        model = PMedian.from_cost_matrix(
            np.column_stack([walk, asked.before]),
            asked.weight,
            asked.count + 1,
            predefined_facilities_arr=np.array([walk.shape[1]]),
        )
    model.solve(solver, results=False)
    sites = [row for row, variable in enumerate(model.fac_vars) if (variable.value() or 0) > 0.5]
    chosen = np.array([site for site in sites if site < walk.shape[1]], dtype=np.int64)
    return Answer(sites=chosen, bound=None, claim=pulp.LpStatus[model.problem.status].lower())


def spopt_cbc(_: Instance, asked: Question, limit_s: float) -> Answer:
    """Ask spopt, solved by CBC through PuLP."""
    import pulp

    return _spopt(asked, pulp.PULP_CBC_CMD(msg=False, timeLimit=limit_s, threads=2))


def spopt_highs(_: Instance, asked: Question, limit_s: float) -> Answer:
    """Ask spopt, solved by HiGHS through PuLP."""
    import pulp

    return _spopt(asked, pulp.HiGHS(msg=False, timeLimit=limit_s, threads=2))


@dataclass(frozen=True, kw_only=True)
class Solver:
    """One way to answer, the distributions it needs, and the problems that it does not know."""

    needs: tuple[str, ...]
    answer: Callable[[Instance, Question, float], Answer]
    never: tuple[str, ...] = ()


SOLVERS = {
    OURS: Solver(needs=("highspy",), answer=ours),
    "spopt, PuLP with CBC": Solver(needs=("spopt", "pulp"), answer=spopt_cbc, never=("share", "cp-median")),
    "spopt, PuLP with HiGHS": Solver(
        needs=("spopt", "pulp", "highspy"), answer=spopt_highs, never=("share", "cp-median")
    ),
    "HiGHS, plain model": Solver(needs=("highspy",), answer=highs),
    "scipy milp, plain model": Solver(needs=("scipy",), answer=scipy_milp),
    "OR-tools CP-SAT": Solver(needs=("ortools",), answer=cp_sat),
}
