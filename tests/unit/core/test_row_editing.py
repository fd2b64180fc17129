"""What the editors of a row stand on: keys, pairs, differences, layout, arguments, functions."""

from __future__ import annotations

import json
import random

import pytest

from tests.support.dataset_rows import assistant, preference, raw, tool, user
from tunedesk.core.arguments import arguments_text, fields_of, read_arguments, with_argument
from tunedesk.core.invisible import HIDDEN, TURNING, unseen_in
from tunedesk.core.json_edit import PathError
from tunedesk.core.json_layout import compacted, formatted, same_but_for_space
from tunedesk.core.old_functions import has_old_functions, with_tools_for_functions
from tunedesk.core.pair_rows import pair_of, with_answer, with_answers_swapped, with_pair_prompt
from tunedesk.core.row_keys import with_row_key, without_row_key
from tunedesk.core.text_diff import differences


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"{}", b'{"k": 1}'),
        (b'{ "a":1.0 }', b'{ "a":1.0, "k": 1 }'),
        (b'{"k": 3,"a":2}', b'{"k": 1,"a":2}'),
        (b'\xef\xbb\xbf{"a": "\xc3\xa9"}', b'\xef\xbb\xbf{"a": "\xc3\xa9", "k": 1}'),
    ],
)
def test_a_row_key_is_set_and_nothing_else(before: bytes, after: bytes) -> None:
    assert with_row_key(before, "k", 1) == after
    assert without_row_key(with_row_key(before, "new", 1), "new") == before
    assert without_row_key(before, "absent") == before


@pytest.mark.parametrize("row", [b"", b"[1]", b"{", b'"x"'])
def test_what_is_no_object_has_no_keys(row: bytes) -> None:
    with pytest.raises(PathError):
        with_row_key(row, "k", 1)


def test_answers_are_edited_alone_and_swapped_back_to_the_same_bytes() -> None:
    row = preference().replace(b'"non_pre', b'   "non_pre')
    pair = pair_of(row)
    assert (pair.preferred.text, pair.other.text) == ("384,400 km.", "Far.")
    swapped = with_answers_swapped(row)
    assert pair_of(swapped).preferred.text == "Far."
    assert with_answers_swapped(swapped) == row
    assert with_answer(row, "preferred_output", "ใกล้") == row.replace(
        b'"384,400 km."', '"ใกล้"'.encode()
    )
    changed = with_pair_prompt(row, [user("Where?")])
    assert changed == row.replace(b"How far is the Moon?", b"Where?")


def test_a_missing_answer_is_added_and_one_in_parts_is_left_alone() -> None:
    row = preference(non_preferred_output=None)
    added = json.loads(with_answer(row, "non_preferred_output", "Far."))
    assert added["non_preferred_output"] == [assistant("Far.")]
    parts = preference(preferred_output=[assistant([{"type": "text", "text": "x"}])])
    assert pair_of(parts).preferred.path == ""
    with pytest.raises(PathError):
        with_answer(parts, "preferred_output", "y")


@pytest.mark.parametrize(
    ("one", "other", "only_one", "only_other"),
    [
        ("", "", [], []),
        ("same", "same", [], []),
        ("About 384 km.", "Some 384 km.", ["About"], ["Some"]),
        ("ใกล้มาก", "ไกลมาก", ["ใ", "ล้"], ["ไ", "ล"]),
        ("กำ", "กา", ["ำ"], ["า"]),
        ("x 👍🏽", "x 👍🏻", ["👍🏽"], ["👍🏻"]),
        ("東京です", "東京だ", ["です"], ["だ"]),
    ],
)
def test_differences_are_words_or_characters(
    one: str, other: str, only_one: list[str], only_other: list[str]
) -> None:
    left, right = differences(one, other)
    assert [one[a:b] for a, b in left] == only_one
    assert [other[a:b] for a, b in right] == only_other


def test_what_differences_leave_out_is_the_same_in_both() -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for _ in range(300):
        one, other = ("".join(chance.choices("ab ก้ \n👍🏽é", k=30)) for _ in range(2))
        left, right = differences(one, other)
        assert _without(one, left) == _without(other, right), seed


def _without(text: str, ranges: list[tuple[int, int]]) -> str:
    for start, end in reversed(ranges):
        text = text[:start] + text[end:]
    return text


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", '{"a": {}, "b": [ ]}', '{"a" :1.50,"b":["x\\n{,", 1e400, {"c":null}]}', "3"],
)
def test_layout_changes_only_white_space(text: str) -> None:
    pretty = formatted(text)
    assert same_but_for_space(pretty, text)
    assert compacted(pretty) == compacted(text)
    assert json.loads(pretty) == json.loads(compacted(text)) == json.loads(text)
    assert formatted(pretty) == pretty
    assert "1.50" in compacted(pretty) or "1.50" not in text


def test_forty_characters_are_known_and_pictures_keep_their_joiners() -> None:
    codes = {**TURNING, **HIDDEN}
    assert len(codes) >= 40
    for code in codes:
        assert [u.code for u in unseen_in(f"a{chr(code)}b")] == [code]
    assert unseen_in("👩‍👩‍👧 ❤️‍🔥 ไทย é") == []


def test_arguments_fit_a_form_or_do_not() -> None:
    schema = {
        "type": "object",
        "required": ["city"],
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["c", "f"]},
            "days": {"type": "integer"},
            "now": {"type": "boolean"},
        },
    }
    fields = fields_of(schema)
    assert fields is not None
    assert [f.kind for f in fields] == ["string", "enum", "integer", "boolean"]
    values = read_arguments('{"days": 2, "city": "กรุงเทพ"}', fields)
    assert values is not None
    changed = with_argument(with_argument(values, fields[1], "c"), fields[2], "")
    assert arguments_text(changed) == '{"city": "กรุงเทพ", "unit": "c"}'
    assert with_argument({}, fields[3], "true") == {"now": True}
    with pytest.raises(ValueError, match="whole number"):
        with_argument({}, fields[2], "1.5")
    for text in ('{"other": 1}', '{"unit": "k"}', '{"days": true}', "[]", "{", None, {}):
        assert read_arguments(text, fields) is None
    for odd in (None, {}, {"properties": {"a": {"type": "object"}}}, {"properties": {"a": 1}}):
        assert fields_of(odd) is None


def test_deprecated_functions_become_tools() -> None:
    row = raw(
        {
            "messages": [
                user(),
                {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
                {"role": "function", "name": "f", "content": "3"},
                assistant("Three."),
            ],
            "functions": [{"name": "f", "parameters": {}}],
        }
    )
    assert has_old_functions(row)
    new = json.loads(with_tools_for_functions(row))
    assert not has_old_functions(with_tools_for_functions(row))
    assert new["tools"] == [{**tool("f")}]
    call = new["messages"][1]["tool_calls"][0]
    assert call["function"] == {"name": "f", "arguments": "{}"}
    assert new["messages"][2] == {"role": "tool", "tool_call_id": call["id"], "content": "3"}
