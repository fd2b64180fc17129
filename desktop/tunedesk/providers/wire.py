"""The provider's objects, whatever they hold, as ours.

The SDK builds its objects without checking them: fields may be missing, null, or of another
type, and statuses may be new words. Everything here takes that as it comes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from tunedesk.core.jobs import (
    Checkpoint,
    FileInfo,
    Hyperparameters,
    JobEvent,
    JobState,
    ModelInfo,
    UploadInfo,
    samples_of,
)
from tunedesk.core.retirement import is_tuned

MAX_NUMBER = 10**12
"""Of bytes, tokens, steps and seconds; what is beyond would not fit into the ledger."""


def job_state(job: object) -> JobState | None:
    """A `fine_tuning.job`; None for anything without an id."""
    job_id = text(job, "id")
    if not job_id:
        return None
    error = getattr(job, "error", None)
    return JobState(
        id=job_id,
        status=text(job, "status") or "unknown",
        model=text(job, "model") or "",
        created_at_s=number(job, "created_at") or 0,
        finished_at_s=number(job, "finished_at"),
        estimated_finish_s=number(job, "estimated_finish"),
        fine_tuned_model=text(job, "fine_tuned_model"),
        trained_tokens=number(job, "trained_tokens"),
        hyperparameters=_hyperparameters(job),
        beta=_beta(job),
        seed=number(job, "seed"),
        error_code=text(error, "code"),
        error_message=text(error, "message"),
        error_param=text(error, "param"),
        metadata=_texts(getattr(job, "metadata", None)),
        training_file=text(job, "training_file"),
        validation_file=text(job, "validation_file"),
        result_files=_text_list(getattr(job, "result_files", None)),
    )


def listed(raw: object) -> object:
    """A page of a list in plain JSON, as the SDK would give it; anything else as it is."""
    if not isinstance(raw, dict):
        return raw
    data = raw.get("data")
    if isinstance(data, list):
        data = [SimpleNamespace(**one) if isinstance(one, dict) else one for one in data]
    return SimpleNamespace(data=data, has_more=raw.get("has_more"))


def job_event(event: object) -> JobEvent:
    """A `fine_tuning.job.event`; its `data` only where it is an object."""
    data = getattr(event, "data", None)
    return JobEvent(
        id=text(event, "id") or "",
        created_at_s=number(event, "created_at") or 0,
        level=text(event, "level") or "info",
        message=text(event, "message") or "",
        type=text(event, "type") or "message",
        data=_plain(data) if isinstance(data, Mapping) and data else None,
    )


def checkpoint(found: object) -> Checkpoint | None:
    """A `fine_tuning.job.checkpoint`; None for one that names no model."""
    model = text(found, "fine_tuned_model_checkpoint")
    if not model:
        return None
    metrics = getattr(found, "metrics", None)
    return Checkpoint(
        id=text(found, "id") or model,
        created_at_s=number(found, "created_at") or 0,
        model=model,
        step_number=number(found, "step_number") or 0,
        metrics=_numbers(metrics),
        samples=tuple(samples_of(getattr(found, "samples", None))),
    )


def model_info(model: object) -> ModelInfo | None:
    """A `model`; without our engine's `kind` it is read from the id. None without an id."""
    model_id = text(model, "id")
    if not model_id:
        return None
    return ModelInfo(
        id=model_id,
        owned_by=text(model, "owned_by") or "",
        created_at_s=number(model, "created") or 0,
        kind=_kind(text(model, "kind"), model_id),
        shutdown_date=text(model, "shutdown_date"),
        context_tokens=number(model, "context_tokens"),
        digest=text(model, "digest"),
        size_bytes=number(model, "size_bytes"),
    )


def file_info(found: object) -> FileInfo | None:
    """A `file`; None for anything without an id."""
    file_id = text(found, "id")
    if not file_id:
        return None
    return FileInfo(
        id=file_id,
        filename=text(found, "filename") or "",
        size_bytes=number(found, "bytes") or 0,
        purpose=text(found, "purpose") or "",
        status=text(found, "status"),
        status_details=text(found, "status_details") or "",
        created_at_s=number(found, "created_at") or 0,
        expires_at_s=number(found, "expires_at"),
    )


def upload_info(found: object) -> UploadInfo | None:
    """An `upload`; None for anything without an id."""
    upload_id = text(found, "id")
    if not upload_id:
        return None
    return UploadInfo(
        id=upload_id,
        status=text(found, "status") or "unknown",
        expires_at_s=number(found, "expires_at") or 0,
        file=file_info(getattr(found, "file", None)),
    )


def text(holder: object, name: str) -> str | None:
    """A field that is a non-empty text, else None."""
    value = getattr(holder, name, None)
    return value if isinstance(value, str) and value else None


def number(holder: object, name: str) -> int | None:
    """A field that is a number of believable size, rounded down, else None."""
    value: Any = getattr(holder, name, None)
    return int(value) if _is_number(value) and abs(value) <= MAX_NUMBER else None


def field(holder: object, name: str) -> object:
    """Of an object in plain JSON; None where there is none."""
    return holder.get(name) if isinstance(holder, dict) else None


def text_in(holder: object, name: str) -> str | None:
    """As `text`, of an object in plain JSON."""
    value = field(holder, name)
    return value if isinstance(value, str) and value else None


def number_in(holder: object, name: str) -> int | None:
    """As `number`, of an object in plain JSON."""
    return number(SimpleNamespace(value=field(holder, name)), "value")


def _kind(told: str | None, model_id: str) -> str:
    if told in ("base", "tuned", "checkpoint"):
        return told
    if not is_tuned(model_id):
        return "base"
    return "checkpoint" if "ckpt-step-" in model_id else "tuned"


def _hyperparameters(job: object) -> Hyperparameters:
    """From `method`, whichever it is, else from the old top-level place."""
    found = _numbers_of(job)
    return Hyperparameters(
        n_epochs=number(found, "n_epochs") or "auto",
        batch_size=number(found, "batch_size") or "auto",
        learning_rate_multiplier=_rate(getattr(found, "learning_rate_multiplier", None)),
    )


def _beta(job: object) -> float | None:
    beta = _rate(getattr(_numbers_of(job), "beta", None))
    return None if beta == "auto" else beta


def _numbers_of(job: object) -> object:
    method = getattr(job, "method", None)
    inner = getattr(method, text(method, "type") or "", None)
    return getattr(inner, "hyperparameters", None) or getattr(job, "hyperparameters", None)


def _rate(value: Any) -> Any:
    return float(value) if _is_number(value) else "auto"


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # JSON knows no bounds
        return False


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {}
    return {str(key): one for key, one in value.items() if isinstance(one, str)}


def _text_list(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _numbers(metrics: object) -> dict[str, float]:
    values = metrics if isinstance(metrics, Mapping) else getattr(metrics, "__dict__", {})
    return {key: float(value) for key, value in values.items() if _is_number(value)}


def _plain(data: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in data.items()}
