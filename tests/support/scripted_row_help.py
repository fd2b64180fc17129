"""Somebody who counts, previews and drafts as a test tells him to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from tunedesk.core.errors import TunedeskError
from tunedesk.core.learned import Learned, Piece
from tunedesk.services.dataset.row_help import Contender, Draft, RowHelp, RowLesson

BASE = Contender(provider_id="local", model="m", label="SmolLM2", kind="base")


class ScriptedDraft(Draft):
    """`say` and `finish` are what the model does."""

    def say(self, text: str) -> None:
        self._answering._pieces.append(text)

    def finish(self, reason: str | None, problem: TunedeskError | None = None) -> None:
        self._answering.finish_reason = reason
        self._answering.problem = problem
        self.over.set()

    over: asyncio.Event


class ScriptedRowHelp(RowHelp):
    """Tokens are words; `lessons` are told in turn."""

    def __init__(self) -> None:
        self.asked: list[Sequence[Mapping[str, Any]]] = []
        self.drafts: list[ScriptedDraft] = []
        self.lessons: list[RowLesson] = [lesson()]
        self.counted: list[Sequence[str]] = []

    async def count(self, texts: Sequence[str]) -> list[int]:
        self.counted.append(texts)
        return [len(text.split()) for text in texts]

    async def models(self) -> list[Contender]:
        return [BASE]

    def place_of(self, who: Contender) -> str:
        return who.provider_id

    def start_draft(self, model: Contender, messages: Sequence[Mapping[str, Any]]) -> Draft:
        self.asked.append(messages)
        made = ScriptedDraft(model, messages)
        made.over = asyncio.Event()
        self.drafts.append(made)
        return made

    async def write(self, draft: Draft) -> None:
        assert isinstance(draft, ScriptedDraft)
        await draft.over.wait()

    async def lesson(self, raw: bytes) -> RowLesson:
        return self.lessons.pop(0)


def lesson(*pieces: Piece, by_model: str = "", why: str = "engine_off", **more: Any) -> RowLesson:
    """A lesson of one reading."""
    counts = {"n_tokens": 30, "n_taught_tokens": 10, **more}
    return RowLesson(
        readings=[Learned(pieces=pieces or (Piece("a", True),), **counts)],
        by_model=by_model,
        why=why,
    )
