"""Files of examples that chance has hit: what must be said of each line, and which are good."""

from __future__ import annotations

import json
import random

from tests.support.dataset_rows import assistant, call, chat, preference, tool, user

NOISE = [b'"', b"[", b"]", b"{", b"}", b",", b":", b"\\", b"\n", b"\r", b"\0", b"\xff", b"\t"]
NOISE += [b"\xef\xbb\xbf", b"\xe0\xb8", b"null", b"NaN", b"-Infinity", b"1e999", b"9" * 5_000]
NOISE += [b"[" * 3_000, b'{"a":' * 3_000, b"\\ud800", b"\\u0000", b"\xff\xfe", b"\xed\xa0\x80"]
NOISE += [b'"weight": 1, ', b'"role": "gpt", ', b"<|im_end|>", "\u2028".encode(), b"\x1f"]
LINES = [
    *(chat(user(f"คำถามที่ {n}?"), assistant(f"Answer {n}, “yes”.")) for n in range(9)),
    chat(
        user("Sum"), {"role": "assistant", "content": None, "tool_calls": [call()]}, tools=[tool()]
    ),
    chat({"role": "system", "content": "Be brief."}, user("Hi"), assistant("Hello.", weight=1)),
    preference(),
]


def mutated(chance: random.Random) -> bytes:
    """A few of the rows, hit one to six times."""
    rows = chance.sample(LINES, chance.randint(1, len(LINES)))
    content = chance.choice([b"\n", b"\n", b"\r\n"]).join(rows) + chance.choice([b"", b"\n"])
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(content) + 1)
        match chance.randrange(5):
            case 0 | 1:
                content = content[:at] + chance.choice(NOISE) + content[at:]
            case 2:
                content = content[:at] + content[at + chance.choice([1, 2, 20]) :]
            case 3:
                content = content[:at] + chance.randbytes(1) + content[at + 1 :]
            case _:
                content = content[:at] + content[max(0, at - 30) :]
    return content


def must_be_told(row: bytes) -> bool:
    """Whether a strict reader could not use the line at all."""
    try:
        value = json.loads(row.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return True
    return not isinstance(value, dict)


def _refuse(name: str) -> None:
    raise ValueError(name)
