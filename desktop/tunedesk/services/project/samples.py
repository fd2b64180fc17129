"""The samples that come with Tunedesk, and how one becomes a dataset."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.lines import iter_rows
from tunedesk.core.rows import prompt_digest
from tunedesk.core.split import KEY_BYTES
from tunedesk.store.atomic import write_atomically
from tunedesk.store.records import SplitSide


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of samples.json; `train` and `held_out` are files beside it. `only_in`: the language
    of the window ("en" or "th") in which it is offered, "" for any."""

    id: str
    title: str
    detail: str
    dataset: str
    train: Path
    held_out: Path
    only_in: str = ""


def load_samples(path: Path) -> list[Sample]:
    """The samples a file lists. Raises msgspec.ValidationError or OSError: the file is ours."""
    found = msgspec.json.decode(
        path.read_bytes(), type=list[Sample], dec_hook=lambda kind, text: kind(text)
    )
    return [
        msgspec.structs.replace(
            sample, train=path.parent / sample.train, held_out=path.parent / sample.held_out
        )
        for sample in found
    ]


def write_sample(sample: Sample, target: Path) -> dict[str, SplitSide | None]:
    """Write the sample's rows as one dataset; returns the side of each prompt, by its digest.

    Training rows come first. Raises TunedeskError if the file cannot be written. Blocking.
    """
    train = list(iter_rows(sample.train.read_bytes()))
    held_out = list(iter_rows(sample.held_out.read_bytes()))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, b"".join(row + b"\n" for row in [*train, *held_out]))
    except OSError as error:
        raise TunedeskError(
            "sample.not_written",
            "The sample could not be copied.",
            f"Writing {target} failed: {error.strerror}.",
            "Make room or allow writing there, then try again.",
        ) from error
    sides: dict[str, SplitSide | None] = {_prompt_key(row): "train" for row in train}
    return sides | {_prompt_key(row): "test" for row in held_out}


def _prompt_key(row: bytes) -> str:
    return prompt_digest(row)[: 2 * KEY_BYTES]
