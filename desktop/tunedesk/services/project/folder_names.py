"""Names people type, made into names every file system takes."""

from __future__ import annotations

import re
from pathlib import Path

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\ud800-\udfff]+')
_MAX_BYTES = 80
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_name(name: str, *, fallback: str) -> str:
    """`name` as the name of a file or folder: one level, never hidden, at most 80 bytes."""
    cleaned = _FORBIDDEN.sub("-", name).strip(" .-")
    cut = cleaned.encode()[:_MAX_BYTES].decode("utf-8", "ignore").rstrip(" .")
    if not cut:
        return fallback
    return f"{cut}-" if _DEVICES.fullmatch(cut) else cut


def free_path(folder: Path, stem: str, suffix: str = "") -> Path:
    """A path in `folder` that nothing has yet: "stem", "stem 2", "stem 3" …"""
    path = folder / f"{stem}{suffix}"
    number = 1
    while path.exists():
        number += 1
        path = folder / f"{stem} {number}{suffix}"
    return path
