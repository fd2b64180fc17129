"""What was saved of a provider's fine-tuning: files in a folder, a manifest of their digests."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.store import file_access
from tunedesk.store.atomic import AtomicFile
from tunedesk.store.os_errors import translated

MANIFEST = "manifest.json"


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was saved: `path` is below the folder, `digest` the sha256 hex of its bytes."""

    path: str
    digest: str
    size_bytes: int
    name: str = ""


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be had: `what` it is ("file", "events", …), and why in words."""

    what: str
    id: str
    name: str
    why: str


class Manifest(msgspec.Struct, kw_only=True):
    """`saved` by key ("job/ftjob-1", "file/file-1", …); `missing` by the same keys.

    `imported` says which key became which dataset or job of the project. `is_complete`: the last
    run came to its end.
    """

    provider: str
    origin: str
    begun_at_ms: int
    saved: dict[str, Saved] = msgspec.field(default_factory=dict)
    missing: dict[str, Missing] = msgspec.field(default_factory=dict)
    imported: dict[str, str] = msgspec.field(default_factory=dict)
    is_complete: bool = False


class ArchiveFolder:
    """Blocking; one writer at a time. Every method raises TunedeskError naming file and cause."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self, provider: str, origin: str, now_ms: int) -> Manifest:
        """The manifest there is, else a new one. "archive_other" if the folder is another's.

        The port may be another one than before: engines choose theirs anew.
        """
        found = self.known()
        if found is None:
            with translated(self.folder, "The saved fine-tuning cannot be opened."):
                self.folder.mkdir(parents=True, exist_ok=True)
            return Manifest(provider=provider, origin=origin, begun_at_ms=now_ms)
        if urlsplit(found.origin).hostname != urlsplit(origin).hostname:
            raise TunedeskError(
                "archive_other",
                "Another provider's fine-tuning was saved here.",
                f"{self.folder} holds what came from {found.origin}.",
                "Move that folder away, then try again.",
            )
        found.origin = origin
        return found

    def known(self) -> Manifest | None:
        """The manifest of what was saved here, from whomever; None if nothing was."""
        path = self.folder / MANIFEST
        try:
            with translated(path, "The saved fine-tuning cannot be opened."):
                if not path.exists():
                    return None
                return msgspec.json.decode(path.read_bytes(), type=Manifest)
        except msgspec.DecodeError as error:
            raise _damaged(path, str(error)) from error

    def write(self, manifest: Manifest) -> None:
        """Put the manifest in place, whole or not at all."""
        content = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        self._put(self.folder / MANIFEST, content)

    def put(self, path: str, content: bytes, name: str = "") -> Saved:
        """Save bytes at a path below the folder."""
        self._put(self.folder / path, content)
        digest = hashlib.sha256(content).hexdigest()
        return Saved(path=path, digest=digest, size_bytes=len(content), name=name)

    def place(self, path: str) -> Path:
        """Where a path lies, its folder made."""
        target = self.folder / path
        with translated(target, "A file could not be written."):
            target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def is_whole(self, saved: Saved) -> bool:
        """Whether the file is there with the bytes it had when it was saved."""
        return has_digest(self.folder / saved.path, saved.digest)

    def has_size(self, saved: Saved) -> bool:
        """Whether the file is there with as many bytes: `is_whole` at a glance."""
        try:
            return (self.folder / saved.path).stat().st_size == saved.size_bytes
        except OSError:
            return False

    def read(self, saved: Saved) -> bytes:
        """A saved file's bytes."""
        path = self.folder / saved.path
        with translated(path, "A saved file cannot be read."):
            return path.read_bytes()

    def _put(self, target: Path, content: bytes) -> None:
        with translated(target, "A file could not be written."):
            target.parent.mkdir(parents=True, exist_ok=True)
            new = AtomicFile(target)
            try:
                new.write(content)
                new.finish()
                new.replace()
            except BaseException:
                new.discard()
                raise
            os.close(new.descriptor)
            file_access.sync_folder(target.parent)


def has_digest(path: Path, digest: str) -> bool:
    """Whether a file is there whose sha256 hex is this."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == digest
    except OSError:
        return False


def file_sizes(saved: Mapping[str, Saved]) -> int:
    """Bytes of the training and test files among what was saved."""
    return sum(one.size_bytes for key, one in saved.items() if key.startswith("file/"))


def _damaged(path: Path, why: str) -> TunedeskError:
    return TunedeskError(
        "archive_damaged",
        "The list of what was saved is damaged.",
        f"{path}: {why}",
        "Move that file away and save again; what lies beside it stays.",
    )
