"""Which datum coordinates are in, told by streets and by the districts that rows claim."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import servicecircle as sc
from servicecircle.analysis.doubts.datum_fit import READINGS, DatumFit, datum_fit, districts_datum_fit
from servicecircle.errors import InputError
from servicecircle.inputs.datum import checked_datum, from_wgs84, shifted
from servicecircle.network.walk import WalkNetwork

CRS = "EPSG:32649"
HAIKOU = (430_000.0, 2_214_000.0)


def town(place: tuple[float, float], crs: str = CRS) -> WalkNetwork:
    """Return 60 crooked streets of 4.5 km each way, some 150 m apart."""
    rng = np.random.default_rng(5)
    along = np.linspace(0.0, 4_500.0, 31)
    lines = []
    for at in np.arange(30) * 150.0:
        wobble = at + np.cumsum(rng.normal(0, 12, len(along)))
        lines += [np.column_stack([along, wobble]), np.column_stack([wobble, along])]
    geometry = [shapely.LineString(line + place) for line in lines]
    noded = shapely.get_parts(shapely.node(shapely.MultiLineString(geometry)))
    streets = gpd.GeoDataFrame(geometry=noded, crs=crs)
    return WalkNetwork.from_streets(streets.set_axis(streets.index.astype(str)))


NETWORK = town(HAIKOU)


def beside_streets(network: WalkNetwork, count: int, seed: int) -> gpd.GeoDataFrame:
    """Return centers some 20 m beside streets, known to about 10 m."""
    rng = np.random.default_rng(seed)
    lines = rng.choice(network.lines(), count)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(lines, rng.random(count), normalized=True))
    angle = rng.uniform(0, 2 * np.pi, count)
    xy += np.column_stack([np.cos(angle), np.sin(angle)]) * rng.gamma(2, 10, count)[:, None]
    points = shapely.points(xy + rng.normal(0, 10, xy.shape))
    return gpd.GeoDataFrame({"name": "a"}, geometry=points, crs=network.crs, index=[f"c{i}" for i in range(count)])


def typed(places: gpd.GeoDataFrame, reading: str) -> gpd.GeoDataFrame:
    """Return places as they come out when their `reading` is taken for WGS 84."""
    degrees = places.geometry.to_crs(4326)
    lon, lat = degrees.x.to_numpy(), degrees.y.to_numpy()
    x, y = (lat, lon) if reading == "swapped" else from_wgs84(lon, lat, checked_datum(reading))
    return places.set_geometry(gpd.GeoSeries(shapely.points(x, y), index=places.index, crs=4326).to_crs(places.crs))


@pytest.mark.parametrize("reading", ["wgs84", "gcj02", "bd09"])
def test_sixty_centers_tell_their_datum(reading: str) -> None:
    """Whatever they are in, it is by far the likeliest, and what is in force is suggested nowhere."""
    fit = datum_fit(NETWORK, typed(beside_streets(NETWORK, 60, 1), reading))
    assert fit.best == reading
    assert fit.sure
    assert fit.suggested == (None if reading == "wgs84" else reading)
    assert fit.rows == 60
    assert sum(fit.likelihood.values()) == pytest.approx(1)


@pytest.mark.parametrize("said", ["wgs84", "gcj02", "bd09"])
def test_a_false_word_about_the_datum_is_noticed(said: str) -> None:
    """GCJ-02 read as anything else, and GCJ-02 read as itself."""
    in_file = typed(beside_streets(NETWORK, 60, 2), "gcj02")
    read = shifted(in_file, checked_datum(said)).to_crs(CRS)
    assert datum_fit(NETWORK, read, datum=said).suggested == (None if said == "gcj02" else "gcj02")


def test_exchanged_axes_are_noticed() -> None:
    """Where longitude and latitude are nearly equal, nothing else would tell them apart."""
    crs = "EPSG:32632"
    corner = gpd.GeoSeries(shapely.points([[10.0, 10.0]]), crs=4326).to_crs(crs)
    network = town((corner.x[0], corner.y[0]), crs)
    assert datum_fit(network, typed(beside_streets(network, 60, 3), "swapped")).suggested == "swapped"


def test_a_few_centers_cannot_tell() -> None:
    """Three rows prove nothing, in whatever datum they are."""
    for seed in range(20):
        assert not datum_fit(NETWORK, typed(beside_streets(NETWORK, 3, seed), "gcj02")).sure


def test_places_that_stand_anywhere_are_in_no_datum() -> None:
    """Random places are not likelier than chance under any reading."""
    rng = np.random.default_rng(4)
    for _ in range(10):
        points = shapely.points(rng.uniform(600, 3900, (100, 2)) + HAIKOU)
        places = gpd.GeoDataFrame(geometry=points, crs=CRS)
        assert not datum_fit(NETWORK, places).sure


def test_outside_china_the_datums_are_one() -> None:
    """In Gothenburg's zone GCJ-02 is WGS 84, so they share the likelihood and none is suggested."""
    network = town((320_000.0, 6_400_000.0), "EPSG:32633")
    fit = datum_fit(network, beside_streets(network, 60, 6))
    assert fit.likelihood["wgs84"] == fit.likelihood["gcj02"] == fit.likelihood["bd09"]
    assert fit.best == "wgs84"
    assert fit.suggested is None


def halves() -> gpd.GeoDataFrame:
    """Return 4.5 km of town as five strips of districts."""
    x, y = HAIKOU
    strips = [shapely.box(x + 900 * i, y, x + 900 * (i + 1), y + 4_500) for i in range(5)]
    return gpd.GeoDataFrame({"name": list("甲乙丙丁戊")}, geometry=strips, crs=CRS, index=list("abcde"))


def test_claims_of_a_district_add_to_the_evidence() -> None:
    """Fifteen rows that also say where they lie tell more than fifteen that do not."""
    places = beside_streets(NETWORK, 15, 7)
    strip = ((places.geometry.x - HAIKOU[0]) // 900).clip(0, 4).astype(int)
    claiming = typed(places.assign(district=[list("甲乙丙丁戊")[i] for i in strip]), "gcj02")
    bare = datum_fit(NETWORK, claiming.drop(columns="district"), districts=halves())
    told = datum_fit(NETWORK, claiming, districts=halves())
    assert told.likelihood["gcj02"] > bare.likelihood["gcj02"]


def test_shifted_districts_are_recognised_by_what_lies_in_them() -> None:
    """Outlines of a Chinese web map against 200 places in their right place; by id as well as by name."""
    rng = np.random.default_rng(8)
    points = shapely.points(rng.uniform(0, 4_500, (200, 2)) + HAIKOU)
    right = halves()
    strip = ((shapely.get_x(points) - HAIKOU[0]) // 900).astype(int)
    places = gpd.GeoDataFrame({"district": right.index[strip]}, geometry=points, crs=CRS)
    degrees = right.to_crs(4326)
    moved = shapely.transform(
        degrees.geometry.to_numpy(), lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], "gcj02"))
    )
    published = degrees.set_geometry(moved, crs=4326).to_crs(CRS)
    assert districts_datum_fit(published, places).suggested == "gcj02"
    assert districts_datum_fit(right, places).suggested is None
    assert districts_datum_fit(right, places).best == "wgs84"


def test_the_published_districts_of_haikou_are_recognised(shared_data: Path) -> None:
    """They say EPSG:4326 and are GCJ-02: 200 places, each in its true district, tell."""
    file = shared_data / "haikou" / "460100_full.json"
    true = sc.read_districts(file, datum="gcj02", crs=CRS)
    rng = np.random.default_rng(9)
    left, bottom, right, top = true.total_bounds
    points = gpd.GeoSeries(shapely.points(rng.uniform((left, bottom), (right, top), (600, 2))), crs=CRS)
    inside = gpd.sjoin(gpd.GeoDataFrame(geometry=points), true[["name", "geometry"]]).head(200)
    places = inside.rename(columns={"name": "district"})[["district", "geometry"]]
    assert districts_datum_fit(sc.read_districts(file, crs=CRS), places).suggested == "gcj02"
    assert districts_datum_fit(true, places, datum="gcj02").suggested is None


def test_an_unknown_datum_is_refused() -> None:
    """The names are those of the readers."""
    with pytest.raises(InputError, match="expected one of wgs84"):
        datum_fit(NETWORK, beside_streets(NETWORK, 3, 1), datum="mars")


def test_the_best_of_equals_is_the_one_in_force() -> None:
    """No evidence is no reason to change."""
    fit = DatumFit(rows=1, said="gcj02", likelihood=dict.fromkeys(READINGS, 0.25), sure=False, apart=True)
    assert fit.best == "gcj02"
