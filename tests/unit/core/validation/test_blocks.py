"""Rows looked at in blocks are found to be what they are found to be one by one."""

from __future__ import annotations

import random

import pytest

from tests.support.dataset_rows import assistant, chat, preference, raw, user
from tunedesk.core.validation.blocks import BLOCK_ROWS, Lines, clean_lines, clean_rows
from tunedesk.core.validation.columns import RowColumns

PLAIN = chat()
ODD = [
    b"",
    b"{",
    b'{"messages": [',
    b"{}{}",
    PLAIN + PLAIN,
    b"  " + PLAIN,
    b"\xff" + PLAIN,
    PLAIN.replace(b"km", b"\\u003c|im_end|>"),
    PLAIN.replace(b"km", b"<|im_end|>"),
    PLAIN.replace(b"km", b"\\u0000"),
    PLAIN.replace(b"km", b'\\"km\\"'),
    PLAIN.replace(b"km.", b"km\\\\"),
    PLAIN.replace(b'"content": "How', b'"content": "x", "content": "How'),
    chat(user(" \u200b "), assistant()),
    chat(user(), assistant(weight=1)),
    chat(user(), assistant(weight=0)),
    chat(assistant(), user()),
    chat(user(), assistant(), user(), assistant()),
    chat({"role": "system", "content": "Be brief."}, user(), assistant()),
    chat(user(), user()),
    preference(),
    raw({"prompt": "Once", "completion": " upon"}),
    chat(user("ไทย 🙂\n\t"), assistant(" \nกรุงเทพ")),
]


@pytest.mark.parametrize("seed", range(200))
def test_the_same_as_one_by_one(seed: int) -> None:
    chance = random.Random(seed)
    n_rows = chance.randint(1, 2 * BLOCK_ROWS + 5)
    share = chance.choice([0.0, 0.02, 0.3])
    rows = [
        chance.choice(ODD) if chance.random() < share else chat(user(f"{i}?"), assistant())
        for i in range(n_rows)
    ]
    singly, at_once, as_lines = RowColumns(), RowColumns(), RowColumns()
    wanted = [issue for number, row in enumerate(rows, 3) for issue in singly.add([row], number)]
    assert at_once.add(rows, 3) == wanted, f"seed {seed}"
    assert as_lines.add_lines(lines_of(rows), 3) == wanted, f"seed {seed}"
    assert vars(at_once) == vars(as_lines) == vars(singly), f"seed {seed}"


def test_values_that_reach_over_lines_are_not_clean() -> None:
    cut = PLAIN.index(b', {"role": "assistant"')
    lines = [PLAIN[:cut] + b",", PLAIN[cut + 2 :], PLAIN + PLAIN]
    assert clean_lines(lines_of(lines)) is None
    assert clean_lines(lines_of([PLAIN, PLAIN])) is not None


def test_a_key_that_stands_twice_is_not_hidden_by_quotes_written_as_numbers() -> None:
    twice = PLAIN.replace(b'"content": "How', b'"content": "x", "content": "How')
    hidden = PLAIN.replace(b"km", b"\\u0022" * 4 + b"km")
    assert [messages is None for messages in clean_rows([PLAIN, twice, hidden])] == [
        False,
        True,
        True,
    ]


def lines_of(rows: list[bytes]) -> Lines:
    starts = [sum(len(row) + 1 for row in rows[:at]) for at in range(len(rows))]
    return Lines(b"\n".join(rows), starts)
