"""The generator's main loop: requests in, tokens out, everybody's turn in a circle."""

from __future__ import annotations

import contextlib
import gc
import time
from pathlib import Path
from typing import BinaryIO

from tunedesk.engine.compute_lock import ComputeLock
from tunedesk.engine.generation.admission import Admission
from tunedesk.engine.generation.answer import Answer
from tunedesk.engine.generation.intake import Ending, Intake, Say
from tunedesk.engine.generation.memory import is_out_of_memory, room_tokens
from tunedesk.engine.generation.model import ServedModel
from tunedesk.engine.generation.pace import Pace
from tunedesk.engine.generation.prompts import Prompt, own_fault
from tunedesk.engine.generation.protocol import Refused, Warm

_TURN_S = 0.5  # how long training is made to wait at a stretch
_TOKENS_IN_A_ROW = 4  # before the next request has its turn: switching adapters takes 12 ms


class Worker:
    """Serves until its orders end."""

    def __init__(
        self,
        lock_folder: Path,
        orders: BinaryIO,
        say: Say,
        pace: Pace | None = None,
        *,
        is_exact: bool = False,
    ) -> None:
        """`pace` chooses the threads; without one there is one."""
        self._is_exact = is_exact
        self._lock = ComputeLock(lock_folder)
        self._pace = pace or Pace(1)
        self._say = say
        self._intake = Intake(orders, say)
        self._queue: Admission[Prompt] = Admission()
        self._base_folder = ""
        self._model: ServedModel | None = None
        self._budget_tokens = 0
        self._active: list[Answer] = []
        self._is_ending = False

    def run(self) -> None:
        """Blocks until the API process closes our orders."""
        self._intake.start()
        while not self._is_ending:
            self._take_orders(wait=not self._active and not self._queue)
            self._begin_those_who_may()
            if self._active:
                with self._lock.turn():
                    self._cook(time.monotonic() + _TURN_S)

    def _take_orders(self, *, wait: bool) -> None:
        event = self._intake.take(wait=wait)
        while event is not None:
            if isinstance(event, Ending):
                self._is_ending = True
                return
            if isinstance(event, Prompt):
                self._queue.add(event)
            elif not self._active and not self._queue:
                self._warm(event)
            event = self._intake.take(wait=False)

    def _begin_those_who_may(self) -> None:
        self._drop_the_cancelled()
        running = [answer.prompt for answer in self._active]
        while prompt := self._queue.next(running, self._budget_tokens):
            self._begin(prompt)
            running = [answer.prompt for answer in self._active]

    def _drop_the_cancelled(self) -> None:
        for prompt in self._queue.leave(lambda one: self._intake.is_cancelled(one.order.id)):
            self._intake.forget(prompt.order.id)

    def _begin(self, prompt: Prompt) -> None:
        try:
            model = self._loaded(prompt.base_folder)
            answer = Answer(prompt, model, self._budget_tokens, self._say)
        except Exception as error:
            self._fail(prompt.order.id, error)
            return
        if answer.over:
            self._intake.forget(answer.id)
        else:
            self._active.append(answer)

    def _warm(self, order: Warm) -> None:
        with contextlib.suppress(Exception):  # whoever asks will be told
            self._loaded(order.base_folder)

    def _loaded(self, base_folder: str) -> ServedModel:
        """The model of that base, the only one in memory. Only called for another when idle."""
        if self._model is None or self._base_folder != base_folder:
            self._model = None
            gc.collect()
            self._model = ServedModel(Path(base_folder), is_exact=self._is_exact)
            self._base_folder = base_folder
            self._budget_tokens = room_tokens(Path(base_folder), is_exact=self._is_exact)
        return self._model

    def _cook(self, until_s: float) -> None:
        self._pace.begin(is_steady=self._model is not None and self._model.is_steady)
        while self._active and not self._is_ending and time.monotonic() < until_s:
            answer = self._active.pop(0)
            self._advance(answer)
            if answer.over or self._intake.is_cancelled(answer.id):
                self._intake.forget(answer.id)
            else:
                self._active.append(answer)
            del answer
            self._take_orders(wait=False)
            if self._active:  # else: loading another base is nothing to hold the turn for
                self._begin_those_who_may()
        self._pace.end()

    def _advance(self, answer: Answer) -> None:
        try:
            if answer.is_reading:
                answer.advance()
            else:
                self._say_some(answer)
        except Exception as error:
            answer.over = True
            self._fail(answer.id, error)

    def _say_some(self, answer: Answer) -> None:
        with self._pace.tokens(_TOKENS_IN_A_ROW):
            for _ in range(_TOKENS_IN_A_ROW):
                if answer.over or self._intake.is_cancelled(answer.id):
                    return
                answer.advance()

    def _fail(self, request_id: str, error: Exception) -> None:
        """Says what went wrong with one request; the others go on."""
        self._intake.forget(request_id)
        if is_out_of_memory(error):
            self._say(_out_of_memory(request_id))
        else:
            self._say(own_fault(request_id, error))


def _out_of_memory(request_id: str) -> Refused:
    text = "This computer has not enough free memory for the answer. Close other programs, or ask"
    text += " with shorter messages, a smaller max_tokens or a smaller n."
    return Refused(id=request_id, status=500, message=text, code="out_of_memory")
