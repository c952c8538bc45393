"""Ways to spoil the files of the small city."""

import contextlib
import gzip
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import rasterio
import shapely
from affine import Affine

from tests.cities import (
    CENTERS,
    DISTRICTS,
    STREETS,
    City,
    corners,
    feature,
    lonlat,
    write_geojson,
    write_osm_streets,
    write_places,
)

Spoil = Callable[[City], object]

HTML = "<!DOCTYPE html><html><body>404 Not Found</body></html>"


def gone(file: str) -> Spoil:
    """Delete a file."""
    return lambda city: (city.folder / file).unlink()


def empty(file: str) -> Spoil:
    """Leave a file of 0 bytes."""
    return lambda city: (city.folder / file).write_bytes(b"")


def holds(file: str, text: str) -> Spoil:
    """Write another text into a file."""
    return lambda city: (city.folder / file).write_text(text, encoding="utf-8")


def header_only(file: str) -> Spoil:
    """Keep the first line of a table."""

    def cut(city: City) -> None:
        path = city.folder / file
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")

    return cut


def cell(file: str, row: int, column: str, value: str) -> Spoil:
    """Write a value into one cell; rows as a person counts them, the header being 1."""

    def write(city: City) -> None:
        path = city.folder / file
        lines = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
        lines[row - 1][lines[0].index(column)] = value
        path.write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")

    return write


def heading(file: str, **names: str) -> Spoil:
    """Rename columns of a table."""

    def rename(city: City) -> None:
        path = city.folder / file
        first, rest = path.read_text(encoding="utf-8").split("\n", 1)
        path.write_text(",".join(names.get(n, n) for n in first.strip().split(",")) + "\n" + rest, encoding="utf-8")

    return rename


def said(old: str, new: str) -> Spoil:
    """Change the study file."""
    return lambda city: city.edit(old, new)


def of(layer: str, name: str, write: Callable[[Path], object]) -> Spoil:
    """Let the study take a layer from another file, written by `write`."""

    def change(city: City) -> None:
        write(city.folder / name)
        study = city.study.read_text(encoding="utf-8")
        city.study.write_text(re.sub(rf'{layer} = "[^"]+"', f'{layer} = "{name}"', study), encoding="utf-8")

    return change


def cut_pbf(path: Path) -> None:
    """Write the streets as PBF without their last 40 bytes."""
    write_osm_streets(path)
    path.write_bytes(path.read_bytes()[:-40])


def cut_gzip(path: Path) -> None:
    """Write the streets as gzipped XML that ends in the middle."""
    plain = write_osm_streets(path.with_suffix("")).read_bytes()
    path.write_bytes(gzip.compress(plain)[:-200])


def elsewhere(path: Path) -> None:
    """Write centers 300 km away."""
    write_places(path, {key: (name, (x + 300_000, y)) for key, (name, (x, y)) in CENTERS.items()})


def other_districts(path: Path) -> None:
    """Write districts 50 km away."""
    rows = [
        feature({"name": name}, "Polygon", [[lonlat((x + 50_000, y)) for x, y in corners(box)]])
        for name, box in DISTRICTS.values()
    ]
    write_geojson(path, rows)


def unlabelled(path: Path) -> None:
    """Write streets as a layer without CRS."""
    lines = [shapely.LineString([lonlat(a) for a in line]) for _, line in STREETS.values()]
    table = gpd.GeoDataFrame({"highway": "path"}, geometry=lines, index=range(len(lines)))
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        table.to_file(path)


def unlabelled_points(path: Path) -> None:
    """Write centers as a layer without CRS."""
    places = [shapely.Point(lonlat(at)) for _, at in CENTERS.values()]
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        gpd.GeoDataFrame({"name": list(CENTERS)}, geometry=places).to_file(path)


def without_prj(path: Path) -> None:
    """Write streets as a shapefile whose .prj was lost."""
    lines = [shapely.LineString([lonlat(a) for a in line]) for _, line in STREETS.values()]
    gpd.GeoDataFrame({"highway": "path"}, geometry=lines, index=range(len(lines)), crs=4326).to_file(path)
    path.with_suffix(".prj").unlink()


#: The CRS of a drawing: metres from some corner.
DRAWING = 'LOCAL_CS["drawing",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]'


def raster(
    value: complex, *, crs: str | None = "EPSG:4326", dtype: str = "float32", step: Affine | None = None
) -> Callable[[Path], object]:
    """Write a population grid that holds one value everywhere; -1 is its mark for no data."""

    def write(path: Path) -> None:
        west, north = lonlat((-300.0, 700.0))
        place = Affine(0.003, 0.0, west, 0.0, -0.002, north) if step is None else step
        profile = {"driver": "GTiff", "width": 20, "height": 10, "count": 1, "dtype": dtype, "nodata": -1.0}
        with rasterio.open(path, "w", crs=crs, transform=place, **profile) as grid:
            grid.write(np.full((10, 20), value, dtype=dtype), 1)

    return write


def query(sql: str) -> Callable[[Path], object]:
    """Let the only layer of a GeoPackage be a query."""

    def change(path: Path) -> None:
        with contextlib.closing(sqlite3.connect(path)) as base, base:
            base.execute("DROP TABLE IF EXISTS gpkg_ogr_contents")
            base.execute(f"CREATE VIEW shown AS {sql}")
            base.execute("UPDATE gpkg_contents SET table_name = 'shown', identifier = 'shown'")
            base.execute("UPDATE gpkg_geometry_columns SET table_name = 'shown'")

    return change


def scaled(scale: float) -> Callable[[Path], object]:
    """Declare a scale in a population grid."""

    def declare(path: Path) -> None:
        with rasterio.open(path, "r+") as grid:
            grid.scales = (scale,)

    return declare


_SOURCE = "<SrcDataSource>/etc/passwd</SrcDataSource>"
VRT = f'<OGRVRTDataSource><OGRVRTLayer name="x">{_SOURCE}</OGRVRTLayer></OGRVRTDataSource>'


def bomb(root: str) -> Callable[[Path], object]:
    """Write XML of ten entities, each ten times the one before it, and one that would open another file."""
    grow = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    prolog = f'<!DOCTYPE x [<!ENTITY a0 "ha"><!ENTITY f SYSTEM "file:///etc/hostname">{grow}]>'
    return lambda path: path.write_text(f'<?xml version="1.0"?>{prolog}<{root}><node>&a9;&f;</node></{root}>')


def text(content: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    """Write a text."""
    return lambda path: path.write_bytes(content.encode(encoding))


def book(edit: Callable[[openpyxl.Workbook, Any], object]) -> Callable[[Path], object]:
    """Write two centers beside main street as a workbook, edited before it is saved: rows 2 and 3, columns A to D."""

    def write(path: Path) -> None:
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        sheet.append(["id", "name", "lon", "lat"])
        for key, name, x in (("C1", "West Hall", 0.0), ("C3", "Mill Post", 1000.0)):
            sheet.append([key, name, *lonlat((x, 0.0))])
        edit(workbook, sheet)
        workbook.save(path)

    return write


def layer(shapes: list[Any], crs: int | str = 4326, **columns: list[Any]) -> Callable[[Path], object]:
    """Write a layer."""
    return lambda path: gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_file(path)


def then(write: Callable[[Path], object], spoil: Callable[[Path], object]) -> Callable[[Path], object]:
    """Write a file, and spoil it afterwards."""
    return lambda path: (write(path), spoil(path))


def cut(keep: int) -> Callable[[Path], object]:
    """Keep the first bytes of a file; of a negative number, all but the last."""
    return lambda path: path.write_bytes(path.read_bytes()[:keep])


def graph(**nodes: str) -> Callable[[Path], object]:
    """Write main street as GraphML; `nodes` are other values of x of a node."""
    x = {f"n{at}": str(lonlat((at * 1000.0, 0.0))[0]) for at in range(6)} | nodes
    y = lonlat((0.0, 0.0))[1]
    keys = "".join(f'<key id="{k}" for="node" attr.name="{k}" attr.type="string"/>' for k in "xy")
    keys += '<key id="crs" for="graph" attr.name="crs" attr.type="string"/>'
    points = "".join(f'<node id="{n}"><data key="x">{at}</data><data key="y">{y}</data></node>' for n, at in x.items())
    edges = "".join(f'<edge source="n{at}" target="n{at + 1}"/>' for at in range(5))
    body = f'{keys}<graph edgedefault="directed"><data key="crs">epsg:4326</data>{points}{edges}</graph>'
    return text(f'<?xml version="1.0"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns">{body}</graphml>')


def cells(values: dict[tuple[int, int], float], *, dtype: str = "float32") -> Callable[[Path], object]:
    """Write a population grid of 5 people in each of 10 x 20 cells, but for some."""

    def write(path: Path) -> None:
        raster(5.0)(path)
        with rasterio.open(path) as grid:
            people, profile = grid.read(1).astype(dtype), grid.profile
        for at, value in values.items():
            people[at] = value
        with rasterio.open(path, "w", **profile | {"dtype": dtype, "nodata": None}) as grid:
            grid.write(people, 1)

    return write


def boxes(*sides: tuple[str, tuple[float, float, float, float]]) -> Callable[[Path], object]:
    """Write districts from names and boxes."""
    rows = [feature({"name": name}, "Polygon", [[lonlat(a) for a in corners(box)]]) for name, box in sides]
    return lambda path: write_geojson(path, rows)


def place(x: float, y: float = 0.0) -> shapely.Point:
    """Return a place of the city, in degrees."""
    return shapely.Point(lonlat((x, y)))
