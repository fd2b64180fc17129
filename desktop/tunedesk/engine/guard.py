"""Who may speak to the engine: the right Host, no foreign page, the right token (faults E1).

A browser page on this machine can reach a loopback port, and through DNS rebinding it can do so
under a name of its own. So: only known Host names, no `Origin` and no `Sec-Fetch-Site` at all
(the engine serves no page), a bearer token on every route, unknown ones included, and no body of
a type that a page can send without asking first.
"""

from __future__ import annotations

import hmac
import json
import uuid
from collections.abc import Collection, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tunedesk.engine.api.refused import refusal
from tunedesk.engine.bounds import bounded, has_body, limit_bytes, takes_a_form
from tunedesk.engine.wire import ApiError

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PAGE_HEADERS = ("origin", "sec-fetch-site")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """ASGI wrapper: refuses with OpenAI's error shape, stamps every answer with two headers.

    `x-request-id`, and `x-should-retry: false` where sending the same again could do it twice,
    unless the answer itself says when (`retry-after`).
    """

    def __init__(self, app: ASGIApp, *, token: str, hosts: Collection[str]) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        stamped = _stamping(send, scope["method"])
        headers = {name.decode("latin-1"): value for name, value in scope["headers"]}
        try:
            self._check_place(headers)
            self._check_token(headers)
            _check_type(headers, scope["path"])
            within_bounds = bounded(receive, headers, limit_bytes(scope["path"]))
        except ApiError as refusal:
            await _refuse(stamped, refusal)
            return
        await self._app(scope, within_bounds, stamped)

    def _check_place(self, headers: Mapping[str, bytes]) -> None:
        host = headers.get("host", b"").decode("latin-1").lower()
        if without_port(host) not in self._hosts:
            text = "This Host is not served here. If the engine is meant to be reached by this "
            text += "name, start it with --allow-host and the name."
            raise ApiError(403, text, code="host_not_allowed")
        if any(name in headers for name in _PAGE_HEADERS):
            raise ApiError(403, "Requests from web pages are refused.", code="origin_not_allowed")

    def _check_token(self, headers: Mapping[str, bytes]) -> None:
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


def _check_type(headers: Mapping[str, bytes], path: str) -> None:
    """JSON everywhere, a form where files are sent; a body of no type could be from a page."""
    given = headers.get("content-type")
    if given is None and not has_body(headers):
        return
    kind = (given or b"").split(b";")[0].strip().lower()
    if kind == b"application/json" or (kind == b"multipart/form-data" and takes_a_form(path)):
        return
    if refused := refusal(path, wholly=True):
        raise refused
    wanted = "multipart/form-data" if takes_a_form(path) else "application/json"
    text = f"Send the header 'Content-Type: {wanted}' and a body of that type."
    raise ApiError(415, text, code="unsupported_media_type")


def without_port(host: str) -> str:
    """The name in a Host header; an IPv6 address keeps its brackets."""
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() else host


def _stamping(send: Send, method: str) -> Send:
    request_id = f"req_{uuid.uuid4().hex}".encode()

    async def stamped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), (b"x-request-id", request_id)]
            is_told = any(name == b"retry-after" for name, _ in headers)
            if method not in _READING and _is_retried(message["status"]) and not is_told:
                headers.append((b"x-should-retry", b"false"))
            message["headers"] = headers
        await send(message)

    return stamped


def _is_retried(status: int) -> bool:
    """OpenAI's client sends by itself once more after these; 429 says that nothing was done."""
    return status in (408, 409) or status >= 500


async def _refuse(send: Send, refusal: ApiError) -> None:
    body = json.dumps(refusal.body()).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
