"""How good a plan, how good a proof, how long and how much memory: choosing sites here and with the peers.

Seeded cities of five sizes; the same question, the same seconds, each contender in a process of its own. What a
contender chose is counted again here, for all alike; what it claims stands beside it.

    pip install -e ".[bench]"
    python benchmarks/sites.py [mclp lscp share p-median cp-median] [--sizes "5k x 300" ...] [--only NAME ...]

The table is printed and kept beside this file as sites.md and sites.json; rows that were not asked for this time
keep what they had.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from contenders.asking import question
from contenders.instances import LIMIT_MIN, Instance, make_instance
from contenders.siting import OURS, SOLVERS
from measuring import keep, keep_two_cores, machine, peak_mb, versions
from scipy import sparse

HERE = Path(__file__).parent
GRACE_S = 90  # to build a model, beside the seconds to solve it
MEMORY_GB = 10

#: Name: demand places, candidates, sites to choose, seconds.
SIZES = {
    "5k x 300": (5_000, 300, 10, 30),
    "50k x 2k": (50_000, 2_000, 30, 60),
    "500k x 300": (500_000, 300, 15, 60),
    "500k x 1k": (500_000, 1_000, 30, 60),
    "500k x 10k": (500_000, 10_000, 50, 120),
}
PROBLEMS = {
    "mclp": ("Most people covered (MCLP)", tuple(SIZES)),
    "lscp": ("Fewest sites for everyone who can be covered (LSCP)", ("5k x 300", "50k x 2k")),
    "share": ("Fewest sites for 90 % of all people", ("5k x 300", "50k x 2k")),
    "p-median": ("Least total walk (p-median)", ("5k x 300", "50k x 2k")),
    "cp-median": ("Least total walk to sites with room (capacitated p-median)", ("5k x 300", "50k x 2k")),
}
BASE = ("servicecircle", "numpy", "scipy", "highspy")


# In the process of one contender


def keep_instance(size: str, file: Path) -> None:
    """Make an instance and keep it, so that all are asked about the same one."""
    demand, candidates, count, _ = SIZES[size]
    made = make_instance(demand, candidates, count)
    times = made.times
    np.savez(
        file,
        minutes=times.minutes,
        demand_index=times.demand_index,
        indptr=times.indptr,
        weights=times.weights,
        center_minutes=made.center_minutes,
        count=count,
    )


def kept_instance(file: Path) -> Instance:
    """Read an instance back."""
    from servicecircle import TravelTimes

    with np.load(file) as kept:
        shape = (len(kept["weights"]), len(kept["indptr"]) - 1)
        walks = sparse.csc_array((kept["minutes"], kept["demand_index"], kept["indptr"]), shape=shape)
        walks.has_sorted_indices = True
        return Instance(
            times=TravelTimes.from_matrix(walks, weights=kept["weights"]),
            center_minutes=kept["center_minutes"],
            count=int(kept["count"]),
        )


def one_contender(problem: str, name: str, file: Path, limit_s: float) -> dict[str, Any]:
    """Ask once and count what came back."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_GB << 30, MEMORY_GB << 30))
    solver = SOLVERS[name]
    try:
        versions = {need: version(need) for need in solver.needs}
    except PackageNotFoundError:
        return {"missing": "not installed"}
    instance = kept_instance(file)
    asked = question(instance, problem)
    import servicecircle  # noqa: F401 - loading it is no part of the answer

    before = peak_mb()
    started = time.perf_counter()
    answer = solver.answer(instance, asked, limit_s)
    seconds = time.perf_counter() - started
    return {
        "versions": versions,
        "objective": asked.objective(answer.sites),
        "sites": len(answer.sites),
        "bound": answer.bound,
        "claim": answer.claim,
        "seconds": seconds,
        "peak_mb": peak_mb(),
        "inputs_mb": before,
        "pairs": int(asked.walk.nnz),
        "places": len(asked.weight),
    }


# In the process that asks


def child(limit_s: float, *arguments: str) -> dict[str, Any]:
    """Run this program in a process of its own and return what it says."""
    command = [sys.executable, "-W", "ignore", __file__, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit_s)
    except subprocess.TimeoutExpired:
        return {"missing": f"no answer after {limit_s:.0f} s"}
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"ended with code {done.returncode}"])[-1]
        return {"missing": f"more than {MEMORY_GB} GB" if "MemoryError" in said or "alloc" in said else said[:100]}
    return json.loads(done.stdout.splitlines()[-1])


def ask(problems: list[str], sizes: list[str], names: list[str], kept: dict[str, Any]) -> dict[str, Any]:
    """Put the questions to all contenders; who failed at a smaller size is not asked about a larger one."""
    found = {problem: {size: dict(rows) for size, rows in kept.get(problem, {}).items()} for problem in PROBLEMS}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            asked = [problem for problem in problems if size in PROBLEMS[problem][1]]
            if not asked:
                continue
            file = Path(folder) / "instance.npz"
            child(3600, "--make", size, str(file))
            for problem in asked:
                rows = found[problem].setdefault(size, {})
                for name in names:
                    print(f"{problem}: {size}: {name}", file=sys.stderr, flush=True)
                    if problem in SOLVERS[name].never:
                        rows[name] = {"missing": "does not know this problem"}
                        continue
                    rows[name] = failed_before(found[problem], name, size) or child(
                        SIZES[size][3] + GRACE_S, "--one", problem, name, str(file), str(SIZES[size][3])
                    )
    return found


def failed_before(sizes: dict[str, Any], name: str, size: str) -> dict[str, str] | None:
    """Say so when a contender did not answer a smaller question."""
    smaller = list(SIZES)[: list(SIZES).index(size)]
    failed = [one for one in smaller if "missing" in sizes.get(one, {}).get(name, {})]
    return {"missing": f"not asked: failed at {failed[0]}"} if failed else None


# The tables


def gap(row: dict[str, Any]) -> float | None:
    """Return the relative gap between objective and bound; None without one of them."""
    if row["objective"] is None or row["bound"] is None:
        return None
    return max(abs(row["bound"] - row["objective"]), 0.0) / max(abs(row["objective"]), 1e-9)


def better(problem: str, row: dict[str, Any], ours: dict[str, Any]) -> float:
    """Return how much better than ours an objective is, as a part of it."""
    if row["objective"] is None or ours["objective"] is None:
        return float("nan") if row["objective"] is None else float("inf")
    sign = 1 if problem == "mclp" else -1
    return sign * (row["objective"] - ours["objective"]) / max(abs(ours["objective"]), 1e-9)


def line(problem: str, name: str, row: dict[str, Any], ours: dict[str, Any]) -> str:
    """Lay one contender out."""
    if "missing" in row:
        return f"| {name} | {row['missing']} |" + " |" * 6
    there, none = better(problem, row, ours), row["objective"] is None or not row["sites"]
    cells = [
        name,
        "no plan" if none else f"{row['objective']:,.0f}",
        "" if name == OURS or none else "same" if abs(there) < 1e-6 else f"{there:+.3%}",
        "not told" if row["bound"] is None else f"{row['bound']:,.0f}",
        "" if gap(row) is None else "0" if gap(row) < 1e-6 else f"{gap(row):.3%}",
        row["claim"],
        f"{row['seconds']:.2f}" if row["seconds"] < 10 else f"{row['seconds']:.0f}",
        f"{row['peak_mb']:,}",
    ]
    return "| " + " | ".join(cells) + " |"


def tables(found: dict[str, Any]) -> str:
    """Lay everything out as Markdown."""
    lines = [
        "# Choosing sites, side by side with the peers",
        "",
        (
            f"Each contender in a process of its own, on {found['machine']}. Seeded cities of 30 x 20 km, "
            f"{LIMIT_MIN:g} minutes (1,200 m), 40 existing centers. The peers are given the open part only: places "
            "that no center covers and some candidate can help; p-median counts nobody with more than "
            f"{LIMIT_MIN:g} minutes. With capacities ours, too, is given the open part, and whom the centers cover "
            "stays with them. Objectives are counted again from the sites chosen; *claim* is what the contender "
            "says of its plan. Seconds include building the model; peak memory includes libraries and the instance. "
            f"A contender has the seconds of its size, {GRACE_S} s more for its model, and {MEMORY_GB} GB."
        ),
        "",
        "Versions: " + ", ".join(f"{name} {number}" for name, number in found["versions"].items()) + ".",
    ]
    for problem, (title, sizes) in PROBLEMS.items():
        for size in sizes:
            rows = found["problems"].get(problem, {}).get(size)
            if not rows or "missing" in rows.get(OURS, {"missing": ""}):
                continue
            demand, candidates, count, limit_s = SIZES[size]
            asked = f"{demand:,} demand places, {candidates:,} candidates"
            asked += "" if problem in {"lscp", "share"} else f", {count} sites"
            inner = f"{rows[OURS]['places']:,} places and {rows[OURS]['pairs']:,} walks are open; {limit_s} s"
            lines += ["", f"## {title}: {size}", "", f"{asked}; {inner}.", ""]
            lines += ["| | objective | against ours | bound | gap | claim | seconds | peak MB |"]
            lines += ["|---|---:|---:|---:|---:|---|---:|---:|"]
            lines += [line(problem, name, rows[name], rows[OURS]) for name in SOLVERS if name in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Ask, print and keep."""
    if sys.argv[1:2] == ["--make"]:
        keep_instance(sys.argv[2], Path(sys.argv[3]))
        print("{}")
        return
    if sys.argv[1:2] == ["--one"]:
        keep_two_cores()
        problem, name, file, limit_s = sys.argv[2:]
        print(json.dumps(one_contender(problem, name, Path(file), float(limit_s))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", nargs="*", metavar="problem", choices=[[], *PROBLEMS], help=", ".join(PROBLEMS))
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--only", nargs="+", choices=list(SOLVERS), default=list(SOLVERS), metavar="NAME")
    said = parser.parse_args()
    kept = HERE / "sites.json"
    before = json.loads(kept.read_text("utf-8"))["problems"] if kept.exists() else {}
    problems = ask(said.problems or list(PROBLEMS), said.sizes, said.only, before)
    rows = [row for sizes in problems.values() for names in sizes.values() for row in names.values()]
    peers = {name: number for row in rows for name, number in row.get("versions", {}).items()}
    found = {
        "machine": machine(),
        "versions": {**versions(BASE), **peers},
        "problems": problems,
    }
    keep(__file__, tables(found), found)


if __name__ == "__main__":
    main()
