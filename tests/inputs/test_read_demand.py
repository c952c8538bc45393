"""Demand from tables, layers, population rasters and buildings."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from pyproj import Transformer

from servicecircle.errors import CRSError, DataSourceError, InputError, SchemaError
from servicecircle.inputs.demand import read_demand
from servicecircle.inputs.districts import read_districts
from servicecircle.inputs.issues import RowIssue
from tests.inputs.osm_files import write_osm

HAIKOU = (110.30, 20.05)


def table(folder: Path, text: str) -> Path:
    """Write a table called people.csv."""
    (folder / "people.csv").write_text(text, encoding="utf-8")
    return folder / "people.csv"


def test_people_from_a_table(tmp_path: Path) -> None:
    """The usual heading is found, another can be named; a row without people is left out and reported."""
    text = "编号,经度,纬度,人口,老人\na,110.3,20.0,120.5,7\nb,110.31,20.0,,8\nc,110.32,20.0,0,9\n"
    issues: list[RowIssue] = []
    demand = read_demand(table(tmp_path, text), issues=issues)
    assert demand["weight"].to_dict() == {"a": 120.5, "c": 0.0}
    assert [(i.row, i.column, i.problem) for i in issues] == [(3, "人口", "missing_weight")]
    assert read_demand(table(tmp_path, text), weight="老人", issues=[])["weight"].tolist() == [7, 8, 9]


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        (
            "lon,lat,people\n110,20,-3\n",
            InputError,
            'people.csv, row 2, column people: found "-3", expected a number of people',
        ),
        ("lon,lat,people\n110,20,many\n", InputError, 'row 2, column people: found "many"'),
        ("lon,lat,people\n110,20,inf\n", InputError, 'found "inf"'),
        ("lon,lat,people\n110,20,\n", InputError, "no row has a number in the column people"),
        ("lon,lat,dogs\n110,20,1\n", SchemaError, "it has lon, lat, dogs; expected one of weight, people"),
    ],
)
def test_weights_that_cannot_be(tmp_path: Path, text: str, error: type[Exception], says: str) -> None:
    """Negative people, text, infinity and an absent column each end in one line."""
    with pytest.raises(error) as caught:
        read_demand(table(tmp_path, text))
    assert says in str(caught.value)


def test_a_named_column_must_be_there(tmp_path: Path) -> None:
    """The message lists the columns that are."""
    with pytest.raises(SchemaError, match="no column 'x'; it has lon, lat, people"):
        read_demand(table(tmp_path, "lon,lat,people\n110,20,1\n"), weight="x")


def test_weights_are_scaled_to_a_total(tmp_path: Path) -> None:
    """The shares stay, the sum is the total; nothing cannot be scaled."""
    demand = read_demand(table(tmp_path, "lon,lat,people\n110,20,1\n110,20.1,3\n"), total=1000, issues=[])
    assert demand["weight"].tolist() == pytest.approx([250, 750])
    with pytest.raises(InputError, match="all weights are 0"):
        read_demand(table(tmp_path, "lon,lat,people\n110,20,0\n"), total=1000)
    with pytest.raises(InputError, match="total"):
        read_demand(table(tmp_path, "lon,lat,people\n110,20,1\n"), total=float("nan"))
    issues: list[RowIssue] = []
    assert read_demand(table(tmp_path, "lon,lat,people\n110,20,0\n110,20.1,0\n"), issues=issues)["weight"].sum() == 0
    assert [(i.problem, i.value) for i in issues] == [("no_people", "0 in 2 places")]


def test_blocks_as_polygons(tmp_path: Path) -> None:
    """People of a block stand at a point inside it; blocks too large for that are reported."""
    blocks = gpd.GeoDataFrame(
        {"people": [10, 20]},
        geometry=[shapely.box(425000, 2212000, 425100, 2212100), shapely.box(426000, 2212000, 428000, 2212100)],
        crs=32649,
    )
    blocks.to_file(tmp_path / "blocks.gpkg")
    issues: list[RowIssue] = []
    demand = read_demand(tmp_path / "blocks.gpkg", issues=issues)
    assert demand.within(blocks.geometry.set_axis(demand.index)).all()
    assert [i.value for i in issues if i.problem == "large_polygons"] == ["1 of 2 larger than 500 m, up to 2002 m"]


@pytest.mark.parametrize("kind", ["float64", "float32", "int32", "str"])
def test_people_count_alike_as_numbers_and_as_texts(tmp_path: Path, kind: str) -> None:
    """Of a layer's cells the same people are read whatever their kind; what cannot be is named as it was typed."""

    def people(*cells: float) -> gpd.GeoDataFrame:
        held = np.array(cells).astype(kind) if kind != "str" else [f" {cell:g} " for cell in cells]
        places = shapely.points(110.3 + 0.01 * np.arange(len(cells)), 20.0)
        gpd.GeoDataFrame({"people": held}, geometry=places, crs=4326).to_parquet(tmp_path / "blocks.parquet")
        return read_demand(tmp_path / "blocks.parquet", issues=[])

    weight = people(12.0, -0.0, 300.0)["weight"]
    assert weight.tolist() == [12, 0, 300]
    assert not np.signbit(weight).any()
    with pytest.raises(InputError, match=r'row 2, column people: found "-3", expected a number of people'):
        people(1.0, -3.0, -4.0)


def raster(path: Path, values: np.ndarray, *, nodata: float | None = None, crs: str | None = "EPSG:4326") -> Path:
    """Write cells of 0.01 degree from the north-west corner of Haikou."""
    height, width = values.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=height,
        width=width,
        count=1,
        dtype=values.dtype,
        crs=crs,
        transform=Affine(0.01, 0.0, HAIKOU[0], 0.0, -0.01, HAIKOU[1]),
        nodata=nodata,
    ) as out:
        out.write(values, 1)
    return path


def test_a_raster_counts_people_at_cell_centers(tmp_path: Path) -> None:
    """No data, NaN and zero are no people; a cell's point is its center; ids name row and column."""
    values = np.array([[1.5, -200.0, 0.0], [np.nan, 4.0, 2.5]], dtype=np.float32)
    demand = read_demand(raster(tmp_path / "p.tif", values, nodata=-200.0), issues=[])
    assert demand["weight"].to_dict() == {"0-0": 1.5, "1-1": 4.0, "1-2": 2.5}
    place = shapely.get_coordinates(demand.to_crs(4326).geometry.to_numpy())
    assert place == pytest.approx(np.array([[110.305, 20.045], [110.315, 20.035], [110.325, 20.035]]))


def test_negative_cells(tmp_path: Path) -> None:
    """One large negative value everywhere is no data that nobody declared; other negatives are an error."""
    issues: list[RowIssue] = []
    lost = np.array([[-9999, 5], [3, -9999]], dtype=np.int32)
    assert read_demand(raster(tmp_path / "p.tif", lost), issues=issues)["weight"].sum() == 8
    assert [(i.problem, i.action) for i in issues] == [("undeclared_nodata", "repaired")]
    for wrong in (np.array([[-1, 5]], dtype=np.int16), np.array([[-9999, -500]], dtype=np.int16)):
        with pytest.raises(InputError, match="expected people >= 0"):
            read_demand(raster(tmp_path / "p.tif", wrong))


def test_a_scale_and_an_offset_are_applied(tmp_path: Path) -> None:
    """Cells in tenths of people, moved by two: told once; marks are those of the cells, people those of the scale."""
    path = raster(tmp_path / "p.tif", np.array([[0, 5, 65535], [120, 300, 65535]], dtype=np.uint16))
    with rasterio.open(path, "r+") as grid:
        grid.scales, grid.offsets = (0.1,), (2.0,)
    issues: list[RowIssue] = []
    demand = read_demand(path, issues=issues)
    assert demand["weight"].to_dict() == pytest.approx({"0-0": 2.0, "0-1": 2.5, "1-0": 14.0, "1-1": 32.0})
    assert [(i.problem, i.value) for i in issues] == [
        ("scaled_cells", "0.1 x cell +2"),
        ("undeclared_nodata", "65535 in 2 cells"),
    ]
    with rasterio.open(path, "r+") as grid:
        grid.offsets = (-3.0,)
    with pytest.raises(InputError, match=r"cell row 0 column 0: found -3, expected people >= 0"):
        read_demand(path)
    with rasterio.open(path, "r+") as grid:
        grid.scales = (0.0,)
    with pytest.raises(InputError, match="found the scale 0 and the offset -3, expected a scale above 0"):
        read_demand(path)


MARKS = {
    "uint8": np.array([[255, 12], [3, 255]], dtype=np.uint8),
    "uint16": np.array([[65535, 12], [3, 5]], dtype=np.uint16),
    "int32": np.array([[2147483647, 12], [3, -9999]], dtype=np.int32),
    "float32, 16 bit": np.array([[65535, 12], [3, 65535]], dtype=np.float32),
    "float32, nines": np.array([[99999, 12], [3, 99999]], dtype=np.float32),
    "float32, largest": np.array([[3.4028235e38, 12], [3, np.nan]], dtype=np.float32),
    "float32, smallest": np.array([[-3.4028235e38, 12], [3, np.nan]], dtype=np.float32),
    "float64, infinite": np.array([[np.inf, 12], [3, np.nan]], dtype=np.float64),
}


@pytest.mark.parametrize("kind", MARKS)
def test_numbers_that_mean_no_data_are_no_people(tmp_path: Path, kind: str) -> None:
    """The largest number of its kind, or a usual mark, that no other cell comes near: left out, told and counted."""
    issues: list[RowIssue] = []
    demand = read_demand(raster(tmp_path / "p.tif", MARKS[kind]), issues=issues)
    expected = 12 + 3 + (5 if kind == "uint16" else 0)
    assert demand["weight"].sum() == expected
    values = MARKS[kind].astype(float)
    marks = [v for v in np.unique(values[np.isfinite(values) | np.isinf(values)]) if v < 0 or v > 12]
    told = [(i.value, i.problem, i.action) for i in issues]
    assert sorted(told) == sorted(
        (f"{mark:g} in {int((values == mark).sum())} cells", "undeclared_nodata", "repaired") for mark in marks
    )


@pytest.mark.parametrize(
    "values",
    [
        np.array([[255, 250], [3, 254]], dtype=np.uint8),
        np.array([[65535, 60000], [3, 5]], dtype=np.uint16),
        np.array([[9999, 12], [3, 5]], dtype=np.float32),
        np.array([[9998, 12], [3, 9998]], dtype=np.float32),
    ],
)
def test_many_people_are_people(tmp_path: Path, values: np.ndarray) -> None:
    """Where others come near, or a usual mark stands alone, or the number is no mark, everybody counts."""
    issues: list[RowIssue] = []
    assert read_demand(raster(tmp_path / "p.tif", values), issues=issues)["weight"].sum() == values.sum()
    assert issues == []


def test_more_people_than_a_cell_can_hold_are_refused_by_cell(tmp_path: Path) -> None:
    """Two impossible numbers are no mark; the message counts rows and columns of the whole raster."""
    path = raster(tmp_path / "p.tif", np.array([[1, 2, 3], [4, 2e9, 3e9]]))
    with pytest.raises(InputError, match=r"p\.tif, cell row 1 column 1: found 2e\+09, expected at most 1e\+09 people"):
        read_demand(path)
    east = gpd.GeoDataFrame(geometry=[shapely.box(110.311, 20.02, 110.329, 20.039)], crs=4326)
    with pytest.raises(InputError, match=r"cell row 1 column 1: found"):
        read_demand(path, districts=east)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32649", "EPSG:3857", "ESRI:54009", "EPSG:4490"])
def test_a_raster_in_any_crs_stands_where_its_cells_are(tmp_path: Path, crs: str) -> None:
    """Four cells of 100 m around a place: the people of each stand at its centre, and in its district."""
    x, y = Transformer.from_crs(4326, crs, always_xy=True).transform(110.31, 20.04)
    step = 0.001 if crs in {"EPSG:4326", "EPSG:4490"} else 100.0
    with rasterio.open(
        tmp_path / "p.tif",
        "w",
        driver="GTiff",
        height=2,
        width=2,
        count=1,
        dtype="int16",
        nodata=-1,
        crs=crs,
        transform=Affine(step, 0.0, x - step, 0.0, -step, y + step),
    ) as out:
        out.write(np.array([[10, 20], [40, -1]], dtype="int16"), 1)
    west, east = shapely.box(x - step, y - step, x, y + step), shapely.box(x, y - step, x + step, y + step)
    districts = gpd.GeoDataFrame({"name": ["west", "east"]}, geometry=[west, east], crs=crs).to_crs(32649)
    demand = read_demand(tmp_path / "p.tif", districts=districts, crs=32649, issues=[])
    assert demand["weight"].to_dict() == {"0-0": 10.0, "0-1": 20.0, "1-0": 40.0}
    centre = Transformer.from_crs(crs, 32649, always_xy=True).transform(x - step / 2, y + step / 2)
    assert shapely.get_coordinates(demand.loc["0-0"].geometry)[0] == pytest.approx(centre, abs=1e-3)
    people = [demand.loc[demand.within(shape), "weight"].sum() for shape in districts.geometry]
    assert people == [50.0, 20.0]


def test_cells_outside_the_districts_are_left_out_and_counted(tmp_path: Path) -> None:
    """The people outside are in the issues; a raster far away, or empty of people, is an error."""
    path = raster(tmp_path / "p.tif", np.arange(1.0, 10.0).reshape(3, 3))
    inner = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.box(110.30, 20.03, 110.312, 20.05)], crs=4326).to_crs(
        32649
    )
    issues: list[RowIssue] = []
    demand = read_demand(path, districts=inner, issues=issues)
    assert demand["weight"].to_dict() == {"0-0": 1.0, "1-0": 4.0}
    assert [i.problem for i in issues] == ["outside_districts"]
    whole = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.box(110.0, 19.0, 111.0, 21.0)], crs=4326)
    assert read_demand(path, districts=whole, issues=[])["weight"].sum() == 45.0
    with pytest.raises(InputError, match="does not reach"):
        read_demand(path, districts=gpd.GeoDataFrame(geometry=[shapely.box(10, 10, 11, 11)], crs=4326))
    with pytest.raises(InputError, match="no people"):
        read_demand(raster(tmp_path / "p.tif", np.zeros((2, 2))))


def test_rasters_that_are_none(tmp_path: Path) -> None:
    """Other content, half a file and a missing CRS each say so."""
    path = tmp_path / "p.tif"
    path.write_text("<VRTDataset></VRTDataset>")
    with pytest.raises(DataSourceError, match="not a GeoTIFF"):
        read_demand(path)
    path.unlink()
    raster(path, np.ones((200, 200)))
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(DataSourceError, match="cannot be read"):
        read_demand(path)
    with pytest.raises(CRSError, match="no CRS"):
        read_demand(raster(path, np.ones((2, 2)), crs=None))


def house(
    number: int, size: float, **tags: str
) -> tuple[dict[int, tuple[float, float]], tuple[int, list[int], dict[str, str]]]:
    """Return a square building, `size` degrees wide."""
    x, y, first = 110.3 + number * 0.01, 20.0, number * 10
    corners = {first: (x, y), first + 1: (x + size, y), first + 2: (x + size, y + size), first + 3: (x, y + size)}
    return corners, (number, [*corners, first], {key.replace("_", ":", 1): value for key, value in tags.items()})


def test_buildings_weigh_by_floor_area(tmp_path: Path) -> None:
    """Twice the storeys are twice the people; sheds and schools are no homes; the sum is the total."""
    made = [
        house(1, 1e-4, building="yes"),
        house(2, 1e-4, building="house", building_levels="2"),
        house(3, 1e-4, building="apartments"),
        house(4, 1e-4, building="garage"),
        house(5, 1e-4, building="yes", amenity="school"),
        house(6, 1e-4, building="yes", building_levels="many"),
    ]
    nodes = {ref: place for corners, _ in made for ref, place in corners.items()}
    path = write_osm(tmp_path / "city.osm.pbf", nodes, [way for _, way in made])
    issues: list[RowIssue] = []
    demand = read_demand(path, buildings=True, total=800, issues=issues)
    assert demand.index.tolist() == ["way/1", "way/2", "way/3", "way/6"]
    assert demand["weight"].tolist() == pytest.approx([100, 200, 400, 100], rel=1e-3)
    assert [(i.problem, i.value) for i in issues] == [("estimated_from_buildings", "floor area scaled to 800 people")]
    west = gpd.GeoDataFrame(geometry=[shapely.box(110, 19, 110.335, 21)], crs=4326)
    read_demand(path, buildings=True, total=800, districts=west, issues=(outside := list[RowIssue]()))
    assert re.fullmatch(r"1 places, \d+(\.\d+)? m2 of floor area", outside[0].value)
    floor = read_demand(path, buildings=True, issues=[])["weight"].iloc[0]
    assert floor == pytest.approx(10.46 * 11.07, rel=0.01)
    with pytest.raises(InputError, match="buildings=True"):
        read_demand(path)


def test_las_palmas_buildings_within_the_city(shared_data: Path) -> None:
    """The real city: every resident is in a building within the boundary, and the sum is the census."""
    folder = shared_data / "las-palmas"
    city = read_districts(folder / "las_palmas_boundary.geojson", issues=[])
    demand = read_demand(
        folder / "las_palmas_20230221.osm.pbf", buildings=True, total=381_223, districts=city, issues=[]
    )
    assert demand["weight"].sum() == pytest.approx(381_223)
    assert demand.within(city.union_all()).all()


def test_porto_alegre_cells(shared_data: Path) -> None:
    """The real cells hold 812,935 people."""
    demand = read_demand(shared_data / "porto-alegre" / "poa_hexgrid.csv", issues=[])
    assert (len(demand), demand["weight"].sum()) == (1227, 812_935)
