"""A run that was stopped goes on where it was, and ends with the same files."""

import json
from pathlib import Path

import pytest

from servicecircle import Study
from servicecircle.cache import store
from servicecircle.cache.store import cache_size
from tests.cities import City, write_city
from tests.command import tree

#: Steps of a run that are kept one by one, in their order, and when the clock says each is over.
KEPT = {
    "layers": "read demand",
    "travel times": "travel times",
    "isochrones": "isochrones",
    "service area": "isochrones",
    "gaps": "gaps",
    "sites": "sites",
    "what if": "what if",
    "pictures": "pictures",
    **{name: name for name in ("summary.json", "report.html", "report.docx", "report.xlsx", "map.html", "layers.gpkg")},
    "issues.csv": "issues.csv",
}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a cache of its own."""
    monkeypatch.setattr(store, "cache_folder", lambda: tmp_path / "cache")
    return store.cache_folder()


def stop_after(city: City, step: str) -> None:
    """Run the study until a step is over, and stop it there."""

    def stop(name: str, part: float) -> None:
        if (name, part) == (step, 1.0):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Study.from_toml(city.study).run(on_progress=stop)


def outputs(city: City) -> dict[str, bytes]:
    """Return all files but the record of the run."""
    return {name: data for name, data in tree(city.out).items() if name != "run.json"}


def resumed(city: City) -> list[str]:
    """Return the steps that were taken from the run before."""
    said = json.loads((city.out / "run.json").read_text(encoding="utf-8"))["resumed"]
    assert isinstance(said, list)
    return said


def test_stopped_after_any_step_a_run_goes_on_from_there(cache: Path, tmp_path: Path) -> None:
    """Stopped in turn after each step, only what came later is done; all files are those of a run without a stop."""
    city = write_city(tmp_path / "city")
    Study.from_toml(city.study).run(cache=False)
    whole = outputs(city)
    assert resumed(city) == []
    stops = [end for at, end in enumerate(KEPT.values()) if end not in list(KEPT.values())[:at]]
    for step in stops[1:]:
        stop_after(city, step)
    assert outputs(city) == whole
    Study.from_toml(city.study).run()
    assert outputs(city) == whole
    # The first stop came after the travel times, and each run went on from the one before.
    assert resumed(city) == list(KEPT)


@pytest.mark.parametrize("step", ["travel times", "sites", "pictures"])
def test_nothing_is_kept_of_a_run_that_is_through(step: str, cache: Path, tmp_path: Path) -> None:
    """Once the files are written the steps go; only the network and its cells stay, and the next run does all."""
    city = write_city(tmp_path / "city")
    stop_after(city, step)
    assert cache_size().entries > 2
    Study.from_toml(city.study).run()
    kept = list(KEPT)
    assert resumed(city) == kept[: max(at for at, name in enumerate(kept) if KEPT[name] == step) + 1]
    assert cache_size().entries == 2
    Study.from_toml(city.study).run()
    assert resumed(city) == []


@pytest.mark.parametrize("change", ["study", "input", "day"])
def test_a_run_of_something_else_takes_nothing(change: str, cache: Path, tmp_path: Path) -> None:
    """Another parameter, another cell of an input, or another day of it (which the report names) is another run."""
    city = write_city(tmp_path / "city")
    stop_after(city, "sites")
    if change == "study":
        city.edit("count = 2", "count = 1")
    elif change == "input":
        city.edit("West Hall", "West House", "centers.csv")
    else:
        store.os.utime(city.folder / "centers.csv", (1e9, 1e9))
    Study.from_toml(city.study).run()
    assert resumed(city) == []


def test_without_the_cache_nothing_is_kept(cache: Path, tmp_path: Path) -> None:
    """`run --no-cache` leaves nothing and takes nothing."""
    city = write_city(tmp_path / "city")
    stop_after(city, "sites")
    before = cache_size()
    Study.from_toml(city.study).run(cache=False)
    assert resumed(city) == []
    assert cache_size() == before
