"""Every method of the official client, and arguments that let one be called."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from openai import AsyncOpenAI
from openai._resource import AsyncAPIResource

_VIEWS = {"with_raw_response", "with_streaming_response"}
_BYTES = {"file", "data", "image", "recording", "video", "audio_sample"}
_EXPECTED = re.compile(r"Expected either \(([^)]*)\)")

Method = Callable[..., Any]


def methods(client: AsyncOpenAI) -> dict[str, Method]:
    """By dotted name, such as `fine_tuning.jobs.create`."""
    return dict(_walk(client, ""))


def _walk(place: Any, prefix: str) -> Iterator[tuple[str, Method]]:
    for name in sorted(set(dir(place)) - _VIEWS):
        if name.startswith("_"):
            continue
        found = getattr(place, name)
        if isinstance(found, AsyncAPIResource):
            yield from _walk(found, f"{prefix}{name}.")
        elif isinstance(place, AsyncAPIResource) and callable(found):
            yield prefix + name, found


async def call(method: Method, **arguments: Any) -> None:
    """Calls it with something for each argument that it needs, and reads what it gives."""
    asked = {**{name: _something(name) for name in _needed(method)}, **arguments}
    try:
        answer = method(**asked)
        await _read(answer)
    except TypeError as error:
        if not (expected := _EXPECTED.search(str(error))):
            raise
        names = re.findall(r"'(\w+)'", expected[1])
        await _read(method(**{**asked, **{name: _something(name) for name in names}}))


def _needed(method: Method) -> Iterator[str]:
    kinds = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    for parameter in inspect.signature(method).parameters.values():
        if parameter.default is parameter.empty and parameter.kind in kinds:
            yield parameter.name


def _something(name: str) -> Any:
    return b"x" if name in _BYTES else "x"


async def _read(answer: Any) -> None:
    if inspect.isawaitable(answer):
        answer = await answer
    if hasattr(answer, "__aenter__"):
        async with answer:
            pass
