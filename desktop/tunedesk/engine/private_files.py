"""Files that hold a secret must not be open to everyone on the computer."""

from __future__ import annotations

import os
from pathlib import Path

from tunedesk.core.errors import TunedeskError

_ANYONE = 0o007


def require_private(path: Path, what: str) -> None:
    """Raises TunedeskError if others than owner and group may use `path`, OSError if it is gone.

    `what` it holds, for the sentence. On Windows, where there are no such modes, it does nothing.
    """
    if os.name == "posix" and path.stat().st_mode & _ANYONE:
        raise TunedeskError(
            "file_open_to_all",
            "The engine was not started.",
            f"{path} holds {what}, and everyone on this computer may read it.",
            f"Close it with: chmod 600 {path}",
        )


def write_private(path: Path, text: str) -> None:
    """A new file that only its owner may read, in place of any that was there."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
