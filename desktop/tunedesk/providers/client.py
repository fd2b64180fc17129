"""Building clients so that nothing goes where it does not belong."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tunedesk.providers.address import is_loopback, origin_of, refuse_insecure
from tunedesk.providers.credentials import Credentials
from tunedesk.providers.environment import forget_openai_variables
from tunedesk.providers.profiles import Profile
from tunedesk.providers.sdk_import import imported

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

_NO_KEY = "none"  # the SDK refuses to be built without one


def build_client(
    profile: Profile, base_url: str, credentials: Credentials, uds: Path | None
) -> AsyncOpenAI:
    """Import the SDK, which takes a second, and build a client. Blocking: call it in a thread.

    The SDK never has the key, so that nothing it logs or raises can hold it: see `build_http`.
    """
    forget_openai_variables()
    http_client = build_http(profile, base_url, credentials, uds)
    made: AsyncOpenAI = imported("openai").AsyncOpenAI(
        api_key=_NO_KEY, base_url=base_url, http_client=http_client, max_retries=2
    )
    imported("openai.resources.chat.completions")  # else the first prompt's window waits for it
    gc.freeze()  # its classes are most of what the collector would walk through, in 200 ms
    return made


def build_http(
    profile: Profile, base_url: str, credentials: Credentials, uds: Path | None
) -> httpx2.AsyncClient:
    """A connection to one address, with all that the profile says is sent along.

    Key and secret headers are put on at the last moment, and only on requests to the origin of
    `base_url`. Redirects are not followed. Plain http is for this computer alone:
    TunedeskError("insecure_address") otherwise. Proxies of the environment are used for other
    computers only.
    """
    refuse_insecure(base_url)
    import httpx2

    from tunedesk.providers.bounds import bounded

    is_here = uds is not None or is_loopback(base_url)
    return httpx2.AsyncClient(
        transport=httpx2.AsyncHTTPTransport(uds=str(uds)) if uds is not None else None,
        verify=httpx2.create_ssl_context(trust_env=True),  # SSL_CERT_FILE counts here, too
        follow_redirects=False,
        trust_env=not is_here,
        params=profile.extra_query or None,
        headers={"Accept-Encoding": "identity"},
        event_hooks={
            "request": [_dressing(profile, base_url, credentials)],
            "response": [bounded(profile.name)],
        },
    )


def _dressing(
    profile: Profile, base_url: str, credentials: Credentials
) -> Callable[[httpx2.Request], Awaitable[None]]:
    origin = origin_of(base_url)
    plain = dict(profile.extra_headers)
    if profile.organization:
        plain["OpenAI-Organization"] = profile.organization
    secret = dict(credentials.headers)
    if credentials.key:
        is_bearer = profile.key_header.lower() == "authorization"
        secret[profile.key_header] = f"Bearer {credentials.key}" if is_bearer else credentials.key

    async def dress(request: httpx2.Request) -> None:
        request.headers.pop("Authorization", None)  # the SDK's placeholder
        for name in secret:
            request.headers.pop(name, None)
        if origin_of(str(request.url)) == origin:
            request.headers.update(plain | secret)

    return dress
