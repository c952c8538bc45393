"""Dataclasses of arrays as bytes."""

import json
import struct
import zlib
from dataclasses import dataclass, fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as of
from pyproj import CRS
from scipy import sparse

from servicecircle.cache.packing import BadBytesError, packed, unpacked
from servicecircle.inputs.issues import RowIssue, issue
from servicecircle.network.profile import WalkProfile
from servicecircle.network.walk import WalkNetwork
from tests.network.streets import network_of


@dataclass(frozen=True, kw_only=True, eq=False)
class Inner:
    """A part of a record."""

    numbers: np.ndarray
    place: tuple[float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn:
    """Something in a coordinate reference system."""

    crs: CRS


@dataclass(frozen=True, kw_only=True, eq=False)
class Record:
    """All that can be stored."""

    texts: np.ndarray
    inner: Inner
    maybe: Inner | None
    issues: tuple[RowIssue, ...]
    profile: WalkProfile
    graph: sparse.csr_array


#: Six streets from west to east cross six from south to north, 100 m apart.
GRID = [[(100 * a, 100 * b), (100 * a + 100, 100 * b)] for a in range(5) for b in range(6)]
GRID += [[(100 * b, 100 * a), (100 * b, 100 * a + 100)] for a in range(5) for b in range(6)]
NUMBERS = of.arrays(
    st.sampled_from([np.float64, np.int64, np.int32, np.uint8, np.bool_]), of.array_shapes(min_dims=1, min_side=0)
)


def record(numbers: np.ndarray, texts: list[str], place: tuple[float, float]) -> Record:
    """Make a record of what varies."""
    inner = Inner(numbers=numbers, place=place)
    return Record(
        texts=np.array([*texts, None], dtype=object)[:-1],
        inner=inner,
        maybe=inner if texts else None,
        issues=tuple(issue("a.csv", row, "名", text, "doubt", "doubted") for row, text in enumerate(texts)),
        profile=WalkProfile(steps_factor=np.inf),
        graph=sparse.csr_array(([1.5, 2.5], [1, 0], [0, 1, 2, 2]), shape=(3, 2)),
    )


@given(
    numbers=NUMBERS,
    texts=st.lists(st.text(), max_size=5),
    place=st.tuples(*[st.floats(allow_nan=False)] * 2),
)
def test_what_comes_back_is_what_was_stored(numbers, texts, place) -> None:
    """Numbers of any kind and shape, any text, infinite values: the same again, and read-only."""
    kept = record(numbers, texts, place)
    found = unpacked(packed(kept), Record)
    assert found.texts.tolist() == texts
    assert found.inner.numbers.dtype == numbers.dtype
    assert np.array_equal(found.inner.numbers, numbers, equal_nan=numbers.dtype.kind == "f")
    assert not found.inner.numbers.flags.writeable
    assert found.inner.place == place
    assert (found.maybe is None) == (not texts)
    assert found.issues == kept.issues
    assert found.profile == kept.profile
    assert np.array_equal(found.graph.toarray(), kept.graph.toarray())


@pytest.mark.parametrize("said", ["EPSG:32649", "EPSG:4546", "+proj=tmerc +lon_0=110.3 +ellps=GRS80 +units=m"])
def test_a_crs_stays_the_same(said: str) -> None:
    """By its code, or spelt out where it has none."""
    assert unpacked(packed(Drawn(crs=CRS(said))), Drawn).crs == CRS(said)


@given(at=st.integers(0, 10**6), change=st.integers(1, 255), cut=st.booleans())
def test_damaged_bytes_are_refused(at: int, change: int, cut) -> None:
    """One wrong byte, wherever it is, or a missing end: refused, never read wrongly."""
    data = bytearray(packed(record(np.arange(9.0), ["a", "b"], (1.0, 2.0))))
    place = at % len(data)
    data[place] ^= change
    with pytest.raises(BadBytesError):
        unpacked(bytes(data[:place] if cut else data), Record)


@pytest.mark.parametrize("kind", ["|O", "<U8", "<M8[s]", "|V8", "nonsense"])
def test_nothing_but_numbers_is_made_from_bytes(kind: str) -> None:
    """A file that asks for objects is refused, though its check sum is right."""
    head = json.dumps({"numbers": {"array": kind, "shape": [1], "at": 0}, "place": [0.0, 0.0]}).encode()
    body = head + bytes(64)
    start = struct.pack("<16sQII", b"servicecircle 1\n", len(body), zlib.crc32(body), len(head))
    with pytest.raises(BadBytesError):
        unpacked(start + body, Inner)


def test_what_cannot_be_stored_is_refused() -> None:
    """Arrays of objects, and values of other kinds, are an error when stored."""
    with pytest.raises(TypeError, match="cannot be stored"):
        packed(Inner(numbers=np.array([{}]), place=(0.0, 0.0)))
    with pytest.raises(TypeError, match="cannot be stored"):
        packed(Inner(numbers=np.array(["2026-01-01"], dtype="datetime64[s]"), place=(0.0, 0.0)))


def test_a_network_comes_back_whole() -> None:
    """Every field of a network is the same, and it answers alike."""
    network = network_of(GRID, name=[f"Street {at % 4}" for at in range(len(GRID))])
    found = unpacked(packed(network), WalkNetwork)
    for field in fields(WalkNetwork):
        one, other = getattr(network, field.name), getattr(found, field.name)
        if isinstance(one, np.ndarray):
            assert one.dtype == other.dtype
            assert np.array_equal(one, other)
    assert (found.towards != network.towards).nnz == 0
    places = np.random.default_rng(1).uniform(network.xy.min(axis=0), network.xy.max(axis=0), (50, 2))
    ours, theirs = network.index.snap(places, 100.0), found.index.snap(places, 100.0)
    assert np.array_equal(ours.segment, theirs.segment)
    assert np.array_equal(ours.fraction, theirs.fraction)
