"""A word on the desktop when a fine-tune ends and nobody is looking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from tunedesk.core.speech import said
from tunedesk.services.train.training import JobRecord
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations

NOTICES = "job_notices"
"""Name in Memory; "off" where the person switched them off."""

_ENDS = frozenset({"succeeded", "failed"})


class Jobs(Protocol):
    """As much of the training service as is used here."""

    async def jobs(self) -> list[JobRecord]:
        """Every fine-tune of the project."""

    def subscribe(self, callback: Callable[[str], object]) -> Callable[[], None]:
        """`callback(local_id)` whenever a job has changed."""


class Teller(Protocol):
    """Shows a notification; `clicked` is called when the person takes it up."""

    def tell(self, title: str, text: str, clicked: Callable[[], None]) -> None:
        """Show it, without waiting."""


class JobNotices(QObject):
    """`wanted(local id)`: the person took a notification up. `ended()`: a job did, looked at or
    not. `told(text)`: the same words while the window is looked at, for a screen reader."""

    wanted = Signal(str)
    ended = Signal()
    told = Signal(str)

    def __init__(
        self,
        jobs: Jobs,
        operations: Operations,
        memory: Memory,
        teller: Teller,
        parent: QObject | None = None,
        *,
        is_looked_at: Callable[[], bool] = lambda: QGuiApplication.focusWindow() is not None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._operations, self._memory = jobs, operations, memory
        self._teller, self._is_looked_at = teller, is_looked_at
        self._known: Mapping[str, str] | None = None
        forget = jobs.subscribe(lambda _local_id: self._look())
        self.destroyed.connect(lambda: forget())
        self._look()

    def _look(self) -> None:
        self._operations.run(self._jobs.jobs(), owner=self, done=self._compare, failed=_nothing)

    def _compare(self, jobs: Sequence[JobRecord]) -> None:
        before, self._known = self._known or {}, {job.local_id: job.status for job in jobs}
        known = ((job, before.get(job.local_id)) for job in jobs if job.status in _ENDS)
        ended = [job for job, was in known if was is not None and was != job.status]
        if ended:
            self.ended.emit()
        for job in ended:
            self._tell(job)

    def _tell(self, job: JobRecord) -> None:
        if job.status == "succeeded":
            title = self.tr("{name} is ready").format(name=job.name)
            text = self.tr("The fine-tune succeeded: compare it with its base.")
        else:
            title = self.tr("{name} failed").format(name=job.name)
            cause = job.error or (job.state.error_message if job.state is not None else None)
            text = said(cause or "")
        if self._is_looked_at():
            self.told.emit(f"{title}. {text}")
        elif self._memory.get(NOTICES) != "off":
            self._teller.tell(title, text, partial(self.wanted.emit, job.local_id))


def _nothing(_error: object) -> None:
    """The Train page says what is wrong with the ledger."""
