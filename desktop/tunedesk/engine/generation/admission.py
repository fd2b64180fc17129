"""Who may begin: as many as memory allows, one base at a time, nobody forever last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

_MOST_AT_ONCE = 4  # more would only slow each down: tokens are made one after another
_MOST_OVERTAKEN = 8


class Asking(Protocol):
    """What has to be known of a request."""

    @property
    def base_folder(self) -> str:
        """The base it needs; only one is in memory."""

    @property
    def room_tokens(self) -> int:
        """Tokens that its conversations may come to hold."""


A = TypeVar("A", bound=Asking)


class Admission(Generic[A]):
    """First come, first served, but whoever fits in beside those who run may go ahead.

    So two bases asked in turn are not loaded in turn. Who was overtaken eight times is overtaken
    no more: then all behind wait until it has begun.
    """

    def __init__(self) -> None:
        self._waiting: list[A] = []
        self._overtaken: list[int] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, asking: A) -> None:
        """Joins the end of the queue."""
        self._waiting.append(asking)
        self._overtaken.append(0)

    def leave(self, is_gone: Callable[[A], bool]) -> list[A]:
        """Takes those out who wait for nothing any more, and returns them."""
        gone = [asking for asking in self._waiting if is_gone(asking)]
        for asking in gone:
            self._remove(self._waiting.index(asking))
        return gone

    def next(self, running: Sequence[A], budget_tokens: int) -> A | None:
        """The one to begin now, beside those `running`. With nobody running, the first."""
        for at, asking in enumerate(self._waiting):
            if _fits(asking, running, budget_tokens):
                self._overtaken[:at] = [times + 1 for times in self._overtaken[:at]]
                return self._remove(at)
            if self._overtaken[at] >= _MOST_OVERTAKEN:
                return None
        return None

    def _remove(self, at: int) -> A:
        del self._overtaken[at]
        return self._waiting.pop(at)


def _fits(asking: Asking, running: Sequence[Asking], budget_tokens: int) -> bool:
    if not running:
        return True  # however large: it is cut to the budget
    used = sum(min(other.room_tokens, budget_tokens) for other in running)
    return (
        len(running) < _MOST_AT_ONCE
        and running[0].base_folder == asking.base_folder
        and used + asking.room_tokens <= budget_tokens
    )
