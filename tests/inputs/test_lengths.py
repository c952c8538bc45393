"""Metres on the ground, and the zone to draw them in."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from servicecircle.inputs.crs import utm_zone
from servicecircle.inputs.lengths import geodesic_lengths, geodesic_steps


@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-89.9, 89.9),
    turn=st.floats(0, 360),
    metres=st.one_of(st.floats(0, 10), st.floats(0, 3000), st.floats(0, 2_000_000)),
)
def test_steps_are_geodesic_to_a_micrometre(lon: float, lat: float, turn: float, metres: float) -> None:
    """Anywhere, in any direction, over any distance: the length that pyproj gives, to a micrometre."""
    geod = Geod(ellps="WGS84")
    end_lon, end_lat, _ = geod.fwd(lon, lat, turn, metres)
    wanted = geod.inv(lon, lat, end_lon, end_lat)[2]
    assert geodesic_steps(np.array([lon, end_lon]), np.array([lat, end_lat]))[0] == pytest.approx(wanted, abs=1e-6)


def test_a_line_is_as_long_as_its_steps() -> None:
    """Each line is measured by itself, whatever stands beside it in the table."""
    lines = [shapely.LineString([(110.3, 20.0), (110.31, 20.0), (110.31, 20.01)]), shapely.LineString([(0, 0), (1, 0)])]
    found = geodesic_lengths(np.array(lines, dtype=object), 4326)
    geod = Geod(ellps="WGS84")
    assert found == pytest.approx([geod.geometry_length(line) for line in lines], abs=1e-6)


def test_the_zone_is_the_one_geopandas_names() -> None:
    """The computed UTM zone is the one the database of CRS gives, in degrees and in metres."""
    rng = np.random.default_rng(3)
    for lon, lat in rng.uniform((-180, -79), (180, 83), (8, 2)):
        place = gpd.GeoSeries(shapely.points([[lon, lat], [lon, lat + 0.1]]), crs=4326)
        assert utm_zone(place) == place.estimate_utm_crs()
        assert utm_zone(place.to_crs(3857)) == place.estimate_utm_crs()
