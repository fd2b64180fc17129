"""OpenAI's shapes of an answer: the completion, the chunk, the usage."""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import Any

import msgspec

from tunedesk import __version__
from tunedesk.engine.generation.protocol import Accepted, Done, TokenChance
from tunedesk.engine.models import Servable

END = b"data: [DONE]\n\n"


class Head(msgspec.Struct, frozen=True):
    """What every chunk of a reply repeats."""

    id: str
    model: str
    created_s: int
    fingerprint: str
    wants_usage: bool

    def chunk(self, choices: list[dict[str, Any]], usage: dict[str, Any] | None = None) -> bytes:
        """One server-sent event. Where usage is wanted, all chunks have it, null but the last."""
        body = {**self._common("chat.completion.chunk"), "choices": choices}
        return event({**body, "usage": usage} if self.wants_usage else body)

    def completion(self, choices: list[dict[str, Any]], usage: dict[str, Any]) -> dict[str, Any]:
        """The whole answer."""
        return {**self._common("chat.completion"), "choices": choices, "usage": usage}

    def _common(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created_s,
            "model": self.model,
            "service_tier": "default",
            "system_fingerprint": self.fingerprint,
        }


def event(body: dict[str, Any]) -> bytes:
    """A server-sent event."""
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"


def fingerprint(model: Servable) -> str:
    """The same as long as the same weights answer through the same version of this engine."""
    known = [__version__, model.id]
    for folder in (model.base_folder, model.adapter):
        for path in [] if folder is None else sorted(folder.glob("*.safetensors")):
            with contextlib.suppress(OSError):  # just deleted: the generator will say so
                stat = path.stat()
                known.append(f"{path.name} {stat.st_size} {stat.st_mtime_ns}")
    return "fp_" + hashlib.sha256("\n".join(known).encode()).hexdigest()[:10]


def chunk_choice(
    index: int,
    delta: dict[str, Any],
    *,
    logprobs: dict[str, Any] | None = None,
    finish_reason: str | None = None,
) -> dict[str, Any]:
    """One choice's share of a chunk."""
    common = {"index": index, "delta": delta, "logprobs": logprobs}
    return {**common, "finish_reason": finish_reason}


def call_deltas(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each call a delta that names it and one with its arguments."""
    deltas = []
    for at, call in enumerate(calls):
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        head = {"index": at, "id": call["id"], "type": "function"}
        deltas.append({**head, "function": {"name": name, "arguments": ""}})
        deltas.append({"index": at, "function": {"arguments": arguments}})
    return [{"tool_calls": [delta]} for delta in deltas]


def logprobs_object(chances: list[TokenChance]) -> dict[str, Any]:
    """`logprobs` of a choice."""
    return {"content": msgspec.to_builtins(chances), "refusal": None}


def usage_object(first: Accepted, done: Done) -> dict[str, Any]:
    """What was read and written, in tokens of the model that answered."""
    return {
        "prompt_tokens": first.prompt_tokens,
        "completion_tokens": done.completion_tokens,
        "total_tokens": first.prompt_tokens + done.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
