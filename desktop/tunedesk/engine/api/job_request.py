"""What a request for a job may ask, within OpenAI's bounds; every refusal names its field."""

from __future__ import annotations

import secrets
from typing import Any, Literal

import msgspec

from tunedesk.engine.storage import Row
from tunedesk.engine.wire import ApiError

MAX_SEED = 2**31 - 1
METHODS = ("supervised", "dpo")

_Number = int | float | Literal["auto"] | None


class _Hyperparameters(msgspec.Struct, frozen=True, kw_only=True):
    """As sent: each "auto", a number, or absent."""

    n_epochs: _Number = None
    batch_size: _Number = None
    learning_rate_multiplier: _Number = None
    beta: _Number = None


class _MethodBody(msgspec.Struct, frozen=True):
    hyperparameters: _Hyperparameters | None = None


class _Method(msgspec.Struct, frozen=True):
    type: str
    supervised: _MethodBody | None = None
    dpo: _MethodBody | None = None


class _Wandb(msgspec.Struct, frozen=True):
    project: str
    name: str | None = None
    entity: str | None = None
    tags: list[str] | None = None


class _Integration(msgspec.Struct, frozen=True):
    type: str
    wandb: _Wandb | None = None


class CreateJob(msgspec.Struct, frozen=True):
    """The body of POST /fine_tuning/jobs; fields that are not here are ignored."""

    model: str
    training_file: str
    validation_file: str | None = None
    suffix: str | None = None
    seed: int | None = None
    metadata: dict[str, str] | None = None
    integrations: list[_Integration] | None = None
    method: _Method | None = None
    hyperparameters: _Hyperparameters | None = None

    def columns(self) -> Row:
        """The columns of a new job. Raises ApiError 400 for what OpenAI refuses too."""
        _check_length("suffix", self.suffix, 1, 64)
        _check_seed(self.seed)
        _check_metadata(self.metadata or {})
        return {
            "model": self.model,
            "training_file": self.training_file,
            "validation_file": self.validation_file or None,
            "suffix": self.suffix,
            "seed": secrets.randbelow(MAX_SEED) if self.seed is None else self.seed,
            "method": {"type": _method_type(self)},
            "hyperparameters": _hyperparameters(self),
            "integrations": _integrations(self.integrations or []),
            "metadata": self.metadata,
        }


def _method_type(body: CreateJob) -> str:
    kind = "supervised" if body.method is None else body.method.type
    if kind in METHODS:
        return kind
    offered = " or the ".join(METHODS)
    text = f"Finetuning with {body.model} on this engine requires the {offered} method of "
    text += f"finetuning; the method '{kind}' is not offered."
    raise ApiError(400, text, param="method.type", code="unsupported_method")


def _hyperparameters(body: CreateJob) -> dict[str, Any]:
    """From `method`, and what is not there from the old top-level place."""
    kind = _method_type(body)
    inner = getattr(body.method, kind, None)
    places = {
        f"method.{kind}.hyperparameters": inner and inner.hyperparameters,
        "hyperparameters": body.hyperparameters,
    }
    names = ["n_epochs", "batch_size", "learning_rate_multiplier"]
    names += ["beta"] if kind == "dpo" else []
    chosen: dict[str, Any] = dict.fromkeys(names, "auto")
    for place, given in reversed(places.items()):
        for name in names:
            value = getattr(given, name, None)
            if value is not None:
                chosen[name] = _checked(value, name, f"{place}.{name}")
    return chosen


def _checked(value: float | str, name: str, param: str) -> float | str:
    if isinstance(value, str):
        return value
    if name == "learning_rate_multiplier":
        _require(value > 0, param, value, "above 0")
    elif name == "beta":
        _require(0 < value <= 2, param, value, "above 0 and at most 2")
    else:
        most = {"n_epochs": 50, "batch_size": 256}[name]
        is_sound = 1 <= value <= most and value == int(value)
        _require(is_sound, param, value, f"a whole number between 1 and {most}")
        return int(value)
    return float(value)


def _require(is_sound: bool, param: str, value: float, wanted: str) -> None:
    if not is_sound:
        raise ApiError(400, f"Invalid value for '{param}': {value} is not {wanted}.", param=param)


def _check_seed(seed: int | None) -> None:
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise ApiError(400, f"Invalid 'seed': expected 0 to {MAX_SEED}.", param="seed")


def _check_length(param: str, text: str | None, least: int, most: int) -> None:
    if text is not None and not least <= len(text) <= most:
        message = f"Invalid '{param}': expected {least} to {most} characters, got {len(text)}."
        raise ApiError(400, message, param=param)


def _check_metadata(metadata: dict[str, str]) -> None:
    if len(metadata) > 16:
        raise ApiError(400, "Invalid 'metadata': at most 16 pairs.", param="metadata")
    for key, value in metadata.items():
        if len(key) > 64 or len(value) > 512:
            message = "Invalid 'metadata': keys have at most 64 characters, values 512."
            raise ApiError(400, message, param="metadata")


def _integrations(given: list[_Integration]) -> list[dict[str, Any]]:
    """As stored and echoed."""
    if len(given) > 5:
        raise ApiError(400, "Invalid 'integrations': at most 5.", param="integrations")
    for at, integration in enumerate(given):
        _check_integration(integration, f"integrations[{at}]")
    return [msgspec.to_builtins(integration) for integration in given]


def _check_integration(integration: _Integration, place: str) -> None:
    if integration.type != "wandb":
        text = f"Invalid value for '{place}.type': '{integration.type}' is not 'wandb'."
        raise ApiError(400, text, param=f"{place}.type")
    wandb = integration.wandb
    if wandb is None or not wandb.project:
        text = f"Missing required parameter: '{place}.wandb.project'."
        raise ApiError(400, text, param=f"{place}.wandb.project")
    if len(wandb.tags or ()) > 50:
        param = f"{place}.wandb.tags"
        raise ApiError(400, f"Invalid '{param}': at most 50 tags.", param=param)
    for at, tag in enumerate(wandb.tags or ()):
        _check_length(f"{place}.wandb.tags[{at}]", tag, 1, 64)
