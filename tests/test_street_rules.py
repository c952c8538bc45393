"""Profiles, slope, barriers, new streets and entrances of a study file, on the small city solved by hand."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio

import servicecircle as sc
from servicecircle.cache import store
from servicecircle.outputs.map.coverage_map import map_html
from servicecircle.outputs.report import report_html
from servicecircle.outputs.rules import rules_in_force
from tests.cities import City, feature, lonlat, write_city, write_csv, write_geojson
from tests.outputs.map.test_map import data_of

#: Main Street of the city has 100 people at x = 100, 300 ... 4900 m; its center C1 stands at x = 0.
LINE = "LineString"


def covered(city: City, minutes: float = 15.0) -> float:
    """Compute the study and return the people within some minutes."""
    return sc.Study.from_toml(city.study).compute(cache=False).coverage.within(minutes)


def barrier(city: City, *shapes: tuple[str, list]) -> City:
    """Write barriers and name them in the study file."""
    write_geojson(city.folder / "walls.geojson", [feature({}, kind, where) for kind, where in shapes])
    return city.edit("candidates =", 'barriers = "walls.geojson"\ncandidates =')


def bridge(city: City, *lines: list) -> City:
    """Write new streets and name them in the study file."""
    write_geojson(city.folder / "new.geojson", [feature({"highway": "footway"}, LINE, line) for line in lines])
    return city.edit("candidates =", 'added_streets = "new.geojson"\ncandidates =')


def test_the_usual_study_is_as_it_was(tmp_path: Path) -> None:
    """Without a rule C1 covers the five places up to 900 m, and nothing is said of rules."""
    city = write_city(tmp_path)
    result = sc.Study.from_toml(city.study).compute(cache=False)
    assert result.coverage.covered == 500
    assert result.rules == sc.StudyResult.__dataclass_fields__["rules"].default
    assert result.network.slope == ""


def test_a_wall_across_main_street_is_gone_round_by_the_north(tmp_path: Path) -> None:
    """A wall at 400 m: behind it one walks 1000 m to the cross street and back by the north, too far."""
    city = barrier(write_city(tmp_path), (LINE, [lonlat((400, -30)), lonlat((400, 30))]), ("Point", lonlat((50, 9000))))
    result = sc.Study.from_toml(city.study).compute(cache=False)
    assert result.coverage.covered == 200
    assert result.rules.barriers == 1
    assert result.rules.shut_m == pytest.approx(0.2, abs=1e-3)
    assert [(i.file, i.value) for i in result.issues if i.problem == "touches_no_street"] == [("walls.geojson", "2")]
    assert result.network.figures()["closed_segments"] == 1


def test_a_gate_opens_the_wall_and_a_bridge_reaches_the_island(tmp_path: Path) -> None:
    """New streets are added after the walls: the gate gives 300 people back, the bridge joins the island."""
    city = barrier(write_city(tmp_path), (LINE, [lonlat((400, -30)), lonlat((400, 30))]))
    bridge(city, [lonlat((390, 0)), lonlat((410, 0))], [lonlat((5000, 0)), lonlat((6000, 0))])
    result = sc.Study.from_toml(city.study).compute(cache=False)
    assert result.coverage.covered == 500
    assert result.coverage.reasons["unreachable"] == 0
    assert (result.rules.added, round(result.rules.added_m)) == (2, 1020)
    assert not [i for i in result.issues if i.file == "new.geojson"]


def test_a_bridge_outside_the_districts_is_walked(tmp_path: Path) -> None:
    """The districts end at y = -300 m; the only way round a wall runs at y = -400 m, outside, and is walked."""
    city = barrier(write_city(tmp_path), (LINE, [lonlat((150, -30)), lonlat((150, 250))]))
    city.edit('"districts.geojson"', '"small.geojson"')
    shown = json.loads((city.folder / "districts.geojson").read_text(encoding="utf-8"))
    for area in shown["features"]:
        area["geometry"]["coordinates"][0] = [
            [lon, max(lat, lonlat((0, -300))[1])] for lon, lat in area["geometry"]["coordinates"][0]
        ]
    (city.folder / "small.geojson").write_text(json.dumps(shown), encoding="utf-8")
    assert covered(city) == 100
    way_round = [lonlat(place) for place in ((100, 0), (100, -400), (200, -400), (200, 0))]
    bridge(city, way_round)
    # From x = 300 m it is 100 + 400 + 100 + 400 + 100 = 1100 m: 16.5 minutes, beyond 15.
    result = sc.Study.from_toml(city.study).compute(cache=False)
    walk = result.coverage.demand["walk_min"]
    assert walk["m300"] == pytest.approx(1100 / (4000 / 60), rel=1e-3)
    streets = result.network.lines()
    inside = gpd.GeoSeries(streets, crs=result.network.crs).within(result.districts.union_all())
    assert not inside.all()


def test_entrances_of_a_center_count_for_it(tmp_path: Path) -> None:
    """C1 with doors at 0, 2000 m and a row of no center: eleven more places, and the center covers them all itself."""
    city = write_city(tmp_path)
    doors = [("C1", *lonlat((0, 0))), ("C1", *lonlat((2000, 0))), ("C9", *lonlat((4000, 0)))]
    write_csv(city.folder / "doors.csv", ("center", "lon", "lat"), doors)
    city.edit("candidates =", 'entrances = "doors.csv"\ncandidates =')
    result = sc.Study.from_toml(city.study).compute(cache=False)
    assert result.coverage.covered == 500 + 1000 + 50
    assert set(result.coverage.demand.loc[result.coverage.demand["covered"], "nearest"]) == {"C1"}
    assert [i.value for i in result.issues if i.problem == "unknown_center"] == ["C9"]
    rings = result.isochrones
    assert rings.loc[rings["center"] == "C1"].geometry.iloc[0].geom_type == "MultiPolygon"


def test_a_hill_of_a_terrain_raster_slows_everybody(tmp_path: Path) -> None:
    """Main Street falls a tenth to the center: down takes as long as level, up is longer."""
    city = write_city(tmp_path)
    for name, sign in (("down.tif", 1), ("up.tif", -1)):
        hill(city.folder / name, lambda x, sign=sign: sign * x / 10)
    city.edit("speed_kmh = 4.0", 'speed_kmh = 4.0\nslope = "down.tif"')
    assert covered(city) == 500
    city.edit('"down.tif"', '"up.tif"')
    # Uphill 1000 m shrink to 1000 / exp(0.35) = 705 m: the places up to 700 m.
    result = sc.Study.from_toml(city.study).compute(cache=False)
    assert result.coverage.covered == 400
    assert result.network.slope == "up.tif"
    walk = result.coverage.demand["walk_min"]
    assert walk["m300"] == pytest.approx(4.5 * np.exp(0.35), rel=2e-3)
    assert "up.tif" in (json.dumps([read.layer + read.file for read in result.inputs]))


def test_heights_of_the_lines_themselves(tmp_path: Path) -> None:
    """Streets drawn with heights, a tenth up towards the center: 1000 m shrink to 705 m, to the places up to 700 m."""
    city = write_city(tmp_path)
    shown = json.loads((city.folder / "streets.geojson").read_text(encoding="utf-8"))
    for line in shown["features"]:
        line["geometry"]["coordinates"] = [
            [lon, lat, -(lon - lonlat((0, 0))[0]) / (lonlat((1000, 0))[0] - lonlat((0, 0))[0]) * 100]
            for lon, lat in line["geometry"]["coordinates"]
        ]
    (city.folder / "streets.geojson").write_text(json.dumps(shown), encoding="utf-8")
    assert covered(city) == 500
    assert covered(city.edit("speed_kmh = 4.0", 'speed_kmh = 4.0\nslope = "z"')) == 400


def hill(path: Path, height) -> None:
    """Write heights around the city in degrees, as a function of metres east."""
    left, top = lonlat((-500, 1500))
    right, bottom = lonlat((7000, -1500))
    columns, rows = 375, 60
    transform = rasterio.Affine((right - left) / columns, 0, left, 0, (bottom - top) / rows, top)
    x = -500 + (np.arange(columns) + 0.5) * 7500 / columns
    kind = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32"}
    with rasterio.open(path, "w", crs="EPSG:4326", transform=transform, **kind) as out:
        out.write(np.tile(height(x), (rows, 1)).astype("float32"), 1)


def test_the_report_says_which_rules_are_in_force(tmp_path: Path) -> None:
    """Profile, values with their sources, slope, barriers, new streets and entrances, in both languages."""
    found = {
        "en": (
            "people in a wheelchair", "Steps cannot be used", "crossing 10 s (assumption)", "signal 33 s (study file)",
            "wheelchair = no; surface = sand, mud", "Tobler&#39;s hiking function (1993)", "those of dem.tif",
            "Shut by barriers (1): 0.2 m of street", "New streets added (1): 1,000", "Entrances given: 2, of 1 centers",
            "the streets do not say where crossings are", "are not counted: the streets hold none.",
            ">terrain<", ">barriers<", ">new streets<", ">entrances<",
        ),
        "zh": (
            "轮椅使用者", "不能走台阶", "过街 10 秒 (假定)", "信号灯 33 秒 (研究文件)", "Tobler 步行函数（1993）",
            "高程来自 dem.tif", "1 处障碍物封闭道路 0.2 米", "新增道路 1 条，共 1,000", "1 个中心共有 2 个出入口",
            "道路数据未标明过街处", "道路数据不含过街处", ">地形高程<", ">障碍物<", ">新增道路<", ">出入口<",
        ),
    }  # fmt: skip
    short = {
        "en": "people in a wheelchair (assumed values) · no crossings known, so no waits · slopes count · "
        "barriers: 1 · new streets: 1 · entrances: 2",
        "zh": "轮椅使用者（假定值） · 无过街数据，未计等待 · 计坡度 · 1 处障碍物 · 新增道路 1 条 · 2 个出入口",
    }
    for language in ("en", "zh"):
        city = write_city(tmp_path / language, language=language)
        barrier(city, (LINE, [lonlat((3400, -30)), lonlat((3400, 30))]))
        bridge(city, [lonlat((5000, 0)), lonlat((6000, 0))])
        write_csv(city.folder / "doors.csv", ("center", "lon", "lat"), [("C1", *lonlat((0, 0)))] * 2)
        city.edit("candidates =", 'entrances = "doors.csv"\ncandidates =')
        hill(city.folder / "dem.tif", lambda x: 0 * x)
        city.edit("speed_kmh = 4.0", 'profile = "wheelchair"\nsignal_s = 33\nslope = "dem.tif"')
        result = sc.Study.from_toml(city.study).compute(cache=False)
        page = report_html(result).decode()
        assert rules_in_force(result, language) == short[language]
        assert data_of(map_html(result).decode())["notes"]["rules"] == short
        assert [words for words in found[language] if words not in page] == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("speed_kmh = 4.0", 'closed = { surfaec = ["sand"] }', r"streets\.geojson has no column 'surfaec'"),
        ("speed_kmh = 4.0", 'slope = "none.tif"', r"none\.tif: not found"),
        ("speed_kmh = 4.0", 'slope = "z"', "a line without z coordinates"),
        ("speed_kmh = 4.0", 'closed = { surface = "sand" }', r"expected a list in brackets, such as \['sand'\]"),
        ("speed_kmh = 4.0", "crossing_s = -1", r"walk\.crossing_s: found -1"),
        ("candidates =", 'barriers = "none.gpkg"\ncandidates =', r"none\.gpkg: not found"),
        ("candidates =", 'barriers = "centers.csv"\ncandidates =', r"centers\.csv: unknown kind of file"),
        ("candidates =", 'entrances = { file = "demand.csv", center = "id" }\ncandidates =', "no id of a center"),
        ("candidates =", 'added_streets = "districts.geojson"\ncandidates =', "expected line features"),
    ],
)
def test_rules_that_cannot_be_used_are_refused_in_one_line(tmp_path: Path, old, new, says) -> None:
    """The file, the key or the column, and what was expected."""
    city = write_city(tmp_path).edit(old, new)
    with pytest.raises(sc.ServiceCircleError, match=says) as caught:
        sc.Study.from_toml(city.study).read(cache=False)
    assert "\n" not in str(caught.value)


def test_rules_change_what_the_cache_keeps(tmp_path: Path, monkeypatch) -> None:
    """A changed wall is another network, though its file has the same name; the same wall gives the same figures."""
    monkeypatch.setattr(store, "cache_folder", lambda: tmp_path / "cache")
    city = barrier(write_city(tmp_path / "city"), (LINE, [lonlat((400, -30)), lonlat((400, 30))]))
    study = sc.Study.from_toml(city.study)
    first, again = study.compute(), study.compute()
    assert first.coverage.covered == again.coverage.covered == 200
    assert first.rules == again.rules
    assert first.network.profile == again.network.profile
    write_geojson(city.folder / "walls.geojson", [feature({}, LINE, [lonlat((800, -30)), lonlat((800, 30))])])
    assert study.compute().coverage.covered == 400
