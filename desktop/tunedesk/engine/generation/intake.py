"""What comes in: one thread reads the lines, one makes prompts, the worker takes them."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO

import msgspec

from tunedesk.engine.generation.prompts import Prompt, PromptMaker
from tunedesk.engine.generation.protocol import (
    Accepted,
    Cancel,
    Order,
    Refused,
    Reply,
    Start,
    Warm,
)

Say = Callable[[Reply], None]


class Ending:
    """No more orders will come."""


Event = Prompt | Warm | Ending


class Intake:
    """Says itself whether a request is accepted, so that this waits for no other's turn."""

    def __init__(self, lines: BinaryIO, say: Say) -> None:
        self._lines = lines
        self._say = say
        self._raw: queue.SimpleQueue[Start | Ending] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._live: set[str] = set()
        self._cancelled: set[str] = set()

    def start(self) -> None:
        """From here on orders are taken."""
        threading.Thread(target=self._read, name="orders", daemon=True).start()
        threading.Thread(target=self._make_prompts, name="prompts", daemon=True).start()

    def take(self, *, wait: bool) -> Event | None:
        """The next event; None where there is none and `wait` is False."""
        try:
            return self._events.get(block=wait)
        except queue.Empty:
            return None

    def is_cancelled(self, request_id: str) -> bool:
        """True from the moment the line that says so has arrived."""
        return request_id in self._cancelled

    def forget(self, request_id: str) -> None:
        """The request is over."""
        self._live.discard(request_id)
        self._cancelled.discard(request_id)

    def _read(self) -> None:
        for line in self._lines:
            try:
                order = msgspec.json.decode(line, type=Order)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                sys.stderr.write(f"A line was not understood and left out: {error}\n")
                continue
            self._sort(order)
        self._raw.put(Ending())
        self._events.put(Ending())

    def _sort(self, order: Order) -> None:
        if isinstance(order, Warm):
            self._events.put(order)
        elif isinstance(order, Start):
            self._live.add(order.id)
            self._raw.put(order)
        elif isinstance(order, Cancel) and order.id in self._live:
            self._cancelled.add(order.id)

    def _make_prompts(self) -> None:
        maker = PromptMaker()
        while isinstance(order := self._raw.get(), Start):
            if self.is_cancelled(order.id):
                self.forget(order.id)
                continue
            self._judge(maker.make(order))

    def _judge(self, made: Prompt | Refused) -> None:
        if isinstance(made, Refused):
            self.forget(made.id)
            self._say(made)
        else:
            self._say(Accepted(id=made.order.id, prompt_tokens=len(made.tokens)))
            self._events.put(made)
