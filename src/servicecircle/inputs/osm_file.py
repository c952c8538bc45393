"""The door for OpenStreetMap files: the right format, whole, and on this disk."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from servicecircle.errors import DataSourceError, ServiceCircleError
from servicecircle.inputs.varints import one_number

if TYPE_CHECKING:
    import osmium

#: File name ending -> format, named for the reader so that it does not guess (or open a URL).
FORMATS = {
    ".osm.pbf": "pbf",
    ".pbf": "pbf",
    ".osm": "osm",
    ".osm.gz": "osm.gz",
    ".osm.bz2": "osm.bz2",
}
_MAGIC = {"osm.gz": b"\x1f\x8b", "osm.bz2": b"BZh"}
#: What damaged bytes lead to while they are decoded.
_DAMAGE = (RuntimeError, ValueError, LookupError, ArithmeticError, OSError, struct.error, zlib.error)
#: The PBF format limits the header of a block to 64 KiB.
_MAX_BLOB_HEADER = 64 * 1024


def is_osm(path: Path) -> bool:
    """Say whether the file name is one of an OpenStreetMap extract."""
    return _format(path) is not None


def is_pbf(path: Path) -> bool:
    """Say whether the file name is one of the binary format."""
    return _format(path) == "pbf"


def _format(path: Path) -> str | None:
    name = path.name.lower()
    return next((kind for ending, kind in FORMATS.items() if name.endswith(ending)), None)


def check_osm(path: Path) -> str:
    """Return the format of a file that can be read.

    Raises
    ------
    DataSourceError
        If it is of another format than its name says, or cut off in the middle of a block.
    """
    kind = _format(path) or "pbf"
    with path.open("rb") as stream:
        if kind == "pbf":
            _check_blocks(stream, path)
        else:
            _check_start(stream.read(1024), kind, path)
    return kind


def open_osm(path: Path) -> "osmium.io.File":
    """Return a file that `check_osm` finds good as an ``osmium.io.File``."""
    import osmium

    return osmium.io.File(str(path.absolute()), check_osm(path))


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the reader says about a damaged file into one line."""
    try:
        yield
    except ServiceCircleError:
        raise
    except _damage() as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DataSourceError(
            f"{path.name} cannot be read as OpenStreetMap data ({reason}). Download it again."
        ) from error


def _damage() -> tuple[type[Exception], ...]:
    import osmium  # only where something is wrong: extracts are decoded without it

    return (osmium.InvalidLocationError, *_DAMAGE)


def _check_start(start: bytes, kind: str, path: Path) -> None:
    magic = _MAGIC.get(kind)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    good = start.startswith(magic) if magic else text.startswith(b"<") and b"<osm" in start
    if not good:
        raise DataSourceError(f"{path.name} is not an OpenStreetMap file of kind {kind}. Check what was downloaded.")


def _check_blocks(stream: BinaryIO, path: Path) -> None:
    """Walk from block to block; the last must end where the file ends."""
    size = path.stat().st_size
    first = True
    while head := stream.read(4):
        length = struct.unpack(">I", head)[0] if len(head) == 4 else 0
        if first and not 0 < length <= _MAX_BLOB_HEADER:
            raise DataSourceError(f"{path.name} is not an OpenStreetMap PBF file. Check what was downloaded.")
        kind, data_size = _blob_header(stream.read(length)) if length <= _MAX_BLOB_HEADER else ("", -1)
        if first and kind != "OSMHeader":
            raise DataSourceError(f"{path.name} is not an OpenStreetMap PBF file. Check what was downloaded.")
        if data_size < 0 or stream.tell() + data_size > size:
            raise DataSourceError(f"{path.name} is cut off or damaged near byte {stream.tell()}. Download it again.")
        stream.seek(data_size, 1)
        first = False


def _blob_header(data: bytes) -> tuple[str, int]:
    """Return kind and data size of a block; ("", -1) if the header is damaged.

    A BlobHeader is a protocol buffer: 1 = kind (text), 2 = index (bytes), 3 = data size (number).
    """
    kind, size, at = "", -1, 0
    try:
        while at < len(data):
            field, at = data[at], at + 1
            value, at = one_number(data, at)
            if field == 0x18:
                size = value
            elif field in {0x0A, 0x12}:
                if field == 0x0A:
                    kind = data[at : at + value].decode("ascii")
                at += value
            else:
                return "", -1
    except (IndexError, UnicodeDecodeError):
        return "", -1
    return kind, size
