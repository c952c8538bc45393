import numpy as np
import pandas as pd
import pytest

import servicecircle as sc

from .small_problems import small_problem

INF = np.inf


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
            with pytest.raises(sc.InfeasibleError):
                sc.solve_mclp(problem.times, **asked)
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
        ({"floors": {"a": 1.0, "b": 1.0}, "districts": list("aaaab")}, sc.InfeasibleError, "count"),
    ],
)
def test_a_rule_that_cannot_hold_is_named(rules, error, said) -> None:
    """One line says which rule, what was found and what was expected."""
    with pytest.raises(error, match=said):
        sc.solve_mclp(line(), count=2 if "floors" not in rules else 1, rules=sc.SiteRules(**rules))


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
