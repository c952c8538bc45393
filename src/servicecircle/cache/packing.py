"""Frozen dataclasses of arrays as bytes, and back: numbers and texts only, nothing that could run.

The bytes are a mark, the length and check sum of what follows, a JSON head that says what lies where, and the
arrays one after the other.
"""

import json
import struct
import sys
import zlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_args, get_type_hints

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import CRS
from scipy import sparse

from servicecircle.cache.tables import table_of, table_parts

Record = TypeVar("Record")

_MARK = b"servicecircle 1\n"
_START = struct.Struct("<16sQII")  # mark, bytes after the start, their check sum, bytes of the head
_ALIGN = 64
#: Kinds of numbers that are stored, as numpy calls them: truth, signed, unsigned, floating.
_KINDS = "biuf"


class BadBytesError(Exception):
    """The bytes are not what `packed` made."""


def packed(record: object) -> bytes:
    """Return a dataclass as bytes.

    Fields are arrays of numbers, arrays of texts, tables, sparse matrices, coordinate reference systems, numbers,
    texts, bytes, tuples and mappings of them, and dataclasses of all this.

    Raises
    ------
    TypeError
        If a field is something else.
    """
    parts: list[bytes] = []
    head = json.dumps(_pack_record(record, parts)).encode()
    head += b" " * (-(_START.size + len(head)) % _ALIGN)
    body = b"".join([head, *parts])
    return _START.pack(_MARK, len(body), zlib.crc32(body), len(head)) + body


def unpacked(data: bytes, kind: type[Record]) -> Record:
    """Return the dataclass that `packed` made into bytes, its arrays read-only.

    Raises
    ------
    BadBytesError
        If the bytes are damaged or of something else.
    """
    if len(data) < _START.size:
        raise BadBytesError("too short")
    mark, length, check, head_size = _START.unpack_from(data)
    body = memoryview(data)[_START.size :]
    if mark != _MARK or length != len(body) or check != zlib.crc32(body):
        raise BadBytesError("damaged, or of another kind")
    try:
        head = json.loads(bytes(body[:head_size]))
        return _unpack_record(head, body[head_size:], kind)
    except (ValueError, LookupError, TypeError, AttributeError, StopIteration) as error:
        raise BadBytesError(f"of another shape ({error})") from error


def _pack_record(record: Any, parts: list[bytes]) -> dict[str, Any]:
    return {field.name: _pack(getattr(record, field.name), parts) for field in fields(record)}


def _pack(value: Any, parts: list[bytes]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return [_pack(part, parts) for part in value]
    if isinstance(value, Mapping):
        return {"mapping": {key: _pack(part, parts) for key, part in value.items()}}
    if is_dataclass(value):
        return {"record": _pack_record(value, parts)}
    return _pack_data(value, parts)


def _pack_data(value: Any, parts: list[bytes]) -> dict[str, Any]:
    if isinstance(value, bytes):
        return {"bytes": _put(np.frombuffer(value, dtype=np.uint8), parts)}
    if isinstance(value, pd.DataFrame):
        return {"table": _pack(table_parts(value), parts)}
    if isinstance(value, sparse.csr_array):
        arrays = [_put(part, parts) for part in (value.data, value.indices, value.indptr)]
        return {"sparse": arrays, "shape": value.shape}
    if isinstance(value, CRS):
        code = value.to_epsg()
        return {"crs": code if code is not None and CRS(code) == value else value.to_wkt()}
    if isinstance(value, np.ndarray):
        return _put_texts(value, parts) if value.dtype == object else _put(value, parts)
    raise TypeError(f"found {type(value).__name__}, which cannot be stored")


def _put(array: npt.NDArray[Any], parts: list[bytes]) -> dict[str, Any]:
    if array.dtype.kind not in _KINDS:
        raise TypeError(f"found an array of {array.dtype}, which cannot be stored")
    at = sum(map(len, parts))
    data = np.ascontiguousarray(array).tobytes()
    parts.append(data + bytes(-len(data) % _ALIGN))
    return {"array": array.dtype.str, "shape": array.shape, "at": at}


def _put_texts(texts: npt.NDArray[Any], parts: list[bytes]) -> dict[str, Any]:
    """Store each distinct text once: names of streets repeat."""
    listed = texts.ravel().tolist()
    if not all(issubclass(kind, str) for kind in set(map(type, listed))):
        raise TypeError("found an array of other objects than texts, which cannot be stored")
    codes, distinct = pd.factorize(texts.ravel())
    used = set("".join(distinct))
    between = next(letter for letter in map(chr, range(sys.maxunicode)) if letter not in used)
    letters = np.frombuffer(between.join(distinct).encode("utf-8", "surrogatepass"), dtype=np.uint8)
    return {"texts": [_put(part, parts) for part in (codes.astype(np.int32), letters)], "between": between}


def _unpack_record(head: dict[str, Any], body: memoryview, kind: type[Record]) -> Record:
    hints = get_type_hints(kind)
    return kind(**{name: _unpack(value, body, hints[name]) for name, value in head.items()})


def _unpack(value: Any, body: memoryview, hint: Any) -> Any:
    if isinstance(value, list):
        return tuple(_unpack(part, body, hint) for part in value)
    if not isinstance(value, dict):
        return value
    if "mapping" in value:
        return {key: _unpack(part, body, hint) for key, part in value["mapping"].items()}
    if "record" in value:
        # Of an optional field, or of a tuple, the class is an argument of the annotation.
        kind: Any = next(part for part in (hint, *get_args(hint)) if is_dataclass(part))
        return _unpack_record(value["record"], body, kind)
    return _unpack_data(value, body)


def _unpack_data(value: dict[str, Any], body: memoryview) -> Any:
    if "sparse" in value:
        data, indices, indptr = (_take(part, body) for part in value["sparse"])
        return sparse.csr_array((data, indices, indptr), shape=value["shape"])
    if "crs" in value:
        return CRS(value["crs"])
    if "bytes" in value:
        return _take(value["bytes"], body).tobytes()
    if "table" in value:
        return table_of(_unpack(value["table"], body, Any))
    if "texts" in value:
        codes, letters = (_take(part, body) for part in value["texts"])
        return _texts(codes, letters, value["between"])
    return _take(value, body)


def _take(said: dict[str, Any], body: memoryview) -> npt.NDArray[Any]:
    kind = np.dtype(said["array"])
    if kind.kind not in _KINDS:
        raise ValueError(f"found an array of {kind}")
    return np.frombuffer(body, kind, int(np.prod(said["shape"])), said["at"]).reshape(said["shape"])


def _texts(codes: npt.NDArray[Any], letters: npt.NDArray[Any], between: str) -> npt.NDArray[np.object_]:
    """Return texts, given as numbers of distinct ones that stand together with a letter between them."""
    distinct = np.array(letters.tobytes().decode("utf-8", "surrogatepass").split(between), dtype=object)
    texts: npt.NDArray[np.object_] = distinct[codes]
    texts.flags.writeable = False
    return texts
