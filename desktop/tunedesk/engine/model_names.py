"""Names of base models: they are folder names here and ids on the wire, on every system."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 96
_SAFE = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_CHARACTERS}}}", re.ASCII)
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$)", re.IGNORECASE)


def problem(name: str) -> str | None:
    """Why `name` cannot name a model, as the rest of a sentence; None if it can."""
    if not _SAFE.fullmatch(name):
        return f"has other characters than A-Z a-z 0-9 . _ - or not 1 to {MAX_CHARACTERS} of them"
    if name[0] in ".-" or name.endswith("."):
        return "begins with a dot or a dash, or ends with a dot"
    if _DEVICES.fullmatch(name.split(".")[0]):
        return "is the name of a device on Windows"
    return None


def slug(text: str) -> str:
    """A safe name that is near `text`; `text` itself where it is safe."""
    if problem(text) is None:
        return text
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip(".-")[:MAX_CHARACTERS].strip(".-")
    return name if name and problem(name) is None else f"model-{name}".rstrip(".-")[:MAX_CHARACTERS]
