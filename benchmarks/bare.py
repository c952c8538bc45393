"""What compiled code takes for who reaches whom and who is nearest: a floor under all that can be asked for.

The same arrays are given to three hundred lines of C (bare/walks.c), compiled with ``cc -O3 -march=native``, which
answer these two questions and nothing else; their answer is compared with ours. Beside it stands what pandana took for
its own question when peers.py last ran (peers.json), preparation included, and the share of it that is our aim.

    python benchmarks/bare.py [--runs 7]

The table is printed and kept beside this file as bare.md and bare.json. It wants a C compiler.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from contenders.worlds import LIMIT_MIN, METRES_PER_MINUTE, SPEED_KMH, World, extracts, make_world, xy_of
from measuring import keep, keep_two_cores, machine

import servicecircle as sc
from servicecircle.network.search import approach_minutes, minutes_from_ends

HERE = Path(__file__).parent
STEPS = ("grid", "attach", "lay_out", "reach", "nearest")
#: Too short for any walk: what is left is the nearest center.
_NO_WALK_MIN = 1e-3
#: Relative difference of numbers of walks and sums of minutes that is rounding.
_SAME = 1e-10
#: Question: what it is called, and how many times as fast as pandana it should be answered.
QUESTIONS = {"reach": ("who reaches whom", 50), "nearest": ("who is nearest", 100)}


def main() -> None:
    """Compile, ask both about each city at hand, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7, help="timed runs of ours after one to warm up (7)")
    runs = parser.parse_args().runs
    keep_two_cores()
    with tempfile.TemporaryDirectory() as scratch:
        program = Path(scratch) / "walks"
        subprocess.run(["cc", "-O3", "-march=native", "-o", program, HERE / "bare" / "walks.c", "-lm"], check=True)
        found = {}
        for city, pbf in extracts().items():
            folder = Path(scratch) / city
            make_world(pbf, folder)
            found[city] = measured(World(folder, pbf), program, folder, runs)
    peers = json.loads((HERE / "peers.json").read_text(encoding="utf-8"))
    for city, figures in found.items():
        figures["pandana"] = {question: pandana(peers, question, city) for question in ("reach", "nearest")}
    keep(__file__, table(found), found)


def measured(world: World, program: Path, folder: Path, runs: int) -> dict[str, Any]:
    """Ask both about a city; milliseconds of processor, and how far the answers are apart."""
    streets, demand, centers = world.streets, world.demand, world.centers
    network = sc.WalkNetwork.from_streets(streets, speed_kmh=SPEED_KMH)
    write_arrays(network, world, folder)
    words = [program, folder, str(LIMIT_MIN), str(METRES_PER_MINUTE)]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    times = sc.travel_times(network, demand, centers, max_minutes=LIMIT_MIN)
    ours = {
        "build": milliseconds(lambda: sc.WalkNetwork.from_streets(streets, speed_kmh=SPEED_KMH), runs),
        "reach": milliseconds(lambda: sc.travel_times(network, demand, centers, max_minutes=LIMIT_MIN), runs),
        "nearest": milliseconds(lambda: sc.travel_times(network, demand, centers, max_minutes=_NO_WALK_MIN), runs),
    }
    least = times.nearest_minutes[np.isfinite(times.nearest_minutes)].sum()
    answer = [len(times.minutes), times.minutes.sum(), least]
    if not np.allclose(answer, np.array(said[:3], dtype=float), rtol=_SAME, atol=0.0):
        raise SystemExit(f"{folder.name}: walks and sums of minutes are {answer}, compiled {said[:3]}")
    return {"ours": ours, "compiled": dict(zip(STEPS, map(float, said[3:]), strict=True)), "walks": answer[0]}


def write_arrays(network: sc.WalkNetwork, world: World, folder: Path) -> None:
    """Write what the compiled program reads: a network that is built, centers that are attached, homes that are not."""
    index, centers = network.index, network.snap(world.centers, "centers")
    off = approach_minutes(network, centers)
    arrays = {
        "indptr": network.towards.indptr.astype(np.int32),
        "neighbour": network.towards.indices.astype(np.int32),
        "minutes": network.towards.data,
        "piece": np.vstack([index.start, index.step]).T,
        "piece_segment": index.segment,
        "before": index.before,
        "span": index.span,
        "from": network.start,
        "to": network.end,
        "forward": network.forward_min,
        "backward": network.backward_min,
        "home": xy_of(world.demand),
        "own": centers.segment,
        "at": centers.fraction,
        "off": off,
        "last": np.column_stack(minutes_from_ends(network, centers)) + off[:, None],
    }
    for name, values in arrays.items():
        np.ascontiguousarray(values).tofile(folder / name)


def milliseconds(ask: Callable[[], object], runs: int) -> float:
    """Median milliseconds of processor, after one run to warm up."""
    ask()
    found = []
    for _ in range(runs):
        begun = time.process_time()
        ask()
        found.append(1000 * (time.process_time() - begun))
    return statistics.median(found)


def pandana(peers: dict[str, Any], question: str, city: str) -> float:
    """Milliseconds that pandana took when peers.py last ran, preparation included."""
    told = peers["questions"][question][city]["contenders"]["pandana"]
    return 1000 * float(told["prepare_s"] + told["answer_s"])


def table(found: dict[str, Any]) -> str:
    """Return the table as Markdown."""
    head = (
        "city",
        "question",
        "servicecircle: network",
        "answer",
        "compiled: grid",
        "attach",
        "lay out",
        "search",
        "all of it",
        "pandana, its own question",
        "aim",
    )
    rows = []
    for city, figures in found.items():
        ours, compiled = figures["ours"], figures["compiled"]
        for question, (name, times) in QUESTIONS.items():
            steps = [compiled[step] for step in ("grid", "attach", "lay_out", question)]
            peer = figures["pandana"][question]
            told = [ours["build"], ours[question], *steps, sum(steps), peer, peer / times]
            rows.append((f"{city} | {name}", *(f"{value:,.0f}" if value >= 10 else f"{value:.1f}" for value in told)))
    walks = ", ".join(f"{figures['walks']:,}" for figures in found.values())
    about = (
        f"Milliseconds of processor on {machine()}; servicecircle: median, compiled: least of nine runs. 472 centers, "
        f"100,000 homes, {LIMIT_MIN:g} minutes at {SPEED_KMH} km/h. The compiled program is given the junctions and "
        "their links; it makes the grid that homes attach by, attaches them, lays them out by segment and searches. "
        "Aim: a fiftieth of pandana's time for who reaches whom, a hundredth for who is nearest (peers.json, its "
        "preparation included)."
    )
    lines = [
        "# What compiled code takes",
        "",
        about,
        "",
        "| " + " | ".join(head) + " |",
        "|---|---|" + "---:|" * (len(head) - 2),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
        f"Both find the same number of walks ({walks}) and sums of minutes that differ by rounding.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
