"""OpenStreetMap PBF files: their blocks, decompressed and indexed.

What few files use (other compression, single nodes, history, places
stored with ways) is left to osmium: `UnusualFileError` says so.

References
----------
OpenStreetMap wiki, "PBF Format" (https://wiki.openstreetmap.org/wiki/PBF_Format).
"""

import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from servicecircle.inputs.varints import Bytes, one_number, signed

#: The PBF format limits the data of a block to 32 MiB.
_MAX_BLOCK = 32 * 1024 * 1024
_FEATURES = {b"OsmSchema-V0.6", b"DenseNodes"}
#: Nanodegrees in a step of 1e-7 degree.
NANODEGREES = 100
#: How a field is written.
NUMBER, BYTES = 0, 2
_OWN_SIZES = {5: 4, 1: 8}  # fixed numbers, which are skipped

Span = tuple[int, int]


class UnusualFileError(Exception):
    """The file holds something this reader does not know, which need not be wrong."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Nodes, ways or relations in one decompressed piece.

    Attributes
    ----------
    data
        The bytes that the spans below point into.
    strings
        Texts of the block, as bytes.
    dense, ways
        Where the groups of nodes and of ways lie.
    relations
        Whether it holds relations.
    granularity, offset
        Nanodegrees of a unit, and of latitude and longitude 0.
    """

    data: bytes
    strings: list[bytes]
    dense: list[Span]
    ways: list[Span]
    relations: bool
    granularity: int
    offset: tuple[int, int]

    @property
    def array(self) -> Bytes:
        """The data as numbers."""
        return np.frombuffer(self.data, dtype=np.uint8)

    def string(self, text: bytes) -> int:
        """Return the number of a text, -1 where the block does not use it."""
        try:
            return self.strings.index(text)
        except ValueError:
            return -1


def blocks(path: Path) -> Iterator[Block]:
    """Decompress and index one block after the other.

    Raises
    ------
    UnusualFileError
        If osmium has to read the file.
    ValueError, IndexError, zlib.error
        If the file is damaged.
    MemoryError
        If no thread can be started.
    """
    # Decompressing does not hold the interpreter's lock: one piece is always made ready while another is decoded.
    with ThreadPoolExecutor(1) as thread:
        pieces = _pieces(path)
        try:
            ready = thread.submit(next, pieces, None)
        except RuntimeError as error:
            raise MemoryError("no room for the stack of a thread") from error
        while (piece := ready.result()) is not None:
            ready = thread.submit(next, pieces, None)
            kind, data = piece
            if kind == b"OSMData":
                yield _block(data)
            elif kind == b"OSMHeader":
                _check_features(data)


def _pieces(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and decompressed data of each piece of the file."""
    with path.open("rb") as stream:
        while head := stream.read(4):
            header = stream.read(struct.unpack(">I", head)[0])
            said = dict(fields(header, (0, len(header))))
            yield _bytes(header, said[1]), _decompressed(stream.read(_number(said[3])))


def header_box(path: Path) -> npt.NDArray[np.int64] | None:
    """Return west, south, east and north of the file's header in steps of 1e-7 degree, None if it says none."""
    with path.open("rb") as stream:
        header = stream.read(struct.unpack(">I", stream.read(4))[0])
        data = _decompressed(stream.read(_number(dict(fields(header, (0, len(header))))[3])))
    for field, value in fields(data, (0, len(data))):
        if field == 1 and isinstance(value, tuple):
            box = {key: number for key, number in fields(data, value) if isinstance(number, int)}
            # Left, right, top and bottom; those that are 0 may be left out.
            sides = signed(np.array([box.get(key, 0) for key in (1, 4, 2, 3)], dtype=np.uint64).view(np.int64))
            return sides // NANODEGREES
    return None


def _block(data: bytes) -> Block:
    strings: list[bytes] = []
    dense, found, relations = list[Span](), list[Span](), False
    numbers = {17: 100, 19: 0, 20: 0}
    for field, value in fields(data, (0, len(data))):
        if isinstance(value, int):
            numbers[field] = value
        elif field == 1:
            strings = [data[at : at + size] for at, size in zip(*records(data, value, 0x0A), strict=True)]
        elif field == 2:
            kind, inner = next(fields(data, value), (0, value))
            if kind == 1:
                raise UnusualFileError("single nodes")
            if kind == 2 and isinstance(inner, tuple):
                dense.append(inner)
            elif kind == 3:
                found.append(value)
            relations |= kind == 4
    # Offsets are plain 64-bit numbers, not alternating ones.
    offset = np.array([numbers[19], numbers[20]], dtype=np.uint64).view(np.int64)
    return Block(
        data=data,
        strings=strings,
        dense=dense,
        ways=found,
        relations=relations,
        granularity=numbers[17],
        offset=(int(offset[0]), int(offset[1])),
    )


def records(data: bytes, group: Span, tag: int) -> tuple[list[int], list[int]]:
    """Return begin and size of each record of a run that holds nothing else."""
    begins, sizes = list[int](), list[int]()
    at, stop = group
    while at < stop:
        if data[at] != tag:
            raise UnusualFileError("records of several kinds")
        size = data[at + 1]
        at += 2
        if size >= 0x80:
            size, at = one_number(data, at - 1)
        begins.append(at)
        sizes.append(size)
        at += size
    if at != stop:
        raise ValueError("a record is longer than it says")
    return begins, sizes


def _check_features(data: bytes) -> None:
    needed = {_bytes(data, value) for field, value in fields(data, (0, len(data))) if field == 4}
    optional = {_bytes(data, value) for field, value in fields(data, (0, len(data))) if field == 5}
    if needed - _FEATURES or b"LocationsOnWays" in optional:
        raise UnusualFileError(f"features {sorted(needed | optional)}")


def _decompressed(blob: bytes) -> bytes:
    said = dict(fields(blob, (0, len(blob))))
    if 1 in said:
        return _bytes(blob, said[1])
    if 3 not in said:
        raise UnusualFileError("other compression")
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(_bytes(blob, said[3]), _MAX_BLOCK)
    if not unpacker.eof or len(data) != said.get(2, len(data)):
        raise ValueError("a block is not as long as it says")
    return data


def fields(data: bytes, span: Span) -> Iterator[tuple[int, int | Span]]:
    """Yield number and content of each field of a message: a number, or where its bytes lie."""
    at, stop = span
    while at < stop:
        tag, at = one_number(data, at)
        if tag & 7 == NUMBER:
            value, at = one_number(data, at)
            yield tag >> 3, value
        elif tag & 7 == BYTES:
            size, at = one_number(data, at)
            if at + size > stop:
                break
            yield tag >> 3, (at, at + size)
            at += size
        else:
            at += _OWN_SIZES[tag & 7]
    if at != stop:
        raise ValueError("a message is longer than it says")


def _bytes(data: bytes, value: int | Span) -> bytes:
    if isinstance(value, int):
        raise ValueError("found a number where bytes belong")  # noqa: TRY004 - a damaged file
    return data[value[0] : value[1]]


def _number(value: int | Span) -> int:
    if not isinstance(value, int):
        raise ValueError("found bytes where a number belongs")  # noqa: TRY004 - a damaged file
    return value
