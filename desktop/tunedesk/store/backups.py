"""Earlier versions of a dataset's file, kept beside the project and thinned out with age."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from pathlib import Path

import msgspec

from tunedesk.core import rotation
from tunedesk.store import file_access
from tunedesk.store.atomic import AtomicFile
from tunedesk.store.os_errors import translated

_NAME = re.compile(r"(?P<at_ms>\d{13,})\.jsonl")
_CANNOT_KEEP = "No backup was made of the version before this save."
_CANNOT_RESTORE = "The backup was not restored."
_COPY_BYTES = 1 << 20


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """A version as it was on the disk at `at_ms` (Unix time in milliseconds)."""

    path: Path
    at_ms: int
    size_bytes: int


class Backups:
    """One folder for each dataset. Every method raises TunedeskError naming file and cause."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Backup]:
        """Newest first; [] where none was ever made."""
        found = []
        with translated(self.folder, "The backups cannot be listed."):
            for path in self.folder.glob("*.jsonl"):
                if name := _NAME.fullmatch(path.name):
                    size = path.stat().st_size
                    found.append(Backup(path=path, at_ms=int(name["at_ms"]), size_bytes=size))
        return sorted(found, key=lambda backup: backup.at_ms, reverse=True)

    def keep(self, file: Path, now_ms: int) -> None:
        """Keep the file as it is now, before it is replaced, and drop what is too old.

        The same version is kept once. Costs no copy where the file system knows hard links: a
        save puts a new file in the old one's place, so the old one stays as it was.
        """
        with translated(self.folder, _CANNOT_KEEP):
            target = file.resolve(strict=True)
            stat = target.stat()
            at_ms = min(stat.st_mtime_ns // 1_000_000, now_ms)
            self.folder.mkdir(parents=True, exist_ok=True)
            backup = self.folder / f"{at_ms:013}.jsonl"
            if not backup.exists():
                _link_or_copy(target, backup)
        self.thin_out(now_ms)

    def thin_out(self, now_ms: int) -> None:
        """Drop the backups that `core.rotation` does not keep."""
        backups = self.all()
        keep = rotation.kept([backup.at_ms for backup in backups], now_ms)
        for backup in backups:
            if backup.at_ms not in keep:
                with contextlib.suppress(OSError):  # an old version too many harms nobody
                    backup.path.unlink()

    def restore(self, backup: Backup, file: Path) -> None:
        """Put the version in the file's place, whole or not at all; the backup stays."""
        with translated(file, _CANNOT_RESTORE):
            target = file.resolve()
            new = AtomicFile(target, like=backup.path.stat())
            try:
                with backup.path.open("rb") as stream:
                    while piece := stream.read(_COPY_BYTES):
                        new.write(piece)
                new.finish()
                new.replace()
            except BaseException:
                new.discard()
                raise
            os.close(new.descriptor)
            file_access.sync_folder(target.parent)


def _link_or_copy(source: Path, backup: Path) -> None:
    try:
        os.link(source, backup)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        scratch = backup.with_suffix(".part")
        shutil.copyfile(source, scratch)
        scratch.replace(backup)
