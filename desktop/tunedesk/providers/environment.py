"""The openai SDK fills what it is not told from the environment, and sends it to any address."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping

OPENAI_ADDRESS = "https://api.openai.com/v1"


class FoundKey:
    """A key that was in the environment, and the address it is for. Not printed by anything."""

    __slots__ = ("address", "key")

    def __init__(self, key: str, address: str) -> None:
        self.key = key
        self.address = address


def found_key(environ: Mapping[str, str] = os.environ) -> FoundKey | None:
    """The key of `OPENAI_API_KEY`, for the address of `OPENAI_BASE_URL` or OpenAI's own."""
    key = environ.get("OPENAI_API_KEY", "").strip()
    address = environ.get("OPENAI_BASE_URL", "").strip().rstrip("/")
    return FoundKey(key, address or OPENAI_ADDRESS) if key else None


def forget_openai_variables(environ: MutableMapping[str, str] = os.environ) -> list[str]:
    """Remove every `OPENAI_*` variable and return the names that were there.

    Called before anything else at start: organisation, project and custom headers would
    otherwise go to whatever server is asked. Child processes inherit nothing of it either.
    """
    names = [name for name in environ if name.upper().startswith("OPENAI_")]
    for name in names:
        del environ[name]
    return names
