"""What a fine-tune is, in the terms of OpenAI's fine-tuning API, whoever serves it.

Times ending in `_s` are Unix seconds, as on the wire. Unknown statuses, levels and event types
pass through as text: providers add their own words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

Auto = Literal["auto"]

Method = Literal["supervised", "dpo"]
"""How a model learns: from replies, or from pairs of a preferred and another reply."""

TERMINAL_STATUSES = frozenset({"succeeded", "failed", "cancelled"})


class Hyperparameters(msgspec.Struct, frozen=True, kw_only=True):
    """Each is "auto" or a number: n_epochs 1–50, batch_size 1–256, multiplier > 0."""

    n_epochs: int | Auto = "auto"
    batch_size: int | Auto = "auto"
    learning_rate_multiplier: float | Auto = "auto"


class DpoHyperparameters(Hyperparameters, frozen=True, kw_only=True):
    """Those of preference training; beta is "auto" or above 0, at most 2."""

    beta: float | Auto = "auto"


class JobRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent to `POST /fine_tuning/jobs`, after both files are uploaded.

    For "dpo" the hyperparameters are `DpoHyperparameters`.
    """

    model: str
    training_file: str
    validation_file: str | None = None
    suffix: str | None = None
    seed: int | None = None
    method: Method = "supervised"
    hyperparameters: Hyperparameters = Hyperparameters()
    metadata: Mapping[str, str] = msgspec.field(default_factory=dict)


class JobState(msgspec.Struct, frozen=True, kw_only=True):
    """A `fine_tuning.job` as a provider last described it; `beta` is DPO's, where it is told."""

    id: str
    status: str
    model: str
    created_at_s: int
    finished_at_s: int | None = None
    estimated_finish_s: int | None = None
    fine_tuned_model: str | None = None
    trained_tokens: int | None = None
    hyperparameters: Hyperparameters = Hyperparameters()
    beta: float | None = None
    seed: int | None = None
    error_code: str | None = None
    error_message: str | None = None
    error_param: str | None = None
    metadata: Mapping[str, str] = msgspec.field(default_factory=dict)
    training_file: str | None = None
    validation_file: str | None = None
    result_files: Sequence[str] = ()

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL_STATUSES


class JobEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A `fine_tuning.job.event`; `data` of metrics holds step, total_steps, train_loss, …"""

    id: str
    created_at_s: int
    level: str
    message: str
    type: str = "message"
    data: Mapping[str, Any] | None = None


class Sample(msgspec.Struct, frozen=True):
    """What a model answered to a prompt while it learned."""

    prompt: str
    answer: str


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A `fine_tuning.job.checkpoint`; `model` is callable like any other model. `samples` are
    told by an engine of ours alone."""

    id: str
    created_at_s: int
    model: str
    step_number: int
    metrics: Mapping[str, float] = msgspec.field(default_factory=dict)
    samples: tuple[Sample, ...] = ()


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `GET /models`. `kind` is ours: "base", "tuned" or "checkpoint"; so are, of
    an engine's weights, `digest` (adapters only) and `size_bytes`; None where nobody tells."""

    id: str
    owned_by: str
    created_at_s: int
    kind: str = "base"
    shutdown_date: str | None = None
    context_tokens: int | None = None
    digest: str | None = None
    size_bytes: int | None = None


class FileInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `GET /files`. `status` is None at providers that send none; `status_details` says
    what is wrong with a file of status "error". `expires_at_s` is None if it stays."""

    id: str
    filename: str
    size_bytes: int
    purpose: str
    status: str | None = None
    status_details: str = ""
    created_at_s: int = 0
    expires_at_s: int | None = None


class UploadInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An `upload` that takes parts until `expires_at_s` (0: not told)."""

    id: str
    status: str
    expires_at_s: int = 0
    file: FileInfo | None = None


def samples_of(told: object) -> list[Sample]:
    """Samples as our engine tells them, in checkpoints and events; whatever else is left out."""
    found = [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []
    pairs = [(one.get("prompt"), one.get("answer")) for one in found]
    return [
        Sample(prompt, answer)
        for prompt, answer in pairs
        if isinstance(prompt, str) and isinstance(answer, str)
    ]
