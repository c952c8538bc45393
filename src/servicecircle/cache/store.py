"""The user's cache folder: entries named by what they were made from.

An entry is never changed: other inputs, parameters or code make another one. A cache that cannot be read or written
costs time, never a run.
"""

import contextlib
import errno
import functools
import hashlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyproj
import scipy
import shapely
from platformdirs import user_cache_path

from servicecircle.cache.packing import BadBytesError, packed, unpacked
from servicecircle.errors import OutputError
from servicecircle.outputs.placing import place_all, settle

log = logging.getLogger(__name__)

Record = TypeVar("Record")

#: Most bytes kept; the entries that were not used for longest go first.
MOST_BYTES = 1_000_000_000
_ENDING = ".cache"
#: Rooms whose code decides what an entry holds.
_ROOMS = ("inputs", "network", "analysis", "cache", ".")
#: Folders that could not be written, which is said once.
_UNUSABLE: set[Path] = set()
_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSize:
    """What the cache folder holds."""

    folder: Path
    entries: int
    size: int


def cache_folder() -> Path:
    """Return the folder of the entries, which need not be there."""
    return user_cache_path("servicecircle", appauthor=False) / "networks"


def cache_size() -> CacheSize:
    """Count the entries and their bytes."""
    entries = _entries()
    return CacheSize(folder=cache_folder(), entries=len(entries), size=sum(size for _, size, _ in entries))


def clear_cache() -> CacheSize:
    """Remove all entries; return what was removed.

    Raises
    ------
    OutputError
        If one cannot be removed.
    """
    before = cache_size()
    for path, _, _ in _entries():
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{path}: cannot be removed ({error.strerror}). Close what uses it.") from error
    return before


def entry_key(files: Mapping[str, Path], parameters: object, *, rooms: Sequence[str] = _ROOMS) -> str:
    """Return the name of what is made from the content of `files` and from `parameters`.

    The code that makes it (in `rooms`), the libraries that compute it and the names of the files (which issues tell)
    count, too.

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    made_from = {
        "files": {name: [(path.name, _digest(path)) for path in _parts(file)] for name, file in files.items()},
        "parameters": repr(parameters),
        "code": [digest for room in rooms for digest in _code(_PACKAGE, room)],
        "libraries": [library.__version__ for library in (np, scipy, shapely, pyproj)],
    }
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


def find(key: str, kind: type[Record]) -> Record | None:
    """Return the entry `key`, a dataclass of this kind; None if there is no good one."""
    path = _path(key)
    try:
        found = unpacked(path.read_bytes(), kind)
    except FileNotFoundError:
        return None
    except (OSError, BadBytesError) as error:
        log.info("cache entry %s cannot be used (%s)", path.name, error)
        return None
    with contextlib.suppress(OSError):  # a folder one may only read
        os.utime(path)
    return found


def keep(key: str, record: object) -> None:
    """Keep an entry, if it can be packed, is not too large and the folder can be written."""
    path = _path(key)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        data = packed(record)
        if len(data) > MOST_BYTES:
            log.info("not kept in the cache: %d bytes are more than its %d", len(data), MOST_BYTES)
            return
        place_all(path.parent, {path.name: data}, lasting=False)  # a spoilt entry is known by its check sum
        _make_room()
    except (OSError, OutputError) as error:
        if path.parent not in _UNUSABLE:
            _UNUSABLE.add(path.parent)
            log.warning("%s cannot be written (%s): the next run computes everything again.", path.parent, error)
    except TypeError as error:
        log.info("not kept in the cache (%s)", error)


def forget(start: str) -> None:
    """Remove the entries whose key begins with `start`, and what killed runs left unfinished."""
    settle(cache_folder())
    for path, _, _ in _entries():
        if path.name.startswith(start):
            with contextlib.suppress(OSError):  # another run removed it
                path.unlink()


def _path(key: str) -> Path:
    return cache_folder() / f"{key}{_ENDING}"


def _make_room() -> None:
    """Remove the entries that were not used for longest, until the rest is small enough."""
    entries = sorted(_entries(), key=lambda entry: entry[2])
    size = sum(entry[1] for entry in entries)
    for path, own, _ in entries:
        if size <= MOST_BYTES:
            return
        path.unlink(missing_ok=True)
        size -= own


def _entries() -> list[tuple[Path, int, float]]:
    """Path, bytes and time of last use of each entry."""
    found = []
    with contextlib.suppress(OSError):
        for path in cache_folder().iterdir():
            with contextlib.suppress(FileNotFoundError):  # another run removed it
                if path.suffix == _ENDING:
                    found.append((path, path.stat().st_size, path.stat().st_mtime))
    return found


@functools.cache  # the code that runs stays as it was loaded, whatever its files say later
def _code(package: Path, room: str) -> tuple[str, ...]:
    """Return the digests of the files a room is made of, its templates and scripts too."""
    found = (package / room).glob("*.py") if room == "." else (package / room).rglob("*")
    return tuple(_digest(path) for path in sorted(found) if path.is_file() and path.suffix != ".pyc")


def _parts(file: Path) -> list[Path]:
    """Return a file with those that belong to it: a shapefile is several, a GeoPackage in use has a journal."""
    if file.suffix.lower() == ".shp":
        return sorted(path for path in file.parent.iterdir() if path.stem == file.stem)
    journal = file.with_name(f"{file.name}-wal")
    return [file, journal] if journal.exists() else [file]


def _digest(path: Path) -> str:
    if not path.is_file():
        raise OSError(errno.EINVAL, "no file", str(path))  # a pipe would never end
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
