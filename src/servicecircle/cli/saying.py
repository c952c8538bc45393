"""What the commands say, and the bar they draw while they work."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING
from unicodedata import category

import typer

from servicecircle.errors import OutputError
from servicecircle.outputs.texts import command_text, wide
from servicecircle.study.clock import Progress

if TYPE_CHECKING:
    from servicecircle.analysis.coverage import Coverage
    from servicecircle.analysis.siting.plan import SitePlan
    from servicecircle.inputs.issues import RowIssue


def say(line: str) -> None:
    """Print one line of the answer.

    Raises
    ------
    OutputError
        If nobody takes it: a full disk, a program that has ended.
    """
    try:
        typer.echo("\n".join(map(plain, line.split("\n"))))
    except OSError as error:
        raise OutputError(f"the answer cannot be printed ({error.strerror}). What was written is complete.") from error


def plain(text: str) -> str:
    """Spell out what a terminal would obey, or does not show: names from files may hold it."""
    return "".join(char if char.isprintable() or category(char) == "Zs" else repr(char)[1:-1] for char in text)


def number(value: float) -> str:
    """Write a whole number with its thousands apart."""
    return f"{value:,.0f}".replace(",", " ")


def say_about(key: str, words: str, language: str = "en") -> None:
    """Print a line that begins with what it is about, in a column of its own."""
    say_line(command_text(key, language), words)


def say_line(label: str, words: str) -> None:
    """Print a line under a label; a Chinese letter is as wide as two."""
    say(f"{label}{' ' * max(10 - wide(label), 0)} {words}")


def rule(centers: int, minutes: float, speed_kmh: float, language: str = "en") -> str:
    """Say the rule in force: how many centers, how long, how fast, how far."""
    values = {
        "minutes": f"{minutes:g}",
        "speed": f"{speed_kmh:.1f}",
        "metres": f"{minutes * speed_kmh * 1000 / 60:.0f}",
    }
    return command_text("rule", language, centers=number(centers), **values)


def say_coverage(cover: "Coverage", *, headline: bool = True, language: str = "en") -> None:
    """Say who is within the limit and who is not, by reason."""
    from servicecircle.outputs.rounding import people

    if headline:
        assert cover.speed_kmh is not None  # walks along streets have a speed, those of a matrix alone do not
        say(rule(len(cover.centers), cover.minutes, cover.speed_kmh, language))
    found = people(cover)
    share = command_text("not_available", language) if found.share is None else f"{found.share:.1%}"
    counts = {"covered": number(found.covered), "total": number(found.total), "share": share}
    say_about("covered", command_text("covered_of", language, **counts), language)
    reasons = ("too_far", "off_network", "unreachable")
    said = (command_text(f"reason_{key}", language, people=number(getattr(found, key))) for key in reasons)
    say_about("not_yet", " · ".join(said), language)


def say_plan(
    plan: "SitePlan",
    cover: "Coverage",
    candidates: int,
    *,
    ruled: bool = False,
    fewest: "tuple[float, SitePlan] | None" = None,
    language: str = "en",
) -> None:
    """Say what the proposed sites bring, and what is proven about them; `ruled` by more than their number."""
    say_as = partial(command_text, language=language)
    count, share = len(plan.sites), plan.share
    if not count:
        say_line(say_as("sites", count="0"), say_as("no_site_helps"))
        return
    after = "" if share is None else f" → {share:.1%}"
    values = {"count": str(count), "candidates": number(candidates), "bound": _ceil(plan.bound / plan.total)}
    best = "best" if plan.status == "optimal" else "bound"
    priced = fewest is not None and "cost" in plan.sites.columns
    if ruled or priced:
        # A share asked for limits the number of sites, or what they cost.
        choice = say_as("any_sites" if fewest is None or priced else "so_many_sites", count=str(count))
        proof = say_as(f"proof_ruled_{best}", choice=choice, **values)
    else:
        proof = say_as(f"proof_{best}", **values)
    added = say_as("would_add", people=number(plan.covered - cover.covered))
    say_line(say_as("one_site" if count == 1 else "sites", count=str(count)), f"{added}{after}   {proof}")
    if fewest is not None:
        _say_fewest(*fewest, language)


def _say_fewest(share: float, plan: "SitePlan", language: str) -> None:
    """Say how little a share of all people takes, and what is proven about it."""
    key = "target_cost" if "cost" in plan.sites.columns else "target_sites"
    what = command_text(key, language, share=f"{share:.1%}", worth=f"{plan.objective:g}")
    best = "best" if plan.status == "optimal" else "bound"
    proof = command_text(f"proof_target_{best}", language, bound=f"{plan.bound:g}")
    say_about("target", f"{what}   {proof}", language)


def _ceil(share: float) -> str:
    """Round a bound upwards, so that what is printed stays true."""
    return f"{min(-(-share * 1000 // 1) / 1000, 1.0):.1%}"


def warn(issues: "list[RowIssue]") -> None:
    """Say on stderr how many input rows were repaired, doubted or left out, and why the first."""
    from servicecircle.outputs.problems import problem_text

    if issues:
        first = issues[0]
        why = problem_text(first.problem, "en")
        found = f"{first.file}: {first.value}, {why}, {first.action}"
        typer.echo(plain(f"note: {len(issues)} issue(s) in the inputs; first: {found}"), err=True)


@contextmanager
def progress() -> Iterator[Progress]:
    """Draw a bar on stderr where a person is watching; stay silent where none is."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _step, _part: None
        return
    columns = (TextColumn("{task.description:<14}"), BarColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console, transient=True) as bars:
        task = bars.add_task("start", total=1.0)
        yield lambda step, part: bars.update(task, description=step, completed=part)
