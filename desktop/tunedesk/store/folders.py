"""Where Tunedesk keeps what is not in a project."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

from tunedesk.core.places import place
from tunedesk.store.os_errors import translated


class Folders(NamedTuple):
    """Projects and models in `data`, settings in `config`, what can be made again in `cache`.

    `runtime` is for sockets: short, private, gone after a restart.
    """

    data: Path
    config: Path
    cache: Path
    runtime: Path

    @classmethod
    def of_user(cls, environ: Mapping[str, str]) -> Self:
        """The XDG folders, or those below `TUNEDESK_HOME`. Nothing is made yet."""
        return cls(
            data=place("data", environ),
            config=place("config", environ),
            cache=place("cache", environ),
            runtime=_runtime(environ),
        )

    def make(self) -> None:
        """Make those that are not there, for this user only. TunedeskError if that fails."""
        for folder in (self.data, self.config, self.cache, self.runtime):
            with translated(folder, "Tunedesk cannot make its folder."):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with translated(self.runtime, "Tunedesk's folder for sockets is not private."):
            _make_private(self.runtime)


def _runtime(environ: Mapping[str, str]) -> Path:
    if home := environ.get("TUNEDESK_HOME"):
        return Path(home) / "runtime"
    root = Path(environ.get("XDG_RUNTIME_DIR", ""))
    if root.is_absolute():
        return root / "tunedesk"
    # Without a login session: a folder named by user, checked to be ours when it is made.
    return Path(tempfile.gettempdir()) / f"tunedesk-{_user_id()}"


def _user_id() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _make_private(folder: Path) -> None:
    """Another user may have made the folder first, or a link in its place."""
    stat = folder.lstat()
    is_link = folder.is_symlink()
    if is_link or (hasattr(os, "getuid") and stat.st_uid != os.getuid()):
        raise PermissionError(1, "It belongs to another user", str(folder))
    folder.chmod(0o700)
