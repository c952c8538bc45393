"""All figures the outputs show, computed in one place so that they agree."""

import math
from collections import Counter

import numpy as np
import pandas as pd

from servicecircle.analysis.coverage import Coverage, mean_walk
from servicecircle.analysis.siting.plan import SitePlan
from servicecircle.outputs.center_figures import center_rows, offer_rows
from servicecircle.outputs.district_figures import district_rows
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.rounding import counted, degrees, parts_of, people, share_of, tidy, walked, words
from servicecircle.outputs.rows import AlternativeRow, Figures, GapRow, PlanFigures, SiteRow, Within


def figures(result: StudyResult) -> Figures:
    """Compute all figures of a study."""
    cover = result.coverage
    districts, parents = district_rows(cover, result.districts)
    centers, people_per_place = center_rows(cover)
    return Figures(
        people=people(cover),
        walk_min=_mean_walk(cover),
        by_minutes=tuple(_within(cover, minutes) for minutes in result.minutes),
        curve=_curve(cover, 2 * result.limit),
        districts=districts,
        parents=parents,
        gaps=_gaps(result),
        plan=None if result.plan is None else _plan(result.plan, result),
        centers=centers,
        people_per_place=people_per_place,
        offers=offer_rows(result.offers, cover),
        left_out=_left_out(result),
        network={key: tidy(value, 3) for key, value in result.network.figures().items()},
        inputs=result.inputs,
    )


def _mean_walk(cover: Coverage) -> float | None:
    everyone = pd.Series("", index=cover.demand.index)
    return walked(float(mean_walk(cover.demand, everyone).get("", np.nan)))


def _within(cover: Coverage, minutes: float) -> Within:
    # At the limit the headline's own sum is taken: another order of adding may round another way.
    covered = cover.covered if minutes == cover.minutes else cover.within(minutes)
    return Within(
        minutes=tidy(minutes, 3), covered=counted(covered, parts_of(cover)), share=share_of(covered, cover.total)
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


def _gaps(result: StudyResult) -> tuple[GapRow, ...]:
    cover = result.coverage
    districts = result.districts
    district_names = {} if districts is None else {str(k): words(v) for k, v in districts["name"].items()}
    center_names = {str(key): words(name) for key, name in cover.centers.get("name", pd.Series(dtype=object)).items()}
    rows = []
    shapes = result.gaps.geometry
    places = degrees(shapes.representative_point().to_frame("geometry"))
    boxes = shapes.to_crs(4326).bounds.round(6).itertuples(index=False, name=None)
    for rank, ((key, row), (lon, lat), box) in enumerate(zip(result.gaps.iterrows(), places, boxes, strict=True), 1):
        nearest = words(row["nearest"]) or None
        district = words(row["district"]) or None
        rows.append(
            GapRow(
                rank=rank,
                id=str(key),
                weight=counted(row["weight"], parts_of(cover)),
                share=share_of(row["weight"], cover.total),
                walk_min=walked(row["walk_min"]),
                nearest=nearest,
                nearest_name=center_names.get(nearest) or nearest if nearest else None,
                district=district_names.get(district, district) if district else None,
                lon=lon,
                lat=lat,
                box=box,
            )
        )
    return tuple(rows)


def _plan(plan: SitePlan, result: StudyResult) -> PlanFigures:
    cover, candidates = result.coverage, result.candidates
    parts = parts_of(cover)
    share, fewest = result.fewest or (None, None)
    counted_sites = fewest is not None and "cost" not in fewest.sites.columns
    covered = counted(plan.covered, parts)
    # Upwards, or the claim would not be proven; the inner rounding takes away binary dust.
    bound = tidy(math.ceil(round(plan.bound * parts, 6)) / parts, 1)
    optimal = plan.status == "optimal"
    return PlanFigures(
        covered=covered,
        share=share_of(plan.covered, plan.total),
        gain=counted(plan.covered - cover.covered, parts),
        bound=covered if optimal else bound,
        bound_share=share_of(plan.covered if optimal else plan.bound, plan.total),
        gap=tidy(plan.gap, 6) if np.isfinite(plan.gap) else None,
        status=plan.status,
        candidates=len(plan.sites) if candidates is None else len(candidates),
        sites=_sites(plan, parts),
        ruled=result.ruled,
        target_share=share,
        least_sites=math.ceil(fewest.bound - 1e-6) if fewest is not None and counted_sites else None,
        alternatives=_alternatives(plan, result),
    )


def _alternatives(plan: SitePlan, result: StudyResult) -> tuple[AlternativeRow, ...]:
    if result.alternatives is None or not len(plan.sites):
        return ()
    names = {} if result.candidates is None else {str(key): words(name) for key, name in _names(result.candidates)}
    other = result.alternatives.reindex(plan.sites.index)
    known = other.index.isin(result.alternatives.index)
    return tuple(
        AlternativeRow(
            rank=int(site["rank"]),
            name=words(site.get("name")) or str(key),
            replacement=_called(words(instead), names) or None,
            loss=counted(loss, parts_of(result.coverage)) if np.isfinite(loss) else None,
        )
        for (key, site), instead, loss, told in zip(
            plan.sites.iterrows(), other["replacement"], other["loss"].astype("float64"), known, strict=True
        )
        if told
    )


def _called(key: str, names: dict[str, str]) -> str:
    """Return a name with its id, since several candidates may lie on one street."""
    name = names.get(key)
    return f"{name} ({key})" if name and name != key else key


def _names(table: pd.DataFrame) -> list[tuple[object, object]]:
    return list(table.get("name", pd.Series(dtype=object)).items())


def _sites(plan: SitePlan, parts: int) -> tuple[SiteRow, ...]:
    sites = plan.sites
    return tuple(
        SiteRow(
            rank=int(row["rank"]),
            id=str(key),
            name=words(row.get("name")),
            gain=counted(row["gain"], parts),
            share_after=share_of(float(row["share_after"]), 1.0) if pd.notna(row["share_after"]) else None,
            lon=lon,
            lat=lat,
        )
        for (key, row), (lon, lat) in zip(sites.iterrows(), degrees(sites), strict=True)
    )


def _left_out(result: StudyResult) -> tuple[tuple[str, str, int], ...]:
    counts = Counter((issue.problem, issue.action) for issue in result.issues)
    return tuple(
        (problem, action, count) for (problem, action), count in sorted(counts.items(), key=lambda i: (-i[1], i[0]))
    )
