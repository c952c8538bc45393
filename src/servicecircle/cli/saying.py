"""What the commands say, and the bar they draw while they work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from servicecircle.inputs.issues import RowIssue

#: Called with (step, part done from 0 to 1).
Progress = Callable[[str, float], None]


def say(line: str) -> None:
    """Print one line of the answer."""
    typer.echo(line)


def number(value: float) -> str:
    """Write a whole number with its thousands apart."""
    return f"{value:,.0f}".replace(",", " ")


def rule(centers: int, minutes: float, speed_kmh: float) -> str:
    """Say the rule in force: how many centers, how long, how fast, how far."""
    metres = minutes * speed_kmh * 1000 / 60
    return f"{number(centers)} centers · {minutes:g} minutes at {speed_kmh:.1f} km/h ({metres:.0f} m)"


def say_coverage(cover: Any, *, headline: bool = True) -> None:
    """Say who is within the limit and who is not, by reason."""
    from servicecircle.outputs.rounding import people

    if headline:
        say(rule(len(cover.centers), cover.minutes, cover.speed_kmh))
    found = people(cover)
    share = "n/a" if found.share is None else f"{found.share:.1%}"
    say(f"covered    {number(found.covered)} of {number(found.total)} people   {share}")
    reasons = (("too far", found.too_far), ("off the network", found.off_network), ("unreachable", found.unreachable))
    say("not yet    " + " · ".join(f"{number(value)} {name}" for name, value in reasons))


def say_plan(
    plan: Any, cover: Any, candidates: int, *, ruled: bool = False, fewest: tuple[float, Any] | None = None
) -> None:
    """Say what the proposed sites bring, and what is proven about them; `ruled` by more than their number."""
    count, share = len(plan.sites), plan.share
    if not count:
        say("0 sites    no candidate would bring anyone within the limit")
        return
    after = "" if share is None else f" → {share:.1%}"
    priced = fewest is not None and "cost" in plan.sites.columns
    if ruled or priced:
        # A share asked for limits the number of sites, or what they cost.
        choice = "sites" if fewest is None or priced else f"{count} sites"
        bound = "more" if plan.status == "optimal" else f"more than {_ceil(plan.bound / plan.total)}"
        proof = f"   (proven: within budget and rules no {choice} among {number(candidates)} candidates reach {bound})"
    elif plan.status == "optimal":
        proof = f"   (proven: the best {count} of all {number(candidates)} candidates)"
    else:
        others = f"no {count} of the {number(candidates)} candidates reach"
        proof = f"   (proven: {others} more than {_ceil(plan.bound / plan.total)})"
    sites = "1 site" if count == 1 else f"{count} sites"
    say(f"{sites:<10} would add {number(plan.covered - cover.covered)} people{after}{proof}")
    if fewest is not None:
        _say_fewest(*fewest)


def _say_fewest(share: float, plan: Any) -> None:
    """Say how little a share of all people takes, and what is proven about it."""
    what = f"costs {plan.objective:g}" if "cost" in plan.sites.columns else f"takes {plan.objective:g} sites"
    proof = "no plan takes less" if plan.status == "optimal" else f"no plan takes less than {plan.bound:g}"
    say(f"{'target':<10} {share:.1%} of all people {what}   (proven: {proof})")


def _ceil(share: float) -> str:
    """Round a bound upwards, so that what is printed stays true."""
    return f"{min(-(-share * 1000 // 1) / 1000, 1.0):.1%}"


def warn(issues: "list[RowIssue]") -> None:
    """Say on stderr how many input rows were repaired, doubted or left out, and why the first."""
    from servicecircle.outputs.problems import problem_text

    if issues:
        first = issues[0]
        why = problem_text(first.problem, "en")
        typer.echo(
            f"note: {len(issues)} issue(s) in the inputs; first: {first.file}: {first.value}, {why}, {first.action}",
            err=True,
        )


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
