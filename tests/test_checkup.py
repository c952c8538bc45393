"""What `check` finds out about a whole study before it is run."""

from pathlib import Path

import geopandas as gpd
import pytest

import servicecircle as sc
from servicecircle.study.checkup import check_up
from tests.analysis.doubts.test_datum_fit import NETWORK, beside_streets, typed
from tests.cities import write_csv

STUDY = """\
name = "Two offices"
[inputs]
streets = "streets.gpkg"
centers = "centers.csv"
demand = "demand.csv"
"""


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a town whose centers come from two offices, sixty each: one has GPS, the other a phone map."""
    folder = tmp_path_factory.mktemp("offices")
    gpd.GeoDataFrame(geometry=NETWORK.lines(), crs=NETWORK.crs).assign(highway="footway").to_file(
        folder / "streets.gpkg"
    )
    rows = []
    for at, (office, datum) in enumerate((("甲", "wgs84"), ("乙", "gcj02"))):
        places = typed(beside_streets(NETWORK, 60, 10 + at), datum).geometry.to_crs(4326)
        rows += [(f"{office}{i}", f"{office}站{i}", place.x, place.y, office) for i, place in enumerate(places)]
    write_csv(folder / "centers.csv", ("id", "name", "lon", "lat", "填报单位"), rows)
    write_csv(folder / "demand.csv", ("id", "lon", "lat", "people"), [("a", *rows[0][2:4], 5)])
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return folder


def test_each_batch_is_asked_for_its_own_datum(offices: Path) -> None:
    """The office with the phone map is found out, the other is let be, and nothing is converted."""
    before = (offices / "centers.csv").read_bytes()
    found = check_up(sc.Study.from_toml(offices / "study.toml"))
    told = {fit.batch: (fit.found.rows, fit.found.suggested) for fit in found.fits}
    assert told["甲"] == (60, None)
    assert told["乙"] == (60, "gcj02")
    assert told[""][0] == 120
    doubts = [issue.value for issue in found.issues if issue.problem == "datum_doubted"]
    assert any(value.startswith("乙 wgs84 → gcj02 (") for value in doubts)
    assert not any(value.startswith("甲") for value in doubts)
    assert (offices / "centers.csv").read_bytes() == before


def test_rows_that_say_their_datum_are_asked_apart(offices: Path) -> None:
    """Once a column says which rows are of the phone map, every batch is as said."""
    lines = (offices / "centers.csv").read_text(encoding="utf-8").splitlines()
    said = ["datum"] + ["" if ",甲" in line else "高德" for line in lines[1:]]
    table = "\n".join(f"{line},{word}" for line, word in zip(lines, said, strict=True))
    (offices / "said.csv").write_text(table, encoding="utf-8")
    study = STUDY.replace("centers.csv", "said.csv")
    (offices / "said.toml").write_text(study, encoding="utf-8")
    fits = check_up(sc.Study.from_toml(offices / "said.toml")).fits
    assert {(fit.batch, fit.found.rows, fit.found.said, fit.found.suggested) for fit in fits} == {
        ("", 60, "wgs84", None),
        ("datum gcj02", 60, "gcj02", None),
    }


def test_centers_of_a_layer_are_looked_at_too(offices: Path) -> None:
    """Their datum is asked as that of a table, and each doubt has its feature."""
    places = typed(beside_streets(NETWORK, 60, 11), "gcj02").assign(name=[f"站{i}" for i in range(60)])
    places.loc["c5", "name"] = ""
    places.to_file(offices / "centers.gpkg")
    (offices / "layer.toml").write_text(STUDY.replace("centers.csv", "centers.gpkg"), encoding="utf-8")
    found = check_up(sc.Study.from_toml(offices / "layer.toml"))
    assert [fit.found.suggested for fit in found.fits] == ["gcj02"]
    assert [issue.row for issue in found.issues if issue.problem == "missing_name"] == [6]
