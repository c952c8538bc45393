"""How long the same questions take here and with the peers, and how far their answers are from ours.

Six questions on two cities, with 472 seeded centers, 15 minutes at 4.8 km/h and 100,000 seeded demand
points. Every contender runs in a process of its own; what it prepares and what it answers are timed
apart, and its answer is compared with ours.

    pip install -e ".[bench]"
    python benchmarks/peers.py [reach nearest isochrones read reopen snap] [--runs 3]

The tables are printed and kept beside this file as peers.md and peers.json; questions that were not
asked this time keep what they had.
"""

import argparse
import gc
import importlib
import json
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from measuring import keep, keep_two_cores, machine, peak_mb, versions

HERE = Path(__file__).parent

QUESTIONS = {
    "reach": ("Which demand each center reaches", "walks", "REACH", "compare_reach"),
    "nearest": ("The nearest center of every demand point", "walks", "NEAREST", "compare_nearest"),
    "isochrones": ("Isochrones of 5, 10 and 15 minutes", "isochrones", "ISOCHRONES", "compare_isochrones"),
    "read": ("From the extract to a network that can be searched", "reading", "READ", "compare_read"),
    "reopen": ("The same network opened a second time", "reading", "REOPEN", "compare_read"),
    "snap": ("Snapping 100,000 points to streets", "snapping", "SNAP", "compare_snap"),
}
OURS = "servicecircle"
BASE = ("servicecircle", "numpy", "scipy", "shapely", "geopandas", "osmium")


# In the process of one contender


def one_contender(question: str, name: str, folder: Path, pbf: Path, runs: int) -> dict[str, Any]:
    """Prepare and answer once to warm up and then `runs` times; compare the last answer."""
    _, module_name, table, compare = QUESTIONS[question]
    module = importlib.import_module(f"contenders.{module_name}")
    worlds = importlib.import_module("contenders.worlds")
    contender = getattr(module, table)[name]
    try:
        versions = {need: version(need) for need in contender.needs}
    except PackageNotFoundError:
        return {"question": contender.question, "missing": "not installed"}
    world = worlds.World(folder, pbf, contender.every)
    for layer in ("streets", "edges", "junctions", "centers", "demand"):
        getattr(world, layer)
    seconds, answer = [], None
    for _ in range(runs + 1):
        answer = prepared = None
        gc.collect()
        started = time.perf_counter()
        prepared = contender.prepare(world)
        between = time.perf_counter()
        answer = contender.answer(world, prepared)
        seconds.append((between - started, time.perf_counter() - between))
    memory = peak_mb()
    settled = contender.settle(world, answer)
    kept = folder / f"{question}.pickle"
    if name == OURS:
        kept.write_bytes(pickle.dumps(settled))
    ours = pickle.loads(kept.read_bytes())  # noqa: S301 - written a moment ago by the first contender
    prepare, answering = zip(*seconds[1:], strict=True)
    return {
        "question": contender.question,
        "versions": versions,
        "every": contender.every,
        "prepare_s": statistics.median(prepare),
        "answer_s": statistics.median(answering) * contender.every,
        "slowest_answer_s": max(answering) * contender.every,
        "peak_mb": memory,
        "against_ours": getattr(module, compare)(world, ours, settled),
    }


# In the process that asks


def child(*arguments: str) -> Any:
    """Run this program in a process of its own and return what it says."""
    command = [sys.executable, "-W", "ignore", __file__, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr)
        return {"missing": f"failed: {(done.stderr.strip().splitlines() or ['no message'])[-1][:100]}"}
    return json.loads(done.stdout.splitlines()[-1])


def ask(questions: list[str], folder: Path, runs: int) -> dict[str, Any]:
    """Put the questions to all contenders in every city."""
    found: dict[str, Any] = {question: {} for question in questions}
    for city, pbf in child("--cities").items():
        place = folder / city.replace(" ", "-").lower()
        size = child("--make", str(place), pbf)
        for question in questions:
            rows = {}
            for name in child("--names", question):
                print(f"{city}: {question}: {name}", file=sys.stderr, flush=True)
                rows[name] = child("--one", question, name, str(place), pbf, str(runs))
            found[question][city] = {"size": size, "runs": runs, "contenders": rows}
    return found


def in_child(arguments: list[str]) -> Any:
    """Do what `child` asked for."""
    keep_two_cores()
    what, *rest = arguments
    if what == "--names":
        _, module, table, _ = QUESTIONS[rest[0]]
        return list(getattr(importlib.import_module(f"contenders.{module}"), table))
    worlds = importlib.import_module("contenders.worlds")
    if what == "--cities":
        return {city: str(pbf) for city, pbf in worlds.extracts().items()}
    if what == "--make":
        return worlds.make_world(Path(rest[1]), Path(rest[0]))
    question, name, folder, pbf, runs = rest
    return one_contender(question, name, Path(folder), Path(pbf), int(runs))


# The tables


def seconds(value: float) -> str:
    """Write seconds with two or three figures."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def ratio(theirs: float, ours: float) -> str:
    """Write how many times as long as ours it took."""
    times = theirs / ours if ours else float("nan")
    return f"{times:,.0f} x" if times >= 10 else f"{times:.1f} x"


def row(name: str, it: dict[str, Any], ours: dict[str, Any], labels: list[str]) -> str:
    """Lay one contender out."""
    if "missing" in it:
        return f"| {name} | {it['missing']} |" + " |" * (5 + len(labels))
    both, our_both = (one["prepare_s"] + one["answer_s"] for one in (it, ours))
    cells = [
        name + (f" (every {it['every']}th center, times {it['every']})" if it["every"] > 1 else ""),
        it["question"],
        seconds(it["prepare_s"]) if it["prepare_s"] >= 1e-3 else "",
        seconds(it["answer_s"]),
        ratio(it["answer_s"], ours["answer_s"]),
        ratio(both, our_both),
        f"{it['peak_mb']:,}",
        *(it["against_ours"][label] for label in labels),
    ]
    return "| " + " | ".join(cells) + " |"


def tables(found: dict[str, Any]) -> str:
    """Lay everything out as Markdown."""
    lines = ["# Side by side with the peers", "", *_about(found)]
    for question, (title, *_) in QUESTIONS.items():
        for city, part in found["questions"].get(question, {}).items():
            rows = part["contenders"]
            ours = rows[OURS]
            labels = list(ours.get("against_ours", {}))
            head = [
                "",
                "what it answers",
                "prepare, s",
                "answer, s",
                "answer / ours",
                "both / ours",
                "peak MB",
                *labels,
            ]
            size = ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in part["size"].items())
            lines += ["", f"## {title}: {city}", "", f"{size}. Medians of {part['runs']} runs.", ""]
            lines += ["| " + " | ".join(head) + " |"]
            lines += ["|---|---|" + "---:|" * (len(head) - 2)]
            lines += [row(name, it, ours, labels) for name, it in rows.items()]
    return "\n".join(lines) + "\n"


def _about(found: dict[str, Any]) -> list[str]:
    return [
        (
            f"Each contender in a process of its own, after one run to warm up, on {found['machine']}. 472 seeded "
            "centers, 15 minutes at 4.8 km/h (1,200 m), 100,000 seeded demand points "
            "within 100 m of streets. Peak memory includes libraries and inputs."
        ),
        "",
        "Versions: " + ", ".join(f"{name} {number}" for name, number in found["versions"].items()) + ".",
    ]


def versions_used(questions: dict[str, Any]) -> dict[str, str]:
    """Return the versions of everything that ran."""
    rows = [it for cities in questions.values() for part in cities.values() for it in part["contenders"].values()]
    peers = {name: number for it in rows for name, number in it.get("versions", {}).items()}
    return {**versions(BASE), **peers}


def main() -> None:
    """Ask, print and keep."""
    if sys.argv[1:] and sys.argv[1] in {"--one", "--make", "--cities", "--names"}:
        print(json.dumps(in_child(sys.argv[1:])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", nargs="*", metavar="question", help=", ".join(QUESTIONS))
    parser.add_argument("--runs", type=int, default=3)
    said = parser.parse_args()
    wrong = set(said.questions) - set(QUESTIONS)
    if wrong:
        parser.error(f"unknown: {', '.join(sorted(wrong))}. Choose from {', '.join(QUESTIONS)}.")
    kept = HERE / "peers.json"
    before = json.loads(kept.read_text("utf-8"))["questions"] if kept.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        questions = {**before, **ask(said.questions or list(QUESTIONS), Path(folder), said.runs)}
    found = {
        "machine": machine(),
        "versions": versions_used(questions),
        "questions": questions,
    }
    keep(__file__, tables(found), found)


if __name__ == "__main__":
    main()
