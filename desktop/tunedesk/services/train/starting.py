"""How far the start of a fine-tune is, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.services.check.dataset_check import CheckState


class StartStage(StrEnum):
    CHECKING = "checking"
    FREEZING = "freezing"
    UPLOADING = "uploading"
    PROCESSING = "processing"
    CREATING = "creating"


class StartProgress(msgspec.Struct, frozen=True, kw_only=True):
    """`check` says how far while checking; `done_bytes` of `total_bytes` while uploading, else 0.
    Once the one request that costs money is on its way, nothing can be cancelled."""

    name: str
    provider_name: str
    stage: StartStage
    done_bytes: int = 0
    total_bytes: int = 0
    check: CheckState | None = None

    @property
    def can_cancel(self) -> bool:
        return self.stage is not StartStage.CREATING


Report = Callable[[StartStage, int, int], object]


def cancelled() -> TunedeskError:
    """The error of a start that was given up."""
    return TunedeskError(
        "start_cancelled",
        "The start was cancelled.",
        "No job was asked for, and nothing is billed.",
        "Start again when you like.",
    )
