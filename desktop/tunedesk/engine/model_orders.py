"""What a model worker is told, and what it says meanwhile: one JSON line each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

GgufType = Literal["bf16", "f16", "q8_0"]
ExportKind = Literal["adapter", "merged", "gguf"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What was found about a model folder; whole sentences, no `reason` for a usable model."""

    reason: str = ""
    next_step: str = ""
    notes: tuple[str, ...] = ()
    needs_trial: bool = False
    context_tokens: int | None = None
    architecture: str = ""
    size_bytes: int = 0

    @property
    def is_usable(self) -> bool:
        """True where nothing was found against it; a trial may still be due."""
        return not self.reason


class Look(msgspec.Struct, frozen=True, kw_only=True, tag="look"):
    """Judge a folder by its headers, texts and tokenizer. The answer holds the verdict."""

    folder: str


class Trial(msgspec.Struct, frozen=True, kw_only=True, tag="trial"):
    """Load the model once and see whether it can be asked and tuned."""

    folder: str


class Convert(msgspec.Struct, frozen=True, kw_only=True, tag="convert"):
    """Write the model of a GGUF file into `folder`, which is empty."""

    gguf: str
    folder: str


class Export(msgspec.Struct, frozen=True, kw_only=True, tag="export"):
    """Write a model into `folder`, which is empty. `name` is used for the GGUF file."""

    kind: ExportKind
    base_folder: str
    base_id: str
    adapter: str | None
    folder: str
    name: str
    gguf_type: GgufType = "bf16"


Order = Look | Trial | Convert | Export


class Progress(msgspec.Struct, frozen=True, kw_only=True, tag="progress"):
    """What is being done; `share` of the whole is 0 to 1, None where it is not known."""

    text: str
    share: float | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag="refusal"):
    """It cannot be done; whole sentences."""

    code: str
    what: str
    next_step: str = ""


class Finished(msgspec.Struct, frozen=True, kw_only=True, tag="finished"):
    """It is done; after a look, with what was found."""

    verdict: Verdict | None = None


Said = Progress | Refusal | Finished

# What a worker's parts tell with: what is being done, and the share of the whole, if known.
Tell = Callable[[str, float | None], None]
