"""Building the SDK's client so that nothing goes where it does not belong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tunedesk.core.errors import TunedeskError
from tunedesk.providers.environment import forget_openai_variables

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NO_KEY = "none"  # the SDK refuses to be built without one


def build_client(base_url: str, api_key: str, uds: Path | None) -> AsyncOpenAI:
    """Import the SDK, which takes a second, and build a client. Blocking: call it in a thread.

    The key goes to this address only: redirects are not followed, and plain http is for this
    computer alone; TunedeskError("insecure_address") otherwise. Proxies of the environment are
    used for other computers only.
    """
    _refuse_insecure(base_url)
    forget_openai_variables()
    import httpx2
    import openai

    is_here = uds is not None or urlsplit(base_url).hostname in _LOOPBACK
    http_client = httpx2.AsyncClient(
        transport=httpx2.AsyncHTTPTransport(uds=str(uds)) if uds is not None else None,
        follow_redirects=False,
        trust_env=not is_here,
    )
    return openai.AsyncOpenAI(
        api_key=api_key or _NO_KEY, base_url=base_url, http_client=http_client, max_retries=2
    )


def _refuse_insecure(base_url: str) -> None:
    address = urlsplit(base_url)
    if address.scheme == "https" or (address.scheme == "http" and address.hostname in _LOOPBACK):
        return
    raise TunedeskError(
        "insecure_address",
        "This address would show the key to the network.",
        f"{base_url} is not encrypted, and does not lead to this computer.",
        "Use an address that begins with https://.",
    )
