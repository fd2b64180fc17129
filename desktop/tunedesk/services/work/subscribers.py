"""Whoever wants to be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Subscribers(Generic[P]):
    """Callbacks, called in the order they came."""

    def __init__(self) -> None:
        self._callbacks: dict[object, Callable[P, object]] = {}

    def add(self, callback: Callable[P, object]) -> Callable[[], None]:
        """Returns what ends the subscription; calling that twice is harmless."""
        ticket = object()
        self._callbacks[ticket] = callback

        def end() -> None:
            self._callbacks.pop(ticket, None)

        return end

    def tell(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call everyone who is subscribed now."""
        for callback in list(self._callbacks.values()):
            callback(*args, **kwargs)

    def clear(self) -> None:
        """Nobody is told any more."""
        self._callbacks.clear()
