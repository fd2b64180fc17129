"""What goes on the wire to start a fine-tune."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tunedesk.core.jobs import JobRequest
from tunedesk.providers.profiles import Profile


def job_body(request: JobRequest, profile: Profile) -> dict[str, Any]:
    """The JSON body of `POST /fine_tuning/jobs`, hyperparameters where the profile reads them.

    The profile's `extra_body` is joined in at any depth; what the request says wins.
    """
    body: dict[str, Any] = {
        "model": request.model,
        "training_file": request.training_file,
        "validation_file": request.validation_file,
        "suffix": request.suffix,
        "seed": request.seed,
        "metadata": dict(request.metadata) or None,
    }
    body = {name: value for name, value in body.items() if value is not None}
    return _joined(profile.extra_body, body | _method(request, profile))


def _method(request: JobRequest, profile: Profile) -> dict[str, Any]:
    asked = msgspec.to_builtins(request.hyperparameters)
    if request.method == "dpo":
        return {"method": {"type": "dpo", "dpo": {"hyperparameters": asked}}}
    if profile.hyperparameters_in == "top_level":
        numbers = {name: value for name, value in asked.items() if value != "auto"}
        return {"hyperparameters": numbers} if numbers else {}
    return {"method": {"type": "supervised", "supervised": {"hyperparameters": asked}}}


def _joined(extra: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(extra) | dict(ours)
    for name in extra.keys() & ours.keys():
        if isinstance(extra[name], Mapping) and isinstance(ours[name], Mapping):
            both[name] = _joined(extra[name], ours[name])
    return both
