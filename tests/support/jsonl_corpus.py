"""JSONL files with everything in them that a careless program would change, and random edits."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

from tunedesk.core.edits import DeleteRow, InsertRow, MoveRows, RowEdit, SetRow
from tunedesk.store.dataset_file import DatasetFile

_BOM = b"\xef\xbb\xbf"
_PLAIN = b'{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Ho"}]}'
_SPACED = b'{ "weight" : 1.0 , "b":1e3,  "a": 12345678901234567890 }'
_THAI = '{"messages": [{"role": "user", "content": "กรุงเทพ 🙂"}]}'.encode()
_ESCAPED = rb'{"c":"\u0e01\ud83d\ude42 \/ \u2028"}'
_SURROGATE = rb'{"c":"\ud800 alone"}'
_SEPARATORS = '{"c":"a\u2028b\u2029c\x0bd\x0ce\x85f"}'.encode()
_BARE_CR = b'{"c":\r"x"}'
_BROKEN = b'{"messages": [{"role": "us'
_INVALID_UTF8 = b'{"c":"\xff\xfe\xc3"}'
_NUL = b'{"c":"\x00"}'

_BODIES: dict[str, Sequence[bytes]] = {
    "one": [_PLAIN],
    "plain": [_PLAIN] * 5,
    "blank": [b""],
    "blanks": [b"", _PLAIN, b"", b"", _SPACED, b""],
    "odd": [_SPACED, _THAI, _ESCAPED, _SURROGATE],
    "separators": [_SEPARATORS, _BARE_CR, _PLAIN],
    "broken": [_BROKEN, _INVALID_UTF8, _NUL, b"   ", b"\t{}\t"],
    "long": [_PLAIN, b'{"c":"' + b"x" * 3_000_000 + b'"}', _THAI],
}
_MORE = (
    b'{"a": 1, "a": 2, "A": null}',
    b'{"n": [0.1, 1E+2, -0, 1e-7, 123456789012345678901234567890, 1.0]}',
    b'[{"role": "user"}]',
    rb'{"e": "\" \\ \/ \b \f \n \r \t \u0041 \uD83D\uDE42"}',
    b"  {}  ",
    _BOM + b"{}",
    b"\r",
    b"null",
    '{"e\u0301": "é ﬁ ำ"}'.encode(),
)
_TAILS = (b"", b" ", b"\n\n", b"\r", b'{"unended": ')
N_FILES = 100


def corpus() -> dict[str, bytes]:
    """Whole files by name: every body in every way that lines can end."""
    files = {"empty": b"", "only-bom": _BOM, "utf-16": '{"a":"ก"}\n{}\n'.encode("utf-16")}
    for name, rows in _BODIES.items():
        files[f"{name}-lf"] = b"".join(row + b"\n" for row in rows)
        files[f"{name}-crlf"] = b"".join(row + b"\r\n" for row in rows)
        files[f"{name}-bom-crlf"] = _BOM + files[f"{name}-crlf"]
        files[f"{name}-mixed"] = b"".join(
            row + (b"\r\n" if i % 2 else b"\n") for i, row in enumerate(rows)
        )
        if rows[-1]:
            files[f"{name}-unended"] = b"\n".join(rows)
            files[f"{name}-crlf-unended"] = _BOM + b"\r\n".join(rows)
    for number in range(N_FILES - len(files)):
        files[f"shuffled-{number}"] = _shuffled(random.Random(number))
    return files


def _shuffled(chance: random.Random) -> bytes:
    """Odd rows of all kinds, each with a line end of its own."""
    odd = [*_BODIES["blanks"], *_BODIES["odd"], *_BODIES["separators"], *_BODIES["broken"], *_MORE]
    rows = [chance.choice(odd) + chance.choice([b"\n", b"\r\n"]) for _ in range(20)]
    content = chance.choice([b"", _BOM]) + b"".join(rows)
    return content if chance.random() < 0.5 else content.rstrip(b"\r\n") + chance.choice(_TAILS)


def rows_of(content: bytes) -> list[bytes]:
    """The plainest way to say what a file's rows are."""
    lines = content.split(b"\n")
    if not lines[-1]:
        lines.pop()
        return [line.removesuffix(b"\r") for line in lines]
    return [line.removesuffix(b"\r") for line in lines[:-1]] + lines[-1:]


def random_row(chance: random.Random) -> bytes:
    """One of the odd rows, or a new one."""
    row = chance.choice([*_BODIES["odd"], *_BODIES["broken"], b""])
    new = json.dumps({"n": chance.random(), "t": "ก" * chance.randrange(5)}).encode()
    return chance.choice([row, new])


def random_edit(chance: random.Random, n_rows: int) -> RowEdit:
    """Any edit that is possible in a file of so many rows."""
    kinds = ["insert"] if n_rows == 0 else ["set", "set", "insert", "delete", "move"]
    match chance.choice(kinds):
        case "set":
            return SetRow(chance.randrange(n_rows), random_row(chance))
        case "delete":
            return DeleteRow(chance.randrange(n_rows))
        case "move":
            count = chance.randint(1, n_rows)
            room = n_rows - count
            return MoveRows(chance.randint(0, room), count, chance.randint(0, room))
        case _:
            return InsertRow(chance.randint(0, n_rows), random_row(chance))


def apply_to_list(rows: list[bytes], edit: RowEdit) -> None:
    """The same edit on a plain list: what the dataset file is judged by."""
    match edit:
        case SetRow():
            rows[edit.index] = edit.raw
        case InsertRow():
            rows.insert(edit.index, edit.raw)
        case DeleteRow():
            del rows[edit.index]
        case MoveRows():
            block = rows[edit.first : edit.first + edit.count]
            del rows[edit.first : edit.first + edit.count]
            rows[edit.to : edit.to] = block


def apply_random_edits(file: DatasetFile, chance: random.Random, n_edits: int) -> list[RowEdit]:
    """Edit the file at random; returns the inverses, to be applied last first."""
    return [file.apply(random_edit(chance, len(file))) for _ in range(n_edits)]


def undo(file: DatasetFile, inverses: Sequence[RowEdit]) -> list[RowEdit]:
    """Apply inverses last first; returns the edits that redo, again to be applied last first."""
    return [file.apply(inverse) for inverse in reversed(inverses)]
