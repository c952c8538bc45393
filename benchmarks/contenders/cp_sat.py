"""CP-SAT of OR-tools, given the plain models; it counts in whole numbers, so person-minutes are hundredths."""

from itertools import pairwise
from typing import Any

import numpy as np
from contenders.asking import Answer, Question
from contenders.instances import Instance
from contenders.plain_model import bound_of


def cp_sat(_: Instance, asked: Question, limit_s: float) -> Answer:
    """Give CP-SAT the plain model."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    opened = [model.new_bool_var("") for _ in range(asked.walk.shape[1])]
    if asked.problem in {"lscp", "share"}:
        scale = 1.0
        _cover(model, asked, opened)
        model.minimize(sum(opened))
    else:
        scale = -1.0 if asked.problem == "mclp" else -100.0
        model.add(sum(opened) <= asked.count)
        model.maximize(cp_model.LinearExpr.weighted_sum(*_MOST[asked.problem](model, asked, opened)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.num_workers = 2
    status = solver.solve(model)
    found = status in {cp_model.OPTIMAL, cp_model.FEASIBLE}
    chosen = [site for site, variable in enumerate(opened) if found and solver.value(variable)]
    bound = bound_of(asked, solver.best_objective_bound / scale) if found else None
    return Answer(sites=np.array(chosen, dtype=np.int64), bound=bound, claim=solver.status_name(status).lower())


def _reach(asked: Question) -> list[list[int]]:
    """Return the sites near each place."""
    starts, columns = asked.walk.indptr, asked.walk.indices
    return [columns[begin:stop].tolist() for begin, stop in pairwise(starts)]


def _cover(model: Any, asked: Question, opened: list[Any]) -> None:
    """Ask for everyone, or for a share of the people."""
    from ortools.sat.python.cp_model import LinearExpr

    if asked.problem == "lscp":
        for near in _reach(asked):
            model.add_bool_or([opened[site] for site in near])
        return
    model.add(LinearExpr.weighted_sum(*_served(model, asked, opened)) >= int(np.ceil(asked.target - 1e-6)))


def _served(model: Any, asked: Question, opened: list[Any]) -> tuple[list[Any], list[int]]:
    """Let a place be served only by an open site; return which are, and their people."""
    served = [model.new_bool_var("") for _ in range(asked.walk.shape[0])]
    for variable, near in zip(served, _reach(asked), strict=True):
        model.add_bool_or([*(opened[site] for site in near), variable.negated()])
    return served, asked.weight.astype(np.int64).tolist()


def _sent_to_one(model: Any, asked: Question, opened: list[Any]) -> tuple[list[Any], list[int]]:
    """Send each place to at most one open site; return the choices and the minutes each spares."""
    sent, value, starts = [], [], asked.walk.indptr
    for place, near in enumerate(_reach(asked)):
        own = [model.new_bool_var("") for _ in near]
        for chosen, site in zip(own, near, strict=True):
            model.add_implication(chosen, opened[site])
        model.add_at_most_one(own)
        sent += own
        spared = asked.before[place] - asked.walk.data[starts[place] : starts[place + 1]]
        value += np.round(100 * asked.weight[place] * spared).astype(np.int64).tolist()
    return sent, value


def _sent_with_room(model: Any, asked: Question, opened: list[Any]) -> tuple[list[Any], list[int]]:
    """Send whole people to open sites with room; return the numbers sent and what each person spares."""
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


#: What each problem maximises: choices and their values.
_MOST = {"mclp": _served, "p-median": _sent_to_one, "cp-median": _sent_with_room}
