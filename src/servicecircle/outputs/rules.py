"""Which profile and which rules are in force, in words."""

import math

import geopandas as gpd
import pandas as pd
import shapely

from servicecircle.network.profile import PROFILES, VALUES, WalkProfile
from servicecircle.outputs.result import Language, StudyResult
from servicecircle.outputs.texts import number, text
from servicecircle.outputs.words import CATALOGUE


def rule_sentences(result: StudyResult) -> list[str]:
    """Say who walks, and what of the usual rules was changed: slope, crossings, barriers, new streets, entrances."""
    language, profile = result.language, result.network.profile
    said = [_profile(profile, language, no_crossings=result.rules.no_crossings)]
    if not _usual(profile):
        said.append(text("method_values", language, values=_values(profile, language)))
    if profile.closed:
        tags = "; ".join(f"{tag} = {', '.join(values)}" for tag, values in profile.closed.items())
        said.append(text("method_closed", language, tags=tags))
    if result.network.slope:
        heights = text("heights_of_lines", language) if result.network.slope == "z" else result.network.slope
        said.append(text("method_slope", language, heights=heights))
    for key, count, metres in (
        ("method_shut", result.rules.barriers, result.rules.shut_m),
        ("method_added", result.rules.added, result.rules.added_m),
    ):
        if count:
            said.append(text(key, language, count=number(count, language), metres=number(metres, language)))
    centers, entrances = count_entrances(result.coverage.centers)
    if entrances:
        counts = {"centers": number(centers, language), "count": number(entrances, language)}
        said.append(text("method_entrances", language, **counts))
    return said


def rules_in_force(result: StudyResult, language: Language) -> str:
    """Name the profile and the rules in a few words; an empty text where all is as usual."""
    profile = result.network.profile
    said = [] if _usual(profile) else [_who(profile, language)]
    if profile.crossing_s or profile.signal_s:
        said.append(text("rule_no_crossings" if result.rules.no_crossings else "rule_crossings", language))
    if result.network.slope:
        said.append(text("rule_slope", language))
    _, entrances = count_entrances(result.coverage.centers)
    for key, count in (
        ("rule_shut", result.rules.barriers),
        ("rule_added", result.rules.added),
        ("rule_entrances", entrances),
    ):
        if count:
            said.append(text(key, language, count=number(count, language)))
    return " · ".join(said)


def count_entrances(centers: pd.DataFrame) -> tuple[int, int]:
    """Return how many centers have entrances of their own, and how many entrances that are."""
    if "entrances" not in centers or not isinstance(centers["entrances"], gpd.GeoSeries):
        return 0, 0
    doors = shapely.get_num_geometries(centers["entrances"].to_numpy())
    return int((doors > 0).sum()), int(doors.sum())


def _usual(profile: WalkProfile) -> bool:
    """Say whether nothing but the speed is set."""
    usual = WalkProfile(speed_kmh=profile.speed_kmh)
    return (
        profile.name == usual.name
        and not profile.closed
        and all(getattr(profile, value) == getattr(usual, value) for value in VALUES)
    )


def _who(profile: WalkProfile, language: Language) -> str:
    known = profile.name == WalkProfile().name or profile.name in PROFILES
    return text(f"walker_{profile.name}", language) if known else profile.name


def _profile(profile: WalkProfile, language: Language, *, no_crossings: bool) -> str:
    """Say who walks and what steps and crossings mean to them; a profile of the caller's own shows its name."""
    if math.isinf(profile.steps_factor):
        steps = text("steps_closed", language)
    elif profile.steps_factor == 1:
        steps = text("steps_level", language)
    else:
        steps = text("steps_longer", language, factor=f"{profile.steps_factor:g}")
    said = text("method_profile", language, who=_who(profile, language), steps=steps)
    if not profile.crossing_s and not profile.signal_s:
        return said
    seconds = {"crossing": f"{profile.crossing_s:g}", "signal": f"{profile.signal_s:g}"}
    return f"{said} {text('method_no_crossings' if no_crossings else 'method_crossings', language, **seconds)}"


def _values(profile: WalkProfile, language: Language) -> str:
    """Return each value with its source."""
    values = [*VALUES, *(["closed"] if profile.closed else [])]
    said = []
    for value in values:
        held = getattr(profile, value)
        shown = "" if value == "closed" else "∞" if math.isinf(held) else f"{held:g}"
        source = profile.source(value)
        named = text(source, language) if source in CATALOGUE["rules"] else source
        said.append(f"{text(f'value_{value}', language, value=shown)} ({named})")
    return ", ".join(said)
