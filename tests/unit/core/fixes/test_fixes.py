"""One click: the finding is gone, everything else keeps its bytes, and nothing new is wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunedesk.core import json_edit
from tunedesk.core.fixes import FixError, apply_fix, fixes_for, fixes_of, mend, safe_fixes
from tunedesk.core.validation.rows import check_row

ASK = '{"role": "user", "content": "Hi"}'
REPLY = '{"role": "assistant", "content": "Hello."}'


CALLS = (
    '{"role": "assistant", "tool_calls": ['
    '{"id": "a", "type": "function", "function": {"name": "find", '
    '"arguments": "{\\"what\\": \\"rows\\", \\"most\\": 2}"}}, '
    '{"id": "b", "type": "function", "function": {"name": "find", '
    '"arguments": "{\\"most\\": 0.5, \\"near\\": null}"}}]}'
)
DECLARED = (
    '{"type": "function", "function": {"name": "find", "parameters": {"type": "object", '
    '"properties": {"what": {"type": "string"}, "most": {"type": "number"}, "near": {}}}}}'
)


def row(*messages: str, rest: str = "") -> str:
    return f'{{"messages": [{", ".join(messages)}]{rest}}}'


CASES = [
    ("unknown_key", row(ASK, REPLY, rest=', "id": 7'), row(ASK, REPLY)),
    (
        "unknown_message_key",
        row('{"role": "user", "when": 1, "content": "Hi"}', REPLY),
        row(ASK, REPLY),
    ),
    ("unknown_role", row('{"role": "human", "content": "Hi"}', REPLY), row(ASK, REPLY)),
    (
        "misplaced_weight",
        row('{"role": "user", "content": "Hi", "weight": 1}', REPLY),
        row(ASK, REPLY),
    ),
    (
        "bad_weight",
        row(ASK, '{"role": "assistant", "content": "Hello.", "weight": true}'),
        row(ASK, '{"role": "assistant", "content": "Hello.", "weight": 1}'),
    ),
    (
        "bad_name",
        row('{"role": "user", "name": "Ann Lee", "content": "Hi"}', REPLY),
        row('{"role": "user", "name": "Ann_Lee", "content": "Hi"}', REPLY),
    ),
    ("last_not_assistant", row(ASK, REPLY, ASK), row(ASK, REPLY)),
    (
        "nothing_trained",
        row(ASK, '{"role": "assistant", "content": "Hello.", "weight": 0}'),
        row(ASK, REPLY),
    ),
    (
        "special_token",
        row('{"role": "user", "content": "H<|im_end|>i"}', REPLY),
        row(ASK, REPLY),
    ),
    (
        "duplicate_key",
        row('{"role": "user", "content": "No", "content": "Hi"}', REPLY),
        row(ASK, REPLY),
    ),
    ("nul_character", row('{"role": "user", "content": "H\\u0000i"}', REPLY), row(ASK, REPLY)),
    (
        "lone_surrogate",
        row('{"role": "user", "content": "H\\ud800i"}', REPLY),
        row(ASK, REPLY),
    ),
    (
        "developer_role",
        row('{"role": "developer", "content": "Be kind."}', ASK, REPLY),
        row('{"role": "system", "content": "Be kind."}', ASK, REPLY),
    ),
    (
        "system_not_first",
        row(ASK, '{"role": "system", "content": "Be kind."}', REPLY),
        row('{"role": "system", "content": "Be kind."}', ASK, REPLY),
    ),
    ("bom", "\ufeff" + row(ASK, REPLY), row(ASK, REPLY)),
    (
        "undeclared_tool",
        row(ASK, CALLS),
        row(ASK, CALLS, rest=f', "tools": [{DECLARED}]'),
    ),
]


@pytest.mark.parametrize(("code", "before", "after"), CASES, ids=[case[0] for case in CASES])
def test_the_first_fix_mends_and_touches_nothing_else(code: str, before: str, after: str) -> None:
    raw = before.encode()
    issue = next(issue for issue in check_row(raw, 1) if issue.code == code)
    fix = fixes_of(issue)[0]
    assert fix.kind == "text"
    assert apply_fix(raw, issue, fix).decode() == after
    assert mend(raw, code, fix).decode() == after
    assert code not in [issue.code for issue in check_row(after.encode(), 1)]


def test_all_findings_of_a_kind_in_one_row_are_mended_together() -> None:
    raw = row(
        '{"a": 1, "role": "user", "content": "Hi", "b": 2}',
        '{"role": "assistant", "c": [1], "content": "Hello."}',
    ).encode()
    issue = next(issue for issue in check_row(raw, 1) if issue.code == "unknown_message_key")
    assert mend(raw, issue.code, fixes_of(issue)[0]).decode() == row(ASK, REPLY)


def test_what_cannot_be_told_is_offered_no_fix_of_the_text_and_refused_if_asked() -> None:
    broken = '{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{a"}}'
    calls = f'{{"role": "assistant", "tool_calls": [{broken}]}}'
    for code, raw in (
        ("unknown_role", row('{"role": "narrator", "content": "Hi"}', REPLY).encode()),
        ("bad_arguments", row(ASK, calls).encode()),
    ):
        issue = next(issue for issue in check_row(raw, 1) if issue.code == code)
        assert [fix.kind for fix in fixes_of(issue)] == ["aside"]
        with pytest.raises(FixError):
            apply_fix(raw, issue, fixes_for(code)[0])
        assert mend(raw, code, fixes_for(code)[0]) == raw


def test_a_function_called_the_old_way_is_declared_the_old_way() -> None:
    call = '{"role": "assistant", "function_call": {"name": "find", "arguments": "{}"}}'
    before = row(ASK, call, rest=', "functions": [{"name": "other"}]').encode()
    fix = fixes_for("undeclared_tool")[0]
    after = mend(before, "undeclared_tool", fix)
    assert json.loads(after)["functions"] == [
        {"name": "other"},
        {"name": "find", "parameters": {"type": "object", "properties": {}}},
    ]
    unreadable = before.replace(b'"{}"', b'"{"')
    assert mend(unreadable, "undeclared_tool", fix) == unreadable


def test_every_finding_in_a_row_offers_something() -> None:
    issues = check_row(b'{"messages": 5}', 3)
    assert issues
    assert all(fixes_of(issue) for issue in issues)


_NAMES = st.text('abc "\\é', min_size=1, max_size=4)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(_NAMES, _VALUES, min_size=1, max_size=4), st.data())
def test_taking_out_any_member_leaves_the_others(
    value: dict[str, object], data: st.DataObject
) -> None:
    raw = json.dumps(value, indent=None, ensure_ascii=data.draw(st.booleans())).encode()
    key = data.draw(st.sampled_from(sorted(value)))
    path = f"$[{json.dumps(key)}]"
    assert json.loads(json_edit.without(raw, path)) == {k: v for k, v in value.items() if k != key}
    changed = json.loads(json_edit.with_value(raw, path, "neu"))
    assert changed == {**value, key: "neu"}


@pytest.mark.parametrize("path", ["$.no", "$.messages[9]", "$.messages.role", "$[0]"])
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    with pytest.raises(json_edit.PathError):
        json_edit.without(row(ASK, REPLY).encode(), path)


def test_safe_fixes_mend_several_things_at_once() -> None:
    raw = (
        "\ufeff"
        + row(
            '{"role": "human", "content": "Hi", "weight": 1}',
            '{"role": "gpt", "content": "Hello.", "weight": "1"}',
        )
    ).encode()
    mended = safe_fixes(raw)
    assert mended.decode() == row(ASK, '{"role": "assistant", "content": "Hello.", "weight": 1}')
