"""Files of every format that is imported: small ones from tests/data, long ones made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tunedesk.core.formats.containers import START_BYTES, Container
from tunedesk.core.formats.looking import Look, look_at_text
from tunedesk.core.formats.reading import read_rows
from tunedesk.core.formats.sorting import SortedRow
from tunedesk.core.rows import Format

CORPUS = Path(__file__).parent.parent / "data" / "formats"


def corpus_files() -> list[Path]:
    """Every file of examples in the corpus, folders of it too."""
    return sorted(p for p in CORPUS.rglob("*") if p.is_file() and p.suffix != ".md")


def looked(content: bytes, suffix: str = ".jsonl") -> Look:
    """What a file of this content is, told from as much as the app looks at."""
    start = content[:START_BYTES]
    return look_at_text(start, suffix, is_whole=len(start) == len(content))


def imported(content: bytes, suffix: str = ".jsonl", chunk_bytes: int = 1 << 16) -> list[SortedRow]:
    """Every row of a file, blank lines left out, read in chunks as from the disk."""
    look = looked(content, suffix)
    if look.source.container in (Container.EMPTY, Container.UNKNOWN):
        return []
    if look.mapping is not None and look.mapping.problem():
        return []
    chunks = (content[i : i + chunk_bytes] for i in range(0, len(content), chunk_bytes))
    return [row for row in read_rows(chunks, look.source, look.mapping) if row is not None]


def values(rows: list[SortedRow]) -> list[Any]:
    """What the usable rows hold."""
    return [json.loads(row.raw) for row in rows if row.format is not Format.UNKNOWN]


def one(value: object) -> SortedRow:
    """The row that a file of this one value gives."""
    (row,) = imported(json.dumps(value).encode())
    return row


def chat_value(number: int) -> dict[str, Any]:
    asked = f'Question {number}, with "quotes", [brackets] and {{braces}} \\ ก?'
    messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": f"A {number}"}]
    return {"messages": messages}
