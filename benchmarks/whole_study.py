"""How long a whole study takes, step by step, and how much memory it needs.

Runs a study several times, each in a process of its own from `import` to the last file, and prints the
median of every step. Without an argument it takes Las Palmas (a whole OpenStreetMap extract as streets,
centers and buildings) where the folder of real cities lies beside the checkout, else the embedded sample.

    python benchmarks/whole_study.py [study.toml] [--runs 5]

The table is printed and kept beside this file as whole_study.md and whole_study.json.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import as_installed, keep, machine, peak_mb

HERE = Path(__file__).parent
LAS_PALMAS = HERE.parents[1] / "shared" / "data" / "las-palmas"

STUDY = """\
name = "Las Palmas de Gran Canaria"
[inputs]
streets   = {pbf}
centers   = {{ osm = {pbf}, tags = {{ amenity = ["library", "community_centre", "social_facility"] }} }}
demand    = {{ osm = {pbf}, buildings = true, total = 381223 }}
districts = {{ file = {boundary}, name = "NAMEUNIT" }}
"""


def one_run(study: Path) -> None:
    """Run in this process and print seconds and memory as JSON."""
    started = time.perf_counter()
    from servicecircle import Study, sample_folder

    with tempfile.TemporaryDirectory() as folder:
        path = study if study.name else sample_folder() / "study.toml"
        result = Study.from_toml(path).run(folder=folder)
        wall = time.perf_counter() - started
        run = json.loads((Path(folder) / "run.json").read_text("utf-8"))
        sizes = {file.name: file.stat().st_size for file in sorted(Path(folder).iterdir())}
    figures = result.network.figures()
    json.dump(
        {
            "name": result.name,
            "seconds": {**run["seconds"], "all, with import": round(wall, 3)},
            "peak_mb": peak_mb(),
            "bytes": sizes,
            "size": {
                "segments": figures["segments"],
                "junctions": figures["junctions"],
                "centers": len(result.coverage.centers),
                "demand": len(result.coverage.demand),
                "candidates": 0 if result.candidates is None else len(result.candidates),
            },
            "versions": run["versions"],
        },
        sys.stdout,
    )


def measure(study: Path, runs: int) -> dict[str, object]:
    """Run `runs` times in fresh processes, after one for disk and bytecode, and take the medians."""
    command = [sys.executable, __file__, str(study), "--one"]
    outcomes = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(runs + 1)][
        1:
    ]
    steps = outcomes[0]["seconds"]
    return {
        **outcomes[0],
        "machine": machine(),
        "runs": runs,
        "seconds": {step: statistics.median(run["seconds"].get(step, 0.0) for run in outcomes) for step in steps},
        "slowest": max(run["seconds"]["all, with import"] for run in outcomes),
        "peak_mb": statistics.median(run["peak_mb"] for run in outcomes),
    }


def table(found: dict) -> str:
    """Lay the figures out as Markdown."""
    size = ", ".join(f"{value:,} {key}" for key, value in found["size"].items())
    lines = [
        f"## {found['name']}",
        "",
        (
            f"{size}. Median of {found['runs']} runs in fresh processes on {found['machine']}; "
            f"peak memory {found['peak_mb']:,.0f} MB; slowest run {found['slowest']:.1f} s."
        ),
        "",
        "| step | seconds |",
        "|---|---:|",
        *(f"| {step} | {seconds:.2f} |" for step, seconds in found["seconds"].items()),
        "",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in found["versions"].items()) + ".",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", nargs="?", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.one:
        one_run(said.study)
        return
    as_installed()
    with tempfile.TemporaryDirectory() as folder:
        study = said.study or Path()
        if said.study is None and LAS_PALMAS.is_dir():
            pbf = json.dumps(str(next(LAS_PALMAS.glob("*.osm.pbf"))))
            boundary = json.dumps(str(next(LAS_PALMAS.glob("*.geojson"))))
            study = Path(folder) / "study.toml"
            study.write_text(STUDY.format(pbf=pbf, boundary=boundary), encoding="utf-8")
        found = measure(study, said.runs)
    keep(__file__, table(found), found)


if __name__ == "__main__":
    main()
