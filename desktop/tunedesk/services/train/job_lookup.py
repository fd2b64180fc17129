"""Whether a job whose start was not answered exists: asked, never guessed."""

from __future__ import annotations

import asyncio

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import JobState
from tunedesk.providers.base import Provider
from tunedesk.services.train.training_types import NOT_STARTED, UNKNOWN
from tunedesk.store.records import JobChanges

TAG = "tunedesk_job"
"""Metadata key under which a provider keeps our local id."""

_REMOTE_PAUSE_S = 2.0


async def look_up(provider: Provider, local_id: str) -> JobState | None:
    """The job with our tag, None if the provider's list does not have it.

    A remote list may lag behind a creation, so that "none" is asked for twice. Raises
    TunedeskError if the list cannot be read: then nothing is known.
    """
    found = await provider.find_jobs({TAG: local_id})
    if not found and not provider.profile.is_local:
        await asyncio.sleep(_REMOTE_PAUSE_S)
        found = await provider.find_jobs({TAG: local_id})
    return found[0] if found else None


def stage_of(status: str, before: str) -> str:
    """Our word for where a job is: "checked", "uploaded", "queued", "training", "ready"."""
    if status in ("validating_files", "queued"):
        return "queued"
    if status == "succeeded":
        return "ready"
    if status in ("failed", "cancelled", UNKNOWN, NOT_STARTED):
        return before
    return "training"


def not_started(provider_name: str) -> JobChanges:
    """What the ledger is told when the provider was asked and has no such job."""
    return {
        "status": NOT_STARTED,
        "error": f"{provider_name} was asked and has no such job: nothing was started, and "
        "nothing is billed. You can start it again.",
    }


def unknown(error: TunedeskError) -> JobChanges:
    """What the ledger is told while the provider cannot be asked."""
    return {
        "status": UNKNOWN,
        "error": f"{error.title} {error.what} The job may exist there. Do not start it again "
        "before its provider was asked.",
    }
