"""A file larger than memory allows is refused before it is read, with what it would take and what there is."""

import io
import re
import resource
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import openpyxl
import pyarrow as pa
import pytest
import rasterio
import shapely
from affine import Affine
from pyarrow import parquet

import servicecircle as sc
from servicecircle.errors import InputError
from servicecircle.inputs.memory import amount, check_need, free_memory
from tests.inputs.osm_files import write_osm

TERABYTE = 10**12
LAYER = gpd.GeoDataFrame({"people": [1, 2]}, geometry=shapely.points([110.3, 110.4], [20.0, 20.1]), crs=4326)


@contextmanager
def memory_left(size: int) -> Iterator[None]:
    """Leave this process so much memory, as a small machine would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def sparse(start: bytes) -> Callable[[Path], object]:
    """Write a file of a terabyte that begins as it should and takes no room on the disk."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.write(start)
            file.truncate(TERABYTE)

    return write


def wide_raster(path: Path) -> None:
    """Write a raster of a million by a million cells, none of which is stored."""
    profile = {"driver": "GTiff", "width": 1_000_000, "height": 1_000_000, "count": 1, "dtype": "float32"}
    profile |= {"tiled": True, "blockxsize": 16384, "blockysize": 16384, "SPARSE_OK": True, "BIGTIFF": "YES"}
    with rasterio.open(path, "w", crs="EPSG:4326", transform=Affine(1e-5, 0, 108, 0, -1e-5, 21), **profile):
        pass


def many_rows(path: Path) -> None:
    """Write GeoParquet of twenty million rows that are all the same."""
    buffer = io.BytesIO()
    LAYER.to_parquet(buffer)
    schema = parquet.read_table(buffer).schema
    column = pa.schema([("people", pa.int8())]).with_metadata(schema.metadata)
    with parquet.ParquetWriter(path, column) as out:
        for _ in range(20):
            out.write_table(pa.table({"people": pa.array([1] * 1_000_000, pa.int8())}, schema=column))


def many_features(path: Path) -> None:
    """Write a GeoPackage whose contents list two thousand million features."""
    LAYER.to_file(path)
    with sqlite3.connect(path) as book:
        book.execute("UPDATE gpkg_ogr_contents SET feature_count = 2000000000")
    book.close()


def bomb(path: Path) -> None:
    """Write a workbook whose sheet unpacks to a terabyte, as its list of contents says."""
    book = openpyxl.Workbook()
    book.active.append(["lon", "lat", "people"])
    whole = io.BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part))
        sheet = new.getinfo("xl/worksheets/sheet1.xml")
        sheet.file_size = TERABYTE


DEMAND = {
    "d.csv": (sparse(b"lon,lat,people\n110.3,20.0,5\n"), "1 TB on disk"),
    "d.geojson": (sparse(b'{"type": "FeatureCollection", "features": ['), "1 TB on disk"),
    "d.tif": (wide_raster, "1000000000000 cells"),
    "d.gpkg": (many_features, "2000000000 features"),
    "d.xlsx": (bomb, "1 TB of sheets"),
}
STREETS = {
    "s.osm": (sparse(b'<?xml version="1.0"?><osm version="0.6">'), "1 TB on disk"),
    "s.osm.gz": (sparse(b"\x1f\x8b\x08"), "1 TB on disk"),
    "s.osm.bz2": (sparse(b"BZh9"), "1 TB on disk"),
    "s.graphml": (sparse(b"<graphml>"), "1 TB on disk"),
}


@pytest.mark.parametrize("name", DEMAND)
def test_demand_that_is_too_large_is_refused(name: str, tmp_path: Path) -> None:
    """A terabyte of text, cells, features or unpacked sheets: one line with both figures."""
    write, what = DEMAND[name]
    write(tmp_path / name)
    with pytest.raises(InputError, match=rf"{re.escape(name)}: {what} would take at least .* [GT]B of memory") as said:
        sc.read_demand(tmp_path / name)
    assert re.search(r", and [\d.]+ [GM]B are free\. .*, or use a larger machine\.$", str(said.value))


@pytest.mark.parametrize("name", STREETS)
def test_streets_that_are_too_large_are_refused(name: str, tmp_path: Path) -> None:
    """Text and packed text; so is a terabyte of binary data."""
    write, what = STREETS[name]
    write(tmp_path / name)
    with pytest.raises(InputError, match=rf"{re.escape(name)}: {what} would take at least .* of memory"):
        sc.read_streets(tmp_path / name)


def test_a_binary_extract_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """A whole file that goes on for a terabyte."""
    path = write_osm(tmp_path / "s.osm.pbf", {1: (110.3, 20.0)}, [], {})
    with path.open("r+b") as file:
        file.truncate(TERABYTE)
    with pytest.raises(InputError, match=r"s\.osm\.pbf: 1 TB on disk would take at least 2 TB of memory"):
        sc.read_streets(path)


def test_what_is_left_to_the_process_counts(tmp_path: Path) -> None:
    """Under a limit of its own a process refuses twenty million rows that a large machine would read."""
    many_rows(tmp_path / "d.parquet")
    with memory_left(2 * 10**9):
        assert 10**9 < free_memory() <= 2 * 10**9
        with pytest.raises(InputError, match=r"d\.parquet: 20000000 features would take at least 8 GB of memory, and"):
            sc.read_demand(tmp_path / "d.parquet")


def test_what_fits_is_read(tmp_path: Path) -> None:
    """A hundred megabytes left are enough for two places, in any format."""
    for name in ("d.gpkg", "d.geojson", "d.fgb", "d.shp"):
        LAYER.to_file(tmp_path / name)
        with memory_left(10**8):
            assert len(sc.read_demand(tmp_path / name)) == 2


@pytest.mark.parametrize(
    ("size", "said"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2.5e10, "25 GB"), (3e16, "3e+04 TB")]
)
def test_amounts_read_well(size: float, said: str) -> None:
    """Three figures and a unit."""
    assert amount(size) == said


def test_the_line_says_what_to_do() -> None:
    """What it is, what it takes, what there is, and the advice."""
    with pytest.raises(InputError, match=r"^a\.tif: 9 cells would .* 1e\+06 TB .* free\. Resample it, or use a larger"):
        check_need("a.tif", "9 cells", 1e18, "Resample it")
