"""Rows looked at in blocks are found to be what they are found to be one by one."""

from __future__ import annotations

import random

import pytest

from tests.support.dataset_rows import assistant, chat, preference, raw, user
from tunedesk.core.validation.blocks import BLOCK_ROWS, clean_block
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
    starts, lines = [], b""
    for row in rows:
        starts.append(len(lines))
        lines += row + chance.choice([b"\n", b"\r\n"])
    singly, at_once = RowColumns(), RowColumns()
    wanted = singly.add(rows, 3)
    found = at_once.add_lines(lines, starts, list(map(len, rows)), 3)
    assert found == wanted, f"seed {seed}"
    assert vars(at_once) == vars(singly), f"seed {seed}"


def test_values_that_reach_over_lines_are_no_block() -> None:
    cut = PLAIN.index(b', {"role": "assistant"')
    lines = [PLAIN[:cut] + b",", PLAIN[cut + 2 :], PLAIN + PLAIN]
    starts = [0, len(lines[0]) + 1, len(lines[0]) + len(lines[1]) + 2]
    assert clean_block(b"\n".join(lines), starts) is None
    assert clean_block(PLAIN + b"\n" + PLAIN, [0, len(PLAIN) + 1]) is not None
