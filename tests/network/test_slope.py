"""Slope by Tobler's hiking function, solved by hand."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st

import servicecircle as sc
from servicecircle.network.slope import level_minutes
from tests.network.streets import CRS, ORIGIN, point_table, street_table

ZONE = pyproj.CRS(CRS)


def lifted(lines, **columns) -> gpd.GeoDataFrame:
    """Streets of (x, y, height)."""
    table = street_table([[vertex[:2] for vertex in line] for line in lines], **columns)
    shapes = [shapely.LineString(np.add(line, (*ORIGIN, 0.0))) for line in lines]
    return table.set_geometry(shapes, crs=CRS)


def there_and_back(streets: gpd.GeoDataFrame, elevation, a, b, profile=None) -> list[float]:
    """Return the minutes from a to b and from b to a."""
    walker = profile or sc.WalkProfile(speed_kmh=4.8)
    network = sc.WalkNetwork.from_streets(streets, profile=walker, elevation=elevation, min_component_m=0)
    places = point_table([a, b], weight=[1.0, 1.0])
    minutes = sc.travel_times(network, places, places, max_minutes=1e4).minutes.reshape(2, 2)
    return [minutes[1, 0], minutes[0, 1]]


def terrain(path: Path, height, *, crs: str = CRS, cell: float = 10.0, nodata=None, size: int = 60) -> Path:
    """Write a raster whose cells hold the height of their centers, metres around the origin of the streets."""
    corner = np.array([-200.0, 400.0]) + ORIGIN
    if crs != CRS:
        corner = gpd.GeoSeries([shapely.Point(corner)], crs=CRS).to_crs(crs).get_coordinates().to_numpy()[0]
    transform = rasterio.Affine(cell, 0.0, corner[0], 0.0, -cell, corner[1])
    column, row = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    x, y = transform.c + column * transform.a, transform.f + row * transform.e
    places = gpd.GeoSeries(gpd.points_from_xy(x.ravel(), y.ravel()), crs=crs).to_crs(CRS).get_coordinates().to_numpy()
    values = height(*(places - ORIGIN).T).reshape(size, size).astype("float32")
    kind = {"driver": "GTiff", "width": size, "height": size, "count": 1, "dtype": "float32", "nodata": nodata}
    with rasterio.open(path, "w", crs=crs, transform=transform, **kind) as out:
        out.write(values, 1)
    return path


def test_up_a_tenth_takes_longer_and_down_a_tenth_as_long_as_level() -> None:
    """80 m that climb 8 m: exp(-3.5 |0.1 + 0.05|) up; |-0.1 + 0.05| is the 0.05 of level ground down."""
    up, down = there_and_back(lifted([[(0, 0, 0), (80, 0, 8)]]), "z", (0, 0), (80, 0))
    assert up == pytest.approx(np.exp(3.5 * 0.1))
    assert down == pytest.approx(1.0)


def test_level_ground_has_the_speed_of_the_profile_and_five_percent_down_is_quickest() -> None:
    """Tobler's 5.04 km/h become the profile's speed; down 4 m in 80 m it is exp(0.175) times as fast."""
    assert there_and_back(lifted([[(0, 0, 7), (80, 0, 7)]]), "z", (0, 0), (80, 0)) == pytest.approx([1.0, 1.0])
    down, up = there_and_back(lifted([[(0, 0, 4), (80, 0, 0)]]), "z", (0, 0), (80, 0))
    assert down == pytest.approx(np.exp(-0.175))
    assert up == pytest.approx(np.exp(0.175))


def test_a_hill_within_a_segment_counts() -> None:
    """80 m up a tenth and 80 m down again are not level, though both ends are at one height; also drawn backwards."""
    hill = [(0, 0, 0), (80, 0, 8), (160, 0, 0)]
    expected = [np.exp(3.5 * 0.1) + 1.0] * 2
    assert there_and_back(lifted([hill]), "z", (0, 0), (160, 0)) == pytest.approx(expected)
    assert there_and_back(lifted([hill[::-1]]), "z", (0, 0), (160, 0)) == pytest.approx(expected)


@pytest.mark.parametrize("crs", [CRS, "EPSG:4326", "EPSG:3857"])
def test_a_terrain_raster_in_any_crs(tmp_path: Path, crs: str) -> None:
    """On a plane that climbs a tenth to the east, east is up and north is level; lengths stay those of the map."""
    cell = 10.0 if crs != "EPSG:4326" else 1e-4
    path = terrain(tmp_path / "dem.tif", lambda x, _: 50 + x / 10, crs=crs, cell=cell)
    streets = street_table([[(0, 0), (160, 0)], [(0, 0), (0, 160)]])
    hills = sc.read_elevation(path, area=streets)
    up, down = there_and_back(streets, hills, (0, 0), (160, 0))
    assert up == pytest.approx(2 * np.exp(3.5 * 0.1), rel=1e-3)
    assert down == pytest.approx(2.0, rel=1e-3)
    assert there_and_back(streets, hills, (0, 0), (0, 160)) == pytest.approx([2.0, 2.0], rel=1e-3)
    assert hills.at(np.array([[40.0, 3.0]]) + ORIGIN, ZONE) == pytest.approx([54.0], abs=1e-2)


def test_where_no_height_is_known_the_street_is_level(tmp_path: Path) -> None:
    """No data is no height of -9999 m, and beyond the raster nothing is known."""
    path = terrain(tmp_path / "dem.tif", lambda x, _: np.where(x < 80, 10.0, -9999.0), nodata=-9999.0)
    streets = street_table([[(0, 0), (160, 0)], [(160, 0), (1960, 0)]])
    hills = sc.read_elevation(path, area=streets)
    assert there_and_back(streets, hills, (0, 0), (1960, 0)) == pytest.approx([24.5, 24.5])
    assert np.isnan(hills.at(np.array([[1500.0, 0.0]]) + ORIGIN, ZONE)).all()


def test_a_bridge_runs_straight_over_the_valley(tmp_path: Path) -> None:
    """The terrain falls 40 m under the bridge; on it one walks level, beside it down and up."""
    path = terrain(tmp_path / "dem.tif", lambda x, _: np.where(np.abs(x - 80) < 40, 0.0, 40.0))
    lines = [[(0, 0), (160, 0)], [(0, 100), (160, 100)]]
    hills = sc.read_elevation(path, area=street_table(lines))
    tagged = street_table(lines, bridge=["yes", None])
    assert there_and_back(tagged, hills, (0, 0), (160, 0)) == pytest.approx([2.0, 2.0])
    assert min(there_and_back(tagged, hills, (0, 100), (160, 100))) > 3


def test_steps_and_escalators_have_a_slope_of_their_own() -> None:
    """On steps the factor counts, not the height they climb too; an escalator carries."""
    profile = sc.WalkProfile(speed_kmh=4.8, steps_factor=2.0)
    line = [[(0, 0, 0), (80, 0, 40)]]
    assert there_and_back(lifted(line, highway=["steps"]), "z", (0, 0), (80, 0), profile) == pytest.approx([2, 2])
    carried = lifted(line, conveying=["reversible"])
    assert there_and_back(carried, "z", (0, 0), (80, 0), profile) == pytest.approx([1, 1])


def test_a_wall_in_the_heights_counts_as_forty_five_degrees() -> None:
    """Metres of height at one spot are a slip of the data; the walk stays a number."""
    up, down = there_and_back(lifted([[(0, 0, 0), (10, 0, 9000)]]), "z", (0, 0), (10, 0))
    assert up == pytest.approx(10 / 80 * np.exp(3.5))
    assert down == pytest.approx(10 / 80 * np.exp(3.5 * 0.9))


@given(slope=st.floats(-1, 1), steeper=st.floats(0, 1))
def test_going_up_is_never_quicker_than_going_down_and_steeper_never_quicker(slope: float, steeper: float) -> None:
    """Against the slope it takes at least as long; beyond 5 % down, and up, steeper takes longer."""
    up, down = level_minutes(np.array([abs(slope), -abs(slope)]))
    assert up >= down
    assert level_minutes(np.array([abs(slope) + steeper]))[0] >= up
    assert (
        level_minutes(np.array([-0.05 - abs(slope) - steeper]))[0] >= level_minutes(np.array([-0.05 - abs(slope)]))[0]
    )


def test_heights_that_are_not_there_are_refused(tmp_path: Path) -> None:
    """Lines without z, a raster elsewhere, and one without any height say what to do."""
    streets = street_table([[(0, 0), (160, 0)]])
    with pytest.raises(sc.InputError, match="id 's0': found a line without z coordinates"):
        sc.WalkNetwork.from_streets(streets, elevation="z")
    path = terrain(tmp_path / "dem.tif", lambda x, _: x * 0)
    with pytest.raises(sc.InputError, match=r"dem\.tif does not reach the streets"):
        sc.read_elevation(path, area=street_table([[(50_000, 0), (50_100, 0)]]))
    path = terrain(tmp_path / "sea.tif", lambda x, _: x * 0 - 1, nodata=-1)
    with pytest.raises(sc.InputError, match=r"sea\.tif holds no height"):
        sc.read_elevation(path, area=streets)
    (tmp_path / "text.tif").write_text("heights")
    with pytest.raises(sc.DataSourceError, match="not a GeoTIFF"):
        sc.read_elevation(tmp_path / "text.tif", area=streets)
