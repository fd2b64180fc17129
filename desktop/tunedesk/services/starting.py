"""How far the start of a fine-tune is, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec


class StartStage(StrEnum):
    CHECKING = "checking"
    FREEZING = "freezing"
    UPLOADING = "uploading"
    PROCESSING = "processing"
    CREATING = "creating"


class StartProgress(msgspec.Struct, frozen=True, kw_only=True):
    """`done_bytes` of `total_bytes` while uploading, else 0. Once the one request that costs money
    is on its way, nothing can be cancelled."""

    name: str
    provider_name: str
    stage: StartStage
    done_bytes: int = 0
    total_bytes: int = 0

    @property
    def can_cancel(self) -> bool:
        return self.stage is not StartStage.CREATING


Report = Callable[[StartStage, int, int], object]
