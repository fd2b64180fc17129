"""The small numbers that rows are marked with."""

from __future__ import annotations

from typing import Literal

Status = Literal["pending", "ok", "warning", "error"]

STATUSES: tuple[Status, ...] = ("pending", "ok", "warning", "error")
PENDING, OK, WARNING, ERROR = range(4)
NOT_COUNTED = -1
