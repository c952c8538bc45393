"""The door for every file: one on this disk, there, whole enough to be read, and not too large."""

from pathlib import Path

from servicecircle.errors import DataSourceError
from servicecircle.inputs.memory import check_size


def checked_path(file: str | Path) -> Path:
    """Return `file` as the path of a file on this disk that is there and not empty.

    Raises
    ------
    DataSourceError
        If it is missing, empty, a folder, a pipe, not to be read, or an address of the web or of a database.
    InputError
        If it is larger than memory allows.
    """
    text = str(file)
    if text.startswith("/vsi") or "://" in text or text[:12].upper().startswith(("PG:", "MYSQL:", "HTTP:", "HTTPS:")):
        raise DataSourceError(f"{text}: expected a file on this disk. Download it first and give its path.")
    path = Path(file)
    try:
        there = path.is_file()
    except OSError as error:
        raise DataSourceError(f"{path.name[:80]}: cannot be opened ({error.strerror}). Check the file name.") from error
    refuse_stream(path)
    if not there:
        kind = "is a folder" if path.is_dir() else "not found"
        place = "" if str(path) == path.name else f" ({path})"
        raise DataSourceError(f"{path.name}: {kind}{place}. Check the file name and its folder.")
    if path.stat().st_size == 0:
        raise DataSourceError(f"{path.name} is empty (0 bytes). Export or download it again.")
    check_size(path)
    check_readable(path)
    return path


def refuse_stream(path: Path) -> None:
    """Refuse a pipe or a device: reading one may never end.

    Raises
    ------
    DataSourceError
        If it is one.
    """
    try:
        stream = path.exists() and not (path.is_file() or path.is_dir())
    except (OSError, ValueError):
        return  # opening it will say why
    if stream:
        raise DataSourceError(f"{path}: is a pipe or a device, expected a file. Save what it gives, and name that.")


def check_readable(path: Path) -> None:
    """Refuse a file that one may not read.

    Raises
    ------
    DataSourceError
        With what the system says.
    """
    try:
        with path.open("rb") as stream:
            stream.read(1)
    except OSError as error:
        raise DataSourceError(
            f"{path.name}: cannot be read ({error.strerror}). Ask for the right to read it, or copy it anew."
        ) from error
