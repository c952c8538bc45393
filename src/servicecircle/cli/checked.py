"""What `check` says of the inputs of a study, in its language."""

from collections import Counter
from functools import partial

from servicecircle.cli.saying import number, say, say_about, say_line
from servicecircle.inputs.issues import RowIssue
from servicecircle.outputs.problems import problem_text, value_text
from servicecircle.outputs.rules import count_entrances
from servicecircle.outputs.texts import command_text, text
from servicecircle.study.checkup import Checkup, Fit
from servicecircle.study.layers import Layers

#: Issues of one kind that are printed; the file holds all.
_SHOWN = 5
_DATUMS = {"wgs84": "WGS 84", "gcj02": "GCJ-02", "bd09": "BD-09"}


def say_checked(found: Checkup, *, name: str, language: str) -> None:
    """Say what the layers hold and which datum they are in, if they can be used, and the first issues of each kind."""
    if found.layers is not None:
        say(f"{name} · {command_text('usable', language)} · {found.layers.network.crs.to_string()}")
        _say_layers(found.layers, language)
        for fit in found.fits:
            say_about("datum", _fit(fit, language), language)
    _say_issues(found, language)


def _say_layers(layers: Layers, language: str) -> None:
    say_as = partial(command_text, language=language)
    figures, kilometres = layers.network.figures(), number(layers.network.length_m.sum() / 1000)
    say_about("streets", say_as("segments", count=number(len(layers.network.ids)), length=kilometres), language)
    values = {key: number(figures[key]) for key in ("components", "length_km", "dropped_components", "dropped_km")}
    say_about("network", say_as("parts", **values), language)
    _, entrances = count_entrances(layers.centers)
    centers = number(len(layers.centers))
    counted = say_as("with_entrances", count=centers, entrances=number(entrances)) if entrances else centers
    say_about("centers", counted, language)
    weight = number(layers.demand["weight"].sum())
    say_about("demand", say_as("places", count=number(len(layers.demand)), people=weight), language)
    if layers.districts is not None:
        say_about("districts", number(len(layers.districts)), language)
    if layers.candidates is not None:
        say_about("candidates", number(len(layers.candidates)), language)


def _fit(fit: Fit, language: str) -> str:
    """Say how likely each datum is, and what to do if another than the one in force is."""
    found, say_as = fit.found, partial(command_text, language=language)
    names = _DATUMS | {"swapped": say_as("exchanged")}
    where = " ".join(filter(None, [fit.file, fit.batch]))
    ranked = sorted(found.likelihood.items(), key=lambda item: -item[1])
    if not found.apart:
        return say_as("datum_any", file=where)
    comma = "，" if language == "zh" else ", "
    shares = comma.join(f"{names[name]} {share:.1%}" for name, share in ranked if share >= 0.0005)
    if found.suggested == "swapped":
        return say_as("datum_exchanged", file=where, shares=shares)
    if found.suggested:
        best = {"name": names[found.suggested], "datum": found.suggested}
        return say_as("datum_other", file=where, shares=shares, **best)
    if found.sure:
        return say_as("datum_said", file=where, shares=shares)
    return say_as("datum_unsure", file=where, shares=shares, rows=str(found.rows))


def _say_issues(found: Checkup, language: str) -> None:
    said: Counter[str] = Counter()
    for issue in found.issues:
        said[issue.problem] += 1
        if said[issue.problem] <= _SHOWN:
            words = {
                "where": _where(issue, language),
                "value": value_text(issue, language),
                "problem": problem_text(issue.problem, language),
            }
            say_line(text(issue.action, language), command_text("issue", language, **words))
    for problem, count in said.items():
        if count > _SHOWN:
            say(command_text("more", language, count=str(count - _SHOWN), problem=problem_text(problem, language)))


def _where(issue: RowIssue, language: str) -> str:
    row = command_text("row", language, row=str(issue.row)) if issue.row else ""
    return ("，" if language == "zh" else ", ").join(filter(None, [issue.file, row, issue.column]))
