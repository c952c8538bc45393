"""What the map says in words and figures: the side panel and the cards behind each mark."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from servicecircle.analysis.coverage import REASONS, Coverage, catchments
from servicecircle.analysis.districts import OUTSIDE
from servicecircle.analysis.plan import SitePlan
from servicecircle.outputs.map_layers import REASON_COLORS
from servicecircle.outputs.map_texts import MAP_TEXTS, map_text
from servicecircle.outputs.rounding import parts_of, people
from servicecircle.outputs.texts import number, percent, text

#: The largest gaps are listed and numbered on the map; the others are drawn and counted.
LISTED_GAPS = 20

Row = list[str]


class Words:
    """Texts and figures in one language; people are rounded as in every other output."""

    def __init__(self, language: str, cover: Coverage) -> None:
        self.language = language
        self.parts = parts_of(cover)

    def __call__(self, key: str, **values: str) -> str:
        """Return the text of a key."""
        return map_text(key, self.language, **values)

    def number(self, value: float) -> str:
        """Write a number that is rounded already."""
        return number(value, self.language)

    def count(self, people: float) -> str:
        """Write a number of people, rounded to what the study can tell."""
        return self.number(round(people * self.parts) / self.parts)

    def people(self, value: float) -> str:
        """Write a number of people with its unit."""
        return self("people", people=self.count(value))

    def share(self, value: float | None) -> str:
        """Write a share as a percentage, or that there is none."""
        return percent(value, self.language)

    def walk(self, minutes: float) -> str:
        """Write a walk, or that there is no way."""
        return self("minutes", minutes=f"{minutes:.1f}") if np.isfinite(minutes) else self("no_walk")

    def plain(self) -> dict[str, str]:
        """Return the texts that need no figure."""
        own = {key: texts[self.language] for key, texts in MAP_TEXTS.items() if "{" not in texts["en"]}
        return own | {reason: text(reason, self.language) for reason in REASONS}


def name_of(table: pd.DataFrame, key: str) -> str:
    """Return the name of a row of a table, its id where it has none."""
    if "name" not in table.columns or key not in table.index:
        return key
    name = table["name"].loc[key]
    return name if isinstance(name, str) and name else key


def panel(
    cover: Coverage,
    words: Words,
    *,
    name: str,
    districts: gpd.GeoDataFrame | None,
    sources: tuple[str, ...],
    estimated: tuple[float, int] | None,
) -> dict[str, Any]:
    """Return the texts and figures of the side panel."""
    shown = people(cover)
    return {
        "name": name or words("untitled"),
        "share": words.share(shown.share),
        "line": words("covered_line", covered=words.number(shown.covered), total=words.number(shown.total)),
        "meaning": words("covered_words", minutes=f"{cover.minutes:g}"),
        "rule": rule(cover, words),
        "estimated": None
        if estimated is None
        else words("estimated", total=words.count(estimated[0]), buildings=words.number(estimated[1])),
        "reasons": [_reason(reason, cover, getattr(shown, reason), words) for reason in REASONS],
        "total": words.number(shown.total),
        "districts": None if districts is None else district_rows(cover, districts, words),
        "sources": list(sources),
    }


def _reason(reason: str, cover: Coverage, shown: float, words: Words) -> dict[str, Any]:
    share = cover.reasons[reason] / cover.total if cover.total > 0 else None
    return {
        "key": reason,
        "people": words.number(shown),
        "share": words.share(share),
        "part": shown,
        "color": REASON_COLORS[reason],
    }


def rule(cover: Coverage, words: Words) -> str:
    """Return the limit and the speed in force."""
    minutes = f"{cover.minutes:g}"
    if cover.speed_kmh is None:
        return words("limit_only", minutes=minutes)
    metres = f"{cover.minutes * cover.speed_kmh * 1000.0 / 60.0:.0f}"
    return text("rule_line", words.language, minutes=minutes, speed=f"{cover.speed_kmh:.1f}", metres=metres)


def district_rows(cover: Coverage, districts: gpd.GeoDataFrame, words: Words) -> list[dict[str, Any]]:
    """Return the district table; `shape` is the row of the polygon, -1 for people in no district."""
    table = cover.by(districts)
    return [
        {
            "name": words("outside") if key == OUTSIDE else name_of(districts, str(key)),
            "cells": [
                words.count(row["total"]),
                words.count(row["covered"]),
                words.share(row["share"]),
                words.number(row["centers"]),
            ],
            "share": None if np.isnan(row["share"]) else round(float(row["share"]), 4),
            "shape": int(districts.index.get_indexer([key])[0]),
        }
        for key, row in table.iterrows()
    ]


def center_cards(cover: Coverage, words: Words) -> list[dict[str, Any]]:
    """Return name and facts of each center."""
    near = catchments(cover)
    cards = []
    for (key, center), (_, mine) in zip(cover.centers.iterrows(), near.iterrows(), strict=True):
        rows = [
            [words(f"center_{column}"), center[column]]
            for column in ("tier", "kind")
            if column in cover.centers and isinstance(center[column], str) and center[column]
        ]
        rows += [
            [words("center_catchment"), words.people(mine["weight"])],
            [words("center_within", minutes=f"{cover.minutes:g}"), words.people(mine["covered"])],
        ]
        if np.isfinite(mine["walk_min"]):
            rows.append([words("center_walk"), words.walk(mine["walk_min"])])
        cards.append({"name": name_of(cover.centers, str(key)), "rows": rows})
    return cards


def gap_cards(
    gaps: gpd.GeoDataFrame, cover: Coverage, districts: gpd.GeoDataFrame | None, words: Words
) -> list[dict[str, Any]]:
    """Return title, people and facts of each gap, in the order of the table."""
    cards = []
    for rank, (_, gap) in enumerate(gaps.iterrows(), start=1):
        nearest = gap["nearest"]
        rows: list[Row] = [
            [words("gap_people"), words.count(gap["weight"])],
            [words("gap_share"), words.share(gap["share"])],
            [words("gap_walk"), words.walk(gap["walk_min"])],
            [words("gap_nearest"), words("none") if pd.isna(nearest) else name_of(cover.centers, nearest)],
        ]
        place = _district(gap.get("district"), districts, words)
        if place:
            rows.append([words("district"), place])
        cards.append(
            {
                "name": words("gap", rank=str(rank)),
                "note": " · ".join([words.people(gap["weight"]), *([place] if place else [])]),
                "rows": rows,
            }
        )
    return cards


def gaps_not_listed(gaps: gpd.GeoDataFrame, words: Words) -> str | None:
    """Return a line on the gaps that the list leaves out."""
    rest = gaps["weight"].iloc[LISTED_GAPS:]
    if rest.empty:
        return None
    return words("gap_more", count=words.number(len(rest)), people=words.count(rest.sum()))


def site_cards(plan: SitePlan, words: Words) -> list[dict[str, Any]]:
    """Return rank, name and facts of each proposed site."""
    cards = []
    for key, site in plan.sites.iterrows():
        gain = words.people(site["gain"])
        after = words.share(None if pd.isna(site["share_after"]) else float(site["share_after"]))
        cards.append(
            {
                "name": name_of(plan.sites, str(key)),
                "rank": int(site["rank"]),
                "note": f"+{gain} → {after}",
                "rows": [
                    [words("site_rank"), str(int(site["rank"]))],
                    [words("site_gain"), gain],
                    [words("site_after"), after],
                ],
            }
        )
    return cards


def _district(key: str | None, districts: gpd.GeoDataFrame | None, words: Words) -> str:
    if not isinstance(key, str):
        return ""
    if key == OUTSIDE:
        return words("outside")
    return key if districts is None else name_of(districts, key)
