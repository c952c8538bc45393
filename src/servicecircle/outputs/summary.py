"""`summary.json`: the figures for machines."""

import json
from dataclasses import asdict
from typing import Any

from servicecircle.outputs.figures import figures
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.rounding import tidy
from servicecircle.outputs.rows import CenterRow, DistrictRow, Figures, PlanFigures


def summary(result: StudyResult, found: Figures | None = None) -> dict[str, Any]:
    """Return the figures of a study under the names of `summary.json`; None where there is none.

    `found` are the figures of this result, if they are at hand already.
    """
    found = found or figures(result)
    return {
        "name": result.name,
        "minutes": [tidy(minutes, 3) for minutes in result.minutes],
        "speed_kmh": tidy(result.speed_kmh, 3),
        "limit_m": tidy(result.limit_m, 1),
        "centers": len(found.centers),
        "demand": asdict(found.people),
        "by_minutes": [asdict(within) for within in found.by_minutes],
        "districts": [_district(row) for row in found.districts],
        "gaps": [_named(gap, "id weight walk_min nearest district") for gap in found.gaps],
        "plan": None if found.plan is None else _plan(found.plan),
        "network": found.network,
        "issues": len(result.issues),
        "parents": [_district(row) | {"districts": _below(row, found)} for row in found.parents],
        "gap_places": [_named(gap, "id lon lat box") for gap in found.gaps],
        "catchments": [
            _named(row, "id name people covered walk_min lon lat") for row in sorted(found.centers, key=_id)
        ],
        "offers": [asdict(row) for row in found.offers],
    }


def summary_json(result: StudyResult, found: Figures | None = None) -> bytes:
    """Return `summary.json` as UTF-8; same result, same bytes."""
    # allow_nan=False: an infinite walk must have become null before, Infinity is not JSON.
    text = json.dumps(summary(result, found), ensure_ascii=False, allow_nan=False, indent=2)
    # A lone surrogate, which a damaged name may hold, cannot be written as UTF-8.
    return (text + "\n").encode("utf-8", errors="replace")


def _named(row: object, names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names.split()}


def _district(row: DistrictRow) -> dict[str, Any]:
    people = {"total": row.people.total, "covered": row.people.covered, "share": row.people.share}
    return {"name": row.name, **people, "centers": row.centers}


def _below(parent: DistrictRow, found: Figures) -> list[str]:
    return [row.name for row in found.districts if row.parent == parent.name]


def _plan(plan: PlanFigures) -> dict[str, Any]:
    return {
        "count": len(plan.sites),
        **_named(plan, "covered share bound gap status"),
        "sites": [asdict(site) for site in plan.sites],
    }


def _id(row: CenterRow) -> str:
    return row.id
