"""What all measurements have in common: the machine, the memory, the versions, and where the figures are kept."""

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any


def machine() -> str:
    """Name the machine by what decides how quick it is."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {platform.machine()}, {platform.system()}"


def keep_two_cores() -> None:
    """Give every contender the same two cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])


def as_installed() -> None:
    """Let the processes that are measured keep their bytecode, where the environment says otherwise.

    Whoever installs a package has it from the start, as the peers here have theirs; a checkout would be compiled
    anew at every start.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def peak_mb() -> int:
    """Return the most memory this process has had, libraries included."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage also counts the process that started this one
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return round(int(line.split()[1]) / 1024)
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def versions(names: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of Python and of these distributions."""
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def keep(program: str, text: str, found: Any) -> None:
    """Print the table of a program, and keep it beside it as Markdown, with the figures as JSON."""
    sys.stdout.write(text)
    place = Path(program)
    place.with_suffix(".md").write_text(text, encoding="utf-8")
    place.with_suffix(".json").write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
