"""One choice of an answer, gathered from the generator's pieces."""

from __future__ import annotations

from typing import Any

from tunedesk.engine.api.chat_calls import CallWatch
from tunedesk.engine.api.chat_reply import call_deltas, chunk_choice, logprobs_object
from tunedesk.engine.generation.protocol import Ended, Piece, Start, TokenChance


class ChoiceUnderWay:
    """Gives what each chunk of a stream shows of it, and at the end the whole."""

    def __init__(self, order: Start, index: int) -> None:
        self._index = index
        self._wants_chances = order.top_logprobs is not None
        self._watch = CallWatch(is_on=bool(order.tools))
        self._text: list[str] = []
        self._chances: list[TokenChance] = []
        self._n_chances_shown = 0
        self._calls: list[dict[str, Any]] = []
        self._finish_reason: str | None = None

    def opened(self) -> dict[str, Any]:
        """The first chunk: who speaks."""
        return chunk_choice(self._index, {"role": "assistant", "content": "", "refusal": None})

    def take(self, piece: Piece) -> list[dict[str, Any]]:
        """What a piece adds to the stream; nothing while text is held back."""
        self._chances += piece.chances
        return self._shown(self._watch.feed(piece.text))

    def end(self, ended: Ended) -> list[dict[str, Any]]:
        """The last chunks: the text held back, or the calls that it was; then the reason."""
        rest, self._calls = self._watch.finish()
        if self._calls:
            self._chances.clear()
        self._finish_reason = ended.finish_reason
        if self._calls and ended.finish_reason == "stop":
            self._finish_reason = "tool_calls"
        deltas = [chunk_choice(self._index, delta) for delta in call_deltas(self._calls)]
        last = chunk_choice(self._index, {}, finish_reason=self._finish_reason)
        return [*self._shown(rest), *deltas, last]

    def whole(self) -> dict[str, Any]:
        """The finished choice of a plain answer."""
        text = "".join(self._text)
        content = None if self._calls and not text else text
        message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
        message["annotations"] = []
        if self._calls:
            message["tool_calls"] = self._calls
        logprobs = logprobs_object(self._chances) if self._wants_chances else None
        choice = {"index": self._index, "message": message, "logprobs": logprobs}
        return {**choice, "finish_reason": self._finish_reason}

    def _shown(self, text: str) -> list[dict[str, Any]]:
        chances = self._chances[self._n_chances_shown :]
        if not text and (self._watch.is_holding or not chances):
            return []
        self._text.append(text)
        self._n_chances_shown = len(self._chances)
        logprobs = logprobs_object(chances) if self._wants_chances else None
        return [chunk_choice(self._index, {"content": text}, logprobs=logprobs)]
