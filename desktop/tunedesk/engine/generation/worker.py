"""The generator's main loop: requests in, tokens out, everybody's turn in a circle."""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
import time
from pathlib import Path

import msgspec

from tunedesk.engine.compute_lock import ComputeLock
from tunedesk.engine.generation.answer import Answer
from tunedesk.engine.generation.model import ServedModel
from tunedesk.engine.generation.protocol import Cancel, Order, Refused, Reply, Start, Warm
from tunedesk.engine.template import TemplateRefusalError

_TURN_S = 0.5  # how long training is made to wait at a stretch
_TOKENS_IN_A_ROW = 4  # before the next request has its turn: switching adapters takes 12 ms


class Worker:
    """Serves until stdin ends. `cancelled` is shared with the reading thread."""

    def __init__(self, lock_folder: Path) -> None:
        self._lock = ComputeLock(lock_folder)
        self._orders: queue.SimpleQueue[Start | Warm | None] = queue.SimpleQueue()
        self._cancelled: set[str] = set()
        self._models: dict[str, ServedModel] = {}
        self._active: list[Answer] = []

    def run(self) -> None:
        """Blocks until the API process closes our stdin."""
        threading.Thread(target=self._read, name="orders", daemon=True).start()
        while True:
            if not self._take_orders():
                return
            with self._lock.turn():
                self._cook(time.monotonic() + _TURN_S)

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            order = msgspec.json.decode(line, type=Order)
            if isinstance(order, Cancel):
                self._cancelled.add(order.id)
            else:
                self._orders.put(order)
        self._orders.put(None)

    def _take_orders(self) -> bool:
        """Takes what waits; with nothing to do, waits. False when there will be no more."""
        while not self._active or not self._orders.empty():
            order = self._orders.get()
            if order is None:
                return False
            if isinstance(order, Warm):
                with contextlib.suppress(Exception):  # whoever asks will be told
                    self._model(order.base_folder)
            else:
                self._begin(order)
        return True

    def _begin(self, order: Start) -> None:
        try:
            answer = Answer(order, self._model(order.base_folder), _say)
        except TemplateRefusalError as error:
            _say(Refused(id=order.id, status=400, message=str(error), param="messages"))
        except Exception as error:
            _say(_own_fault(order.id, error))
        else:
            self._active.append(answer)

    def _model(self, base_folder: str) -> ServedModel:
        if base_folder not in self._models:
            self._models.clear()  # one base in memory at a time
            self._models[base_folder] = ServedModel(Path(base_folder))
        return self._models[base_folder]

    def _cook(self, until_s: float) -> None:
        while self._active and time.monotonic() < until_s and self._orders.empty():
            answer = self._active.pop(0)
            self._advance(answer)
            if not answer.over and answer.id not in self._cancelled:
                self._active.append(answer)
            self._cancelled.discard(answer.id)

    def _advance(self, answer: Answer) -> None:
        try:
            for _ in range(_TOKENS_IN_A_ROW):
                if answer.over or answer.id in self._cancelled:
                    return
                answer.advance()
        except Exception as error:
            answer.over = True
            _say(_own_fault(answer.id, error))


def _own_fault(request_id: str, error: Exception) -> Refused:
    text = f"The model could not answer: {type(error).__name__}: {error}"
    return Refused(id=request_id, status=500, message=text)


def _say(reply: Reply) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(reply) + b"\n")
    sys.stdout.buffer.flush()
