"""CSV in and out: columns, cells, and every fault with its line."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.support.format_corpus import CORPUS, imported, looked, values
from tunedesk.core.formats.columns import Column, ColumnMapping, guess_mapping
from tunedesk.core.formats.looking import sample_of_table
from tunedesk.core.formats.table_rows import convert_records, preview
from tunedesk.core.formats.table_text import (
    protected,
    read_records,
    unprotected,
    write_record,
)
from tunedesk.core.rows import Format

PIECES = ['"', "'", ",", ";", "\t", "\r", "\n", "\r\n", "=", "+", "-", "@", " ", "x", "ก", "\0"]
PIECES += ["\u2028", "\ufeff", '""', "😀", "=HYPERLINK(1)", "\v", "\x85"]
ATTACKS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "'=1", "''=1", "-"]


def records(text: str, delimiter: str = ",") -> list[tuple[int, list[str], str]]:
    return [tuple(record) for record in read_records([text], delimiter)]  # type: ignore[misc]


@pytest.mark.parametrize("seed", range(20))
def test_ten_thousand_random_cells_come_back_exactly(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        delimiter = chance.choice(",;\t|")
        rows = [[_cell(chance) for _ in range(5)] for _ in range(1)]
        text = "".join(write_record(list(map(protected, row)), delimiter) for row in rows)
        size = chance.choice([1, 2, 5, 1000])
        chunks = [text[i : i + size] for i in range(0, len(text), size)]
        found = [list(map(unprotected, r.cells)) for r in read_records(chunks, delimiter)]
        assert found == rows, f"seed {seed}: {rows}"


def _cell(chance: random.Random) -> str:
    return "".join(chance.choice(PIECES) for _ in range(chance.randrange(7)))


@pytest.mark.parametrize("cell", ATTACKS)
def test_no_written_cell_is_a_formula(cell: str) -> None:
    assert protected(cell)[0] == "'"
    assert unprotected(protected(cell)) == cell


def test_one_broken_quote_costs_one_line() -> None:
    assert records('a,b\n"x,1\ny,2\nz,3\n') == [
        (1, ["a", "b"], ""),
        (2, ['"x,1'], "quote_open"),
        (3, ["y", "2"], ""),
        (4, ["z", "3"], ""),
    ]
    assert [r[2] for r in records('"x"y,1\n"ok",2\n')] == ["quote_broken", ""]


def test_line_numbers_count_the_lines_in_cells() -> None:
    found = records('a\r\n"one\r\ntwo\rthree\nfour"\r\nend\r\n')
    assert [(line, cells) for line, cells, _ in found] == [
        (1, ["a"]),
        (2, ["one\r\ntwo\rthree\nfour"]),
        (6, ["end"]),
    ]


def test_every_fault_is_reported_by_line_and_good_lines_are_used() -> None:
    text = 'question,answer\na,b\nc\nd,e,f\n"g,h\n"i\nj",k\nl,m\0\n,\n'
    rows = imported(text.encode(), ".csv")
    assert [(row.line, row.format.value, [n.code for n in row.notes]) for row in rows] == [
        (2, "chat", []),
        (3, "chat", ["cells_missing"]),
        (4, "unknown", ["cells_too_many"]),
        (5, "unknown", ["quote_broken"]),
        (6, "chat", ["line_breaks_in_cells"]),
        (8, "chat", ["nul_character"]),
        (9, "unknown", ["empty_row"]),
    ]


def test_bytes_that_are_no_text_cost_their_line() -> None:
    good = "คำถาม ข้อสอบ,คำตอบ"
    content = f"question,answer\n{good}\n".encode() + b"bad \xff,x\n" + f"{good}\n".encode()
    rows = imported(content, ".csv")
    assert [row.format.value for row in rows] == ["chat", "unknown", "chat"]
    assert rows[1].notes[0].code == "bad_utf8"
    assert rows[1].line == 3


def test_formula_cells_are_data() -> None:
    rows = imported((CORPUS / "table.csv").read_bytes(), ".csv")
    assert values(rows)[1]["messages"][0]["content"] == "=1+1"


def guessed(header: list[str], *rows: list[str]) -> list[str]:
    return [column.value for column in guess_mapping([header, *rows]).columns]


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        (["Question", "Answer"], ["user", "assistant"]),
        (["prompt", "chosen", "rejected"], ["user", "preferred", "non_preferred"]),
        (["Instruction", "Input", "Output"], ["user", "context", "assistant"]),
        (["system_prompt", "User", "Assistant", "User 2", "Assistant 2"],
         ["system", "user", "assistant", "user", "assistant"]),
        (["คำสั่งระบบ", "คำถาม", "คำตอบ"], ["system", "user", "assistant"]),
        (["ผู้ใช้", "ผู้ช่วย", "หมายเหตุ"], ["user", "assistant", "ignored"]),
        (["คำถาม", "คำตอบที่ดีกว่า", "คำตอบที่แย่กว่า"], ["user", "preferred", "non_preferred"]),
        (["conversation_id", "role", "content"], ["conversation", "speaker", "text"]),
        (["input", "output"], ["user", "assistant"]),
    ],
)  # fmt: skip
def test_columns_are_guessed_from_their_names(header: list[str], columns: list[str]) -> None:
    assert guessed(header, ["1"] * len(header)) == columns


def test_columns_without_names_are_guessed_from_their_content() -> None:
    mapping = guess_mapping([["7", "How far is it?", "Very far indeed."], ["8", "And now?", "No."]])
    assert not mapping.has_header
    assert mapping.columns == (Column.IGNORED, Column.USER, Column.ASSISTANT)


def test_a_preview_shows_rows_and_what_the_rules_say() -> None:
    found = read_records(["question,answer\na,b\nc,\n"], ",")
    shown = preview(found, guess_mapping([["question", "answer"], ["a", "b"]]), 10)
    assert [row.sorted.line for row in shown] == [2, 3]
    assert [[issue.code for issue in row.issues] for row in shown] == [[], ["empty_reply"]]


def test_another_mapping_gives_other_rows() -> None:
    look = looked(b"a,b,c\nask,good,bad\n", ".csv")
    mapping = ColumnMapping(
        format=Format.PREFERENCE,
        names=("a", "b", "c"),
        columns=(Column.USER, Column.PREFERRED, Column.NON_PREFERRED),
        has_header=True,
    )
    (row,) = sample_of_table(look, mapping)
    value = json.loads(row.raw)
    assert value["preferred_output"] == [{"role": "assistant", "content": "good"}]
    assert value["non_preferred_output"] == [{"role": "assistant", "content": "bad"}]


@pytest.mark.parametrize(
    ("columns", "kind", "problem"),
    [
        ([Column.USER], Format.CHAT, "needs_answer"),
        ([Column.ASSISTANT], Format.CHAT, "needs_question"),
        ([Column.USER, Column.PREFERRED], Format.PREFERENCE, "needs_two_answers"),
        ([Column.SPEAKER, Column.TEXT], Format.CHAT, "needs_conversation"),
        ([Column.USER, Column.ASSISTANT], Format.CHAT, ""),
        ([Column.JSON], Format.CHAT, ""),
    ],
)
def test_an_unfinished_mapping_says_what_is_missing(
    columns: list[Column], kind: Format, problem: str
) -> None:
    names = tuple(map(str, columns))
    mapping = ColumnMapping(format=kind, names=names, columns=tuple(columns), has_header=True)
    assert mapping.problem() == problem


def test_one_message_a_line_becomes_conversations() -> None:
    rows = imported((CORPUS / "one_message_a_line.csv").read_bytes(), ".csv")
    texts = [[m["content"] for m in value["messages"]] for value in values(rows)]
    assert texts == [["Hi", "Hello."], ["Bye", "See you."]]
    assert [row.line for row in rows] == [2, 4]


def test_a_huge_cell_is_read_and_reported() -> None:
    text = "question,answer\n" + '"' + "x" * 2_000_000 + '",b\n'
    (row,) = convert_all(text)
    assert row.notes[0].code == "huge_cell"
    assert row.format is Format.CHAT


def convert_all(text: str) -> list[Any]:
    found = list(read_records([text[i : i + 1000] for i in range(0, len(text), 1000)], ","))
    return list(convert_records(found, guess_mapping([r.cells for r in found])))
