"""The GeoPackage: every layer is there, ids are text, what cannot be walked is null."""

from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest

from servicecircle.outputs.layers import layers_gpkg
from servicecircle.outputs.map.layers import REASON_COLORS, band_colors
from servicecircle.outputs.pictures.drawing import GAP_COLOR, SITE_COLOR
from servicecircle.outputs.result import StudyResult
from tests.outputs.results import CRS, HOSTILE, hostile_result, study_result

NAMES = ["centers", "isochrones", "service_area", "demand", "gaps", "candidates", "sites", "districts"]


def layers_of(result: StudyResult, folder: Path) -> dict[str, gpd.GeoDataFrame]:
    """All layers as a GIS reads them."""
    path = folder / "layers.gpkg"
    path.write_bytes(layers_gpkg(result))
    names = list(pyogrio.list_layers(path)[:, 0])
    assert names == [*NAMES, "layer_styles"]
    return {name: gpd.read_file(path, layer=name) for name in NAMES}


def test_every_layer_has_its_rows_in_the_metric_crs(tmp_path: Path) -> None:
    """Counts, CRS and ids are those of the study."""
    layers = layers_of(study_result(), tmp_path)
    assert [len(layers[name]) for name in NAMES] == [5, 15, 3, 51, 2, 6, 2, 2]
    assert all(layer.crs == CRS for layer in layers.values())
    assert list(layers["centers"]["id"]) == ["007", "C2", "C3", "C4", "NA"]
    assert list(layers["sites"]["rank"]) == [1, 2]


def test_a_walk_that_leads_nowhere_is_null(tmp_path: Path) -> None:
    """The island and the farm have neither a walk nor a nearest center."""
    people = layers_of(study_result(), tmp_path)["demand"].set_index("reason")
    lost = people.loc[["unreachable", "off_network"]]
    assert lost["walk_min"].isna().all()
    assert lost["nearest"].isna().all()
    assert np.isfinite(people.loc[["covered", "too_far"], "walk_min"]).all()


def test_empty_layers_keep_their_columns(tmp_path: Path) -> None:
    """Without plan, candidates, districts and gaps the layers exist and can be styled."""
    bare = study_result(plan=None, candidates=None, districts=None, gaps=study_result().gaps.iloc[:0])
    layers = layers_of(bare, tmp_path)
    assert [len(layers[name]) for name in ("gaps", "candidates", "sites", "districts")] == [0, 0, 0, 0]
    assert {"id", "weight", "share", "walk_min", "nearest", "district"} <= set(layers["gaps"].columns)
    assert {"id", "rank", "gain", "share_after"} <= set(layers["sites"].columns)
    assert all(layer.crs == CRS for layer in layers.values())


def test_columns_of_the_caller_are_kept_under_names_the_file_can_hold(tmp_path: Path) -> None:
    """``Name`` beside ``name``, ``fid``, lists and mixed values do not break the layer."""
    honest = study_result().candidates
    assert honest is not None
    bad = pd.Series("\ud800", index=honest.index, dtype=object)
    odd = honest.assign(Name="x", fid="y", id=range(6), mixed=["a", 1, None, 2.5, ["b"], np.inf], bad=bad)
    layer = layers_of(study_result(candidates=odd), tmp_path)["candidates"]
    assert list(layer["id"]) == list(honest.index)
    assert list(layer["Name_"]) == ["x"] * 6
    assert list(layer["fid_"]) == ["y"] * 6
    assert list(layer["id_"]) == list(range(6))
    assert layer["mixed"].isna().sum() == 1
    assert list(layer["bad"]) == ["?"] * 6


def test_the_same_study_gives_the_same_layers() -> None:
    """GDAL's clock does not get into the file, and its setting is given back."""
    assert layers_gpkg(study_result()) == layers_gpkg(study_result())
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_every_layer_opens_in_the_colours_of_the_map(tmp_path: Path) -> None:
    """QGIS finds one default style for each layer: what it categorises is in the layer, in the colours of the map."""
    layers = layers_of(study_result("zh"), tmp_path)
    styles = pyogrio.read_dataframe(tmp_path / "layers.gpkg", layer="layer_styles")
    assert list(styles["f_table_name"]) == NAMES
    assert set(styles["f_table_schema"]) == {""}
    assert set(styles["f_geometry_column"]) == {"geom"}
    assert styles["useAsDefault"].astype(bool).all()
    qml = {name: ET.fromstring(text.partition("\n")[2]) for name, text in zip(NAMES, styles["styleQML"], strict=False)}  # noqa: S314 - our own text
    shown = {
        name: [prop.get("v").rpartition(",")[0] for prop in style.iter("prop") if prop.get("k") == "color"]
        for name, style in qml.items()
    }
    assert shown["demand"] == [rgb(color) for color in REASON_COLORS.values()]
    assert shown["service_area"] == shown["isochrones"] == [rgb(color) for color in band_colors(3)]
    assert (shown["gaps"], shown["sites"]) == ([rgb(GAP_COLOR)], [rgb(SITE_COLOR)])
    for name in ("isochrones", "service_area", "demand"):
        renderer = qml[name].find("renderer-v2")
        values = {str(value).removesuffix(".0") for value in layers[name][renderer.get("attr")]}
        assert values <= {category.get("value") for category in renderer.iter("category")}


def rgb(color: str) -> str:
    """``#D55E00`` as ``213,94,0``."""
    return ",".join(str(part) for part in bytes.fromhex(color[1:]))


def test_hostile_names_are_text(tmp_path: Path) -> None:
    """Names come back as they were."""
    layers = layers_of(hostile_result(), tmp_path)
    assert layers["districts"]["name"].iloc[0] == HOSTILE
    assert layers["centers"]["name"].iloc[0] == HOSTILE


def test_the_tables_stay_as_they_were() -> None:
    """Writing changes no table of the study."""
    result = study_result()
    before = result.coverage.demand.copy()
    layers_gpkg(result)
    assert result.coverage.demand.equals(before)
    assert result.coverage.demand["walk_min"].max() == pytest.approx(np.inf)
