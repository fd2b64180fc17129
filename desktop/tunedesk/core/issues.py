"""What is wrong with a row, said so that a person can mend it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

import msgspec

_SLOT = re.compile(r"\{(\w+)\}")

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


def filled(template: str, params: Params) -> str:
    """The sentence: slots without a param stay, braces within params are left alone.

    Numbers have their thousands apart.
    """

    def value(found: re.Match[str]) -> str:
        param = params.get(found[1], found[0])
        return param if isinstance(param, str) else f"{param:,}"

    return _SLOT.sub(value, template) if params else template
