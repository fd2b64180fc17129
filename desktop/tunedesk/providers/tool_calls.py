"""Tool calls of a streamed reply, which come in pieces by their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunedesk.providers import wire

_MOST = 128  # OpenAI allows no more; a stream with others is out of its mind
_MOST_CHARS = 1_000_000


class ToolCalls:
    """Takes each delta; whatever has another shape is passed over."""

    def __init__(self) -> None:
        self._found: dict[int, dict[str, str]] = {}
        self._n_chars = 0

    def take(self, delta: object) -> None:
        """The pieces of one chunk."""
        pieces = wire.field(delta, "tool_calls")
        for piece in pieces if isinstance(pieces, list) else ():
            place = wire.field(piece, "index")
            if isinstance(place, int) and 0 <= place < _MOST and self._n_chars < _MOST_CHARS:
                self._add(place, piece)

    def _add(self, place: int, piece: object) -> None:
        call = self._found.setdefault(place, {"id": "", "name": "", "arguments": ""})
        function = wire.field(piece, "function")
        call["id"] = wire.text_in(piece, "id") or call["id"]
        call["name"] = wire.text_in(function, "name") or call["name"]
        more = wire.text_in(function, "arguments") or ""
        call["arguments"] += more
        self._n_chars += len(more)

    def whole(self) -> tuple[Mapping[str, Any], ...]:
        """All of them as an assistant's message has them, in their order."""
        return tuple(
            {
                "id": call["id"] or f"call_{place}",
                "type": "function",
                "function": {"name": call["name"], "arguments": call["arguments"]},
            }
            for place, call in sorted(self._found.items())
        )
