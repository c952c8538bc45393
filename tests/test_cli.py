"""The command line: what each command takes, prints, writes and ends with."""

import inspect
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pytest

import servicecircle as sc
from servicecircle.analysis.proposal import propose
from servicecircle.study.reading import read_study_file
from tests.cities import City, feature, lonlat, write_city, write_geojson, write_places
from tests.command import COMMANDS, Command, tree
from tests.outputs.browser import CHROMIUM

SERVICECIRCLE = Path(sys.executable).parent / "servicecircle"

COVERED = [
    "covered    500 of 2 700 people   18.5%",
    "not yet    2 100 too far · 20 off the network · 80 unreachable",
]


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command line inside this process."""
    return Command(capfd, monkeypatch)


@pytest.fixture
def city(tmp_path: Path) -> City:
    """Write the small city."""
    return write_city(tmp_path / "city")


def layers(city: City) -> tuple[Path, Path, Path]:
    """Return the positional layers of coverage, gaps and sites."""
    return city.folder / "streets.geojson", city.folder / "demand.csv", city.folder / "centers.csv"


# What the commands are.


def test_there_is_one_command_for_each_question() -> None:
    """The names are those of the library where it has them."""
    studies = ["run", "demo", "init", "map", "report", "cache", "check", "apply", "template"]
    questions = [*studies, "isochrones", "coverage", "gaps", "sites", "fetch"]
    assert list(COMMANDS) == questions


#: Command -> the library functions its options go to.
LIBRARY: dict[str, tuple[Callable[..., object], ...]] = {
    "isochrones": (sc.read_centers, sc.WalkNetwork.from_streets, sc.isochrones),
    "coverage": (sc.read_centers, sc.read_demand, sc.WalkNetwork.from_streets, sc.travel_times, sc.coverage),
    "gaps": (sc.read_centers, sc.read_demand, sc.WalkNetwork.from_streets, sc.travel_times, sc.coverage),
    "sites": (sc.read_centers, sc.read_demand, sc.WalkNetwork.from_streets, sc.travel_times, propose),
}


@pytest.mark.parametrize("name", LIBRARY)
def test_an_option_has_the_name_and_default_of_its_keyword(name: str) -> None:
    """What the command line calls --speed-kmh is speed_kmh in Python, and the same if left out."""
    keywords: dict[str, list[Any]] = {}
    for function in LIBRARY[name]:
        for key, keyword in inspect.signature(function).parameters.items():
            keywords.setdefault(key, []).append(keyword.default)
    for option in COMMANDS[name].params:
        if option.param_type_name != "option" or option.name in {
            "output",
            "candidates",
            "barriers",
            "slope",
            "min_distance_m",
            "required",
            "forbidden",
        }:
            continue
        assert option.opts[0] == "--" + option.name.replace("_", "-")
        default = option.default
        if name == "isochrones" and option.name == "minutes":
            default = tuple(int(part) for part in default.split(","))
        # The number of sites has no default in Python; here it is that of the study file.
        defaults = [10] if option.name == "count" else keywords[option.name]
        assert [default] * len(defaults) == defaults, option.name


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_in_words_what_a_command_takes(name: str, command: Command) -> None:
    """Every argument and option is explained; a file layer is positional, a choice is an option."""
    ended = command(name, "--help")
    assert (ended.code, ended.err) == (0, "")
    shown = " ".join(ended.out.split())
    for parameter in COMMANDS[name].params:
        assert len(parameter.help) > 8, parameter.name
        assert " ".join(parameter.help.split()) in shown
    assert len(COMMANDS[name].help) > 20


def test_the_list_of_commands_is_not_cut_off(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a terminal of 80 letters each command is told in a whole sentence."""
    monkeypatch.setenv("COLUMNS", "80")
    shown = command("--help").out.partition("Commands:")[2]
    assert all(f"  {name} " in shown for name in COMMANDS)
    assert "..." not in shown


def test_without_a_command_the_help_is_shown(command: Command) -> None:
    """It names every command on a line of its own."""
    ended = command()
    assert (ended.code, ended.err) == (0, "")
    assert ended == command("--help")
    for name in COMMANDS:
        assert f"\n  {name} " in ended.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["runn", "study.toml"], "No such command 'runn'"),
        (["run"], "Missing argument 'study'"),
        (["run", "study.toml", "--speed", "4"], "No such option: --speed"),
        (["run", "study.toml", "more.toml"], "unexpected extra argument"),
        (["coverage", "a", "b", "c", "--minutes", "ten"], "Invalid value for '--minutes'"),
        (
            ["sites", "a", "b", "c", "--candidates", "d", "--budget", "5", "--target-share", "0.9"],
            "--target-share asks for the least cost itself",
        ),
        (["sites", "a", "b", "c", "--required", "K1"], "--required and --forbidden need --candidates"),
        (["isochrones", "a", "b", "--minutes", "5;10"], "--minutes: found '5;10', expected numbers such as 5,10,15"),
        (["coverage", "a", "b", "c", "--datum", "mars"], "found 'mars', expected one of"),
        (["coverage", "a", "b", "c", "--minutes", "-5"], "'--minutes': -5 is not a number above 0 and at most 240"),
        (["gaps", "a", "b", "c", "--minutes", "nan"], "'--minutes': nan is not a number above 0"),
        (["gaps", "a", "b", "c", "--minutes", "inf"], "'--minutes': inf is not a number above 0"),
        (["isochrones", "a", "b", "--minutes", "5,0"], "0 is not a number above 0 and at most 240"),
        (["isochrones", "a", "b", "--reach-m", "0"], "'--reach-m': 0 is not a number above 0 and at most 5000"),
        (["coverage", "a", "b", "c", "--max-snap-m", "-1"], "'--max-snap-m': -1 is not a number above 0"),
        (
            ["coverage", "a", "b", "c", "--speed-kmh", "0"],
            "'--speed-kmh': 0 is not a number of at least 0.1",
        ),
        (["sites", "a", "b", "c", "--count", "0"], "'--count': 0 is not a number of at least 1 and at most 1000"),
        (
            ["sites", "a", "b", "c", "--target-share", "95"],
            "'--target-share': 95 is not a number of at least 0 and at most 1",
        ),
        (
            ["sites", "a", "b", "c", "--budget", "-1", "--candidates", "k"],
            "'--budget': -1 is not a number of at least 0",
        ),
        (
            ["sites", "a", "b", "c", "--budget", "inf", "--candidates", "k"],
            "'--budget': inf is not a number of at least 0",
        ),
        (["sites", "a", "b", "c", "--min-distance-m", "nan"], "'--min-distance-m': nan is not a number of at least 0"),
        (["fetch", "Haikou", "--margin-m", "-3"], "'--margin-m': -3 is not a number of at least 0"),
    ],
)
def test_wrong_usage_is_one_line_and_2(words: list[str], says: str, command: Command) -> None:
    """It says what is wrong and where the help is."""
    ended = command(*words)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1), ended
    assert says in ended.err
    assert re.search(r"[.?] Try: servicecircle (\w+ )?--help\n$", ended.err)
    assert "?." not in ended.err


def test_help_is_named_where_it_helps(command: Command) -> None:
    """A slip within a command leads to the help of that command, one without to all commands."""
    assert command("coverage", "a", "b").err.endswith("Try: servicecircle coverage --help\n")
    assert command("isochrone").err.endswith("Did you mean 'isochrones'? Try: servicecircle --help\n")


def test_the_version_can_be_asked(command: Command) -> None:
    """It is the one of the package, on a line of its own."""
    ended = command("--version")
    assert (ended.code, ended.out, ended.err) == (0, f"servicecircle {sc.__version__}\n", "")


# What they do.


def test_run_prints_what_a_person_wants_to_know(city: City, command: Command) -> None:
    """Six lines: the rule, who is covered, who is not and why, what sites would add, where the files are."""
    ended = command("run", city.study)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "Two Towns · 2 centers · 15 minutes at 4.0 km/h (1000 m)",
        *COVERED,
        "2 sites    would add 2 100 people → 96.3%   (proven: the best 2 of all 4 candidates)",
        f"issues     2 in {city.out / 'issues.csv'}",
        f"report     {city.out / 'report.html'}",
        f"map        {city.out / 'map.html'}",
    ]
    assert len(tree(city.out)) == 8


def test_a_chinese_study_is_answered_in_chinese(tmp_path: Path, command: Command) -> None:
    """The same lines, their labels as wide as the English ones; a Chinese letter takes the room of two."""
    city = write_city(tmp_path / "zh", language="zh", name="两镇")
    ended = command("run", str(city.study))
    assert ended.out.splitlines()[:4] == [
        "两镇 · 2 个中心 · 15 分钟，步速 4.0 km/h（1000 米）",
        "已覆盖     2 700 人中的 500 人   18.5%",
        "未覆盖     距离过远 2 100 人 · 远离路网 20 人 · 无路可达 80 人",
        "2 个站点   可多覆盖 2 100 人 → 96.3%   （已证明：4 个候选点中最优的 2 个）",
    ]
    assert ended.out.splitlines()[-2:] == [
        f"报告       {city.out / 'report.html'}",
        f"地图       {city.out / 'map.html'}",
    ]


def test_run_takes_another_folder(city: City, command: Command, tmp_path: Path) -> None:
    """The folder given is used in place of the study's; one site is singular."""
    city.edit("count = 2", "count = 1")
    ended = command("run", city.study, "--folder", tmp_path / "there")
    assert ended.code == 0
    assert "1 site     would add 1 100 people → 59.3%   (proven: the best 1 of all 4 candidates)" in ended.out
    assert len(tree(tmp_path / "there")) == 8
    assert not city.out.exists()


def test_check_reads_everything_and_lists_what_to_look_at(city: City, command: Command) -> None:
    """Layers with their sizes, the metric CRS, the likely datum, each doubt with its row."""
    before = tree(city.folder)
    ended = command("check", city.study)
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[:7] == [
        "Two Towns · all inputs can be used · EPSG:32649",
        "streets    18 segments, 12 km",
        "network    2 connected part(s), 12 km; 1 crumbs of 0 km not used",
        "centers    2",
        "demand     28 places, 2 700 people",
        "districts  2",
        "candidates 4",
    ]
    assert lines[7].startswith("datum      centers.csv: cannot tell from 2 rows (WGS 84 ")
    equal = "(WGS 84 33.3%, GCJ-02 33.3%, BD-09 33.3%)"
    assert lines[8] == f"datum      districts.geojson: cannot tell from 2 rows {equal}"
    assert "left out   streets.geojson, highway: motorway: 1 (the road is not open to people on foot)" in lines
    farm = "doubted    centers.csv, row 3: Farm Post (no usable street is near this center, so nobody can walk to it)"
    assert farm in lines
    assert lines[-1] == f"issues     6 in {city.folder / 'issues.xlsx'}"
    after = tree(city.folder)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"issues.xlsx"}


def test_check_answers_in_the_language_of_the_study(city: City, command: Command) -> None:
    """A Chinese study is checked in Chinese: layers, datum, doubts and where they are listed."""
    chinese = city.study.with_name("chinese.toml")
    chinese.write_text(city.study.read_text(encoding="utf-8").replace('"en"', '"zh"'), encoding="utf-8")
    ended = command("check", chinese)
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[:3] == [
        "Two Towns · 全部输入均可使用 · EPSG:32649",
        "道路       18 个路段，12 公里",
        "步行路网   2 个连通部分，12 公里；未使用 1 处碎段，共 0 公里",
    ]
    assert "存疑       centers.csv，第 3 行：Farm Post（该中心附近没有可用道路，无法步行到达）" in lines
    assert "存疑       streets.geojson：1 片，共 0.1 km（零碎的不连通道路未使用）" in lines
    assert any("streets.geojson：西侧 0 m，南侧 0 m" in line for line in lines)
    assert lines[-1] == f"数据问题   6 条，见 {city.folder / 'issues.xlsx'}"


def test_a_strict_run_stops_at_a_doubtful_row(city: City, command: Command) -> None:
    """The farm has no street: code 3 and no output; a run that is not strict goes on."""
    ended = command("run", city.study, "--strict")
    assert ended.code == 3
    assert 'centers.csv: found "C2 Farm Post" (center_off_network), doubted; 1 row issue(s) in all' in ended.err
    assert not city.out.exists()


def test_check_is_strict_on_demand(city: City, command: Command) -> None:
    """Row issues end it with 3 then, and are written all the same, here as text."""
    ended = command("check", city.study, "--strict", "--output", city.folder / "found.csv")
    assert ended.code == 3
    assert "row issue(s) in all, and none is let pass" in ended.err
    assert "Farm Post" in (city.folder / "found.csv").read_text(encoding="utf-8-sig")


def test_cells_that_stop_a_run_are_found_at_once_and_corrected(city: City, command: Command) -> None:
    """Check lists every such cell with a suggestion; filled in as corrections, apply makes the study run."""
    centers = city.folder / "centers.csv"
    text = centers.read_text(encoding="utf-8")
    lon, lat = text.splitlines()[1].split(",")[-2:]
    centers.write_text(text.replace(f"{lon},{lat}", f"{lat},{lon}"), encoding="utf-8")
    refused = command("check", city.study)
    assert refused.code == 3
    assert refused.out.count("longitude and latitude are exchanged") == 2
    book = openpyxl.load_workbook(city.folder / "issues.xlsx")
    for row in book.worksheets[0].iter_rows(min_row=2):
        row[9].value = row[8].value
    book.save(city.folder / "issues.xlsx")
    kept = command("check", city.study)
    assert kept.code == 5
    assert "issues.xlsx: holds 2 correction(s) that are not made yet. Make them with: servicecircle apply" in kept.err
    assert command("check", city.study, "-o", city.folder / "others.xlsx").code == 3
    ended = command("apply", city.folder / "issues.xlsx")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[0] == "2 cells corrected"
    assert (city.folder / "centers.corrected.csv").read_text(encoding="utf-8") == text
    changes = (city.folder / "issues.changes.csv").read_text(encoding="utf-8-sig").splitlines()
    assert changes == [
        "file,row,column,before,after",
        f"centers.csv,2,lon,{lat},{lon}",
        f"centers.csv,2,lat,{lon},{lat}",
    ]
    again = command("apply", city.folder / "issues.xlsx")
    assert again.code == 5
    assert "is there already" in again.err
    assert command("check", city.study).code == 3  # corrections that are made may be written over


def test_what_a_terminal_would_obey_is_spelt_out(city: City, command: Command) -> None:
    """A name that clears the screen or turns the writing around, and a cell that does so: shown, not obeyed."""
    path = city.folder / "centers.csv"
    rows = path.read_text(encoding="utf-8").replace("Farm Post", "\x1b[2J\u202eFarm Post")
    path.write_text(rows, encoding="utf-8")
    said = command("check", city.study).out
    assert r"\x1b[2J\u202eFarm Post" in said
    path.write_text("id,name,lon,lat\nC1,a,\x1b[2J11,20\n", encoding="utf-8")
    refused = command("run", city.study).err
    assert r'found "\x1b[2J11"' in refused
    assert "\x1b" not in said + refused


def test_nothing_that_was_read_is_written_over(city: City, command: Command, tmp_path: Path) -> None:
    """An answer under the name of an input, however it is spelt, ends with 5 before anything is computed."""
    gpd.read_file(city.folder / "streets.geojson").to_file(city.folder / "streets.gpkg")
    link = tmp_path / "link.csv"
    link.symlink_to(city.folder / "demand.csv")
    streets, *rest = layers(city)
    wrong = [
        ("map", city.study, "-o", city.folder / "districts.geojson"),
        ("report", city.study, "-o", city.study),
        ("check", city.study, "-o", city.folder / ".." / city.folder.name / "centers.csv"),
        ("check", city.study, "-o", link),
        ("coverage", city.folder / "streets.gpkg", *rest, "-o", city.folder / "streets.gpkg"),
        ("sites", streets, *rest, "--candidates", city.folder / "streets.gpkg", "-o", city.folder / "streets.gpkg"),
    ]
    before = tree(city.folder)
    for words in wrong:
        ended = command(*words)
        assert (ended.code, ended.out) == (5, ""), words
        assert ended.err.endswith(": is an input, and would be lost. Choose another name or folder.\n"), ended.err
    assert tree(city.folder) == before


def test_apply_says_what_it_misses(city: City, command: Command) -> None:
    """An empty last column, and a file that is not there."""
    command("check", city.study)
    assert "no correction is filled in" in command("apply", city.folder / "issues.xlsx").err
    (city.folder / "c.csv").write_text("file,row,column,value,correction\n../x.csv,2,name,a,b\n", encoding="utf-8")
    ended = command("apply", city.folder / "c.csv")
    assert ended.code == 3
    assert "no file '../x.csv'" in ended.err


def test_a_filled_in_template_can_be_read(tmp_path: Path, command: Command) -> None:
    """It has the columns the reader knows, and is not written over a file that is there."""
    path = tmp_path / "中心.xlsx"
    assert command("template", "--output", path).code == 0
    assert command("template", "--output", path).code == 5
    assert command("template", "--output", tmp_path / "x.csv").code == 3
    book = openpyxl.load_workbook(path)
    book.worksheets[0].append(
        ["007", "示例", 110.3, 20.0, "GCJ-02", "镇街", "社区", "展示、服务", "West", 5000, 320, "甲"]
    )
    book.save(path)
    centers = sc.read_centers(path)
    assert list(centers.index) == ["007"]
    assert centers.loc["007", ["name", "tier", "capacity", "填报单位"]].tolist() == ["示例", "镇街", 5000.0, "甲"]


def test_a_folder_in_place_of_a_study_file(city: City, command: Command) -> None:
    """The study file in it is named; where there is none, how to write one."""
    ended = command("run", city.folder)
    assert (ended.code, ended.out) == (3, "")
    assert f"is a folder, expected a study file. Name the one in it: {city.study}" in ended.err
    (city.folder / "empty").mkdir()
    empty = command("check", city.folder / "empty")
    assert (empty.code, len(empty.err.splitlines())) == (3, 1)
    assert f"or write one with: servicecircle init {city.folder / 'empty' / 'study.toml'}" in empty.err


def test_init_writes_a_study_file_that_can_be_read(tmp_path: Path, command: Command) -> None:
    """Its keys are known, its defaults are the defaults, and a file that is there is left alone."""
    path = tmp_path / "mine.toml"
    ended = command("init", path)
    assert (ended.code, ended.err) == (0, "")
    assert f"servicecircle check {path}" in ended.out
    study = read_study_file(path)
    defaults = type(study.walk)()
    assert study.walk == defaults
    assert study.sites == type(study.sites)()
    assert study.output == type(study.output)()
    text = path.read_text(encoding="utf-8")
    for key in ("max_snap_m = 200 ", "min_component_m = 500 ", "spacing_m = 200 ", "candidates", "sources"):
        assert key in text
    again = command("init", path)
    assert (again.code, again.out) == (5, "")
    assert "is there already" in again.err
    assert path.read_text(encoding="utf-8") == text


def test_init_in_chinese_offers_the_same_keys(tmp_path: Path, command: Command) -> None:
    """Both files name the same keys, in force or to be uncommented; comments and the language differ."""
    files = {}
    for language in ("en", "zh"):
        files[language] = tmp_path / f"{language}.toml"
        assert command("init", files[language], "--language", language).code == 0
    english, chinese = (read_study_file(path) for path in files.values())
    assert (chinese.output.language, english.output.language) == ("zh", "en")
    assert (chinese.inputs, chinese.walk, chinese.sites) == (english.inputs, english.walk, english.sites)
    keys, others = (
        re.findall(r"^(?:# )?([a-z_]+) +=", path.read_text("utf-8"), re.MULTILINE) for path in files.values()
    )
    assert set(keys) - {"datum"} == set(others)  # datum begins a line of a comment in one of them
    assert len(others) > 25
    assert not re.findall(r"#.*\b(?:the|of|or|and)\b", files["zh"].read_text("utf-8"))


def test_an_initial_study_runs_once_its_files_are_there(city: City, command: Command) -> None:
    """Only the file names have to be filled in."""
    path = city.folder / "fresh.toml"
    command("init", path)
    text = path.read_text(encoding="utf-8")
    for old, new in (
        ('streets = "city.osm.pbf"', 'streets = "streets.geojson"'),
        ('"centers.xlsx"', '"centers.csv"'),
        ('demand = "population.tif"', 'demand = "demand.csv"'),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    ended = command("check", path)
    assert (ended.code, ended.err) == (0, "")
    assert "My city · all inputs can be used" in ended.out


def test_isochrones_are_drawn_for_each_center(city: City, command: Command, tmp_path: Path) -> None:
    """One polygon for each center on the network and each walking time, in the format the name asks for."""
    streets, _, centers = layers(city)
    for name, crs in (("rings.gpkg", 32649), ("rings.geojson", 4326)):
        ended = command("isochrones", streets, centers, "--minutes", "5,15", "-o", tmp_path / name)
        assert ended.code == 0
        assert ended.out.splitlines()[-1] == f"isochrones {tmp_path / name}"
        rings = gpd.read_file(tmp_path / name)
        drawn = rings[[shape is not None and not shape.is_empty for shape in rings.geometry]]
        assert drawn[["center", "minutes"]].to_numpy().tolist() == [["C1", 5.0], ["C1", 15.0]]
        assert rings.crs.to_epsg() == crs
    assert "note: 1 issue(s) in the inputs; first: streets.geojson: motorway: 1" in ended.err


def test_coverage_gaps_and_sites_answer_alone(city: City, command: Command, tmp_path: Path) -> None:
    """Without a study file the answers are the same."""
    ended = command("coverage", *layers(city), "-o", tmp_path / "c.gpkg")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "2 centers · 15 minutes at 4.0 km/h (1000 m)",
        *COVERED,
        f"demand     {tmp_path / 'c.gpkg'}",
    ]
    people = gpd.read_file(tmp_path / "c.gpkg")
    assert people.loc[people["covered"], "weight"].sum() == 500
    ended = command("gaps", *layers(city), "-o", tmp_path / "g.gpkg")
    assert ended.code == 0
    assert [line.split()[:2] for line in ended.out.splitlines()[3:6]] == [["G1", "2"], ["G2", "80"], ["G3", "20"]]
    assert gpd.read_file(tmp_path / "g.gpkg")["weight"].tolist() == [2100, 80, 20]
    options = ["--count", "2", "--candidates", city.folder / "candidates.csv", "-o", tmp_path / "s.gpkg"]
    ended = command("sites", *layers(city), *options)
    assert ended.code == 0
    assert "2 sites    would add 2 100 people → 96.3%" in ended.out
    assert gpd.read_file(tmp_path / "s.gpkg")["id"].tolist() == ["K1", "K2"]


def test_options_reach_the_computation(city: City, command: Command, tmp_path: Path) -> None:
    """Faster walkers, another limit, a wider reach to the streets and another column change the answer."""
    rows = (city.folder / "demand.csv").read_text(encoding="utf-8").replace("people", "souls", 1)
    (city.folder / "demand.csv").write_text(rows, encoding="utf-8")
    out = ["--weight", "souls", "-o", tmp_path / "c.gpkg"]
    wall = tmp_path / "wall.geojson"
    write_geojson(wall, [feature({}, "LineString", [lonlat((400, -30)), lonlat((400, 30))])])
    found = {
        option: command("coverage", *layers(city), *option.split(), *out).out.splitlines()[1].split("of")[0]
        for option in ("--minutes 5", "--speed-kmh 4.8", "--max-snap-m 1000", "--profile adult", f"--barriers {wall}")
    }
    # 333 m: two places; 1200 m, as adults walk: six; a wall stands behind the second place; the center of the farm,
    # 900 m from main street, serves one place there.
    assert found == {
        "--minutes 5": "covered    200 ",
        "--speed-kmh 4.8": "covered    600 ",
        "--max-snap-m 1000": "covered    600 ",
        "--profile adult": "covered    600 ",
        f"--barriers {wall}": "covered    200 ",
    }
    assert command("coverage", *layers(city), *out[2:]).code == 3


@pytest.mark.parametrize("name", ["map", "report"])
def test_a_single_output_can_be_asked_for(name: str, city: City, command: Command, tmp_path: Path) -> None:
    """It is the file a whole run would write, and the only one written."""
    path = tmp_path / f"{name}.html"
    before = tree(city.folder)
    ended = command(name, city.study, "-o", path)
    assert (ended.code, ended.out, ended.err) == (0, f"wrote {path}\n", "")
    assert tree(city.folder) == before
    sc.Study.from_toml(city.study).run()
    assert path.read_bytes() == (city.out / path.name).read_bytes()


def test_the_report_compares_with_an_earlier_run_and_prints_itself(
    city: City, command: Command, tmp_path: Path
) -> None:
    """The summary of last month is read before anything is computed; the PDF lies beside the page."""
    sc.Study.from_toml(city.study).run()
    path, earlier = tmp_path / "new.html", city.out / "summary.json"
    missing = command("report", city.study, "-o", path, "--compare", tmp_path / "none.json")
    assert (missing.code, missing.out) == (3, "")
    assert "none.json: not found. Give the summary.json" in missing.err
    assert not path.exists()
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is absent; install Chromium to print the report")
    ended = command("report", city.study, "-o", path, "--compare", earlier, "--pdf")
    printed = path.with_suffix(".pdf")
    assert (ended.code, ended.out, ended.err) == (0, f"wrote {path}\nwrote {printed}\n", "")
    assert printed.read_bytes().startswith(b"%PDF-")
    assert 'id="changes"' in path.read_text(encoding="utf-8")


# How they end.


def test_the_exit_code_names_the_kind_of_error(city: City, command: Command, tmp_path: Path) -> None:
    """3 an input cannot be used, 4 nothing to compute, 5 an output could not be written; nothing is written."""
    streets, demand, centers = layers(city)
    elsewhere = write_places(city.folder / "elsewhere.csv", {"C1": ("Far", (90_000.0, 0.0))})
    (tmp_path / "file").write_text("notes", encoding="utf-8")
    out = ["-o", tmp_path / "new.gpkg"]
    before = tree(tmp_path)
    ends = [
        command("coverage", streets, demand, tmp_path / "none.csv", *out),
        command("coverage", streets, demand, centers, "-o", tmp_path / "new.shp"),
        command("isochrones", streets, elsewhere, *out),
        command("coverage", streets, demand, elsewhere, *out),
        command("coverage", streets, demand, centers, "-o", tmp_path / "file" / "new.gpkg"),
        command("map", city.study, "-o", tmp_path / "file" / "map.html"),
        command("init", tmp_path / "file" / "study.toml"),
    ]
    assert [ended.code for ended in ends] == [3, 3, 4, 4, 5, 5, 5]
    for ended in ends:
        assert ended.err.splitlines()[-1].startswith("servicecircle: ")
        assert [line for line in ended.err.splitlines() if not line.startswith(("servicecircle: ", "note: "))] == []
    assert tree(tmp_path) == before


def test_where_everyone_is_covered_there_is_no_site_to_find(city: City, command: Command, tmp_path: Path) -> None:
    """That is nothing to compute, 4, and no file."""
    with (city.folder / "demand.csv").open("w", encoding="utf-8") as file:
        file.write("lon,lat,people\n{},{},5\n".format(*lonlat((100.0, 0.0))))
    ended = command("sites", *layers(city), "-o", tmp_path / "s.gpkg")
    assert (ended.code, ended.out) == (4, "")
    assert "everyone is within the limit already" in ended.err
    assert not (tmp_path / "s.gpkg").exists()


def test_the_installed_command_ends_as_the_function_does(city: City) -> None:
    """A real process: its exit code, its line, nothing else."""
    city.edit("speed_kmh", "speed")
    done = subprocess.run([SERVICECIRCLE, "run", city.study, "--no-cache"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1)
    assert "Did you mean 'speed_kmh'?" in done.stderr


def test_an_interrupted_run_leaves_nothing_behind(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a long run on a terminal: 130, one line, no output, no temporary file."""
    folder, rest = tmp_path / "out", tmp_path / "temporary"
    rest.mkdir()
    ours, theirs = pty.openpty()
    # Tests that run in the background inherit a deaf ear to interruptions, and would pass it on.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        [SERVICECIRCLE, "demo", "--folder", folder],
        stdout=subprocess.PIPE,
        stderr=theirs,
        # With an empty cache the streets take long enough to be seen.
        env=os.environ | {"TMPDIR": str(rest), "TERM": "xterm", "XDG_CACHE_HOME": str(tmp_path / "cache")},
    ) as process:
        os.close(theirs)
        signal.signal(signal.SIGINT, heard)
        # The bar has moved on to the streets: the run is under way.
        screen = _read(ours, until=b"read streets", seconds=60)
        process.send_signal(signal.SIGINT)
        screen += _read(ours, until=b"interrupted", seconds=30)
        assert process.wait(timeout=30) == 130
        assert process.stdout is not None
        assert process.stdout.read() == b""
    os.close(ours)
    assert screen.rstrip().endswith(b"servicecircle: interrupted")
    assert b"Traceback" not in screen
    assert not folder.exists()
    assert list(rest.iterdir()) == []


def _read(terminal: int, *, until: bytes, seconds: float) -> bytes:
    """Read from a terminal until some text is there."""
    seen, end = b"", time.monotonic() + seconds
    while until not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:  # the other side has ended
                break
    assert until in seen, seen
    return seen


@pytest.mark.parametrize(
    ("output", "code", "said"),
    [("gaps.dwg", 3, "expected .gpkg or .geojson"), ("centers.csv/gaps.gpkg", 5, "is a file")],
)
def test_an_output_that_cannot_be_written_is_noticed_before_anything_is_read(
    command: Command, city: City, output: str, code: int, said: str
) -> None:
    """Streets that cannot be read do not come into it."""
    (city.folder / "streets.geojson").write_text("not streets")
    ended = command("gaps", *layers(city), "--output", city.folder / output)
    assert ended.code == code
    assert said in ended.err
