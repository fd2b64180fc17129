"""Who may speak to the engine: the right Host, no foreign page, the right token (faults E1).

A browser page on this machine can reach a loopback port, and through DNS rebinding it can do so
under a name of its own. So: only known Host names, no `Origin` at all (the engine serves no
page), and a bearer token on every route, unknown ones included.
"""

from __future__ import annotations

import hmac
import json
import uuid
from collections.abc import Collection, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tunedesk.engine.wire import ApiError

MAX_JSON_BYTES = 16 * 2**20
MAX_UPLOAD_BYTES = 512 * 2**20 + 2**20
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Guard:
    """ASGI wrapper: refuses with OpenAI's error shape, stamps `x-request-id` on every answer."""

    def __init__(self, app: ASGIApp, *, token: str, hosts: Collection[str]) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        stamped = _stamping(send)
        headers = {name.decode("latin-1"): value for name, value in scope["headers"]}
        try:
            self._check(headers)
            bounded = _bounded(receive, headers, _limit_bytes(scope))
        except ApiError as refusal:
            await _refuse(stamped, refusal)
            return
        await self._app(scope, bounded, stamped)

    def _check(self, headers: Mapping[str, bytes]) -> None:
        host = headers.get("host", b"").decode("latin-1").lower()
        if _without_port(host) not in self._hosts:
            raise ApiError(403, "This Host is not served here.", code="host_not_allowed")
        if "origin" in headers:
            raise ApiError(403, "Requests from web pages are refused.", code="origin_not_allowed")
        scheme, _, given = headers.get("authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer" or not given:
            raise ApiError(
                401,
                "You didn't provide an API key. Provide it in an Authorization header using "
                "Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
                code="invalid_api_key",
            )
        if not hmac.compare_digest(given.strip(), self._token):
            raise ApiError(401, "Incorrect API key provided.", code="invalid_api_key")


def _without_port(host: str) -> str:
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() else host


def _limit_bytes(scope: Scope) -> int:
    return MAX_UPLOAD_BYTES if scope["path"].rstrip("/") == "/v1/files" else MAX_JSON_BYTES


def _bounded(receive: Receive, headers: Mapping[str, bytes], limit_bytes: int) -> Receive:
    declared = headers.get("content-length", b"0")
    if not declared.isdigit() or int(declared) > limit_bytes:
        raise ApiError(413, f"The request is larger than {limit_bytes} bytes.", code="too_large")
    seen_bytes = 0

    async def counted() -> Message:
        nonlocal seen_bytes
        message = await receive()
        seen_bytes += len(message.get("body", b""))
        if seen_bytes > limit_bytes:
            raise ApiError(
                413, f"The request is larger than {limit_bytes} bytes.", code="too_large"
            )
        return message

    return counted


def _stamping(send: Send) -> Send:
    request_id = f"req_{uuid.uuid4().hex}".encode()

    async def stamped(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
        await send(message)

    return stamped


async def _refuse(send: Send, refusal: ApiError) -> None:
    body = json.dumps(refusal.body()).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
