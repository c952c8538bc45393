"""Centers and candidates from tables, vector files and OpenStreetMap."""

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely
from pyproj import Transformer

from servicecircle.errors import CRSError, DataSourceError, InputError, SchemaError
from servicecircle.inputs.datum import from_wgs84
from servicecircle.inputs.edits import edited_sheet
from servicecircle.inputs.issues import RowIssue
from servicecircle.inputs.places import read_candidates, read_centers
from tests.inputs.osm_files import write_osm

CHINESE = """编号,名称,经度,纬度,级别,类型,面积(m²),备注
007,府城党群服务中心,110.35,20.01,镇街,社区,120,NA
NA,NA,110.36,20.02,村,村庄,,=1+1
"""


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a table called centers.csv."""
    path = folder / "centers.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_chinese_table_in_any_encoding(tmp_path: Path, encoding: str, separator: str) -> None:
    """Chinese headings are understood, ids and names stay text, other columns stay as they are."""
    centers = read_centers(table(tmp_path, CHINESE.replace(",", separator), encoding), issues=[])
    assert centers.index.tolist() == ["007", "NA"]
    assert centers["name"].tolist() == ["府城党群服务中心", "NA"]
    assert centers["tier"].tolist() == ["镇街", "村"]
    assert centers["area_m2"].tolist() == pytest.approx([120, np.nan], nan_ok=True)
    assert centers["备注"].tolist() == ["NA", "=1+1"]
    assert centers.crs.to_epsg() == 32649
    place = shapely.get_coordinates(centers.to_crs(4326).geometry.to_numpy())
    assert place == pytest.approx(np.array([[110.35, 20.01], [110.36, 20.02]]))


def test_headings_copied_from_a_page(tmp_path: Path) -> None:
    """Marks of direction and of no width, which nobody sees, do not make another heading."""
    text = CHINESE.replace("编号", "\u200b编号").replace("经度", "经\u200d度").replace("纬度", "\u202a纬度\u202c")
    assert read_centers(table(tmp_path, text), issues=[]).index.tolist() == ["007", "NA"]


@pytest.mark.parametrize("lon_lat", [(-30.05, -51.2), (110.35, 20.01)])
def test_a_table_far_from_the_streets_is_refused_by_name(tmp_path: Path, lon_lat: tuple[float, float]) -> None:
    """Axes swapped within their range, or another city: the message names the file and where its places lie."""
    lon, lat = lon_lat
    path = table(tmp_path, f"name,lon,lat\na,{lon},{lat}\n")
    with pytest.raises(CRSError, match=rf"centers\.csv lies around longitude {lon}0?, latitude {lat}0?,.*swapped"):
        read_centers(path, crs="EPSG:32722")


@pytest.mark.parametrize("lon_lat", [(28.1, -15.45), (116.39, 39.91)])
def test_one_place_of_another_part_of_the_world_is_named(tmp_path: Path, lon_lat: tuple[float, float]) -> None:
    """Axes swapped in one row, or one of another city: that row is named, not the middle between it and the city."""
    lon, lat = lon_lat
    rows = "".join(f"G{at},a,-15.4{at},28.1{at}\n" for at in range(1, 6))
    path = table(tmp_path, f"id,name,lon,lat\n{rows}X7,b,{lon},{lat}\n")
    with pytest.raises(CRSError, match=rf'"X7" around longitude {lon}0?, latitude {lat}, .*swapped'):
        read_centers(path, crs="EPSG:32628")


def test_a_title_above_the_headings_is_named(tmp_path: Path) -> None:
    """A sheet that begins with its title, as many printed ones do, says what to delete."""
    book = openpyxl.Workbook()
    for row in (["便民服务中心一览表"], ["编号", "名称", "经度", "纬度"], ["1", "甲", 110.35, 20.01]):
        book.active.append(row)
    book.save(tmp_path / "centers.xlsx")
    with pytest.raises(InputError, match=r'row 1: found only "便民服务中心一览表", expected the column names'):
        read_centers(tmp_path / "centers.xlsx")


@pytest.mark.parametrize("ending", ["xls", "et", "ods"])
def test_other_spreadsheets_say_how_to_save_them(tmp_path: Path, ending: str) -> None:
    """A sheet of another program is no dead end: the message names the format to save it in."""
    path = tmp_path / f"centers.{ending}"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") * 64)
    with pytest.raises(DataSourceError, match=r"centers\.\w+: unknown kind of file\. Open it, save it as \.xlsx"):
        read_centers(path)


def test_a_file_beside_you_is_named_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is told only where it is not the one at hand."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataSourceError, match=r"^a\.csv: not found\. Check"):
        read_centers("a.csv")
    with pytest.raises(DataSourceError, match=r"^a\.csv: not found \(.*b.a\.csv\)\. Check"):
        read_centers(Path("b") / "a.csv")


def test_a_spreadsheet_is_read_by_its_first_visible_sheet(tmp_path: Path) -> None:
    """Hidden sheets are passed over, numbers as ids have no decimal point, further sheets are reported."""
    book = openpyxl.Workbook()
    hidden = book.active
    hidden.title, hidden.sheet_state = "old", "hidden"
    sheet = book.create_sheet("centers")
    for row in (
        ["ID", "Name", "Longitude", "Latitude"],
        [7, "A", 110.35, 20.01],
        [None] * 4,
        ["008", "B", "110.36", 20],
    ):
        sheet.append(row)
    book.create_sheet("notes")
    book.save(tmp_path / "centers.xlsx")
    issues: list[RowIssue] = []
    centers = read_centers(tmp_path / "centers.xlsx", issues=issues)
    assert centers.index.tolist() == ["7", "008"]
    assert [(i.problem, i.value) for i in issues] == [("several_sheets", "centers, notes")]


def workbook(path: Path, rows: list[list[object]], merged: str = "") -> Path:
    """Write a workbook, some of its cells merged."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    book.save(path)
    return path


def test_merged_cells_count_for_each_of_their_rows(tmp_path: Path) -> None:
    """A tier that three rows share, and a blank row that stays blank; a cell filled in below keeps its value."""
    rows: list[list[object]] = [["name", "tier", "lon", "lat"], ["a", "镇街", 110.3, 20.0], ["b", None, 110.31, 20.0]]
    rows += [[None] * 4, ["c", None, 110.32, 20.0], ["d", "区", 110.33, 20.0]]
    issues: list[RowIssue] = []
    path = workbook(tmp_path / "c.xlsx", rows, "B2:B6")
    centers = read_centers(path, issues=issues)
    assert centers["tier"].tolist() == ["镇街", "镇街", "镇街", "镇街"]
    assert [(i.row, i.column, i.value, i.problem) for i in issues] == [(2, "tier", "2 - 6", "merged_cells")]
    book = path.read_bytes()
    kept = edited_sheet(book, {(3, 1): "村"}, file="c.xlsx")
    path.write_bytes(kept)
    assert read_centers(path, issues=[])["tier"].tolist() == ["镇街", "村", "镇街", "镇街"]


def test_a_formula_counts_by_its_result_or_is_told(tmp_path: Path) -> None:
    """A program that writes formulas leaves their results to the spreadsheet."""
    rows: list[list[object]] = [["name", "lon", "lat"], ["a", 110.3, 20.0], ["b", "=110+1", 20.0], ["=1+1", 110.32, 20]]
    issues: list[RowIssue] = []
    path = workbook(tmp_path / "c.xlsx", rows)
    assert read_centers(path, issues=issues)["name"].tolist() == ["a", "2"]
    assert [(i.row, i.column, i.value, i.problem) for i in issues] == [
        (3, "lon", "=110+1", "formula_without_result"),
        (4, "name", "=1+1", "formula_without_result"),
        (3, "lon", "", "missing_coordinate"),
    ]
    content = path.read_bytes()
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"<f>110+1</f><v></v>", b"<f>110+1</f><v>110.31</v>")
    with zipfile.ZipFile(path, "w") as new:
        for name, part in parts.items():
            new.writestr(name, part)
    assert path.read_bytes() != content
    assert read_centers(path, crs=32649, issues=[]).to_crs(4326).geometry.x.tolist()[1] == pytest.approx(110.31)


def test_a_sheet_larger_than_it_says_is_read_to_its_end(tmp_path: Path) -> None:
    """Some programs write that the sheet ends at A1."""
    path = workbook(tmp_path / "c.xlsx", [["name", "lon", "lat"], ["a", 110.3, 20.0]])
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name).replace(b'ref="A1:C2"', b'ref="A1"') for name in old.namelist()}
    with zipfile.ZipFile(path, "w") as new:
        for name, part in parts.items():
            new.writestr(name, part)
    assert read_centers(path, issues=[])["name"].tolist() == ["a"]


def test_a_workbook_whose_parts_have_broken_names_is_refused(tmp_path: Path) -> None:
    """The directory of the archive says UTF-8 and is none."""
    path = workbook(tmp_path / "c.xlsx", [["name", "lon", "lat"], ["a", 110.3, 20.0]])
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 9] |= 8  # the name is UTF-8
    content[at + 46] = 0xC8
    path.write_bytes(bytes(content))
    with pytest.raises(DataSourceError, match=r"c\.xlsx is not an XLSX file"):
        read_centers(path)


def test_what_stands_at_zero_stands_nowhere(tmp_path: Path) -> None:
    """0, 0 is what programs write for an unknown place; a place on the equator or at Greenwich is one."""
    issues: list[RowIssue] = []
    centers = read_centers(table(tmp_path, "name,lon,lat\na,0,0.5\nb,0,0\nc,0.5,0\n"), issues=issues)
    assert centers["name"].tolist() == ["a", "c"]
    assert [(i.row, i.problem, i.action) for i in issues] == [(3, "zero_coordinate", "left out")]
    with pytest.raises(InputError, match="every place stands at longitude 0, latitude 0"):
        read_centers(table(tmp_path, "name,lon,lat\na,0,0\n"))


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("id,lon,lat\n", InputError, "a header but no rows"),
        ("", DataSourceError, "is empty"),
        ("\n\n", InputError, "no header"),
        (
            "id,name\n1,A\n",
            SchemaError,
            "it has id, name; expected a longitude column (lon, lng, long, longitude, 经度, x)",
        ),
        ("id,lon,lat\n1,110,20\n1,111,20\n", InputError, 'row 3, column id: found "1", which row 2 has too'),
        ("id,lon,lat\n,110,20\n", InputError, "row 2, column id: found nothing"),
        ("id,lon,lat\n1,20.0,110.3\n", InputError, "look swapped"),
        (
            "id,lon,lat\n1,110.3,200\n",
            InputError,
            'row 2, column lat: found "200", expected a number between -90 and 90',
        ),
        ("id,lon,lat\n1,nan,20\n", InputError, 'column lon: found "nan", expected a number'),
        ("id,lon,lat\n1,,20\n", InputError, "no row has both coordinates"),
        (
            "id,lon,lat,capacity\n1,110,20,many\n",
            InputError,
            'column capacity: found "many", expected a number of at least 0',
        ),
        ("id,lon,lat,area_m2\n1,110,20,-5\n", InputError, 'column area_m2: found "-5"'),
        ("id,lon,lat,datum\n1,110,20,mars\n", InputError, 'column datum: found "mars", expected WGS84'),
        ("id,id,lon,lat\n1,1,110,20\n", InputError, "occurs twice"),
        ("id,lon,lat\n1,110,20,5,6\n", InputError, "row 2: found 5 cells, expected 3"),
        ('id,lon,lat\n"1,110,20\n', InputError, "quotes"),
        ("<html><body>", InputError, "not a table"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(tmp_path: Path, text: str, error: type[Exception], says: str) -> None:
    """Each wrong table ends in one line that names the file and what to mend."""
    with pytest.raises(error) as caught:
        read_centers(table(tmp_path, text), issues=[])
    message = str(caught.value)
    assert says in message
    assert message.startswith("centers.csv")
    assert "\n" not in message


def test_text_in_a_coordinate(tmp_path: Path) -> None:
    """The message is the one that the manual shows."""
    rows = "".join(f"{i},110.3,20.0\n" for i in range(2, 17))
    path = table(tmp_path, f"编号,经度,纬度\n{rows}99,11O.35,20.0\n")
    with pytest.raises(InputError) as caught:
        read_centers(path)
    assert str(caught.value) == (
        'centers.csv, row 17, column 经度: found "11O.35", expected a number between -180 and 180. '
        "Correct the cell and run again."
    )


def test_a_missing_coordinate_leaves_out_its_row(tmp_path: Path) -> None:
    """The row is left out, the ids of the others stay, and the issue says which row it was."""
    issues: list[RowIssue] = []
    centers = read_centers(table(tmp_path, "lon,lat\n110,20\n,20\n\n111,20\n"), issues=issues)
    assert centers.index.tolist() == ["1", "2"]
    assert issues == [
        RowIssue(file="centers.csv", row=3, column="lon", value="", problem="missing_coordinate", action="left out")
    ]


def test_a_datum_for_each_row(tmp_path: Path) -> None:
    """A column says what each row is in; an empty cell means what the call says."""
    x, y = from_wgs84(np.array([110.3]), np.array([20.0]), "gcj02")
    bx, by = from_wgs84(np.array([110.3]), np.array([20.0]), "bd09")
    text = f"lon,lat,坐标系\n110.3,20.0,WGS84\n{x[0]!r},{y[0]!r},\n{bx[0]!r},{by[0]!r},百度\n".replace(
        "np.float64(", ""
    ).replace(")", "")
    centers = read_centers(table(tmp_path, text), datum="gcj02", issues=[])
    place = shapely.get_coordinates(centers.to_crs(4326).geometry.to_numpy())
    assert place == pytest.approx(np.array([[110.3, 20.0]] * 3), abs=1e-8)


def layer(**columns: list[object]) -> gpd.GeoDataFrame:
    """Return two places at Haikou."""
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy([110.3, 110.31], [20.0, 20.01]), crs=4326)


@pytest.mark.parametrize("name", ["c.gpkg", "c.geojson", "c.shp", "c.fgb", "c.parquet"])
def test_vector_files(tmp_path: Path, name: str) -> None:
    """All vector formats give the same ids, names and places; numbers as ids become text."""
    places = layer(id=[7, 8], name=["园区", "b"])
    if name.endswith("parquet"):
        places.to_parquet(tmp_path / name)
    else:
        places.to_file(tmp_path / name)
    centers = read_centers(tmp_path / name, crs=32649, issues=[])
    assert sorted(centers.index) == ["7", "8"]  # FlatGeobuf has an order of its own
    assert centers["name"].to_dict() == {"7": "园区", "8": "b"}
    assert shapely.get_coordinates(centers.to_crs(4326).loc["7"].geometry)[0] == pytest.approx([110.3, 20.0])


def test_a_shapefile_from_a_chinese_desktop(tmp_path: Path) -> None:
    """Names in GB18030 without a file that says so are read as Chinese."""
    layer(name=["海口市民中心", "琼山"]).to_file(tmp_path / "c.shp", encoding="GB18030")
    (tmp_path / "c.cpg").unlink()
    assert read_centers(tmp_path / "c.shp", issues=[])["name"].tolist() == ["海口市民中心", "琼山"]


def test_polygons_and_gcj02_layers(tmp_path: Path) -> None:
    """A building counts by a point inside it, which is reported; a shifted layer is shifted back."""
    x, y = from_wgs84(np.array([110.3]), np.array([20.0]), "gcj02")
    box = gpd.GeoDataFrame({"name": ["hall"]}, geometry=[shapely.Point(x[0], y[0]).buffer(1e-4)], crs=4326)
    box.to_file(tmp_path / "c.geojson")
    issues: list[RowIssue] = []
    centers = read_centers(tmp_path / "c.geojson", datum="gcj02", issues=issues)
    assert shapely.get_coordinates(centers.to_crs(4326).geometry.to_numpy())[0] == pytest.approx(
        [110.3, 20.0], abs=2e-5
    )
    assert [(i.row, i.problem) for i in issues] == [(1, "point_inside")]


def test_candidates_have_costs(tmp_path: Path) -> None:
    """A cost is a number; the candidates are a table like the centers."""
    sites = read_candidates(table(tmp_path, "id,lon,lat,费用\na,110,20,1.5\nb,110.1,20,\n"), issues=[])
    assert sites["cost"].tolist() == pytest.approx([1.5, np.nan], nan_ok=True)


def test_a_column_with_our_name_steps_aside(tmp_path: Path) -> None:
    """Of two columns for one thing the first of the usual names wins, the other is kept."""
    centers = read_centers(table(tmp_path, "lon,lat,kind,类型\n110,20,park,园区\n"), issues=[])
    assert centers["kind"].tolist() == ["park"]
    assert centers["类型"].tolist() == ["园区"]


def test_places_of_an_osm_file(tmp_path: Path) -> None:
    """Nodes and outlines with the tag are centers; others are not."""
    nodes = {
        1: (110.30, 20.0),
        2: (110.301, 20.0),
        3: (110.301, 20.001),
        4: (110.3, 20.001),
        5: (110.4, 20.1),
        6: (110.41, 20.1),
    }
    ways = [(9, [1, 2, 3, 4, 1], {"amenity": "townhall", "building": "yes"})]
    tags = {5: {"amenity": "library", "name:zh": "图书馆"}, 6: {"amenity": "bar"}}
    path = write_osm(tmp_path / "city.osm.pbf", nodes, ways, tags)
    centers = read_centers(path, tags={"amenity": ["library", "townhall"]}, issues=[])
    assert centers.index.tolist() == ["node/5", "way/9"]
    assert centers["name"].tolist() == ["图书馆", "way/9"]
    assert centers["kind"].tolist() == ["library", "townhall"]
    assert len(read_centers(path, tags={"amenity": True}, issues=[])) == 3
    with pytest.raises(InputError, match="no place with amenity = zoo"):
        read_centers(path, tags={"amenity": "zoo"})
    with pytest.raises(InputError, match="which places"):
        read_centers(path)
    with pytest.raises(InputError, match="tags: found"):
        read_centers(path, tags={"amenity": []})


def test_a_crs_in_degrees_is_refused(tmp_path: Path) -> None:
    """The study's CRS must measure in metres."""
    with pytest.raises(CRSError, match="metres"):
        read_centers(table(tmp_path, CHINESE), crs=4326)
    with pytest.raises(CRSError, match="crs: found 'EPSG:999999'"):
        read_centers(table(tmp_path, CHINESE), crs="EPSG:999999")


def test_las_palmas_libraries(shared_data: Path) -> None:
    """The real extract: libraries, community centers and social facilities."""
    tags = {"amenity": ["library", "community_centre", "social_facility"]}
    centers = read_centers(shared_data / "las-palmas" / "las_palmas_20230221.osm.pbf", tags=tags, issues=[])
    assert centers["kind"].value_counts().to_dict() == {"social_facility": 16, "library": 11, "community_centre": 4}


def test_rows_in_metres_of_a_zone_and_in_degrees_meet(tmp_path: Path) -> None:
    """One place three ways: WGS 84, EPSG:4546 in a cell, and a whole file in EPSG:4525; a layer says it by its CRS."""
    east, north = Transformer.from_crs(4326, 4546, always_xy=True).transform(110.33, 20.03)
    path = tmp_path / "centers.csv"
    path.write_text(f"name,lon,lat,datum\na,110.33,20.03,\nb,{east},{north},EPSG:4546\n", encoding="utf-8")
    two = read_centers(path, crs=32649)
    assert two.geometry.iloc[0].distance(two.geometry.iloc[1]) < 0.01
    path.write_text(f"name,x,y\na,{north},{east + 37_000_000}\n", encoding="utf-8")
    assert read_centers(path, crs=32649, datum="EPSG:4525").geometry.iloc[0].distance(two.geometry.iloc[0]) < 0.01
    two.to_file(tmp_path / "centers.gpkg")
    with pytest.raises(InputError, match="Declare it as the CRS of the layer"):
        read_centers(tmp_path / "centers.gpkg", datum="EPSG:4546")
