"""`report.html`: the coverage report, one file that opens anywhere and prints on A4."""

import base64
import math
from functools import partial
from importlib.resources import files
from typing import Any

from servicecircle import __version__
from servicecircle.analysis.districts import OUTSIDE
from servicecircle.network.profile import PROFILES, WalkProfile
from servicecircle.outputs.figures import figures
from servicecircle.outputs.map_layers import REASON_COLORS
from servicecircle.outputs.picture import curve_picture, lacks_glyphs, map_picture
from servicecircle.outputs.problems import problem_text
from servicecircle.outputs.result import Language, StudyResult
from servicecircle.outputs.rounding import tidy
from servicecircle.outputs.rows import CenterRow, Figures, PlanFigures
from servicecircle.outputs.texts import number, percent, text, walk

#: Longer lists go on in report.xlsx and issues.csv.
LISTED_GAPS, LISTED_ISSUES, LISTED_CENTERS = 20, 20, 5


def report_html(result: StudyResult, found: Figures | None = None) -> bytes:
    """Return the report as one self-contained HTML file; same result, same bytes.

    `found` are the figures of this result, if they are at hand already.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("servicecircle.outputs", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Every text of the study enters as a value and is escaped; none is ever read as a template.
    page = environment.get_template("report.html.j2").render(_view(result, found or figures(result)))
    return page.encode("utf-8", errors="replace")


def _view(result: StudyResult, found: Figures) -> dict[str, Any]:
    language = result.language
    gaps_left = found.gaps[LISTED_GAPS:]
    return {
        "t": partial(text, language=language),
        "n": partial(number, language=language),
        "pct": partial(percent, language=language),
        "walk": partial(walk, language=language),
        "lang": "zh-CN" if language == "zh" else "en",
        "css": (files("servicecircle.outputs") / "assets" / "report.css").read_text("utf-8"),
        "name": result.name,
        "rule": text("rule_line", language, **_rule(result)),
        "values": _rule(result),
        "found": found,
        "profile": _profile(result.network.profile, language),
        "snap": result.max_snap_m,
        "component": result.min_component_m,
        "sentences": _sentences(result, found),
        "say_plan": _say_plan(found.plan, language),
        "estimated": _estimated(result),
        "reasons": [(key, getattr(found.people, key), color) for key, color in REASON_COLORS.items()],
        "map": _image(map_picture(result)),
        "curve": _image(curve_picture(result, found)) if found.curve else None,
        "lacks_glyphs": lacks_glyphs(result),
        "outside": OUTSIDE,
        "has_districts": result.districts is not None,
        "gaps": found.gaps[:LISTED_GAPS],
        "gaps_left": (len(gaps_left), tidy(sum(gap.weight for gap in gaps_left), 1)),
        "has_tier": any(row.tier for row in found.centers),
        "has_kind": any(row.kind for row in found.centers),
        "center_tables": _center_tables(found.centers),
        "issues": result.issues[:LISTED_ISSUES],
        "issue_count": len(result.issues),
        "problem": partial(problem_text, language=language),
        "sources": result.sources,
        "version": __version__,
    }


def _profile(profile: WalkProfile, language: Language) -> str:
    """Say who walks and what steps mean to them; a profile of the caller's own shows its name."""
    if math.isinf(profile.steps_factor):
        steps = text("steps_closed", language)
    elif profile.steps_factor == 1:
        steps = text("steps_level", language)
    else:
        steps = text("steps_longer", language, factor=f"{profile.steps_factor:g}")
    known = profile.name == WalkProfile().name or profile.name in PROFILES
    who = text(f"walker_{profile.name}", language) if known else profile.name
    return text("method_profile", language, who=who, steps=steps)


def _rule(result: StudyResult) -> dict[str, str]:
    language = result.language
    return {
        "minutes": number(result.limit, language),
        "speed": f"{result.speed_kmh:.1f}",
        "metres": number(result.limit_m, language, decimals=0),
    }


def _sentences(result: StudyResult, found: Figures) -> list[str]:
    """Return the summary: who can, who cannot, what would help."""
    language, people = result.language, found.people
    if people.share is None:
        return [text("say_nobody", language)]
    who = {
        "covered": number(people.covered, language),
        "total": number(people.total, language),
        "share": percent(people.share, language),
        "centers": number(len(found.centers), language),
    }
    left = {
        "left": number(tidy(people.total - people.covered, 1), language),
        "too_far": number(people.too_far, language),
        "unreachable": number(people.unreachable, language),
        "off_network": number(people.off_network, language),
    }
    return [
        text("say_covered", language, **who, minutes=number(result.limit, language)),
        text("say_left", language, **left),
        _say_plan(found.plan, language),
    ]


def _say_plan(plan: PlanFigures | None, language: str) -> str:
    if plan is None:
        return text("say_no_plan", language)
    proof = text(
        "proof_optimal" if plan.status == "optimal" else "proof_bound",
        language,
        count=number(len(plan.sites), language),
        candidates=number(plan.candidates, language),
        bound=percent(plan.bound_share, language, up=True),
    )
    if not plan.sites:
        return text("say_no_site", language, proof=proof)
    values = {
        "count": number(len(plan.sites), language),
        "gain": number(plan.gain, language),
        "share": percent(plan.share, language),
    }
    return text("say_plan", language, proof=proof, **values)


def _estimated(result: StudyResult) -> str | None:
    if result.estimated is None:
        return None
    total, buildings = result.estimated
    values = {"total": number(total, result.language, decimals=0), "buildings": number(buildings, result.language)}
    return text("estimated", result.language, **values)


def _center_tables(centers: tuple[CenterRow, ...]) -> list[tuple[str, list[CenterRow]]]:
    """Return the centers with the largest and the smallest catchment; all of them if they are few."""
    ranked = sorted(centers, key=lambda row: (-row.people, row.id))
    if len(ranked) <= 2 * LISTED_CENTERS:
        return [("catchment", ranked)]
    return [("largest", ranked[:LISTED_CENTERS]), ("smallest", ranked[: -LISTED_CENTERS - 1 : -1])]


def _image(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
