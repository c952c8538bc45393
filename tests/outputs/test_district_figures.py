"""Districts, and the areas they are part of."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from servicecircle.outputs.district_figures import district_rows
from tests.outputs.results import CRS, EAST, NORTH, districts, grid_coverage


def quarters() -> gpd.GeoDataFrame:
    """Cut both districts of the grid in two at 1000 m north."""
    boxes = [(-150, -150, 1700, 1000), (-150, 1000, 1700, 2150), (1700, -150, 3200, 1000), (1700, 1000, 3200, 2150)]
    shapes = [shapely.box(EAST + a, NORTH + b, EAST + c, NORTH + d) for a, b, c, d in boxes]
    data = {"name": ["甲", "乙", "丙", "丁"], "parent": ["460105", "秀英区", "龙华区", "460106"]}
    return gpd.GeoDataFrame(data, geometry=shapes, index=pd.Index(list("1234"), name="id"), crs=CRS)


def test_without_parents_there_is_one_level() -> None:
    """Two districts, the outside, and nothing above."""
    rows, parents = district_rows(grid_coverage(), districts())
    assert [row.id for row in rows] == ["460105", "460106", "outside"]
    assert parents == ()
    assert district_rows(grid_coverage(), None) == ((), ())


@pytest.mark.parametrize("upper_first", [True, False])
def test_both_levels_in_one_file_are_counted_apart(upper_first: bool) -> None:  # noqa: FBT001 - a test's parameter
    """Sub-districts name the area above by id or name; each level holds all people, whatever comes first."""
    tables = [districts(), quarters()] if upper_first else [quarters(), districts()]
    both = gpd.GeoDataFrame(pd.concat(tables), crs=CRS)
    rows, parents = district_rows(grid_coverage(), both)
    assert [(row.name, row.parent) for row in rows[:4]] == [
        ("甲", "秀英区"), ("乙", "秀英区"), ("丙", "龙华区"), ("丁", "龙华区")
    ]  # fmt: skip
    assert parents == district_rows(grid_coverage(), districts())[0]
    for parent in parents[:2]:
        below = [row.people for row in rows if row.parent == parent.name]
        assert sum(people.total for people in below) == pytest.approx(parent.people.total, abs=1)
        assert sum(people.covered for people in below) == pytest.approx(parent.people.covered, abs=1)


def test_parents_that_are_only_named_are_the_sum_of_their_districts() -> None:
    """A file of sub-districts alone gives the districts above them too."""
    rows, parents = district_rows(grid_coverage(), quarters().assign(parent=["秀英区", "秀英区", "龙华区", ""]))
    assert [row.parent for row in rows] == ["秀英区", "秀英区", "龙华区", None, None]
    assert [parent.name for parent in parents] == ["秀英区", "龙华区", "丁", "outside"]
    whole = district_rows(grid_coverage(), districts())[0]
    assert parents[0].people == whole[0].people
    assert parents[0].walk_min == whole[0].walk_min
    assert parents[1].people.total + parents[2].people.total == pytest.approx(whole[1].people.total, abs=1)


def test_a_column_of_empty_parents_is_no_level() -> None:
    """A file may have the column and say nothing in it, or name a district as its own parent."""
    rows, parents = district_rows(grid_coverage(), districts().assign(parent=["", None]))
    assert parents == ()
    assert all(row.parent is None for row in rows)
    assert len(district_rows(grid_coverage(), districts().assign(parent=["460105", "460106"]))[0]) == 3
