"""What cannot be used ends with the right exit code, one clear line, and nothing half written."""

# ruff: noqa: E501 - one case a line, so that they read as a table

import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest
import shapely
from affine import Affine

from tests.cities import STREETS, feature, lonlat, write_city, write_geojson, write_osm_streets, write_streets
from tests.command import Command, tree
from tests.inputs.osm_files import write_osm
from tests.spoils import (
    DRAWING,
    HTML,
    VRT,
    Spoil,
    bomb,
    book,
    cell,
    cells,
    cut,
    cut_gzip,
    cut_pbf,
    elsewhere,
    empty,
    gone,
    graph,
    header_only,
    heading,
    holds,
    layer,
    of,
    other_districts,
    place,
    query,
    raster,
    said,
    scaled,
    text,
    then,
    unlabelled,
    unlabelled_points,
    without_prj,
)  # fmt: skip

#: The columns of the centers, and its first row.
HEAD = "id,name,lon,lat\n"
FIRST = f"C1,海口厅,{lonlat((0.0, 0.0))[0]},{lonlat((0.0, 0.0))[1]}\n"


class Case(NamedTuple):
    """What is done to a good city, the exit code it must give, and what its one line must say."""

    name: str
    code: int
    says: str
    spoil: Spoil


CASES = (
    # Files that are not there, or not what they should be.
    Case("no streets", 3, r"streets\.geojson: not found .* Check the file name", gone("streets.geojson")),
    Case("no centers", 3, r"centers\.csv: not found", gone("centers.csv")),
    Case("no demand", 3, r"demand\.csv: not found", gone("demand.csv")),
    Case("no districts", 3, r"districts\.geojson: not found", gone("districts.geojson")),
    Case("no candidates", 3, r"candidates\.csv: not found", gone("candidates.csv")),
    Case("empty streets", 3, r"streets\.geojson is empty \(0 bytes\)", empty("streets.geojson")),
    Case("empty centers", 3, r"centers\.csv is empty \(0 bytes\)", empty("centers.csv")),
    Case("empty demand", 3, r"demand\.csv is empty \(0 bytes\)", empty("demand.csv")),
    Case("empty districts", 3, r"districts\.geojson is empty", empty("districts.geojson")),
    Case("blank centers", 3, r"centers\.csv", holds("centers.csv", "\n \n")),
    Case("centers: header only", 3, r"centers\.csv holds a header but no rows", header_only("centers.csv")),
    Case("demand: header only", 3, r"demand\.csv holds a header but no rows", header_only("demand.csv")),
    Case("streets: no features", 3, r"streets\.geojson holds no features", of("streets", "streets.geojson", lambda p: write_geojson(p, []))),
    Case("streets: half a GeoJSON", 3, r"streets\.geojson cannot be read as GeoJSON", holds("streets.geojson", '{"type": "FeatureCollection", "features": [{"type": "Fea')),
    Case("centers: web page", 3, r"centers\.csv is not a table", holds("centers.csv", HTML)),
    Case("centers: web page as xlsx", 3, r"c\.xlsx is not an XLSX file", of("centers", "c.xlsx", lambda p: p.write_text(HTML))),
    Case("streets: web page as pbf", 3, r"s\.osm\.pbf is not an OpenStreetMap PBF file", of("streets", "s.osm.pbf", lambda p: p.write_text(HTML))),
    Case("streets: web page as gpkg", 3, r"s\.gpkg is not a GPKG file", of("streets", "s.gpkg", lambda p: p.write_text(HTML))),
    Case("streets: cut pbf", 3, r"s\.osm\.pbf is cut off", of("streets", "s.osm.pbf", cut_pbf)),
    Case("streets: cut gzip", 3, r"s\.osm\.gz cannot be read as OpenStreetMap", of("streets", "s.osm.gz", cut_gzip)),
    Case("streets: unknown ending", 3, r"s\.dwg: unknown kind of street file\. Use one of", of("streets", "s.dwg", lambda p: p.write_text("x"))),
    Case("streets: a folder", 3, r"s\.geojson: is a folder", of("streets", "s.geojson", lambda p: p.mkdir())),
    Case("streets: a pipe", 3, r"s\.geojson: is a pipe or a device, expected a file", of("streets", "s.geojson", os.mkfifo)),
    Case("centers: a pipe", 3, r"c\.xlsx: is a pipe or a device", of("centers", "c.xlsx", os.mkfifo)),
    Case("demand: a device without end", 3, r"/dev/zero: is a pipe or a device", said('"demand.csv"', '"/dev/zero"')),
    Case("streets: points", 3, r"holds Point, expected line", of("streets", "s.geojson", lambda p: write_geojson(p, [feature({}, "Point", lonlat((0, 0)))]))),
    Case("streets: a VRT named GeoJSON", 3, r"s\.geojson is not a GeoJSON file", of("streets", "s.geojson", lambda p: p.write_text(VRT))),
    Case("districts: a VRT named GeoJSON", 3, r"d\.geojson is not a GeoJSON file", of("districts", "d.geojson", lambda p: p.write_text(VRT))),
    Case("streets: an address of the web", 3, r"expected a file on this disk", said('"streets.geojson"', '"/vsicurl/http://127.0.0.1:9/s.geojson"')),
    Case("centers: an address of the web", 3, r"key inputs\.centers\.file: expected a file on this disk", said('"centers.csv"', '"https://127.0.0.1:9/c.csv"')),
    Case("demand: raster without data", 3, r"p\.tif holds no people in the districts", of("demand", "p.tif", raster(-1.0))),
    Case("demand: raster of zeros", 3, r"p\.tif holds no people in the districts", of("demand", "p.tif", raster(0.0))),
    Case("demand: raster without CRS", 3, r"p\.tif has no CRS", of("demand", "p.tif", raster(1.0, crs=None))),
    Case("demand: negative raster", 3, r"p\.tif, cell row 0 column 0: found -5, expected people >= 0", of("demand", "p.tif", raster(-5.0))),
    Case("centers: a name too long", 3, r"cannot be opened \(File name too long\)", said('"centers.csv"', f'"{"x" * 300}.csv"')),
    Case("centers: a zero byte in the name", 3, r"key inputs\.centers\.file: .*expected one line", said('"centers.csv"', '"a\\u0000.csv"')),
    # Columns and cells.
    Case("no coordinates column", 3, r"centers\.csv lacks coordinates: it has id, name, where, lat; expected a longitude", heading("centers.csv", lon="where")),
    Case("demand: no coordinates column", 3, r"demand\.csv lacks coordinates", heading("demand.csv", lat="where")),
    Case("no people column", 3, r"demand\.csv has no column for people", heading("demand.csv", people="what")),
    Case("text in a coordinate", 3, r'centers\.csv, row 2, column lon: found "11O\.35", expected a number between -180 and 180\. Correct', cell("centers.csv", 2, "lon", "11O.35")),
    Case("coordinate out of range", 3, r'demand\.csv, row 3, column lat: found "91", expected a number between -90 and 90', cell("demand.csv", 3, "lat", "91")),
    Case("swapped centers", 3, r"Longitude and latitude look swapped \(2 rows\)", heading("centers.csv", lon="lat", lat="lon")),
    Case("swapped demand", 3, r"Longitude and latitude look swapped \(28 rows\)", heading("demand.csv", lon="lat", lat="lon")),
    Case("duplicate ids", 3, r'centers\.csv, row 3, column id: found "C1", which row 2 has too', cell("centers.csv", 3, "id", "C1")),
    Case("duplicate demand ids", 3, r'demand\.csv, row 3, column id: found "m100"', cell("demand.csv", 3, "id", "m100")),
    Case("an id is missing", 3, r"centers\.csv, row 3, column id: found nothing", cell("centers.csv", 3, "id", "")),
    Case("negative weight", 3, r'demand\.csv, row 2, column people: found "-4", expected a number of people, at least 0', cell("demand.csv", 2, "people", "-4")),
    Case("text weight", 3, r'demand\.csv, row 2, column people: found "many"', cell("demand.csv", 2, "people", "many")),
    Case("infinite weight", 3, r'demand\.csv, row 2, column people: found "inf"', cell("demand.csv", 2, "people", "inf")),
    Case("more people than one can count", 3, r'demand\.csv, row 2, column people: found "1e300", expected .* at most 1e\+12', cell("demand.csv", 2, "people", "1e300")),
    Case("a zero byte", 3, r"centers\.csv is not a text table", cell("centers.csv", 2, "name", "a\x00b")),
    Case("a quote left open", 3, r"centers\.csv is not a well-formed table", cell("centers.csv", 2, "name", '"a')),
    Case("a column twice", 3, r"centers\.csv, row 1: the column 'id' occurs twice", heading("centers.csv", name="id")),
    Case("an unknown weight column", 3, r"demand\.csv has no column 'souls'; it has id, lon, lat, people", said('"demand.csv"', '{ file = "demand.csv", weight = "souls" }')),
    Case("an unknown name column", 3, r"districts\.geojson has no column 'town'; it has id, name", said('"districts.geojson"', '{ file = "districts.geojson", name = "town" }')),
    # Places.
    Case("streets: gpkg without CRS", 3, r"s\.gpkg has no CRS\. Say which one", of("streets", "s.gpkg", unlabelled)),
    Case("centers: gpkg without CRS", 3, r"c\.gpkg has no CRS", of("centers", "c.gpkg", unlabelled_points)),
    Case("streets: shapefile without prj", 3, r"s\.shp has no CRS", of("streets", "s.shp", without_prj)),
    Case("no center near a street", 4, r"c\.csv: none of the 2 .* within 200 m of a usable street", of("centers", "c.csv", elsewhere)),
    Case("no candidate near a street", 4, r"k\.csv: none of the 2 .* within 200 m", of("candidates", "k.csv", elsewhere)),
    Case("no street can be walked", 3, r"streets\.geojson holds no street that can be walked", lambda city: write_streets(city.folder / "streets.geojson", dict.fromkeys(STREETS, "motorway"))),
    Case("only crumbs of street", 3, r"the longest connected part has 11200 m", said("speed_kmh = 4.0", "min_component_m = 50000")),
    Case("nobody lives in the districts", 3, r"demand\.csv: no place lies in any district", of("districts", "d.geojson", other_districts)),
    Case("raster outside the districts", 3, r"p\.tif does not reach the districts", lambda city: (of("districts", "d.geojson", other_districts)(city), of("demand", "p.tif", raster(1.0))(city))),
    Case("an OSM file with no such place", 3, r"s\.osm\.pbf", lambda city: (write_osm_streets(city.folder / "s.osm.pbf"), city.edit('"centers.csv"', '{ osm = "s.osm.pbf", tags = { amenity = ["theatre"] } }'))),
    Case("an OSM file without buildings", 3, r"s\.osm\.pbf holds no residential building", lambda city: (write_osm_streets(city.folder / "s.osm.pbf"), city.edit('"demand.csv"', '{ osm = "s.osm.pbf", buildings = true, total = 5 }'))),
    # Files that want more of the reader than they should get.
    Case("streets: entities that grow", 3, r"s\.osm cannot be read as OpenStreetMap data|s\.osm is not an OpenStreetMap", of("streets", "s.osm", bomb("osm"))),
    Case("streets: entities in GraphML", 3, r"s\.graphml declares a document type", of("streets", "s.graphml", bomb("graphml"))),
    Case("centers: entities in KML", 3, r"c\.kml", of("centers", "c.kml", bomb("kml"))),
    Case("streets: GDAL's own path", 3, r"s\.geojson: not found|expected a file", said('"streets.geojson"', '"/vsizip/a.zip/s.geojson"')),
    Case("centers: a database", 3, r"PG:dbname=x", said('"centers.csv"', '"PG:dbname=x"')),
    Case("streets: damaged gpkg", 3, r"s\.gpkg cannot be read as GPKG", of("streets", "s.gpkg", lambda p: p.write_bytes(b"SQLite format 3\x00" + b"\xff" * 4000))),
    Case("streets: a shapefile alone", 3, r"s\.shp", of("streets", "s.shp", lambda p: (without_prj(p), [p.with_suffix(e).unlink() for e in (".dbf", ".shx")]))),
    Case("centers: half a workbook", 3, r"c\.xlsx is not an XLSX file", of("centers", "c.xlsx", lambda p: p.write_bytes(b"PK\x03\x04" + b"\x00" * 200))),
    Case("centers: metres as degrees", 3, r'row 2, column lon: found "430000", expected a number between -180 and 180', cell("centers.csv", 2, "lon", "430000")),
    Case("centers: a decimal comma", 3, r"row 2: found 5 cells, expected 4", cell("centers.csv", 2, "lon", "110,35")),
    Case("centers: degrees and minutes", 3, r"row 2, column lon: found \"110°20'E\"", cell("centers.csv", 2, "lon", "110°20'E")),
    Case("centers: a book in a cell", 3, r'row 2, column lon: found "x+ … x+", expected a number', cell("centers.csv", 2, "lon", "x" * 100_000)),
    Case("centers: not a number", 3, r'row 2, column lat: found "nan"', cell("centers.csv", 2, "lat", "nan")),
    Case("centers: ragged row", 3, r"row 4: found 7 cells, expected 4", lambda city: holds("centers.csv", (city.folder / "centers.csv").read_text() + "C3,x,1,2,3,4,5\n")(city)),
    Case("barriers: not there", 3, r"b\.geojson: not found", said('demand = "demand.csv"', 'demand = "demand.csv"\nbarriers = "b.geojson"')),
    Case("entrances: of no center", 3, r"found \"Z9\" and no id of a center", lambda city: (holds("e.csv", "center,lon,lat\nZ9,110.32,20.03\n")(city), city.edit('demand = "demand.csv"', 'demand = "demand.csv"\nentrances = "e.csv"'))),
    Case("slope: no raster", 3, r"dem\.tif", lambda city: (holds("dem.tif", "x")(city), city.edit("speed_kmh = 4.0", 'speed_kmh = 4.0\nslope = "dem.tif"'))),
    # Tables as offices write them.
    Case("centers: UTF-16 without its mark", 3, r"c\.csv is not a text table \(it holds zero bytes\)", of("centers", "c.csv", text(HEAD + FIRST, "utf-16-le"))),
    Case("centers: bytes that are no text", 3, r"c\.csv is not text in UTF-8, UTF-16 or GB18030", of("centers", "c.csv", lambda p: p.write_bytes(HEAD.encode() + b"\xff\x80\x81,x,1,2\n"))),
    Case("centers: headings in the wrong encoding", 3, r"was 编号 before its encoding was mistaken", of("centers", "c.csv", text("编号,名称,经度,纬度\n".encode().decode("latin-1") + FIRST))),
    Case("people: thousands apart", 3, r'row 2, column people: found "1,234", expected a number', of("demand", "d.csv", text(f'id,lon,lat,people\na,{lonlat((0, 0))[0]},20.03,"1,234"\n'))),
    Case("people: full-width digits", 3, r'row 2, column people: found "１００"', cell("demand.csv", 2, "people", "１００")),
    Case("people: an underscore", 3, r'row 2, column people: found "1_000"', cell("demand.csv", 2, "people", "1_000")),
    Case("people: not a number", 3, r'row 2, column people: found "NaN"', cell("demand.csv", 2, "people", "NaN")),
    Case("people: below zero, in a layer", 3, r'd\.gpkg, row 1, column people: found "-3"', of("demand", "d.gpkg", layer([place(0)], people=[-3]))),
    Case("people: words, in a layer", 3, r'd\.gpkg, row 1, column people: found "many"', of("demand", "d.gpkg", layer([place(0)], people=["many"]))),
    Case("centers: full-width digits", 3, r'row 2, column lon: found "１１０.３２"', cell("centers.csv", 2, "lon", "１１０.３２")),
    Case("centers: infinity", 3, r'row 2, column lon: found "inf"', cell("centers.csv", 2, "lon", "inf")),
    Case("centers: a decimal comma between semicolons", 3, r'row 2, column lon: found "110,32"', of("centers", "c.csv", text("id;name;lon;lat\nC1;a;110,32;20,03\n"))),
    Case("centers: every place at 0, 0", 3, r"c\.csv: every place stands at longitude 0, latitude 0", of("centers", "c.csv", text(HEAD + "C1,a,0,0\nC2,b,0.0,0\n"))),
    Case("centers: a title over the headings", 3, r'row 1: found only "List", expected the column names', of("centers", "c.xlsx", book(lambda _, s: (s.insert_rows(1), s.cell(1, 1, "List"), s.merge_cells("A1:D1"))))),
    Case("centers: formulas without results", 3, r"no row has both coordinates.*its formulas have no results yet", of("centers", "c.xlsx", book(lambda _, s: (s.cell(2, 3, "=110+1"), s.cell(3, 3, "=110+2"))))),
    Case("centers: an error of the spreadsheet", 3, r'row 2, column lon: found "#N/A"', of("centers", "c.xlsx", book(lambda _, s: s.cell(2, 3, "#N/A")))),
    Case("centers: a cut workbook", 3, r"c\.xlsx is not an XLSX file", of("centers", "c.xlsx", then(book(lambda *_: None), cut(-300)))),
    Case("centers: a workbook with a password", 3, r"c\.xlsx is an old workbook \(\.xls\) or locked by a password", of("centers", "c.xlsx", lambda p: p.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 2000))),
    Case("centers: an old workbook", 3, r"c\.xls: unknown kind of file\. Open it, save it as \.xlsx", of("centers", "c.xls", lambda p: p.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1")))),
    Case("centers: a stray cell beyond the headings", 3, r"c\.xlsx, row 9: found 12 cells, expected 4 as in the header\. Empty the others", of("centers", "c.xlsx", book(lambda _, s: s.cell(9, 12, "x")))),
    Case("centers: more columns than a layer holds", 3, r"c\.csv has 1004 columns, expected at most 1000", of("centers", "c.csv", text("id,name,lon,lat" + "".join(f",k{n}" for n in range(1000)) + "\n" + FIRST))),
    Case("centers: a cell without end", 3, r"c\.csv is not a well-formed table \(field larger", of("centers", "c.csv", text(HEAD + FIRST.replace("海口厅", "x" * 200_000)))),
    Case("centers: Chinese commas between the cells", 3, r"c\.csv lacks coordinates: it has id，name，lon，lat", of("centers", "c.csv", text((HEAD + FIRST).replace(",", "，")))),
    Case("centers: two ids but for a space", 3, r'row 3, column id: found "C1", which row 2 has too', of("centers", "c.csv", text(HEAD + FIRST + FIRST.replace("C1", " C1 ").replace("厅", "站")))),
    # Layers as they come.
    Case("centers: lines", 3, r"c\.gpkg holds LineString, expected point or polygon features", of("centers", "c.gpkg", layer([shapely.LineString([lonlat((0, 0)), lonlat((9, 9))])], name=["a"]))),
    Case("centers: no geometry at all", 3, r"c\.gpkg holds no geometry, expected point or polygon", of("centers", "c.gpkg", layer([None], name=["a"]))),
    Case("centers: the zone next door", 4, r"c\.gpkg: none of the 1 centers is within 200 m of a usable street", of("centers", "c.gpkg", layer([shapely.Point(430_000, 2_214_900)], 32650, name=["a"]))),
    Case("centers: metres that say they are degrees", 3, r"they look like metres", of("centers", "c.geojson", layer([shapely.Point(430_000, 2_214_900)], name=["a"]))),
    Case("centers: a query without end", 3, r"c\.gpkg: 'shown' is a query \(view\), expected a layer", of("centers", "c.gpkg", then(layer([place(0)], name=["a"]), query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS fid, (SELECT geom FROM c) AS geom, 'x' AS name FROM n")))),
    Case("centers: a zip named gpkg", 3, r"c\.gpkg is not a GPKG file", of("centers", "c.gpkg", lambda p: p.write_bytes(b"PK\x03\x04" + b"\x00" * 200))),
    Case("centers: a zip", 3, r"c\.zip: unknown kind of file", of("centers", "c.zip", lambda p: p.write_bytes(b"PK\x03\x04" + b"\x00" * 200))),
    Case("centers: features that are none", 3, r"c\.geojson holds no features", of("centers", "c.geojson", text('{"type": "FeatureCollection", "features": [null, null]}'))),
    Case("centers: brackets in brackets", 3, r"c\.geojson cannot be read as GeoJSON \(", of("centers", "c.geojson", text('{"type": "FeatureCollection", "features": ' + "[" * 9000 + "]" * 9000 + "}"))),
    # Old versions of GDAL take it for Esri's and then fail, new ones do not take it.
    Case("centers: Esri's JSON", 3, r"c\.json (is not a GeoJSON file|cannot be read as GeoJSON)", of("centers", "c.json", text('{"geometryType": "esriGeometryPoint", "features": []}'))),
    Case("centers: another place's CRS", 3, r"around longitude 0\.00, latitude 0\.00", of("centers", "c.gpkg", layer([place(0)], 3857, name=["a"]))),
    Case("centers: a shapefile without its index", 3, r"c\.shp cannot be read as ESRI Shapefile \(Unable to open", of("centers", "c.shp", then(layer([place(0)], name=["a"]), lambda p: p.with_suffix(".shx").unlink()))),
    Case("streets: a cut gpkg", 3, r"s\.gpkg cannot be read as GPKG", of("streets", "s.gpkg", then(layer([shapely.LineString([lonlat((0, 0)), lonlat((900, 0))])], highway=["path"]), cut(40_000)))),
    Case("streets: a pbf with damaged blocks", 3, r"s\.osm\.pbf cannot be read as OpenStreetMap data", of("streets", "s.osm.pbf", then(write_osm_streets, lambda p: p.write_bytes(p.read_bytes()[:200] + b"\xff" * 50 + p.read_bytes()[250:])))),
    Case("streets: lines of no length", 3, r"s\.geojson holds no street that can be walked", of("streets", "s.geojson", lambda p: write_geojson(p, [feature({}, "LineString", [lonlat((0, 0)), lonlat((0, 0))])]))),
    Case("streets: corners that are no numbers", 3, r"s\.geojson holds LineString without coordinates that can be used", of("streets", "s.geojson", text('{"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": [[NaN, 20], [110.33, 20.03]]}}'))),
    Case("streets: a graph with a node nowhere", 3, r"s\.graphml, node n2: expected x and y as numbers", of("streets", "s.graphml", graph(n2="nan"))),
    Case("streets: a graph with a node of words", 3, r"s\.graphml, node n2: expected x and y as numbers", of("streets", "s.graphml", graph(n2="here"))),
    Case("streets: an extract of nodes alone", 3, r"s\.osm\.pbf holds no streets", of("streets", "s.osm.pbf", lambda p: write_osm(p, {1: lonlat((0, 0))}, []))),
    Case("streets: new in an editor", 3, r"s\.osm: streets stand on nodes with ids below 0.* as GeoJSON", of("streets", "s.osm", lambda p: write_osm(p, {-1: lonlat((0, 0)), -2: lonlat((900, 0))}, [(-3, [-1, -2], {"highway": "path"})]))),
    Case("demand: raster of the wrong zone", 3, r"p\.tif does not reach the districts", of("demand", "p.tif", raster(5.0, crs="EPSG:32649"))),
    Case("demand: two impossible numbers", 3, r"p\.tif, cell row 0 column 2: found 4e\+09, expected at most 1e\+09 people", of("demand", "p.tif", cells({(0, 2): 4e9, (0, 3): 2e10}))),
    Case("demand: a raster of a drawing", 3, r"p\.tif is in 'drawing', which does not say where on earth", of("demand", "p.tif", raster(5.0, crs=DRAWING))),
    Case("demand: a raster without its place", 3, r"p\.tif does not say where its cells lie", of("demand", "p.tif", raster(5.0, step=Affine(1, 0, 0, 0, 1e-300, 0)))),
    Case("demand: a raster of complex numbers", 3, r"p\.tif, band 1: found complex numbers", of("demand", "p.tif", raster(5 + 3j, dtype="complex64"))),
    Case("streets: in the CRS of a drawing", 3, r"s\.gpkg is in '.*', which does not say where on earth", of("streets", "s.gpkg", layer([shapely.LineString([(0, 0), (900, 0)])], DRAWING, highway=["path"]))),
    Case("centers: on the moon", 3, r"c\.gpkg is in .* does not say where on earth", of("centers", "c.gpkg", layer([place(0)], "IAU_2015:30100", name=["a"]))),
    Case("demand: a raster with a scale of nothing", 3, r"p\.tif, band 1: found the scale 0 and the offset 0, expected a scale above 0", of("demand", "p.tif", then(raster(5.0), scaled(0.0)))),
    # The study file.
    Case("no study file", 3, r"study\.toml: not found\. Write one with: servicecircle init study\.toml", gone("study.toml")),
    Case("study file: a folder", 3, r"study\.toml: is a folder, expected a study file", lambda city: (city.study.unlink(), city.study.mkdir())),
    Case("study file: a pipe", 3, r"study\.toml: is a pipe or a device", lambda city: (city.study.unlink(), os.mkfifo(city.study))),
    Case("study file: not UTF-8", 3, r"study\.toml: not UTF-8 text\. Save it as UTF-8", lambda city: city.study.write_bytes('name = "海口"'.encode("gb18030"))),
    Case("study file: empty", 3, r"study\.toml, key name: missing", empty("study.toml")),
    Case("study file: no TOML", 3, r"study\.toml: .*\(at line 4, column \d+\)", said('streets = "streets.geojson"', "streets = streets.geojson")),
    Case("study file: a path from Windows", 3, r"study\.toml: .*\(at line 5, .*\)\. Write / in place of \\ in the path", said('"centers.csv"', '"C:\\Users\\me\\centers.csv"')),
    Case("unknown key", 3, r"key walk\.speed: unknown key\. Did you mean 'speed_kmh'\?", said("speed_kmh", "speed")),
    Case("misspelt layer", 3, r"key inputs\.center: unknown key\. Did you mean 'centers'\?", said('centers = "', 'center = "')),
    Case("misspelt table", 3, r"key ouput: unknown key\. Did you mean 'output'\?", said("[output]", "[ouput]")),
    Case("unlike any key", 3, r"key walk\.zzz: unknown key\. Known keys: minutes, .*speed_kmh", said("speed_kmh", "zzz")),
    Case("unknown key of a layer", 3, r"key inputs\.centers\.dantum: unknown key\. Did you mean 'datum'\?", said('"centers.csv"', '{ file = "centers.csv", dantum = "gcj02" }')),
    Case("a layer is missing", 3, r"key inputs\.demand: missing", said('demand = "demand.csv"', "")),
    Case("a tag without brackets", 3, r"tags\.amenity.*: found 'library', expected a list in brackets, such as \['library'\]", said('"centers.csv"', '{ osm = "s.osm.pbf", tags = { amenity = "library" } }')),
    Case("unknown datum", 3, r"key inputs\.centers\.datum: found 'mars', expected one of wgs84", said('"centers.csv"', '{ file = "centers.csv", datum = "mars" }')),
    Case("minutes descend", 3, r"expected minutes in ascending order", said("[5, 10, 15]", "[15, 10, 5]")),
    Case("minutes: zero", 3, r"key walk\.minutes\.0: found 0, ", said("[5, 10, 15]", "[0, 15]")),
    Case("minutes: a single number", 3, r"key walk\.minutes: found 15, expected a list in brackets, such as \[15\]\. Correct", said("[5, 10, 15]", "15")),
    Case("speed with its unit", 3, r"key walk\.speed_kmh: found '4 km/h', expected a number without its unit", said("speed_kmh = 4.0", 'speed_kmh = "4 km/h"')),
    Case("minutes: more than four hours", 3, r"key walk\.minutes\.0: found 1000000000\.0, expected less than or equal to 240", said("[5, 10, 15]", "[1e9]")),
    Case("speed of a car", 3, r"key walk\.speed_kmh: found 99, expected less than or equal to 20", said("speed_kmh = 4.0", "speed_kmh = 99")),
    Case("a share in percent", 3, r"key sites\.target_share: found 95, expected less than or equal to 1", said("count = 2", "target_share = 95")),
    Case("fewer than no site", 3, r"key sites\.count: found -1, expected greater than or equal to 0", said("count = 2", "count = -1")),
    Case("a reach of nothing", 3, r"key walk\.max_snap_m: found 0, expected greater than 0", said("speed_kmh = 4.0", "max_snap_m = 0")),
    Case("minutes: none", 3, r"key walk\.minutes: found \[\], expected at least one value", said("[5, 10, 15]", "[]")),
    Case("minutes: text", 3, r"key walk\.minutes", said("[5, 10, 15]", '"15"')),
    Case("minutes: not a number", 3, r"key walk\.minutes\.0: found nan", said("[5, 10, 15]", "[nan]")),
    Case("negative speed", 3, r"key walk\.speed_kmh: found -4\.0, expected greater than or equal to 0\.1", said("speed_kmh = 4.0", "speed_kmh = -4.0")),
    Case("infinite speed", 3, r"key walk\.speed_kmh: found inf", said("speed_kmh = 4.0", "speed_kmh = inf")),
    Case("count in words", 3, r"key sites\.count: found 'ten', expected .*integer", said("count = 2", 'count = "ten"')),
    Case("count: true", 3, r"key sites\.count: found True, expected a whole number", said("count = 2", "count = true")),
    Case("minutes: true", 3, r"key walk\.minutes\.0: found True, expected a number", said("[5, 10, 15]", "[true]")),
    Case("minutes: a thousand", 3, r"key walk\.minutes: found \[0\.2, .*expected at most 60 values", said("[5, 10, 15]", str([at / 5 for at in range(1, 1001)]))),
    Case("a speed that nobody walks", 3, r"key walk\.speed_kmh: found 1e-300, expected greater than or equal to 0\.1", said("speed_kmh = 4.0", "speed_kmh = 1e-300")),
    Case("sites: a list", 3, r"key sites: found \[\{'count': 2\}\], expected keys with their values", said("[sites]", "[[sites]]")),
    Case("study file: brackets in brackets", 3, r"study\.toml: no study file \(.*recursion", said('name = "Two Towns"', f'name = {"[" * 5000}')),
    Case("study file: a number of ten thousand digits", 3, r"study\.toml: no study file \(.*digits", said("count = 2", f"count = {'9' * 10_000}")),
    Case("study file: a key twice", 3, r"study\.toml: Cannot overwrite a value \(at line", said("count = 2", "count = 2\ncount = 3")),
    Case("study file: UTF-16", 3, r"study\.toml: not UTF-8 text", lambda city: city.study.write_bytes(city.study.read_text().encode("utf-16"))),
    Case("half a site", 3, r"key sites\.count: found 2\.5", said("count = 2", "count = 2.5")),
    Case("unknown language", 3, r"key output\.language: found 'fr', expected 'zh' or 'en'", said('language = "en"', 'language = "fr"')),
    Case("no name", 3, r"key name: found ''", said('name = "Two Towns"', 'name = ""')),
    Case("a name that moves the cursor", 3, r"key name: found .*expected one line without control characters", said("Two Towns", "a\\u001b[2Jb")),
    Case("a name that turns the writing around", 3, r"key name: found 'a\\u202eb', expected one line", said("Two Towns", "a\\u202eb")),
    Case("a name without end", 3, r"key name: found '服.*, string should have at most 200 characters", said("Two Towns", "服" * 300)),
    # Outputs.
    Case("output folder: a name too long", 5, r"cannot be the output folder \(File name too long\)", said('folder = "out"', f'folder = "{"x" * 300}"')),
    Case("output folder is a file", 5, r"out: cannot be the output folder \(.*out is a file\)", lambda city: city.out.write_text("notes")),
    Case("output folder below a file", 5, r"cannot be the output folder \(.*demand\.csv is a file\)", said('folder = "out"', 'folder = "demand.csv/out"')),
    Case("an output that is an input", 5, r"layers\.gpkg: is an input, and would be lost", lambda city: (of("centers", "layers.gpkg", layer([place(0)], name=["a"]))(city), city.edit('folder = "out"', 'folder = "."'))),
    Case("an output that is an input by another name", 5, r"out/issues\.csv: is an input", lambda city: (city.out.mkdir(), os.link(city.folder / "centers.csv", city.out / "issues.csv"))),
    Case("a folder where a file goes", 5, r"report\.html: found a folder, expected a file", lambda city: (city.out / "report.html").mkdir(parents=True)),
)  # fmt: skip


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command line inside this process."""
    return Command(capfd, monkeypatch)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_wrong_input_ends_with_one_clear_line(case: Case, tmp_path: Path, command: Command) -> None:
    """The exit code names the kind of error, stderr holds one line that says what to do, no file changes."""
    city = write_city(tmp_path / "city")
    case.spoil(city)
    before = tree(city.folder)
    ended = command("run", city.study)
    lines = ended.err.splitlines()
    assert (ended.code, len(lines), ended.out) == (case.code, 1, ""), ended
    assert lines[0].startswith("servicecircle: ")
    assert re.search(case.says, lines[0]), lines[0]
    assert "Traceback" not in lines[0]
    assert len(lines[0]) < 1100
    assert tree(city.folder) == before


def test_good_old_results_stay_when_a_later_run_fails(tmp_path: Path, command: Command) -> None:
    """Whatever goes wrong afterwards, the eight files of the last good run stay byte for byte."""
    city = write_city(tmp_path / "city")
    assert command("run", city.study).code == 0
    good, study = tree(city.out), city.study.read_text(encoding="utf-8")
    assert len(good) == 8
    spoils = (said("speed_kmh", "speed"), of("centers", "c.csv", elsewhere), cell("demand.csv", 2, "people", "-4"))
    for spoil, code in zip(spoils, (3, 4, 3), strict=True):
        spoil(city)
        assert command("run", city.study).code == code
        assert tree(city.out) == good
        city.study.write_text(study, encoding="utf-8")
    (city.out / "map.html").unlink()
    (city.out / "map.html").mkdir()
    write_city(city.folder)
    assert command("run", city.study).code == 5
    del good["map.html"]
    assert tree(city.out) == good


def test_check_and_single_outputs_refuse_the_same_inputs(tmp_path: Path, command: Command) -> None:
    """``check``, ``map`` and ``report`` say the same line as ``run``; only the list of what to correct is written."""
    city = write_city(tmp_path / "city")
    cell("centers.csv", 2, "lon", "11O.35")(city)
    before = tree(city.folder)
    lines = {command(*words, city.study).err for words in (("run",), ("check",), ("map",), ("report",))}
    assert len(lines) == 1
    assert "row 2, column lon" in lines.pop()
    after = tree(city.folder)
    assert after.pop("issues.xlsx")
    assert after == before
