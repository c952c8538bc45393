"""The places of the map: centers and candidates as the page lists, filters and switches them."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.analysis.districts import OUTSIDE, district_of
from servicecircle.analysis.offers import functions_of
from servicecircle.analysis.siting.plan import SitePlan
from servicecircle.analysis.what_if import WhatIf
from servicecircle.inputs.datum import Datum
from servicecircle.outputs.map.layers import placed, positions, tier_marks

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Centers and candidates with the page's numbers: by id, of one id the center first.

    Attributes
    ----------
    centers, candidates
        The tables.
    center_number, candidate_number
        The page's number of each row.
    """

    centers: gpd.GeoDataFrame
    candidates: gpd.GeoDataFrame | None
    center_number: IntArray
    candidate_number: IntArray

    @property
    def count(self) -> int:
        """How many places there are."""
        return len(self.center_number) + len(self.candidate_number)


def numbered(centers: gpd.GeoDataFrame, known: WhatIf | None, plan: SitePlan | None) -> Places:
    """Give numbers to the centers and the candidates; without candidates the sites of the plan stand for them."""
    candidates = known.candidates.facilities if known is not None and known.candidates is not None else None
    if candidates is None and plan is not None and len(plan.sites):
        candidates = plan.sites
    ids = [*centers.index.astype(str), *([] if candidates is None else candidates.index.astype(str))]
    is_candidate = np.arange(len(ids)) >= len(centers)
    number = np.empty(len(ids), dtype=np.int64)
    number[np.lexsort((is_candidate, np.array(ids, dtype=object).astype(str)))] = np.arange(len(ids))
    return Places(
        centers=centers,
        candidates=candidates,
        center_number=number[: len(centers)],
        candidate_number=number[len(centers) :],
    )


def place_items(
    places: Places,
    *,
    plan: SitePlan | None,
    known: WhatIf | None,
    districts: gpd.GeoDataFrame | None,
    datum: Datum,
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return what the page says of each place, by its number, and what the marks of the tiers stand for."""
    items: list[dict[str, Any]] = [{} for _ in range(places.count)]
    marks, tiers = tier_marks(places.centers)
    islands = None if known is None else known.center_islands
    for row, item in enumerate(_items(places.centers, "centers", districts, islands, datum)):
        items[places.center_number[row]] = {**item, "mark": marks[row]}
    if places.candidates is not None:
        rank = {} if plan is None else {key: int(rank) for key, rank in plan.sites["rank"].items()}
        islands = None if known is None else known.candidate_islands
        for row, item in enumerate(_items(places.candidates, "candidates", districts, islands, datum)):
            ranked = rank.get(places.candidates.index[row])
            items[places.candidate_number[row]] = {**item, "candidate": True, "rank": ranked}
    return items, tiers


def name_of(table: pd.DataFrame, key: str) -> str:
    """Return the name of a row of a table, its id where it has none."""
    if "name" not in table.columns or key not in table.index:
        return key
    name = table["name"].loc[key]
    return name if isinstance(name, str) and name else key


def home_rows(points: gpd.GeoDataFrame, districts: gpd.GeoDataFrame | None, name: str) -> IntArray:
    """Return the row of the district each point lies in, -1 for none."""
    if districts is None:
        return np.full(len(points), -1, dtype=np.int64)
    home = district_of(points, districts, name)
    rows: IntArray = districts.index.get_indexer(pd.Index(home.where(home != OUTSIDE))).astype(np.int64)
    return rows


def _items(
    table: gpd.GeoDataFrame,
    name: str,
    districts: gpd.GeoDataFrame | None,
    islands: tuple[tuple[int, ...], ...] | None,
    datum: Datum,
) -> list[dict[str, Any]]:
    at = positions(placed(table, name), datum)
    true = at if datum == "wgs84" else positions(table, "wgs84")
    home = home_rows(table, districts, name)
    columns = {
        column: list(table[column]) if column in table else [None] * len(table)
        for column in ("tier", "kind", "functions", "capacity")
    }
    rows = []
    for row, key in enumerate(table.index):
        said = {column: values[row] for column, values in columns.items()}
        capacity = said["capacity"]
        rows.append(
            {
                "id": str(key),
                "name": name_of(table, key),
                "tier": _text(said["tier"]),
                "kind": _text(said["kind"]),
                "functions": list(functions_of(said["functions"])),
                "capacity": float(capacity) if isinstance(capacity, int | float) and np.isfinite(capacity) else None,
                "at": at[row],
                "true": true[row],
                "district": int(home[row]),
                "islands": [0] if islands is None else list(islands[row]),
            }
        )
    return rows


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
