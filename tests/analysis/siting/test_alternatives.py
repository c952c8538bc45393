import geopandas as gpd
import numpy as np
import pytest

import servicecircle as sc

from .small_problems import small_problem

INF = np.inf


def best_of(problem, most, without=None) -> float | None:
    """Worth of the best allowed plan of at most so many sites, by trying all."""
    worths = [
        problem.worth[covered].sum()
        for sites, covered in problem.allowed()
        if len(sites) <= most and without not in sites
    ]
    return max(worths, default=None)


@pytest.mark.parametrize("block", range(4))
def test_the_curve_is_that_of_the_best_subsets(block) -> None:
    """Each number of sites anew, proven; numbers that cannot keep the rules are left out."""
    for seed in range(block * 12, block * 12 + 12):
        problem = small_problem(seed)
        most = problem.reach.shape[1]
        expected = {number: best_of(problem, number) for number in range(most + 1)}
        asked = {"count": most, "covered": problem.centers, "rules": problem.site_rules}
        if expected[most] is None:
            with pytest.raises(sc.InfeasibleError):
                sc.curve(problem.times, **asked)
            continue
        found = sc.curve(problem.times, **asked).set_index("sites")
        assert found["objective"].to_dict() == pytest.approx({number: expected[number] for number in found.index}), seed
        assert (found["bound"] == found["objective"]).all(), seed
        assert found["objective"].is_monotonic_increasing, seed
        assert set(found.index) >= {n for n, value in expected.items() if value is not None and n <= found.index.max()}


@pytest.mark.parametrize("block", range(4))
def test_a_site_costs_what_the_best_plan_without_it_loses(block) -> None:
    """All replacements and all plans without the site are tried by brute force."""
    for seed in range(block * 12, block * 12 + 12):
        problem = small_problem(seed)
        asked = {"covered": problem.centers, "rules": problem.site_rules}
        try:
            plan = sc.solve_mclp(problem.times, count=3, **asked)
        except sc.InfeasibleError:
            continue
        other = sc.alternatives(problem.times, plan, within=0.2, **asked)
        chosen = {int(key) for key in plan.sites.index}
        allowed = {tuple(sites): problem.worth[covered].sum() for sites, covered in problem.allowed()}
        for key, row in other.sites.iterrows():
            best = best_of(problem, len(chosen), int(key))
            assert row["loss_without"] == pytest.approx(INF if best is None else plan.objective - best), seed
            assert row["loss_proven"] == pytest.approx(row["loss_without"], abs=1e-6), seed
            rest = chosen - {int(key)}
            swaps = [tuple(sorted(rest | {new})) for new in range(problem.reach.shape[1]) if new not in chosen]
            values = [allowed[swap] for swap in swaps if swap in allowed]
            assert row["loss"] == pytest.approx(plan.objective - max(values) if values else INF), seed
        for whole in other.plans:
            assert whole.objective >= 0.8 * plan.objective - 1e-9
            assert tuple(sorted(int(key) for key in whole.sites.index)) in allowed
            assert set(whole.sites.index) != set(plan.sites.index)


def test_closing_and_moving_a_center() -> None:
    """The middle center adds nobody; the others can move to the end of the street without a loss."""
    centers = sc.TravelTimes.from_matrix([[5, INF, INF], [5, 5, INF], [INF, 5, 5], [INF, INF, 5]], weights=[3, 2, 2, 4])
    table = sc.closing(centers)
    assert table["loss"].to_dict() == {"1": 0.0, "0": 3.0, "2": 4.0}
    assert table.index[0] == "1"
    assert table["covered"].to_dict() == {"1": 4.0, "0": 5.0, "2": 6.0}
    places = sc.TravelTimes.from_matrix([[5, INF], [INF, INF], [INF, INF], [INF, 5]], weights=[3, 2, 2, 4])
    moved = sc.closing(centers, candidates=places)
    assert moved.loc["0", ["move_to", "move_change"]].tolist() == ["0", 0.0]
    assert moved.loc["2", ["move_to", "move_change"]].tolist() == ["1", 0.0]


@pytest.mark.parametrize("seed", range(20))
def test_closings_and_moves_agree_with_counting_anew(seed) -> None:
    """Coverage counted from the matrix, with the center gone and with the candidate in its place."""
    rng = np.random.default_rng(seed)
    reach, new, people = rng.random((30, 6)) < 0.3, rng.random((30, 4)) < 0.3, rng.integers(1, 9, 30).astype(float)

    def times(mask):
        return sc.TravelTimes.from_matrix(np.where(mask, 5.0, INF), weights=people)

    table, now = sc.closing(times(reach), candidates=times(new)), people[reach.any(axis=1)].sum()
    for center in range(6):
        rest = np.delete(reach, center, axis=1).any(axis=1)
        row = table.loc[str(center)]
        assert row["loss"] == pytest.approx(now - people[rest].sum())
        moves = [people[rest | new[:, place]].sum() - now for place in range(4)]
        assert row["move_change"] == pytest.approx(max(moves))
        assert moves[int(row["move_to"])] == pytest.approx(max(moves))
    # Several at once: the centers to keep are a covering problem of their own.
    keep = sc.solve_mclp(times(reach), count=4)
    assert keep.status == "optimal"


def test_candidates_too_close_do_not_both_open() -> None:
    """Places 0, 99 and 100 m along a street: 100 m apart is far enough, 99 m and 1 m are not."""
    places = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy([500000, 500099, 500100], [2000000] * 3, crs="EPSG:32649"), index=["a", "b", "c"]
    )
    pairs = sc.too_close(places, metres=100)
    assert pairs == [("a", "b"), ("b", "c")]
    times = sc.TravelTimes.from_matrix([[5.0, INF, INF], [INF, 5.0, INF], [INF, INF, 5.0]], weights=[2, 3, 2])
    rules = sc.SiteRules(apart=[("0", "1"), ("1", "2")])
    assert sorted(sc.solve_mclp(times, count=2, rules=rules).sites.index) == ["0", "2"]
    with pytest.raises(sc.InputError, match="metres"):
        sc.too_close(places, metres=-1)
    with pytest.raises(sc.CRSError):
        sc.too_close(places.to_crs(4326), metres=100)


def test_long_work_tells_how_far_it_is() -> None:
    """Each number of sites and each site of a plan is one step; the answers stay the same."""
    times = small_problem(0).times
    plan = sc.solve_mclp(times, count=3)
    asked = {
        4: lambda **options: sc.curve(times, count=3, **options),
        len(plan.sites): lambda **options: sc.alternatives(times, plan, **options).sites,
    }
    for steps, ask in asked.items():
        said: list[tuple[int, int]] = []
        told = ask(on_progress=lambda done, total, said=said: said.append((done, total)))
        assert said == [(number, steps) for number in range(1, steps + 1)]
        assert told.equals(ask())
