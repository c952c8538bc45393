"""Files written whole or not at all."""

import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from servicecircle.errors import OutputError
from servicecircle.outputs.placing import place_all, reason


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader finds the old file or the new one, never a part.

    Raises
    ------
    OutputError
        If the file cannot be written; the old one, if any, is then still there.
    """
    path = Path(path)
    _refuse_folder(path)
    place_all(path.parent, {path.name: data})


def check_folder(folder: Path) -> None:
    """Raise `OutputError` if files could not be written to `folder`; change nothing.

    Asked before a long computation, so that nobody waits for results that cannot be kept.
    """
    try:
        place = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    except OSError as error:
        raise OutputError(f"{folder}: cannot be the output folder ({reason(error)}). Choose another folder.") from error
    if not place.is_dir():
        raise OutputError(f"{folder}: cannot be the output folder ({place} is a file). Choose another folder.")
    if not os.access(place, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: cannot be written (no permission for {place}). Choose another folder.")


def refuse_inputs(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Refuse to write over what was read.

    Raises
    ------
    OutputError
        If an output is the same file as an input, under whatever name.
    """
    given = list(inputs)
    for path in outputs:
        if any(_same_file(path, one) for one in given):
            raise OutputError(f"{path}: is an input, and would be lost. Choose another name or folder.")


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False  # one of them is not there


def write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write rendered files into `folder`, which is made if missing.

    Every file lies complete beside its place before the first one is moved there, so a full disk
    or a folder one may not write to changes nothing. Of two runs at once, one waits for the other.

    Raises
    ------
    OutputError
        If the folder cannot be made or a file cannot be written.
    """
    folder = Path(folder)
    made = _make_folder(folder)
    try:
        for name in files:
            _refuse_folder(folder / name)
        place_all(folder, files)
    except BaseException:  # an interruption, too, leaves no folder behind
        for new in made:
            with contextlib.suppress(OSError):
                new.rmdir()
        raise


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
            f"{folder}: cannot make the output folder ({reason(error)}). Choose another folder and run again."
        ) from error
    return missing
