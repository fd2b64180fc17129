"""OpenAI's messages, tools and calls in the shape that a model's chat template takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from tunedesk.core.messages import is_trained, role_of
from tunedesk.engine.template.renderer import Message, TemplateRefusalError
from tunedesk.engine.tool_text import (
    ToolCall,
    arguments_value,
    call_text,
    result_text,
    tools_text,
)

# "developer" is the newer name of system, "function" the older one of tool.
_ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}


class Conversation(msgspec.Struct, frozen=True):
    """Messages as the template takes them; `trained[i]` says whether message i is learned."""

    messages: list[dict[str, Any]]
    trained: list[bool]
    tools: list[dict[str, Any]] | None = None


class NativeForm(msgspec.Struct, frozen=True):
    """How a template that knows tools wants them: each template has its own habits."""

    arguments_as_text: bool
    empty_content: str | None


class Turn(msgspec.Struct, frozen=True):
    """A message of any OpenAI shape, read."""

    role: str
    content: str
    trained: bool
    name: str | None
    calls: list[ToolCall]
    call_ids: list[str]
    answers: str | None


def read_turns(messages: Sequence[Message]) -> list[Turn]:
    """Raises TemplateRefusalError for what no local model reads, such as pictures."""
    return [_turn(message) for message in messages]


def functions_of(tools: object) -> list[Mapping[str, Any]]:
    """The functions that OpenAI's `tools` declare. Raises TemplateRefusalError."""
    listed = tools if isinstance(tools, list) else [] if tools is None else [None]
    functions = [tool.get("function") if isinstance(tool, Mapping) else None for tool in listed]
    if not all(isinstance(function, Mapping) for function in functions):
        raise TemplateRefusalError('a tool must be {"type": "function", "function": {…}}')
    return [function for function in functions if isinstance(function, Mapping)]


def tools_of(example: Mapping[str, Any]) -> list[Any]:
    """`tools` of an example or a request, and the deprecated `functions` in their shape."""
    declared = example.get("functions") or []
    return [*(example.get("tools") or []), *({"type": "function", "function": f} for f in declared)]


def plain(turns: Sequence[Turn]) -> Conversation:
    """Without tools: the same for every template."""
    return Conversation([_said(turn) for turn in turns], [turn.trained for turn in turns])


def native(
    turns: Sequence[Turn], functions: Sequence[Mapping[str, Any]], form: NativeForm
) -> Conversation:
    """For a template that knows tools.

    Ids are counted anew: they mean nothing to a model, and some templates take only nine letters
    and digits.
    """
    ids: dict[str, str] = {}
    names: dict[str, str] = {}
    messages: list[dict[str, Any]] = []
    for turn in turns:
        message = _said(turn)
        if turn.calls:
            fresh = [f"call{len(ids) + at:05d}" for at in range(len(turn.calls))]
            ids.update(zip(turn.call_ids, fresh, strict=True))
            names.update(zip(turn.call_ids, (call.name for call in turn.calls), strict=True))
            pairs = zip(fresh, turn.calls, strict=True)
            message["content"] = turn.content or form.empty_content
            message["tool_calls"] = [_native_call(i, call, form) for i, call in pairs]
        if turn.role == "tool":
            answers = turn.answers or ""
            message["tool_call_id"] = ids.get(answers, answers)
            message["name"] = turn.name or names.get(answers, "")
        messages.append(message)
    tools = [{"type": "function", "function": dict(function)} for function in functions]
    return Conversation(messages, [turn.trained for turn in turns], tools or None)


def told(
    turns: Sequence[Turn], functions: Sequence[Mapping[str, Any]], *, takes_system: bool
) -> Conversation:
    """For a template without a place for tools: everything is said as text (see `tool_text`).

    The tools stand at the end of the system message, or before the first user message where the
    template refuses a system one. Results come as user messages, those of one turn together.
    """
    messages: list[dict[str, Any]] = []
    trained: list[bool] = []
    results_open = False
    for turn in turns:
        message = _said(turn)
        if turn.calls:
            written = [turn.content] if turn.content else []
            message["content"] = "\n".join(written + [call_text(call) for call in turn.calls])
        if turn.role == "tool":
            message = {"role": "user", "content": result_text(turn.content)}
        if turn.role == "tool" and results_open:
            messages[-1]["content"] += "\n" + message["content"]
        else:
            messages.append(message)
            trained.append(turn.trained)
        results_open = turn.role == "tool"
    if functions:
        _tell_tools(messages, trained, tools_text(functions), takes_system=takes_system)
    return Conversation(messages, trained)


def _tell_tools(
    messages: list[dict[str, Any]], trained: list[bool], text: str, *, takes_system: bool
) -> None:
    if messages and messages[0]["role"] == "system":
        messages[0]["content"] += "\n\n" + text
        return
    if takes_system:
        messages.insert(0, {"role": "system", "content": text})
        trained.insert(0, False)
        return
    first = next((message for message in messages if message["role"] == "user"), None)
    if first is None:
        raise TemplateRefusalError("the tools have no place without a system or user message")
    first["content"] = f"{text}\n\n{first['content']}"


def _native_call(call_id: str, call: ToolCall, form: NativeForm) -> dict[str, Any]:
    arguments: object = call.arguments_json
    if not form.arguments_as_text:
        arguments = arguments_value(call.arguments_json)
    function = {"name": call.name, "arguments": arguments}
    return {"id": call_id, "type": "function", "function": function}


def _said(turn: Turn) -> dict[str, Any]:
    name = {"name": turn.name} if turn.name else {}
    return {"role": turn.role, "content": turn.content, **name}


def _turn(message: Message) -> Turn:
    role = _ROLES.get(role_of(message))
    if role is None:
        raise TemplateRefusalError(f"no message can be from '{role_of(message)}'")
    calls, ids = _calls(message)
    answers = message.get("tool_call_id") or message.get("name")
    return Turn(
        role=role,
        content=_content(message),
        trained=is_trained(message),
        name=_text_or_none(message.get("name")),
        calls=calls,
        call_ids=ids,
        answers=_text_or_none(answers),
    )


def _content(message: Message) -> str:
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
    said = "".join(_part_text(part) for part in parts)
    refusal = message.get("refusal") or ""
    return "\n".join(filter(None, [said, refusal])) if isinstance(refusal, str) else said


def _part_text(part: object) -> str:
    kind = part.get("type") if isinstance(part, Mapping) else None
    if kind not in ("text", "refusal"):
        raise TemplateRefusalError(f"this model reads text only, not content of type '{kind}'")
    assert isinstance(part, Mapping)
    value = part.get(kind, "")
    if not isinstance(value, str):
        raise TemplateRefusalError("content must be text")
    return value


def _calls(message: Message) -> tuple[list[ToolCall], list[str]]:
    """The calls and the id each is answered by; of the deprecated single call that is its name."""
    calls: list[ToolCall] = []
    ids: list[str] = []
    for call_id, function in _functions(message):
        name = function.get("name") if isinstance(function, Mapping) else None
        arguments = function.get("arguments", "{}") if isinstance(function, Mapping) else None
        if not isinstance(name, str) or not isinstance(arguments, str):
            raise TemplateRefusalError("a call needs a name, and arguments written as a text")
        calls.append(ToolCall(name, arguments))
        ids.append(call_id if isinstance(call_id, str) else name)
    return calls, ids


def _functions(message: Message) -> Iterator[tuple[object, object]]:
    listed = message.get("tool_calls") or []
    for call in listed if isinstance(listed, list) else [None]:
        known = call if isinstance(call, Mapping) else {}
        yield known.get("id"), known.get("function")
    if message.get("function_call"):
        yield None, message["function_call"]


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
