"""How many tokens a model on this computer makes of rows, beside those that are counted of all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.core.model_tokens import ModelCounter
from tunedesk.core.row_tokens import count_row
from tunedesk.core.tokens import TokenCounter
from tunedesk.services.check.tokens import Tokens
from tunedesk.services.work.background import Background

_MOST_ROWS = 200
"""Rows that are counted both ways, evenly spread; of fewer, every one."""


def tokenizer_of(models_folder: Path, model: str) -> Path:
    """Where the file lies that a model here counts by; a tuned one counts as its base."""
    base = model.split(":")[1] if model.startswith("ft:") else model
    return models_folder / base / "tokenizer.json"


class OwnTokens:
    """`row(index)` may be called in another thread."""

    def __init__(self, row: Callable[[int], bytes], tokens: Tokens, background: Background) -> None:
        self._row, self._tokens, self._background = row, tokens, background
        self._counter: tuple[Path, ModelCounter] | None = None
        self._known: tuple[tuple[Path, int], float] | None = None

    async def times(self, tokenizer: Path, n_rows: int, version: int) -> float:
        """How many times as many as were counted; 1 where that cannot be known. Kept for this
        `version` of the rows."""
        question = (tokenizer, version)
        if self._known is None or self._known[0] != question:
            try:
                counter = await self._tokens.counter()
                found = await self._background.run(self._times, tokenizer, n_rows, counter)
            except TunedeskError:
                return 1.0
            self._known = (question, found)
        return self._known[1]

    def _times(self, tokenizer: Path, n_rows: int, counter: TokenCounter) -> float:
        """In a thread."""
        if self._counter is None or self._counter[0] != tokenizer:
            self._counter = tokenizer, ModelCounter(tokenizer)
        step = max(1, n_rows // _MOST_ROWS)
        rows = list(self._rows(range(0, n_rows, step)))
        counted = sum(count_row(raw, counter).total for raw in rows)
        own = sum(count_row(raw, self._counter[1]).total for raw in rows)
        return own / counted if counted and own else 1.0

    def _rows(self, indices: Iterable[int]) -> Iterable[bytes]:
        for index in indices:
            try:
                yield self._row(index)
            except IndexError:
                return  # it went meanwhile
