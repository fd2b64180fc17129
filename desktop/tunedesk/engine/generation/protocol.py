"""The lines between the API process and the generator."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Sampling(msgspec.Struct, frozen=True, kw_only=True):
    """How the next token is chosen; OpenAI's fields and ranges. `logit_bias` is by token id."""

    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    logit_bias: dict[int, float] = {}


class Start(msgspec.Struct, frozen=True, kw_only=True, tag="start"):
    """Please answer, `n` times. `adapter` is the folder of a LoRA adapter, None for the base.

    `top_logprobs` None: no log probabilities. `opening` is text that the reply has to begin with;
    `starts` are beginnings of the JSON object behind it, of which it takes one.
    """

    id: str
    base_folder: str
    adapter: str | None
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]] | None = None
    max_tokens: int | None = None
    sampling: Sampling = Sampling()
    stop: list[str] = []
    n: int = 1
    top_logprobs: int | None = None
    is_json: bool = False
    opening: str = ""
    starts: list[str] = []


class Cancel(msgspec.Struct, frozen=True, kw_only=True, tag="cancel"):
    """Nobody listens any more. No further line of this request will be read."""

    id: str


class Warm(msgspec.Struct, frozen=True, kw_only=True, tag="warm"):
    """A question is likely soon: please load this base."""

    base_folder: str


Order = Start | Cancel | Warm


class RivalChance(msgspec.Struct, frozen=True, kw_only=True):
    """A token that might have been; named as on OpenAI's wire."""

    token: str
    logprob: float
    bytes: list[int]


class TokenChance(RivalChance, frozen=True, kw_only=True):
    """A token of the reply, with the likeliest at its place."""

    top_logprobs: list[RivalChance]


class Accepted(msgspec.Struct, frozen=True, kw_only=True, tag="accepted"):
    """The request is sound; pieces follow, perhaps after some waiting."""

    id: str
    prompt_tokens: int


class Piece(msgspec.Struct, frozen=True, kw_only=True, tag="piece"):
    """Some text of choice `index`, always whole characters, and the chances of its tokens."""

    id: str
    index: int
    text: str
    chances: list[TokenChance] = []


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag="ended"):
    """One choice is complete."""

    id: str
    index: int
    finish_reason: Literal["stop", "length"]


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """All choices are complete."""

    id: str
    completion_tokens: int


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """The reply failed; `status` 400 before it began, 429 too busy, 500 for our own fault."""

    id: str
    status: int
    message: str
    code: str | None = None
    param: str | None = None


Reply = Accepted | Piece | Ended | Done | Refused
