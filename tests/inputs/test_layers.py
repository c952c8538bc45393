"""The door for vector files."""

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from servicecircle.errors import CRSError, DataSourceError, InputError
from servicecircle.inputs.issues import RowIssue
from servicecircle.inputs.places import read_centers
from servicecircle.inputs.streets import read_streets

HIDDEN = json.dumps({"type": "Point", "coordinates": [110, 20]})


@pytest.mark.parametrize(
    "name", ["/vsicurl/http://example.org/a.gpkg", "http://example.org/a.gpkg", "PG:dbname=city", "/vsizip/a.zip/a.shp"]
)
def test_only_files_of_this_disk(name: str) -> None:
    """Addresses of the web, of archives and of databases are refused before anything opens them."""
    with pytest.raises(DataSourceError, match="on this disk"):
        read_centers(name)


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson", "a.parquet", "a.fgb", "a.json"])
def test_content_must_be_what_the_name_says(tmp_path: Path, name: str) -> None:
    """A virtual layer that points to another file is refused whatever its name, and so is rubbish."""
    (tmp_path / "secret.geojson").write_text(HIDDEN)
    source = f"<SrcDataSource>{tmp_path}/secret.geojson</SrcDataSource>"
    virtual = f'<OGRVRTDataSource><OGRVRTLayer name="secret">{source}</OGRVRTLayer></OGRVRTDataSource>'
    commands = json.dumps(
        {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {tmp_path}/secret.geojson"}
    )
    for content in (virtual, commands, "x" * 500):
        (tmp_path / name).write_text(content)
        with pytest.raises(DataSourceError, match=rf"{name} is not a .* whatever its name says"):
            read_centers(tmp_path / name)


def test_missing_empty_and_unknown_files(tmp_path: Path) -> None:
    """Each says what is wrong with the file, in a line."""
    (tmp_path / "empty.gpkg").touch()
    (tmp_path / "a.docx").write_text("x")
    for name, says in [("none.gpkg", "not found"), ("empty.gpkg", "empty"), ("a.docx", "unknown kind"), ("", "folder")]:
        with pytest.raises(DataSourceError, match=says):
            read_centers(tmp_path / name)
        with pytest.raises(DataSourceError, match=says):
            read_streets(tmp_path / name)


def test_a_layer_without_crs_says_what_to_type(tmp_path: Path) -> None:
    """Coordinates of an unknown CRS cannot be placed."""
    gpd.GeoDataFrame(geometry=gpd.points_from_xy([110.3], [20.0])).to_parquet(tmp_path / "c.parquet")
    with pytest.raises(CRSError, match=r'c\.parquet has no CRS.*set_crs\("EPSG:4326"\)'):
        read_centers(tmp_path / "c.parquet")


def test_metres_labelled_as_degrees(tmp_path: Path) -> None:
    """A GeoJSON with metres in it, or with latitude first, cannot be what it says."""
    for x, y, says in [(425000, 2212000, "look like metres"), (20.0, 110.3, "look swapped")]:
        (tmp_path / "c.geojson").write_text(json.dumps({"type": "Point", "coordinates": [x, y]}))
        with pytest.raises(CRSError, match=says):
            read_centers(tmp_path / "c.geojson")


def test_features_that_are_no_places_are_left_out_one_by_one(tmp_path: Path) -> None:
    """No geometry, an empty one, a line: each has its row in the issues; heights are dropped."""
    shapes = [shapely.Point(110.3, 20, 5), None, shapely.Point(), shapely.LineString([(110, 20), (111, 20)])]
    gpd.GeoDataFrame({"name": list("abcd")}, geometry=shapes, crs=4326).to_parquet(tmp_path / "c.parquet")
    issues: list[RowIssue] = []
    centers = read_centers(tmp_path / "c.parquet", issues=issues)
    assert centers["name"].tolist() == ["a"]
    assert not centers.has_z.any()
    assert [(i.row, i.problem) for i in issues] == [(2, "no_geometry"), (3, "no_geometry"), (4, "wrong_geometry")]


def test_the_layer_that_fits_is_taken(tmp_path: Path) -> None:
    """Of a package with points and lines, streets are read from the lines; a choice is reported."""
    path = tmp_path / "city.gpkg"
    point = gpd.GeoDataFrame(geometry=gpd.points_from_xy([110.3], [20.0]), crs=4326)
    line = gpd.GeoDataFrame(geometry=[shapely.LineString([(110.3, 20), (110.31, 20)])], crs=4326)
    point.to_file(path, layer="nodes")
    line.to_file(path, layer="edges")
    issues: list[RowIssue] = []
    assert len(read_streets(path, issues=issues)) == 1
    assert "several_layers" not in [i.problem for i in issues]
    line.to_file(path, layer="more")
    read_streets(path, issues=issues)
    assert ("several_layers", "edges") in [(i.problem, i.column) for i in issues]


def test_no_feature_of_the_kind(tmp_path: Path) -> None:
    """Streets cannot be read from points: the message says what the file holds."""
    gpd.GeoDataFrame(geometry=gpd.points_from_xy([110.3], [20.0]), crs=4326).to_file(tmp_path / "c.geojson")
    with pytest.raises(InputError, match="holds Point, expected line"):
        read_streets(tmp_path / "c.geojson")
