"""What looks at rows: in a process of its own for many of them, in a thread for few."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tunedesk.core.errors import TunedeskError
from tunedesk.core.issues import Issue, Severity
from tunedesk.core.row_tokens import count_row
from tunedesk.core.split import draws
from tunedesk.core.tokens import TokenCounter, forget_vocabularies
from tunedesk.core.validation.columns import RowColumns
from tunedesk.core.validation.whole_file import (
    few_rows,
    main_format,
    mixed_formats,
    repeated,
    repeats,
)
from tunedesk.services.check.protocol import (
    AlikeRequest,
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
from tunedesk.services.dataset.row_marks import ERROR, NOT_COUNTED, OK, WARNING
from tunedesk.services.dataset.wanted_rows import OtherFileError, blocks, rows
from tunedesk.services.work.spare_memory import give_back

if TYPE_CHECKING:
    from tunedesk.services.check.alike_worker import AlikeWorker

_OF_WORST = bytes([OK, WARNING, ERROR]) + bytes(253)  # FINE, WARNED, WRONG


class CheckWorker:
    """Answers one request after another. Not for two threads at once."""

    def __init__(self, counter: Callable[[], TokenCounter]) -> None:
        """`counter` is called at the first Count; TunedeskError leaves rows NOT_COUNTED."""
        self._make_counter = counter
        self._counter: TokenCounter | None = None
        self._judging = Judge(b"", b"", b"")
        self._replies = bytearray()
        self._alike: AlikeWorker | None = None

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
                    return self._conclude(request)
                case _:
                    return self._answer_alike(request)
        except OtherFileError:
            return OtherFile()
        except (MemoryError, RecursionError, OSError) as error:
            return Failed(f"Checking stopped: {error or type(error).__name__}.")

    def _answer_alike(self, request: AlikeRequest) -> Answer:
        if self._alike is None:
            from tunedesk.services.check.alike_worker import AlikeWorker  # 0.1 s, mostly of numpy

            self._alike = AlikeWorker()
        if self._counter is not None:  # all is counted by now
            self._counter = None
            forget_vocabularies()
            give_back()
        return self._alike.answer(request)

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
        for raw in rows(wanted):
            counted = count_row(raw, self._counter)
            total.append(counted.total)
            trained.append(counted.trained)
        return Counted(total.tobytes(), trained.tobytes())

    def _judge(self, request: Judge) -> Repeated:
        self._judging, self._replies = request, bytearray()
        found = repeated(request.kinds, request.keys)
        return Repeated(found.tobytes())

    def _compare(self, wanted: Wanted) -> Compared:
        self._replies += _columns(wanted, with_replies=True)[0].replies
        return Compared()

    def _conclude(self, request: Conclude) -> Judged:
        judging = self._judging
        status, listed = bytearray(judging.own), list[Issue]()
        all_of = {"duplicate_row": array("i"), "same_prompt_other_reply": array("i")}
        for found in self._issues(array("i", request.indices)):
            if len(listed) < request.most_issues:
                listed.append(found)
            if found.row:
                mark = ERROR if found.severity is Severity.ERROR else WARNING
                status[found.row - 1] = max(mark, status[found.row - 1])
            if found.code in all_of:
                all_of[found.code].append(found.row - 1)
        repeats, others = (rows.tobytes() for rows in all_of.values())
        return Judged(bytes(status), main_format(judging.kinds), listed, repeats, others)

    def _issues(self, indices: array[int]) -> Iterable[Issue]:
        yield from few_rows(self._judging.kinds)
        yield from mixed_formats(self._judging.kinds)
        yield from repeats(indices, self._judging.keys, self._replies)


def _columns(wanted: Wanted, *, with_replies: bool) -> tuple[RowColumns, list[Issue]]:
    columns, issues = RowColumns(with_replies=with_replies), list[Issue]()
    for block in blocks(wanted):
        row = wanted.first_row + len(columns)
        add = columns.add if isinstance(block, list) else columns.add_lines
        issues += add(block, row)  # type: ignore[arg-type]
    return columns, issues
