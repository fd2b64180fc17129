"""The JSON acceptor: takes every object that json writes, and nothing that cannot become one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunedesk.engine.generation.constraint import JsonObject
from tunedesk.engine.generation.json_prefix import JsonPrefix

pytestmark = pytest.mark.engine

_NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_LEAVES = st.none() | st.booleans() | _NUMBERS | st.text()
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_OBJECTS = st.dictionaries(st.text(), _VALUES, max_size=4)
_ALPHABET = '{}[]":,\\ \n.-+0123456789eEtrufalsn/bx\u00e9\U0001f642\x01'
_CLOSERS = '"}]:10,eulsratnf{'


@given(_OBJECTS, st.booleans(), st.sampled_from([None, 0, 2]))
def test_every_text_that_json_writes_is_taken(
    value: dict[str, Any], is_ascii: bool, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)
    state = JsonPrefix().feed(text)
    assert state is not None
    assert state.is_over


@given(st.data())
def test_every_prefix_that_is_taken_can_become_an_object(data: st.DataObject) -> None:
    text, state = "", JsonPrefix()
    for _ in range(data.draw(st.integers(0, 40))):
        after = {char: state.feed(char) for char in _ALPHABET}
        allowed = [char for char, next_state in after.items() if next_state is not None]
        char = data.draw(st.sampled_from(allowed))
        text, state = text + char, state.feed(char) or state
    assert isinstance(json.loads(text + _completion(state)), dict)


def _completion(state: JsonPrefix) -> str:
    """A shortest text that closes the object, by breadth-first search over states."""
    seen, edge = {state}, [("", state)]
    while edge:
        text, at = edge.pop(0)
        if at.is_over:
            return text
        for char in _CLOSERS:
            after = at.feed(char)
            if (
                after is not None
                and after not in seen
                and len(after.opened) <= max(1, len(at.opened))
            ):
                seen.add(after)
                edge.append((text + char, after))
    raise AssertionError(f"{state} leads nowhere")


@given(st.text(_ALPHABET, max_size=12))
def test_what_is_taken_whole_is_what_json_reads(tail: str) -> None:
    text = '{"a": ' + tail
    state = JsonPrefix().feed(text)
    is_whole = state is not None and state.is_over
    assert is_whole == _is_object(text)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


_IMPOSSIBLE = ["[", "1", '"', "}", "{]", "{1", "{,", '{"a"}', "{}x", "{} {", "{'a'"]
_IMPOSSIBLE_VALUES = ["}", "1,}", "01", "+1", "1.}", ".5", "1e}", "NaN", "tru}", "[1,]", "[}"]
_IMPOSSIBLE_VALUES += ['"\n', '"\\x', '"\\u12g', "-}", "--", "1.2.", "1e+}", "truex", "nul,"]


@pytest.mark.parametrize("text", [*_IMPOSSIBLE, *('{"a":' + value for value in _IMPOSSIBLE_VALUES)])
def test_what_no_object_begins_with_is_refused(text: str) -> None:
    assert JsonPrefix().feed(text) is None


def test_a_named_call_holds_its_two_keys_only() -> None:
    starts = ['{"name": "look", "arguments": {', '{"name": "look_up", "arguments": {']
    for good in (
        '{"name": "look_up", "arguments": {"a": [1]}}',
        '{"name": "look", "arguments": {}}',
    ):
        forced = JsonObject(starts)
        for char in good:
            assert forced.allows(char), char
            forced.take(char)
        assert forced.is_over
    for bad in (' {"name"', '{"name": "lift', '{"name": "look", "arguments": {}, "x', '{"x'):
        assert not JsonObject(starts).allows(bad)


def test_blank_after_blank_is_drivel_only_between_values() -> None:
    free = JsonObject()
    free.take("{\n")
    free.take("  ")
    assert not free.allows(" ")
    free.take('"a ')
    free.take(" ")
    assert free.allows("  ")
