"""The shifted coordinates of Chinese web maps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from servicecircle.errors import InputError
from servicecircle.inputs.datum import checked_datum, checked_source, from_wgs84, from_zone, to_wgs84

GEOD = Geod(ellps="WGS84")


def metres(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> float:
    """Return the largest distance between two lists of places."""
    return float(np.max(GEOD.inv(*a, *b)[2]))


@given(
    st.lists(st.tuples(st.floats(73.0, 136.0), st.floats(2.0, 55.0)), min_size=1, max_size=20),
    st.sampled_from(["gcj02", "bd09"]),
)
def test_there_and_back_is_a_millimetre(places: list[tuple[float, float]], datum: str) -> None:
    """Anywhere in China the way back from a shifted place is exact to a millimetre."""
    lon, lat = np.array(places).T
    back = to_wgs84(*from_wgs84(lon, lat, checked_datum(datum)), checked_datum(datum))
    assert metres((lon, lat), back) < 0.001


def test_haikou_moves_by_half_a_kilometre() -> None:
    """At Haikou GCJ-02 lies 459 m east and 225 m south of WGS 84, BD-09 about 1.2 km away."""
    lon, lat = np.array([110.33]), np.array([20.03])
    x, y = from_wgs84(lon, lat, "gcj02")
    assert (x - lon)[0] == pytest.approx(0.00439, abs=3e-4)
    assert (y - lat)[0] == pytest.approx(-0.00203, abs=3e-4)
    assert 1000 < metres((lon, lat), from_wgs84(lon, lat, "bd09")) < 1400


def test_tiananmen_is_where_amap_shows_it() -> None:
    """A published pair: WGS 84 (116.404, 39.915) is GCJ-02 (116.41024449916938, 39.91640428150164)."""
    x, y = from_wgs84(np.array([116.404]), np.array([39.915]), "gcj02")
    assert (x[0], y[0]) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-9)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_nothing_moves_outside_china(datum: str) -> None:
    """Las Palmas and Porto Alegre stay where they are; nothing at all is fine too."""
    lon, lat = np.array([-15.4, -51.2]), np.array([28.1, -30.0])
    for shift in (from_wgs84, to_wgs84):
        assert metres((lon, lat), shift(lon, lat, checked_datum(datum))) == 0
    assert to_wgs84(lon[:0], lat[:0], checked_datum(datum))[0].shape == (0,)


def test_cgcs2000_is_wgs84_here() -> None:
    """CGCS2000 differs by centimetres: nothing moves."""
    lon, lat = np.array([110.3]), np.array([20.0])
    assert metres((lon, lat), to_wgs84(lon, lat, "cgcs2000")) == 0


@pytest.mark.parametrize(
    ("text", "datum"),
    [("GCJ-02", "gcj02"), ("火星坐标系", "gcj02"), ("百度", "bd09"), ("EPSG:4490", "cgcs2000"), ("WGS 84", "wgs84")],
)
def test_people_write_a_datum_in_many_ways(text: str, datum: str) -> None:
    """The usual names are understood; anything else is an error that lists them."""
    assert checked_datum(text) == datum
    with pytest.raises(InputError, match="gcj02"):
        checked_datum("nad27")


@pytest.mark.parametrize(("zone", "east"), [(4546, 430_000.0), (4525, 37_430_000.0)])
@pytest.mark.parametrize("northing_first", [False, True])
def test_metres_of_a_zone_become_degrees(zone: int, east: float, *, northing_first: bool) -> None:
    """With and without the number of the zone, and in the surveyors' order; the middle of both is 111 E."""
    pair = [np.array([2_214_000.0, 2_215_000.0]), np.array([east, east + 500.0])]
    lon, lat = from_zone(*(pair if northing_first else pair[::-1]), zone)
    back = Transformer.from_crs(4490, zone, always_xy=True).transform(lon, lat)
    assert back[0] == pytest.approx(pair[1], abs=0.001)
    assert back[1] == pytest.approx(pair[0], abs=0.001)
    assert lon == pytest.approx([110.33, 110.33], abs=0.01)


def test_the_wrong_kind_of_zone_is_refused() -> None:
    """Eastings without the number of the zone, where it should be there."""
    with pytest.raises(InputError, match="far off the middle of EPSG:4525"):
        from_zone(np.array([430_000.0]), np.array([2_214_000.0]), 4525)


@pytest.mark.parametrize(
    ("text", "source"), [("EPSG:4547", 4547), ("4513", 4513), ("火星坐标系", "gcj02"), ("2000", "cgcs2000")]
)
def test_what_coordinates_are_in_has_many_names(text: str, source: str | int) -> None:
    """Zones by their code, datums as people write them."""
    assert checked_source(text) == source


@pytest.mark.parametrize("text", ["EPSG:4555", "EPSG:4512", "mars", ""])
def test_what_is_neither_datum_nor_zone_is_refused(text: str) -> None:
    """The message lists what there is."""
    with pytest.raises(InputError, match="a zone of CGCS2000"):
        checked_source(text)
