"""The commands for files as they come: check them, correct them, and an empty one to fill in."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from servicecircle.cli.app import app
from servicecircle.cli.asked import Written
from servicecircle.cli.saying import number, progress, say
from servicecircle.cli.study_commands import StudyPath
from servicecircle.errors import InputError, OutputError

if TYPE_CHECKING:
    from servicecircle.inputs.corrections import Correction
    from servicecircle.inputs.issues import RowIssue
    from servicecircle.study.checkup import Checkup, Fit
    from servicecircle.study.layers import Layers

#: Issues of one kind that are printed; the file holds all.
_SHOWN = 5
_READINGS = {"wgs84": "WGS 84", "gcj02": "GCJ-02", "bd09": "BD-09", "swapped": "longitude and latitude exchanged"}


@app.command(short_help="Read all inputs of a study without computing.")
def check(
    study: StudyPath,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write, .xlsx or .csv; else issues.xlsx at the study.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 3 if any row has an issue.")] = False,
) -> None:
    """Read all inputs of a study, and write what should be looked at or corrected, without computing anything."""
    from servicecircle.outputs.issues_book import issues_file
    from servicecircle.outputs.writing import check_folder, refuse_inputs, write_whole
    from servicecircle.study.checkup import check_up
    from servicecircle.study.layers import refuse_rows
    from servicecircle.study.run import Study

    said = Study.from_toml(study)
    output = study.with_name("issues.xlsx") if output is None else output
    check_folder(output.absolute().parent)
    refuse_inputs([output], said.inputs)
    with progress() as bar:
        found = check_up(said, on_progress=bar)
        data = issues_file(found.issues, said.file.output.language, output.suffix)
    if found.layers is not None:
        say(f"{said.file.name} · all inputs can be used · {found.layers.network.crs.to_string()}")
        _say_layers(found.layers)
        for fit in found.fits:
            say(_fit(fit))
    _say_issues(found)
    write_whole(output, data)
    say(f"issues      {number(len(found.issues))} in {output}")
    if found.stopped:
        raise InputError(found.stopped)
    if strict:
        refuse_rows(found.issues, f"They are in {output}.")


@app.command("apply", short_help="Make the corrections filled into a workbook of issues.")
def apply_command(
    corrections: Annotated[Path, typer.Argument(help="The workbook that check wrote, its last column filled.")],
    folder: Annotated[Path | None, typer.Option(help="Where the files are; by default beside the workbook.")] = None,
) -> None:
    """Write a corrected copy of each file and a list of every change; the files stay as they are."""
    from servicecircle.inputs.corrections import corrected, corrections_csv, read_corrections
    from servicecircle.outputs.writing import write_all

    wanted = read_corrections(corrections)
    if not wanted:
        raise InputError(f"{corrections.name}: no correction is filled in. Write them into its last column.")
    place = corrections.parent if folder is None else folder
    # Names from a file choose among the files that are there; they are never made into a path.
    there = {path.name: path for path in place.iterdir() if path.is_file()} if place.is_dir() else {}
    files: dict[str, bytes] = {}
    for name, changes in _by_file(wanted).items():
        if name not in there:
            raise InputError(f"{corrections.name}: no file {name!r} in {place}. Say where it is with --folder.")
        path = there[name]
        files[f"{path.stem}.corrected{path.suffix}"] = corrected(path, changes)
    log = f"{corrections.stem}.changes.csv"
    for name in (*files, log):
        if (place / name).exists():
            raise OutputError(f"{place / name}: is there already. Move it away and run again.")
    write_all(place, {**files, log: corrections_csv(wanted)})
    say(f"{len(wanted)} cells corrected")
    for name in files:
        say(f"corrected   {place / name}")
    say(f"changes     {place / log}")


@app.command(short_help="Write an empty workbook of centers.")
def template(output: Written = Path("centers.xlsx")) -> None:
    """Write an empty workbook of centers with drop-downs and explanations in Chinese and English."""
    from servicecircle.outputs.centers_template import centers_template
    from servicecircle.outputs.writing import write_whole

    if output.suffix.lower() != ".xlsx":
        raise InputError(f"output: found the ending {output.suffix!r}, expected .xlsx.")
    if output.exists():
        raise OutputError(f"{output}: is there already. Choose another name, or delete it first.")
    write_whole(output, centers_template())
    say(f'wrote {output}. Fill it in and name it in the study file: centers = {{ file = "{output.name}" }}')


def _by_file(corrections: "list[Correction]") -> "dict[str, list[Correction]]":
    out: dict[str, list[Correction]] = {}
    for one in corrections:
        out.setdefault(one.file, []).append(one)
    return out


def _say_layers(layers: "Layers") -> None:
    from servicecircle.outputs.rules import count_entrances

    kilometres = layers.network.length_m.sum() / 1000
    say(f"streets     {number(len(layers.network.ids))} segments, {number(kilometres)} km")
    figures = layers.network.figures()
    parts = f"{number(figures['components'])} connected part(s), {number(figures['length_km'])} km"
    crumbs = f"{number(figures['dropped_components'])} crumbs of {number(figures['dropped_km'])} km not used"
    say(f"network     {parts}; {crumbs}")
    _, entrances = count_entrances(layers.centers)
    say(f"centers     {number(len(layers.centers))}" + (f", {number(entrances)} entrances" if entrances else ""))
    say(f"demand      {number(len(layers.demand))} places, {number(layers.demand['weight'].sum())} people")
    for name, table in (("districts", layers.districts), ("candidates", layers.candidates)):
        if table is not None:
            say(f"{name:<11} {number(len(table))}")


def _fit(fit: "Fit") -> str:
    """Say how likely each datum is, and what to do if another than the one in force is."""
    found = fit.found
    where = f"datum       {fit.file}{' ' + fit.batch if fit.batch else ''}"
    ranked = sorted(found.likelihood.items(), key=lambda item: -item[1])
    if len({round(share, 6) for name, share in ranked if name != "swapped"}) == 1:
        return f"{where}: all Chinese datums are WGS 84 here"
    shares = ", ".join(f"{_READINGS[name]} {share:.1%}" for name, share in ranked if share >= 0.0005)
    if found.suggested == "swapped":
        return f"{where}: {shares}. Exchange its columns of longitude and latitude."
    if found.suggested:
        return f'{where}: {shares}. It looks like {_READINGS[found.suggested]}: write datum = "{found.suggested}"'
    verdict = "as said" if found.sure else f"cannot tell from {found.rows} rows"
    return f"{where}: {verdict} ({shares})"


def _say_issues(found: "Checkup") -> None:
    from servicecircle.outputs.problems import problem_text

    said: Counter[str] = Counter()
    for issue in found.issues:
        said[issue.problem] += 1
        if said[issue.problem] <= _SHOWN:
            say(f"{issue.action:<11} {_where(issue)}: {issue.value} ({problem_text(issue.problem, 'en')})")
    for problem, count in said.items():
        if count > _SHOWN:
            say(f"and {count - _SHOWN} more: {problem_text(problem, 'en')}")


def _where(issue: "RowIssue") -> str:
    row = f", row {issue.row}" if issue.row else ""
    return f"{issue.file}{row}{f', {issue.column}' if issue.column else ''}"
