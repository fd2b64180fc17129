"""Many texts at once are read as each of them would be by itself."""

from __future__ import annotations

from itertools import pairwise
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.plain_alike import are_alike as plainly_alike
from tests.support.plain_alike import entries_of, words_of
from tunedesk.core.alike.crc import carried_on, sums_of
from tunedesk.core.alike.likeness import CommonPairs, are_alike
from tunedesk.core.alike.plain_bytes import plain_bytes
from tunedesk.core.alike.sketches import NO_PAIRS, entries, may_be_alike, sketches_of
from tunedesk.core.alike.word_pairs import row_pairs
from tunedesk.core.plain_text import plain_text

ODD = " .,:/-−0123٣٤ßİée\u0301\u1100\u1161\uac00Aaก\u0e49\x00\x1c\u200b\U0010ffff\ud800"
ANY = st.text(alphabet=st.one_of(st.characters(), st.sampled_from(ODD)), max_size=40)
ASCII = st.text(alphabet="aB  .,:/-019\n\t\x1c(!", max_size=60)
LONG = st.builds(
    lambda piece, n_times, end: piece * n_times + end,
    st.sampled_from(["ab", "ab ", "ก", "กขค", "x y. ", "กข "]),
    st.integers(0, 120),
    ASCII,
)
TEXT = st.one_of(ANY, ASCII, LONG)
ROWS = st.lists(st.tuples(TEXT, TEXT), max_size=6)


@given(st.lists(TEXT, max_size=6))
@settings(max_examples=500, deadline=None)
def test_plain_texts(texts: list[str]) -> None:
    assert plain_bytes(texts) == [plain_text(text).encode() for text in texts]


@given(TEXT, st.sampled_from([" ", "!", "\u200b", "\u00a0 "]))
@settings(max_examples=300, deadline=None)
def test_case_and_punctuation_are_not_in_plain_text(text: str, more: str) -> None:
    plain = plain_text(text)
    assert plain_text(plain) == plain
    assert not set(plain) & set("!?(B\u200b\u00a0")
    assert plain_text(text + more) == plain or "−" in text or "-" in text


@pytest.mark.parametrize("size", [1, 2, 47, 48, 49, 200])
def test_sums(size: int) -> None:
    text = np.random.default_rng(size).integers(0, 256, 1_000, dtype=np.uint8)
    starts = np.arange(0, 1_000 - size, 7, dtype=np.int32)
    sizes = np.full(len(starts), size, np.int32)
    raw = text.tobytes()
    sums = sums_of(text, starts, sizes)
    assert sums.tolist() == [crc32(raw[at : at + size]) for at in starts.tolist()]
    both = carried_on(sums[:-1], sums[1:], sizes[1:])
    pieces = [raw[at : at + size] for at in starts.tolist()]
    assert both.tolist() == [crc32(one + other) for one, other in pairwise(pieces)]


@given(ROWS)
@settings(max_examples=500, deadline=None)
def test_word_pairs_and_sketches(rows: list[tuple[str, str]]) -> None:
    prompts, replies = [asked for asked, _ in rows], [answered for _, answered in rows]
    pairs = row_pairs(plain_bytes(prompts), plain_bytes(replies), NO_PAIRS)
    sketches = sketches_of(prompts, replies)
    for row, texts in enumerate(rows):
        words = words_of(texts)
        for column, wanted in zip(pairs, words, strict=True):
            own = [int(key) & 0xFFFF_FFFF for key in column if int(key) >> 32 == row]
            assert own == sorted(wanted)
        assert tuple(entries(sketches)[row].tolist()) == entries_of(words)


def test_of_a_very_long_text_the_first_words_count() -> None:
    asked = " ".join(f"w{n}" for n in range(20_001))
    (one, other) = sketches_of([asked, asked + " and more"], ["", ""])
    assert one[2:].tolist() == other[2:].tolist()
    assert one[2:].tolist() != sketches_of([asked.replace("w19999", "x")], [""])[0, 2:].tolist()


@given(ROWS.filter(len), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_likeness(rows: list[tuple[str, str]], chance: object) -> None:
    """Of any two rows, and of rows with a few words changed; none is passed over by its sketch."""
    rows = rows + [(asked, f"{answered} {asked[:9]}") for asked, answered in rows]
    left, right = (side.ravel().astype(np.int32) for side in np.indices((len(rows), len(rows))))
    prompts, replies = [asked for asked, _ in rows], [answered for _, answered in rows]
    told = are_alike(prompts, replies, NO_PAIRS, left, right)
    words = [words_of(texts) for texts in rows]
    assert told.tolist() == [plainly_alike(one, other) for one in words for other in words]
    sketches = sketches_of(prompts, replies)
    assert may_be_alike(sketches[left[told]], sketches[right[told]]).all()


def test_common_pairs_do_not_count() -> None:
    prompts = [f"Sort this text into one of the kinds below please: number {n}" for n in range(60)]
    replies = ["positive"] * 60
    sample = CommonPairs()
    sample.add(prompts[:49], replies[:49])
    assert not len(sample.found())  # too few
    sample.add(prompts[49:], replies[49:])
    common = sample.found()
    shared = words_of((prompts[0], replies[0])).whole & words_of((prompts[1], replies[1])).whole
    assert set(common.tolist()) == shared
    pairs = row_pairs(plain_bytes(prompts), plain_bytes(replies), common)
    assert len(pairs.whole) == 60  # "number n" alone
