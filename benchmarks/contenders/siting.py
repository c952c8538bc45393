"""Solvers of location problems: each is given an instance and seconds, and answers with sites and what it claims."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from contenders.asking import SHARE, Answer, Question
from contenders.instances import LIMIT_MIN, Instance
from scipy import sparse

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

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


# The plain model, as it stands in the literature


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


def _bound(asked: Question, value: float | None) -> float | None:
    """Turn a bound on the plain model into one on the objective."""
    if value is None or not np.isfinite(value):
        return None
    if asked.problem == "mclp":
        return asked.constant - value
    before = float((asked.weight * asked.before).sum())
    return value if asked.problem in {"lscp", "share"} else asked.constant + before + value


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
    bound = _bound(asked, solver.getInfo().mip_dual_bound)
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
        bound=_bound(asked, getattr(found, "mip_dual_bound", None)),
        claim={0: "optimal", 1: "time limit reached"}.get(found.status, found.message),
    )


def cp_sat(_: Instance, asked: Question, limit_s: float) -> Answer:
    """Give CP-SAT the plain model; it counts in whole numbers, so person-minutes are rounded to hundredths."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    places, sites = asked.walk.shape
    opened = [model.new_bool_var("") for _ in range(sites)]
    scale = -1.0 if asked.problem == "mclp" else 1.0
    starts, columns = asked.walk.indptr, asked.walk.indices
    reach = [columns[starts[place] : starts[place + 1]].tolist() for place in range(places)]
    if asked.problem == "lscp":
        for near in reach:
            model.add_bool_or([opened[site] for site in near])
        model.minimize(sum(opened))
    elif asked.problem == "share":
        served = [model.new_bool_var("") for _ in range(places)]
        for place, near in enumerate(reach):
            model.add_bool_or([*(opened[site] for site in near), served[place].negated()])
        people = cp_model.LinearExpr.weighted_sum(served, asked.weight.astype(np.int64).tolist())
        model.add(people >= int(np.ceil(asked.target - 1e-6)))
        model.minimize(sum(opened))
    elif asked.problem == "mclp":
        served = [model.new_bool_var("") for _ in range(places)]
        for place, near in enumerate(reach):
            model.add_bool_or([*(opened[site] for site in near), served[place].negated()])
        model.add(sum(opened) <= asked.count)
        model.maximize(cp_model.LinearExpr.weighted_sum(served, asked.weight.astype(np.int64).tolist()))
    elif asked.problem == "cp-median":
        scale = -100.0
        sent, value = _cp_sent(model, asked, opened)
        model.add(sum(opened) <= asked.count)
        model.maximize(cp_model.LinearExpr.weighted_sum(sent, value))
    else:
        scale = -100.0
        sent, value = [], []
        for place, near in enumerate(reach):
            own = [model.new_bool_var("") for _ in near]
            for chosen, site in zip(own, near, strict=True):
                model.add_implication(chosen, opened[site])
            model.add_at_most_one(own)
            sent += own
            spared = asked.before[place] - asked.walk.data[starts[place] : starts[place + 1]]
            value += np.round(100 * asked.weight[place] * spared).astype(np.int64).tolist()
        model.add(sum(opened) <= asked.count)
        model.maximize(cp_model.LinearExpr.weighted_sum(sent, value))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.num_workers = 2
    status = solver.solve(model)
    found = status in {cp_model.OPTIMAL, cp_model.FEASIBLE}
    chosen = [site for site in range(sites) if found and solver.value(opened[site])]
    bound = _bound(asked, solver.best_objective_bound / scale) if found else None
    return Answer(sites=np.array(chosen, dtype=np.int64), bound=bound, claim=solver.status_name(status).lower())


def _cp_sent(model: Any, asked: Question, opened: list[Any]) -> tuple[list[Any], list[int]]:
    """Let CP-SAT send whole people to open sites with room; return the numbers sent and what each person spares."""
    entries = asked.walk.tocoo()
    people = asked.weight.astype(np.int64)[entries.row]
    sent = [model.new_int_var(0, int(number), "") for number in people]
    by_place: dict[int, list[Any]] = {}
    by_site: dict[int, list[Any]] = {}
    for variable, number, place, site in zip(sent, people, entries.row, entries.col, strict=True):
        model.add(variable <= int(number) * opened[site])
        by_place.setdefault(int(place), []).append(variable)
        by_site.setdefault(int(site), []).append(variable)
    for place, own in by_place.items():
        model.add(sum(own) <= int(asked.weight[place]))
    for site, own in by_site.items():
        model.add(sum(own) <= int(asked.room[site]) * opened[site])
    return sent, np.round(100 * (asked.before[entries.row] - entries.data)).astype(np.int64).tolist()


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
