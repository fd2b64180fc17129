"""The few file calls that differ between systems, and raw reads and writes that are whole."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from pathlib import Path

_BINARY = getattr(os, "O_BINARY", 0)
_CLOSE_ON_EXEC = getattr(os, "O_CLOEXEC", 0)
# A FIFO in a dataset's place must not hang the opening; regular files ignore it.
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)

READ = os.O_RDONLY | _BINARY | _CLOSE_ON_EXEC | _NO_WAIT
APPEND = os.O_RDWR | os.O_CREAT | _BINARY | _CLOSE_ON_EXEC | _NO_FOLLOW
CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY | _CLOSE_ON_EXEC | _NO_FOLLOW

_COPY_BYTES = 1 << 30  # for one call of the kernel
_PIECE_BYTES = 1 << 20  # through our own memory
_NO_KERNEL_COPY = frozenset({errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM})
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF})


def open_regular(path: Path) -> int:
    """Descriptor of an existing ordinary file, for reading. Raises OSError for anything else."""
    descriptor = os.open(path, READ)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        code = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
        raise OSError(code, "Not an ordinary file", str(path))
    return descriptor


def read_at(descriptor: int, start: int, length: int) -> bytes:
    """Up to `length` bytes from `start`; fewer only where the file ends."""
    pieces: list[bytes] = []
    while length > 0:
        piece = _read_piece(descriptor, start, length)
        if not piece:
            break
        pieces.append(piece)
        start += len(piece)
        length -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def write_all(descriptor: int, data: bytes | bytearray | memoryview) -> None:
    """Write everything, however many calls it takes."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def copy_range(source: int, start: int, length: int, target: int) -> int:
    """Copy a part of a file to the end of what was written to another, by the kernel if it can.

    Returns how many bytes were copied: fewer than `length` only where the source ends.
    """
    n_copied = 0
    while n_copied < length:
        wanted = min(length - n_copied, _COPY_BYTES)
        piece = _copy_piece(source, start + n_copied, wanted, target)
        if not piece:
            break
        n_copied += piece
    return n_copied


def _copy_piece(source: int, start: int, length: int, target: int) -> int:
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(source, target, length, offset_src=start)
        except OSError as error:
            if error.errno not in _NO_KERNEL_COPY:
                raise
    data = read_at(source, start, min(length, _PIECE_BYTES))
    write_all(target, data)
    return len(data)


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder last, where the system can."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY | _CLOSE_ON_EXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    # Windows locks are mandatory for the bytes they cover; this one is past any real content.
    _LOCKED_BYTE = 1 << 62

    def try_lock(descriptor: int) -> bool:
        """Whether this descriptor is now the file's one holder; ends when it is closed."""
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def unlock(descriptor: int) -> None:
        """The lock ends with the descriptor."""

    def copy_mode(source: os.stat_result, descriptor: int) -> None:
        """Permissions on Windows are inherited from the folder."""

    def _read_piece(descriptor: int, start: int, length: int) -> bytes:
        os.lseek(descriptor, start, os.SEEK_SET)
        return os.read(descriptor, length)

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Whether this descriptor is now the file's one holder; ends when it is closed.

        The kernel lets go of it when the process dies, so that there are no stale locks. Where
        the file system knows no locks, everyone is a holder.
        """
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)
        return True

    def unlock(descriptor: int) -> None:
        """Be the file's holder no longer, whoever still has a double of the descriptor."""
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def copy_mode(source: os.stat_result, descriptor: int) -> None:
        """Give a new file the permissions, and where allowed the owner, of the old one."""
        mine = os.fstat(descriptor)
        if (mine.st_uid, mine.st_gid) != (source.st_uid, source.st_gid):
            _take_owner(descriptor, source)
        os.fchmod(descriptor, stat.S_IMODE(source.st_mode))

    def _take_owner(descriptor: int, source: os.stat_result) -> None:
        try:
            os.fchown(descriptor, source.st_uid, source.st_gid)
        except PermissionError:
            return  # the file becomes ours: only root may give files away

    def _read_piece(descriptor: int, start: int, length: int) -> bytes:
        return os.pread(descriptor, length, start)
