"""The one shape in which anything that went wrong reaches a person."""

from __future__ import annotations

from tunedesk.core.speech import said


class TunedeskError(Exception):
    """An error with a title, what happened, and what to do next; safe to show and to log.

    Given in English, and so in `str(error)`, which is for logs; `title`, `what` and `next_step`
    say it in the language that is spoken. `code` is stable and machine-readable; the texts never
    hold a key or a row's content.
    `pause_s` is how long a provider asks to be left alone, None where it does not say.
    """

    pause_s: float | None = None

    def __init__(self, code: str, title: str, what: str, next_step: str) -> None:
        super().__init__(f"{title} {what} {next_step}")
        self.code = code
        self._title, self._what, self._next_step = title, what, next_step

    @property
    def title(self) -> str:
        return said(self._title)

    @property
    def what(self) -> str:
        return said(self._what)

    @property
    def next_step(self) -> str:
        return said(self._next_step)

    @property
    def whole(self) -> str:
        """All three sentences, for one line of text."""
        return " ".join(part for part in (self.title, self.what, self.next_step) if part)
