"""The whole-file check of `validating_files`, in OpenAI's words; examples count from 1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MIN_EXAMPLES = 10
_TOP_KEYS = frozenset({"messages", "tools", "parallel_tool_calls", "functions"})
_ROLES = frozenset({"system", "user", "assistant", "tool", "function", "developer"})
_UNSUPPORTED = ("tools", "functions")
_MESSAGE_KEYS = frozenset(
    {"role", "content", "name", "weight", "refusal"}
    | {"tool_calls", "tool_call_id", "function_call"}
)


class DatasetError(Exception):
    """Why a file cannot be trained on; becomes the job's error."""

    def __init__(self, code: str, message: str, param: str) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


class _BadExampleError(Exception):
    def __init__(self, message: str, code: str = "invalid_training_file") -> None:
        super().__init__(message)
        self.code = code


def check_dataset(path: Path, param: str) -> int:
    """Number of examples in the file. Raises DatasetError at the first bad one.

    `param` is "training_file" or "validation_file"; the minimum of ten is for training only.
    """
    kind = param.replace("_", " ")
    n_examples = 0
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                n_examples += _check_line(line, number)
            except _BadExampleError as error:
                code = error.code.replace("training_file", param)
                cause = "a file format error in the" if "format" in code else "an invalid"
                message = f"The job failed due to {cause} {kind}. Invalid file format. {error}"
                raise DatasetError(code, message, param) from None
    _require_enough(n_examples, param, kind)
    return n_examples


def _require_enough(n_examples: int, param: str, kind: str) -> None:
    wanted = MIN_EXAMPLES if param == "training_file" else 1
    if n_examples < wanted:
        message = f"{kind.capitalize()} has {n_examples} example(s), but must have at least"
        message += f" {wanted} examples"
        raise DatasetError("invalid_n_examples", message, param)


def _check_line(line: bytes, number: int) -> int:
    """1 for an example, 0 for a blank line."""
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        if not text:
            return 0
        example = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise _BadExampleError(
            f"Example {number} cannot be parsed. Error: line contains invalid json: "
            f"{reason} (line {number})",
            "invalid_file_format",
        ) from None
    _check_example(example, number)
    return 1


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _check_example(example: object, number: int) -> None:
    if not isinstance(example, dict):
        raise _BadExampleError(f"Example {number} is not a dictionary.", "invalid_file_format")
    if "messages" not in example:
        text = f"Example {number} is missing key 'messages'"
        raise _BadExampleError(text, "invalid_file_format")
    for key in example:
        if key not in _TOP_KEYS:
            text = f'Example {number} contains an extra "{key}".'
            raise _BadExampleError(text, "invalid_file_format")
    for key in _UNSUPPORTED:
        if example.get(key):
            text = f"Example {number} uses '{key}', which this model's chat template cannot show"
            raise _BadExampleError(text, "unsupported_content")
    _check_messages(example["messages"], f"Example {number}")


def _check_messages(messages: object, where: str) -> None:
    if not isinstance(messages, list) or not messages:
        raise _BadExampleError(f"{where}, 'messages' must be a list with at least one message")
    for at, message in enumerate(messages, start=1):
        _check_message(message, f"{where}, message {at}")
    if messages[-1]["role"] != "assistant":
        raise _BadExampleError(f"{where}, the last message must be from the assistant")
    turns = [message for message in messages if message["role"] == "assistant"]
    if all(turn.get("weight", 1) == 0 for turn in turns):
        text = f"{where}, every assistant message has weight 0: nothing would be learned"
        raise _BadExampleError(text)


def _check_message(message: object, where: str) -> None:
    if not isinstance(message, dict):
        raise _BadExampleError(f"{where} is not a dictionary")
    role = message.get("role")
    if role is None:
        raise _BadExampleError(f"{where} Discriminator 'role' is missing in value")
    if role not in _ROLES:
        raise _BadExampleError(f"{where} has an unknown role '{role}'")
    for key in message:
        if key not in _MESSAGE_KEYS:
            raise _BadExampleError(f'{where} contains an extra "{key}"', "invalid_file_format")
    _check_weight(message, where)
    _check_content(message, where)


def _check_weight(message: Mapping[str, Any], where: str) -> None:
    if "weight" not in message:
        return
    if message["role"] != "assistant":
        raise _BadExampleError(f"{where}: 'weight' is for assistant messages only")
    if message["weight"] not in (0, 1) or isinstance(message["weight"], bool):
        raise _BadExampleError(f"{where}: 'weight' must be 0 or 1")


def _check_content(message: Mapping[str, Any], where: str) -> None:
    for key in ("tool_calls", "function_call"):
        if message.get(key):
            text = f"{where} uses '{key}', which this model's chat template cannot show"
            raise _BadExampleError(text, "unsupported_content")
    if message["role"] in ("tool", "function"):
        text = f"{where} is a {message['role']} message, which this model's chat template"
        raise _BadExampleError(f"{text} cannot show", "unsupported_content")
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    if not parts:
        raise _BadExampleError(f"{where} has no content")
    for part in parts:
        _check_part(part, where)


def _check_part(part: object, where: str) -> None:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind not in ("text", "refusal"):
        text = f"{where} has content of type '{kind}'; this model reads text only"
        raise _BadExampleError(text, "unsupported_content")
    assert isinstance(part, dict)
    value = part.get(kind)
    if not isinstance(value, str):
        raise _BadExampleError(f"{where}: content must be text")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise _BadExampleError(f"{where} contains a lone surrogate, which is not Unicode text")
