"""What goes on the wire to start a fine-tune."""

from __future__ import annotations

from typing import Any

import msgspec

from tunedesk.core.jobs import JobRequest
from tunedesk.providers.profiles import Profile


def job_body(request: JobRequest, profile: Profile) -> dict[str, Any]:
    """The JSON body of `POST /fine_tuning/jobs`, hyperparameters where the profile reads them."""
    body: dict[str, Any] = {
        "model": request.model,
        "training_file": request.training_file,
        "validation_file": request.validation_file,
        "suffix": request.suffix,
        "seed": request.seed,
        "metadata": dict(request.metadata) or None,
    }
    body = {name: value for name, value in body.items() if value is not None}
    asked = msgspec.to_builtins(request.hyperparameters)
    if profile.hyperparameters_in == "top_level":
        numbers = {name: value for name, value in asked.items() if value != "auto"}
        return body | ({"hyperparameters": numbers} if numbers else {})
    return body | {"method": {"type": "supervised", "supervised": {"hyperparameters": asked}}}
