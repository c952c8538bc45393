"""The cache of networks: the same answers, sooner; never an error."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import pytest

from servicecircle import Study
from servicecircle.cache import store
from servicecircle.cache.store import cache_size, clear_cache, entry_key, find, keep
from servicecircle.inputs.issues import RowIssue, issue
from tests.cities import City, write_city, write_osm_streets
from tests.command import Command, tree

NOTE = issue("a.csv", 1, "name", "x", "doubt", "doubted")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a cache of its own, still to be made."""
    monkeypatch.setattr(store, "cache_folder", lambda: tmp_path / "cache" / "networks")
    return store.cache_folder()


@pytest.fixture
def city(tmp_path: Path) -> City:
    """Write the small city, whose streets come with something to say."""
    return write_city(tmp_path / "city")


def results(city: City) -> dict[str, bytes]:
    """Return all outputs but the times."""
    return {name: data for name, data in tree(city.out).items() if name != "run.json"}


def test_a_run_from_the_cache_gives_the_same_bytes(cache: Path, city: City) -> None:
    """Without the cache, filling it, and out of it: all outputs are the same, issues included."""
    study = Study.from_toml(city.study)
    study.run(cache=False)
    without = results(city)
    assert not cache.exists()
    study.run()
    assert results(city) == without
    before = {path.name: path.stat().st_ino for path in cache.iterdir()}
    assert len(before) == 2  # the network and its drawing cells
    study.run()
    assert results(city) == without
    assert {path.name: path.stat().st_ino for path in cache.iterdir()} == before


@pytest.mark.parametrize("file", ["page.py", "words/page.py", "assets/page.js"])
def test_code_of_a_room_counts_with_its_templates_and_scripts(tmp_path, monkeypatch, file: str) -> None:
    """An entry is not found again once any file of the rooms that made it says something else."""
    keys = set()
    for package, says in [("a", "one"), ("b", "two"), ("c", "two")]:
        path = tmp_path / package / "outputs" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(says)
        monkeypatch.setattr(store, "_PACKAGE", tmp_path / package)
        keys.add(entry_key({}, [], rooms=("outputs",)))
    assert len(keys) == 2


def test_the_network_is_really_taken_from_the_cache(cache: Path, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time the streets are not read, and what was said of them is said again."""
    study = Study.from_toml(city.study)
    first = study.read()
    monkeypatch.setattr("servicecircle.study.kept.study_network", None)
    again = study.read()
    assert again.issues == first.issues
    assert again.network.figures() == first.network.figures()


@pytest.mark.parametrize(
    ("old", "new", "made_anew"),
    [
        ("speed_kmh = 4.0", "speed_kmh = 4.1", True),
        ("speed_kmh = 4.0", "min_component_m = 50", True),
        ("[5, 10, 15]", "[5, 10, 20]", False),
        ("count = 2", "count = 1", False),
    ],
)
def test_only_what_the_network_depends_on_makes_it_anew(cache: Path, city: City, old: str, new: str, made_anew) -> None:
    """Another speed is another network; other minutes are not."""
    Study.from_toml(city.study).read()
    Study.from_toml(city.edit(old, new).study).read()
    assert len(list(cache.iterdir())) == 1 + made_anew


def test_changed_streets_are_read_again(cache: Path, city: City) -> None:
    """The content of the file counts, not its name or time."""
    study = Study.from_toml(city.study)
    longer = study.read().network.figures()["length_km"]
    streets = gpd.read_file(city.folder / "streets.geojson")
    streets.iloc[:-1].to_file(city.folder / "streets.geojson")
    assert study.read().network.figures() != longer
    assert len(list(cache.iterdir())) == 2


def test_all_parts_of_a_shapefile_count(tmp_path: Path, city: City) -> None:
    """The tags of a shapefile lie in a file of their own."""
    gpd.read_file(city.folder / "streets.geojson").to_file(tmp_path / "s.shp")
    files = {"streets": tmp_path / "s.shp"}
    before = entry_key(files, None)
    assert entry_key(files, None) == before
    tags = (tmp_path / "s.dbf").read_bytes()
    (tmp_path / "s.dbf").write_bytes(tags.replace(b"residential", b"motorway   "))
    assert entry_key(files, None) != before


@pytest.mark.parametrize("content", [b"", b"GIF89a", None])
def test_a_bad_entry_is_made_anew(cache: Path, city: City, content: bytes | None) -> None:
    """An entry that is empty, foreign or has one wrong bit is ignored and replaced."""
    study = Study.from_toml(city.study)
    first = study.read()
    (entry,) = cache.iterdir()
    good = entry.read_bytes()
    bad = bytearray(good)
    bad[-1000] ^= 1
    entry.write_bytes(bytes(bad) if content is None else content)
    assert study.read().network.figures() == first.network.figures()
    assert entry.read_bytes() == good


def test_a_cache_that_cannot_be_written_does_no_harm(cache: Path, city: City) -> None:
    """A file stands where the folder should be: the run goes on without."""
    cache.parent.write_text("not a folder")
    assert Study.from_toml(city.study).run().coverage.total == 2700
    assert cache_size().entries == 0


def test_two_runs_at_once_do_not_disturb_each_other(cache: Path) -> None:
    """Many writers and readers of one entry: each finds nothing or all of it, and no part is left behind."""

    def work(_: int) -> RowIssue | None:
        found = find("key", RowIssue)
        keep("key", NOTE)
        return found

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(work, range(40)))
    assert found <= {None, NOTE}
    assert find("key", RowIssue) == NOTE
    assert [path.name for path in cache.iterdir()] == ["key.cache"]


def test_the_cache_stays_small(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry that was not used for longest goes first; one that is too large by itself is not kept."""
    for number, key in enumerate(("a", "b", "c")):
        keep(key, NOTE)
        store.os.utime(cache / f"{key}.cache", (number, number))
    assert find("a", RowIssue) == NOTE
    size = cache_size().size // 3
    monkeypatch.setattr(store, "MOST_BYTES", 3 * size)
    keep("d", NOTE)
    assert sorted(path.stem for path in cache.iterdir()) == ["a", "c", "d"]
    monkeypatch.setattr(store, "MOST_BYTES", size - 1)
    keep("e", NOTE)
    assert find("e", RowIssue) is None


def test_an_openstreetmap_file_is_kept_too(cache: Path, city: City) -> None:
    """Junction ids, tags and texts of an extract take the same way."""
    write_osm_streets(city.folder / "s.osm.pbf")
    study = Study.from_toml(city.edit('"streets.geojson"', '"s.osm.pbf"').study)
    first, again = study.compute(cache=True), study.compute(cache=True)
    assert again.coverage.demand["walk_min"].equals(first.coverage.demand["walk_min"])


def test_the_command_shows_and_clears_it(
    cache: Path, city: City, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run fills it unless told not to; `cache` says how much there is and where; `--clear` empties it."""
    command = Command(capfd, monkeypatch)
    assert command("run", city.study, "--no-cache").code == 0
    assert command("cache").out == f"cache      0 entries, 0.0 MB\nfolder     {cache}\n"
    assert command("run", city.study).code == 0
    assert command("cache").out.startswith("cache      2 entries, ")
    assert command("cache", "--clear").out.startswith("removed    2 entries, ")
    assert list(cache.iterdir()) == []
    assert clear_cache().entries == 0
