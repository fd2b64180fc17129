"""What the editor of one row asks others for: tokens, what is learned, and drafts of a reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tunedesk.core.chat import ChatRequest, ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.core.learned import Learned, learned_by_rule
from tunedesk.core.messages import as_asked
from tunedesk.core.rows import RowError, parse_row
from tunedesk.core.tokens import TokenCounter
from tunedesk.providers.profiles import LOCAL, Profile
from tunedesk.services.compare.answering import Answering
from tunedesk.services.compare.comparison import Comparison, Contender
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.work.background import Background

__all__ = ["Contender", "Draft", "RowHelp", "RowLesson"]

DRAFT_TOKENS = 512


class RowLesson(msgspec.Struct, frozen=True, kw_only=True):
    """`by_model` names who read the row; "" where the rule was used, then `why` says why."""

    readings: Sequence[Learned]
    by_model: str = ""
    why: str = ""


class Draft:
    """One reply that a model writes; nothing of it is in the row."""

    def __init__(self, model: Contender, messages: Sequence[Mapping[str, Any]]) -> None:
        self.model = model
        self._answering = Answering(model)
        self._messages = messages

    @property
    def text(self) -> str:
        """What came so far."""
        return self._answering.text

    @property
    def is_complete(self) -> bool:
        """Whether the model said that it is finished; if not, it was cut off."""
        return self._answering.finish_reason == "stop"

    @property
    def problem(self) -> TunedeskError | None:
        """What went wrong, if anything."""
        return self._answering.problem

    async def run(self, providers: Providers) -> None:
        """Stream the reply; never raises, and cancelling cuts it off."""
        request = ChatRequest(
            model=self.model.model,
            messages=[as_asked(message) for message in self._messages],
            settings=ChatSettings(max_tokens=DRAFT_TOKENS),
        )
        await self._answering.run(providers, request)


class RowHelp:
    """One for each open project; everything is called on the loop's thread."""

    def __init__(
        self,
        project: Project,
        providers: Providers,
        comparison: Comparison,
        background: Background,
    ) -> None:
        self._project = project
        self._providers = providers
        self._comparison = comparison
        self._background = background

    async def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens (o200k_base) of each text, off this thread. Raises TunedeskError."""
        counter = await self._project.tokens.counter()
        return await self._background.run(lambda: [counter.count(text) for text in texts])

    async def models(self) -> list[Contender]:
        """Who can draft: this computer's models first. Raises TunedeskError if there is nobody."""
        found = await self._comparison.contenders()
        can_write = [one for one in found if not one.is_frozen]
        return sorted(can_write, key=lambda one: not self._is_local(one))

    def place_of(self, who: Contender) -> str:
        """The name of its provider, who gets the row."""
        return self._comparison.place_of(who)

    def start_draft(self, model: Contender, messages: Sequence[Mapping[str, Any]]) -> Draft:
        """A reply to these messages; `write` writes it."""
        return Draft(model, messages)

    async def write(self, draft: Draft) -> None:
        """Have the draft written. Never raises; cancelling cuts it off."""
        await draft.run(self._providers)

    async def lesson(self, raw: bytes) -> RowLesson:
        """What the row teaches, as the engine's base model reads it; by rule where it cannot say.

        Never starts the engine. Raises TunedeskError if tokens cannot be counted.
        """
        why = "engine_off"
        if self._providers.engine.status.state == "ready":
            try:
                return await self._asked_engine(raw)
            except TunedeskError as error:
                why = f"{error.title} {error.what}"
            except RowError as error:
                why = str(error)
        elif self._providers.engine.status.state == "starting":
            why = "engine_starting"
        counter = await self._project.tokens.counter()
        limit_tokens = self._local().max_row_tokens
        readings = await self._background.run(_by_rule, raw, counter, limit_tokens)
        return RowLesson(readings=readings, why=why)

    async def _asked_engine(self, raw: bytes) -> RowLesson:
        profile = self._local()
        provider = await self._providers.get(profile.id)
        bases = [model for model in await provider.models() if model.kind == "base"]
        if not bases:
            raise TunedeskError("no_base", "No model is here.", "The engine has none.", "")
        row = await self._background.run(parse_row, raw)
        readings = await provider.preview(bases[0].id, row)
        return RowLesson(readings=readings, by_model=profile.model_label(bases[0].id))

    def _local(self) -> Profile:
        return self._providers.profile(LOCAL)

    def _is_local(self, model: Contender) -> bool:
        try:
            return self._providers.profile(model.provider_id).is_local
        except TunedeskError:
            return False


def _by_rule(raw: bytes, counter: TokenCounter, limit_tokens: int | None) -> list[Learned]:
    try:
        return learned_by_rule(raw, counter, limit_tokens)
    except RowError:
        return []
