"""JSON on many lines for reading, on one for a row; only white space between values changes."""

from __future__ import annotations

import re

_PART = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def formatted(text: str, indent: int = 2) -> str:
    """Valid JSON with one member or element a line; numbers and escapes stay as written."""
    out: list[str] = []
    depth = 0
    parts = _PART.findall(text)
    for index, part in enumerate(parts):
        if part in "{[":
            is_empty = index + 1 < len(parts) and parts[index + 1] in "}]"
            depth += 1
            out.append(part if is_empty else f"{part}\n{' ' * indent * depth}")
        elif part in "}]":
            depth -= 1
            was_empty = index > 0 and parts[index - 1] in "{["
            out.append(part if was_empty else f"\n{' ' * indent * depth}{part}")
        elif part == ",":
            out.append(f",\n{' ' * indent * depth}")
        else:
            out.append(": " if part == ":" else part)
    return "".join(out)


def compacted(text: str) -> str:
    """Valid JSON on one line, with a space after each comma and colon."""
    spaced = {",": ", ", ":": ": "}
    return "".join(spaced.get(part, part) for part in _PART.findall(text))


def same_but_for_space(one: str, other: str) -> bool:
    """Whether two JSON texts differ only in white space between values."""
    return one == other or _PART.findall(one) == _PART.findall(other)
