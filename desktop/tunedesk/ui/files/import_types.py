"""What a person decided about an import, and what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from tunedesk.core.rows import Format
from tunedesk.services.transfer.import_types import ImportPlan, ImportReport


class ImportWish(msgspec.Struct, frozen=True, kw_only=True):
    """`adds`: the rows go to the end of the open dataset; else they become datasets, the one of
    them called `name` if there is only one."""

    plan: ImportPlan
    name: str
    adds: bool


class ImportDone(msgspec.Struct, frozen=True, kw_only=True):
    """`rows` are those to add to the open dataset, `n_other` those of another format."""

    wish: ImportWish
    report: ImportReport
    rows: list[bytes] = []
    n_other: int = 0
    opened: list[Path] = []


class OpenTarget(msgspec.Struct, frozen=True, kw_only=True):
    """The dataset that rows can be added to."""

    name: str
    format: Format


ImportWork = Callable[[ImportWish, Callable[[int, int], object]], Awaitable[ImportDone]]
"""Carries a wish out, and tells bytes done of bytes in all."""
