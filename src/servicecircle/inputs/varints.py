"""Numbers as protocol buffers pack them, decoded by whole arrays at once.

A number is written in groups of seven bits, the lowest first; the last byte of each is below 128. Signed
numbers alternate (0, -1, 1, -2 ...), and runs of them hold differences.

References
----------
Protocol Buffers, "Encoding" (https://protobuf.dev/programming-guides/encoding/).
"""

import numpy as np
import numpy.typing as npt

from servicecircle.inputs.ranges import ranges

Bytes = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]

_MAX_BYTES = 10


def one_number(data: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at a position, and where the next one begins.

    Raises
    ------
    IndexError
        If the data end within the number.
    """
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at


def numbers_at(data: Bytes, at: IntArray) -> tuple[IntArray, IntArray]:
    """Return the numbers that begin at many positions, and where the next ones begin.

    Raises
    ------
    IndexError, ValueError
        If the data end within a number, or one never ends.
    """
    byte = data[at]
    value, after = (byte & 0x7F).astype(np.int64), at + 1
    more, shift = np.flatnonzero(byte >= 0x80), 7
    while len(more):
        if shift >= 7 * _MAX_BYTES:
            raise ValueError("a number has no end")
        byte = data[after[more]]
        value[more] |= (byte & 0x7F).astype(np.int64) << shift
        after[more] += 1
        more, shift = more[byte >= 0x80], shift + 7
    return value, after


def packed_numbers(data: Bytes, begin: IntArray, size: IntArray) -> tuple[IntArray, IntArray]:
    """Return all numbers of many packed runs, one after the other, and how many each run has.

    Raises
    ------
    IndexError, ValueError
        If a run ends within a number, or beyond the data.
    """
    if (size < 0).any() or (begin + size > len(data)).any():
        raise ValueError("a run of numbers is longer than the data")
    raw = data[ranges(begin, begin + size)]
    ends = raw < 0x80
    stop = np.cumsum(size)
    if not ends[stop[size > 0] - 1].all():
        raise ValueError("a run ends within a number")
    before = np.concatenate([[0], np.cumsum(ends)])
    return numbers(raw), before[stop] - before[stop - size]


def numbers(raw: Bytes) -> IntArray:
    """Return all numbers of bytes that hold nothing else.

    Raises
    ------
    ValueError
        If the bytes end within a number, or one never ends.
    """
    last = np.flatnonzero(raw < 0x80)
    if len(raw) and (not len(last) or last[-1] != len(raw) - 1):
        raise ValueError("a run ends within a number")
    width = np.diff(last, prepend=-1)
    if width.max(initial=0) > _MAX_BYTES:
        raise ValueError("a number has no end")
    value: IntArray = raw[last].astype(np.int64)
    for nth in range(1, int(width.max(initial=0))):
        longer = np.flatnonzero(width > nth)
        value[longer] = (value[longer] << 7) | (raw[last[longer] - nth] & 0x7F)
    return value


def signed(values: IntArray) -> IntArray:
    """Undo the alternation of signs."""
    half = (values.view(np.uint64) >> np.uint64(1)).view(np.int64)
    out: IntArray = half ^ -(values & 1)
    return out


def running(differences: IntArray, counts: IntArray) -> IntArray:
    """Add up differences, beginning anew in each of the runs that have so many of them."""
    total: IntArray = np.cumsum(differences)
    first = np.cumsum(counts) - counts
    filled = counts > 0
    base = np.zeros(len(counts), dtype=np.int64)
    base[filled] = total[first[filled]] - differences[first[filled]]
    out: IntArray = total - np.repeat(base, counts)
    return out
