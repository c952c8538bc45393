import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import servicecircle as sc
from tests.network.streets import oracle_minutes

DATA = Path(__file__).parents[1] / "data"
SOURCE = "SERVICECIRCLE_SAMPLE_SOURCE"
CELL = 10.0
LIMIT = 15.0


@dataclass(frozen=True)
class City:
    """The sample, read once for all tests of this file."""

    network: sc.WalkNetwork
    centers: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    districts: gpd.GeoDataFrame


@pytest.fixture(scope="module")
def city() -> City:
    """Read the sample."""
    folder = sc.sample_folder()
    streets = sc.read_streets(folder / "streets.osm.pbf", issues=[])
    crs = streets.crs
    return City(
        network=sc.WalkNetwork.from_streets(streets),
        centers=sc.read_centers(folder / "centers.csv", crs=crs, issues=[]),
        demand=sc.read_demand(folder / "residents.csv", crs=crs, issues=[]),
        districts=sc.read_districts(folder / "districts.geojson", crs=crs, issues=[]),
    )


def test_the_sample_is_small_and_says_whose_it_is() -> None:
    """All of data/ stays under 5 MB; licence, attribution, date, CRS and what is invented stand in its README."""
    assert sum(file.stat().st_size for file in DATA.rglob("*") if file.is_file()) < 5_000_000
    text = (DATA / "README.md").read_text(encoding="utf-8")
    for words in ("ODbL", "© OpenStreetMap contributors", "2016-12-27T10:04:02Z", "EPSG:4326", "illustrative"):
        assert words in text
    for file in (DATA / "gothenburg").iterdir():
        assert f"`{file.name}`" in text


def test_the_sample_holds_what_a_study_needs(city) -> None:
    """60 centers in three tiers, 400,000 people, ten districts side by side, names that say they are invented."""
    assert len(city.centers) == 60
    assert set(city.centers["tier"]) == {"district", "sub-district", "community"}
    assert city.centers["name"].str.startswith("Illustrative center ").all()
    assert (city.centers["capacity"] > 0).all()
    assert 12_000 <= len(city.demand) <= 20_000
    assert city.demand["weight"].sum() == 400_120
    assert len(city.districts) == 10
    assert set(city.districts["level"]) == {"illustrative district"}
    shapes = city.districts.geometry.to_numpy()
    assert shapely.area(shapes).sum() == pytest.approx(shapely.union_all(shapes).area, abs=1.0)
    assert shapely.contains_properly(shapely.union_all(shapes), city.demand.geometry.to_numpy()).all()


def test_the_sample_has_something_to_find(city) -> None:
    """Most people are covered and many are not, each reason occurs, and the badly placed centers help hardly anyone."""
    cover = sc.coverage(sc.travel_times(city.network, city.demand, city.centers), minutes=LIMIT)
    assert cover.share is not None
    assert 0.6 < cover.share < 0.85
    assert all(people > 0 for people in cover.reasons.values())
    assert sum(cover.reasons.values()) == cover.total
    assert (sc.gaps(cover)["weight"] > 1000).sum() >= 5
    off = city.network.snap(city.centers, "centers").segment < 0
    assert city.centers.index[off].tolist() == ["C60"]
    badly = [f"C{number}" for number in range(53, 61)]
    without = sc.coverage(sc.travel_times(city.network, city.demand, city.centers.drop(badly)), minutes=LIMIT)
    assert cover.covered - without.covered < 0.01 * cover.total
    assert sc.catchments(cover).loc[["C58", "C59", "C60"], "weight"].sum() == 0


def test_the_script_makes_the_same_bytes(tmp_path) -> None:
    """Built again from its source, every data file of the sample is the one at hand."""
    source = os.environ.get(SOURCE)
    if not source:
        pytest.skip(f"{SOURCE} does not name large-network.json of geojson-path-finder 2.1.0 (see data/README.md)")
    subprocess.run([sys.executable, str(DATA / "build_gothenburg.py"), source, str(tmp_path)], check=True, timeout=120)
    for file in tmp_path.iterdir():
        assert file.read_bytes() == (DATA / "gothenburg" / file.name).read_bytes(), file.name
    assert len(list(tmp_path.iterdir())) == 4


def test_walks_in_the_sample_equal_dijkstra(city) -> None:
    """300 residents to all 60 centers: every walk is that of networkx with the places as nodes, to 1e-6 minutes."""
    cut_off = city.demand.index[-8:]  # the cottages in the woods
    chosen = city.demand.sample(292, random_state=7).index.union(cut_off)
    demand = city.demand.loc[chosen]
    network = city.network
    expected = oracle_minutes(network, network.snap(demand, "demand"), network.snap(city.centers, "centers"))
    times = sc.travel_times(network, demand, city.centers, max_minutes=40.0)
    found = np.full(expected.shape, np.inf)
    facility = np.repeat(np.arange(len(city.centers)), np.diff(times.indptr))
    found[times.demand_index, facility] = times.minutes
    near = expected <= 40.0
    assert near.sum() > 2000
    assert np.array_equal(np.isfinite(found), near)
    assert np.abs(found[near] - expected[near]).max() <= 1e-6
    assert np.array_equal(np.isfinite(times.nearest_minutes), np.isfinite(expected).any(axis=1))
    reached = np.isfinite(times.nearest_minutes)
    assert np.abs(times.nearest_minutes[reached] - expected[reached].min(axis=1)).max() <= 1e-6
    assert 5 <= (~reached).sum() <= 20


def places(network: sc.WalkNetwork, bounds, count: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Random places within 100 m of a usable street and within bounds."""
    xy = rng.uniform(bounds[:2], bounds[2:], (6 * count, 2))
    _, away = network.index.nearest_piece(xy, 100.0)
    xy = xy[np.isfinite(away)][:count]
    assert len(xy) == count
    ids = [f"r{number}" for number in range(count)]
    return gpd.GeoDataFrame({"weight": 1.0}, geometry=shapely.points(xy), crs=network.crs, index=ids)


def disagreeing(shape: shapely.Geometry, asked: gpd.GeoDataFrame, walk_min: np.ndarray) -> int:
    """Count places on the wrong side, all of which must lie within a drawing cell of the edge."""
    points = asked.geometry.to_numpy()
    shapely.prepare(shape)
    within = walk_min <= LIMIT
    assert 0.05 < within.mean() < 0.95
    wrong = points[shapely.contains(shape, points) != within]
    assert shapely.distance(shape.boundary, wrong).max(initial=0.0) <= CELL
    return len(wrong)


def test_isochrones_of_the_sample_are_its_walks(city) -> None:
    """10,000 places around five centers: inside the isochrone if and only if the own walk is within the limit."""
    rng = np.random.default_rng(11)
    centers = city.centers.iloc[:52].sample(5, random_state=11)
    rings = sc.isochrones(city.network, centers, minutes=LIMIT).set_index("center")
    wrong = 0
    for key, shape in rings.geometry.items():
        asked = places(city.network, shapely.box(*shape.bounds).buffer(200).bounds, 2_000, rng)
        times = sc.travel_times(city.network, asked, centers.loc[[key]], max_minutes=LIMIT)
        wrong += disagreeing(shape, asked, times.nearest_minutes)
    assert wrong <= 0.005 * 10_000


def test_the_service_area_of_the_sample_is_its_coverage(city) -> None:
    """10,000 places all over the city: inside the service area if and only if covered."""
    area = sc.service_area(city.network, city.centers, minutes=LIMIT).geometry.item()
    asked = places(city.network, city.districts.total_bounds, 10_000, np.random.default_rng(12))
    times = sc.travel_times(city.network, asked, city.centers, max_minutes=LIMIT)
    assert disagreeing(area, asked, times.nearest_minutes) <= 0.005 * len(asked)
