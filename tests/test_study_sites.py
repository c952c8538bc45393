from pathlib import Path

import pytest

import servicecircle as sc
from servicecircle.outputs.figures import figures
from servicecircle.outputs.sentences import plan_sentence
from tests.cities import CANDIDATES, City, lonlat, write_city, write_csv
from tests.command import Command

COST = {"K1": 3, "K2": 3, "K3": 2, "K4": 1}


def compute(city: City) -> sc.StudyResult:
    """Compute the study without writing."""
    return sc.Study.from_toml(city.study).compute()


def with_costs(city: City) -> City:
    """Let the candidates have a cost."""
    rows = [(key, name, *lonlat(at), COST[key]) for key, (name, at) in CANDIDATES.items()]
    write_csv(city.folder / "candidates.csv", ("id", "name", "lon", "lat", "cost"), rows)
    return city


@pytest.mark.parametrize(
    ("said", "sites", "covered"),
    [
        # The middle plot is required: one of the outer ones adds what is left on its side.
        ('count = 2\nrequired = ["K3"]', ["K3", "K1"], 2100),
        ('count = 2\nforbidden = ["K1"]', ["K3", "K2"], 2100),
        # Only the island is as far as 2.5 km from the middle plot.
        ("count = 2\nmin_distance_m = 2500", ["K3", "K4"], 1680),
        # A floor for the east leaves the best single plot, one for the west (by its id) asks for another.
        ('count = 1\nfloors = { "East" = 0.5 }', ["K3"], 1600),
        ('count = 1\nfloors = { "460105" = 0.8 }', ["K1"], 1550),
        ("count = 2\nfloors = 0.6", ["K1", "K2"], 2600),
        ("budget = 5", ["K3", "K1"], 2100),
        ("budget = 6", ["K1", "K2"], 2600),
        ("count = 1\nbudget = 6", ["K3"], 1600),
    ],
)
def test_a_study_keeps_its_budget_and_rules(said: str, sites: list[str], covered: int, tmp_path: Path) -> None:
    """The plan is the best of those allowed, and the report does not claim more than that."""
    result = compute(with_costs(write_city(tmp_path / "c")).edit("count = 2", said))
    assert result.plan is not None
    assert result.plan.sites.index.tolist() == sites
    assert (result.plan.covered, result.plan.status, result.ruled) == (covered, "optimal", True)
    assert "within the budget and the rules" in plan_sentence(figures(result).plan, "en")


def test_how_many_sites_a_share_takes(tmp_path: Path) -> None:
    """Two for 95 %; for 55 % one would do, and of all single sites the one that covers most is proposed."""
    city = write_city(tmp_path / "c").edit("count = 2", "target_share = 0.95")
    result = compute(city)
    assert result.plan is not None
    assert result.plan.sites.index.tolist() == ["K1", "K2"]
    said = plan_sentence(figures(result).plan, "en").replace("\u00a0", "")
    assert "To reach 95.0% of all people, at least 2 new sites are needed (proven)." in said
    assert "至少需要新增 2 个站点" in plan_sentence(figures(result).plan, "zh")
    result = compute(city.edit("target_share = 0.95", "target_share = 0.55"))
    assert result.plan is not None
    assert (result.plan.sites.index.tolist(), result.plan.covered) == (["K3"], 1600)
    assert result.fewest is not None
    assert (result.fewest[1].objective, result.fewest[1].bound) == (1, 1)


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        ("target_share = 1.0", sc.InfeasibleError, "candidates.csv: share: 100.0% of all people cannot be covered"),
        ("target_share = 0.9\ncount = 3", sc.InputError, "either target_share or count and budget"),
        ("target_share = 95", sc.InputError, "target_share"),
        ('count = 1\nrequired = ["K1", "K2"]', sc.InfeasibleError, "cannot hold the 2 required"),
        ('count = 1\nrequired = ["X"]', sc.InputError, "required: found 'X'"),
        ("budget = 5", sc.SchemaError, "no column 'cost'"),
        ("count = 1\nfloors = 0.7", sc.InfeasibleError, "csv: count: 1 new sites cannot hold together with the floors"),
        ("floors = 0.99", sc.InfeasibleError, "csv: floors: 99.0% of district 'West' cannot be covered"),
        ('floors = { "North" = 0.5 }', sc.InputError, "floors: found 'North', expected districts such as 'West'"),
        ("floors = 80", sc.InputError, r"key sites\.floors\.\*: found 80"),
    ],
)
def test_what_cannot_be_asked_is_said(said: str, error: type[Exception], words: str, tmp_path: Path) -> None:
    """One line: what was found and what was expected."""
    city = write_city(tmp_path / "c").edit("count = 2", said)
    with pytest.raises(error, match=words):
        compute(city)


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command line inside this process."""
    return Command(capfd, monkeypatch)


def test_the_command_line_answers_how_many(tmp_path: Path, command: Command) -> None:
    """`sites` takes a share, a budget and a distance, and says what is proven."""
    city = with_costs(write_city(tmp_path / "c"))
    files = [city.folder / name for name in ("streets.geojson", "demand.csv", "centers.csv")]
    options = ["--candidates", city.folder / "candidates.csv", "-o", tmp_path / "s.gpkg"]
    ended = command("sites", *files, *options, "--target-share", "0.95")
    assert (ended.code, ended.out.splitlines()[-2]) == (
        0,
        "target     95.0% of all people costs 6   (proven: no plan takes less)",
    )
    ended = command("sites", *files, *options, "--budget", "5", "--min-distance-m", "1500")
    assert "2 sites    would add 1 180 people" in ended.out
    assert "within budget and rules no sites among 4 candidates reach more" in ended.out
    ended = command("sites", *files, *options, "--count", "2", "--required", "K3", "--forbidden", "K1")
    assert "2 sites    would add 1 600 people" in ended.out


def test_a_budget_needs_candidates_with_a_price(tmp_path: Path) -> None:
    """Generated candidates cost nothing: the study file is refused before anything is read."""
    city = write_city(tmp_path / "c").edit("count = 2", "budget = 5").edit('candidates = "candidates.csv"\n', "")
    with pytest.raises(
        sc.InputError, match=r"study\.toml, key sites\.budget: expected inputs\.candidates with a column cost"
    ):
        sc.Study.from_toml(city.study)


def test_a_share_under_rules_claims_no_more_than_its_number_of_sites(tmp_path: Path) -> None:
    """More sites than the share takes would reach more people, so the proof speaks of no more sites."""
    city = write_city(tmp_path / "c").edit("count = 2", "target_share = 0.55\nmin_distance_m = 100")
    said = plan_sentence(figures(compute(city)).plan, "en")
    assert "within the rules no plan that takes no more sites, or no more money, reaches more people" in said
    assert "budget" not in said
    assert "不超过本方案" in plan_sentence(figures(compute(city)).plan, "zh")
