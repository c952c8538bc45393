"""Whole studies of real cities, where their data are at hand."""

import csv
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

import servicecircle as sc
from tests.cities import FILES, write_csv


def study(folder: Path, name: str, inputs: dict[str, str], *, sources: str = "") -> tuple[sc.StudyResult, Any]:
    """Run a study with these inputs, given as TOML values, and return its result and its summary."""
    lines = [f'name = "{name}"', "[inputs]", *(f"{layer} = {value}" for layer, value in inputs.items())]
    lines += [
        "[sites]",
        "count = 10",
        "[output]",
        f'folder = "out"\nlanguage = "zh"\nsources = [{json.dumps(sources)}]',
    ]
    path = folder / "study.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    result = sc.Study.from_toml(path).run()
    return result, json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))


def check(result: sc.StudyResult, summary: Any, out: Path) -> None:
    """Check what must hold of every study: eight files, parts that add up, an honest bound."""
    assert {path.name for path in out.iterdir()} == FILES
    assert all(path.stat().st_size > 0 for path in out.iterdir())
    people = summary["demand"]
    assert people["total"] == sum(people[key] for key in ("covered", "too_far", "unreachable", "off_network"))
    left_out = people["total"] - people["covered"]
    assert sum(gap["weight"] for gap in summary["gaps"]) == pytest.approx(left_out, abs=0.5 * len(summary["gaps"]) + 1)
    if summary["districts"]:
        assert sum(row["total"] for row in summary["districts"]) == pytest.approx(people["total"], abs=2)
    within = [row["covered"] for row in summary["by_minutes"]]
    assert within == sorted(within)
    assert within[-1] == people["covered"]
    plan = summary["plan"]
    gains = [site["gain"] for site in plan["sites"]]
    assert gains == sorted(gains, reverse=True)
    assert people["covered"] + sum(gains) == pytest.approx(plan["covered"], abs=len(gains) + 1)
    assert people["covered"] < plan["covered"] <= plan["bound"] <= people["total"]
    assert plan["status"] in {"optimal", "feasible"}
    assert (plan["status"] == "optimal") == (plan["gap"] == 0)
    assert plan["gap"] < 0.05
    demand = gpd.read_file(out / "layers.gpkg", layer="demand", ignore_geometry=True)
    assert len(demand) == len(result.coverage.demand)
    by_reason = demand.groupby("reason")["weight"].sum()
    for reason, weight in by_reason.items():
        assert people[reason] == pytest.approx(weight, abs=1)


def test_las_palmas(shared_data: Path, tmp_path: Path) -> None:
    """Streets, centers and buildings from one OpenStreetMap extract, the boundary as the district."""
    place = shared_data / "las-palmas"
    osm = f'osm = "{place / "las_palmas_20230221.osm.pbf"}"'
    tags = '{ amenity = ["library", "community_centre", "social_facility"] }'
    result, summary = study(
        tmp_path,
        "Las Palmas",
        {
            "streets": osm.removeprefix("osm = "),
            "centers": f"{{ {osm}, tags = {tags} }}",
            "demand": f"{{ {osm}, buildings = true, total = 381223 }}",
            "districts": f'{{ file = "{place / "las_palmas_boundary.geojson"}", name = "NAMEUNIT" }}',
        },
    )
    check(result, summary, tmp_path / "out")
    assert summary["demand"]["total"] == 381_223
    assert 25 <= summary["centers"] <= 35
    assert 0.4 < summary["demand"]["share"] < 0.9
    assert [row["name"] for row in summary["districts"]] == ["Las Palmas de Gran Canaria"]
    assert "OpenStreetMap contributors" in result.sources[0]
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "381,223" in report
    assert "估算" in report


def test_porto_alegre(shared_data: Path, tmp_path: Path) -> None:
    """Cells with counted people; those with a school serve as centers."""
    place = shared_data / "porto-alegre"
    with (place / "poa_hexgrid.csv").open(encoding="utf-8") as file:
        cells = list(csv.DictReader(file))
    schools = [(row["id"], row["lon"], row["lat"]) for row in cells if int(row["schools"])]
    write_csv(tmp_path / "schools.csv", ("id", "lon", "lat"), schools)
    result, summary = study(
        tmp_path,
        "Porto Alegre",
        {
            "streets": f'"{place / "porto_alegre.osm.pbf"}"',
            "centers": '"schools.csv"',
            "demand": f'"{place / "poa_hexgrid.csv"}"',
        },
    )
    check(result, summary, tmp_path / "out")
    assert summary["demand"]["total"] == sum(int(row["population"]) for row in cells) == 812_935
    assert summary["centers"] == len(schools)
    assert summary["districts"] == []
    assert result.estimated is None


def test_wuhan(shared_data: Path, tmp_path: Path) -> None:
    """Road lines in metres; seeded centers and people along its streets."""
    place = shared_data / "wuhan-roads" / "wuhan_original.parquet"
    roads = gpd.read_parquet(place, columns=["highway", "geometry"])
    quiet = roads[roads["highway"].astype(str).isin(["residential", "living_street", "tertiary"])]
    rng = np.random.default_rng(15)
    homes = quiet.sample(8000, random_state=rng, replace=True).geometry
    ends = shapely.get_coordinates(homes.interpolate(0.5, normalized=True).to_crs(4326).to_numpy())
    people = rng.integers(50, 900, len(ends))
    rows = [(f"d{i}", lon, lat, weight) for i, ((lon, lat), weight) in enumerate(zip(ends, people, strict=True))]
    write_csv(tmp_path / "demand.csv", ("编号", "经度", "纬度", "人口"), rows)
    centers = [(f"c{i}", f"中心{i}", lon, lat) for i, (lon, lat) in enumerate(ends[:120])]
    write_csv(tmp_path / "centers.csv", ("编号", "名称", "经度", "纬度"), centers)
    inputs = {"streets": f'"{place}"', "centers": '"centers.csv"', "demand": '"demand.csv"'}
    result, summary = study(tmp_path, "武汉", inputs, sources="© OpenStreetMap contributors, ODbL")
    check(result, summary, tmp_path / "out")
    assert summary["demand"]["total"] == people.sum()
    assert summary["centers"] == 120
    assert result.network.crs.to_epsg() == 32650
    walked = set(result.coverage.demand["reason"])
    assert "covered" in walked
    assert "motorway" in (tmp_path / "out" / "issues.csv").read_text(encoding="utf-8-sig")
