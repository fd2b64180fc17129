"""Who can be asked, as data: an address, a key or none, and the quirks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

LOCAL = "local"
"""Profile id of the engine on this computer."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A provider. `base_url` is empty for the local engine: it is known once it runs.

    `hyperparameters_in` says where the provider reads them; `max_row_tokens` is what a training
    row may have (None: unknown); `poll_s` is how often a running job is looked at.
    `model_names` gives model ids the names people know them by.
    """

    id: str
    name: str
    kind: Literal["engine", "openai"]
    base_url: str = ""
    needs_key: bool = True
    hyperparameters_in: Literal["method", "top_level"] = "method"
    max_row_tokens: int | None = None
    poll_s: float = 5.0
    note: str = ""
    model_names: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def has_previews(self) -> bool:
        """Whether it can say how it reads a row; a call of our own engine's."""
        return self.kind == "engine"

    @property
    def is_local(self) -> bool:
        """Whether nothing leaves this computer."""
        return self.kind == "engine"

    def model_label(self, model: str) -> str:
        """A model's name for people; its id where none is known."""
        return self.model_names.get(model, model)


def load_profiles(path: Path) -> list[Profile]:
    """The profiles of a JSON file, in its order.

    Raises msgspec.ValidationError if the file breaks the schema, OSError if it cannot be read:
    it is ours, so that either is a bug.
    """
    return msgspec.json.decode(path.read_bytes(), type=list[Profile])
