"""POST /fine_tuning/preview and /tokenize, our own: how a model reads a row, and exact counts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from tunedesk.core.rows import Format, format_of
from tunedesk.engine.api.chat_messages import checked_messages
from tunedesk.engine.dataset_check import MAX_LINE_BYTES, check_example
from tunedesk.engine.models import Catalogue
from tunedesk.engine.template_cache import TemplateCache
from tunedesk.engine.training.spec import MAX_ROW_TOKENS
from tunedesk.engine.wire import ApiError, decode

if TYPE_CHECKING:
    from tunedesk.engine.template import ChatTemplate, Encoded

MOST_LISTED_TOKENS = 16_384
_ABSENT = msgspec.Raw(b"null")

T = TypeVar("T")


class _Method(msgspec.Struct, frozen=True):
    type: str


class PreviewBody(msgspec.Struct, frozen=True):
    """`example` is a row of a file; `messages` (and `tools`) are short for a chat row."""

    model: str
    example: msgspec.Raw = _ABSENT
    messages: msgspec.Raw = _ABSENT
    tools: msgspec.Raw = _ABSENT
    method: _Method | str | None = None


class TokenizeBody(msgspec.Struct, frozen=True):
    """`input` is a plain text, or the messages of a chat request."""

    model: str
    input: str | list[dict[str, Any]]
    tools: list[dict[str, Any]] | None = None


def router(catalogue: Catalogue) -> APIRouter:
    """No weights are needed: the answers come from the API process, off its event loop."""
    routes = APIRouter()
    templates = TemplateCache()
    turn = asyncio.Semaphore(1)  # a long text takes much memory for a moment

    async def with_template(model: str, param: str, work: Callable[[ChatTemplate], T]) -> T:
        folder = catalogue.servable(model).base_folder
        async with turn:
            return await asyncio.to_thread(_work, templates, folder, param, work)

    @routes.post("/fine_tuning/preview")
    async def preview(request: Request) -> Response:
        body = decode(await _body(request), PreviewBody)
        raw, param = _row(body)
        is_dpo = await asyncio.to_thread(_checked, body, raw, param)
        example = json.loads(raw)

        def view(template: ChatTemplate) -> dict[str, Any]:
            limit = min(MAX_ROW_TOKENS, template.context_tokens)
            if not is_dpo:
                return _view(template.example(example), limit)
            views = [_view(row, limit) for row in template.pair(example)]
            return dict(zip(("preferred", "non_preferred"), views, strict=True))

        seen = await with_template(body.model, param, view)
        return _json({"object": "fine_tuning.preview", "model": body.model, **seen})

    @routes.post("/tokenize")
    async def tokenize(request: Request) -> Response:
        body = decode(await _body(request), TokenizeBody)
        given = body.input
        if isinstance(given, list):
            checked_messages(given)

        def count(template: ChatTemplate) -> list[int]:
            if isinstance(given, str):
                return template.text_prompt(given)
            return template.prompt(given, body.tools)

        tokens = await with_template(body.model, "input", count)
        counted = {"n_tokens": len(tokens), "tokens": tokens}
        return _json({"object": "tokenization", "model": body.model, **counted})

    return routes


async def _body(request: Request) -> bytes:
    body = await request.body()
    if len(body) > MAX_LINE_BYTES:
        text = (
            f"The request is longer than {MAX_LINE_BYTES // 2**20} MB, the longest row of a file."
        )
        raise ApiError(400, text, code="string_above_max_length")
    return body


def _work(
    templates: TemplateCache, folder: Path, param: str, work: Callable[[ChatTemplate], T]
) -> T:
    from tunedesk.engine.template import TemplateRefusalError

    try:
        template = templates.get(folder)
    except (OSError, ValueError) as error:
        text = f"The tokenizer of this model cannot be read: {error}"
        raise ApiError(400, text, code="model_unreadable", param="model") from None
    try:
        return work(template)
    except TemplateRefusalError as error:
        text = str(error)[:1].upper() + str(error)[1:]
        raise ApiError(400, f"{text}.", code="template_refused", param=param) from None


def _row(body: PreviewBody) -> tuple[bytes, str]:
    """The row's bytes, in which the check also finds a key that stands twice."""
    if body.example != _ABSENT:
        return bytes(body.example), "example"
    if body.messages == _ABSENT:
        raise ApiError(400, "Missing required parameter: 'example'.", param="example")
    tools = b"" if body.tools == _ABSENT else b',"tools":' + bytes(body.tools)
    return b'{"messages":' + bytes(body.messages) + tools + b"}", "messages"


def _checked(body: PreviewBody, raw: bytes, param: str) -> bool:
    """Whether the row is a preference pair. Raises ApiError 400 for what a job would refuse."""
    method = body.method.type if isinstance(body.method, _Method) else body.method
    if method not in (None, "supervised", "dpo"):
        text = f"Invalid value: '{method}'. Supported values are: 'supervised' and 'dpo'."
        raise ApiError(400, text, param="method", code="invalid_value")
    if method is None:
        method = "dpo" if _is_preference(raw) else "supervised"
    refusal = check_example(raw, method=method)
    if refusal is not None:
        raise ApiError(400, refusal.text, code=refusal.code, param=param)
    return method == "dpo"


def _is_preference(raw: bytes) -> bool:
    try:
        return format_of(json.loads(raw)) is Format.PREFERENCE
    except (ValueError, RecursionError):  # the check says what is wrong
        return False


def _view(row: Encoded, limit: int) -> dict[str, Any]:
    """`trained` is what a job would train: nothing from `cut_at` on.

    Token 0 is never predicted. At most MOST_LISTED_TOKENS tokens are listed; `n_tokens` counts
    all of them.
    """
    n_tokens = len(row.tokens)
    trained = [wanted and 0 < at < limit for at, wanted in enumerate(row.trained)]
    listed = zip(row.tokens, row.pieces(), trained, strict=True)
    tokens = [{"id": token, "text": text, "trained": wanted} for token, text, wanted in listed]
    return {
        "tokens": tokens[:MOST_LISTED_TOKENS],
        "n_tokens": n_tokens,
        "n_trained_tokens": sum(trained),
        "limit_tokens": limit,
        "cut_at": limit if n_tokens > limit else None,
        "lost_trained_tokens": sum(row.trained[limit:]),
    }


def _json(value: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
