"""What is wrong with a row, said so that a person can mend it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. `row` counts from 1; `path` is a JSON path such as `$.messages[2].role`.

    `message` says what is wrong and why it matters, `fix` what to do; both are plain English
    (the window shows its own language by `code`). `row` 0 means the file as a whole.
    """

    row: int
    severity: Severity
    code: str
    path: str
    message: str
    fix: str
