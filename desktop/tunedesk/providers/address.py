"""Addresses of providers: in one spelling, without secrets, and safe to send a key to."""

from __future__ import annotations

from urllib.parse import urlsplit

from tunedesk.core.errors import TunedeskError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_ENDPOINTS = ("/chat/completions", "/completions", "/models", "/fine_tuning/jobs", "/files")


def origin_of(address: str) -> str:
    """Scheme, host and port in one spelling, as in `https://api.example.com:443`; "" for none."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or (443 if parts.scheme == 'https' else 80)}"


def host_of(address: str) -> str:
    """The host of an address for a sentence; the address itself where none can be read."""
    try:
        return urlsplit(address).hostname or address
    except ValueError:
        return address


def is_loopback(address: str) -> bool:
    """Whether it leads to this computer."""
    return host_of(address) in LOOPBACK


def checked_address(typed: str) -> str:
    """What a person typed as a base address, without blanks and the slash at its end.

    Raises TunedeskError("address") with what is wrong with it, or "insecure_address".
    """
    address = typed.strip().rstrip("/")
    if not address:
        raise _wrong("There is no address.", "Enter one, such as https://api.example.com/v1.")
    if "://" not in address:
        raise _wrong(
            "It does not say how to connect.", f"Put https:// before it: https://{address}"
        )
    if not origin_of(address):
        raise _wrong("It has no host, or one that cannot be read.", "Enter it anew.")
    parts = urlsplit(address)
    if parts.username or parts.password:
        raise _wrong("It holds a name or a password.", "Enter the key in the field for it.")
    if parts.query or parts.fragment:
        raise _wrong(
            'It goes on after "?" or "#".', "Put what follows into the extra query parameters."
        )
    for endpoint in _ENDPOINTS:
        if parts.path.endswith(endpoint):
            raise _wrong(
                f"It ends in {endpoint}, which is one call of the API.",
                f"Leave that out: {address.removesuffix(endpoint)}",
            )
    refuse_insecure(address)
    return address


def refuse_insecure(address: str) -> None:
    """Raises TunedeskError("insecure_address") where a key would cross a network in the open."""
    if address.startswith("https://") or (address.startswith("http://") and is_loopback(address)):
        return
    raise TunedeskError(
        "insecure_address",
        "This address would show the key to the network.",
        f"{address} is not encrypted, and does not lead to this computer.",
        "Use an address that begins with https://.",
    )


def _wrong(what: str, next_step: str) -> TunedeskError:
    return TunedeskError("address", "The address cannot be used.", what, next_step)
