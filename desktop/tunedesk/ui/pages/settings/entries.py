"""Headers, query parameters and JSON as a person types them: one "name: value" a line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication

from tunedesk.core.errors import TunedeskError
from tunedesk.services.providers.setup import is_secret
from tunedesk.ui.widgets.text_boxes import PlainEdit

_TEXT_PX = 62

HIDDEN = "…"
"""Stands for a secret that is kept, and stays as it is."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Entries", text)


def text_field(name: str, text: str, hint: str) -> PlainEdit:
    """A box of a few lines; Tab leaves it."""
    made = PlainEdit(text)
    made.setAccessibleName(name)
    made.setPlaceholderText(hint)
    made.setFixedHeight(_TEXT_PX)
    made.setTabChangesFocus(True)
    return made


def lines_of(values: Mapping[str, str], secrets: Sequence[str] = ()) -> str:
    """Plain values as they are, secrets as "…"."""
    shown = [f"{name}: {value}" for name, value in values.items()]
    return "\n".join(shown + [f"{name}: {HIDDEN}" for name in secrets])


def read_lines(text: str, what: str) -> dict[str, str]:
    """Name to value. Raises TunedeskError that names the line; `what` is the field's name."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        if not colon or not name.strip() or not value.strip():
            raise _unread(what, _tr('Line {n} is not of the form "name: value".').format(n=number))
        found[name.strip()] = value.strip()
    return found


def parted(headers: Mapping[str, str]) -> tuple[dict[str, str], list[str], dict[str, str]]:
    """Plain headers; the names of secret ones; and the values of those that are new."""
    secret = {n: v for n, v in headers.items() if v == HIDDEN or is_secret(n, v)}
    plain = {name: value for name, value in headers.items() if name not in secret}
    return plain, list(secret), {n: v for n, v in secret.items() if v != HIDDEN}


def json_text(value: Mapping[str, Any]) -> str:
    """An object for editing; "" for an empty one."""
    return json.dumps(value, ensure_ascii=False, indent=2) if value else ""


def read_json(text: str, what: str) -> dict[str, Any]:
    """An object. Raises TunedeskError with the place of what is wrong."""
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
    except RecursionError:
        raise _unread(what, _tr("It is nested too deep.")) from None
    except json.JSONDecodeError as error:
        place = _tr("Line {line}, column {column}: {why}.")
        told = place.format(line=error.lineno, column=error.colno, why=error.msg)
        raise _unread(what, told) from None
    if not isinstance(value, dict):
        raise _unread(what, _tr('It has to be an object, as in {"lora": true}.'))
    return value


def _unread(what: str, why: str) -> TunedeskError:
    title = _tr("{field} cannot be read.").format(field=what)
    return TunedeskError("entry", title, why, _tr("Mend it, or leave it empty."))
