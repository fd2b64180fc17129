"""From tokens to text that can be shown: whole characters only, and nothing of a stop sequence."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream


class TextStream:
    """Feed tokens, get the text that is certain. After `stopped`, nothing more comes."""

    def __init__(self, tokenizer: Tokenizer, stops: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._decoder = DecodeStream(skip_special_tokens=True)
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.n_known = 0
        self.stopped = False

    @property
    def n_certain(self) -> int:
        """Characters given out so far; `n_known` counts those held back too."""
        return self.n_known - len(self._held)

    def feed(self, token: int) -> str:
        """Text that became certain with this token; often empty inside a character."""
        piece = self._decoder.step(self._tokenizer, token)
        if not piece:
            return ""
        self._held += piece
        self.n_known += len(piece)
        return self._release()

    def _release(self) -> str:
        found = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            text = self._held[: min(found)]
            self.n_known += len(text) - len(self._held)
            self._held = ""
            return text
        keep = self._possible_start()
        cut = len(self._held) - keep
        text, self._held = self._held[:cut], self._held[cut:]
        return text

    def _possible_start(self) -> int:
        """Length of the tail that may yet become a stop sequence."""
        longest = max((len(stop) - 1 for stop in self._stops), default=0)
        for length in range(min(longest, len(self._held)), 0, -1):
            tail = self._held[-length:]
            if any(stop.startswith(tail) for stop in self._stops):
                return length
        return 0

    def rest(self) -> str:
        """What was held back, once the reply is over without a stop sequence."""
        text, self._held = self._held, ""
        return text
