"""Rows that are longer than a model reads: where they are cut, and what is lost by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tunedesk.core.messages import content_text
from tunedesk.core.rows import Format, format_of
from tunedesk.core.tokens import TokenCounter
from tunedesk.core.validation.findings import Finding, child, error, warning

_FIX = (
    "Shorten what stands before the reply, make several rows of it, or choose a model that reads "
    "more."
)


class Target(NamedTuple):
    """The model that the rows are for. Tokens beyond `limit_tokens` of a row are cut off."""

    model: str
    limit_tokens: int
    counter: TokenCounter


class _Piece(NamedTuple):
    """`n_taught` of the `n_tokens` are taught, and stand at the end of the piece."""

    path: str
    n_tokens: int
    n_taught: int


class Cut(NamedTuple):
    """`path` is the message in which the limit falls; `n_lost` of `n_taught` tokens are lost."""

    path: str
    n_tokens: int
    n_taught: int
    n_lost: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left of what would be taught."""
        return self.n_lost == self.n_taught


def may_be_over(raw: bytes, target: Target) -> bool:
    """Whether a row must be counted at all: a token is a byte or more of it."""
    return len(raw) > target.limit_tokens


def cut_of(row: Any, target: Target) -> Cut | None:
    """The cut of a parsed row; of a pair's two readings the one that loses more. An estimate."""
    readings = (_cut(reading, target.limit_tokens) for reading in _readings(row, target))
    cuts = [cut for cut in readings if cut is not None]
    return max(cuts, key=lambda cut: (cut.n_lost, cut.n_tokens), default=None)


def over_long_rows(tokens: Sequence[int], limit_tokens: int) -> list[int]:
    """Rows, from 0, whose counted tokens are more than the limit."""
    return [row for row, n_tokens in enumerate(tokens) if n_tokens > limit_tokens]


def _readings(row: Any, target: Target) -> list[list[_Piece]]:
    counter = target.counter
    match format_of(row):
        case Format.CHAT:
            return [_messages(row["messages"], "$.messages", counter)]
        case Format.COMPLETION:
            return [_completion(row, counter)]
        case Format.PREFERENCE:
            asked = row.get("input")
            listed = asked.get("messages") if isinstance(asked, dict) else None
            prompt = [
                piece._replace(n_taught=0)
                for piece in _messages(listed, "$.input.messages", counter)
            ]
            outputs = ("preferred_output", "non_preferred_output")
            return [prompt + _messages(row.get(key), f"$.{key}", counter) for key in outputs]
    return []


def _messages(messages: object, path: str, counter: TokenCounter) -> list[_Piece]:
    around = counter.conversation([])
    return [
        _Piece(
            child(path, index),
            counter.conversation([message]) - around,
            counter.trained([message]),
        )
        for index, message in enumerate(messages if isinstance(messages, list) else ())
        if isinstance(message, Mapping)
    ]


def _completion(row: Mapping[str, Any], counter: TokenCounter) -> list[_Piece]:
    asked, answered = (
        counter.count(content_text(row.get(key))) for key in ("prompt", "completion")
    )
    return [_Piece("$.prompt", asked, 0), _Piece("$.completion", answered, answered)]


def _cut(pieces: list[_Piece], limit: int) -> Cut | None:
    """None for a reading within the limit."""
    end = n_lost = 0
    path = ""
    for piece in pieces:
        end += piece.n_tokens
        if end > limit:
            path = path or piece.path
            n_lost += min(piece.n_taught, end - limit)
    if not path:
        return None
    return Cut(path, end, sum(piece.n_taught for piece in pieces), n_lost)


def cut_finding(cut: Cut, model: str, limit_tokens: int) -> Finding:
    """What a cut is in words; `model` is its name for people."""
    if cut.is_whole:
        return error(
            "over_long",
            cut.path,
            "The row has about {tokens} tokens, but {model} reads {limit} of them: it is cut "
            "within this message, before anything that is taught, so nothing of it is learned.",
            _FIX,
            **_params(cut, model, limit_tokens),
        )
    if cut.n_lost:
        return warning(
            "over_long",
            cut.path,
            "The row has about {tokens} tokens, but {model} reads {limit} of them: it is cut "
            "within this message, and {lost} of the {taught} tokens that are taught are lost.",
            _FIX,
            **_params(cut, model, limit_tokens),
        )
    return warning(
        "over_long",
        cut.path,
        "The row has about {tokens} tokens, but {model} reads {limit} of them: it is cut within "
        "this message. What is taught stands before the cut.",
        _FIX,
        **_params(cut, model, limit_tokens),
    )


def _params(cut: Cut, model: str, limit_tokens: int) -> dict[str, str | int]:
    return {
        "tokens": cut.n_tokens,
        "model": model,
        "limit": limit_tokens,
        "lost": cut.n_lost,
        "taught": cut.n_taught,
    }
