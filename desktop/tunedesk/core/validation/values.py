"""Rules on the values anywhere in a row, whatever its format."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tunedesk.core.json_text import decode_text
from tunedesk.core.validation.findings import Finding, Findings, child, error, quoted, warning

MAX_DEPTH = 64

SPECIAL_TOKEN = re.compile(r"<\|(?:endoftext|endofprompt|im_start|im_end|im_sep|fim_[a-z]+)\|>")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def check_values(value: Any) -> Findings:
    """Findings of all rules on texts and numbers, in the order of the row."""
    for path, item, _depth in _walk(value):
        if isinstance(item, str):
            yield from check_text(item, path)
        elif isinstance(item, float) and not math.isfinite(item):
            yield _not_finite(path)


def too_deep_at(value: Any) -> str | None:
    """Path of the first list or object more than 64 deep; None if there is none."""
    for path, item, depth in _walk(value):
        if depth > MAX_DEPTH and isinstance(item, list | dict):
            return path
    return None


def too_deep(path: str) -> Finding:
    """The finding for such a row; nothing else is said of it, since other rules may recurse."""
    short = path if len(path) < 80 else f"{path[:79]}…"
    return error(
        "deep_nesting",
        short,
        "Lists or objects are nested more than {most} deep; services refuse such rows.",
        "Replace the row; an example needs only a few levels.",
        most=MAX_DEPTH,
    )


def is_plain(value: Any, raw: bytes) -> bool:
    """Whether none of these rules can find anything; level by level, without any path."""
    n_keys, level = 0, [value]
    for _depth in range(MAX_DEPTH):
        if not all(map(_is_plain_item, level)):
            return False
        objects = [item for item in level if isinstance(item, dict)]
        n_keys += sum(map(len, objects))
        level = [inside for item in objects for inside in item.values()] + [
            inside for item in level if isinstance(item, list) for inside in item
        ]
        if not level:
            return keys_are_counted(raw, n_keys)
    return False


def keys_are_counted(raw: bytes, n_keys: int) -> bool:
    """True only if no key of the row stands twice, where `n_keys` were left after reading.

    Reading drops repeated keys, so this counts the colons after quotes. A quote and colon inside
    a text count too much, which only sends the row the slow way; a colon set off from its quote
    by white space would count too little.
    """
    return raw.count(b'":') == n_keys and not (
        b'" :' in raw or b"  :" in raw or b"\t" in raw or b"\r" in raw or b"\n" in raw
    )


def _is_plain_item(item: Any) -> bool:
    if isinstance(item, str):
        return not ("<|" in item or "\x00" in item) and (item.isascii() or _is_whole(item))
    return not isinstance(item, float) or math.isfinite(item)


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def check_text(text: str, path: str) -> Findings:
    """Rules on one text: special tokens, lone surrogates, NUL characters."""
    if "<|" in text:
        yield from special_tokens(text, path)
    if not text.isascii() and (found := _LONE_SURROGATE.search(text)):
        yield error(
            "lone_surrogate",
            path,
            "The text holds half a character ({character}), which UTF-8 cannot write; training "
            "would stop at it.",
            "Delete it or type the character anew.",
            character=f"\\u{ord(found[0]):04x}",
        )
    if "\x00" in text:
        yield warning(
            "nul_character",
            path,
            "The text holds a NUL character (\\u0000), which some services refuse or cut at.",
            "Delete the character.",
        )


def special_tokens(text: str, path: str) -> Findings:
    """Tokens that mark the bounds of messages; services refuse them inside texts."""
    for token in sorted(set(SPECIAL_TOKEN.findall(text))):
        yield error(
            "special_token",
            path,
            "The text holds the special token {token}, which marks the bounds of messages; "
            "services refuse the whole file for it.",
            "Remove {token}, or write it otherwise.",
            token=token,
        )


def duplicate_keys(raw: bytes) -> Findings:
    """Keys that stand twice in one object. `raw` must have been read, and not be nested deeply."""
    tree = json.loads(decode_text(raw), object_pairs_hook=_Pairs, parse_int=len)
    for path, item, _depth in _walk(tree):
        if isinstance(item, _Pairs):
            for key, times in Counter(key for key, _ in item.pairs).items():
                if times > 1:
                    yield _duplicate(child(path, key), key, times)


class _Pairs:
    """An object with every member it was written with."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


def _walk(value: Any) -> Iterator[tuple[str, Any, int]]:
    """Every value with its path and depth (1 is the row itself), in order; without recursion."""
    yield "$", value, 1
    open_groups = [_inside("$", value)]
    while open_groups:
        step = next(open_groups[-1], None)
        if step is None:
            open_groups.pop()
            continue
        yield *step, len(open_groups) + 1
        open_groups.append(_inside(*step))


def _inside(path: str, item: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(item, list):
        yield from ((f"{path}[{i}]", inside) for i, inside in enumerate(item))
    elif isinstance(item, dict | _Pairs):
        pairs = item.pairs if isinstance(item, _Pairs) else item.items()
        for key, inside in pairs:
            yield child(path, key), inside


def _not_finite(path: str) -> Finding:
    return error(
        "not_finite",
        path,
        "NaN and infinite numbers are not valid JSON, nor is one too large to be held; services "
        "refuse the row.",
        "Write an ordinary number or null.",
    )


def _duplicate(path: str, key: str, times: int) -> Finding:
    return error(
        "duplicate_key",
        path,
        "The key {key} stands {times} times in one object; only one of its values counts, the "
        "others are lost without a word.",
        "Keep one of them.",
        key=quoted(key),
        times=times,
    )
