"""Files larger than memory allows, refused by an estimate before they are read."""

import contextlib
import math
import os
from pathlib import Path

from servicecircle.errors import InputError

#: File name ending -> memory that a byte of the file takes at least: a third or less of what was measured for files
#: full of places or streets, so that no file is refused that might fit.
_FACTORS = {
    ".csv": 5.0,
    ".tsv": 5.0,
    ".txt": 5.0,
    ".geojson": 2.0,
    ".json": 2.0,
    ".graphml": 5.0,
    ".pbf": 2.0,
    ".osm": 0.3,
    ".gz": 1.0,
    ".bz2": 1.0,
}
#: Memory that a feature of a layer, a byte of an unzipped sheet and a cell of heights take at least.
FEATURE_BYTES, SHEET_FACTOR, CELL_BYTES = 400, 2, 12
#: What a cell of a population raster takes, of 28 to 34 measured, and one with people beside that, of 360.
PEOPLE_CELL_BYTES, PEOPLED_BYTES = 28, 250
_CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def check_size(path: Path) -> None:
    """Refuse a file whose size alone says that it cannot be read.

    Raises
    ------
    InputError
        With what it would take and what is free.
    """
    size = path.stat().st_size
    check_need(path.name, f"{amount(size)} on disk", size * _FACTORS.get(path.suffix.lower(), 0.0))


def check_need(name: str, what: str, need: float, advice: str = "Cut it to the city") -> None:
    """Refuse what takes at least `need` bytes of memory, if fewer are free.

    Raises
    ------
    InputError
        With both figures.
    """
    free = free_memory()
    if need > free:
        raise InputError(
            f"{name}: {what} would take at least {amount(need)} of memory, and {amount(free)} are free. "
            f"{advice}, or use a larger machine."
        )


def free_memory() -> float:
    """Return the bytes this process may still take; inf where the system does not tell."""
    return min(_of_machine(), _of_process(), *(_of_group(*files) for files in _CGROUPS))


def amount(size: float) -> str:
    """Write a number of bytes as a person reads it."""
    unit = min(int(math.log10(max(size, 1.0)) // 3), 4)
    return f"{size / 1000**unit:.3g} {('bytes', 'kB', 'MB', 'GB', 'TB')[unit]}"


def _of_machine() -> float:
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return 1024.0 * next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    return math.inf


def _of_process() -> float:
    """Return what is left of a limit on this process (``ulimit -v``)."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        most = resource.getrlimit(resource.RLIMIT_AS)[0]
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        if most != resource.RLIM_INFINITY:
            return max(most - pages * os.sysconf("SC_PAGE_SIZE"), 0.0)
    return math.inf


def _of_group(limit: str, used: str) -> float:
    """Return what is left to a container."""
    with contextlib.suppress(OSError, ValueError):
        return max(float(Path(limit).read_text(encoding="ascii")) - float(Path(used).read_text(encoding="ascii")), 0.0)
    return math.inf
