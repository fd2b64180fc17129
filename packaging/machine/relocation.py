"""A checkout that was moved or copied: let the environment's files name the new place.

A virtual environment writes its own path into scripts, `.pth` files and activation scripts.
Rewriting them takes a moment and no network; making it anew would fetch everything again.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The kernel cuts a longer "#!" line; then a shell must start the interpreter.
LONGEST_SHEBANG = 126


def follow(venv: Path, old_checkout: str, new_checkout: str) -> int:
    """Rewrite every file that names the old checkout; how many were changed."""
    changed = 0
    for path in _files_with_paths(venv):
        before = path.read_bytes()
        after = _moved(before, old_checkout.encode(), new_checkout.encode())
        if after != before:
            path.write_bytes(after)
            changed += 1
    return changed


def shebang(python: bytes) -> bytes:
    """The first line(s) of a script that runs with this interpreter, whatever its path holds."""
    if b" " not in python and len(python) <= LONGEST_SHEBANG:
        return b"#!" + python + b"\n"
    return b"#!/bin/sh\n'''exec' \"" + python + b'" "$0" "$@"\n\' \'\'\'\n'


def _moved(content: bytes, old: bytes, new: bytes) -> bytes:
    for name in (b"python3", b"python", *(b"python3.%d" % minor for minor in range(11, 20))):
        head = shebang(old + b"/.venv/bin/" + name)
        if content.startswith(head):
            return shebang(new + b"/.venv/bin/" + name) + content[len(head) :]
    return content.replace(old, new)


def _files_with_paths(venv: Path) -> Iterator[Path]:
    site = "lib/python3*/site-packages/"
    found = itertools.chain(
        venv.glob("pyvenv.cfg"),
        venv.glob("bin/*"),
        venv.glob(site + "*.pth"),
        venv.glob(site + "tunedesk-*.dist-info/direct_url.json"),
    )
    return (path for path in found if path.is_file() and not path.is_symlink() and _is_text(path))


def _is_text(path: Path) -> bool:
    with path.open("rb") as file:
        return b"\0" not in file.read(4096)
