"""Fails a test on any log record of level WARNING or above that it did not announce."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def no_unexpected_records(allowed: Sequence[str]) -> Iterator[None]:
    """AssertionError at the end if a record's "logger: message" matches none of the patterns.

    Watches where records are made, so that a logger which does not propagate is seen too.
    """
    seen: list[logging.LogRecord] = []
    make = logging.getLogRecordFactory()

    def note(*args: object, **kwargs: object) -> logging.LogRecord:
        record = make(*args, **kwargs)
        if record.levelno >= logging.WARNING:
            seen.append(record)
        return record

    logging.setLogRecordFactory(note)
    try:
        yield
    finally:
        logging.setLogRecordFactory(make)
    lines = [_line(record) for record in seen if not _is_allowed(record, allowed)]
    assert not lines, "logged, and not expected:\n" + "\n".join(lines)


def _is_allowed(record: logging.LogRecord, allowed: Sequence[str]) -> bool:
    text = f"{record.name}: {record.getMessage()}"
    return any(re.search(pattern, text) for pattern in allowed)


def _line(record: logging.LogRecord) -> str:
    place = f"{record.pathname}:{record.lineno}"
    return f"  {record.levelname} {record.name}: {record.getMessage()} ({place})"
