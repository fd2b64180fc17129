"""Whether the app died last time: then a person is shown what came back."""

from __future__ import annotations

import contextlib
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.store.settings import SettingsStore

_KEY = "is_running"


class CrashWatch:
    """A word in the settings that only an orderly end takes away. No error of it reaches anyone."""

    def __init__(self, settings: SettingsStore) -> None:
        self._settings = settings
        self._has_crashed = settings.get(_KEY, False)
        self._seen: set[Path] = set()

    def begin(self) -> None:
        """Blocking: from now on an end without `ended_well` is a crash."""
        self._set(True)

    def ended_well(self) -> None:
        """Blocking: everything was put in its place."""
        self._set(False)

    def is_first_look(self, path: Path) -> bool:
        """Whether the app died last time and `path` is asked about for the first time since."""
        is_first = path not in self._seen
        self._seen.add(path)
        return self._has_crashed and is_first

    def _set(self, is_running: bool) -> None:
        with contextlib.suppress(TunedeskError):
            self._settings.set(_KEY, is_running)
