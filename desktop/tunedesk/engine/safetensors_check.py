"""Is this file what its header claims? Asked before any loader maps a safetensors file (E7).

Layout, by the safetensors format description: 8 bytes of little-endian header length, that many
bytes of JSON (`name -> {dtype, shape, data_offsets}`, maybe `__metadata__`), then the data
without gaps. This check is stricter than the loaders: no name twice, no unknown field, no gap.
"""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

MAX_HEADER_BYTES = 16 * 2**20  # the format allows 100 MB; the largest real shards need 1 MB
_LENGTH_BYTES = 8
_METADATA = "__metadata__"
_SIZE_BYTES = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3"), 1),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 2),
    **dict.fromkeys(("U32", "I32", "F32"), 4),
    **dict.fromkeys(("U64", "I64", "F64"), 8),
}


class UnsoundFileError(ValueError):
    """The file is not a sound safetensors file; the text ends a sentence."""


class TensorInfo(msgspec.Struct, frozen=True):
    """One tensor of a header; offsets in bytes from the start of the data."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def read_header(path: Path) -> dict[str, TensorInfo]:
    """The tensors of a sound file by name.

    Raises UnsoundFileError, which says what is wrong, or OSError.
    """
    n_bytes = path.stat().st_size
    with path.open("rb") as stream:
        header = _header(stream.read(_LENGTH_BYTES), n_bytes)
        fields = _parsed(stream.read(header))
    tensors = {name: _tensor(name, value) for name, value in fields.items() if name != _METADATA}
    _check_metadata(fields.get(_METADATA, {}))
    _check_layout(tensors, n_bytes - _LENGTH_BYTES - header)
    return tensors


def _header(first: bytes, n_bytes: int) -> int:
    if len(first) < _LENGTH_BYTES:
        raise UnsoundFileError("it is shorter than a header")
    length = int.from_bytes(first, "little")
    if length > MAX_HEADER_BYTES or length > n_bytes - _LENGTH_BYTES:
        raise UnsoundFileError("its header claims to be larger than the file or the limit")
    return length


def _parsed(raw: bytes) -> dict[str, Any]:
    if not raw.startswith(b"{"):
        raise UnsoundFileError("its header is no JSON object")
    try:
        fields = json.loads(
            raw.decode(),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_natural,
        )
    except UnsoundFileError:
        raise
    except (ValueError, RecursionError) as error:
        raise UnsoundFileError(f"its header is no sound JSON ({type(error).__name__})") from None
    assert isinstance(fields, dict)  # it starts with a brace
    return fields


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise UnsoundFileError("a name is in its header twice")
    return fields


def _natural(digits: str) -> int:
    if digits.startswith("-"):  # -0 among them, which loaders take for a fraction
        raise UnsoundFileError("a number below 0 is in its header")
    return int(digits)


def _no_constant(name: str) -> None:
    raise UnsoundFileError(f"{name} is in its header")


def _check_metadata(value: object) -> None:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise UnsoundFileError("its metadata is not made of texts")


def _tensor(name: str, value: object) -> TensorInfo:
    if not isinstance(value, dict) or value.keys() != {"dtype", "shape", "data_offsets"}:
        raise UnsoundFileError(f"the entry of {_shown(name)} lacks a field or has a foreign one")
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _SIZE_BYTES:
        raise UnsoundFileError(f"{_shown(name)} is of a type that weights do not have")
    if not _are_sizes(shape) or not _are_sizes(offsets) or len(offsets) != 2:
        raise UnsoundFileError(f"shape or place of {_shown(name)} are no whole numbers")
    start, end = offsets
    if end - start != math.prod(shape) * _SIZE_BYTES[dtype]:
        raise UnsoundFileError(f"{_shown(name)} does not have as many bytes as its shape needs")
    return TensorInfo(dtype, tuple(shape), start, end)


def _are_sizes(values: object) -> bool:
    return (
        isinstance(values, list)
        and len(values) <= 16
        and all(type(value) is int and 0 <= value < 2**63 for value in values)
    )


def _check_layout(tensors: dict[str, TensorInfo], data_bytes: int) -> None:
    places = sorted((info.start, info.end) for info in tensors.values())
    edges = [(0, 0), *places, (data_bytes, data_bytes)]
    if any(left[1] != right[0] for left, right in pairwise(edges)):
        raise UnsoundFileError("its tensors overlap, leave gaps, or end before or after the file")


def _shown(name: str) -> str:
    return repr(name[:80])
