"""Figures of the centers: their catchments, their load, and what they offer."""

import numpy as np
import pandas as pd

from servicecircle.analysis.coverage import Coverage, catchments
from servicecircle.outputs.rounding import counted, degrees, parts_of, share_of, tidy, walked, words
from servicecircle.outputs.rows import CenterRow, OfferRow

#: A center that has this many times the average load has much, one with this part of it little.
MUCH, LITTLE = 2.0, 0.5


def center_rows(cover: Coverage) -> tuple[tuple[CenterRow, ...], float | None]:
    """Return a row for each center, and the people for each place of capacity over all that say theirs."""
    table = catchments(cover)
    capacity = _capacity(cover.centers)
    known = capacity.notna() & (capacity > 0)
    per_place = float(table["weight"][known].sum() / capacity[known].sum()) if known.any() else None
    load = table["weight"] / capacity.where(known) if per_place is not None else table["weight"]
    average = table["weight"].mean() if per_place is None else per_place
    rows = tuple(
        CenterRow(
            id=str(key),
            name=words(center.get("name")),
            tier=words(center.get("tier")),
            kind=words(center.get("kind")),
            people=counted(row["weight"], parts_of(cover)),
            covered=counted(row["covered"], parts_of(cover)),
            walk_min=walked(row["walk_min"]),
            capacity=tidy(place_of, 3) if pd.notna(place_of) else None,
            load=tidy(own / average, 2) if average > 0 and pd.notna(own) else None,
            lon=lon,
            lat=lat,
        )
        for (key, row), (_, center), place_of, own, (lon, lat) in zip(
            table.iterrows(), cover.centers.iterrows(), capacity, load, degrees(cover.centers), strict=True
        )
    )
    return rows, None if per_place is None else tidy(per_place, 2)


def _capacity(centers: pd.DataFrame) -> pd.Series:
    column = centers.get("capacity", pd.Series(np.nan, index=centers.index))
    return pd.to_numeric(column, errors="coerce").astype("float64")


def offer_rows(offers: pd.DataFrame | None, cover: Coverage) -> tuple[OfferRow, ...]:
    """Return who can walk to each tier, kind and function."""
    if offers is None:
        return ()
    return tuple(
        OfferRow(
            aspect=offer["aspect"],
            value=offer["value"],
            centers=int(offer["centers"]),
            covered=counted(offer["covered"], parts_of(cover)),
            share=share_of(offer["covered"], cover.total),
        )
        for offer in offers.to_dict("records")
    )
