from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import servicecircle as sc

from .small_problems import small_problem

INF = np.inf
LIMITS = "count", "budget", "apart", "floors", "required"


def without(problem, names, count, budget) -> bool:
    """Whether there is a plan once these rules are dropped."""
    rules = {key: value for key, value in problem.rules.items() if key not in names}
    return any(
        (count is None or "count" in names or len(sites) <= count)
        and (budget is None or "budget" in names or problem.cost[sites].sum() <= budget + 1e-9)
        for sites, _ in replace(problem, rules=rules).allowed()
    )


@pytest.mark.parametrize("block", range(8))
def test_with_any_rules_the_plan_is_the_best_of_all_subsets(block) -> None:
    """Count and budget, required and forbidden, apart, backup, floors, weights; no plan means an error that says so."""
    for seed in range(block * 40, block * 40 + 40):
        problem, rng = small_problem(seed), np.random.default_rng([seed, 1])
        count = int(rng.integers(1, problem.reach.shape[1] + 2)) if rng.random() < 0.7 else None
        budget = float(rng.choice([0, 2, 4, 7, 10])) if count is None or rng.random() < 0.3 else None
        kept = {
            tuple(sites): problem.worth[covered].sum()
            for sites, covered in problem.allowed()
            if (count is None or len(sites) <= count) and (budget is None or problem.cost[sites].sum() <= budget + 1e-9)
        }
        asked = {"count": count, "budget": budget, "covered": problem.centers, "rules": problem.site_rules}
        if not kept:
            with pytest.raises(sc.InfeasibleError) as said:
                sc.solve_mclp(problem.times, **asked)
            blamed = [name for name in LIMITS if name in str(said.value)]
            alone = [name for name in LIMITS if name not in blamed]
            helps = any(without(problem, name, count, budget) for name in [*blamed, tuple(blamed)])
            assert helps or not without(problem, alone, count, budget), (seed, said.value)
            continue
        plan = sc.solve_mclp(problem.times, **asked)
        sites = tuple(sorted(int(key) for key in plan.sites.index))
        assert plan.objective == pytest.approx(max(kept.values())), seed
        assert plan.objective == pytest.approx(kept[sites]), seed
        assert (plan.bound, plan.gap, plan.status) == (plan.objective, 0.0, "optimal"), seed
        covered = problem.covered(list(sites))
        assert plan.covered == pytest.approx(problem.people[covered].sum()), seed
        assert plan.uncovered["weight"].sum() == pytest.approx(problem.people[~covered].sum()), seed
        assert set(plan.allocation.index) == {str(row) for row in np.flatnonzero(covered)}, seed


def line(**columns) -> sc.TravelTimes:
    """Five places in a row and a candidate at each that reaches its neighbours too."""
    minutes = [[5.0 if abs(place - site) <= 1 else INF for site in range(5)] for place in range(5)]
    return sc.TravelTimes.from_matrix(minutes, weights=columns.get("weights", [3, 2, 2, 2, 4]), costs=[1, 2, 3, 4, 5])


def test_a_budget_buys_what_it_can() -> None:
    """Sites 0 and 3 cover all for 5; for 4 the cheap sites 0 and 2 cover 9, more than site 3 does alone."""
    assert sorted(sc.solve_mclp(line(), budget=5).sites.index) == ["0", "3"]
    assert sc.solve_mclp(line(), budget=4).covered == 9.0
    assert sorted(sc.solve_mclp(line(), budget=4).sites.index) == ["0", "2"]
    assert sc.solve_mclp(line(), count=1, budget=4).sites.index.tolist() == ["3"]
    with pytest.raises(sc.SchemaError, match="no column 'cost'"):
        sc.solve_mclp(sc.TravelTimes.from_matrix([[5.0]]), budget=1)
    with pytest.raises(sc.InputError, match="neither"):
        sc.solve_mclp(line())


def test_backup_counts_centers_only_when_they_are_known() -> None:
    """A place needs two facilities; a center that is there is one of them, and a mask cannot say how many there are."""
    rules = sc.SiteRules(backup=2)
    centers = sc.TravelTimes.from_matrix([[5.0], [5.0], [INF], [INF], [INF]], weights=[3, 2, 2, 2, 4])
    plan = sc.solve_mclp(line(), count=1, covered=centers, rules=rules)
    assert (plan.covered, plan.sites.index.tolist()) == (5.0, ["1"])
    with pytest.raises(sc.InputError, match="travel times to the centers"):
        sc.solve_mclp(line(), count=1, covered=np.array([True, True, False, False, False]), rules=rules)


def test_the_elderly_may_count_double() -> None:
    """One site: the people decide for the right side, people plus elderly for the left; coverage stays of people."""
    assert sc.solve_mclp(line(), count=1).sites.index.tolist() == ["3"]
    plan = sc.solve_mclp(line(), count=1, rules=sc.SiteRules(weights=[6, 4, 2, 2, 4]))
    assert (plan.sites.index.tolist(), plan.objective, plan.covered) == (["1"], 12.0, 7.0)


@pytest.mark.parametrize(
    ("rules", "error", "said"),
    [
        ({"required": ["9"]}, sc.InputError, "required: found '9'"),
        ({"required": "12"}, sc.InputError, "expected a list of ids"),
        ({"required": ["1"], "forbidden": ["1"]}, sc.InfeasibleError, "both required and forbidden"),
        ({"required": ["1", "2", "3"]}, sc.InfeasibleError, "cannot hold the 3 required"),
        ({"required": ["1", "2"], "apart": [("2", "1")]}, sc.InfeasibleError, "only one of them may open"),
        ({"apart": [("1", "1")]}, sc.InputError, "two different ids"),
        ({"apart": [("1", "x")]}, sc.InputError, "apart: found 'x'"),
        ({"backup": 0}, sc.InputError, "backup"),
        ({"weights": [1.0]}, sc.InputError, r"weights: found shape \(1,\)"),
        ({"weights": [1.0, 1.0, 1.0, 1.0, -1.0]}, sc.InputError, "weights: every value"),
        ({"weights": pd.Series([1.0] * 5)}, sc.InputError, "its index"),
        ({"floors": {"a": 0.5}}, sc.InputError, "Pass districts="),
        ({"floors": {"a": 1.5}, "districts": list("aaaab")}, sc.InputError, "found 1.5"),
        ({"floors": {"c": 0.5}, "districts": list("aaaab")}, sc.InputError, "nobody"),
        (
            {"floors": {"b": 0.5}, "districts": list("aaaab"), "forbidden": ["3", "4"]},
            sc.InfeasibleError,
            "50.0% of district 'b' cannot be covered; with every candidate open it is 0.0%",
        ),
        ({"floors": {"a": 1.0, "b": 1.0}, "districts": list("aaaab")}, sc.InfeasibleError, "count: 1 new sites cannot"),
    ],
)
def test_a_rule_that_cannot_hold_is_named(rules, error, said) -> None:
    """One line says which rule, what was found and what was expected."""
    with pytest.raises(error, match=said):
        sc.solve_mclp(line(), count=2 if "floors" not in rules else 1, rules=sc.SiteRules(**rules))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"count": 1}, "count: 1 new sites cannot hold together with the floors"),
        ({"budget": 4}, "budget: 4 cannot hold together with the floors"),
        ({"count": 2, "budget": 4}, "budget: 4 cannot hold together"),
        ({"count": 1, "budget": 4}, "count, budget: together they leave no plan that holds the floors"),
        (
            {"count": 5, "apart": [("0", "3"), ("0", "4"), ("1", "3"), ("1", "4"), ("0", "2")]},
            "apart: the least distance",
        ),
        (
            {"count": 5, "apart": [("0", "3"), ("0", "4"), ("1", "3"), ("1", "4")], "required": ["0"]},
            "apart: the least",
        ),
        ({"count": 1, "required": ["0", "3"]}, "count: 1 new sites cannot hold the 2 required ones"),
        ({"budget": 4, "required": ["0", "3"]}, "budget: 4 cannot pay the required sites, which cost 5"),
        ({"count": 5, "required": ["0"], "forbidden": ["0"]}, "both required and forbidden"),
        ({"count": 5, "forbidden": ["3", "4"]}, "floors: 100.0% of district 'b' cannot be covered"),
    ],
)
def test_who_asks_for_too_much_learns_which_limit_is_too_tight(asked, said) -> None:
    """Both ends of the street have to be covered: by two sites, which cost five at least."""
    limits = {key: asked[key] for key in ("count", "budget") if key in asked}
    rules = {key: value for key, value in asked.items() if key not in limits}
    floors = {"floors": {"a": 1.0, "b": 1.0}, "districts": list("axxxb")}
    with pytest.raises(sc.InfeasibleError, match=said):
        sc.solve_mclp(line(), **limits, rules=sc.SiteRules(**floors, **rules))
    if not limits.get("budget") and limits["count"] == 5:
        with pytest.raises(sc.InfeasibleError, match=said.split(":")[0]):
            sc.solve_lscp(line(), rules=sc.SiteRules(**floors, **rules))


def random_cover(seed: int, demand: int = 60, sites: int = 14) -> tuple[np.ndarray, np.ndarray]:
    """Minutes without any geography, and people."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random((demand, sites)) < 0.15, rng.uniform(5, 20, (demand, sites)), INF), rng.integers(
        1, 9, 60
    )


@pytest.mark.parametrize("seed", range(3))
def test_more_never_covers_less(seed) -> None:
    """A site, money, minutes or a candidate more; people of weight zero and the order of rows change nothing."""
    minutes, people = random_cover(seed)
    cost = np.arange(1, 15)

    def reached(table=minutes, weights=people, price=cost, **options) -> float:
        times = sc.TravelTimes.from_matrix(table, weights=weights, costs=price)
        return sc.solve_mclp(times, **options).objective

    by_count = [reached(count=count) for count in range(1, 6)]
    assert by_count == sorted(by_count)
    by_budget = [reached(budget=budget) for budget in (0, 3, 9, 20, 50)]
    assert by_budget == sorted(by_budget)
    by_minutes = [reached(count=3, minutes=limit) for limit in (6, 10, 15, 20)]
    assert by_minutes == sorted(by_minutes)
    by_candidates = [reached(minutes[:, :number], price=cost[:number], count=3) for number in (2, 5, 9, 14)]
    assert by_candidates == sorted(by_candidates)
    nobody = np.vstack([minutes, np.full((3, 14), 5.0)])
    assert reached(nobody, np.append(people, [0, 0, 0]), count=3) == by_count[2]
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(60), rng.permutation(14)
    assert reached(minutes[rows][:, columns], people[rows], cost[columns], count=3) == by_count[2]
    assert reached(minutes[rows][:, columns], people[rows], cost[columns], budget=9) == by_budget[2]


@pytest.mark.parametrize("limit", [1e-6, 0.1])
def test_a_time_limit_leaves_a_plan_and_a_true_bound(limit) -> None:
    """Nothing is claimed that was not proven."""
    rng = np.random.default_rng(4)
    minutes = np.where(rng.random((2000, 200)) < 0.03, 5.0, INF)
    times = sc.TravelTimes.from_matrix(minutes, weights=rng.integers(1, 50, 2000), costs=rng.integers(1, 9, 200))
    for asked in ({"count": 20}, {"budget": 60}, {"count": 20, "rules": sc.SiteRules(backup=2)}):
        plan = sc.solve_mclp(times, time_limit_s=limit, **asked)
        assert len(plan.sites) > 0
        assert plan.covered == plan.objective <= plan.bound <= times.weights.sum()
        assert plan.status == "feasible"
        assert plan.gap == pytest.approx((plan.bound - plan.objective) / plan.objective)


@pytest.mark.parametrize("solve", [sc.solve_mclp, sc.solve_lscp, sc.solve_pmedian, sc.solve_pcenter, sc.solve_cmclp])
def test_what_is_not_what_a_solver_takes_is_named(solve) -> None:
    """A table in place of travel times, a dict in place of rules, a mask in place of centers with room, odd limits."""
    asked = {} if solve is sc.solve_lscp else {"count": 2}
    with pytest.raises(sc.InputError, match="times: found DataFrame, expected TravelTimes"):
        solve(pd.DataFrame({"people": [1]}), **asked)
    with pytest.raises(sc.InputError, match=r"rules: found dict, expected SiteRules\(required"):
        solve(line(), **asked, rules={"required": ["1"]})
    if solve is sc.solve_cmclp:
        with pytest.raises(sc.InputError, match="centers: found list, expected TravelTimes"):
            solve(line(), **asked, centers=[True] * 5)
    for limit in (0, -1, np.nan, True, "soon"):
        with pytest.raises(sc.InputError, match="time_limit_s: found"):
            solve(line(), **asked, time_limit_s=limit)
