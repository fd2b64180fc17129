"""What a rule hands back: an issue that does not know its row yet."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tunedesk.core.issues import Issue, Params, Severity, filled

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Finding(NamedTuple):
    """See Issue for the meaning of the texts."""

    severity: Severity
    code: str
    path: str
    template: str
    fix_template: str
    params: Params

    @property
    def message(self) -> str:
        """What is wrong and why it matters, in English."""
        return filled(self.template, self.params)

    def at_row(self, row: int) -> Issue:
        """The issue of this row, counted from 1; 0 is the file as a whole."""
        return Issue(
            row=row,
            severity=self.severity,
            code=self.code,
            path=self.path,
            template=self.template,
            fix_template=self.fix_template,
            params=self.params,
        )


Findings = Iterator[Finding]
# A rule of a parsed row, or of one message: the object and its JSON path.
Rule = Callable[[Mapping[str, Any], str], Iterable[Finding]]


def error(code: str, path: str, message: str, fix: str, **params: str | int) -> Finding:
    """Something a service refuses, or that would teach the model nothing or a falsehood.

    Both texts are written out where the rule is, with slots for `params`: translations and
    docs/validation.md are made from them.
    """
    return Finding(Severity.ERROR, code, path, message, fix, params)


def warning(code: str, path: str, message: str, fix: str, **params: str | int) -> Finding:
    """Something that trains, though perhaps not as intended."""
    return Finding(Severity.WARNING, code, path, message, fix, params)


def child(path: str, key: str | int) -> str:
    """JSON path of a member or element: $.messages[2].role, $["odd key"]."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{path}[{json.dumps(key)}]"


def quoted(value: object, limit: int = 40) -> str:
    """A value as a message shows it: JSON on one line, cut short, always printable."""
    if isinstance(value, str):
        value = value[: limit + 1]
    text = json.dumps(value) if isinstance(value, str | int | float | None) else kind(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def kind(value: object) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    for known, words in _KINDS:
        if isinstance(value, known):
            return words
    return type(value).__name__


_KINDS: tuple[tuple[type, str], ...] = (
    (str, "a text"),
    (int, "a number"),
    (float, "a number"),
    (list, "a list"),
    (dict, "an object"),
)
