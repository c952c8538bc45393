"""`layers.gpkg`: the results as layers for a GIS, in the metric CRS of the study."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyproj import CRS

from servicecircle.analysis.coverage import catchments
from servicecircle.errors import InputError, OutputError
from servicecircle.outputs.qgis_styles import STYLES_LAYER, style_table
from servicecircle.outputs.result import StudyResult

#: GeoPackage holds the time of writing; a fixed one keeps the same study at the same bytes.
_WRITTEN = "2000-01-01T00:00:00.000Z"
#: Layer -> its kind of geometry and the columns it has even when empty.
_LAYERS: dict[str, tuple[str, dict[str, str]]] = {
    "centers": ("Point", {"name": "str", "weight": "float64", "covered": "float64", "walk_min": "float64"}),
    "isochrones": ("MultiPolygon", {"center": "str", "minutes": "float64"}),
    "service_area": ("MultiPolygon", {"minutes": "float64"}),
    "demand": (
        "Point",
        {"weight": "float64", "walk_min": "float64", "nearest": "str", "covered": "bool", "reason": "str"},
    ),
    "gaps": (
        "MultiPolygon",
        {"weight": "float64", "share": "float64", "walk_min": "float64", "nearest": "str", "district": "str"},
    ),
    "candidates": ("Point", {"name": "str"}),
    "sites": ("Point", {"name": "str", "rank": "int64", "gain": "float64", "share_after": "float64"}),
    "districts": ("MultiPolygon", {"name": "str"}),
}
_DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON"}


def layers_gpkg(result: StudyResult) -> bytes:
    """Return all layers as one GeoPackage with their styles; a layer without rows is there with its columns.

    Ids are in the column ``id``; a walk that leads nowhere is null.
    """
    tables = {name: _layer(table, _LAYERS[name][1], result.network.crs) for name, table in _tables(result).items()}
    styles = style_table(result, _WRITTEN)

    def write(path: Path) -> None:
        for name, layer in tables.items():
            geometry = _LAYERS[name][0]
            pyogrio.write_dataframe(
                layer,
                path,
                layer=name,
                driver="GPKG",
                geometry_type=geometry,
                promote_to_multi=geometry.startswith("Multi"),
                append=path.exists(),
            )
        pyogrio.write_dataframe(
            styles, path, layer=STYLES_LAYER, driver="GPKG", layer_options={"FID": "id"}, append=True
        )

    return _written("layers.gpkg", write, {name: len(layer) for name, layer in tables.items()})


def check_ending(ending: str) -> None:
    """Raise `InputError` if `one_layer` knows no format of this ending."""
    if ending.lower() not in _DRIVERS:
        raise InputError(f"output: found the ending {ending!r}, expected .gpkg or .geojson.")


def one_layer(table: gpd.GeoDataFrame, name: str, ending: str) -> bytes:
    """Return one layer as a GeoPackage (``.gpkg``, in its own CRS) or GeoJSON (``.geojson``, in WGS 84).

    Raises
    ------
    InputError
        If the ending is another one.
    """
    check_ending(ending)
    layer = table.to_crs(4326) if ending.lower() == ".geojson" else table
    plain = _layer(layer, {}, layer.crs)
    driver = _DRIVERS[ending.lower()]

    def write(path: Path) -> None:
        pyogrio.write_dataframe(plain, path, layer=name, driver=driver)

    return _written(f"layer{ending.lower()}", write, {name: len(plain)})


def _written(name: str, write: Callable[[Path], None], rows: dict[str, int]) -> bytes:
    """Return what `write` makes GDAL write, whole.

    GDAL keeps quiet about what fails while it ends a layer. So it writes twice: a write that fails now and then makes
    the files differ, a full disk holds no second one, and what fails each time at the same place loses rows.

    Raises
    ------
    OutputError
        If the temporary files cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="servicecircle-") as folder, _for_a_moment():
            first, second = (Path(folder) / at / name for at in ("first", "second"))
            for path in (first, second):
                path.parent.mkdir()
                write(path)
            data = first.read_bytes()
            if data != second.read_bytes() or any(_count(second, layer) != count for layer, count in rows.items()):
                raise OSError("a part of the file was lost")  # noqa: TRY301 - one way out for all that goes wrong
            return data
    except (OSError, RuntimeError) as error:
        raise OutputError(
            f"{tempfile.gettempdir()}: {name} cannot be written there first ({' '.join(str(error).split())}). "
            "Free the space, or name another folder in the variable TMPDIR, and run again."
        ) from error


def _count(path: Path, layer: str) -> int:
    return int(pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"])


@contextmanager
def _for_a_moment() -> Iterator[None]:
    """Let GDAL write down a fixed time, and not wait for the disk: what it writes is read at once and deleted."""
    asked = {"OGR_CURRENT_DATE": _WRITTEN, "OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_SQLITE_JOURNAL": "MEMORY"}
    before = {name: pyogrio.get_gdal_config_option(name) for name in asked}
    pyogrio.set_gdal_config_options(asked)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def _tables(result: StudyResult) -> dict[str, pd.DataFrame | None]:
    cover = result.coverage
    catchment = catchments(cover)
    places = cover.centers.drop(columns=catchment.columns, errors="ignore")
    return {
        "centers": places.assign(**{name: catchment[name] for name in catchment.columns}),
        "isochrones": result.isochrones,
        "service_area": result.service_area,
        "demand": cover.demand,
        "gaps": result.gaps,
        "candidates": result.candidates,
        "sites": None if result.plan is None else result.plan.sites,
        "districts": result.districts,
    }


def _layer(table: pd.DataFrame | None, columns: dict[str, str], crs: CRS) -> gpd.GeoDataFrame:
    """Return the table with plain columns under names a GeoPackage can tell apart."""
    if not isinstance(table, gpd.GeoDataFrame) or table.empty:
        empty = {name: pd.Series(dtype=kind) for name, kind in {"id": "str", **columns}.items()}
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=crs), crs=crs)
    ids = [str(key) for key in table.index.to_numpy(dtype=object)]
    plain: dict[str, pd.Series] = {"id": pd.Series(ids, dtype="str")}
    taken = {"id", "fid", "geom", "geometry"}
    for name in table.columns.drop(table.geometry.name):
        # SQLite does not tell Name from name, and keeps fid and geom for itself.
        free = str(name)
        while free.casefold() in taken:
            free += "_"
        taken.add(free.casefold())
        plain[free] = _plain(table[name])
    return gpd.GeoDataFrame(plain, geometry=table.geometry.to_numpy(), crs=table.crs)


def _plain(values: pd.Series) -> pd.Series:
    """Return numbers and truth values as they are, inf as null and everything else as text."""
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_integer_dtype(values):
        return values.reset_index(drop=True)
    if pd.api.types.is_float_dtype(values):
        return values.astype("float64").replace([np.inf, -np.inf], np.nan).reset_index(drop=True)
    missing = values.isna().to_numpy()
    # A damaged name may hold half a letter (a lone surrogate), which no file can.
    texts = [
        None if gone else str(value).encode("utf-8", "replace").decode()
        for value, gone in zip(values.to_numpy(dtype=object), missing, strict=True)
    ]
    return pd.Series(texts, dtype="str")
