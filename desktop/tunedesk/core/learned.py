"""What a model is taught by a row, and what a limit cuts off: as read, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tunedesk.core.messages import is_trained, role_of, text_of
from tunedesk.core.rows import Format, format_of, parse_row
from tunedesk.core.tokens import TokenCounter

MOST_CHARS = 20_000
"""More of a row is not shown; counts are of all of it."""


class Piece(msgspec.Struct, frozen=True):
    """Text that is taught or not; `is_lost` lies behind the limit and is never read."""

    text: str
    is_taught: bool
    is_lost: bool = False


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of a row; `name` tells a pair's two readings apart ("preferred", …)."""

    pieces: tuple[Piece, ...]
    n_tokens: int
    n_taught_tokens: int
    limit_tokens: int | None = None
    n_lost_tokens: int = 0
    name: str = ""
    is_shortened: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether the row is longer than the limit."""
        return self.limit_tokens is not None and self.n_tokens > self.limit_tokens


def learned_by_rule(
    raw: bytes, counter: TokenCounter, limit_tokens: int | None = None
) -> list[Learned]:
    """What is taught by rule: assistants' texts of weight other than 0, completions, both answers
    of a pair. An estimate: a model's own template adds tokens. Raises RowError."""
    return [_counted(name, pieces, counter, limit_tokens) for name, pieces in _readings(raw)]


def merged(pieces: Iterator[Piece]) -> tuple[tuple[Piece, ...], bool]:
    """Neighbours of one kind as one piece, cut after MOST_CHARS; whether it was cut."""
    texts: list[list[str]] = []
    kinds: list[tuple[bool, bool]] = []
    n_chars = 0
    for piece in pieces:
        kind = (piece.is_taught, piece.is_lost)
        if not kinds or kinds[-1] != kind:
            kinds.append(kind)
            texts.append([])
        texts[-1].append(piece.text[: MOST_CHARS - n_chars])
        n_chars += len(piece.text)
        if n_chars > MOST_CHARS:
            break
    made = (Piece("".join(text), *kind) for text, kind in zip(texts, kinds, strict=True))
    return tuple(made), n_chars > MOST_CHARS


def _readings(raw: bytes) -> list[tuple[str, list[Piece]]]:
    value = parse_row(raw)
    match format_of(value):
        case Format.CHAT:
            return [("", _messages(value.get("messages")))]
        case Format.COMPLETION:
            return [("", [_said(value.get("prompt"), False), _said(value.get("completion"), True)])]
        case Format.PREFERENCE:
            asked = value.get("input")
            prompt = _messages(asked.get("messages") if isinstance(asked, Mapping) else None, False)
            return [
                ("preferred", prompt + _messages(value.get("preferred_output"))),
                ("non_preferred", prompt + _messages(value.get("non_preferred_output"))),
            ]
    return []


def _messages(value: object, may_teach: bool = True) -> list[Piece]:
    pieces: list[Piece] = []
    for message in value if isinstance(value, list) else []:
        pieces.append(Piece(f"{role_of(message)}: ", False))
        pieces.append(Piece(text_of(message), may_teach and is_trained(message)))
        pieces.append(Piece("\n", False))
    return pieces


def _said(value: object, is_taught: bool) -> Piece:
    return Piece(text_of({"content": value}), is_taught)


def _counted(
    name: str, pieces: list[Piece], counter: TokenCounter, limit_tokens: int | None
) -> Learned:
    n_tokens = n_taught = n_lost = 0
    shown: list[Piece] = []
    for piece in pieces:
        n_here = counter.count(piece.text)
        room = n_here if limit_tokens is None else max(0, limit_tokens - n_tokens)
        shown += _cut(piece, n_here, room)
        n_tokens += n_here
        n_taught += min(n_here, room) * piece.is_taught
        n_lost += max(0, n_here - room) * piece.is_taught
    kept, is_shortened = merged(iter(shown))
    return Learned(
        pieces=kept,
        n_tokens=n_tokens,
        n_taught_tokens=n_taught,
        limit_tokens=limit_tokens,
        n_lost_tokens=n_lost,
        name=name,
        is_shortened=is_shortened,
    )


def _cut(piece: Piece, n_here: int, room: int) -> list[Piece]:
    """The piece, or its two sides of the limit; where exactly is an estimate by length."""
    if n_here <= room:
        return [piece]
    at = len(piece.text) * room // n_here
    sides = [Piece(piece.text[:at], piece.is_taught), Piece(piece.text[at:], False, True)]
    return [side for side in sides if side.text]


def learned_from_preview(answer: Mapping[str, Any]) -> list[Learned]:
    """The readings in an engine's answer to a preview; [] for anything of another shape."""
    if isinstance(answer.get("tokens"), list):
        return [_view(answer, "")]
    named = [(name, answer.get(name)) for name in ("preferred", "non_preferred")]
    return [_view(view, name) for name, view in named if isinstance(view, Mapping)]


def _view(view: Mapping[str, Any], name: str) -> Learned:
    limit, cut_at = _whole(view.get("limit_tokens")), _whole(view.get("cut_at"))
    tokens = view.get("tokens")
    listed = tokens if isinstance(tokens, list) else []
    n_tokens = _whole(view.get("n_tokens")) or len(listed)
    pieces, is_shortened = merged(_token_pieces(listed, cut_at))
    return Learned(
        pieces=pieces,
        n_tokens=n_tokens,
        n_taught_tokens=_whole(view.get("n_trained_tokens")) or 0,
        limit_tokens=limit,
        n_lost_tokens=_whole(view.get("lost_trained_tokens")) or 0,
        name=name,
        is_shortened=is_shortened or len(listed) < n_tokens,
    )


def _token_pieces(listed: list[Any], cut_at: int | None) -> Iterator[Piece]:
    for index, token in enumerate(listed):
        if isinstance(token, Mapping) and isinstance(token.get("text"), str):
            is_lost = cut_at is not None and index >= cut_at
            yield Piece(token["text"], token.get("trained") is True, is_lost)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
