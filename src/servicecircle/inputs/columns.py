"""Column names that people use, in English and Chinese, and how their cells become values."""

import unicodedata
from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.errors import InputError, SchemaError, checked_kind
from servicecircle.inputs.text import cell_text

FloatArray = npt.NDArray[np.float64]

#: Our name -> the names accepted for it, the first found wins. Case, spaces, brackets, - and _ do not matter.
ALIASES: dict[str, tuple[str, ...]] = {
    "id": ("id", "编号", "编码", "代码", "code", "adcode", "序号"),
    "name": ("name", "名称", "中心名称", "nameunit", "xzqmc", "行政区", "区县", "镇街", "community", "社区名称"),
    "lon": ("lon", "lng", "long", "longitude", "经度", "x"),
    "lat": ("lat", "latitude", "纬度", "y"),
    "tier": ("tier", "级别", "层级", "等级"),
    "kind": ("kind", "type", "类型", "类别"),
    "functions": ("functions", "功能", "服务功能"),
    "capacity": ("capacity", "容量"),
    "area_m2": ("area_m2", "面积", "建筑面积", "面积m2", "面积平方米", "建筑面积m2", "建筑面积平方米"),
    "district": ("district", "区", "所属区", "所在区"),
    "batch": ("batch", "批次", "来源", "填报单位", "报送单位", "source"),
    "datum": ("datum", "坐标系", "坐标系统"),
    "cost": ("cost", "费用", "成本"),
    "weight": ("weight", "people", "population", "residents", "pop", "人口", "常住人口", "人口数", "人数", "权重"),
    "level": ("level", "行政级别", "级别"),
    "parent": ("parent", "上级", "上级行政区"),
}


def match_columns(columns: Iterable[object], wanted: Iterable[str]) -> dict[str, str]:
    """Return for each wanted column that is there, under any of its names, the name it has."""
    by_key: dict[str, str] = {}
    for column in columns:
        by_key.setdefault(_key(str(column)), str(column))
    out: dict[str, str] = {}
    for name in wanted:
        hit = next((by_key[_key(alias)] for alias in ALIASES[name] if _key(alias) in by_key), None)
        if hit is not None and hit not in out.values():
            out[name] = hit
    return out


def named_column(table: pd.DataFrame, column: str, file: str) -> str:
    """Return `column` if the table has it.

    Raises
    ------
    SchemaError
        If it has not.
    """
    if column not in table.columns:
        raise SchemaError(f"{file} has no column {column!r}; {found_columns(table)}. Choose one of these.")
    return column


def found_columns(table: pd.DataFrame) -> str:
    """Return the column names for a message."""
    names = [str(name) for name in table.columns if name != "geometry"]
    return f"it has {', '.join(names)}" if names else "it has no columns"


def renamed(table: pd.DataFrame, matched: dict[str, str]) -> pd.DataFrame:
    """Give matched columns our names; an unmatched column that already bears one steps aside."""
    taken = {old for new, old in matched.items()}
    aside = {new: f"{new} (file)" for new in matched if new in table.columns and new not in taken}
    return table.rename(columns=aside).rename(columns={old: new for new, old in matched.items()})


def texts(column: "pd.Series[str]") -> "pd.Series[str]":
    """Return cells as text, empty where nothing is."""
    return pd.Series([cell_text(value) for value in column.to_numpy(dtype=object)], index=column.index, dtype=str)


def numbers(
    table: pd.DataFrame, column: str, *, file: str, low: float = -np.inf, high: float = np.inf, expected: str
) -> FloatArray:
    """Return cells as numbers, NaN where nothing is, shape (rows,).

    Raises
    ------
    InputError
        If a cell is no number, or outside `low` to `high`; the message names the row.
    """
    cells = table[column]
    if isinstance(cells.dtype, np.dtype) and cells.dtype.kind in "iuf":
        values: FloatArray = cells.to_numpy(dtype=np.float64) + 0.0  # no zero below zero
        filled = ~np.isnan(values)
    else:
        cells = texts(cells)
        filled = (cells != "").to_numpy()
        values = pd.to_numeric(cells.where(filled, None), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = np.flatnonzero(filled & ~((values >= low) & (values <= high) & np.isfinite(values)))
    if len(bad):
        cell = texts(cells.iloc[bad[:1]])
        raise InputError(
            f'{file}, row {cell.index[0]}, column {column}: found "{cell.iloc[0]}", expected {expected}. '
            "Correct the cell and run again."
        )
    return values


def text_ids(table: pd.DataFrame, column: str | None, file: str) -> pd.Index:
    """Return the ids as text; without a column they are "1", "2" ... in the order of the rows.

    Raises
    ------
    InputError
        If an id is empty or occurs twice; the message names the rows.
    """
    if column is None:
        return pd.Index([str(i) for i in range(1, len(table) + 1)], name="id", dtype=str)
    ids = texts(table[column])
    if (ids == "").any():
        row = ids.index[(ids == "").to_numpy()][0]
        raise InputError(f"{file}, row {row}, column {column}: found nothing, expected an id. Fill the cell.")
    again = ids.duplicated().to_numpy()
    if again.any():
        row, text = ids.index[again][0], ids[again].iloc[0]
        first = ids.index[(ids == text).to_numpy()][0]
        raise InputError(
            f'{file}, row {row}, column {column}: found "{text}", which row {first} has too; expected ids that '
            "occur once. Change one of them."
        )
    return pd.Index(ids, name="id", dtype=str)


def _key(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    # Marks of direction and of no width (Cf) come along when a heading is copied from a page.
    kept = (char for char in text if unicodedata.category(char) != "Cf")
    return "".join(char for char in kept if not char.isspace() and char not in "_-()[]")


def check_layer(name: str, layer: gpd.GeoDataFrame, *columns: str) -> None:
    """Raise `InputError` if something is no GeoDataFrame, `SchemaError` if it lacks a column."""
    checked_kind(name, layer, gpd.GeoDataFrame)
    for column in columns:
        if column not in layer:
            found = f"{name}: found the columns {list(map(str, layer.columns))}"
            raise SchemaError(f"{found}, expected one called {column!r}. Rename yours, or read the file again.")


def check_unique_ids(table: pd.DataFrame, name: str) -> None:
    """Raise `SchemaError` if an id of a table stands twice."""
    # Not asked of the index itself, which would keep a table of all its texts for as long as it lives.
    ids = table.index.to_series()
    if len(ids.unique()) < len(ids):
        twice = ids[ids.duplicated()].iloc[0]
        raise SchemaError(f"{name}: the id {twice!r} stands twice, expected unique ids.")
