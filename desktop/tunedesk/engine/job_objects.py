"""Rows of jobs, events and checkpoints as OpenAI's objects."""

from __future__ import annotations

from typing import Any

from tunedesk.engine.models import ORGANISATION
from tunedesk.engine.storage import Row


def job_object(row: Row, queue_position: int | None) -> dict[str, Any]:
    """`fine_tuning.job`, with the usual undocumented extra and our own `queue_position`."""
    same = (
        "id created_at finished_at estimated_finish model fine_tuned_model status training_file "
        "validation_file result_files trained_tokens seed hyperparameters metadata error "
        "integrations"
    )
    shown = {key: row[key] for key in same.split()}
    shown["object"] = "fine_tuning.job"
    shown["organization_id"] = f"org-{ORGANISATION}"
    shown["method"] = _method(row)
    shown["user_provided_suffix"] = row["suffix"]
    shown["queue_position"] = queue_position
    return shown


def event_object(row: Row) -> dict[str, Any]:
    """`fine_tuning.job.event`."""
    shown = {key: row[key] for key in ("id", "created_at", "level", "message", "type", "data")}
    return {"object": "fine_tuning.job.event", **shown}


def checkpoint_object(row: Row) -> dict[str, Any]:
    """`fine_tuning.job.checkpoint`; `samples` is our own: prompts and the model's answers then."""
    return {
        "object": "fine_tuning.job.checkpoint",
        "id": row["id"],
        "created_at": row["created_at"],
        "fine_tuned_model_checkpoint": row["model"],
        "fine_tuning_job_id": row["job_id"],
        "step_number": row["step"],
        "metrics": row["metrics"],
        "samples": row["samples"] or [],
    }


def _method(row: Row) -> dict[str, Any]:
    kind = row["method"]["type"]
    return {"type": kind, kind: {"hyperparameters": row["hyperparameters"]}}
