"""`report.html`: the coverage report, one file that opens anywhere and prints on A4."""

import base64
from functools import partial
from importlib.resources import files
from typing import Any

from servicecircle import __version__
from servicecircle.outputs import tables
from servicecircle.outputs.changes import changes
from servicecircle.outputs.earlier import Earlier
from servicecircle.outputs.figures import figures
from servicecircle.outputs.map.layers import REASON_COLORS
from servicecircle.outputs.pictures.all import Pictures, draw
from servicecircle.outputs.pictures.city import lacks_glyphs
from servicecircle.outputs.report_tables import (
    LISTED_ISSUES,
    center_tables,
    change_tables,
    district_tables,
    gap_table,
    gaps_left,
    offer_tables,
    site_tables,
    sites_left,
)
from servicecircle.outputs.result import Language, StudyResult
from servicecircle.outputs.rows import Figures
from servicecircle.outputs.sentences import (
    assumption_sentences,
    bound_sentence,
    change_sentences,
    changed_rule,
    estimate_sentence,
    gap_caption,
    load_sentence,
    method_sentences,
    nearly_sentence,
    plan_sentence,
    rule_line,
    rule_values,
    summary_sentences,
)
from servicecircle.outputs.texts import number, percent, text


def report_html(
    result: StudyResult,
    found: Figures | None = None,
    drawn: Pictures | None = None,
    *,
    earlier: Earlier | None = None,
) -> bytes:
    """Return the report as one self-contained HTML file; same result, same bytes.

    `found` are the figures of this result and `drawn` its pictures, if they are at hand already; with the summary
    of an `earlier` run the report says what changed since.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("servicecircle.outputs", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found = found or figures(result)
    # Every text of the study enters as a value and is escaped; none is ever read as a template.
    page = environment.get_template("report.html.j2").render(
        **_view(result, found, drawn or draw(result, found)), **_changes(earlier, result, found)
    )
    return page.encode("utf-8", errors="replace")


def _view(result: StudyResult, found: Figures, drawn: Pictures) -> dict[str, Any]:
    language = result.language
    return {
        "t": partial(text, language=language),
        "n": partial(number, language=language),
        "pct": partial(percent, language=language),
        "cell": partial(tables.cell_text, language=language),
        "numbers": tables.NUMBERS,
        "caption": partial(gap_caption, language=language),
        "whole": tables.stays_whole,
        "longest": tables.LONGEST,
        "lang": "zh-CN" if language == "zh" else "en",
        "css": _style(language),
        "name": result.name,
        "rule": rule_line(result),
        "minutes": rule_values(result)["minutes"],
        "found": found,
        "sentences": summary_sentences(result, found),
        "estimated": estimate_sentence(result),
        "reasons": [(key, getattr(found.people, key), color) for key, color in REASON_COLORS.items()],
        "by_minutes": tables.minutes_table(found),
        "curve": _image(drawn.curve),
        "map": _image(drawn.whole),
        "lacks_glyphs": lacks_glyphs(result),
        "has_districts": result.districts is not None,
        "districts": district_tables(found, language),
        "bars": _image(drawn.districts),
        "load": load_sentence(found, language),
        "centers": center_tables(found.centers),
        "offers": offer_tables(found),
        "method": method_sentences(result, found),
        "assumptions": assumption_sentences(result),
        "left_out": tables.left_out_table(found, language),
        "issues": tables.issues_table(result.issues[:LISTED_ISSUES], language),
        "issue_count": len(result.issues),
        "inputs": tables.inputs_table(found, language),
        "sources": result.sources,
        "review_number": result.review_number,
        "version": __version__,
        **_gaps(found, drawn, language),
        **_plan(found, language),
    }


def _changes(earlier: Earlier | None, result: StudyResult, found: Figures) -> dict[str, Any]:
    if earlier is None:
        return {"changes": None}
    since = changes(earlier, result, found)
    said = {
        "sentences": change_sentences(since, result),
        "warnings": changed_rule(since, result),
        "districts": tables.changes_table(since, result.language),
        "lists": change_tables(since, result.language),
    }
    return {"changes": said}


def _gaps(found: Figures, drawn: Pictures, language: Language) -> dict[str, Any]:
    return {
        "gaps": gap_table(found, language),
        "cards": [(gap, _image(png)) for gap, png in zip(found.gaps, drawn.gaps, strict=False)],
        "gaps_left": gaps_left(found, language),
    }


def _plan(found: Figures, language: Language) -> dict[str, Any]:
    sites, alternatives = site_tables(found)
    return {
        "plan": plan_sentence(found.plan, language),
        "bound": bound_sentence(found.plan, language),
        "sites": sites,
        "sites_left": sites_left(found, language),
        "alternatives": alternatives,
        "nearly": nearly_sentence(found.plan, language),
    }


def _style(language: Language) -> str:
    """Return the styles, with the fixed words that stand at the foot of each printed page."""
    style = (files("servicecircle.outputs") / "assets" / "report.css").read_text("utf-8")
    return style.replace("REPORT_TITLE", text("report_title", language))


def _image(png: bytes | None) -> str | None:
    return None if png is None else "data:image/png;base64," + base64.b64encode(png).decode("ascii")
