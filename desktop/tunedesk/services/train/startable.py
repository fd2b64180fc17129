"""What a fine-tune can start from: base models, and what earlier jobs made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tunedesk.core.jobs import ModelInfo
from tunedesk.providers.profiles import Profile
from tunedesk.services.train.training_types import BaseModel
from tunedesk.store.ledger import Ledger

_ORDER = {"base": 0, "tuned": 1, "checkpoint": 2}


def made_at(ledger: Ledger, provider_id: str) -> dict[str, BaseModel]:
    """Model id → tuned models and checkpoints of this project's jobs there, newest job first.

    A job's last checkpoint may be its model: then it is called by the job's name.
    """
    found: dict[str, BaseModel] = {}
    for job in ledger.jobs():
        if job.provider_id != provider_id:
            continue
        if job.state is not None and (model := job.state.fine_tuned_model):
            found.setdefault(model, BaseModel(id=model, label=job.name, kind="tuned"))
        kept = ledger.kept_checkpoints(job.local_id)
        for one in ledger.checkpoints(job.local_id):
            label = kept.get(one.model) or f"{job.name} · step {one.step_number}"
            found.setdefault(one.model, BaseModel(id=one.model, label=label, kind="checkpoint"))
    return found


def startable(
    told: Sequence[ModelInfo], made: Mapping[str, BaseModel], profile: Profile
) -> list[BaseModel]:
    """Base models first, then tuned ones, then checkpoints, each the newest first; what jobs here
    made has their name.

    Not every provider lists checkpoints; an engine of ours lists all it has, so that what it does
    not list is gone.
    """
    found = [made.get(one.id) or _as_told(one, profile) for one in sorted(told, key=_newest)]
    if not profile.has_previews:
        known = {one.id for one in told}
        found += [one for one in made.values() if one.kind == "checkpoint" and one.id not in known]
    return sorted(found, key=lambda one: _ORDER.get(one.kind, 3))


def _newest(model: ModelInfo) -> int:
    """Base models stay in their provider's order."""
    return 0 if model.kind == "base" else -model.created_at_s


def _as_told(model: ModelInfo, profile: Profile) -> BaseModel:
    return BaseModel(id=model.id, label=profile.model_label(model.id), kind=model.kind)
