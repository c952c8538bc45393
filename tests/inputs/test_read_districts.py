"""Districts."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from servicecircle.errors import DataSourceError, InputError, SchemaError
from servicecircle.inputs.districts import read_districts
from servicecircle.inputs.issues import RowIssue


def save(folder: Path, shapes: list[shapely.Geometry], **columns: list[object]) -> Path:
    """Write polygons in UTM to districts.gpkg."""
    moved = [shapely.transform(shape, lambda xy: np.add(xy, [425_000, 2_212_000])) for shape in shapes]
    gpd.GeoDataFrame(columns, geometry=moved, crs=32649).to_file(folder / "districts.gpkg")
    return folder / "districts.gpkg"


def test_names_are_found_or_named(tmp_path: Path) -> None:
    """A usual column is found, another can be named, an absent one lists what there is."""
    path = save(tmp_path, [shapely.box(0, 0, 10, 10)], 名称=["秀英区"], label=["x"])
    assert read_districts(path, issues=[])["name"].tolist() == ["秀英区"]
    assert read_districts(path, name="label", issues=[])["name"].tolist() == ["x"]
    with pytest.raises(SchemaError, match="no column 'none'; it has 名称, label"):
        read_districts(path, name="none")


def test_without_names_the_ids_stand_in(tmp_path: Path) -> None:
    """That is reported."""
    issues: list[RowIssue] = []
    districts = read_districts(save(tmp_path, [shapely.box(0, 0, 10, 10)]), issues=issues)
    assert districts["name"].tolist() == ["1"]
    assert [i.problem for i in issues] == ["no_name_column"]


def test_an_outline_that_crosses_itself_is_mended(tmp_path: Path) -> None:
    """A bow tie becomes two triangles, with an issue that names its row."""
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    issues: list[RowIssue] = []
    districts = read_districts(save(tmp_path, [bow], name=["a"]), issues=issues)
    assert districts.is_valid.all()
    assert districts.area.tolist() == pytest.approx([50.0])
    assert [(i.row, i.problem, i.action) for i in issues] == [(1, "invalid_polygon", "repaired")]


def test_an_outline_without_area_is_left_out(tmp_path: Path) -> None:
    """A flat outline is no district; a file of such is an error."""
    flat = shapely.Polygon([(0, 0), (10, 0), (5, 0)])
    issues: list[RowIssue] = []
    districts = read_districts(save(tmp_path, [flat, shapely.box(0, 0, 1, 1)], name=["a", "b"]), issues=issues)
    assert districts["name"].tolist() == ["b"]
    assert [i.action for i in issues] == ["left out"]
    with pytest.raises(InputError, match="no district"):
        read_districts(save(tmp_path, [flat], name=["a"]), issues=[])


def test_overlaps_are_doubted(tmp_path: Path) -> None:
    """More than a thousandth of the smaller is reported; touching districts are not."""
    issues: list[RowIssue] = []
    shapes = [shapely.box(0, 0, 10, 10), shapely.box(9, 0, 20, 10), shapely.box(20, 0, 30, 10)]
    read_districts(save(tmp_path, shapes, name=["a", "b", "c"]), issues=issues)
    assert [(i.row, i.value) for i in issues if i.problem == "overlap"] == [(2, "10.0% with row 1, 10 m2")]


def test_a_table_is_no_map(tmp_path: Path) -> None:
    """Districts are polygons."""
    (tmp_path / "d.csv").write_text("name\na\n")
    with pytest.raises(DataSourceError, match="vector file"):
        read_districts(tmp_path / "d.csv")


def test_haikou(shared_data: Path) -> None:
    """The four districts as published, shifted back by half a kilometre from GCJ-02."""
    path = shared_data / "haikou" / "460100_full.json"
    issues: list[RowIssue] = []
    true, labelled = read_districts(path, datum="gcj02", issues=issues), read_districts(path, issues=[])
    assert true["name"].to_dict() == {"460105": "秀英区", "460106": "龙华区", "460107": "琼山区", "460108": "美兰区"}
    assert true["level"].tolist() == ["district"] * 4
    assert issues == []
    assert true.crs.to_epsg() == 32649
    moved = labelled.centroid.distance(true.centroid)
    assert moved.between(450, 560).all()


def test_las_palmas(shared_data: Path) -> None:
    """The municipality is named by the Spanish survey's own column."""
    city = read_districts(shared_data / "las-palmas" / "las_palmas_boundary.geojson", issues=[])
    assert city["name"].tolist() == ["Las Palmas de Gran Canaria"]
