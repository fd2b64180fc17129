"""The prompts of the test set, read from the dataset one at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from tunedesk.core.rows import RowError, prompt_digest, prompt_messages, reference_reply

Messages = Sequence[Mapping[str, Any]]


class Rows(Protocol):
    """What is needed of a DatasetSession."""

    def row(self, index: int) -> bytes: ...

    def rows_of(self, side: Any) -> list[int]: ...


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """What both models are asked; `digest` and `reference` are empty for a typed prompt."""

    messages: Messages
    digest: str = ""
    reference: str = ""


class TestSet:
    """Walks the held-out rows of a dataset in their order. Rows that cannot be asked are passed."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    def __init__(self, session: Rows | None) -> None:
        self._session = session
        self._rows = session.rows_of("test") if session is not None else []
        self.index = 0

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def current(self) -> Prompt | None:
        """The prompt at `index`, None past the end or where the row has no prompt."""
        if self._session is None or not 0 <= self.index < len(self._rows):
            return None
        return read_prompt(self._session.row(self._rows[self.index]))

    @property
    def at_end(self) -> bool:
        return self.index >= len(self._rows)

    def seek(self, voted: Collection[str]) -> None:
        """Go to the first prompt that can be asked and is not in `voted`, from `index` on."""
        while not self.at_end:
            prompt = self.current
            if prompt is not None and prompt.digest not in voted:
                return
            self.index += 1

    def has_rows_of(self, other: TestSet) -> bool:
        """Whether `other` walks the same rows of the same dataset."""
        return self._session is other._session and self._rows == other._rows


def read_prompt(raw: bytes) -> Prompt | None:
    """The prompt of a row, None if the row has none that can be asked."""
    try:
        messages = prompt_messages(raw)
        if not messages:
            return None
        return Prompt(messages=messages, digest=prompt_digest(raw), reference=reference_reply(raw))
    except RowError:
        return None
