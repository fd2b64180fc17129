"""A file of a million rows, made anew from a seed: English, Thai and code, some rows broken."""

from __future__ import annotations

import json
import random
from pathlib import Path

N_ROWS = 1_000_000
SEED = 20261123

_ENGLISH_TEXT = (
    "the a customer order refund invoice parcel please thank you for your patience we have "
    "checked this and found that it was sent on Monday morning by train from the north depot "
    "which means delivery within three working days unless weather delays it again as happened "
    "last winter when roads were closed could you tell me more about what you tried before so "
    "that I can look into it with our technical team who know this device best"
)
_THAI_TEXT = (
    "สวัสดีครับ ขอบคุณ สำหรับ คำถาม เรา ตรวจสอบ แล้ว พบว่า พัสดุ ถูกส่ง เมื่อวาน ตอนเช้า จะถึง "
    "ภายใน สามวัน ทำการ หาก มี ปัญหา อื่น โปรด แจ้ง ทีมงาน ได้ตลอด เวลา ครับ"
)
_CODE_TEXT = (
    "def read(path): return open(path).read() for line in lines: if not line: continue "
    "result.append(parse(line)) except ValueError as error: raise SystemExit(error) import sys"
)
_BREAK_EVERY = 1_095  # about 913 rows of a million


def make(path: Path, n_rows: int = N_ROWS) -> None:
    """Write the file; the same bytes at each call. About 1.28 KB a row."""
    chance = random.Random(SEED)
    pool = [_text(chance) for _ in range(4_000)]
    with path.open("wb", buffering=1 << 20) as out:
        for number in range(n_rows):
            out.write(_row(chance, pool, number) + b"\n")


def _text(chance: random.Random) -> str:
    kind = chance.random()
    text, n_words = (
        (_ENGLISH_TEXT, 100)
        if kind < 0.75
        else (_THAI_TEXT, 35)
        if kind < 0.93
        else (_CODE_TEXT, 60)
    )
    n_words = max(4, round(chance.gauss(n_words, n_words / 4)))
    return " ".join(chance.choices(text.split(), k=n_words))


def _row(chance: random.Random, pool: list[str], number: int) -> bytes:
    messages = [
        {"role": "system", "content": "You are a helpful assistant of the Tunedesk shop."},
        {"role": "user", "content": f"[{number}] {chance.choice(pool)}"},
        {"role": "assistant", "content": chance.choice(pool)},
    ]
    line = json.dumps({"messages": messages}, ensure_ascii=False).encode()
    return _broken(line, number) if number % _BREAK_EVERY == 7 else line


def _broken(line: bytes, number: int) -> bytes:
    ways = (
        lambda: line[: len(line) // 2],
        lambda: line.replace(b'"role": "user"', b'"role": "usr"'),
        lambda: line.replace(b'"messages"', b'"massages"'),
        lambda: b'{"messages": [{"role": "user", "content": 5}]}',
    )
    return ways[number // _BREAK_EVERY % len(ways)]()
