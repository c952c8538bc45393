"""Break runs of a small study in every way that is known, and count what they leave.

    python -m tests.faults.count [kind of fault ...] [--quick] [--keep folder]

Wants strace, and an administrator for small disks; kinds of faults that cannot be made here are left out, saying so.
The counts are printed and kept beside this file as counts.md and counts.json; other kinds counted before stay there.
"""

import argparse
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

# A process with threads cannot be forked.
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

from tests.faults.trial import Ended, Place, Sets, attach, copy, load_libraries, small_disk

HERE = Path(__file__).parent
#: System calls by which a run writes, and the error each is given.
CALLS = {
    "write": "ENOSPC",
    "pwrite64": "ENOSPC",
    "fsync": "EIO",
    "mkdir": "ENOSPC",
    "rename": "EIO",
    "link": "ENOSPC",
    "unlink": "EIO",
    "openat": "ENOSPC",
}
#: Those that are not the database's.
PYTHON = ("write", "fsync", "mkdir", "rename", "link", "unlink")
INTRO = """\
# What broken runs leave

A small study is run into a folder that holds the files of an earlier one; something happens to the run; then the same
study is run again. *Old set* and *new set*: all eight files are of one run; *mixed*: each file is whole, but they are
of both; *torn*: a file is of neither; *next run good*: it ends well, puts its whole set and leaves no hidden parts.
Parts are hidden folders that the next run clears or finishes. An exit code other than 0 stands for one clear line
unless it says otherwise.

"""
STATES = ("old", "new", "none", "mixed", "torn")


@dataclass
class Counts:
    """What became of the runs that one kind of fault happened to."""

    runs: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    parts: int = 0
    again: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)


@dataclass
class Bench:
    """The place, the sets of both studies, and whose turn it is."""

    place: Place
    sets: dict[str, dict[str, bytes]]
    kept: Path
    quick: bool
    chance: random.Random
    turn: int = 0

    @classmethod
    def make(cls, folder: Path, *, quick: bool) -> "Bench":
        """Run both studies once without a fault, and keep the cache of runs that were stopped before the layers."""
        load_libraries(folder)
        place = Place.make(folder / "city")
        sets = {}
        for study in ("new", "old"):
            assert place.run(study).kind == "0"
            sets[study] = place.files()
        for study in ("new", "old"):
            place.stop_before(study, "layers.gpkg")
        kept = folder / "kept"
        shutil.copytree(place.cache, kept)
        return cls(place, sets, kept, quick, random.Random(7))  # noqa: S311 - moments, not secrets

    def studies(self) -> tuple[str, str]:
        """Return the study whose files are there, and the one that is to be run."""
        return ("old", "new") if self.turn % 2 == 0 else ("new", "old")

    def late(self) -> None:
        """Let the next run go on from the layers."""
        shutil.rmtree(self.place.cache)
        shutil.copytree(self.kept, self.place.cache)

    def seconds(self) -> float:
        """Return how long a run takes."""
        started = time.monotonic()
        assert self.place.run("old").kind == "0"
        return time.monotonic() - started

    def judge(self, counts: Counts, ended: Ended, told: str) -> None:
        """Look at what a run left, run the same study again, and look once more."""
        before, wanted = self.studies()
        sets = Sets(old=self.sets[before], new=self.sets[wanted])
        state = sets.state(self.place.files())
        counts.runs += 1
        counts.ends[ended.kind] += 1
        counts.states[state] += 1
        counts.parts += bool(self.place.hidden())
        again = self.place.run(wanted)
        good = again.kind == "0" and sets.state(self.place.files()) == "new" and not self.place.hidden()
        counts.again["good" if good else "bad"] += 1
        bad_end = ended.code > 0 and " without" in ended.kind
        if state == "torn" or not good or bad_end or (ended.code == 0 and state != "new"):
            counts.odd.append(f"{told}: {ended.kind}, {state}; {ended.err.strip()[-300:]} / {again.err.strip()[-200:]}")
        self.turn += 1


def calls_of(bench: Bench, calls: tuple[str, ...]) -> Counter[str]:
    """Count how often a run that goes on from the layers makes each system call."""
    bench.late()
    log, tracers = bench.place.folder / "strace", list[subprocess.Popen[bytes]]()
    _, wanted = bench.studies()
    rule = f"trace={','.join(calls)}"
    done = bench.place.run(wanted, after=lambda child: tracers.append(attach(child, log, "-e", rule)))
    tracers[0].wait()
    assert done.code == 0
    bench.turn += 1
    lines = log.read_text(encoding="utf-8").splitlines()
    return Counter(call for line in lines for call in calls if f" {call}(" in line)


def nth_call(what: str, calls: tuple[str, ...], every: int = 1) -> Callable[[Bench, Counts], None]:
    """Let the n-th call of each kind meet its fault, for every n."""

    def count(bench: Bench, counts: Counts) -> None:
        log = bench.place.folder / "strace"
        found = sorted(calls_of(bench, calls).items())
        for call, often in bench.chance.sample(found, min(3, len(found))) if bench.quick else found:
            steps = range(1, often + 1, every)
            for n in bench.chance.sample(steps, 1) if bench.quick else steps:
                fault = f"error={CALLS[call]}" if what == "error" else f"signal={what}"
                rules = ("-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={n}")
                bench.late()
                _, wanted = bench.studies()
                tracers = list[subprocess.Popen[bytes]]()

                def after(child: int, rules: tuple[str, ...] = rules, tracers: list = tracers) -> None:
                    tracers.append(attach(child, log, *rules))

                ended = bench.place.run(wanted, after=after)
                tracers[0].wait()
                bench.judge(counts, ended, f"{call} {n} of {often}")

    return count


def at_random(sign: signal.Signals, runs: int) -> Callable[[Bench, Counts], None]:
    """Send a signal at a random moment of a whole run."""

    def count(bench: Bench, counts: Counts) -> None:
        shutil.rmtree(bench.place.cache)
        assert bench.place.run("new").code == bench.place.run("old").code == 0
        bench.turn = 0
        longest = bench.seconds()
        for _ in range(3 if bench.quick else runs):
            moment = bench.chance.uniform(0.0, longest)

            def after(child: int, moment: float = moment) -> None:
                if os.fork() == 0:
                    time.sleep(moment)
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child, sign)
                    os._exit(0)

            _, wanted = bench.studies()
            ended = bench.place.run(wanted, after=after)
            bench.judge(counts, ended, f"{moment:.3f} s")
            while True:
                try:
                    os.waitpid(-1, 0)
                except ChildProcessError:
                    break

    return count


def full_disk(where: str) -> Callable[[Bench, Counts], None]:
    """Let the disk of the outputs, the temporary files or the cache be too small, by less and less."""

    def count(bench: Bench, counts: Counts) -> None:
        place = bench.place
        most = sum(map(len, bench.sets["old"].values())) // 1024 * (3 if where == "out" else 1)
        steps = range(32, most, max(most // (3 if bench.quick else 20), 4))
        for size in steps:
            bench.late()
            before, wanted = bench.studies()
            home = place.folder / where
            aside = home.rename(place.folder / "aside")
            with small_disk(home, size):
                if where == "out":
                    try:
                        copy(bench.sets[before], place.out)
                    except OSError:
                        shutil.rmtree(place.out)
                ended = place.run(wanted)
                files = place.files()
            home.rmdir()
            aside.rename(home)
            if where == "out":
                copy(files, place.out)
            bench.judge(counts, ended, f"{size} kB")

    return count


def long_files(bench: Bench, counts: Counts) -> None:
    """Let no file grow beyond a size, by less and less."""
    most = max(len(data) for files in bench.sets.values() for data in files.values())
    for size in range(1024, most + 8192, max(most // (3 if bench.quick else 20), 1)):
        bench.late()
        _, wanted = bench.studies()
        limit = (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
        ended = bench.place.run(
            wanted,
            before=lambda limit=limit: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
        )
        bench.judge(counts, ended, f"{size} bytes")


def little_memory(bench: Bench, counts: Counts) -> None:
    """Let a whole run have little more memory than its libraries take, by more and more."""
    for extra in range(0, 480, 160 if bench.quick else 16):

        def before(extra: int = extra) -> None:
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
            most = pages * resource.getpagesize() + extra * 2**20
            resource.setrlimit(resource.RLIMIT_AS, (most, most))

        _, wanted = bench.studies()
        bench.judge(counts, bench.place.run(wanted, before=before), f"{extra} MB more")


def two_at_once(bench: Bench, counts: Counts) -> None:
    """Run both studies into one folder at the same time."""
    for _ in range(2 if bench.quick else 10):
        bench.late()
        other, wanted = bench.studies()
        beside = os.fork()
        if beside == 0:
            aside = bench.place.folder / "stderr-of-the-other"
            os._exit(Place.run(bench.place, other, before=lambda aside=aside: aside.touch()).code)
        ended = bench.place.run(wanted)
        _, status = os.waitpid(beside, 0)
        if os.waitstatus_to_exitcode(status):
            counts.odd.append("the other run failed")
        bench.judge(counts, ended, "two at once")


#: Kind -> what happens, as the table says, and how it is made.
FAULTS: dict[str, tuple[str, Callable[[Bench, Counts], None]]] = {
    "calls": ("the n-th write, sync, move, link or removal fails, every n", nth_call("error", PYTHON)),
    "database": ("the n-th write of the layers' database fails, every sixth n", nth_call("error", ("pwrite64",), 6)),
    "opens": ("the n-th opening of a file fails, every twelfth n", nth_call("error", ("openat",), 12)),
    "disk": ("the disk of the outputs is full", full_disk("out")),
    "temporary": ("the disk of temporary files is full", full_disk("temporary")),
    "cache": ("the disk of the cache is full", full_disk("cache")),
    "size": ("no file may grow beyond a size", long_files),
    "kill": ("killed at a random moment", at_random(signal.SIGKILL, 150)),
    "kill-calls": ("killed at the n-th write, sync, move, link or removal, every n", nth_call("SIGKILL", PYTHON)),
    "interrupt": ("Ctrl-C at a random moment", at_random(signal.SIGINT, 50)),
    "interrupt-calls": ("Ctrl-C at the n-th write, sync, move, link or removal, every n", nth_call("SIGINT", PYTHON)),
    "memory": ("too little memory", little_memory),
    "two": ("two runs at once", two_at_once),
}


def cannot(kind: str) -> str:
    """Return why a kind of fault cannot be made here, empty if it can."""
    if "calls" in kind or kind in {"database", "opens"}:
        return "" if shutil.which("strace") else "wants strace"
    if kind in {"disk", "temporary", "cache"}:
        return "" if os.geteuid() == 0 else "wants an administrator"
    return ""


def counted(kinds: list[str], *, quick: bool) -> Iterator[tuple[str, Counts]]:
    """Yield the counts of one kind of fault after the other."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        bench = Bench.make(Path(folder), quick=quick)
        for kind in kinds:
            if why := cannot(kind):
                sys.stdout.write(f"{kind}: left out, {why}\n")
                continue
            counts = Counts()
            bench.late()
            before, _ = bench.studies()
            copy(bench.sets[before], bench.place.out)
            FAULTS[kind][1](bench, counts)
            yield kind, counts


def table(found: dict[str, dict]) -> str:
    """Return the counts as a table."""
    heads = ["fault", "runs", "how they ended", "old set", "new set", "no file", "mixed", "torn"]
    heads += ["parts left", "next run good"]
    lines = [f"| {' | '.join(heads)} |", "|---|---:|---|" + "---:|" * 7]
    for kind, (title, _) in FAULTS.items():
        if kind in found:
            row = found[kind]
            ends = ", ".join(f"{end}: {often}" for end, often in sorted(row["ends"].items()))
            cells = [row["states"].get(state, 0) for state in STATES]
            cells += [row["parts"], row["again"].get("good", 0)]
            lines.append(f"| {title} | {row['runs']} | {ends} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Count, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", choices=[*FAULTS, []])
    parser.add_argument("--quick", action="store_true", help="A few of each.")
    parser.add_argument("--keep", type=Path, default=HERE, help="Where the counts are kept.")
    asked = parser.parse_args()
    kept = asked.keep / "counts.json"
    for kind, counts in counted(asked.kinds or list(FAULTS), quick=asked.quick):
        found = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
        found[kind] = vars(counts)
        kept.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        sys.stdout.write(f"{kind} {json.dumps(vars(counts), ensure_ascii=False)}\n")
        sys.stdout.flush()
    text = INTRO + table(json.loads(kept.read_text(encoding="utf-8")))
    (asked.keep / "counts.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
