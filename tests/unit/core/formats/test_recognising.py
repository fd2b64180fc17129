"""What a file is, told from its first bytes, and the evidence for it."""

from __future__ import annotations

import json

import pytest

from tests.support.format_corpus import CORPUS, chat_value, looked
from tunedesk.core.formats.containers import Container
from tunedesk.core.formats.looking import Action, look_at_text
from tunedesk.core.formats.note_words import TEMPLATES
from tunedesk.core.formats.notes import Note, sentence
from tunedesk.core.formats.shapes import EVIDENCE, SHAPE_WORDS, Shape

CHAT = json.dumps(chat_value(1)).encode()
TABLE = [
    ("chat.jsonl", Container.JSONL, Action.OPEN, {Shape.CHAT}),
    ("completion.jsonl", Container.JSONL, Action.OPEN, {Shape.COMPLETION}),
    ("preference.jsonl", Container.JSONL, Action.OPEN, {Shape.PREFERENCE}),
    ("old_preference.jsonl", Container.JSONL, Action.CONVERT, {Shape.OLD_PREFERENCE}),
    ("chat_array.json", Container.JSON_ARRAY, Action.CONVERT, {Shape.CHAT}),
    ("sharegpt.json", Container.JSON_ARRAY, Action.CONVERT, {Shape.SHAREGPT}),
    ("alpaca.json", Container.JSON_ARRAY, Action.CONVERT, {Shape.ALPACA}),
    ("trl_preference.jsonl", Container.JSONL, Action.CONVERT, {Shape.TRL_PREFERENCE}),
    ("trl_completion.jsonl", Container.JSONL, Action.CONVERT, {Shape.TRL_COMPLETION}),
    ("table.csv", Container.TABLE, Action.CONVERT, {Shape.CHAT}),
    ("thai.tsv", Container.TABLE, Action.CONVERT, {Shape.CHAT}),
    ("folder/settings.json", Container.JSONL, Action.NOTHING, {Shape.UNKNOWN}),
]


@pytest.mark.parametrize(("name", "container", "action", "shapes"), TABLE)
def test_every_format_is_recognised(
    name: str, container: Container, action: Action, shapes: set[Shape]
) -> None:
    path = CORPUS / name
    look = looked(path.read_bytes(), path.suffix)
    assert (look.source.container, look.action, set(look.shapes)) == (container, action, shapes)


def said(content: bytes, suffix: str = ".jsonl") -> list[str]:
    return [sentence(note) for note in looked(content, suffix).notes]


def test_the_evidence_is_named() -> None:
    content = (CHAT + b"\n") * 41 + b'{"x": 1}\n' * 3
    assert "41 of 44 rows looked at are OpenAI chat rows: they have messages." in said(content)


def test_a_mixed_file_is_split_with_a_word() -> None:
    content = (CORPUS / "mixed.jsonl").read_bytes()
    assert looked(content).action is Action.CONVERT
    assert "The rows are of several kinds; each kind becomes a dataset of its own." in said(content)


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("utf-8", "UTF-8."),
        ("utf-8-sig", "UTF-8 with a byte order mark."),
        ("utf-16", "UTF-16 (little endian)."),
        ("utf-16-be", "UTF-16 (big endian)."),
        ("utf-32", "UTF-32 (little endian)."),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_the_encoding_is_said(encoding: str, words: str, suffix: str) -> None:
    text = "question,answer\nเท่าไร,สอง\n" if suffix == ".csv" else CHAT.decode() + "\n"
    assert f"The text is encoded as {words}" in said(text.encode(encoding), suffix)


def test_a_thai_table_in_windows_letters_is_guessed() -> None:
    content = "คำถาม,คำตอบ\nเมืองหลวงของไทย,กรุงเทพ\n".encode("cp874")
    look = looked(content, ".csv")
    assert look.source.encoding == "cp874"
    assert "Windows-874 (Thai) is the most likely encoding" in " ".join(said(content, ".csv"))
    assert "เมืองหลวงของไทย" in look.sample[0].raw.decode()


def test_utf_16_is_converted_although_its_rows_are_ours() -> None:
    assert looked((CHAT + b"\n").decode().encode("utf-16")).action is Action.CONVERT


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_recognised(delimiter: str) -> None:
    rows = ["question", "answer"], ["Is 1, 2; 3 | 4\t5?", "Yes"], ["No?", "Never"]
    content = "\n".join(delimiter.join(f'"{c}"' for c in row) for row in rows).encode()
    assert looked(content, ".csv").source.delimiter == delimiter


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_said_to_be_empty(content: bytes) -> None:
    assert looked(content).action is Action.NOTHING
    assert said(content) == ["There is nothing in it."]


def test_a_beginning_is_enough() -> None:
    content = b"[" + b",".join([CHAT] * 5_000)
    look = look_at_text(content[:100_000], ".json", is_whole=False)
    assert look.action is Action.CONVERT
    assert set(look.shapes) == {Shape.CHAT}


def test_every_note_and_shape_has_words() -> None:
    assert all(kind in ("fact", "change", "loss", "rejected") for kind, _ in TEMPLATES.values())
    assert set(SHAPE_WORDS) == set(EVIDENCE) == set(Shape)
    assert Note(code="extra_field", field="id").kind == "loss"
