"""Nodes and ways of OpenStreetMap PBF blocks, decoded by whole arrays at once.

References
----------
OpenStreetMap wiki, "PBF Format" (https://wiki.openstreetmap.org/wiki/PBF_Format).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from servicecircle.inputs.pbf import BYTES, NANODEGREES, NUMBER, Block, Span, UnusualFileError, fields, records
from servicecircle.inputs.varints import IntArray, numbers, numbers_at, packed_numbers, running, signed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nodes:
    """Nodes of one block.

    Attributes
    ----------
    id
        Their numbers.
    x, y
        Longitude and latitude in steps of 1e-7 degree.
    tag_node, tag_key, tag_value
        Of each tag, which node of the block has it, and the numbers of its texts.
    """

    id: IntArray
    x: npt.NDArray[np.int32]
    y: npt.NDArray[np.int32]
    tag_node: IntArray
    tag_key: IntArray
    tag_value: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tagged:
    """Nodes that bear a key: their numbers, and of each wanted key the values, None where absent."""

    id: IntArray
    tags: dict[str, npt.NDArray[np.object_]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ways:
    """Ways of one group.

    Attributes
    ----------
    id
        Their numbers.
    refs, sizes
        Nodes of all ways one after the other, and how many each has.
    tags
        Of each wanted key the values, None where absent.
    """

    id: IntArray
    refs: IntArray
    sizes: IntArray
    tags: dict[str, npt.NDArray[np.object_]]


def nodes(block: Block) -> Iterator[Nodes]:
    """Decode the nodes of each group."""
    for group in block.dense:
        runs = {field: value for field, value in fields(block.data, group) if isinstance(value, tuple)}
        number, y, x = (running(signed(run), np.array([len(run)])) for run in (_run(block, runs, f) for f in (1, 8, 9)))
        if not len(number) == len(x) == len(y):
            raise ValueError("nodes and places do not match")
        words = _run(block, runs, 10)
        # Key, value, key, value ... of a node, then 0.
        at = np.flatnonzero(words)
        owner = at - np.arange(len(at))
        if not np.array_equal(owner[::2], owner[1::2]):
            raise ValueError("a tag of a node has no value")
        yield Nodes(
            id=number,
            x=_steps(x, block.granularity, block.offset[1]),
            y=_steps(y, block.granularity, block.offset[0]),
            tag_node=owner[::2],
            tag_key=words[at[::2]],
            tag_value=words[at[1::2]],
        )


def tagged_nodes(block: Block, group: Nodes, keys: Sequence[str], tags: Sequence[str]) -> Tagged:
    """Return those nodes of a group that bear one of the `keys`, with the values of the wanted `tags`."""
    asked = [block.string(key.encode()) for key in keys]
    chosen = np.unique(group.tag_node[np.isin(group.tag_key, asked)])
    mine = np.isin(group.tag_node, chosen)
    row = np.searchsorted(chosen, group.tag_node[mine])
    texts = _texts(block, len(chosen), row, group.tag_key[mine], group.tag_value[mine], tags)
    return Tagged(id=group.id[chosen], tags=texts)


def _run(block: Block, runs: dict[int, Span], field: int) -> IntArray:
    begin, stop = runs.get(field, (0, 0))
    return numbers(block.array[begin:stop])


def _steps(values: IntArray, granularity: int, offset: int) -> npt.NDArray[np.int32]:
    return ((values * granularity + offset) // NANODEGREES).astype(np.int32)


def ways(block: Block, key: str, tags: Sequence[str]) -> Iterator[Ways]:
    """Decode those ways of each group that bear a key, with the values of the wanted `tags`."""
    number = block.string(key.encode())
    for group in block.ways:
        spans = _way_spans(block, group)
        keys, count = packed_numbers(block.array, *spans[2])
        owner = np.repeat(np.arange(len(count)), count)
        bears = np.zeros(len(count), dtype=np.bool_)
        bears[owner[keys == number]] = True
        values, value_count = packed_numbers(block.array, *spans[3])
        if not np.array_equal(count, value_count):
            raise ValueError("keys and values do not match")
        mine = bears[owner]
        row = (np.cumsum(bears) - 1)[owner[mine]]
        differences, sizes = packed_numbers(block.array, *spans[8][:, bears])
        yield Ways(
            id=spans[1][1, bears],
            refs=running(signed(differences), sizes),
            sizes=sizes,
            tags=_texts(block, int(bears.sum()), row, keys[mine], values[mine], tags),
        )


def way_refs(block: Block) -> Iterator[IntArray]:
    """Decode the nodes of all ways of each group."""
    for group in block.ways:
        differences, sizes = packed_numbers(block.array, *_way_spans(block, group)[8])
        yield running(signed(differences), sizes)


def _texts(
    block: Block, rows: int, row: IntArray, keys: IntArray, values: IntArray, tags: Sequence[str]
) -> dict[str, npt.NDArray[np.object_]]:
    out = {}
    for tag in tags:
        column = np.full(rows, None, dtype=object)
        at = keys == block.string(tag.encode())
        if at.any():
            used, which = np.unique(values[at], return_inverse=True)
            column[row[at]] = np.array([block.strings[i].decode() for i in used], dtype=object)[which]
        out[tag] = column
    return out


def _way_spans(block: Block, group: Span) -> dict[int, npt.NDArray[np.int64]]:
    """Return begin and size of the fields of each way, shape (2, ways); of the id (1) its place and value.

    All ways are read side by side, one field at a time.
    """
    data = block.array
    at, size = (np.array(part, dtype=np.int64) for part in records(block.data, group, 0x1A))
    stop = at + size
    out = {field: np.zeros((2, len(at)), dtype=np.int64) for field in (1, 2, 3, 8)}
    rows = np.flatnonzero(at < stop)
    while len(rows):
        tag, after = numbers_at(data, at[rows])
        value, after = numbers_at(data, after)
        packed = tag & 7 == BYTES
        for field, span in out.items():
            hit = tag >> 3 == field
            if (packed[hit] == (field == 1)).any() or span[0, rows[hit]].any():
                raise UnusualFileError("fields stored one by one")
            span[:, rows[hit]] = after[hit], value[hit]
        if not (packed | (tag & 7 == NUMBER)).all():
            raise UnusualFileError("fixed numbers")
        size = np.where(packed, value, 0)
        if (size < 0).any():
            raise ValueError("a field has no size")
        at[rows] = after + size
        rows = rows[at[rows] < stop[rows]]
    if (at != stop).any():
        raise ValueError("a way is longer than it says")
    return out
