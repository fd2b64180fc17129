"""Where a fine-tune can run, as the choice cards show it."""

from __future__ import annotations

import os

import msgspec
from PySide6.QtCore import QCoreApplication


class BaseModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model to start from: the id that is sent and the name that is shown."""

    id: str
    name: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A provider that trains. `models` is not empty; the first one is preselected."""

    provider_id: str
    title: str
    detail: str
    models: tuple[BaseModel, ...]


def this_computer() -> Place:
    """The engine that comes with Tunedesk, and its one base model."""
    tr = QCoreApplication.translate
    cores = os.cpu_count() or 1
    text = (
        tr("Places", "Private and free. 1 core: small models.")
        if cores == 1
        else tr("Places", "Private and free. {n} cores: small models.").format(n=cores)
    )
    return Place(
        provider_id="local",
        title=tr("Places", "On this computer"),
        detail=text,
        models=(BaseModel(id="smollm2-135m-instruct", name="SmolLM2-135M-Instruct"),),
    )
