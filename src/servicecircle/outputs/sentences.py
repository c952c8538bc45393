"""What report and document say in whole sentences."""

from servicecircle.outputs.center_figures import LITTLE, MUCH
from servicecircle.outputs.changes import Changes
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.rounding import tidy
from servicecircle.outputs.rows import Figures, GapRow, PlanFigures
from servicecircle.outputs.rules import count_entrances, rule_sentences
from servicecircle.outputs.tables import LONGEST
from servicecircle.outputs.texts import number, percent, text
from servicecircle.outputs.texts import walk as minutes_text

#: A plan is nearly as good as another if it loses less than this part of the people covered.
NEARLY = 0.01


def rule_values(result: StudyResult) -> dict[str, str]:
    """Return the rule in force as words: minutes, speed and the metres they mean."""
    language = result.language
    return {
        "minutes": number(result.limit, language),
        "speed": f"{result.speed_kmh:.1f}",
        "metres": number(result.limit_m, language, decimals=0),
    }


def rule_line(result: StudyResult) -> str:
    """Say the rule, the number of centers, and how old the data are if the study says so, in one line."""
    language = result.language
    parts = [
        text("rule_line", language, **rule_values(result)),
        text("centers_line", language, count=number(len(result.coverage.centers), language)),
    ]
    astray = sum(issue.problem == "center_off_network" for issue in result.issues)
    if astray:
        parts[1] += text("centers_astray", language, count=number(astray, language))
    # Only the study knows how old its data are; the day a file was written says little of that.
    if result.date:
        parts.append(text("as_of", language, day=result.date))
    return " · ".join(parts)


def summary_sentences(result: StudyResult, found: Figures) -> list[str]:
    """Say who can, who cannot, and what would help."""
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
        plan_sentence(found.plan, language),
    ]


def plan_sentence(plan: PlanFigures | None, language: str) -> str:
    """Say what the proposed sites bring, and what is proven."""
    if plan is None:
        return text("say_no_plan", language)
    kind = "ruled_" if plan.ruled else ""
    if plan.target_share is not None and (plan.ruled or plan.least_sites is None):
        # More sites, or more money, than the share takes would reach more.
        kind = "target_"
    proof = text(
        f"proof_{kind}{'optimal' if plan.status == 'optimal' else 'bound'}",
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
    said = text("say_plan", language, proof=proof, **values)
    if plan.target_share is None or plan.least_sites is None:
        return said
    share, least = percent(plan.target_share, language), number(plan.least_sites, language)
    needed = text("say_least_sites", language, share=share, count=least)
    return f"{said} {needed}" if language == "en" else f"{said}{needed}"


def bound_sentence(plan: PlanFigures | None, language: str) -> str | None:
    """Say the proven bound in people, where it is above what the plan reaches."""
    if plan is None or plan.status == "optimal" or not plan.sites:
        return None
    values = {"bound": number(plan.bound, language), "share": percent(plan.bound_share, language, up=True)}
    return text("bound_words", language, **values)


def gap_caption(gap: GapRow, language: str) -> str:
    """Say how many people live in a gap and how far the farthest walk."""
    walk = text("no_walk", language)
    if gap.walk_min is not None:
        walk = text("walk_minutes", language, minutes=minutes_text(gap.walk_min, language))
    return text("gap_caption", language, people=number(gap.weight, language), walk=walk)


def nearly_sentence(plan: PlanFigures | None, language: str) -> str:
    """Say how many of the plans with one site exchanged are nearly as good."""
    told = () if plan is None else plan.alternatives
    good = sum(row.loss is not None and plan is not None and row.loss < NEARLY * plan.covered for row in told)
    return text("alternatives_near", language, count=number(good, language), total=number(len(told), language))


def estimate_sentence(result: StudyResult) -> str | None:
    """Say that residents are an estimate, if they are."""
    if result.estimated is None:
        return None
    total, buildings = result.estimated
    values = {"total": number(total, result.language, decimals=0), "buildings": number(buildings, result.language)}
    return text("estimated", result.language, **values)


def load_sentence(found: Figures, language: str) -> str:
    """Say what load means, and how many centers have much or little."""
    loads = [row.load for row in found.centers if row.load is not None]
    values = {
        "much": number(sum(load >= MUCH for load in loads), language),
        "little": number(sum(load <= LITTLE for load in loads), language),
    }
    if found.people_per_place is None:
        return text("load_people", language, **values)
    return text("load_capacity", language, per_place=number(found.people_per_place, language), **values)


def method_sentences(result: StudyResult, found: Figures) -> list[str]:
    """Say how it was measured."""
    language, values, people = result.language, rule_values(result), found.people
    parts = {
        key: number(getattr(people, key), language)
        for key in ("total", "covered", "too_far", "unreachable", "off_network")
    }
    component, snap = number(result.min_component_m, language), number(result.max_snap_m, language)
    return [
        text("method_walk", language, **values),
        text("method_streets", language, component=component),
        *rule_sentences(result),
        text("method_reasons", language, minutes=values["minutes"], snap=snap),
        text("method_shares", language, **parts),
    ]


def assumption_sentences(result: StudyResult) -> list[str]:
    """Say what was assumed without being measured."""
    _, entrances = count_entrances(result.coverage.centers)
    keys = ["assume_walk", "assume_home", "assume_doors" if entrances else "assume_center", "assume_edge"]
    generated = result.candidates is not None and not any(read.layer == "candidates" for read in result.inputs)
    said = [text(key, result.language) for key in [*keys, *(["assume_candidates"] if generated else [])]]
    estimate = estimate_sentence(result)
    return [*said, *([estimate] if estimate else [])]


def change_sentences(since: Changes, result: StudyResult) -> list[str]:
    """Say how coverage and gaps changed since an earlier run, and what does not compare."""
    language, headline = result.language, since.headline
    difference = text("not_available", language)
    if headline.share is not None:
        difference = text("points", language, points=f"{headline.share * 100:+.1f}")
    coverage = {
        "before": percent(headline.before, language),
        "now": percent(headline.now, language),
        "difference": difference,
        "total_before": number(headline.total_before, language),
        "total_now": number(headline.total_now, language),
    }
    gaps = {key: number(count, language) for key, count in (("came", len(since.came)), ("went", len(since.went)))}
    said = [
        text("changed_share", language, **coverage),
        text("changed_gaps", language, stayed=number(since.stayed, language), **gaps),
        text("gaps_by_place" if since.by_place else "gaps_by_name", language),
    ]
    if since.opened is None:
        said.append(text("centers_unknown", language))
    return said


def changed_rule(since: Changes, result: StudyResult) -> list[str]:
    """Say that the earlier run was of another study or had another rule, if so."""
    language, said = result.language, []
    if since.name != result.name:
        said.append(text("changed_study", language, name=since.name[:LONGEST]))
    if since.rule is not None:
        minutes, speed = since.rule
        now = rule_values(result)
        was = {"minutes": number(minutes, language), "speed": number(speed, language, decimals=3)}
        now_speed = number(result.speed_kmh, language, decimals=3)
        said.append(text("changed_rule", language, **was, now_minutes=now["minutes"], now_speed=now_speed))
    return said
