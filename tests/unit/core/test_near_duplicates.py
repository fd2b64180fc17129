"""Near-duplicates against the plain way: every pair compared."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunedesk.core.near_duplicates import (
    Sketches,
    are_alike,
    near_duplicates,
    runs,
    sketch_of,
    word_pairs,
)
from tunedesk.core.plain_text import plain_text

WORDS = [f"w{n}" for n in range(400)]


def found(texts: list[str]) -> dict[int, int]:
    sketches = Sketches()
    for text in texts:
        sketches.add(sketch_of(text, ""))
    return near_duplicates(sketches, lambda row: word_pairs(texts[row], ""))


def corpus(chance: random.Random, n_rows: int) -> list[str]:
    """Rows of 20 to 120 words, half of them with some words of an earlier row changed."""
    texts: list[str] = []
    for _ in range(n_rows):
        if texts and chance.random() < 0.5:
            words = chance.choice(texts).split()
            for _ in range(chance.randint(1, 4)):
                words[chance.randrange(len(words))] = chance.choice(WORDS)
        else:
            words = chance.choices(WORDS, k=chance.randint(20, 120))
        texts.append(" ".join(words))
    return texts


@pytest.mark.parametrize("seed", range(5))
def test_what_the_plain_way_finds_is_found_and_nothing_is_made_up(seed: int) -> None:
    texts = corpus(random.Random(seed), 300)
    pairs = [word_pairs(text, "") for text in texts]
    alike = {
        (one, other)
        for one, other in combinations(range(len(texts)), 2)
        if are_alike(pairs[one], pairs[other])
    }
    told = found(texts)
    assert all((other, row) in alike for row, other in told.items()), f"seed {seed}"
    wanted = {other for _, other in alike}
    assert len(told) >= 0.7 * len(wanted), f"seed {seed}: {len(told)} of {len(wanted)}"


@given(st.lists(st.text(max_size=60), max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_texts(texts: list[str]) -> None:
    """Equal plain texts are always told, and each row of a pair comes after its partner."""
    told = found(texts)
    first: dict[str, int] = {}
    for row, text in enumerate(texts):
        plain = plain_text(text)
        if plain and first.setdefault(plain, row) != row:
            assert told[row] == first[plain]
    assert all(other < row for row, other in told.items())


@given(
    st.text(alphabet="aB cé ไก่,!?(\u200b\u00a0"), st.sampled_from([" ", "!", "\u200b", "\u00a0 "])
)
@settings(max_examples=300, deadline=None)
def test_case_and_punctuation_are_not_in_plain_text(text: str, more: str) -> None:
    plain = plain_text(text)
    assert plain_text(text.upper() + more) == plain
    assert plain_text(plain) == plain
    assert not set(plain) & set(",!?(B\u200b\u00a0")


@given(st.lists(st.integers(0, 5)))
def test_runs_are_the_rows_of_each_repeated_key(keys: list[int]) -> None:
    wanted = {k: [i for i, key in enumerate(keys) if key == k] for k in set(keys) - {0}}
    assert sorted(runs(keys)) == sorted(rows for rows in wanted.values() if len(rows) > 1)
