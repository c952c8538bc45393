"""The files that a run leaves, made whole before the first is written."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial

from servicecircle.outputs.result import StudyResult
from servicecircle.study.clock import Clock
from servicecircle.study.file import StudyFile
from servicecircle.study.kept import Bytes, Steps
from servicecircle.study.named import versions

#: What a run leaves.
FILES = (
    "summary.json",
    "report.html",
    "report.docx",
    "report.xlsx",
    "map.html",
    "layers.gpkg",
    "issues.csv",
    "run.json",
)


def rendered(result: StudyResult, file: StudyFile, clock: Clock, steps: Steps) -> dict[str, bytes]:
    """Make all files before the first is written."""
    from servicecircle.outputs.figures import figures
    from servicecircle.outputs.issues_csv import issues_csv
    from servicecircle.outputs.layers import layers_gpkg
    from servicecircle.outputs.map.coverage_map import map_html
    from servicecircle.outputs.office.document import report_docx
    from servicecircle.outputs.office.workbook import report_xlsx
    from servicecircle.outputs.pictures.all import Pictures, draw
    from servicecircle.outputs.report import report_html
    from servicecircle.outputs.summary import summary_json

    with clock.step("figures"):
        found = figures(result)
    with clock.step("pictures"):
        drawn = steps.step("pictures", Pictures, lambda: draw(result, found))
    makers: dict[str, Callable[[], bytes]] = {
        "summary.json": lambda: summary_json(result, found),
        "report.html": lambda: report_html(result, found, drawn),
        "report.docx": lambda: report_docx(result, found, drawn),
        "report.xlsx": lambda: report_xlsx(result, found),
        "map.html": lambda: map_html(result),
        "layers.gpkg": lambda: layers_gpkg(result),
        "issues.csv": lambda: issues_csv(result),
    }
    files = {}
    for name, make in makers.items():
        with clock.step(name):
            files[name] = steps.step(name, Bytes, partial(_rendered, make)).data
    return {**files, "run.json": _run_json(result, file, clock, steps, files)}


def _rendered(make: Callable[[], bytes]) -> Bytes:
    return Bytes(data=make())


def _run_json(result: StudyResult, file: StudyFile, clock: Clock, steps: Steps, files: Mapping[str, bytes]) -> bytes:
    run = {
        "inputs": {
            read.layer: {"file": read.file, "sha256": read.sha256, "bytes": read.bytes} for read in result.inputs
        },
        "parameters": file.model_dump(mode="json", exclude_none=True),
        "versions": versions(),
        "seconds": clock.seconds,
        # Steps that a run which was stopped had done already.
        "resumed": steps.taken,
        # Files of two runs side by side can be told by this.
        "outputs": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in files.items()
        },
    }
    return (json.dumps(run, ensure_ascii=False, indent=2) + "\n").encode()
