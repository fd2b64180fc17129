"""What is said when a model is named that ends soon, or has ended."""

from __future__ import annotations

from datetime import date

import msgspec

from tunedesk.assets import resource
from tunedesk.core.retirement import RetirementTable, days_left

_SOON_DAYS = 90


def end_words(model: str, today: date) -> str:
    """A sentence on the model's end, "" for one that nobody ends within three months."""
    shipped = resource("providers", "retirements.json").read_bytes()
    known = msgspec.json.decode(shipped, type=RetirementTable).of(model)
    if known is None or (left := days_left(known.ends, today)) > _SOON_DAYS:
        return ""
    said = f"{model} ended on {known.ends}" if left < 0 else f"{model} ends on {known.ends}"
    what = f"{said}, and so does everything tuned on it."
    if known.successor and not known.can_tune_successor:
        return f"{what} Named successor: {known.successor}, which cannot be fine-tuned."
    return f"{what} Named successor: {known.successor}." if known.successor else what
