"""Files written whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from servicecircle.errors import OutputError


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader finds the old file or the new one, never a part.

    Raises
    ------
    OutputError
        If the file cannot be written; the old one, if any, is then still there.
    """
    path = Path(path)
    _refuse_folder(path)
    try:
        part = _write_part(path.parent, data)
    except OSError as error:
        raise _failure(path, error) from error
    _put_in_place({path: part})


def check_folder(folder: Path) -> None:
    """Raise `OutputError` if files could not be written to `folder`; change nothing.

    Asked before a long computation, so that nobody waits for results that cannot be kept.
    """
    try:
        place = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be the output folder ({_reason(error)}). Choose another folder."
        ) from error
    if not place.is_dir():
        raise OutputError(f"{folder}: cannot be the output folder ({place} is a file). Choose another folder.")
    if not os.access(place, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: cannot be written (no permission for {place}). Choose another folder.")


def write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write rendered files into `folder`, which is made if missing.

    Every file lies complete beside its place before the first one is moved there, so a full disk
    or a folder one may not write to changes nothing.

    Raises
    ------
    OutputError
        If the folder cannot be made or a file cannot be written.
    """
    folder = Path(folder)
    made = _make_folder(folder)
    parts: dict[Path, Path] = {}
    try:
        for name, data in files.items():
            target = folder / name
            _refuse_folder(target)
            try:
                parts[target] = _write_part(folder, data)
            except OSError as error:
                raise _failure(target, error) from error
    except BaseException:
        _remove(parts.values())
        for new in made:
            with contextlib.suppress(OSError):
                new.rmdir()
        raise
    _put_in_place(parts)


def _refuse_folder(path: Path) -> None:
    if path.is_dir():
        raise OutputError(f"{path}: found a folder, expected a file or nothing. Rename the folder and run again.")


def _make_folder(folder: Path) -> list[Path]:
    """Make `folder` with its parents; return those that are new, innermost first."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        for new in missing:
            with contextlib.suppress(OSError):
                new.rmdir()
        raise OutputError(
            f"{folder}: cannot make the output folder ({_reason(error)}). Choose another folder and run again."
        ) from error
    return missing


def _write_part(folder: Path, data: bytes) -> Path:
    """Write `data` to a new file in `folder` and return its path; nothing stays behind on failure."""
    part = folder / f".servicecircle-{secrets.token_hex(8)}.part"
    # os.open rather than tempfile: the file gets the mode the user's umask asks for, not 0600.
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        _remove([part])
        raise
    return part


def _put_in_place(parts: Mapping[Path, Path]) -> None:
    """Move finished parts to their places; remove those left when one cannot be moved."""
    try:
        for target, part in parts.items():
            try:
                part.replace(target)
            except OSError as error:
                raise _failure(target, error) from error
    finally:
        _remove(parts.values())
    for folder in {target.parent for target in parts}:
        _sync_folder(folder)


def _remove(parts: Iterable[Path]) -> None:
    for part in parts:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the new names last through a power cut, where the system lets a folder be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _failure(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path}: cannot be written ({_reason(error)}). "
        "Free the space, close the program that has it open, or choose another folder, and run again."
    )


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
