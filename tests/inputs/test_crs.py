"""The CRS to measure in comes from where most places are; one that is astray does not decide it."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import servicecircle as sc
from servicecircle.inputs.crs import metric_crs, to_metric, utm_zone

#: A city inside one zone, as lon and lat.
CITY = st.lists(st.tuples(st.floats(110.2, 110.6), st.floats(19.8, 20.2)), min_size=2, max_size=12)


@given(city=CITY, stray=st.tuples(st.floats(-180, 180), st.floats(-80, 84)), at=st.integers(0, 12))
def test_a_stray_row_does_not_move_the_zone(
    city: list[tuple[float, float]], stray: tuple[float, float], at: int
) -> None:
    """Wherever on earth it lies, and whichever row it is."""
    alone = gpd.GeoSeries(shapely.points(city), crs=4326)
    with_stray = gpd.GeoSeries(shapely.points([*city[:at], stray, *city[at:]]), crs=4326)
    assert utm_zone(with_stray) == utm_zone(alone) == "EPSG:32649"


def table(path: Path, rows: list[tuple[float, float]]) -> Path:
    """Write centers at longitudes and latitudes."""
    lines = [f"C{at},Hall {at},{lon},{lat}" for at, (lon, lat) in enumerate(rows)]
    path.write_text("\n".join(["id,name,lon,lat", *lines]), encoding="utf-8")
    return path


def test_exchanged_axes_of_one_center_let_the_others_be(tmp_path: Path) -> None:
    """A center at 57.7 E, 11.9 N: the table has the CRS of the city, and can be measured in."""
    rows = [(11.95, 57.70), (11.96, 57.71), (11.97, 57.69), (57.70, 11.96)]
    centers = sc.read_centers(table(tmp_path / "centers.csv", rows))
    assert centers.crs == sc.read_centers(table(tmp_path / "good.csv", rows[:3])).crs == "EPSG:32632"
    assert metric_crs(centers, "centers") == "EPSG:32632"
    assert to_metric(centers).crs == "EPSG:32632"
    with pytest.raises(
        sc.CRSError, match=r'found "C3" around longitude 57\.70, latitude 11\.96, expected a place near'
    ):
        sc.read_centers(tmp_path / "centers.csv", crs=32632)


def test_a_center_that_no_zone_holds_is_named(tmp_path: Path) -> None:
    """At the other side of the earth the zone of the city gives no metres: that row is refused, by its id."""
    rows = [(110.3, 20.0), (110.31, 20.0), (-159.7, 0.01)]
    with pytest.raises(sc.CRSError, match=r'found "C2" around longitude -159\.70'):
        sc.read_centers(table(tmp_path / "centers.csv", rows))
