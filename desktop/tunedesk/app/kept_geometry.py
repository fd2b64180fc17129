"""Where the window stood and how large it was, from one start to the next."""

from __future__ import annotations

import base64

from tunedesk.store.settings import SettingsStore

_NAME = "window_geometry"


def kept_geometry(settings: SettingsStore) -> bytes | None:
    """What `keep_geometry` kept; None where nothing is, or nonsense."""
    try:
        return base64.b64decode(settings.get(_NAME, ""))
    except ValueError:
        return None


def keep_geometry(settings: SettingsStore, geometry: bytes) -> None:
    """Remember a window's geometry. Raises TunedeskError."""
    settings.set(_NAME, base64.b64encode(geometry).decode())
