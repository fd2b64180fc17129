"""What a person asked `tunedesk check` to do."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from tunedesk.core.issues import Severity

MAX_ISSUES = 1_000
JSON_VERSION = 1

WantedFormat = Literal["auto", "chat", "completion", "preference"]

Language = Literal["en", "th"]


class CheckOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`max_issues` and `min_severity` say what is listed; everything is counted all the same.

    `quick` leaves out what reads every text: tokens, over-long rows and near-duplicates.
    """

    wanted: WantedFormat = "auto"
    model: str = ""
    fixes: bool = False
    output: Path | None = None
    as_json: bool = False
    max_issues: int = MAX_ISSUES
    min_severity: Severity = Severity.WARNING
    quick: bool = False
    language: Language = "en"
