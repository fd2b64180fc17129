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

_BLOCK_BYTES = 4096  # file systems share blocks, not parts of them
_COPY_BYTES = 1 << 30  # for one call of the kernel
_PIECE_BYTES = 1 << 18  # through our own memory, which stays in the processor's cache
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
    """Copy a part of a file to the end of what was written to another.

    Returns how many bytes were copied: fewer than `length` only where the source ends. The kernel
    copies where it can share whole blocks; anything else takes it half as long again as us.
    """
    n_copied = 0
    if (start | os.lseek(target, 0, os.SEEK_CUR)) % _BLOCK_BYTES == 0:
        n_copied = _copied_by_kernel(source, start, length, target)
    piece = memoryview(bytearray(min(length - n_copied, _PIECE_BYTES)))
    while n_copied < length:
        n_read = _read_into(source, start + n_copied, piece[: length - n_copied])
        if not n_read:
            break
        write_all(target, piece[:n_read])
        n_copied += n_read
    return n_copied


def _copied_by_kernel(source: int, start: int, length: int, target: int) -> int:
    """How many bytes, from the first on; 0 if it cannot."""
    n_copied = 0
    while hasattr(os, "copy_file_range") and n_copied < length:
        wanted = min(length - n_copied, _COPY_BYTES)
        try:
            n_more = os.copy_file_range(source, target, wanted, offset_src=start + n_copied)
        except OSError as error:
            if error.errno not in _NO_KERNEL_COPY:
                raise
            break
        if not n_more:
            break
        n_copied += n_more
    return n_copied


def start_writing(descriptor: int, start: int, length: int) -> None:
    """Have the system begin to bring a part of a file to the disk, where it can be told so.

    Nothing is certain before `os.fsync`, which has less to wait for then and tells any failure.
    What was changed and is not on the disk yet stays in the system's memory.
    """
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, start, length, os.POSIX_FADV_DONTNEED)


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

    def _read_into(descriptor: int, start: int, piece: memoryview) -> int:
        data = _read_piece(descriptor, start, len(piece))
        piece[: len(data)] = data
        return len(data)

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

    def _read_into(descriptor: int, start: int, piece: memoryview) -> int:
        return os.preadv(descriptor, [piece], start)
