"""Files that are no datasets yet: tables, lists, Parquet, other people's rows."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tunedesk.core.formats.containers import Container
from tunedesk.core.formats.encodings import NAMES, UTF8
from tunedesk.core.formats.looking import Action, Look, look_at_text
from tunedesk.core.formats.shapes import NATIVE, SHAPE_WORDS, Shape
from tunedesk.core.issues import Issue
from tunedesk.core.lines import Buffer
from tunedesk.core.validation.findings import Finding, error

_LOOKED_AT_BYTES = 1 << 20
_NOT_SAID = NATIVE | {Shape.UNKNOWN, Shape.OLD_PREFERENCE}  # of these the rules speak row by row
_PARQUET = b"PAR1"
_FIX = "Open the file with Tunedesk, which imports it, and check what it saves."
_CONTAINERS = {
    Container.JSON_ARRAY: "one JSON list",
    Container.JSON_OBJECTS: "JSON objects that go over several lines",
    Container.TABLE: "a table of text",
    Container.PARQUET: "a Parquet table",
}


class Foreign(Exception):  # noqa: N818 - not an error of the program: what the file is
    """The file has no rows that could be checked; `issue` says what it is instead."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.code)
        self.issue = issue


def what_it_is(buffer: Buffer, suffix: str) -> list[Issue]:
    """What must be said of the file before its rows. Raises Foreign where lines are not rows."""
    start = bytes(buffer[:_LOOKED_AT_BYTES])
    if start.startswith(_PARQUET):
        raise Foreign(_container(Container.PARQUET).at_row(0))
    if not start or _has_rows(start):
        return [] if not start else [finding.at_row(0) for finding in _shapes(_look(start, suffix))]
    look = _look(start, suffix)
    if look.source.container in _CONTAINERS and look.action is Action.CONVERT:
        raise Foreign(_container(look.source.container).at_row(0))
    return [finding.at_row(0) for finding in (*_encoding(look), *_shapes(look))]


def _look(start: bytes, suffix: str) -> Look:
    return look_at_text(start, suffix, is_whole=len(start) < _LOOKED_AT_BYTES)


def _has_rows(start: bytes) -> bool:
    """Whether half of the first lines are objects or mean to be: then each line is a row."""
    lines = [line for line in start[:200_000].splitlines()[:50] if line.strip()]
    return 2 * sum(map(_is_object, lines)) >= len(lines)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return line.lstrip().startswith(b'{"') and len(line) > 30


def _container(container: Container) -> Finding:
    return error(
        "other_format",
        "$",
        "The file is {kind}, but services take JSONL: one example in each line.",
        _FIX,
        kind=_CONTAINERS[container],
    )


def _encoding(look: Look) -> Iterator[Finding]:
    if look.source.encoding not in UTF8:
        yield error(
            "other_encoding",
            "$",
            "The file is not UTF-8 but, by its look, {encoding}; services take UTF-8 only.",
            "Save it again as UTF-8, or open it with Tunedesk, which imports it.",
            encoding=NAMES[look.source.encoding],
        )


def _shapes(look: Look) -> Iterator[Finding]:
    """Rows that others write: nothing of them can be sent as it is. Of a few among our own, such as
    one with a role from elsewhere, the rules speak row by row."""
    n_rows = sum(look.shapes.values())
    others = [
        shape for shape, n in look.shapes.items() if shape not in _NOT_SAID and 2 * n >= n_rows
    ]
    for shape in others:
        yield error(
            "other_format",
            "$",
            "{n} of the first rows are {kind}; services take none of these.",
            _FIX,
            n=look.shapes[shape],
            kind=SHAPE_WORDS[shape],
        )
