"""The lines between the API process and the generator."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Start(msgspec.Struct, frozen=True, kw_only=True, tag="start"):
    """Please answer. `adapter` is the folder of a LoRA adapter, None for the base itself."""

    id: str
    base_folder: str
    adapter: str | None
    messages: list[dict[str, Any]]
    max_tokens: int | None = None
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    stop: list[str] = []


class Cancel(msgspec.Struct, frozen=True, kw_only=True, tag="cancel"):
    """Nobody listens any more. No further line of this request will be read."""

    id: str


class Warm(msgspec.Struct, frozen=True, kw_only=True, tag="warm"):
    """A question is likely soon: please load this base."""

    base_folder: str


Order = Start | Cancel | Warm


class Accepted(msgspec.Struct, frozen=True, kw_only=True, tag="accepted"):
    """The request is sound; pieces follow."""

    id: str
    prompt_tokens: int


class Piece(msgspec.Struct, frozen=True, kw_only=True, tag="piece"):
    """Some text, always whole characters."""

    id: str
    text: str


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """The reply is complete."""

    id: str
    finish_reason: Literal["stop", "length"]
    completion_tokens: int


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """The reply failed; `status` 400 before it began, 500 for our own fault."""

    id: str
    status: int
    message: str
    code: str | None = None
    param: str | None = None


Reply = Accepted | Piece | Done | Refused
