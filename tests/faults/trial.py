"""One run of a small study that something happens to, and what its output folder holds afterwards.

Runs are forked from a process that has loaded all libraries, so that one takes the time of the study alone. What
happens to them is real: a signal, a disk or a memory that is too small, a system call that fails.
"""

import contextlib
import hashlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cities import write_city

Before = Callable[[], object]
After = Callable[[int], object]
Files = dict[str, bytes]


@dataclass(frozen=True)
class Ended:
    """How a run ended: exit code (negative: the signal) and what it said on stderr."""

    code: int
    err: str

    @property
    def kind(self) -> str:
        """The exit code, and whether the end is one line as it should be."""
        if self.code == 0:
            return "0"
        if self.code < 0:
            return signal.Signals(-self.code).name
        lines = self.err.strip().splitlines()
        clear = bool(lines) and lines[-1].startswith("servicecircle: ") and "Traceback" not in self.err
        return f"{self.code}{'' if clear else ' without its line'}"


def load_libraries(place: Path) -> None:
    """Import what a run imports on its way, without computing: nothing that starts threads is forked."""
    city = write_city(place / "first")
    tell = (
        "import sys, json, servicecircle.cli as cli\n"
        "try:\n    cli.main()\nfinally:\n    print('\\n' + json.dumps(sorted(sys.modules)))"
    )
    command = [sys.executable, "-c", tell, "run", str(city.study)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | _own(place)).stdout
    for name in json.loads(said.splitlines()[-1]):
        if not name.startswith(("__", "tests")):
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def _own(place: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(place / "cache"), "TMPDIR": str(place / "temporary")}


@dataclass(frozen=True)
class Place:
    """A study that is run alternately at two speeds into one folder, with a cache and temporary files of its own."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "Place":
        """Write the city and both studies."""
        city = write_city(folder)
        text = city.study.read_text(encoding="utf-8").replace('"out"', '"out/of the month"')
        (folder / "old.toml").write_text(text, encoding="utf-8")
        (folder / "new.toml").write_text(text.replace("speed_kmh = 4.0", "speed_kmh = 4.6"), encoding="utf-8")
        (folder / "temporary").mkdir()
        return cls(folder)

    @property
    def out(self) -> Path:
        """The output folder of both."""
        return self.folder / "out" / "of the month"

    def run(self, study: str, *options: str, before: Before | None = None, after: After | None = None) -> Ended:
        """Run a study in a child; `before` is called in the child, `after` in the parent with the child's id."""
        said, (ready, go) = self.folder / "stderr", os.pipe()
        said.write_text("", encoding="utf-8")
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # of the child, until it is ready to hear
        child = os.fork()
        if child == 0:
            os.close(go)
            for stream, file in ((1, os.devnull), (2, said)):
                os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
            os.read(ready, 1)
            self._be_the_run(study, options, before)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        os.close(ready)
        if after is not None:
            after(child)
        os.write(go, b"!")  # what `after` has started may hold the pipe open
        os.close(go)
        _, status = os.waitpid(child, 0)
        return Ended(os.waitstatus_to_exitcode(status), said.read_text(encoding="utf-8", errors="replace"))

    def _be_the_run(self, study: str, options: tuple[str, ...], before: Before | None) -> None:
        code = 1
        try:
            os.environ.update(_own(self.folder))
            import tempfile

            tempfile.tempdir = None
            signal.signal(signal.SIGINT, signal.default_int_handler)
            sys.argv = ["servicecircle", "run", str(self.folder / f"{study}.toml"), *options]
            if before is not None:
                before()
            from servicecircle.cli import main

            try:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
                main()
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
                code = 0
            except SystemExit as ended:
                code = int(ended.code or 0)
            except BaseException as error:  # noqa: BLE001 - whatever it is, the child must not go on as the parent
                os.write(2, f"Traceback: {error!r}\n".encode())
        finally:
            os._exit(code)

    def stop_before(self, study: str, step: str) -> None:
        """Run a study until a step begins, and end it there without a word; what it has done so far is kept."""

        def end() -> None:
            from servicecircle import Study

            def told(name: str, part: float) -> None:
                if (name, part) == (step, 0.0):
                    os._exit(0)

            Study.from_toml(self.folder / f"{study}.toml").run(on_progress=told)

        assert self.run(study, before=end).code == 0

    def files(self) -> Files:
        """Return what the output folder holds, hidden parts left out."""
        if not self.out.is_dir():
            return {}
        return {path.name: path.read_bytes() for path in self.out.iterdir() if path.is_file()}

    @property
    def cache(self) -> Path:
        """The cache of the runs."""
        return self.folder / "cache" / "servicecircle" / "networks"

    def hidden(self) -> list[str]:
        """Return what a run left beside its files: parts in the output folder and in the cache."""
        return [
            path.name
            for place in (self.out, self.cache)
            if place.is_dir()
            for path in place.iterdir()
            if path.name[0] == "."
        ]


@dataclass(frozen=True)
class Sets:
    """What the output folder should hold after the old and after the new study."""

    old: Files
    new: Files

    def state(self, files: Files) -> str:
        """Say which set the files are: old, new, none, mixed (each file whole), or torn."""
        if not files:
            return "none"
        kinds = {self._kind(name, data) for name, data in files.items()}
        if "torn" in kinds or set(files) - set(self.new):
            return "torn"
        # Files that are the same in both sets are of either.
        kinds.discard("both")
        return kinds.pop() if len(kinds) == 1 and set(files) == set(self.new) else "mixed"

    def _kind(self, name: str, data: bytes) -> str:
        if name == "run.json":
            return self._record(data)
        fits = [kind for kind, files in (("old", self.old), ("new", self.new)) if files.get(name) == data]
        return "both" if len(fits) == 2 else fits[0] if fits else "torn"

    def _record(self, data: bytes) -> str:
        """Tell whose record of a run it is by the checksums of its outputs: the times in it are never the same."""
        try:
            said = json.loads(data)["outputs"]
        except (ValueError, KeyError):
            return "torn"
        return next((kind for kind, files in (("old", self.old), ("new", self.new)) if said == sums(files)), "torn")


def sums(files: Files) -> dict[str, Any]:
    """Return what run.json says of the other files."""
    return {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in files.items()
        if name != "run.json"
    }


@contextlib.contextmanager
def small_disk(place: Path, kilobytes: int) -> Iterator[None]:
    """Let `place` be a file system of this size; wants an administrator."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


def attach(child: int, log: Path, *rules: str) -> subprocess.Popen[bytes]:
    """Let strace trace a process that waits to begin; returns once it does."""
    command = ["strace", "-f", "-q", "-p", str(child), "-o", str(log), *rules]
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while f"TracerPid:\t{tracer.pid}" not in Path(f"/proc/{child}/status").read_text(encoding="ascii"):
        if tracer.poll() is not None:
            raise RuntimeError("strace cannot trace here")
        time.sleep(0.005)
    return tracer


def copy(files: Files, folder: Path) -> None:
    """Put a set into a folder that holds nothing else then."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
