"""Fixes that change a row: from its bytes and the finding's path to new bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tunedesk.core import json_edit
from tunedesk.core.fixes.declared_tools import with_called_declared
from tunedesk.core.issues import Params
from tunedesk.core.json_text import BOM
from tunedesk.core.messages import content_text, role_of
from tunedesk.core.plain_text import plain_text
from tunedesk.core.rows import RowError, messages_of, with_messages
from tunedesk.core.validation.values import SPECIAL_TOKEN

TextFix = Callable[[bytes, str], bytes]
InformedFix = Callable[[bytes, str, Params], bytes]

_ROLES = {
    "human": "user",
    "usr": "user",
    "prompter": "user",
    "gpt": "assistant",
    "bot": "assistant",
    "ai": "assistant",
    "model": "assistant",
    "chatgpt": "assistant",
    "assistent": "assistant",
    "instruction": "system",
    "function_response": "tool",
    "observation": "tool",
}
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_-]+")
_SURROGATES = re.compile("[\ud800-\udfff]")


class FixError(ValueError):
    """The fix does not fit this row (any more)."""


def _remove(raw: bytes, path: str) -> bytes:
    return json_edit.without(raw, path)


def _remove_message(raw: bytes, path: str) -> bytes:
    steps = json_edit.steps_of(path)
    last_index = max(at for at, step in enumerate(steps) if isinstance(step, int))
    keep = "".join(_written(step) for step in steps[: last_index + 1])
    return json_edit.without(raw, f"${keep}")


def _written(step: str | int) -> str:
    return f"[{step}]" if isinstance(step, int) else f"[{json.dumps(step)}]"


def _arguments_as_text(raw: bytes, path: str) -> bytes:
    value = json_edit.value_at(raw, path)
    if isinstance(value, str):
        raise FixError("the text is no JSON, and what was meant is not known")
    return json_edit.with_value(raw, path, json.dumps(value, ensure_ascii=False))


def _plain_name(raw: bytes, path: str) -> bytes:
    value = json_edit.value_at(raw, path)
    plain = _NOT_PLAIN.sub("_", value).strip("_")[:64] if isinstance(value, str) else ""
    return json_edit.with_value(raw, path, plain) if plain else json_edit.without(raw, path)


def _weight_number(raw: bytes, path: str) -> bytes:
    value = json_edit.value_at(raw, path)
    number = 0 if value in (0, False, None, "", "0", "0.0", "false") else 1
    return json_edit.with_value(raw, path, number)


def _no_bom(raw: bytes, path: str) -> bytes:
    return raw.removeprefix(BOM)


def _as_system(raw: bytes, path: str) -> bytes:
    return json_edit.with_value(raw, path, "system")


def _last_key(raw: bytes, path: str) -> bytes:
    return json_edit.without_repeats(raw, path)


def _end_at_reply(raw: bytes, path: str) -> bytes:
    messages = messages_of(raw)
    while messages and role_of(messages[-1]) != "assistant":
        messages.pop()
    if not messages:
        raise FixError("the row has no reply at all")
    return with_messages(raw, messages)


def _system_first(raw: bytes, path: str) -> bytes:
    messages = messages_of(raw)
    system = [message for message in messages if role_of(message) == "system"]
    return with_messages(raw, system + [m for m in messages if role_of(m) != "system"])


def _teach_last(raw: bytes, path: str) -> bytes:
    messages = messages_of(raw)
    last = next((m for m in reversed(messages) if role_of(m) == "assistant"), None)
    if last is None:
        raise FixError("the row has no reply at all")
    last.pop("weight", None)
    return with_messages(raw, messages)


def _null(raw: bytes, path: str) -> bytes:
    return json_edit.with_value(raw, path, None)


def usual_role(word: str) -> str:
    """The role that is meant by a word, "" if that cannot be told."""
    role = word.strip().lower()
    return _ROLES.get(role, role if role in ("system", "user", "assistant", "tool") else "")


def _known_role(raw: bytes, path: str) -> bytes:
    value = json_edit.value_at(raw, path)
    known = usual_role(value) if isinstance(value, str) else ""
    if not known:
        raise FixError("what the role means is not known")
    return json_edit.with_value(raw, path, known)


def _no_nul_bytes(raw: bytes, path: str) -> bytes:
    return raw.replace(b"\0", b"")


def _cleaned(raw: bytes, path: str, clean: Callable[[str], str]) -> bytes:
    value = json_edit.value_at(raw, path)
    if not isinstance(value, str):
        raise FixError("there is no text at this place")
    return json_edit.with_value(raw, path, clean(value))


def _no_nul(raw: bytes, path: str) -> bytes:
    return _cleaned(raw, path, lambda text: text.replace("\0", ""))


def _no_surrogates(raw: bytes, path: str) -> bytes:
    return _cleaned(raw, path, lambda text: _SURROGATES.sub("", text))


def _no_special(raw: bytes, path: str) -> bytes:
    return _cleaned(raw, path, lambda text: SPECIAL_TOKEN.sub("", text))


def _new_keys(raw: bytes, path: str) -> bytes:
    for old in ("non_preferred_completion", "preferred_completion"):
        new = old.replace("completion", "output")
        try:
            raw = json_edit.with_key(raw, f"$.{old}", new)
        except json_edit.PathError:
            continue
        value = json_edit.value_at(raw, f"$.{new}")
        if isinstance(value, str):
            raw = json_edit.with_value(raw, f"$.{new}", [_reply(value)])
    return raw


def _usual_system(raw: bytes, path: str, params: Params) -> bytes:
    usual = params.get("usual")
    if not isinstance(usual, str) or plain_text(_text_at(raw, path)) != plain_text(usual):
        raise FixError("the system prompt is another one by now")
    return json_edit.with_value(raw, path, usual)


def _text_at(raw: bytes, path: str) -> str:
    return content_text(json_edit.value_at(raw, path))


def _declare_tool(raw: bytes, path: str) -> bytes:
    try:
        return with_called_declared(raw, path)
    except ValueError as error:
        raise FixError(str(error)) from None


def _reply(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


TEXT_FIXES: Mapping[str, TextFix] = {
    "arguments_as_text": _arguments_as_text,
    "as_system": _as_system,
    "declare_tool": _declare_tool,
    "end_at_reply": _end_at_reply,
    "known_role": _known_role,
    "last_key": _last_key,
    "new_keys": _new_keys,
    "no_bom": _no_bom,
    "no_nul": _no_nul,
    "no_nul_bytes": _no_nul_bytes,
    "no_special": _no_special,
    "no_surrogates": _no_surrogates,
    "null": _null,
    "plain_name": _plain_name,
    "remove": _remove,
    "remove_message": _remove_message,
    "system_first": _system_first,
    "teach_last": _teach_last,
    "weight_number": _weight_number,
}

INFORMED_FIXES: Mapping[str, InformedFix] = {"usual_system": _usual_system}
"""Those that need what the finding knows of other rows."""


def changed_by(fix_code: str, raw: bytes, path: str, params: Params) -> bytes:
    """The row after a fix. Raises FixError where it does not fit."""
    try:
        if fix_code in INFORMED_FIXES:
            return INFORMED_FIXES[fix_code](raw, path, params)
        return TEXT_FIXES[fix_code](raw, path)
    except (json_edit.PathError, RowError, KeyError) as error:
        raise FixError(str(error)) from None
