"""The commands that take a study file."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from servicecircle.cli.app import app
from servicecircle.cli.asked import Written
from servicecircle.cli.saying import number, progress, rule, say, say_about, say_coverage, say_plan
from servicecircle.cli.template import INIT
from servicecircle.errors import OutputError
from servicecircle.outputs.texts import command_text

if TYPE_CHECKING:
    from servicecircle.outputs.result import StudyResult
    from servicecircle.study.run import Study

StudyPath = Annotated[Path, typer.Argument(help="The study file (.toml).")]


@app.command(short_help="Run a whole study and write its eight files.")
def run(
    study: StudyPath,
    folder: Annotated[Path | None, typer.Option(help="Output folder in place of the study's.")] = None,
    cache: Annotated[bool, typer.Option(help="Keep the network for the next run, and take it from there.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at any row that has an issue (exit code 3).")] = False,
) -> None:
    """Run a whole study: coverage, gaps, proposed sites, map and report."""
    from servicecircle.study.run import Study

    _run(Study.from_toml(study), folder, cache=cache, strict=strict)


@app.command(short_help="The same for the sample city.")
def demo(
    folder: Annotated[Path, typer.Option(help="Output folder.")] = Path("servicecircle-demo"),
    language: Annotated[Literal["en", "zh"], typer.Option(help="Language of map and report.")] = "en",
) -> None:
    """Run the embedded sample city (real streets of Gothenburg, illustrative centers and residents)."""
    from servicecircle.sample import sample_folder
    from servicecircle.study.run import Study

    _run(Study.from_toml(sample_folder() / "study.toml").in_language(language), folder)


@app.command()
def init(
    study: Annotated[Path, typer.Argument(help="File to write.")] = Path("study.toml"),
    language: Annotated[Literal["en", "zh"], typer.Option(help="Language of its comments, and of the study.")] = "en",
) -> None:
    """Write a commented study file to fill in."""
    from servicecircle.outputs.writing import write_whole

    if study.exists():
        raise OutputError(f"{study}: is there already. Choose another name, or delete it first.")
    write_whole(study, INIT[language].format(file=study.name).encode())
    say(f"wrote {study}. Fill in the inputs, then: servicecircle check {study}")


@app.command("map")
def map_command(study: StudyPath, output: Written = Path("map.html")) -> None:
    """Compute a study and write only its map."""
    from servicecircle.outputs.map.coverage_map import map_html

    _one_output(study, output, map_html)


@app.command("report")
def report_command(
    study: StudyPath,
    output: Written = Path("report.html"),
    compare: Annotated[
        Path | None, typer.Option(help="summary.json of an earlier run; the report says what changed since.")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print it to a PDF beside it too, with Chromium.")] = False,
) -> None:
    """Compute a study and write only its report."""
    from servicecircle.outputs.earlier import read_earlier
    from servicecircle.outputs.pdf import find_browser, report_pdf
    from servicecircle.outputs.report import report_html
    from servicecircle.outputs.writing import refuse_inputs, write_whole

    earlier = None if compare is None else read_earlier(compare)
    if pdf:
        find_browser()
    printed = output.with_suffix(".pdf")
    kept = [study] if compare is None else [study, compare]
    refuse_inputs([output, printed] if pdf else [output], kept)
    html, language = _one_output(study, output, lambda result: report_html(result, earlier=earlier))
    if pdf:
        write_whole(printed, report_pdf(html))
        say(command_text("wrote", language, file=str(printed)))


@app.command("cache", short_help="Show what is kept for later runs, or clear it.")
def cache_command(
    clear: Annotated[bool, typer.Option("--clear", help="Remove everything from it.")] = False,
) -> None:
    """Show what the cache of networks and drawing cells holds, and where it is."""
    from servicecircle.cache.store import cache_size, clear_cache

    found = clear_cache() if clear else cache_size()
    entries = "1 entry" if found.entries == 1 else f"{number(found.entries)} entries"
    say(f"{'removed' if clear else 'cache':<11}{entries}, {found.size / 1e6:.1f} MB\nfolder     {found.folder}")


def _run(study: "Study", folder: Path | None, *, cache: bool = True, strict: bool = False) -> None:
    target = study.folder if folder is None else folder
    with progress() as bar:
        result = study.run(on_progress=bar, folder=target, cache=cache, strict=strict)
    language = result.language
    say(f"{result.name} · {rule(len(result.coverage.centers), result.limit, result.speed_kmh, language)}")
    say_coverage(result.coverage, headline=False, language=language)
    if result.plan is not None:
        candidates = 0 if result.candidates is None else len(result.candidates)
        cover, fewest = result.coverage, result.fewest
        say_plan(result.plan, cover, candidates, ruled=result.ruled, fewest=fewest, language=language)
    if result.issues:
        values = {"count": str(len(result.issues)), "file": str(target / "issues.csv")}
        say_about("issues", command_text("issues_in", language, **values), language)
    say_about("report", str(target / "report.html"), language)
    say_about("map", str(target / "map.html"), language)


def _one_output(study: Path, output: Path, make: "Callable[[StudyResult], bytes]") -> tuple[bytes, str]:
    """Compute a study and write what `make` makes of it; return that, and the language of the study."""
    from servicecircle.outputs.writing import check_folder, refuse_inputs, write_whole
    from servicecircle.study.run import Study

    check_folder(output.absolute().parent)
    said = Study.from_toml(study)
    refuse_inputs([output], said.inputs)
    with progress() as bar:
        result = said.compute(on_progress=bar)
        bar(output.name, 0.0)
        data = make(result)
    write_whole(output, data)
    say(command_text("wrote", result.language, file=str(output)))
    return data, result.language
