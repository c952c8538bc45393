"""All figures the outputs show, computed and rounded in one place so that they agree.

People may be scaled estimates with fractions. Each figure is rounded to whole people where the study
counts at least 1000, else to tenths. Of the headline and of each district, total and covered are rounded by
themselves and the other three reasons divide the difference (largest remainder), so that total = covered +
too far + unreachable + off network holds for what is printed. Shares are of the exact figures.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from servicecircle.analysis.coverage import REASONS, Coverage, catchments
from servicecircle.analysis.plan import SitePlan
from servicecircle.outputs.result import StudyResult

WGS84 = "EPSG:4326"


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """People by reason; the four parts add up to `total`. `share` is None without people."""

    total: float
    covered: float
    share: float | None
    too_far: float
    unreachable: float
    off_network: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """People within some minutes."""

    minutes: float
    covered: float
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictRow:
    """One district; `walk_min` is the mean walk of those who have one."""

    id: str
    name: str
    people: People
    walk_min: float | None
    centers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """One gap; `nearest` is the id of a center, `district` a name."""

    rank: int
    id: str
    weight: float
    share: float | None
    walk_min: float | None
    nearest: str | None
    nearest_name: str | None
    district: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """One proposed site; `lon` and `lat` in WGS 84."""

    rank: int
    id: str
    name: str
    gain: float
    share_after: float | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFigures:
    """What the plan achieves; `bound` is rounded upwards, so that it stays true."""

    covered: float
    share: float | None
    gain: float
    bound: float
    bound_share: float | None
    gap: float | None
    status: str
    candidates: int
    sites: tuple[SiteRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CenterRow:
    """One center with its catchment."""

    id: str
    name: str
    tier: str
    kind: str
    people: float
    covered: float
    walk_min: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything the outputs show.

    Attributes
    ----------
    people
        The headline.
    by_minutes
        One entry for each walking time asked for.
    curve
        (minutes, share) from 0 to twice the limit; empty without people.
    left_out
        Rows by (problem, action), the most frequent first.
    network
        Figures of the walking network.
    """

    people: People
    by_minutes: tuple[Within, ...]
    curve: tuple[tuple[float, float], ...]
    districts: tuple[DistrictRow, ...]
    gaps: tuple[GapRow, ...]
    plan: PlanFigures | None
    centers: tuple[CenterRow, ...]
    left_out: tuple[tuple[str, str, int], ...]
    network: dict[str, float]


def figures(result: StudyResult) -> Figures:
    """Compute all figures of a study."""
    cover = result.coverage
    return Figures(
        people=people(cover),
        by_minutes=tuple(_within(cover, minutes) for minutes in result.minutes),
        curve=_curve(cover, 2 * result.limit),
        districts=_districts(result),
        gaps=_gaps(result),
        plan=None if result.plan is None else _plan(result.plan, cover, result.candidates),
        centers=_centers(cover),
        left_out=_left_out(result),
        network={key: tidy(value, 3) for key, value in result.network.figures().items()},
    )


def people(cover: Coverage) -> People:
    """Round the headline of a coverage, parts and total together."""
    return _people({**cover.reasons, "covered": cover.covered}, parts_of(cover))


def parts_of(cover: Coverage) -> int:
    """Into how many parts a person is divided when rounding: 1, or 10 below 1000 people."""
    return 1 if cover.total >= 1000 else 10


def tidy(value: float, decimals: int) -> float:
    """Round, and turn whole numbers into int, so that every output writes 12 and not 12.0."""
    rounded = round(float(value), decimals)
    return int(rounded) if rounded.is_integer() else rounded


def _count(value: float, parts: int) -> float:
    return tidy(round(value * parts) / parts, 1)


def _share(part: float, total: float) -> float | None:
    return tidy(part / total, 6) if total > 0 else None


def _minutes(value: float) -> float | None:
    return tidy(value, 1) if np.isfinite(value) else None


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)) else str(value)


def _people(weights: Mapping[Any, float], parts: int) -> People:
    total = math.fsum(weights[reason] for reason in REASONS)
    units, covered = round(total * parts), round(weights["covered"] * parts)
    rest = largest_remainder([weights[reason] for reason in REASONS[1:]], units - covered)
    too_far, unreachable, off_network = (tidy(value / parts, 1) for value in rest)
    return People(
        total=tidy(units / parts, 1),
        covered=tidy(covered / parts, 1),
        share=_share(weights["covered"], total),
        too_far=too_far,
        unreachable=unreachable,
        off_network=off_network,
    )


def largest_remainder(values: list[float], units: int) -> list[int]:
    """Divide whole `units` in proportion to `values`; what flooring leaves goes to the largest remainders."""
    total = math.fsum(values)
    if total <= 0 or units <= 0:
        return [0] * len(values)
    exact = [value / total * units for value in values]
    whole = [math.floor(value) for value in exact]
    order = sorted(range(len(values)), key=lambda i: (whole[i] - exact[i], i))
    for i in order[: units - sum(whole)]:
        whole[i] += 1
    return whole


def _within(cover: Coverage, minutes: float) -> Within:
    # At the limit the headline's own sum is taken: another order of adding may round another way.
    covered = cover.covered if minutes == cover.minutes else cover.within(minutes)
    return Within(
        minutes=tidy(minutes, 3), covered=_count(covered, parts_of(cover)), share=_share(covered, cover.total)
    )


def _curve(cover: Coverage, longest: float) -> tuple[tuple[float, float], ...]:
    if cover.total <= 0:
        return ()
    walk = cover.demand["walk_min"].to_numpy(dtype=float)
    order = np.argsort(walk, kind="stable")
    weight = np.concatenate([[0.0], np.cumsum(cover.demand["weight"].to_numpy(dtype=float)[order])])
    minutes = np.linspace(0.0, longest, 241)
    shares = weight[np.searchsorted(walk[order], minutes, side="right")] / cover.total
    return tuple(zip(minutes.tolist(), shares.tolist(), strict=True))


def _districts(result: StudyResult) -> tuple[DistrictRow, ...]:
    if result.districts is None:
        return ()
    table = result.coverage.by(result.districts)
    return tuple(
        DistrictRow(
            id=str(key),
            name=_text(row["name"]),
            people=_people({reason: float(row[reason]) for reason in REASONS}, parts),
            walk_min=_minutes(row["walk_min"]),
            centers=int(row["centers"]),
        )
        for parts in [parts_of(result.coverage)]
        for key, row in table.iterrows()
    )


def _gaps(result: StudyResult) -> tuple[GapRow, ...]:
    cover = result.coverage
    districts = result.districts
    district_names = {} if districts is None else {str(k): _text(v) for k, v in districts["name"].items()}
    center_names = {str(key): _text(name) for key, name in cover.centers.get("name", pd.Series(dtype=object)).items()}
    rows = []
    for rank, (key, row) in enumerate(result.gaps.iterrows(), start=1):
        nearest = _text(row["nearest"]) or None
        district = _text(row["district"]) or None
        rows.append(
            GapRow(
                rank=rank,
                id=str(key),
                weight=_count(row["weight"], parts_of(cover)),
                share=_share(row["weight"], cover.total),
                walk_min=_minutes(row["walk_min"]),
                nearest=nearest,
                nearest_name=center_names.get(nearest) or nearest if nearest else None,
                district=district_names.get(district, district) if district else None,
            )
        )
    return tuple(rows)


def _plan(plan: SitePlan, cover: Coverage, candidates: gpd.GeoDataFrame | None) -> PlanFigures:
    parts = parts_of(cover)
    covered = _count(plan.covered, parts)
    # Upwards, or the claim would not be proven; the inner rounding takes away binary dust.
    bound = tidy(math.ceil(round(plan.bound * parts, 6)) / parts, 1)
    optimal = plan.status == "optimal"
    return PlanFigures(
        covered=covered,
        share=_share(plan.covered, plan.total),
        gain=_count(plan.covered - cover.covered, parts),
        bound=covered if optimal else bound,
        bound_share=_share(plan.covered if optimal else plan.bound, plan.total),
        gap=tidy(plan.gap, 6) if np.isfinite(plan.gap) else None,
        status=plan.status,
        candidates=len(plan.sites) if candidates is None else len(candidates),
        sites=_sites(plan, parts),
    )


def _sites(plan: SitePlan, parts: int) -> tuple[SiteRow, ...]:
    sites = plan.sites
    places: list[tuple[float | None, float | None]] = [(None, None)] * len(sites)
    if isinstance(sites, gpd.GeoDataFrame) and len(sites):
        points = sites.geometry.to_crs(WGS84)
        places = [(round(lon, 6), round(lat, 6)) for lon, lat in zip(points.x, points.y, strict=True)]
    return tuple(
        SiteRow(
            rank=int(row["rank"]),
            id=str(key),
            name=_text(row.get("name")),
            gain=_count(row["gain"], parts),
            share_after=_share(float(row["share_after"]), 1.0) if pd.notna(row["share_after"]) else None,
            lon=lon,
            lat=lat,
        )
        for (key, row), (lon, lat) in zip(sites.iterrows(), places, strict=True)
    )


def _centers(cover: Coverage) -> tuple[CenterRow, ...]:
    table = catchments(cover)
    return tuple(
        CenterRow(
            id=str(key),
            name=_text(center.get("name")),
            tier=_text(center.get("tier")),
            kind=_text(center.get("kind")),
            people=_count(row["weight"], parts_of(cover)),
            covered=_count(row["covered"], parts_of(cover)),
            walk_min=_minutes(row["walk_min"]),
        )
        for (key, row), (_, center) in zip(table.iterrows(), cover.centers.iterrows(), strict=True)
    )


def _left_out(result: StudyResult) -> tuple[tuple[str, str, int], ...]:
    counts = Counter((issue.problem, issue.action) for issue in result.issues)
    return tuple(
        (problem, action, count) for (problem, action), count in sorted(counts.items(), key=lambda i: (-i[1], i[0]))
    )
