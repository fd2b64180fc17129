"""D6 for every format that is imported: no file, however broken, stops an import or hides a row."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.support.format_corpus import chat_value, corpus_files, imported, looked, values
from tunedesk.core.formats.json_stream import read_elements, read_lines
from tunedesk.core.formats.notes import sentence
from tunedesk.core.formats.sorting import SortedRow
from tunedesk.core.formats.table_text import protected, write_record
from tunedesk.core.rows import Format

N_FILES = 10_000
N_BATCHES = 50
ROWS = [chat_value(number) for number in range(12)]
LINES = [json.dumps(row, ensure_ascii=False).encode() for row in ROWS]
NOISE = [b'"', b"'", b"[", b"]", b"{", b"}", b",", b":", b"\\", b"\n", b"\r", b"\0", b"\xff", b"\t"]
NOISE += [b"\xef\xbb\xbf", b"\xe0\xb8", b"null", b"NaN", b"[" * 3_000, b'""', b"\\u", b"\xff\xfe"]


def mutated(content: bytes, chance: random.Random) -> bytes:
    """One to four bytes, pieces or stretches put in, taken out, doubled, or the end cut off."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(content) + 1)
        match chance.randrange(5):
            case 0:
                content = content[:at] + chance.choice(NOISE) + content[at:]
            case 1:
                content = content[:at] + content[at + chance.choice([1, 2, 20]) :]
            case 2:
                content = content[:at] + chance.randbytes(1) + content[at + 1 :]
            case 3:
                content = content[:at] + content[max(0, at - 30) :]
            case _:
                content = content[:at] if chance.random() < 0.3 else content
    return content


def judge(rows: list[SortedRow]) -> None:
    """Usable rows are rows; each of the others says its line and why, and keeps what it was."""
    for row in rows:
        value = json.loads(row.raw)
        assert b"\n" not in row.raw
        assert row.line >= 1
        assert all(sentence(note) for note in row.notes)
        if row.format is Format.UNKNOWN:
            assert value["line"] == row.line
            assert value["reason"] == sentence(row.notes[-1])
            assert "text" in value or "base64" in value


SOURCES = [(path.read_bytes(), path.suffix) for path in corpus_files()]
SOURCES += [(content.decode().encode("utf-16"), suffix) for content, suffix in SOURCES[:8]]


@pytest.mark.parametrize("batch", range(N_BATCHES))
def test_ten_thousand_broken_files_end_with_a_reason_for_each_row(batch: int) -> None:
    for seed in range(batch, N_FILES, N_BATCHES):
        chance = random.Random(seed)
        content, suffix = SOURCES[seed % len(SOURCES)]
        content = mutated(content, chance)
        try:
            look = looked(content, chance.choice([suffix, suffix, suffix, ".txt", ".json", ".csv"]))
            assert all(sentence(note) for note in look.notes)
            judge(imported(content, suffix, chunk_bytes=chance.choice([1, 7, 100, 10_000])))
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error}") from error


@pytest.mark.parametrize("seed", range(300))
def test_one_broken_line_costs_that_line(seed: int) -> None:
    chance = random.Random(seed)
    index = chance.randrange(len(LINES))
    broken = mutated(LINES[index], chance).replace(b"\n", b" ")
    content = b"\n".join([*LINES[:index], broken, *LINES[index + 1 :]])
    rows = imported(content)
    assert {row.line for row in rows} | {index + 1} == set(range(1, len(LINES) + 1))
    whole = [json.loads(row.raw) for row in rows if row.line != index + 1]
    assert whole == [*ROWS[:index], *ROWS[index + 1 :]]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("seed", range(150))
def test_one_broken_element_leaves_the_others(seed: int, indent: int | None) -> None:
    """A broken element can take the one behind it along, but is said to have."""
    chance = random.Random(seed)
    texts = [json.dumps(row, indent=indent).encode() for row in ROWS]
    index = chance.randrange(1, len(texts))
    at = chance.randrange(len(texts[index]))
    noise = chance.choice([b'"', b"]", b"}", b"[", b"{", b"\\", b""])
    texts[index] = texts[index][:at] + noise + texts[index][at + 1 :]
    rows = imported(b"[" + b",\n".join(texts) + b"]", ".json", chunk_bytes=chance.choice([5, 999]))
    judge(rows)
    others = [row for i, row in enumerate(ROWS) if i not in (index, index + 1)]
    found = values(rows)
    assert all(row in found for row in others)


def test_a_list_cut_anywhere_gives_what_is_whole() -> None:
    content = json.dumps(ROWS[:4], indent=1).encode()
    ends = [piece_end(content, i) for i in range(4)]
    for cut in range(1, len(content)):
        rows = imported(content[:cut], ".json")
        n_whole = sum(end <= cut for end in ends)
        assert values(rows)[:n_whole] == ROWS[:n_whole], cut
        rest = content[ends[n_whole - 1] if n_whole else 0 : cut].strip(b" \n,[]")
        assert (rows[-1].format is Format.UNKNOWN) if rest else len(rows) == n_whole, cut


def piece_end(content: bytes, index: int) -> int:
    pieces = list(read_elements([content], in_array=True))
    return content.index(pieces[index].raw) + len(pieces[index].raw)


@pytest.mark.parametrize("seed", range(300))
def test_one_broken_record_leaves_the_others(seed: int) -> None:
    chance = random.Random(seed)
    cells = [[f"Question, {i}?", f"Answer {i}\nand {i}" if i % 3 else f"{i}"] for i in range(20)]
    records = [write_record(list(map(protected, row))).encode() for row in cells]
    index = chance.randrange(len(records))
    at = chance.randrange(len(records[index]) - 2)
    noise = chance.choice([b'"', b",", b"\n", b"\0", b"\xff", b""])
    records[index] = records[index][:at] + noise + records[index][at + 1 :]
    rows = imported(b"question,answer\r\n" + b"".join(records), ".csv")
    judge(rows)
    found = [[m["content"] for m in value["messages"]] for value in values(rows)]
    near = range(index - 1, index + 3)
    assert all(row in found for i, row in enumerate(cells) if i not in near), f"seed {seed}"


DEEP = [b"[" * 200_000, b'{"messages":' * 200_000, b'[{"a":' + b"[" * 200_000 + b"]" * 200_000]


@pytest.mark.parametrize("deep", DEEP)
@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv"])
def test_deep_nesting_costs_its_row(deep: bytes, suffix: str) -> None:
    content = LINES[0] + b"\n" + deep + b"\n" + LINES[1] + b"\n"
    judge(imported(deep, suffix))
    if suffix == ".jsonl":
        rows = imported(content)
        assert values(rows) == ROWS[:2]
        assert rows[1].notes[0].code in ("too_deep", "bad_json")


def test_nesting_just_below_what_can_be_read() -> None:
    for depth in (300, 900, 950, 990, 1_000, 5_000):
        nested: Any = "[" * depth + "]" * depth
        for row in ('{"conversations": [{"from": "human", "value": %s}]}', '{"instruction": %s, "output": "x"}'):  # fmt: skip  # noqa: E501
            judge(imported((row % nested).encode()))


def test_a_line_of_64_mb_is_read() -> None:
    row = chat_value(1)
    row["messages"][0]["content"] = "x" * (64 << 20)
    line = json.dumps(row).encode()
    rows = imported(LINES[0] + b"\n" + line + b"\n" + LINES[2])
    assert [row.line for row in rows] == [1, 2, 3]
    assert rows[1].raw == line
    assert len(imported(b"[" + line + b"," + LINES[1] + b"]", ".json")) == 2


def test_a_line_longer_than_the_limit_is_named_and_the_next_is_read() -> None:
    chunks = [b"a" * 50, b"b" * 80, b"c\nshort\r\n", b"end"]
    found = list(read_lines(chunks, max_bytes=100))
    assert [(line.line, line.fault) for line in found] == [(1, "line_too_long"), (2, ""), (3, "")]
    assert [line.raw for line in found[1:]] == [b"short", b"end"]


def test_utf_16_of_every_kind_is_read() -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        content = b"\n".join(LINES).decode().encode(encoding)
        assert values(imported(content, chunk_bytes=3)) == ROWS, encoding
        assert values(imported(content[:-1]))[:11] == ROWS[:11], encoding
