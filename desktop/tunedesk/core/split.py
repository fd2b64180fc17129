"""Which side of the split a row is on, from its prompt alone."""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from typing import Any, Literal

Side = Literal["train", "test"]

KEY_BYTES = 8
"""Prompts are told apart by as much of their digest: among a million prompts, two share a key
with a chance of 3 in a hundred million; they would only stand on the same side."""

_SPACE = 2**32
_sha256 = hashlib.sha256
_digest = type(_sha256()).digest


def _own_sha256() -> Callable[[bytes], Any]:
    """Python's own: the same digests in half the time for some 20 bytes, where OpenSSL's costs more
    to begin."""
    for name in ("_sha2", "_sha256"):  # since 3.12, before
        with suppress(ImportError):
            found: Callable[[bytes], Any] = import_module(name).sha256
            return found
    return hashlib.sha256


_short_sha256 = _own_sha256()
_short_digest = type(_short_sha256(b"")).digest


def assign(prompt_digest: str, seed: int, test_share: float) -> Side:
    """Side of every row with this prompt; `test_share` is the wanted share of test, 0 to 1.

    A pure function of its arguments: reordering, adding or deleting rows moves no other row, and
    equal prompts are never on both sides. A larger share keeps every prompt that was in test.
    The share is met on average, not exactly: each prompt is drawn on its own.
    """
    return "test" if draw(prompt_digest, seed) < threshold(test_share) else "train"


def draw(prompt_digest: str, seed: int) -> int:
    """What the prompt drew, 0 to 2**32 - 1: below the `threshold` it is in test."""
    return draws(bytes.fromhex(prompt_digest[: 2 * KEY_BYTES]), seed)[0]


def draws(keys: bytes | bytearray, seed: int) -> array[int]:
    """What many prompts drew; their keys stand one after another."""
    if not keys:
        return array("I")
    hexed = keys.hex("\n", KEY_BYTES).encode()
    asked = map((b"%d:" % seed).__add__, hexed.split(b"\n"))
    digests = b"".join(map(_short_digest, map(_short_sha256, asked)))
    numbers = array("I", memoryview(digests).cast("I")[:: 32 // 4].tobytes())
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def keys_of(prompts: Iterable[bytes]) -> bytes:
    """The keys of many prompts (canonical JSON), one after another."""
    digests = b"".join(map(_digest, map(_sha256, prompts)))
    return memoryview(digests).cast("Q")[:: 32 // KEY_BYTES].tobytes()


def threshold(test_share: float) -> int:
    """0 to 2**32 for a share of test from 0 to 1."""
    return int(min(max(test_share, 0.0), 1.0) * _SPACE)
