"""The one shape in which anything that went wrong reaches a person."""

from __future__ import annotations


class TunedeskError(Exception):
    """An error with a title, what happened, and what to do next; safe to show and to log.

    `code` is stable and machine-readable; the texts never hold a key or a row's content.
    `pause_s` is how long a provider asks to be left alone, None where it does not say.
    """

    pause_s: float | None = None

    def __init__(self, code: str, title: str, what: str, next_step: str) -> None:
        super().__init__(f"{title} {what} {next_step}")
        self.code = code
        self.title = title
        self.what = what
        self.next_step = next_step
