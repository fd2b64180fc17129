"""What was installed, noted in the environment, so that a second start has nothing to do."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class Stamp(NamedTuple):
    """`key` is a digest of all that decides what is installed; `checkout` is where it was done."""

    key: str
    checkout: str
    extras: tuple[str, ...]


def key_of(files: Sequence[Path], python_version: str) -> str:
    """The digest of these files' contents and the Python's version."""
    digest = hashlib.sha256(python_version.encode())
    for path in files:
        digest.update(b"\0" + path.read_bytes())
    return digest.hexdigest()


def read(path: Path) -> Stamp:
    """The stamp at this path; an empty one if there is none or it cannot be read."""
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
        return Stamp(noted["key"], noted["checkout"], tuple(noted["extras"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Stamp("", "", ())


def write(path: Path, key: str, checkout: str, extras: Iterable[str]) -> None:
    """Note a finished set-up."""
    noted = {"key": key, "checkout": checkout, "extras": sorted(extras)}
    path.write_text(json.dumps(noted), encoding="utf-8")
