"""Where the window stood, how large it was and how it looked, from one start to the next."""

from __future__ import annotations

import base64

from tunedesk.store.settings import SettingsStore

_NAME = "window_geometry"
_LOOK = "window_look"


def kept_geometry(settings: SettingsStore) -> bytes | None:
    """What `keep_geometry` kept; None where nothing is, or nonsense."""
    try:
        return base64.b64decode(settings.get(_NAME, ""))
    except ValueError:
        return None


def keep_geometry(settings: SettingsStore, geometry: bytes) -> None:
    """Remember a window's geometry. Raises TunedeskError."""
    settings.set(_NAME, base64.b64encode(geometry).decode())


def kept_look(settings: SettingsStore) -> str:
    """ "light" or "dark", as the window was last; "" where that is not known."""
    kept = settings.get(_LOOK, "")
    return kept if kept in ("light", "dark") else ""


def keep_look(settings: SettingsStore, look: str) -> None:
    """Remember a palette's name. Raises TunedeskError."""
    settings.set(_LOOK, look)
