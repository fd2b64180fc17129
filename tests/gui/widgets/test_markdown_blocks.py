"""Where a growing Markdown text is cut."""

from __future__ import annotations

import random

import pytest

from tunedesk.ui.widgets.markdown_blocks import CUT_CHARS, Block, BlockReader


def blocks(text: str) -> list[Block]:
    reader = BlockReader()
    closed = reader.read(text)
    assert closed is not None
    return [*closed, *([reader.tail] if reader.tail else [])]


def sources(text: str) -> list[str]:
    return [block.source.strip() for block in blocks(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\n\ntwo words here", ["one", "two words here"]),
        ("one\nstill one", ["one\nstill one"]),
        ("- a\n\n- b\n\n  more of b\n\nafter it", ["- a\n\n- b\n\n  more of b", "after it"]),
        ("1. a\n\n2. b\n\nafter it", ["1. a\n\n2. b", "after it"]),
        ("text\n```py\nx = 1\n\ny = 2\n```\nafter", ["text", "x = 1\n\ny = 2", "after"]),
        ("~~~\n```\n~~~\nafter", ["```", "after"]),
        ("a\r\n\r\nb, long enough", ["a", "b, long enough"]),
    ],
)
def test_where_blocks_end(text: str, expected: list[str]) -> None:
    assert sources(text) == expected


def test_a_fence_names_its_language() -> None:
    found = blocks("```python title\nx\n```\n")
    assert [(block.kind, block.language, block.source) for block in found] == [
        ("code", "python", "x")
    ]


def test_an_open_fence_is_code_already() -> None:
    assert blocks("```js\nlet x")[-1] == Block("code", "let x", "js")


@pytest.mark.parametrize("code", ["let x\n", "let x\r\n", "let ``\n", ""])
def test_a_fence_at_the_very_end_is_no_code(code: str) -> None:
    assert blocks(f"```js\n{code}```")[-1] == Block("code", code.rstrip(), "js")


def test_any_way_of_arriving_gives_the_same_text() -> None:
    text = "# Head\n\npara *one*\n\n- a\n- b\n\n```c\nint x;\n\n```\n\n| a |\n|--|\n| 1 |\n\nend"
    for seed in range(40):
        drawn = random.Random(seed)
        reader, found, at = BlockReader(), [], 0
        while at < len(text):
            at += drawn.randint(1, 12)
            found += reader.read(text[:at]) or []
        tail = [reader.tail] if reader.tail else []
        assert [b.source.strip() for b in [*found, *tail]] == sources(text), f"seed {seed}"


@pytest.mark.parametrize("text", ["word " * 20_000, "x" * 100_000, "- item\n" * 10_000, "ก็" * 9000])
def test_no_block_grows_without_end_and_nothing_is_lost(text: str) -> None:
    found = blocks(text)
    assert max(len(block.source) for block in found) <= 2 * CUT_CHARS
    assert "".join(block.source for block in found) == text
    assert all(block.joined for block in found[1:])
    assert not any(block.source.startswith("็") for block in found)


def test_another_text_is_refused() -> None:
    reader = BlockReader()
    reader.read("one\n\ntwo words")
    assert reader.read("other") is None
