"""Tables are kept with every cell, type, name and place as it was, or not at all."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from servicecircle.cache.packing import packed, unpacked
from servicecircle.study.kept import Table

TEXTS = st.lists(st.none() | st.text(max_size=8), min_size=3, max_size=3)
FLOATS = st.lists(st.floats(), min_size=3, max_size=3)
MIXED = st.lists(st.none() | st.text(max_size=4) | st.integers() | st.booleans() | st.floats(), min_size=3, max_size=3)
POINTS = st.lists(
    st.none() | st.builds(shapely.Point, st.floats(-1e7, 1e7), st.floats(-1e7, 1e7)) | st.just(shapely.Polygon()),
    min_size=3,
    max_size=3,
)


def again(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table after it was made into bytes and back."""
    return unpacked(packed(Table(rows=table)), Table).rows


@given(texts=TEXTS, floats=FLOATS, mixed=MIXED, ids=st.lists(st.text(), min_size=3, max_size=3))
def test_a_table_comes_back_as_it_was(
    texts: list[str | None], floats: list[float], mixed: list[object], ids: list[str]
) -> None:
    """Texts with gaps, numbers, truth values, mixed cells, the index with its name, and the notes on the table."""
    table = pd.DataFrame(
        {
            "text": pd.array(texts, dtype="str"),
            "float": floats,
            "small": np.array([1, 2, 3], dtype=np.int16),
            "truth": [True, False, True],
            "mixed": np.fromiter(mixed, dtype=object),
        },
        index=pd.Index(ids, name="id", dtype="str"),
    )
    table.attrs["cell_m"] = 12.5
    back = again(table)
    assert_frame_equal(back, table, check_exact=True)
    assert [type(cell) for cell in back["mixed"]] == [type(cell) for cell in table["mixed"]]
    assert back.attrs == table.attrs


@given(first=POINTS, second=POINTS)
def test_places_come_back_as_they_were(first: list[shapely.Point | None], second: list[shapely.Point | None]) -> None:
    """Two columns of geometry, missing and empty ones among them, and the coordinate reference system."""
    table = gpd.GeoDataFrame({"name": ["a", "b", "c"]}, geometry=gpd.GeoSeries(first, crs=32649))
    table["doors"] = gpd.GeoSeries(second, crs=32649)
    back = again(table)
    assert isinstance(back, gpd.GeoDataFrame)
    assert_geodataframe_equal(back, table)
    assert back["doors"].crs == table.crs


def test_a_table_without_rows_keeps_its_columns() -> None:
    """No rows, all types."""
    table = gpd.GeoDataFrame({"id": pd.array([], dtype="str"), "n": np.zeros(0)}, geometry=gpd.GeoSeries([], crs=4326))
    assert_geodataframe_equal(again(table), table)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"day": [pd.Timestamp("2026-01-01")]}),
        pd.DataFrame({"day": [dt.date(2026, 1, 1)]}),
        pd.DataFrame({"kind": pd.Categorical(["a"])}),
        pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([(1, 2)])),
        pd.DataFrame({1: [1]}),
    ],
    ids=["time", "day", "category", "levels", "number as name"],
)
def test_what_cannot_be_kept_exactly_is_refused(table: pd.DataFrame) -> None:
    """A step whose result holds such a column is done again; nothing is kept that would come back otherwise."""
    with pytest.raises(TypeError, match="cannot be stored"):
        packed(Table(rows=table))
