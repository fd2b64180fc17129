"""Rules on tools: how they are declared, called and answered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tunedesk.core.json_text import JSONTextError, parse_text
from tunedesk.core.messages import role_of, tool_calls_of
from tunedesk.core.validation.findings import Findings, Rule, child, error, kind, quoted, warning

MAX_FUNCTIONS = 128

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CALL_FIX = "Write the call as the chat format has it."
_TOOLS_FIX = "Declare the tool as the chat format has it."


def calls_shape(message: Mapping[str, Any], path: str) -> Findings:
    """tool_calls is a list of {"id", "type": "function", "function": {"name", "arguments"}}."""
    calls = message.get("tool_calls")
    if calls is None:
        return
    path = child(path, "tool_calls")
    if not isinstance(calls, list) or not calls:
        yield error(
            "bad_tool_calls",
            path,
            "tool_calls is {kind}, but must list at least one call.",
            "Write the calls as a list, or remove the key.",
            kind="empty" if calls == [] else kind(calls),
        )
        return
    for index, call in enumerate(calls):
        yield from _call(call, child(path, index))


def old_call_shape(message: Mapping[str, Any], path: str) -> Findings:
    """The deprecated function_call is {"name", "arguments"}."""
    call = message.get("function_call")
    if call is not None:
        yield from _function(call, child(path, "function_call"))


def answer_names_call(message: Mapping[str, Any], path: str) -> Findings:
    """A tool message says which call it answers."""
    if role_of(message) == "tool" and not isinstance(message.get("tool_call_id"), str):
        yield error(
            "missing_tool_call_id",
            child(path, "tool_call_id"),
            "A tool message must say which call it answers; services refuse it otherwise.",
            'Add "tool_call_id" with the id of the call.',
        )


MESSAGE_RULES: tuple[Rule, ...] = (calls_shape, old_call_shape, answer_names_call)


def answers_match(row: Mapping[str, Any], path: str) -> Findings:
    """Each tool message answers a call made before it."""
    called: set[str] = set()
    for index, message in _messages(row):
        called.update(_call_ids(message))
        answered = message.get("tool_call_id")
        if role_of(message) != "tool" or not isinstance(answered, str) or answered in called:
            continue
        yield error(
            "unmatched_tool_call_id",
            f"{path}.messages[{index}].tool_call_id",
            "No call before this message has the id {id}, so it answers nothing; services "
            "refuse the row.",
            "Correct the id, or delete the message.",
            id=quoted(answered),
        )


def calls_answered(row: Mapping[str, Any], path: str) -> Findings:
    """A call that the conversation goes on after was answered by a tool."""
    messages = list(_messages(row))
    answered = {
        message.get("tool_call_id") for _, message in messages if role_of(message) == "tool"
    }
    for index, message in messages[:-1]:
        for at, call_id in enumerate(_call_ids(message)):
            if call_id not in answered:
                yield warning(
                    "unanswered_tool_call",
                    f"{path}.messages[{index}].tool_calls[{at}].id",
                    "No tool message answers the call {id}, though the conversation goes on; a "
                    "service may refuse the row.",
                    "Add the tool's answer, or remove the call.",
                    id=quoted(call_id),
                )


def call_ids_differ(row: Mapping[str, Any], path: str) -> Findings:
    """Two calls of one conversation have two ids."""
    seen: set[str] = set()
    for index, message in _messages(row):
        for at, call_id in enumerate(_call_ids(message)):
            if call_id in seen:
                yield warning(
                    "repeated_tool_call_id",
                    f"{path}.messages[{index}].tool_calls[{at}].id",
                    "The id {id} stands on two calls, so one cannot tell which of them was "
                    "answered.",
                    "Give each call its own id.",
                    id=quoted(call_id),
                )
            seen.add(call_id)


def calls_declared(row: Mapping[str, Any], path: str) -> Findings:
    """Each called function is declared in the row's own tools."""
    declared = declared_names(row)
    for index, message in _messages(row):
        for function in tool_calls_of(message):
            name = function.get("name")
            if isinstance(name, str) and name not in declared:
                yield warning(
                    "undeclared_tool",
                    f"{path}.messages[{index}]",
                    "The function {name} is called, but the row does not declare it; every row "
                    "must repeat its tools.",
                    'Add the function to "tools" of this row.',
                    name=quoted(name),
                )


def tools_shape(row: Mapping[str, Any], path: str) -> Findings:
    """tools is a list of {"type": "function", "function": {"name", …}}."""
    tools = row.get("tools")
    path = child(path, "tools")
    if tools is None:
        return
    if not isinstance(tools, list):
        yield error(
            "bad_tools",
            path,
            "tools is {kind}, but must be a list.",
            _TOOLS_FIX,
            kind=kind(tools),
        )
        return
    for index, tool in enumerate(tools):
        if not isinstance(tool, dict) or tool.get("type") != "function":
            yield error(
                "bad_tools",
                child(path, index),
                'A tool must be an object of the type "function".',
                _TOOLS_FIX,
            )
        else:
            yield from _declaration(tool.get("function"), child(child(path, index), "function"))


def functions_shape(row: Mapping[str, Any], path: str) -> Findings:
    """The deprecated functions is a list of 1 to 128 declarations."""
    if "functions" not in row:
        return
    functions, path = row["functions"], child(path, "functions")
    if not isinstance(functions, list) or not 1 <= len(functions) <= MAX_FUNCTIONS:
        yield error(
            "bad_tools",
            path,
            "functions must be a list of 1 to {most} declarations.",
            _TOOLS_FIX,
            most=MAX_FUNCTIONS,
        )
        return
    for index, function in enumerate(functions):
        yield from _declaration(function, child(path, index))


def parallel_flag(row: Mapping[str, Any], path: str) -> Findings:
    """parallel_tool_calls is true or false."""
    flag = row.get("parallel_tool_calls")
    if flag is not None and not isinstance(flag, bool):
        yield error(
            "bad_parallel_tool_calls",
            child(path, "parallel_tool_calls"),
            "parallel_tool_calls is {value}, but must be true or false.",
            "Write true or false.",
            value=quoted(flag),
        )


DECLARATION_RULES: tuple[Rule, ...] = (tools_shape, functions_shape, parallel_flag)
ROW_RULES: tuple[Rule, ...] = (
    *DECLARATION_RULES,
    answers_match,
    calls_answered,
    call_ids_differ,
    calls_declared,
)


def _call(call: object, path: str) -> Findings:
    if not isinstance(call, dict):
        yield error(
            "bad_tool_call",
            path,
            "The call is {kind}, but must be an object.",
            _CALL_FIX,
            kind=kind(call),
        )
        return
    if not isinstance(call.get("id"), str) or not call["id"]:
        yield error(
            "bad_tool_call",
            child(path, "id"),
            "The call has no id, so no tool message can answer it.",
            _CALL_FIX,
        )
    if call.get("type") != "function":
        yield error(
            "bad_tool_call",
            child(path, "type"),
            'The call\'s type must be "function".',
            _CALL_FIX,
        )
    yield from _function(call.get("function"), child(path, "function"))


def _function(function: object, path: str) -> Findings:
    if not isinstance(function, dict):
        yield error(
            "bad_tool_call",
            path,
            "The called function is {kind}, but must be an object.",
            _CALL_FIX,
            kind=kind(function),
        )
        return
    name = function.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield error(
            "bad_tool_call",
            child(path, "name"),
            "The function's name {name} is not 1 to 64 letters, digits, _ or -.",
            _CALL_FIX,
            name=quoted(name),
        )
    yield from _arguments(function.get("arguments"), child(path, "arguments"))


def _arguments(arguments: object, path: str) -> Findings:
    if not isinstance(arguments, str):
        yield error(
            "bad_arguments",
            path,
            "The arguments are {kind}, but must be JSON written as a text.",
            'Put the JSON into a text, such as "{\\"city\\": \\"Rome\\"}".',
            kind=kind(arguments),
        )
        return
    try:
        is_object = isinstance(parse_text(arguments), dict)
    except JSONTextError as broken:
        yield error(
            "bad_arguments",
            path,
            "The arguments are not valid JSON: {reason}. The model would learn to make calls that "
            "fail.",
            "Correct the arguments.",
            reason=str(broken),
        )
        return
    if not is_object:
        yield error(
            "bad_arguments",
            path,
            "The arguments must be a JSON object. The model would learn to make calls that fail.",
            "Correct the arguments.",
        )


def _declaration(function: object, path: str) -> Findings:
    if not isinstance(function, dict):
        yield error(
            "bad_tools",
            path,
            "The function is {kind}, but must be an object.",
            _TOOLS_FIX,
            kind=kind(function),
        )
        return
    name = function.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield error(
            "bad_tools",
            child(path, "name"),
            "The function's name {name} is not 1 to 64 letters, digits, _ or -.",
            _TOOLS_FIX,
            name=quoted(name),
        )
    parameters = function.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        yield error(
            "bad_tools",
            child(path, "parameters"),
            "The parameters must be a JSON schema object.",
            _TOOLS_FIX,
        )


def _messages(row: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    messages = row.get("messages")
    for index, message in enumerate(messages if isinstance(messages, list) else []):
        if isinstance(message, dict):
            yield index, message


def _call_ids(message: Mapping[str, Any]) -> list[str]:
    calls = message.get("tool_calls")
    listed = calls if isinstance(calls, list) else []
    ids = [call.get("id") for call in listed if isinstance(call, dict)]
    return [call_id for call_id in ids if isinstance(call_id, str)]


def declared_names(row: Mapping[str, Any]) -> set[str]:
    """The functions that a row declares, the deprecated way too."""
    tools, functions = row.get("tools"), row.get("functions")
    listed = (
        [t.get("function") for t in tools or [] if isinstance(t, dict)]
        if isinstance(tools, list)
        else []
    )
    listed += functions if isinstance(functions, list) else []
    names = [f.get("name") for f in listed if isinstance(f, dict)]
    return {name for name in names if isinstance(name, str)}
