"""Chat templates of other families: each behaves, or says in a sentence what it cannot show."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.support.dataset_rows import assistant, call, tool, user
from tests.support.model_templates import BY_NAME, model_folder, use_spaced_tokenizer
from tunedesk.engine.template import ChatTemplate, Encoded, TemplateRefusalError
from tunedesk.engine.template.encoding import any_of
from tunedesk.engine.template.renderer import Renderer
from tunedesk.engine.template.turns import TurnFinder

pytestmark = pytest.mark.engine

_END = "<|im_end|>"
_SYSTEM = {"role": "system", "content": "Be brief."}
_TALK = [user("One?"), assistant("Two."), user("Three?"), assistant(" Four. ")]


def _template(tmp_path: Path, name: str, **config: Any) -> ChatTemplate:
    return ChatTemplate(model_folder(tmp_path / "model", BY_NAME[name], **config))


def _trained(row: Encoded) -> str:
    pieces = zip(row.pieces(), row.trained, strict=True)
    return "".join(piece for piece, wanted in pieces if wanted)


_LEARNED = {
    "knows tools": "Two.<|im_end|> Four. <|im_end|>",
    "wants text": "Two.<|im_end|> Four. <|im_end|>",
    "strips": "Two.<|im_end|>Four.<|im_end|>",
    "no system": "Two.<|im_end|>Four.<|im_end|>",
    "no opening": " Two.<|im_end|> Four.<|im_end|>",
    "ends twice": "Two.<|im_end|> Four. <|im_end|>",
    "drops thoughts": "Two.<|im_end|><think></think>\n Four. <|im_end|>",
    "no end": "Two.\n\n Four. \n\n<|im_end|>",
    "marks answers": "Two.<|im_end|> Four. <|im_end|>",
}


@pytest.mark.parametrize("name", BY_NAME)
def test_answers_are_learned_up_to_where_generation_stops(tmp_path: Path, name: str) -> None:
    template = _template(tmp_path, name)
    row = template.row(_TALK)
    assert _trained(row) == _LEARNED[name]
    asked = template.prompt(_TALK[:3])
    assert row.tokens[: len(asked)] == asked
    assert row.trained[len(asked)]


@pytest.mark.parametrize("name", BY_NAME)
def test_the_quick_way_to_the_turns_finds_what_the_slow_one_does(name: str) -> None:
    seed = random.randrange(10**9)
    dice, n_equal = random.Random(seed), 0
    for _ in range(40):
        messages = _conversation(dice)
        quick, slow = _spans(name, messages)
        for at, span in slow.items():
            assert quick is not None, f"seed {seed}: {messages}"
            assert quick[at] == span, f"seed {seed}: {messages}"
        n_equal += len(slow)
    assert n_equal > 10


def _spans(
    name: str, messages: list[dict[str, Any]]
) -> tuple[dict[int, Any] | None, dict[int, Any]]:
    render = Renderer(BY_NAME[name], {"bos_token": "<|im_start|>", "eos_token": _END})
    ends = any_of([_END, "<|endoftext|>"])
    finder = TurnFinder(lambda m, asked: render(m, generation_prompt=asked), messages, ends)
    wanted = [at for at, message in enumerate(messages) if message["role"] == "assistant"]
    slow: dict[int, Any] = {}
    for at in wanted:
        try:
            slow[at] = finder.slowly(at)
        except TemplateRefusalError:
            continue
    try:
        return finder.spans(dict.fromkeys(wanted, True)), slow
    except TemplateRefusalError:
        return None, slow if len(slow) == len(wanted) else {}


def _conversation(dice: random.Random) -> list[dict[str, Any]]:
    words = ["", " ", "\n", "x", "Two.", "assistant\n", "mark", "ไทย", "[/INST]", "👍🏽", "{{ x }}"]
    roles = ["user", "assistant"] * dice.randint(1, 5)
    return [
        {"role": role, "content": "".join(dice.choices(words, k=dice.randint(0, 4)))}
        for role in roles
    ]


@pytest.mark.parametrize("name", sorted(set(BY_NAME) - {"no system"}))
def test_a_system_message_is_shown(tmp_path: Path, name: str) -> None:
    row = _template(tmp_path, name).row([_SYSTEM, *_TALK])
    assert "Be brief." in row.text
    assert _trained(row) == _LEARNED[name]


def test_a_refused_system_message_is_told(tmp_path: Path) -> None:
    template = _template(tmp_path, "no system")
    with pytest.raises(TemplateRefusalError, match="refuses: System role not supported"):
        template.row([_SYSTEM, *_TALK])
    with pytest.raises(TemplateRefusalError, match="must alternate"):
        template.prompt([user("x"), user("y")])


def test_thoughts_that_are_dropped_later_cannot_be_learned(tmp_path: Path) -> None:
    template = _template(tmp_path, "drops thoughts")
    thought = assistant("<think>Hm.</think>Two.")
    assert _trained(template.row([user("One?"), thought])) == thought["content"] + _END
    with pytest.raises(TemplateRefusalError, match="rewrites earlier turns"):
        template.row([user("One?"), thought, *_TALK[2:]])
    later = template.row([user("One?"), {**thought, "weight": 0}, *_TALK[2:]])
    assert _trained(later) == "<think></think>\n Four. <|im_end|>"


_TOOLS = [tool(name="measure", description="Measures.", parameters={"type": "object"})]
_CALLING = [
    user("How far?"),
    assistant(None, tool_calls=[call("a-very-long-id", arguments='{"to": "Rome & <b>"}')]),
    {"role": "tool", "tool_call_id": "a-very-long-id", "content": "9 km"},
    assistant("Nine."),
]
_CALL_TEXT = '<tool_call>\n{"name": "measure", "arguments": {"to": "Rome & <b>"}}\n</tool_call>'


@pytest.mark.parametrize("name", ["knows tools", "wants text"])
def test_a_template_that_knows_tools_gets_them_as_they_are(tmp_path: Path, name: str) -> None:
    row = _template(tmp_path, name).row(_CALLING, _TOOLS)
    declared = '{"type": "function", "function": {"name": "measure", "parameters":'
    assert f"Tools:\n{declared}" in row.text
    assert "You can use these functions" not in row.text
    assert _trained(row) == f"{_CALL_TEXT}{_END}Nine.{_END}"


@pytest.mark.parametrize("name", sorted(set(BY_NAME) - {"knows tools", "wants text"}))
def test_any_other_template_is_told_of_tools_in_words(tmp_path: Path, name: str) -> None:
    template = _template(tmp_path, name)
    row = template.row(_CALLING, _TOOLS)
    assert '<tools>\n{"name": "measure", "parameters": {"type": "object"}' in row.text
    assert "<tool_response>\n9 km\n</tool_response>" in row.text
    assert _CALL_TEXT in _trained(row)
    assert "<tools>" not in _trained(row)
    asked = template.prompt(_CALLING[:3], _TOOLS)
    assert template.row([*_CALLING[:3], assistant("x")], _TOOLS).tokens[: len(asked)] == asked


def test_a_model_without_a_template_takes_plain_rows_only(tmp_path: Path) -> None:
    template = ChatTemplate(model_folder(tmp_path, None))
    assert _trained(template.completion("a", "b")) == "b<|im_end|>"
    with pytest.raises(TemplateRefusalError, match="no chat template"):
        template.row(_TALK)


def test_a_broken_template_is_refused_when_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="chat template cannot be read"):
        ChatTemplate(model_folder(tmp_path, "{% if %}"))


@pytest.mark.parametrize(
    "source",
    [
        "{{ messages[99].content.x }}",
        "{{ ''.__class__.__mro__ }}{{ cycler.__init__.__globals__ }}",
        "{{ 1 / 0 }}",
        "{{ {'a': [1]} | tojson(indent=400000000) }}",
        "{{ messages.append(1) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for i in range(10000000000) %}{% endfor %}",
    ],
)
def test_whatever_a_template_does_it_refuses_at_worst(tmp_path: Path, source: str) -> None:
    template = ChatTemplate(model_folder(tmp_path, source))
    with pytest.raises(TemplateRefusalError, match="the chat template refuses: "):
        template.prompt([user("x")])


@pytest.mark.parametrize("key", ["n_positions", "max_position_embeddings", "text_config"])
def test_the_context_length_is_found_under_any_name(tmp_path: Path, key: str) -> None:
    given: Any = {"max_position_embeddings": 99} if key == "text_config" else 99
    folder = model_folder(tmp_path, None, **{"max_position_embeddings": None, key: given})
    assert ChatTemplate(folder).context_tokens == 99


def test_the_tokenizers_own_end_token_ends_a_reply(tmp_path: Path) -> None:
    template = _template(tmp_path, "strips", eos_token_id=0)
    assert template.end_ids == {0, 2}


def test_a_tokenizer_that_puts_spaces_before_texts_learns_no_space(tmp_path: Path) -> None:
    folder = model_folder(tmp_path, BY_NAME["ends twice"])
    use_spaced_tokenizer(folder)
    template = ChatTemplate(folder)
    row = template.row([user("x"), assistant("yes"), user("z"), assistant("no")])
    assert _trained(row) == "yes<|im_end|>no<|im_end|>"
    assert "".join(row.pieces()) == row.text
    asked = template.prompt([user("x")])
    assert row.tokens[: len(asked)] == asked
    assert template.tokenizer.id_to_token(row.tokens[len(asked)]) == "y"
