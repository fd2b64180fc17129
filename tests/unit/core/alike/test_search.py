"""The search in columns against the plain one, at first and again after changes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.plain_alike import Texts, are_alike, groups_of, partners_of, words_of
from tunedesk.core.alike import kin
from tunedesk.core.alike.earlier import Earlier, before_now, earlier
from tunedesk.core.alike.likeness import are_alike as alike_by_words
from tunedesk.core.alike.search import NOBODY, Before, Found, search
from tunedesk.core.alike.sketches import NO_PAIRS, prompts, sketches_of

WORDS = [f"w{n}" for n in range(400)]


class Searched:
    """Rows that have been searched, with what it took."""

    def __init__(
        self, rows: Sequence[Texts], known: Sequence[int] = (), before: Earlier | None = None
    ) -> None:
        """`before` is of rows whose texts had the same records."""
        self.rows = rows
        self.records, everything = _recorded(rows)
        self.repeats = np.zeros(len(rows), np.bool_)
        self.repeats[list(known)] = True
        self.n_asked = 0
        now: Before | None = None if before is None else before_now(before, self.records)
        self.found = self._run(everything, now)
        self.groups = kin.groups_of(prompts(everything)[self.records], self.found.partner)

    def _run(self, everything: np.ndarray, before: Before | None) -> Found:
        looking = search(everything, self.records, self.repeats, before)
        asked, replies = [row[0] for row in self.rows], [row[1] for row in self.rows]
        try:
            pairs = next(looking)
            while True:
                self.n_asked += len(pairs.left)
                assert 0 <= pairs.n_done <= len(self.rows)
                told = alike_by_words(asked, replies, NO_PAIRS, pairs.left, pairs.right)
                pairs = looking.send(told)
        except StopIteration as end:
            found: Found = end.value
            return found

    @property
    def partners(self) -> dict[int, int]:
        return {row: int(other) for row, other in enumerate(self.found.partner) if other != NOBODY}

    @property
    def earlier(self) -> Earlier:
        return earlier(self.records, self.found, self.repeats)


def _recorded(rows: Sequence[Texts]) -> tuple[np.ndarray, np.ndarray]:
    """The record of each row, and all there are; a text has the same one as long as it is known."""
    new = [row for row in dict.fromkeys(rows) if row not in RECORDS]
    RECORDS.update({row: len(RECORDS) + at for at, row in enumerate(new)})
    SKETCHES.append(sketches_of([asked for asked, _ in new], [reply for _, reply in new]))
    SKETCHES[:] = [np.concatenate(SKETCHES)]
    return np.array([RECORDS[row] for row in rows], np.int32), SKETCHES[0]


RECORDS: dict[Texts, int] = {}
SKETCHES: list[np.ndarray] = []


def corpus(chance: random.Random, n_rows: int, share: float = 0.5) -> list[Texts]:
    """Rows of 20 to 120 words, a share of them with some words of an earlier row changed."""
    rows: list[Texts] = []
    while len(rows) < n_rows:
        rows.append(_row(chance, rows, share))
    return list(dict.fromkeys(rows))


def _row(chance: random.Random, rows: Sequence[Texts], share: float) -> Texts:
    if not rows or chance.random() > share:
        words = chance.choices(WORDS, k=chance.randint(20, 120))
        return " ".join(words[:10]), " ".join(words[10:])
    asked, reply = chance.choice(rows)
    words = reply.split()
    for _ in range(chance.randint(0, 5)):
        words[chance.randrange(len(words))] = chance.choice(WORDS)
    return asked + chance.choice(["", "?", "!", " x"]), " ".join(words)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("share", [0.5, 0.95])
def test_the_plain_search_finds_the_same(seed: int, share: float) -> None:
    chance = random.Random(seed)
    rows = corpus(chance, 250, share)
    known = chance.sample(range(len(rows)), 10)
    searched = Searched(rows, known)
    assert searched.partners == partners_of(rows, known), f"seed {seed}"
    groups = {row: int(group) for row, group in enumerate(searched.groups) if group >= 0}
    assert groups == groups_of(rows, searched.partners), f"seed {seed}"


@pytest.mark.parametrize("seed", range(3))
def test_most_of_all_alike_rows_are_found_and_none_is_made_up(seed: int) -> None:
    rows = corpus(random.Random(seed), 200)
    words = [words_of(row) for row in rows]
    pairs = combinations(range(len(rows)), 2)
    alike = {(one, other) for one, other in pairs if are_alike(words[one], words[other])}
    told = Searched(rows).partners
    wanted = {other for _, other in alike}
    assert len(told) >= 0.7 * len(wanted), f"seed {seed}: {len(told)} of {len(wanted)}"
    same = {(other, row) for row, other in told.items() if rows[row] != rows[other]} - alike
    assert all(words[row] == words[other] for other, row in same), f"seed {seed}"


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=20)), max_size=12, unique=True))
@settings(max_examples=100, deadline=None)
def test_any_texts(rows: list[Texts]) -> None:
    assert Searched(rows).partners == partners_of(rows)


@pytest.mark.parametrize("seed", range(15))
def test_after_any_changes_a_search_ends_as_if_it_were_the_first(seed: int) -> None:
    chance = random.Random(seed)
    spare = corpus(chance, 140, 0.8)
    rows, spare = spare[:90], spare[90:]
    known = chance.sample(range(len(rows)), 6)
    searched = Searched(rows, known)
    for step in range(12):
        rows, spare = _changed(chance, rows, spare)
        known = chance.sample(range(len(rows)), 6) if chance.random() < 0.3 else known
        known = [row for row in known if row < len(rows)]
        searched = Searched(rows, known, searched.earlier)
        told = f"seed {seed}, step {step}"
        assert searched.partners == partners_of(rows, known), told
        assert searched.found.stage.tolist() == Searched(rows, known).found.stage.tolist(), told


def _changed(
    chance: random.Random, rows: list[Texts], spare: list[Texts]
) -> tuple[list[Texts], list[Texts]]:
    """Rows are put in, taken out, replaced or moved; what went may come back."""
    rows, spare = rows[:], spare[:]
    for _ in range(chance.randint(0, 4)):
        at = chance.randrange(len(rows))
        match chance.choice(["in", "out", "other", "move", "block", "sort"]):
            case "in":
                rows.insert(at, spare.pop(chance.randrange(len(spare))))
                spare.append(_row(chance, rows, 0.8))
            case "out" if len(rows) > 40:
                spare.append(rows.pop(at))
            case "other":
                rows[at], spare[0] = spare[0], rows[at]
            case "move":
                rows.insert(chance.randrange(len(rows)), rows.pop(at))
            case "block":
                block, rows[at : at + 9] = rows[at : at + 9], []
                to = chance.randrange(len(rows))
                rows[to:to] = block
            case "sort" if chance.random() < 0.2:
                rows.sort()
    spare = [row for row in dict.fromkeys(spare) if row not in set(rows)]
    return list(dict.fromkeys(rows)), [*spare, (f"spare {len(spare)}", "of words")]


def test_an_edit_asks_for_its_own_pairs_only() -> None:
    """A thousand rows alike, one of them edited: it is compared, and the others are not."""
    words = [*WORDS[:60]]
    rows = [("Where is it?", " ".join([*words, f"end{n}"])) for n in range(1_000)]
    searched = Searched(rows)
    assert searched.partners == dict.fromkeys(range(1, 1_000), 0)
    assert searched.n_asked >= 999
    rows[500] = ("Where is it?", " ".join([*words, "other", "end"]))
    again = Searched(rows, before=searched.earlier)
    assert again.partners == dict.fromkeys(range(1, 1_000), 0)
    assert again.n_asked == 1
    del rows[700]
    assert Searched(rows, before=again.earlier).n_asked == 0


@pytest.mark.parametrize("seed", range(10))
def test_leaks_are_test_rows_with_kin_in_train(seed: int) -> None:
    chance = random.Random(seed)
    groups = [chance.choice([-1, -1, 0, 3, 7]) for _ in range(60)]
    sides = [chance.randrange(3) for _ in range(60)]
    found = kin.leaks(np.array(sides, np.uint8), np.array(groups, np.int32), 0, 1)
    wanted = {}
    for row, (group, side) in enumerate(zip(groups, sides, strict=True)):
        taught = [r for r in range(60) if groups[r] == group >= 0 and sides[r] == 0]
        if side == 1 and taught:
            wanted[row] = taught[0]
    assert dict(zip(found.rows.tolist(), found.taught.tolist(), strict=True)) == wanted
