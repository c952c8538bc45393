"""The commands for files as they come: check them, correct them, and an empty one to fill in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from servicecircle.cli.app import app
from servicecircle.cli.asked import Written
from servicecircle.cli.saying import number, progress, say, say_about
from servicecircle.cli.study_commands import StudyPath
from servicecircle.errors import InputError, OutputError, ServiceCircleError

if TYPE_CHECKING:
    from servicecircle.inputs.corrections import Correction


@app.command(short_help="Read all inputs of a study without computing.")
def check(
    study: StudyPath,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write, .xlsx or .csv; else issues.xlsx at the study.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 3 if any row has an issue.")] = False,
) -> None:
    """Read all inputs of a study, and write what should be looked at or corrected, without computing anything."""
    from servicecircle.cli.checked import say_checked
    from servicecircle.outputs.office.issues_book import issues_file
    from servicecircle.outputs.texts import command_text
    from servicecircle.outputs.writing import check_folder, refuse_inputs, write_whole
    from servicecircle.study.checkup import check_up
    from servicecircle.study.layers import refuse_rows
    from servicecircle.study.run import Study

    said = Study.from_toml(study)
    language = said.file.output.language
    output = study.with_name("issues.xlsx") if output is None else output
    check_folder(output.absolute().parent)
    refuse_inputs([output], said.inputs)
    _keep_corrections(output)
    with progress() as bar:
        found = check_up(said, on_progress=bar)
        data = issues_file(found.issues, language, output.suffix)
    say_checked(found, name=said.file.name, language=language)
    write_whole(output, data)
    say_about(
        "issues", command_text("issues_in", language, count=number(len(found.issues)), file=str(output)), language
    )
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
    from servicecircle.outputs.office.centers_template import centers_template
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


def _keep_corrections(output: Path) -> None:
    """Refuse to write over a list that a person has filled in, unless its corrections are made."""
    from servicecircle.inputs.corrections import corrections_csv, read_corrections

    if output.suffix.lower() != ".xlsx" or not output.exists():
        return
    try:
        filled = read_corrections(output)
    except ServiceCircleError:  # no list of ours, or one that has to be mended first
        return
    made = output.with_name(f"{output.stem}.changes.csv")
    if filled and not (made.is_file() and made.read_bytes() == corrections_csv(filled)):
        raise OutputError(
            f"{output}: holds {len(filled)} correction(s) that are not made yet. Make them with: servicecircle apply "
            f"{output}; or write the new list elsewhere with --output."
        )
