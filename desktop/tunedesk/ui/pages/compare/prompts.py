"""The prompts of the test set, one after another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tunedesk.services.compare.comparison import HeldOutPrompt

Messages = Sequence[Mapping[str, Any]]


def typed_prompt(messages: Messages) -> HeldOutPrompt:
    """A prompt that comes from no row: no digest, no reference."""
    return HeldOutPrompt(messages=messages, reference="", digest="")


class TestSet:
    """Walks held-out prompts in their order; `index` is where the walk is, from 0."""

    __test__ = False  # no test class, whatever pytest makes of the name

    def __init__(self, prompts: Sequence[HeldOutPrompt] = ()) -> None:
        self._prompts = list(prompts)
        self.index = 0

    def __len__(self) -> int:
        return len(self._prompts)

    @property
    def prompts(self) -> Sequence[HeldOutPrompt]:
        """All of them, in order."""
        return self._prompts

    @property
    def current(self) -> HeldOutPrompt | None:
        """The prompt at `index`, None past the end."""
        return self._prompts[self.index] if not self.at_end else None

    @property
    def at_end(self) -> bool:
        return self.index >= len(self._prompts)

    def seek(self, voted: Collection[str]) -> None:
        """Go to the first prompt from `index` on whose digest is not in `voted`."""
        while not self.at_end and self._prompts[self.index].digest in voted:
            self.index += 1

    def equals(self, other: TestSet) -> bool:
        """Whether `other` has the same prompts in the same order."""
        return self._prompts == other._prompts
