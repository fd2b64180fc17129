"""How large a request's body may be, and how long the engine waits for more of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

from starlette.types import Message, Receive

from tunedesk.engine.uploads import MAX_PART_BYTES
from tunedesk.engine.wire import ApiError

MAX_JSON_BYTES = 16 * 2**20
MAX_FILE_BYTES = 512 * 2**20
BODY_PATIENCE_S = 60.0

_FORM_BYTES = 2**20  # what multipart adds to the file itself
_PART_PATH = re.compile(r"/v1/uploads/[^/]+/parts")


def takes_a_form(path: str) -> bool:
    """True for the addresses that a file is sent to; all others take JSON."""
    return path == "/v1/files" or _PART_PATH.fullmatch(path) is not None


def limit_bytes(path: str) -> int:
    """The largest body that this address takes."""
    if not takes_a_form(path):
        return MAX_JSON_BYTES
    return _FORM_BYTES + (MAX_FILE_BYTES if path == "/v1/files" else MAX_PART_BYTES)


def has_body(headers: Mapping[str, bytes]) -> bool:
    """True where a body is announced."""
    return "transfer-encoding" in headers or headers.get("content-length", b"0") != b"0"


def bounded(receive: Receive, headers: Mapping[str, bytes], most_bytes: int) -> Receive:
    """`receive`, raising ApiError 413 beyond the bound and 408 if the body stops coming."""
    declared = headers.get("content-length", b"0")
    if not declared.isdigit() or int(declared) > most_bytes:
        raise _too_large(most_bytes)
    seen_bytes = 0
    is_whole = False

    async def counted() -> Message:
        nonlocal seen_bytes, is_whole
        try:
            async with asyncio.timeout(None if is_whole else BODY_PATIENCE_S):
                message = await receive()
        except TimeoutError:
            text = f"Nothing more of the request came for {BODY_PATIENCE_S:.0f} s."
            raise ApiError(408, text, code="request_timeout") from None
        is_whole = is_whole or not message.get("more_body", False)
        seen_bytes += len(message.get("body", b""))
        if seen_bytes > most_bytes:
            raise _too_large(most_bytes)
        return message

    return counted


def _too_large(most_bytes: int) -> ApiError:
    text = f"The request is larger than {most_bytes} bytes. Send a large file in parts: "
    return ApiError(413, f"{text}POST /v1/uploads.", code="too_large")
