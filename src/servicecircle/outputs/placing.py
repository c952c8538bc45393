"""Sets of files put in place together: all of them or none, also when the run that writes them is killed.

A set is first written into a hidden folder beside its places. Once complete, that folder is renamed, which is one step
on any file system, and from then on the set counts as written: whoever comes next moves what was not moved yet.
"""

import contextlib
import logging
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from servicecircle.errors import OutputError

log = logging.getLogger(__name__)

_MARK = ".servicecircle-"
_UNFINISHED, _COMPLETE = ".part", ".ready"
_NEW, _OLD = "new", "old"
#: Where a folder cannot be locked, what lies there for longer than this belongs to no run any more.
_STALE_S = 86_400.0


def place_all(folder: Path, files: Mapping[str, bytes], *, lasting: bool = True) -> None:
    """Write `files` into `folder`, which is there; finish or clear first what a killed run left.

    Without `lasting` it does not wait for the disk: a power cut may spoil the files, a killed run does not.

    Raises
    ------
    OutputError
        If a file cannot be written or moved; all files are then as they were before.
    """
    with _alone(folder) as locked:
        _settle(folder, locked=locked)
        complete = _written(folder, files, lasting=lasting)
        try:
            _move(complete, folder, lasting=lasting)
        except KeyboardInterrupt:
            _move(complete, folder, lasting=lasting)
            raise


def settle(folder: Path) -> None:
    """Finish what a killed run had written completely into `folder`, and clear what it had not."""
    with _alone(folder) as locked:
        _settle(folder, locked=locked)


def failure(path: Path, error: OSError) -> OutputError:
    """Return the error of a file that cannot be written."""
    return OutputError(
        f"{path}: cannot be written ({reason(error)}). "
        "Free the space, close the program that has it open, or choose another folder, and run again."
    )


def reason(error: OSError) -> str:
    """Return why the system refused."""
    return error.strerror or type(error).__name__


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Wait until no other run puts files into `folder`; yields whether one can know. The lock ends with its process."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):  # Windows; a folder one may not read
        yield False
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            locked = True
        except OSError:  # some network drives
            locked = False
        yield locked
    finally:
        os.close(handle)


def _settle(folder: Path, *, locked: bool) -> None:
    for left in _leftovers(folder):
        with contextlib.suppress(OSError):
            if not locked and time.time() - left.stat().st_mtime < _STALE_S:
                continue
            log.info("%s: left by a run that was killed", left)
            if left.suffix == _COMPLETE:
                _move(left, folder)
            else:
                shutil.rmtree(left, ignore_errors=True)


def _leftovers(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.name.startswith(_MARK))
    except OSError:
        return []
    return [folder / name for name in names if name.endswith((_UNFINISHED, _COMPLETE))]


def _written(folder: Path, files: Mapping[str, bytes], *, lasting: bool = True) -> Path:
    """Write the set beside its places and return its folder; nothing stays behind on failure."""
    part = folder / f"{_MARK}{secrets.token_hex(8)}{_UNFINISHED}"
    target = folder
    try:
        part.mkdir()
        (part / _NEW).mkdir()
        for name, data in files.items():
            target = folder / name
            _write(part / _NEW / name, data, lasting=lasting)
        _keep_old(part, folder, files)
        if lasting:
            _sync(part / _NEW)
        complete = part.with_suffix(_COMPLETE)
        part.rename(complete)
    except BaseException as error:  # an interruption, too, leaves nothing behind
        shutil.rmtree(part, ignore_errors=True)
        if isinstance(error, OSError):
            raise failure(target, error) from error
        raise
    return complete


def _write(path: Path, data: bytes, *, lasting: bool) -> None:
    # os.open rather than tempfile: the file gets the mode the user's umask asks for, not 0600.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        if lasting:
            file.flush()
            os.fsync(file.fileno())


def _keep_old(part: Path, folder: Path, files: Mapping[str, bytes]) -> None:
    """Hold on to the old files, so that they can be put back; not where the file system has no second names."""
    old = part / _OLD
    old.mkdir()
    try:
        for name in files:
            with contextlib.suppress(FileNotFoundError):
                os.link(folder / name, old / name)
    except OSError:
        shutil.rmtree(old)


def _move(complete: Path, folder: Path, *, lasting: bool = True) -> None:
    """Move what is left of a complete set to its places; if that fails, put the old files back."""
    if not complete.is_dir():
        return
    moved: list[str] = []
    for part in sorted((complete / _NEW).iterdir()):
        target = folder / part.name
        try:
            part.replace(target)
        except OSError as error:
            _put_back(_given_up(complete), folder, moved)
            raise failure(target, error) from error
        moved.append(part.name)
    if lasting:
        _sync(folder)
    with contextlib.suppress(OSError):  # all files are in place; whoever comes next clears the rest
        shutil.rmtree(_given_up(complete), ignore_errors=True)


def _given_up(complete: Path) -> Path:
    """Rename a set so that nobody finishes it."""
    return complete.rename(complete.with_suffix(_UNFINISHED))


def _put_back(part: Path, folder: Path, moved: list[str]) -> None:
    old = part / _OLD
    if old.is_dir():
        for name in moved:
            with contextlib.suppress(OSError):
                if (old / name).exists():
                    (old / name).replace(folder / name)
                else:
                    (folder / name).unlink()
    shutil.rmtree(part, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Make the new names last through a power cut, where the system lets a folder be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
