"""Where the rows of a JSONL file begin. A row ends at b"\\n" and at nothing else.

U+2028, form feeds and bare carriage returns are text: cutting at them would tear rows apart.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from mmap import mmap

Buffer = bytes | bytearray | mmap


def line_offsets(buffer: Buffer) -> array[int]:
    """Start of every row in bytes, and the buffer's length as a last entry.

    Row i is `buffer[offsets[i]:offsets[i + 1]]` with its line end; there are len(offsets) - 1
    rows. A line end at the very end of the buffer does not begin another row.
    """
    offsets = array("q", [0])
    find = buffer.find
    append = offsets.append
    at = find(b"\n")
    while at >= 0:
        append(at + 1)
        at = find(b"\n", at + 1)
    if offsets[-1] != len(buffer):
        append(len(buffer))
    return offsets


def line_end(line: bytes) -> bytes:
    """The line's own ending: b"\\r\\n", b"\\n", or b"" on a last line without one."""
    if line.endswith(b"\r\n"):
        return b"\r\n"
    return b"\n" if line.endswith(b"\n") else b""


def without_line_end(line: bytes) -> bytes:
    """The row's own bytes; only one line end is taken off, other white space is the row's."""
    end = len(line_end(line))
    return line[: len(line) - end] if end else line


def iter_rows(buffer: Buffer) -> Iterator[bytes]:
    """Every row without its line end, in order; one row in memory at a time."""
    start, length = 0, len(buffer)
    while start < length:
        at = buffer.find(b"\n", start)
        stop = length if at < 0 else at + 1
        yield without_line_end(bytes(buffer[start:stop]))
        start = stop
