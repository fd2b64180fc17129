"""The operating system's errors about a file, said so that a person can act on them."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tunedesk.core.errors import TunedeskError

_Words = tuple[str, str, str]

_FULL: _Words = ("disk_full", "The disk is full.", "Free some space and try again.")
_DENIED: _Words = (
    "no_permission",
    "You may not do that here.",
    "Check the permissions of the file and of its folder, or choose another folder.",
)

_WORDS: dict[int, _Words] = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: ("quota", "Your share of the disk is used up.", _FULL[2]),
    errno.EFBIG: ("too_large", "The disk does not take a file this large.", "Use another disk."),
    errno.EIO: (
        "io_error",
        "The disk reported a read or write error.",
        "Check the disk and its connection, then try again.",
    ),
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: ("read_only_disk", "The disk can only be read.", "Choose a folder elsewhere."),
    errno.ENOENT: ("missing", "It is not there.", "Check the place and the name."),
    errno.ENOTDIR: ("missing", "Its folder is not a folder.", "Check the place and the name."),
    errno.EISDIR: ("not_a_file", "It is a folder.", "Choose a file."),
    errno.EEXIST: ("exists", "There is a file of that name already.", "Choose another name."),
    errno.ENAMETOOLONG: ("long_name", "Its name is too long.", "Choose a shorter name."),
}


def in_words(error: OSError, path: Path, title: str) -> TunedeskError:
    """What happened to which file and what to do; the code is `file.<cause>`."""
    fallback = (
        "failed",
        f"The system says: {error.strerror or type(error).__name__}.",
        "Check the file and its folder, then try again.",
    )
    cause, what, next_step = _WORDS.get(error.errno or 0, fallback)
    return TunedeskError(f"file.{cause}", title, f"{path}: {what}", next_step)


@contextmanager
def translated(path: Path, title: str) -> Iterator[None]:
    """Raise TunedeskError, naming file and cause, for any OSError inside."""
    try:
        yield
    except OSError as error:
        raise in_words(error, path, title) from error
