"""Which fixes a finding has, by its code: a table, not a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from tunedesk.core.fixes.texts import usual_role
from tunedesk.core.issues import Issue

Kind = Literal["text", "delete", "aside", "train"]


class Fix(msgspec.Struct, frozen=True):
    """`words` name it on a button, in plain English (the window translates them).

    kind "text": the row's own bytes change (`apply_fix`). "delete": the row goes. "aside": it is
    set aside. "train": it, and every row with its prompt, is put on the train side.
    """

    code: str
    words: str
    kind: Kind = "text"


ASIDE = Fix("aside", "Set row aside", "aside")
DELETE = Fix("delete", "Delete row", "delete")
KEEP_IN_TRAIN = Fix("train", "Keep in train only", "train")
_REMOVE_KEY = Fix("remove", "Remove the key")
_REMOVE_MESSAGE = Fix("remove_message", "Remove the message")
_REMOVE_WEIGHT = Fix("remove", "Remove the weight")
_BOTH = (ASIDE, DELETE)

_TABLE: Mapping[str, tuple[Fix, ...]] = {
    "bad_arguments": (Fix("arguments_as_text", "Write them as JSON text"), ASIDE),
    "bad_name": (Fix("plain_name", "Use plain characters"), Fix("remove", "Remove the name")),
    "bad_parallel_tool_calls": (_REMOVE_KEY,),
    "bad_weight": (Fix("weight_number", "Write 0 or 1"), _REMOVE_WEIGHT),
    "blank_line": (Fix("delete", "Delete the line", "delete"),),
    "bom": (Fix("no_bom", "Remove the mark"),),
    "deep_nesting": _BOTH,
    "developer_role": (Fix("as_system", "Make it a system message"),),
    "duplicate_key": (Fix("last_key", "Keep the last one"), ASIDE),
    "duplicate_row": (DELETE, ASIDE),
    "empty_message": (_REMOVE_MESSAGE, ASIDE),
    "empty_reply": _BOTH,
    "huge_number": _BOTH,
    "invalid_json": _BOTH,
    "last_not_assistant": (Fix("end_at_reply", "End at the last reply"), ASIDE),
    "leak": (KEEP_IN_TRAIN, ASIDE),
    "lone_surrogate": (Fix("no_surrogates", "Delete the half character"),),
    "message_not_object": (_REMOVE_MESSAGE, ASIDE),
    "misplaced_key": (_REMOVE_KEY,),
    "misplaced_weight": (_REMOVE_WEIGHT,),
    "mixed_formats": _BOTH,
    "near_duplicate": (DELETE, ASIDE),
    "no_assistant_message": _BOTH,
    "no_messages": (DELETE, ASIDE),
    "not_finite": (Fix("null", "Write null"), ASIDE),
    "not_object": _BOTH,
    "nothing_trained": (Fix("teach_last", "Teach the last reply"), ASIDE),
    "nul_byte": (Fix("no_nul_bytes", "Delete the NUL bytes"), ASIDE),
    "nul_character": (Fix("no_nul", "Delete the NUL characters"),),
    "old_preference_keys": (Fix("new_keys", "Use the new names"),),
    "outputs_nearly_same": _BOTH,
    "over_long": _BOTH,
    "same_outputs": (DELETE, ASIDE),
    "same_prompt_other_reply": (ASIDE, DELETE),
    "special_token": (Fix("no_special", "Remove the token"), ASIDE),
    "spaced_system_prompt": (Fix("usual_system", "Write it as in the other rows"),),
    "system_not_first": (Fix("system_first", "Put it first"),),
    "undeclared_tool": (Fix("declare_tool", "Declare it by its calls"), ASIDE),
    "unknown_key": (_REMOVE_KEY, ASIDE),
    "unknown_message_key": (_REMOVE_KEY, ASIDE),
    "unknown_role": (Fix("known_role", "Use the usual role"), ASIDE),
}


def fixes_of(issue: Issue) -> tuple[Fix, ...]:
    """The fixes of a finding, best first; () where only a person can mend it.

    Every finding in a row can at least be set aside; one of the whole file (row 0) has none.
    """
    if issue.row == 0:
        return ()
    fixes = fixes_for(issue.code)
    return fixes if _is_clear(issue) else tuple(fix for fix in fixes if fix.kind != "text")


def _is_clear(issue: Issue) -> bool:
    """Whether it can be told what was meant, as far as the finding's kind does not say."""
    if issue.code == "unknown_role":
        return bool(usual_role(str(issue.params.get("role", "")).strip('"')))
    if issue.code == "bad_arguments":
        return "kind" in issue.params  # of another kind than text; a broken text stays broken
    return True


def fixes_for(code: str) -> tuple[Fix, ...]:
    """As `fixes_of`, for any finding in a row with this code."""
    return _TABLE.get(code, (ASIDE,))
