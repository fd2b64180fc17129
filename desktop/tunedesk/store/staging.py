"""A hidden folder for files that are not finished; they get their names all together at the end."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tunedesk.store import file_access
from tunedesk.store.os_errors import translated

PREFIX = ".tunedesk-unfinished-"
_LEFTOVER_AFTER_S = 24 * 3600.0
_MAX_TRIES = 1_000


class Staging:
    """Made beside the targets; `remove` it whatever happened.

    Raises TunedeskError where it cannot be made. What a killed app left a day ago is removed.
    """

    def __init__(self, beside: Path) -> None:
        with translated(beside, "Nothing can be written there."):
            beside.mkdir(parents=True, exist_ok=True)
            _remove_leftovers(beside)
            self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=beside))

    def remove(self) -> None:
        """Remove the folder with all that is in it. Never raises."""
        shutil.rmtree(self.folder, ignore_errors=True)


def place(staged: Sequence[Path], folder: Path, names: Sequence[tuple[str, str]]) -> list[Path]:
    """Give finished files their names, (stem, suffix), or the next free ones; all or none.

    Nothing that exists is replaced. Raises TunedeskError.
    """
    placed: list[Path] = []
    try:
        for path, (stem, suffix) in zip(staged, names, strict=True):
            with translated(folder / f"{stem}{suffix}", "The dataset was not written."):
                placed.append(_reserve(folder, stem, suffix))
                path.replace(placed[-1])
        with translated(folder, "The disk does not confirm that the datasets were written."):
            file_access.sync_folder(folder)
    except BaseException:
        for path in placed:
            with contextlib.suppress(OSError):
                path.unlink()
        raise
    return placed


def replace(staged: Path, target: Path) -> None:
    """Put a finished file in a target's place. Raises TunedeskError."""
    with translated(target, "The file was not written."):
        staged.replace(target)
        file_access.sync_folder(target.parent)


def _reserve(folder: Path, stem: str, suffix: str) -> Path:
    """An empty file under the first free name: two imports at once take different ones."""
    for number in range(1, _MAX_TRIES):
        path = folder / (f"{stem}{suffix}" if number == 1 else f"{stem} {number}{suffix}")
        try:
            os.close(os.open(path, file_access.CREATE, 0o666))
        except FileExistsError:
            continue
        return path
    raise FileExistsError(17, "Every name is taken", str(folder / stem))


def _remove_leftovers(folder: Path) -> None:
    before_s = time.time() - _LEFTOVER_AFTER_S
    for path in folder.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < before_s:
                shutil.rmtree(path, ignore_errors=True)
