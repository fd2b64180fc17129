"""What is wrong with a row, said so that a person can mend it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from tunedesk.core.phrases import filled
from tunedesk.core.speech import worded

__all__ = ["WORD_PARAMS", "Issue", "Params", "Severity", "filled"]

Params = Mapping[str, str | int]

WORD_PARAMS = frozenset({"kind", "reason", "format", "found"})
"""Params that are English words or phrases, not quotations: they are translated as well."""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. `row` counts from 1; `path` is a JSON path such as `$.messages[2].role`.

    `template` says what is wrong and why it matters, `fix_template` what to do; both are plain
    English with slots such as {role}, which `params` fill. The window translates the templates
    and fills them itself; `message` and `fix` are the English. `row` 0 means the file as a whole.
    """

    row: int
    severity: Severity
    code: str
    path: str
    template: str
    fix_template: str
    params: Params = {}

    @property
    def message(self) -> str:
        """What is wrong and why it matters, in English."""
        return filled(self.template, self.params)

    @property
    def fix(self) -> str:
        """What to do, in English."""
        return filled(self.fix_template, self.params)

    @property
    def said_message(self) -> str:
        """What is wrong and why it matters, in the language that is spoken."""
        return worded(self.template, self.params, WORD_PARAMS)

    @property
    def said_fix(self) -> str:
        """What to do, in the language that is spoken."""
        return worded(self.fix_template, self.params, WORD_PARAMS)
