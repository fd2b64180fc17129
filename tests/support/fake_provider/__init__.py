"""A provider that goes wrong on demand. Its only purpose is faults that a real one won't produce.

| module | holds |
|---|---|
| messages | requests as they came, answers that may be cut, late or absent |
| wire | HTTP/1.1 by hand |
| stock | what it has, and what it usually answers |
| server | the socket, and the ledger of requests |
| faults | failures by name, and replies with something wrong in them |
"""

from tests.support.fake_provider.messages import (
    Answer,
    Reply,
    Request,
    Silence,
    event,
    refusal,
    stream_of,
)
from tests.support.fake_provider.server import FakeProvider, fake_provider

__all__ = [
    "Answer",
    "FakeProvider",
    "Reply",
    "Request",
    "Silence",
    "event",
    "fake_provider",
    "refusal",
    "stream_of",
]
