"""A reply that has to be one JSON object: which text may come next."""

from __future__ import annotations

from collections.abc import Sequence

from tunedesk.engine.generation.json_prefix import JsonPrefix


class JsonObject:
    """Follows a reply and tells what keeps it the beginning of one JSON object.

    With `starts` the object must also begin like one of these texts and hold nothing at its outer
    level that they do not begin: so a call of one of the named functions is forced.
    """

    def __init__(self, starts: Sequence[str] = ()) -> None:
        self._starts = starts
        self._state = JsonPrefix()
        self._text = ""
        self._was_blank = False

    @property
    def is_over(self) -> bool:
        """True when the object is complete and the reply has to end."""
        return self._state.is_over

    def allows(self, piece: str) -> bool:
        """True if the reply may go on with `piece`; changes nothing."""
        if not piece or self._is_drivel(piece):
            return False
        state = self._state.feed(piece)
        return state is not None and self._keeps_to_starts(self._text + piece, state)

    def take(self, piece: str) -> None:
        """Goes on with an allowed `piece`."""
        state = self._state.feed(piece)
        assert state is not None
        self._was_blank = piece.isspace()
        self._state = state
        self._text += piece

    def _is_drivel(self, piece: str) -> bool:
        """Two blank tokens in a row between values: allowed by JSON, but models may never stop."""
        return self._was_blank and not self._state.in_text and piece.isspace()

    def _keeps_to_starts(self, text: str, state: JsonPrefix) -> bool:
        if not self._starts:
            return True
        if any(text.startswith(start) for start in self._starts):
            return len(state.opened) != 1 or state.mode == "after"
        return any(start.startswith(text) for start in self._starts)
