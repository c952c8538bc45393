"""Entrances of centers, from a layer of their own or from rows of the centers file."""

from pathlib import Path

import pytest
import shapely

from servicecircle.errors import InputError, SchemaError
from servicecircle.inputs.issues import RowIssue
from servicecircle.inputs.places import read_centers, read_entrances

CENTERS = "id,name,lon,lat\n007,Hall,110.30,20.0\nB,Library,110.31,20.0\n"
DOORS = "center,lon,lat\n007,110.301,20.0\n007,110.302,20.0\nZ,110.33,20.0\n"


def written(folder: Path, name: str, text: str) -> Path:
    """Write a table."""
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def doors_of(centers, key: str) -> list[float]:
    """Return the longitudes of the entrances of a center."""
    return shapely.get_coordinates(centers["entrances"].to_crs(4326)[key])[:, 0].round(6).tolist()


def test_a_layer_of_entrances_joins_by_the_centers_id(tmp_path: Path) -> None:
    """A center has the entrances that name it; the row that names no center is left out and reported."""
    centers = read_centers(written(tmp_path, "centers.csv", CENTERS), issues=[])
    issues: list[RowIssue] = []
    again = read_entrances(written(tmp_path, "doors.csv", DOORS), centers, issues=issues)
    assert doors_of(again, "007") == [110.301, 110.302]
    assert again["entrances"].isna().tolist() == [False, True]
    assert again["entrances"].crs == centers.crs
    assert "entrances" not in centers
    assert [(i.file, i.row, i.column, i.value, i.problem, i.action) for i in issues] == [
        ("doors.csv", 4, "center", "Z", "unknown_center", "left out")
    ]


def test_rows_of_one_center_are_its_entrances(tmp_path: Path) -> None:
    """Rows with one id and one name are one center at the place of the first; a further layer adds to them."""
    issues: list[RowIssue] = []
    rows = CENTERS + "007,Hall,110.305,20.0\n"
    centers = read_centers(written(tmp_path, "centers.csv", rows), issues=issues)
    assert centers.index.tolist() == ["007", "B"]
    assert centers.to_crs(4326).geometry["007"].x == pytest.approx(110.30)
    assert doors_of(centers, "007") == [110.30, 110.305]
    assert centers["entrances"].isna().tolist() == [False, True]
    assert [(i.problem, i.value) for i in issues] == [("entrance_rows", "1 rows")]
    again = read_entrances(written(tmp_path, "doors.csv", DOORS), centers, issues=[])
    assert doors_of(again, "007") == [110.30, 110.305, 110.301, 110.302]


def test_rows_that_disagree_are_no_entrances(tmp_path: Path) -> None:
    """One id with two names is a slip, not a center with two doors."""
    with pytest.raises(InputError, match='row 4, column id: found "007", which row 2 has too'):
        read_centers(written(tmp_path, "centers.csv", CENTERS + "007,Town hall,110.305,20.0\n"))


def test_entrances_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    """A column that is not there, and ids that are no centers."""
    centers = read_centers(written(tmp_path, "centers.csv", CENTERS), issues=[])
    with pytest.raises(SchemaError, match=r"doors\.csv has no column 'center_id'"):
        read_entrances(written(tmp_path, "doors.csv", DOORS), centers, center="center_id")
    with pytest.raises(InputError, match='column center: found "Z" and no id of a center, expected ids such as "007"'):
        read_entrances(written(tmp_path, "none.csv", "center,lon,lat\nZ,110.33,20.0\n"), centers)
