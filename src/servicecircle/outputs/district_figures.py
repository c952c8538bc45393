"""Figures by district, and by the areas the districts are part of."""

import geopandas as gpd

from servicecircle.analysis.coverage import REASONS, Coverage
from servicecircle.outputs.rounding import parts_of, rounded_people, walked, words
from servicecircle.outputs.rows import DistrictRow


def district_rows(
    cover: Coverage, districts: gpd.GeoDataFrame | None
) -> tuple[tuple[DistrictRow, ...], tuple[DistrictRow, ...]]:
    """Return a row for each district, and for each area above them.

    Where the column ``parent`` names another district of the table (by id or name), that one is an area above: its
    people are counted by its own outline. Where it names none, the area is the sum of its districts. Without
    the column there are no areas above.
    """
    if districts is None:
        return (), ()
    if "parent" not in districts:
        return _rows(cover, districts, {}), ()
    known = {key: str(key) for key in map(str, districts.index)}
    known |= {words(name): str(key) for key, name in reversed(list(districts["name"].items()))}
    above = {str(key): words(parent) for key, parent in districts["parent"].items()}
    upper = {known[parent] for key, parent in above.items() if parent in known and known[parent] != key}
    is_upper = [str(key) in upper for key in districts.index]
    lower = districts[[not up for up in is_upper]]
    names = {str(key): words(name) for key, name in districts["name"].items()}
    parent_name = {key: names.get(known.get(parent, ""), parent) for key, parent in above.items() if parent}
    rows = _rows(cover, lower, parent_name)
    if not any(row.parent for row in rows):
        return rows, ()
    return rows, _rows(cover, districts[is_upper], {}) if upper else _rows(cover, _dissolved(lower, parent_name), {})


def _dissolved(districts: gpd.GeoDataFrame, parent_name: dict[str, str]) -> gpd.GeoDataFrame:
    """Join the districts of each area above; a district without one stands for itself."""
    upper = [parent_name.get(str(key)) or words(name) for key, name in districts["name"].items()]
    first = list(dict.fromkeys(upper))
    joined = districts[["geometry"]].assign(name=upper).dissolve("name").loc[first]
    return joined.assign(name=first)


def _rows(cover: Coverage, districts: gpd.GeoDataFrame, parent_name: dict[str, str]) -> tuple[DistrictRow, ...]:
    return tuple(
        DistrictRow(
            id=str(key),
            name=words(row["name"]),
            parent=parent_name.get(str(key)),
            people=rounded_people({reason: float(row[reason]) for reason in REASONS}, parts_of(cover)),
            walk_min=walked(row["walk_min"]),
            centers=int(row["centers"]),
        )
        for key, row in cover.by(districts).iterrows()
    )
