"""What proves which question an answer belongs to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any


def sent_digest(messages: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 (hex) of messages as they are sent, whatever the order of a message's keys."""
    text = json.dumps([dict(message) for message in messages], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
