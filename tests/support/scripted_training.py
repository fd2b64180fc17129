"""Training and a dataset session that do as a test says, with the services' own methods."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tunedesk.core.auto import Resolved
from tunedesk.core.curves import curve_of, reading
from tunedesk.core.jobs import Checkpoint, Hyperparameters, JobEvent, JobState
from tunedesk.core.rows import Format
from tunedesk.services.dataset.session import CheckState
from tunedesk.services.project.project import DatasetInfo
from tunedesk.services.train.costing_types import Here
from tunedesk.services.train.early_checks import Tell
from tunedesk.services.train.job_rows import FrozenRows, RowPlace
from tunedesk.services.train.job_samples import SampleSheet
from tunedesk.services.train.training import (
    BaseModel,
    CostSheet,
    FineTunePlan,
    JobRecord,
    JobView,
    ProviderChoice,
    Readiness,
    ReadyCheck,
    StartProgress,
    Steps,
)

STARTED_MS = 1_760_000_000_000
LOCAL = ProviderChoice(
    id="local", name="On this computer", note="Private.", is_local=True, is_engine=True
)
SMOLLM = BaseModel(id="smollm2-135m-instruct", label="SmolLM2-135M-Instruct")
TUNED = "ft:smollm2-135m-instruct:tunedesk:marv:8c21"


def step_event(step: int, total: int, train: float, held_out: float | None = None) -> JobEvent:
    """A metrics event, one second after the one before."""
    data = {"step": step, "total_steps": total, "train_loss": train}
    data["train_mean_token_accuracy"] = round(1 - train / 4, 3)
    if held_out is not None:
        data["full_valid_loss"] = held_out
        data["full_valid_mean_token_accuracy"] = round(1 - held_out / 4, 3)
    return JobEvent(
        id=f"ftevent-{step}",
        created_at_s=STARTED_MS // 1000 + step,
        level="info",
        message=f"Step {step}/{total}: training loss={train:.2f}",
        type="metrics",
        data=data,
    )


def falling(n_steps: int, total: int = 33, n_epochs: int = 3) -> list[JobEvent]:
    """Events of the first `n_steps` steps; held-out loss at the end of each epoch."""
    ends = {total * n // n_epochs for n in range(1, n_epochs + 1)}
    found = []
    for step in range(1, n_steps + 1):
        loss = 3.4 - 1.6 * step / total
        found.append(step_event(step, total, loss, loss + 0.3 if step in ends else None))
    return found


def checkpoint(step: int) -> Checkpoint:
    return Checkpoint(
        id=f"ftckpt-{step}",
        created_at_s=0,
        model=f"{TUNED}:ckpt-step-{step}",
        step_number=step,
        metrics={"full_valid_loss": 2.85, "full_valid_mean_token_accuracy": 0.51},
    )


def job(
    local_id: str,
    status: str,
    events: Sequence[JobEvent] = (),
    *,
    name: str = "marv-style",
    checkpoints: Sequence[Checkpoint] = (),
    error: str | None = None,
    remote_id: str | None = "ftjob-8c21",
) -> JobView:
    """A job of 44 and 10 rows on this computer, started at STARTED_MS, everything auto."""
    is_over = status in ("succeeded", "failed", "cancelled")
    record = JobRecord(
        local_id=local_id,
        name=name,
        provider_id="local",
        base_model="smollm2-135m-instruct",
        created_at_ms=STARTED_MS - 2000,
        started_at_ms=STARTED_MS,
        finished_at_ms=STARTED_MS + 41_000 if is_over else None,
        train_digest="0" * 64,
        n_train=44,
        n_held_out=10,
        status=status,
        remote_id=remote_id,
        request={"model": "smollm2-135m-instruct", "seed": 42},
        state=_state(status) if remote_id else None,
        error=error,
    )
    curve = curve_of(events)
    return JobView(
        record=record,
        events=list(events),
        curve=curve,
        checkpoints=list(checkpoints),
        reading=reading(curve),
        is_free=record.provider_id == "local",
    )


def _state(status: str) -> JobState:
    return JobState(
        id="ftjob-8c21",
        status=status,
        model="smollm2-135m-instruct",
        created_at_s=STARTED_MS // 1000,
        fine_tuned_model=TUNED if status == "succeeded" else None,
        hyperparameters=Hyperparameters(n_epochs=3, batch_size=4, learning_rate_multiplier=1.0),
        seed=42,
    )


HERE = Here(
    model="smollm2-135m-instruct", seconds=38.0, is_measured=False, n_epochs=3, batch_size=4
)


def free_here(n_epochs: int = 3) -> CostSheet:
    """What training here costs: 38 s."""
    return CostSheet(
        is_free=True,
        training_usd=0.0,
        most_usd=0.0,
        billed_tokens=0,
        held_out="not_billed",
        hosting=None,
        is_hosting_known=True,
        read_tokens=40.0,
        written_tokens=17.0,
        before_usd=0.0,
        after_usd=0.0,
        n_epochs=n_epochs,
        are_epochs_guessed=False,
        batch_size=4,
        here=HERE,
    )


def ready(
    *checks: ReadyCheck,
    can_start: bool = True,
    n_epochs: int = 3,
    n_train: int = 44,
    costs: CostSheet | None = None,
) -> Readiness:
    """A readiness of 44 and 10 rows; without `checks`, the two that count them; without `costs`
    on this computer."""
    return Readiness(
        checks=list(checks)
        or [
            ReadyCheck(code="train_rows", level="ok", args={"n": n_train, "needed": 10}),
            ReadyCheck(code="test_rows", level="ok", args={"n": 10}),
        ],
        n_train=n_train,
        n_test=10,
        trained_tokens=3489,
        costs=costs or free_here(n_epochs),
        leaves_computer=costs is not None,
        resolved=Resolved(n_epochs=n_epochs, batch_size=4, learning_rate_multiplier=1.0),
        is_auto_told=costs is None,
        can_start=can_start,
        place="OpenAI" if costs is not None else "On this computer",
    )


class ScriptedFiles:
    """Keeps what was to be written."""

    def __init__(self) -> None:
        self.written: dict[str, bytes] = {}
        self.results: list[str] = []

    async def write(self, path: Path, data: bytes) -> None:
        self.written[path.name] = data

    async def save_result(self, local_id: str, path: Path) -> None:
        self.results.append(local_id)


class ScriptedSamples:
    """Answers with the sheet a test put into it; asking gives the next one."""

    def __init__(self) -> None:
        self.known = SampleSheet(is_by_itself=True)
        self.after = SampleSheet()
        self.asked: list[str] = []

    async def sheet(self, local_id: str) -> SampleSheet:
        return self.known

    async def ask(self, local_id: str) -> None:
        self.asked.append(local_id)
        self.known = self.after


class ScriptedRows:
    """Frozen rows in files that a test wrote, and what their prompts' digests are."""

    def __init__(self) -> None:
        self.known: dict[str, list[FrozenRows]] = {}
        self.asked: list[tuple[str, str, int]] = []

    async def of(self, local_id: str) -> list[FrozenRows]:
        return self.known[local_id]

    async def place_of(self, local_id: str, side: str, number: int) -> RowPlace:
        self.asked.append((local_id, side, number))
        return RowPlace("d" * 64, "marv.jsonl")

    async def dataset(self, local_id: str) -> str:
        return "marv.jsonl"


class ScriptedTraining:
    """Answers with what a test put into it, and notes what was asked.

    With `hold` set, `readiness` and `start` wait until `release` is called for their place in line.
    """

    def __init__(self, *views: JobView) -> None:
        self.known = {view.record.local_id: view for view in views}
        self.files = ScriptedFiles()
        self.samples = ScriptedSamples()
        self.rows = ScriptedRows()
        self.answer: Readiness | Exception = ready()
        self.start_answer: str | Exception = "job-1"
        self.choices = [LOCAL]
        self.keyless: list[str] = []
        self.elsewhere: dict[str, str] = {}
        self.voted: tuple[str, str] | None = None
        self.models: dict[str, list[BaseModel] | Exception] = {"local": [SMOLLM]}
        self.plans: list[FineTunePlan] = []
        self.asked_of: list[Any] = []
        self.started: list[FineTunePlan] = []
        self.cancelled: list[str] = []
        self.paused: list[tuple[str, bool]] = []
        self.n_views = 0
        self.failure: Exception | None = None
        self.hold = False
        self.waiting: list[asyncio.Future[object]] = []
        self.callbacks: list[Callable[[str], object]] = []
        self.start_progress: StartProgress | None = None
        self.start_callbacks: list[Callable[[], object]] = []
        self.n_start_cancels = 0
        self.tell: Tell = _tell_nobody

    def show_start(self, progress: StartProgress | None) -> None:
        """A start is so far, or over."""
        self.start_progress = progress
        for callback in list(self.start_callbacks):
            callback()

    def subscribe_start(self, callback: Callable[[], object]) -> Callable[[], None]:
        self.start_callbacks.append(callback)
        return lambda: self.start_callbacks.remove(callback)

    async def cancel_start(self) -> None:
        self.n_start_cancels += 1

    def put(self, *views: JobView) -> None:
        """Replace jobs by their id, or add them as the newest, and tell who listens."""
        for view in views:
            local_id = view.record.local_id
            if local_id not in self.known:
                self.known = {local_id: view, **self.known}
            self.known[local_id] = view
            for callback in list(self.callbacks):
                callback(local_id)

    def subscribe(self, callback: Callable[[str], object]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    async def jobs(self) -> list[JobRecord]:
        if self.failure is not None:
            raise self.failure
        return [view.record for view in self.known.values()]

    async def view(self, local_id: str) -> JobView:
        self.n_views += 1
        return self.known[local_id]

    async def steps(self, local_ids: Collection[str]) -> dict[str, Steps]:
        found = {}
        for one in local_ids:
            curve = self.known[one].curve
            found[one] = Steps(max((n for n, _ in curve.train), default=0), curve.total_steps)
        return found

    async def pause(self, local_id: str, *, is_paused: bool) -> None:
        self.paused.append((local_id, is_paused))

    async def keep_checkpoint(self, local_id: str, model: str, name: str) -> None:
        view = self.known[local_id]
        kept = {one: known for one, known in view.kept.items() if one != model}
        self.put(msgspec.structs.replace(view, kept=kept | ({model: name} if name else {})))

    async def cancel(self, local_id: str) -> None:
        self.cancelled.append(local_id)

    def providers(self) -> list[ProviderChoice]:
        return self.choices

    async def read_ends(self) -> None:
        """The choices have what there is."""

    def places(self) -> dict[str, str]:
        return {one.id: one.name for one in self.choices} | self.elsewhere

    async def voted_base(self, session: object) -> tuple[str, str] | None:
        return self.voted

    def without_key(self) -> list[str]:
        return self.keyless

    async def base_models(self, provider_id: str) -> list[BaseModel]:
        models = self.models[provider_id]
        if isinstance(models, Exception):
            raise models
        return models

    async def readiness(self, plan: FineTunePlan, rows: Any, tell: Tell) -> Readiness:
        self.plans.append(plan)
        self.asked_of.append(rows)
        self.tell = tell
        answer = self.answer
        try:
            await self._wait()
        finally:
            self.tell = _tell_nobody
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def start(self, plan: FineTunePlan, session: object) -> str:
        self.started.append(plan)
        await self._wait()
        if isinstance(self.start_answer, Exception):
            raise self.start_answer
        return self.start_answer

    async def _wait(self) -> None:
        if self.hold:
            future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            self.waiting.append(future)
            await future

    def release(self, place: int) -> None:
        """Let the call that is `place`th in line answer."""
        self.waiting[place].set_result(None)


def _tell_nobody(_checks: Sequence[ReadyCheck], _known: Readiness | None) -> None:
    """Nothing is being checked."""


class RowCounts:
    """As much of a session's counts as the form reads."""

    def __init__(self, train: int, test: int) -> None:
        self.train, self.test, self.aside = train, test, 0


class _Info:
    def __init__(self, dataset_id: int, name: str) -> None:
        self.id, self.name = dataset_id, name


class ScriptedSession:
    """An open dataset; `change` tells who listens."""

    def __init__(
        self, name: str = "marv.jsonl", train: int = 44, test: int = 10, *, dataset_id: int = 1
    ) -> None:
        self.info = _Info(dataset_id, name)
        self.row_counts = RowCounts(train, test)
        self.format = Format.CHAT
        self.callbacks: list[Callable[[], object]] = []
        self.version = 0
        self.check_state: CheckState | None = None
        self.is_check_stopped = False

    def looked_at(self, state: CheckState | None) -> None:
        """The look at the rows has come so far, or is over."""
        self.check_state = state
        self.tell()

    def stop_check(self) -> None:
        self.check_state, self.is_check_stopped = None, True
        self.tell()

    def tell(self) -> None:
        for callback in list(self.callbacks):
            callback()

    def counts(self) -> RowCounts:
        return self.row_counts

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    def change(self, train: int, test: int) -> None:
        self.row_counts = RowCounts(train, test)
        self.version += 1
        self.tell()


class ScriptedShelf:
    """The datasets of a project: the one that is open, if any, and `others`, which are opened
    beside it."""

    def __init__(self, session: ScriptedSession | None, *others: ScriptedSession) -> None:
        self.session = session
        self.others = {one.info.id: one for one in others}
        self.beside_now: list[int] = []
        self.refusal: Exception | None = None

    async def datasets(self) -> list[DatasetInfo]:
        here = [self.session] if self.session is not None else []
        return [
            DatasetInfo(
                id=one.info.id,
                name=one.info.name,
                path=Path(one.info.name),
                n_rows=one.row_counts.train + one.row_counts.test,
            )
            for one in [*here, *self.others.values()]
        ]

    async def beside(self, info: DatasetInfo) -> ScriptedSession:
        if self.refusal is not None:
            raise self.refusal
        self.beside_now.append(info.id)
        return self.others[info.id]

    async def release(self) -> None:
        self.beside_now.clear()


class ScriptedAsk:
    """Says `yes` or no to every question and remembers what it was asked and told; a file is saved
    at `target`."""

    def __init__(self, *, yes: bool = True) -> None:
        self.yes = yes
        self.asked: list[tuple[str, str]] = []
        self.told: list[BaseException] = []
        self.target: Path | None = None
        self.new_name = ""
        self.suggested: list[Path] = []

    async def save_file(self, title: str, suggested: Path, name_filter: str) -> Path | None:
        self.suggested.append(suggested)
        return self.target

    async def confirm(self, title: str, text: str, yes: str, *, danger: bool = False) -> bool:
        self.asked.append((title, text))
        return self.yes

    async def name(self, title: str, name: str, yes: str) -> str:
        self.asked.append((title, name))
        return self.new_name

    def tell(self, error: BaseException) -> None:
        self.told.append(error)
