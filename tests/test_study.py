"""A whole study on the small city: eight files, and every figure as solved by hand."""

import gc
import hashlib
import io
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pytest
from geopandas.testing import assert_geodataframe_equal

import servicecircle as sc
from servicecircle.outputs.summary import summary_json
from tests.cities import CENTERS, FIGURES, FILES, HOSTILE, City, lonlat, write_city, write_osm_streets
from tests.command import tree
from tests.outputs.browser import Seen, open_page, start_chromium
from tests.outputs.map.map_people import people_by_reason
from tests.outputs.map.test_map import data_of
from tests.outputs.test_agreement import tables, value

LAYERS = {"centers", "isochrones", "service_area", "demand", "gaps", "candidates", "sites", "districts"}
REASONS = ("covered", "too_far", "unreachable", "off_network")

RUN = "import sys, servicecircle as sc; sc.Study.from_toml(sys.argv[1]).run(cache=False)"


def run(city: City) -> City:
    """Run the study of a city."""
    sc.Study.from_toml(city.study).run()
    return city


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """Run the city in English."""
    return run(write_city(tmp_path_factory.mktemp("english")))


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> City:
    """Run the city in Chinese."""
    return run(write_city(tmp_path_factory.mktemp("chinese"), language="zh", name="海口 15分钟服务圈"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> City:
    """Run a city whose every name tries to become code."""
    return run(write_city(tmp_path_factory.mktemp("hostile"), hostile=True))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium once for all tests of this file."""
    yield from start_chromium()


def sheets(city: City) -> list[list[tuple[Any, ...]]]:
    """Return the rows of every sheet of the workbook below its header."""
    book = openpyxl.load_workbook(io.BytesIO((city.out / "report.xlsx").read_bytes()))
    return [list(sheet.iter_rows(min_row=2, values_only=True)) for sheet in book.worksheets]


def report_tables(city: City) -> dict[str, list[list[str]]]:
    """Return the tables of the report by section."""
    return tables((city.out / "report.html").read_bytes())


def map_data(city: City) -> Any:
    """Return the data block of the map."""
    return data_of((city.out / "map.html").read_text(encoding="utf-8"))


def test_a_run_leaves_the_eight_files_and_nothing_else(city: City) -> None:
    """No part, no journal and no lock stays behind."""
    assert set(tree(city.out)) == FILES


def test_the_figures_are_those_solved_by_hand(city: City) -> None:
    """People by reason, by minutes and by district, the gaps and the network."""
    summary = city.summary()
    assert {key: summary[key] for key in FIGURES} == FIGURES
    assert [summary[key] for key in ("name", "minutes", "speed_kmh", "limit_m")] == ["Two Towns", [5, 10, 15], 4, 1000]
    assert summary["centers"] == 2
    assert summary["issues"] == 2


def test_the_plan_is_the_best_and_proven(city: City) -> None:
    """A greedy choice would take the middle plot; the two outer ones cover everyone on main street."""
    plan = city.summary()["plan"]
    sites = [[site["id"], site["name"], site["gain"], site["share_after"]] for site in plan.pop("sites")]
    assert plan == {
        "count": 2,
        "covered": 2600,
        "share": round(2600 / 2700, 6),
        "bound": 2600,
        "gap": 0,
        "status": "optimal",
    }
    assert sites == [
        ["K1", "Mill Plot", 1050, round(1550 / 2700, 6)],
        ["K2", "Lake Plot", 1050, round(2600 / 2700, 6)],
    ]


def test_the_summary_has_the_keys_that_were_promised(city: City) -> None:
    """Names and their order are a contract with other programs."""
    summary = city.summary()
    assert list(summary) == [
        *("name", "minutes", "speed_kmh", "limit_m", "centers", "demand", "by_minutes", "districts", "gaps"),
        *("plan", "network", "issues", "parents", "gap_places", "catchments", "offers"),
    ]
    assert list(summary["demand"]) == ["total", "covered", "share", "too_far", "unreachable", "off_network"]
    assert list(summary["by_minutes"][0]) == ["minutes", "covered", "share"]
    assert list(summary["districts"][0]) == ["name", "total", "covered", "share", "centers"]
    assert list(summary["gaps"][0]) == ["id", "weight", "walk_min", "nearest", "district"]
    assert list(summary["plan"]) == ["count", "covered", "share", "bound", "gap", "status", "sites"]
    assert list(summary["plan"]["sites"][0]) == ["rank", "id", "name", "gain", "share_after", "lon", "lat"]
    network = ["segments", "junctions", "length_km", "components", "dropped_components", "dropped_km"]
    network += ["closed_segments", "closed_km"]
    assert list(summary["network"]) == network


@pytest.mark.parametrize("which", ["city", "chinese"])
def test_people_in_are_the_sum_of_their_parts_in_every_output(which: str, request: pytest.FixtureRequest) -> None:
    """2700 = 500 covered + 2100 too far + 80 unreachable + 20 off the network, in all five files."""
    here: City = request.getfixturevalue(which)
    parts = [FIGURES["demand"][reason] for reason in REASONS]
    summary = here.summary()["demand"]
    assert [summary[reason] for reason in REASONS] == parts
    assert summary["total"] == sum(parts)
    assert [row[1] for row in sheets(here)[0][5:10]] == [2700, *parts]
    districts = report_tables(here)["districts"]
    assert [sum(float(value(row[i]) or 0) for row in districts) for i in (1, 2, 4, 5, 6)] == [2700, *parts]
    demand = gpd.read_file(here.out / "layers.gpkg", layer="demand")
    assert [demand.loc[demand["reason"] == reason, "weight"].sum() for reason in REASONS] == parts
    assert people_by_reason(map_data(here)) == parts


def test_districts_gaps_and_sites_agree_in_every_output(city: City) -> None:
    """Report, workbook, layers and map hold the rows of the summary."""
    summary, report, book, data = city.summary(), report_tables(city), sheets(city), map_data(city)
    districts = [[row["name"], row["total"], row["covered"], row["centers"]] for row in summary["districts"]]
    assert [[row[0], value(row[1]), value(row[2]), value(row[8])] for row in report["districts"]] == districts
    assert [[row[1], row[2], row[3], row[9]] for row in book[1]] == districts
    assert data["districts"]["names"] == [row[0] for row in districts]
    gaps = [[row["weight"], row["walk_min"], row["district"]] for row in summary["gaps"]]
    assert [[value(row[1]), _walk(row[3]), row[5]] for row in report["gaps"]] == gaps
    assert [[row[2], _walk(str(row[4])), row[7]] for row in book[3]] == gaps
    layer = gpd.read_file(city.out / "layers.gpkg", layer="gaps")
    walks = [None if math.isnan(walk) else round(walk, 1) for walk in layer["walk_min"]]
    assert [list(row) for row in zip(layer["weight"], walks, layer["district"], strict=True)] == gaps
    sites = [[site["id"], site["name"], site["gain"]] for site in summary["plan"]["sites"]]
    assert [[row[1], row[2], value(row[3])] for row in report["sites"]] == sites
    assert [list(row[1:4]) for row in book[4]] == sites
    layer = gpd.read_file(city.out / "layers.gpkg", layer="sites")
    assert layer[["id", "name", "gain"]].to_numpy().tolist() == sites
    ranked = sorted((place["rank"], place["id"], place["name"]) for place in data["places"] if place.get("rank"))
    assert ranked == [(rank, key, name) for rank, (key, name, _) in enumerate(sites, start=1)]


def _walk(cell: str) -> float | None:
    return float(cell) if cell[:1].isdigit() else None


def test_the_layers_are_all_there(city: City) -> None:
    """Eight layers in one metric CRS; a walk that leads nowhere is null."""
    path = city.out / "layers.gpkg"
    assert set(gpd.list_layers(path)["name"]) == LAYERS | {"layer_styles"}
    layers = {name: gpd.read_file(path, layer=name) for name in LAYERS}
    assert {layer.crs.to_epsg() for layer in layers.values()} == {32649}
    assert layers["demand"].set_index("id").loc[["i1", "i2", "farm"], "walk_min"].isna().all()
    assert layers["demand"].set_index("id").loc["m900", "walk_min"] == pytest.approx(13.5, abs=0.001)
    assert len(layers["candidates"]) == 4
    # 200 m wide bands along main street (1000 m, off the street 50 m less on average) and north street (800 m), and
    # to the west of the first cross street 100 m with two round corners.
    area = layers["service_area"].set_index("minutes").geometry.area
    assert area.loc[15.0] == pytest.approx(200 * 950 + 200 * 750 + 200 * 100 + math.pi * 100**2 / 2, rel=0.005)
    assert area.is_monotonic_increasing


def test_run_json_tells_how_to_repeat_the_run(city: City) -> None:
    """Inputs and outputs with their checksums, all parameters, versions, and the seconds of each step."""
    told = json.loads((city.out / "run.json").read_text(encoding="utf-8"))
    assert list(told) == ["inputs", "parameters", "versions", "seconds", "resumed", "outputs"]
    assert set(told["outputs"]) == FILES - {"run.json"}
    for name, said in told["outputs"].items():
        data = (city.out / name).read_bytes()
        assert said == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    for layer in ("streets", "centers", "demand", "districts", "candidates"):
        path = city.folder / told["inputs"][layer]["file"]
        assert told["inputs"][layer]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert told["parameters"]["walk"]["minutes"] == [5, 10, 15]
    assert told["parameters"]["walk"]["max_snap_m"] == 200
    assert told["parameters"]["sites"]["count"] == 2
    assert told["versions"]["servicecircle"] == sc.__version__
    assert {"read streets", "travel times", "isochrones", "sites", "map.html"} <= set(told["seconds"])
    assert all(seconds >= 0 for seconds in told["seconds"].values())


@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai", "LC_ALL": "C", "PYTHONUTF8": "0", "OMP_NUM_THREADS": "1"},
        {"PYTHONHASHSEED": "0", "TZ": "America/St_Johns", "LC_ALL": "zh_CN.UTF-8", "OPENBLAS_NUM_THREADS": "3"},
    ],
    ids=["China", "Newfoundland"],
)
def test_the_same_study_gives_the_same_bytes(settings: dict[str, str], city: City, tmp_path: Path) -> None:
    """Another folder, process, hash seed, time zone, locale and number of threads change nothing but run.json."""
    other = write_city(tmp_path / "another place")
    subprocess.run([sys.executable, "-c", RUN, str(other.study)], env=os.environ | settings, check=True)
    ours, theirs = tree(city.out), tree(other.out)
    for files in (ours, theirs):
        del files["run.json"]
    assert [name for name in ours if ours[name] != theirs[name]] == []
    assert set(ours) == set(theirs)


def test_the_order_of_rows_does_not_matter(city: City, tmp_path: Path) -> None:
    """Every layer upside down gives the same summary."""
    other = write_city(tmp_path / "upside down")
    for name in ("centers.csv", "candidates.csv", "demand.csv"):
        first, *rows = (other.folder / name).read_text(encoding="utf-8").splitlines()
        (other.folder / name).write_text("\n".join([first, *reversed(rows)]), encoding="utf-8")
    streets = json.loads((other.folder / "streets.geojson").read_text(encoding="utf-8"))
    streets["features"].reverse()
    (other.folder / "streets.geojson").write_text(json.dumps(streets), encoding="utf-8")
    upside_down = sc.Study.from_toml(other.study).compute(cache=False)
    assert json.loads(summary_json(upside_down)) == city.summary()


def test_a_chinese_study_speaks_chinese(city: City, chinese: City) -> None:
    """The figures are those of the English study; words of report, map and workbook are Chinese."""
    ours, theirs = city.summary(), chinese.summary()
    assert theirs.pop("name") == "海口 15分钟服务圈"
    ours.pop("name")
    assert theirs == ours
    report = (chinese.out / "report.html").read_text(encoding="utf-8")
    assert '<html lang="zh' in report
    assert "海口 15分钟服务圈" in report
    book = openpyxl.load_workbook(chinese.out / "report.xlsx")
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in name) for name in book.sheetnames)
    assert "道路不可步行" in (chinese.out / "issues.csv").read_text(encoding="utf-8-sig")
    assert [map_data(here)["language"] for here in (chinese, city)] == ["zh", "en"]


def test_the_output_folder_can_be_named_when_running(tmp_path: Path) -> None:
    """The folder given wins over the one in the study file, which is not made; parents are."""
    city = write_city(tmp_path / "city")
    steps: list[tuple[str, float]] = []
    result = sc.Study.from_toml(city.study).run(
        folder=tmp_path / "far" / "away", on_progress=lambda step, part: steps.append((step, part))
    )
    assert set(tree(tmp_path / "far" / "away")) == FILES
    assert not city.out.exists()
    assert result.coverage.covered == 500
    assert all(0 <= part <= 1 for _, part in steps)
    assert {step for step, part in steps if part == 0} == {step for step, part in steps if part == 1}


VARIANTS = {
    "one walking time": ("minutes = [5, 10, 15]", "minutes = [15]"),
    "no sites": ("count = 2", "count = 0"),
    "no districts": ('districts = "districts.geojson"', ""),
    "generated candidates": ('candidates = "candidates.csv"', ""),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_optional_may_be_left_out(variant: str, tmp_path: Path) -> None:
    """The headline stays as it is; what was not asked for is null or empty, in every file."""
    city = run(write_city(tmp_path / "city").edit(*VARIANTS[variant]))
    summary = city.summary()
    assert set(tree(city.out)) == FILES
    assert summary["demand"] == FIGURES["demand"]
    assert (summary["plan"] is None) == (variant == "no sites")
    assert (summary["districts"] == []) == (variant == "no districts")
    assert set(gpd.list_layers(city.out / "layers.gpkg")["name"]) == LAYERS | {"layer_styles"}
    if variant == "one walking time":
        assert summary["by_minutes"] == FIGURES["by_minutes"][2:]
    if variant == "no districts":
        assert {gap["district"] for gap in summary["gaps"]} == {None}
        assert "districts" not in report_tables(city)
    if variant == "no sites":
        assert "sites" not in report_tables(city)
        assert len(gpd.read_file(city.out / "layers.gpkg", layer="sites")) == 0
    if variant == "generated candidates":
        assert summary["plan"]["covered"] == 2600
        assert summary["plan"]["status"] == "optimal"


def test_people_outside_the_districts_are_left_out_and_told(tmp_path: Path) -> None:
    """A place beyond the districts counts nowhere, and stands in issues.csv with its people."""
    city = write_city(tmp_path / "city")
    with (city.folder / "demand.csv").open("a", encoding="utf-8") as file:
        file.write("far,{},{},777\n".format(*lonlat((9000.0, 0.0))))
    assert run(city).summary()["demand"] == FIGURES["demand"]
    issues = (city.out / "issues.csv").read_text(encoding="utf-8-sig")
    assert 'demand.csv,0,geometry,"1 places, weight 777",the places lie in no district,left out' in issues
    assert "777" in (city.out / "report.html").read_text(encoding="utf-8")
    assert city.summary()["issues"] == 3
    sc.Study.from_toml(city.study).in_language("zh").run()
    assert "1 处，人口权重 777" in (city.out / "issues.csv").read_text(encoding="utf-8-sig")


def test_without_people_there_is_no_share(tmp_path: Path) -> None:
    """All weights 0 is an answer: not available, in no output 0 % or 100 %."""
    city = write_city(tmp_path / "city")
    rows = (city.folder / "demand.csv").read_text(encoding="utf-8").splitlines()
    zero = [rows[0], *(row.rpartition(",")[0] + ",0" for row in rows[1:])]
    (city.folder / "demand.csv").write_text("\n".join(zero), encoding="utf-8")
    summary = run(city).summary()
    assert summary["demand"] == dict.fromkeys(FIGURES["demand"], 0) | {"share": None}
    assert {row["share"] for row in (*summary["by_minutes"], *summary["districts"])} == {None}
    assert summary["gaps"] == []
    assert {row[2] for row in report_tables(city)["by-minutes"]} == {"n/a"}


def test_an_openstreetmap_file_gives_streets_and_centers(city: City, tmp_path: Path) -> None:
    """The same city as OpenStreetMap data, centers taken by their tags, has the same figures."""
    other = write_city(tmp_path / "osm")
    write_osm_streets(other.folder / "city.osm")
    other.edit('"streets.geojson"', '"city.osm"')
    other.edit('"centers.csv"', '{ osm = "city.osm", tags = { amenity = ["library"] } }')
    ours, theirs = city.summary(), run(other).summary()
    for summary in (ours, theirs):
        summary.pop("offers")
        for row in (*summary["gaps"], *summary["catchments"]):
            row.pop("nearest", None)
            row.pop("id")
    assert theirs == ours
    assert "OpenStreetMap contributors" in (other.out / "report.html").read_text(encoding="utf-8")
    assert "OpenStreetMap contributors" in (other.out / "map.html").read_text(encoding="utf-8")
    assert "OpenStreetMap contributors" not in (city.out / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("before", [(700, 10, 10), (0, 10, 10), (90_000, 5, 5)])
def test_a_run_leaves_the_search_for_garbage_as_it_was(before: tuple[int, int, int], tmp_path: Path) -> None:
    """Also a run that ends with an error, and where the caller searches seldom or never."""
    city = write_city(tmp_path)
    (city.folder / "centers.csv").unlink()
    usual = gc.get_threshold()
    try:
        gc.set_threshold(*before)
        with pytest.raises(sc.DataSourceError, match=r"centers\.csv"):
            sc.Study.from_toml(city.study).run(cache=False)
        assert gc.get_threshold() == before
    finally:
        gc.set_threshold(*usual)


def test_the_library_changes_no_argument(tmp_path: Path) -> None:
    """Every table that goes in comes out as it was."""
    city = write_city(tmp_path)
    streets = sc.read_streets(city.folder / "streets.geojson", issues=[])
    crs = streets.crs
    tables_in = {
        "streets": streets,
        "centers": sc.read_centers(city.folder / "centers.csv", crs=crs),
        "demand": sc.read_demand(city.folder / "demand.csv", crs=crs),
        "districts": sc.read_districts(city.folder / "districts.geojson", crs=crs),
        "candidates": sc.read_candidates(city.folder / "candidates.csv", crs=crs),
    }
    before = {name: table.copy(deep=True) for name, table in tables_in.items()}
    _, centers, demand, districts, candidates = tables_in.values()
    network = sc.WalkNetwork.from_streets(streets)
    rings = sc.isochrones(network, centers, minutes=(5, 15))
    cover = sc.coverage(sc.travel_times(network, demand, centers), minutes=15)
    found = sc.gaps(cover, districts=districts)
    judged = {"rings": rings, "demand of the coverage": cover.demand, "gaps": found}
    before |= {name: table.copy(deep=True) for name, table in judged.items()}
    sc.candidate_sites(network, found)
    plan = sc.solve_mclp(sc.travel_times(network, demand, candidates), count=2, minutes=15, covered=cover)
    sc.coverage_map(cover, isochrones=rings, gaps=found, plan=plan).save(tmp_path / "map.html")
    cover.by(districts)
    sc.catchments(cover)
    for name, table in (tables_in | judged).items():
        assert_geodataframe_equal(table, before[name])


def opened(browser: Any, path: Path) -> tuple[Any, Seen]:
    """Open a page with the network off and wait until it is drawn."""
    page, seen = open_page(browser, path)
    if path.name == "map.html":
        page.wait_for_selector("html[data-ready=true]", timeout=20_000)
    return page, seen


@pytest.mark.parametrize("which", ["city", "chinese", "hostile"])
@pytest.mark.parametrize("file", ["report.html", "map.html"])
def test_report_and_map_open_without_internet(
    which: str, file: str, browser: Any, request: pytest.FixtureRequest
) -> None:
    """No request, no console message, no dialog; the headline figure is to be seen."""
    here: City = request.getfixturevalue(which)
    page, seen = opened(browser, here.out / file)
    assert "2,700" in page.locator("body").inner_text()
    assert (seen.requests, seen.messages, seen.dialogs) == ([], [], [])


def test_hostile_names_are_text_in_every_output(hostile: City, browser: Any) -> None:
    """A name that would be markup, template or substitution reads as it was written."""
    summary = hostile.summary()
    assert summary["name"] == HOSTILE
    assert {row["name"] for row in (*summary["districts"], *summary["plan"]["sites"])} == {HOSTILE}
    book = sheets(hostile)
    assert HOSTILE in [row[1] for row in book[0]]
    assert [row[1] for row in book[2]] == [HOSTILE, HOSTILE]
    for layer in ("centers", "candidates", "sites", "districts"):
        assert set(gpd.read_file(hostile.out / "layers.gpkg", layer=layer)["name"]) == {HOSTILE}
    assert f"C2 {HOSTILE}" in (hostile.out / "issues.csv").read_text(encoding="utf-8-sig")
    report, seen = opened(browser, hostile.out / "report.html")
    assert report.title().startswith(HOSTILE)
    assert report.locator("body").inner_text().count(HOSTILE) >= 1 + len(CENTERS) + 2 + 2
    page, seen_map = opened(browser, hostile.out / "map.html")
    assert page.title() == HOSTILE
    page.locator(".mark").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".card h3").inner_text() == HOSTILE
    for shown in (report, page):
        assert shown.locator("img[src=x]").count() == 0
        assert "49" not in shown.locator("h1").first.inner_text()
    assert seen.dialogs + seen_map.dialogs == []
