"""What was known of rows that were deleted, for the moment in which they come back."""

from __future__ import annotations

from tunedesk.core.edits import RestoreRows
from tunedesk.services.dataset.row_facts import KnownRows

_MOST_ROWS = 2_000_000  # 20 bytes each; what was deleted longest ago is forgotten first


class GoneFacts:
    """By the edit that brings the rows back."""

    CHANGES = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[tuple[int, bytes], KnownRows] = {}

    def keep(self, back: RestoreRows, known: KnownRows) -> None:
        self._kept[back.n_saves, back.ids] = known
        while sum(len(known.own) for known in self._kept.values()) > _MOST_ROWS:
            del self._kept[next(iter(self._kept))]

    def take(self, back: RestoreRows) -> KnownRows | None:
        """None if it was forgotten."""
        return self._kept.pop((back.n_saves, back.ids), None)
