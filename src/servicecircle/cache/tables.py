"""Tables as arrays, texts and numbers, and back, every cell and type as it was."""

import json
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geopandas.array import GeometryDtype

#: What a cell of a column of mixed things may be; JSON keeps each of them as it is.
_PLAIN = (str, bool, int, float, type(None))
#: Coordinates of a place without a height.
_FLAT = 2


def table_parts(table: pd.DataFrame) -> dict[str, Any]:
    """Return a table as a mapping of its columns.

    Raises
    ------
    TypeError
        If a column holds something that is neither number, text, truth value nor geometry.
    """
    index = table.index
    if isinstance(index, pd.MultiIndex) or not all(isinstance(name, str) for name in table.columns):
        raise TypeError("found a table with several levels or unnamed columns, which cannot be stored")
    json.dumps(table.attrs)
    return {
        "columns": {name: _column(table[name]) for name in table.columns},
        "index": None if isinstance(index, pd.RangeIndex) else _column(index.to_series()),
        "range": (index.start, index.stop, index.step) if isinstance(index, pd.RangeIndex) else (),
        "name": index.name,
        "geometry": table.active_geometry_name if isinstance(table, gpd.GeoDataFrame) else "",
        "attrs": json.dumps(table.attrs),
    }


def table_of(parts: dict[str, Any]) -> pd.DataFrame:
    """Return the table that `table_parts` took apart."""
    index = pd.RangeIndex(*parts["range"]) if parts["index"] is None else pd.Index(_cells(parts["index"]))
    index.name = parts["name"]
    columns = {name: _cells(column) for name, column in parts["columns"].items()}
    table = pd.DataFrame(columns, index=index)
    if parts["geometry"] != "":
        table = gpd.GeoDataFrame(table, geometry=parts["geometry"])
    table.attrs = json.loads(parts["attrs"])
    return table


def _column(cells: pd.Series) -> dict[str, Any]:
    kind = cells.dtype
    if isinstance(kind, GeometryDtype):
        if _flat_points(cells.to_numpy()):
            return {"kind": "point", "crs": cells.array.crs, "xy": shapely.get_coordinates(cells.to_numpy())}
        shapes = shapely.to_wkb(cells.to_numpy(), include_srid=False)
        sizes = [-1 if shape is None else len(shape) for shape in shapes]
        wkb = b"".join(filter(None, shapes))
        return {"kind": "shape", "crs": cells.array.crs, "sizes": np.array(sizes, dtype=np.int64), "wkb": wkb}
    if isinstance(kind, np.dtype) and kind.kind in "biuf":
        return {"kind": "number", "values": cells.to_numpy()}
    plain = cells.to_list()
    if kind == "str":
        missing = cells.isna().to_numpy()
        texts = np.array(plain, dtype=object)
        texts[missing] = ""
        return {"kind": "text", "values": texts, "missing": missing}
    if not pd.api.types.is_object_dtype(kind) or not all(type(cell) in _PLAIN for cell in plain):
        raise TypeError(f"found a column of {kind}, which cannot be stored")
    return {"kind": "mixed", "json": json.dumps(plain)}


def _flat_points(shapes: npt.NDArray[np.object_]) -> bool:
    """Say whether all shapes are points that are there and have no height, which x and y say in full."""
    points = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & ~shapely.is_empty(shapes)
    return bool((points & (shapely.get_coordinate_dimension(shapes) == _FLAT)).all())


def _cells(column: dict[str, Any]) -> Any:
    if column["kind"] == "number":
        return column["values"].copy()
    if column["kind"] == "point":
        return gpd.array.GeometryArray(shapely.points(column["xy"]), crs=column["crs"])
    if column["kind"] == "shape":
        return gpd.array.GeometryArray(_shapes(column["sizes"], column["wkb"]), crs=column["crs"])
    if column["kind"] == "text":
        texts: npt.NDArray[np.object_] = column["values"].copy()
        texts[column["missing"]] = None
        return pd.Series(texts, dtype="str").array
    return np.fromiter(json.loads(column["json"]), dtype=object)


def _shapes(sizes: npt.NDArray[np.int64], wkb: bytes) -> npt.NDArray[np.object_]:
    ends = np.cumsum(np.maximum(sizes, 0))
    pieces = [None if size < 0 else wkb[end - size : end] for size, end in zip(sizes, ends, strict=True)]
    shapes: npt.NDArray[np.object_] = shapely.from_wkb(np.array(pieces, dtype=object))
    return shapes
