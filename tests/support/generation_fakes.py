"""A model that costs nothing, for tests of who has its turn when, and the worker around it."""

from __future__ import annotations

import os
import queue
import threading
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import msgspec
import torch

from tests.support.engine import MODEL_ID, models_folder
from tunedesk.engine.compute_lock import ComputeLock
from tunedesk.engine.generation import worker
from tunedesk.engine.generation.pace import Pace
from tunedesk.engine.generation.protocol import Accepted, Order, Reply, Sampling, Start
from tunedesk.engine.generation.slices import SLICE_TOKENS

_LETTER, _N_VOCABULARY = 40, 49152  # any token of the shipped model's vocabulary
_CERTAIN = torch.nn.functional.one_hot(torch.tensor(_LETTER), _N_VOCABULARY) * 50.0


class FakeModel:
    """Always says the same letter. `steps` notes (adapter, number of tokens) of each pass."""

    steps: ClassVar[list[tuple[str | None, int]]] = []
    loaded: ClassVar[list[str]] = []
    fails: ClassVar[dict[str | None, BaseException]] = {}
    is_steady: ClassVar[bool] = True
    slice_tokens: ClassVar[int] = SLICE_TOKENS

    def __init__(self, base_folder: Path, *, is_exact: bool = False) -> None:
        FakeModel.loaded.append(base_folder.name)
        self._worn: str | None = None

    @classmethod
    def reset(cls) -> None:
        """Forgets what other tests did."""
        cls.steps, cls.loaded, cls.fails = [], [], {}

    def wear(self, adapter: str | None) -> None:
        """Notes whose turn it is."""
        self._worn = adapter

    def new_cache(self, room_tokens: int) -> Any:
        """A list of what was read."""
        return []

    def fork(self, cache: Any) -> Any:
        """Its own list."""
        return list(cache)

    def logits(self, tokens: list[int], cache: Any) -> torch.Tensor:
        """The letter is certain."""
        if self._worn in FakeModel.fails:
            raise FakeModel.fails[self._worn]
        cache.extend(tokens)
        FakeModel.steps.append((self._worn, len(tokens)))
        return _CERTAIN


class WorkerUnderTest:
    """A real worker on a thread, with lines in and replies out."""

    def __init__(self, lock_folder: Path, pace: Pace | None = None) -> None:
        self._lock_folder = lock_folder
        reading, writing = os.pipe()
        self._orders: BinaryIO = os.fdopen(writing, "wb", buffering=0)
        self.replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._reading: BinaryIO = os.fdopen(reading, "rb")
        served = worker.Worker(lock_folder, self._reading, self.replies.put, pace)
        self._thread = threading.Thread(target=served.run, daemon=True)

    def start(self) -> None:
        """From here on it works; orders sent before are all there at once."""
        self._thread.start()

    def begin_together(self, *orders: Start) -> None:
        """Starts; none of the orders is answered before all are accepted."""
        stove = ComputeLock(self._lock_folder)
        with stove.turn():
            self.send(*orders)
            self.start()
            self.until(Accepted, len(orders))
        stove.close()

    def send(self, *orders: Order) -> None:
        """One line each, in one write."""
        self.send_raw(b"".join(msgspec.json.encode(order) + b"\n" for order in orders))

    def send_raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self._orders.write(data)

    def until(self, kind: type, n: int = 1) -> list[Reply]:
        """All replies up to the n-th of `kind`."""
        said: list[Reply] = []
        while n:
            said.append(self.replies.get(timeout=30))
            n -= isinstance(said[-1], kind)
        return said

    def stop(self) -> None:
        """Ends the orders and waits for the thread."""
        self._orders.close()
        self._thread.join(30)
        assert not self._thread.is_alive()
        self._reading.close()


def start_order(request_id: str, text: str = "Hello.", **more: Any) -> Start:
    """A request to the shipped base; `adapter` and others by name."""
    asked: dict[str, Any] = {"base_folder": str(models_folder() / MODEL_ID), "adapter": request_id}
    messages = [{"role": "user", "content": text}]
    return Start(
        id=request_id,
        messages=messages,
        **{**asked, "sampling": Sampling(temperature=0), "max_tokens": 8, **more},
    )
