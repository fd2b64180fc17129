"""What a person entered for a provider: refused where it cannot work or would spill a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.providers.address import checked_address
from tunedesk.providers.profiles import Profile

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_SECRET_NAME = re.compile(
    r"(?:^|[-_.])(?:key|token|secret|passw(?:or)?d|auth|authorization|credentials?|cookie|sig)"
    r"(?:$|[-_.])|apikey|accesstoken",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"^(?:bearer|basic) |^(?:sk|pk|rk|gsk|xai|hf|nvapi)[-_]\S{8}", re.IGNORECASE
)
_OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})


def is_secret(name: str, value: str = "") -> bool:
    """Whether a header or parameter of this name, or with this value, is a kind of key."""
    return bool(_SECRET_NAME.search(name) or _SECRET_VALUE.search(value))


def checked_profile(profile: Profile) -> Profile:
    """The profile with its address in one spelling.

    Raises TunedeskError("profile", …) or one of `address`'s, with what to change.
    """
    name = profile.name.strip()
    if not name:
        raise _wrong("It has no name.", "Give it one; it is what every page shows.")
    for header in (profile.key_header, *profile.secret_headers, *profile.extra_headers):
        _check_header(header)
    for header, value in profile.extra_headers.items():
        if is_secret(header, value):
            raise _spills(f"the header {header}")
        if not value.isascii() or not value.isprintable():
            raise _wrong(f"The value of {header} has characters no header may have.", "Mend it.")
    for parameter, value in profile.extra_query.items():
        if is_secret(parameter, value):
            raise _spills(f"the query parameter {parameter}")
    for path, text in _leaves(profile.extra_body):
        if is_secret(path.rpartition(".")[2], text):
            raise _spills(f"{path} of the extra body")
    return msgspec.structs.replace(profile, name=name, base_url=checked_address(profile.base_url))


def _check_header(name: str) -> None:
    if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS:
        raise _wrong(f'"{name}" cannot be the name of an extra header.', "Take another name.")


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of each text in a JSON value; numbers and switches are no keys."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path)
    elif isinstance(value, str):
        yield path, value


def _wrong(what: str, next_step: str) -> TunedeskError:
    return TunedeskError("profile", "This provider cannot be kept as it is.", what, next_step)


def _spills(where: str) -> TunedeskError:
    return _wrong(
        f"It looks like a key in {where}, which would be written into a file.",
        "Enter keys as the key or as secret headers: those go into the system's keyring.",
    )
