"""What looks at rows: in a process of its own for many of them, in a thread for few."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterable
from operator import add, sub
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.core.issues import Issue, Severity
from tunedesk.core.row_tokens import count_row
from tunedesk.core.split import draws
from tunedesk.core.tokens import TokenCounter
from tunedesk.core.validation.columns import RowColumns
from tunedesk.core.validation.whole_file import (
    few_rows,
    main_format,
    mixed_formats,
    repeated,
    repeats,
)
from tunedesk.services.check_protocol import (
    Answer,
    Compare,
    Compared,
    Conclude,
    Count,
    Counted,
    Failed,
    Judge,
    Judged,
    Look,
    Looked,
    OtherFile,
    Repeated,
    Request,
    Wanted,
)
from tunedesk.services.row_marks import ERROR, NOT_COUNTED, OK, WARNING
from tunedesk.store.base_file import identity_of
from tunedesk.store.file_access import open_regular, read_at

_LINE_ENDS = frozenset({1, 2})  # their lengths
_OF_WORST = bytes([OK, WARNING, ERROR]) + bytes(253)  # FINE, WARNED, WRONG


class CheckWorker:
    """Answers one request after another. Not for two threads at once."""

    def __init__(self, counter: Callable[[], TokenCounter]) -> None:
        """`counter` is called at the first Count; TunedeskError leaves rows NOT_COUNTED."""
        self._make_counter = counter
        self._counter: TokenCounter | None = None
        self._judging = Judge(b"", b"", b"")
        self._indices = array("i")
        self._replies = bytearray()

    def answer(self, request: Request) -> Answer:
        """Raises OSError when the file cannot be read."""
        try:
            match request:
                case Look():
                    return self._look(request)
                case Count():
                    return self._count(request.rows)
                case Judge():
                    return self._judge(request)
                case Compare():
                    return self._compare(request.rows)
                case Conclude():
                    return self._conclude(request.most_issues)
        except _OtherFileError:
            return OtherFile()
        except (MemoryError, RecursionError, OSError) as error:
            return Failed(f"Checking stopped: {error or type(error).__name__}.")

    def _look(self, request: Look) -> Looked:
        columns, issues = _columns(request.rows, with_replies=False)
        return Looked(
            status=bytes(columns.worst.translate(_OF_WORST)),
            kinds=bytes(columns.kinds),
            keys=bytes(columns.keys),
            drawn=draws(columns.keys, request.seed).tobytes(),
            issues=issues[: request.most_issues],
        )

    def _count(self, wanted: Wanted) -> Counted:
        if self._counter is None:
            try:
                self._counter = self._make_counter()
            except TunedeskError:
                nothing = array("i", [NOT_COUNTED]) * len(wanted)
                return Counted(nothing.tobytes(), nothing.tobytes())
        total, trained = array("i"), array("i")
        for raw in _rows(wanted):
            counted = count_row(raw, self._counter)
            total.append(counted.total)
            trained.append(counted.trained)
        return Counted(total.tobytes(), trained.tobytes())

    def _judge(self, request: Judge) -> Repeated:
        self._judging, self._replies = request, bytearray()
        self._indices = repeated(request.kinds, request.keys)
        return Repeated(self._indices.tobytes())

    def _compare(self, wanted: Wanted) -> Compared:
        self._replies += _columns(wanted, with_replies=True)[0].replies
        return Compared()

    def _conclude(self, most_issues: int) -> Judged:
        judging = self._judging
        status, listed = bytearray(judging.own), list[Issue]()
        for found in self._issues():
            if len(listed) < most_issues:
                listed.append(found)
            if found.row:
                mark = ERROR if found.severity is Severity.ERROR else WARNING
                status[found.row - 1] = max(mark, status[found.row - 1])
        return Judged(bytes(status), main_format(judging.kinds), listed)

    def _issues(self) -> Iterable[Issue]:
        yield from few_rows(self._judging.kinds)
        yield from mixed_formats(self._judging.kinds)
        yield from repeats(self._indices, self._judging.keys, self._replies)


class _OtherFileError(Exception):
    """The path does not lead to the file that is meant."""


def _columns(wanted: Wanted, *, with_replies: bool) -> tuple[RowColumns, list[Issue]]:
    columns = RowColumns(with_replies=with_replies)
    starts, lengths = array("q", wanted.starts), array("q", wanted.lengths)
    if wanted.own or not _is_one_stretch(starts, lengths):
        return columns, columns.add(list(_rows(wanted)), wanted.first_row)
    lines = _read(wanted, [(starts[0], starts[-1] + lengths[-1] - starts[0])])[0]
    begin = starts[0]
    offsets = array("q", [start - begin for start in starts])
    return columns, columns.add_lines(lines, offsets, lengths, wanted.first_row)


def _rows(wanted: Wanted) -> list[bytes]:
    own = dict(wanted.own)
    starts, lengths = array("q", wanted.starts), array("q", wanted.lengths)
    if len(own) == len(wanted):
        return [own[place] for place in range(len(wanted))]
    if not own and _is_one_stretch(starts, lengths):
        begin = starts[0]
        lines = _read(wanted, [(begin, starts[-1] + lengths[-1] - begin)])[0]
        places = [start - begin for start in starts]
        return [lines[at : at + n] for at, n in zip(places, lengths, strict=True)]
    there = [place for place in range(len(wanted)) if place not in own]
    own.update(zip(there, _read(wanted, [(starts[i], lengths[i]) for i in there]), strict=True))
    return [own[place] for place in range(len(wanted))]


def _is_one_stretch(starts: array[int], lengths: array[int]) -> bool:
    """Whether the rows follow each other in the file with nothing but line ends between."""
    if not starts:
        return False
    gaps = map(sub, memoryview(starts)[1:], map(add, starts, lengths))
    return _LINE_ENDS.issuperset(gaps)


def _read(wanted: Wanted, parts: list[tuple[int, int]]) -> list[bytes]:
    """Opened anew each time: a file held open cannot be replaced on Windows."""
    try:
        descriptor = open_regular(Path(wanted.path))
    except OSError as error:
        raise _OtherFileError from error
    try:
        if identity_of(os.fstat(descriptor)) != wanted.identity:
            raise _OtherFileError
        return [read_at(descriptor, start, length) for start, length in parts]
    finally:
        os.close(descriptor)
