"""What the window remembers from one start to the next: short texts by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Memory:
    """`read(name)` gives what is kept, "" if nothing; `write(name, text)` keeps it, unawaited.

    Made with neither, it forgets everything at the end, as a test wants it.
    """

    def __init__(
        self,
        read: Callable[[str], str] = lambda _name: "",
        write: Callable[[str, str], object] = lambda _name, _text: None,
    ) -> None:
        self._read, self._write = read, write
        self._known: dict[str, str] = {}

    def get(self, name: str) -> str:
        """The text, or "" where none is kept."""
        return self._known.get(name) or self._read(name)

    def set(self, name: str, text: str) -> None:
        """Keep the text; the same again writes nothing."""
        if self.get(name) != text:
            self._known[name] = text
            self._write(name, text)

    def value(self, name: str, kind: type[T]) -> T | None:
        """What `keep` was given; None where nothing is kept, or something else."""
        try:
            return msgspec.json.decode(self.get(name), type=kind)
        except msgspec.DecodeError:  # nothing, or somebody else wrote into the settings
            return None

    def keep(self, name: str, value: object) -> None:
        """As `set`, for what msgspec writes as JSON."""
        self.set(name, msgspec.json.encode(value).decode())
