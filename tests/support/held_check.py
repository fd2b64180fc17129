"""A check that stops before what a worker is asked next, until it is let go."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tunedesk.services.check.protocol import Answer, Request
from tunedesk.services.check.worker import CheckWorker


@contextmanager
def held_before(
    patch: pytest.MonkeyPatch, kind: type[Request]
) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Events: one is set when the worker was asked, the other lets it go; it is let go at the
    end."""
    is_asked, may_go = threading.Event(), threading.Event()
    real = CheckWorker.answer

    def answer(worker: CheckWorker, request: Request) -> Answer:
        if isinstance(request, kind):
            is_asked.set()
            may_go.wait(60)
        return real(worker, request)

    patch.setattr(CheckWorker, "answer", answer)
    try:
        yield is_asked, may_go
    finally:
        may_go.set()
