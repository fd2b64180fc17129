"""What is kept of each row in order to find others like it: one record of a fixed size."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tunedesk.core.alike.crc import U32
from tunedesk.core.alike.plain_bytes import plain_bytes
from tunedesk.core.alike.word_pairs import U64, row_pairs

N_ENTRIES = 16
WIDTH = 23
"""Numbers of 64 bits in a record: key of the whole text, key of the prompt (0 for none), the
entries, how many word pairs there are (above: in the reply), and for each value of a pair's lowest
9 bits whether an odd number of pairs has it, the same for the reply's pairs and 8 bits
(Mitzenmacher, Pagh, Pham 2014)."""
RECORD_BYTES = 8 * WIDTH

_WHOLE, _PROMPT, _N_PAIRS = 0, 1, 10
_ENTRIES, _ODD, _REPLY_ODD = slice(2, 10), slice(11, 19), slice(19, 23)
_ODD_BITS, _REPLY_ODD_BITS = 9, 8
_LEAST_PAIRS = 8  # shorter rows are compared as a whole only: a word or two is much of them
_STRETCH_BITS = np.uint64(28)  # of a hash, within its stretch
_UPPER, _LOWER = np.uint64(32), np.uint64(0xFFFF_FFFF)  # halves of a pair, and of both counts

NO_PAIRS: U64 = np.zeros(0, np.uint64)


def sketches_of(prompts: Sequence[str], replies: Sequence[str], common: U64 = NO_PAIRS) -> U64:
    """A record of each row; zeros for one that says nothing. Best for some 64 kB at once.

    `common` word pairs do not count: see `CommonPairs`.
    """
    n_rows = len(prompts)
    plain = plain_bytes([*prompts, *replies])
    asked, answered = plain[:n_rows], plain[n_rows:]
    made = np.zeros((n_rows, WIDTH), np.uint64)
    if not n_rows:
        return made
    made[:, _WHOLE] = [
        _key(a + b"\0" + b) if a or b else 0 for a, b in zip(asked, answered, strict=True)
    ]
    made[:, _PROMPT] = [_key(text) if text else 0 for text in asked]
    pairs, of_reply = row_pairs(asked, answered, common)
    n_pairs, n_of_reply = counts_of(pairs, n_rows), counts_of(of_reply, n_rows)
    made[:, _N_PAIRS] = n_pairs | n_of_reply << 32
    made[:, _ODD] = _odd_ones(pairs, n_rows, _ODD_BITS)
    made[:, _REPLY_ODD] = _odd_ones(of_reply, n_rows, _REPLY_ODD_BITS)
    is_long = n_pairs >= _LEAST_PAIRS
    made[is_long, _ENTRIES] = _entries(pairs, n_pairs)[is_long]
    return made


def wholes(sketches: U64) -> U64:
    """A key of each row's text, the same for the same plain text; 0 for none."""
    return sketches[:, _WHOLE]


def prompts(sketches: U64) -> U64:
    """As `wholes`, of the prompts alone."""
    return sketches[:, _PROMPT]


def entries(sketches: U64) -> U32:
    """N_ENTRIES numbers of each row, all 0 in a short one."""
    return np.ascontiguousarray(sketches[:, _ENTRIES]).view(np.uint32)


def may_be_alike(one: U64, other: U64) -> npt.NDArray[np.bool_]:
    """Of each two rows' records; False only where `are_alike` is sure to be.

    Rows differ in at least as many pairs as in odd ones. At a similarity of 0.8 a ninth of both
    rows' pairs is in one of them only, at 0.5 a third.
    """
    apart, apart_in_reply = (
        np.bitwise_count(one[:, odd] ^ other[:, odd]).sum(axis=1, dtype=np.int64)
        for odd in (_ODD, _REPLY_ODD)
    )
    counts, more = one[:, _N_PAIRS], other[:, _N_PAIRS]
    in_both = ((counts & _LOWER) + (more & _LOWER)).astype(np.int64)
    in_replies = ((counts >> _UPPER) + (more >> _UPPER)).astype(np.int64)
    return np.asarray((9 * apart <= in_both) & (3 * apart_in_reply <= in_replies))


def counts_of(pairs: U64, n_rows: int) -> npt.NDArray[np.int64]:
    """How many of the pairs each row has."""
    return np.bincount((pairs >> _UPPER).astype(np.int64), minlength=n_rows)


def _entries(pairs: U64, n_pairs: npt.NDArray[np.int64]) -> U64:
    """The first hash in each stretch of each row; an empty stretch has the next one's, beyond the
    last one's it is the row's first."""
    n_rows = len(n_pairs)
    if not len(pairs):
        return np.zeros((n_rows, N_ENTRIES // 2), np.uint64)
    stretch = ((pairs >> _UPPER << 4) | (pairs >> _STRETCH_BITS & 15)).astype(np.int64)
    begins = np.flatnonzero(np.concatenate([[True], stretch[1:] != stretch[:-1]]))
    place = np.full(n_rows * N_ENTRIES, len(pairs))
    place[stretch[begins]] = begins
    places = np.minimum.accumulate(place[::-1])[::-1].reshape(n_rows, N_ENTRIES)
    stops = np.cumsum(n_pairs)[:, None]
    places = np.where(places < stops, places, stops - n_pairs[:, None])
    hashes = pairs.astype(np.uint32)[np.minimum(places, len(pairs) - 1)]
    return np.ascontiguousarray(hashes).view(np.uint64)


def _odd_ones(pairs: U64, n_rows: int, n_bits: int) -> U64:
    rows, low = pairs >> _UPPER << n_bits, pairs & np.uint64((1 << n_bits) - 1)
    n_times = np.bincount((rows | low).astype(np.int64), minlength=n_rows << n_bits)
    is_odd = n_times.astype(np.uint8) & 1
    return np.packbits(is_odd).view(np.uint64).reshape(n_rows, -1)


def _key(text: bytes) -> int:
    digest = hashlib.blake2b(text, digest_size=8).digest()
    return int.from_bytes(digest, "big") or 1
