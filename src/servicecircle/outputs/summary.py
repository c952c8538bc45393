"""`summary.json`: the figures for machines."""

import json
from typing import Any

from servicecircle.outputs.figures import Figures, People, PlanFigures, figures, tidy
from servicecircle.outputs.result import StudyResult


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
        "demand": _demand(found.people),
        "by_minutes": [{"minutes": w.minutes, "covered": w.covered, "share": w.share} for w in found.by_minutes],
        "districts": [
            {
                "name": row.name,
                "total": row.people.total,
                "covered": row.people.covered,
                "share": row.people.share,
                "centers": row.centers,
            }
            for row in found.districts
        ],
        "gaps": _gaps(found),
        "plan": None if found.plan is None else _plan(found.plan),
        "network": found.network,
        "issues": len(result.issues),
    }


def summary_json(result: StudyResult, found: Figures | None = None) -> bytes:
    """Return `summary.json` as UTF-8; same result, same bytes."""
    # allow_nan=False: an infinite walk must have become null before, Infinity is not JSON.
    text = json.dumps(summary(result, found), ensure_ascii=False, allow_nan=False, indent=2)
    # A lone surrogate, which a damaged name may hold, cannot be written as UTF-8.
    return (text + "\n").encode("utf-8", errors="replace")


def _demand(people: People) -> dict[str, float | None]:
    return {
        "total": people.total,
        "covered": people.covered,
        "share": people.share,
        "too_far": people.too_far,
        "unreachable": people.unreachable,
        "off_network": people.off_network,
    }


def _gaps(found: Figures) -> list[dict[str, Any]]:
    return [
        {
            "id": gap.id,
            "weight": gap.weight,
            "walk_min": gap.walk_min,
            "nearest": gap.nearest,
            "district": gap.district,
        }
        for gap in found.gaps
    ]


def _plan(plan: PlanFigures) -> dict[str, Any]:
    return {
        "count": len(plan.sites),
        "covered": plan.covered,
        "share": plan.share,
        "bound": plan.bound,
        "gap": plan.gap,
        "status": plan.status,
        "sites": [
            {
                "rank": site.rank,
                "id": site.id,
                "name": site.name,
                "gain": site.gain,
                "share_after": site.share_after,
                "lon": site.lon,
                "lat": site.lat,
            }
            for site in plan.sites
        ],
    }
