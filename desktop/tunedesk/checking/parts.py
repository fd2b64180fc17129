"""Looking at a part of a file: what one process does."""

from __future__ import annotations

import contextlib
import os
from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tunedesk.core.errors import TunedeskError
from tunedesk.core.issues import Issue, Severity
from tunedesk.core.lines import Buffer, without_line_end
from tunedesk.core.model_limits import base_of, limit_of
from tunedesk.core.model_tokens import ModelCounter
from tunedesk.core.places import engine_folder
from tunedesk.core.row_tokens import count_row
from tunedesk.core.tokens import TokenCounter, prepare_vocabulary
from tunedesk.core.validation import Target
from tunedesk.core.validation.columns import RowColumns
from tunedesk.core.validation.rows import check_length

if TYPE_CHECKING:
    from tunedesk.core.alike.word_pairs import U64
    from tunedesk.core.validation.second_look import SecondLook

_BATCH_ROWS = 500


class Means:
    """What rows are looked at with. `counter` and `target` may be None; `quick`: rules only, and
    no `common` words are needed."""

    def __init__(self, cache: Path, model: str, common: U64 | None, *, quick: bool) -> None:
        self.cache, self.model, self.common, self.quick = cache, model, common, quick
        self.counter = None if quick else _counter(cache, model)
        limit = limit_of(model) if model else None
        has_target = limit is not None and self.counter is not None
        self.target = Target(model, limit[0], self.counter) if has_target else None  # type: ignore[index,arg-type]


class Part:
    """What was found in consecutive rows. At most `most` issues are kept, of those wanted."""

    def __init__(self, means: Means, most: int, least: Severity) -> None:
        self.columns = RowColumns()
        self.tokens = array("q")
        self.look = None if means.common is None else _second_look(means.common)
        self.issues: list[Issue] = []
        self.n_errors = self.n_warnings = 0
        self._most, self._least = most, least

    def take(self, issues: Sequence[Issue]) -> None:
        """Count them all, keep some."""
        n_errors = sum(issue.severity is Severity.ERROR for issue in issues)
        self.n_errors += n_errors
        self.n_warnings += len(issues) - n_errors
        wanted = (i for i in issues if self._least is Severity.WARNING or i.severity is self._least)
        self.issues += islice(wanted, max(0, self._most - len(self.issues)))

    def join(self, other: Part) -> None:
        """The rows of `other` come next."""
        for ours, theirs in zip(_bytes(self.columns), _bytes(other.columns), strict=True):
            ours += theirs
        self.tokens.extend(other.tokens)
        if self.look is not None and other.look is not None:
            self.look.join(other.look)
        self.n_errors += other.n_errors
        self.n_warnings += other.n_warnings
        self.issues += other.issues[: max(0, self._most - len(self.issues))]


def look_at(buffer: Buffer, offsets: Sequence[int], first: int, part: Part, means: Means) -> None:
    """Add rows to a part; row `i` lies between two `offsets`, the first is row `first` (from 0)."""
    n_rows = len(offsets) - 1
    for start in range(0, n_rows, _BATCH_ROWS):
        stop = min(start + _BATCH_ROWS, n_rows)
        for batch in _batches(buffer, offsets, start, stop):
            row = first + len(part.columns)
            part.take(part.columns.add(batch, row + 1))
            if not means.quick:
                _read_texts(batch, row + 1, part, means)


def row_at(buffer: Buffer, offsets: Sequence[int], row: int) -> bytes:
    """The bytes of a row without its line end."""
    return without_line_end(bytes(buffer[offsets[row] : offsets[row + 1]]))


def _batches(
    buffer: Buffer, offsets: Sequence[int], start: int, stop: int
) -> Iterator[list[bytes]]:
    """Some hundred rows at once, or fewer where rows are of many megabytes."""
    batch: list[bytes] = []
    n_bytes = 0
    for row in range(start, stop):
        batch.append(row_at(buffer, offsets, row))
        n_bytes += len(batch[-1])
        if n_bytes > 4 << 20:
            yield batch
            batch, n_bytes = [], 0
    if batch:
        yield batch


def _read_texts(batch: Sequence[bytes], row: int, part: Part, means: Means) -> None:
    if part.look is not None:
        part.look.add(batch)
    for number, raw in enumerate(batch, row):
        if means.counter is not None:
            part.tokens.append(count_row(raw, means.counter).total)
        if means.target is not None:
            part.take(check_length(raw, number, means.target))


def _second_look(common: U64) -> SecondLook:
    from tunedesk.core.validation.second_look import SecondLook  # 0.1 s, mostly of numpy

    return SecondLook(common)


def _bytes(columns: RowColumns) -> tuple[bytearray, ...]:
    return columns.kinds, columns.worst, columns.keys, columns.replies


def _counter(cache: Path, model: str) -> TokenCounter | None:
    """None where no vocabulary can be had: rows are checked all the same."""
    own = engine_folder(os.environ) / "models" / base_of(model) / "tokenizer.json"
    if model and own.is_file():
        with contextlib.suppress(TunedeskError):
            return ModelCounter(own)
    limit = limit_of(model)
    try:
        prepare_vocabulary(cache)
        return TokenCounter(limit.encoding if limit else "o200k_base")
    except TunedeskError:
        return None
