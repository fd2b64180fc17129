"""The Train page over real services while jobs are watched, and the provider they run at."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent

from tests.bench.app_side import TOLD
from tests.bench.view_hands import Heart, Paints, Script, Wish
from tests.support.fake_provider import FakeProvider, Reply, Request, fake_provider
from tests.support.projects import fake_providers, home, project
from tunedesk.store.records import JobRecord

if TYPE_CHECKING:
    from tunedesk.services.project.project import Project
    from tunedesk.services.train.training import Training
    from tunedesk.ui.pages.train.page import TrainPage

N_JOBS, N_EVENTS = 20, 1_000
_N_STEPS = N_EVENTS - 20
_TOLD_WITHIN_S = 30.0
_REST_S, _PATIENCE_S = 0.1, 60.0
_SIZE = (1240, 840)


def server() -> None:
    """A provider that says its address, and from then on more events at each look."""
    asyncio.run(_serve())


async def _serve() -> None:
    async with fake_provider() as made:
        made.jobs += [_job(n) for n in range(N_JOBS)]
        story, began_s = _story(), time.monotonic()
        asked = dict.fromkeys((job["id"] for job in made.jobs), 0)

        def answer(request: Request) -> Reply | None:
            share = (time.monotonic() - began_s) / _TOLD_WITHIN_S
            told = story[: min(N_EVENTS, int(N_EVENTS * share) + 1)]
            match request.path.strip("/").split("/"):
                case ["fine_tuning", "jobs", job_id]:
                    asked[job_id] += 1
                case ["fine_tuning", "jobs", _, "events"]:
                    return Reply(_page(told[::-1], request.query))
                case ["polls"]:
                    seconds = time.monotonic() - began_s
                    return Reply([n / seconds for n in asked.values()])
            return None

        made.before = answer
        sys.stdout.write(f"{made.base_url}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def _job(number: int) -> dict[str, Any]:
    return {
        "id": f"ftjob-{number}",
        "object": "fine_tuning.job",
        "created_at": 1_750_000_000,
        "status": "running",
        "model": "base-1",
    }


def _story() -> list[dict[str, Any]]:
    """All events of a job, oldest first: losses, and some words."""
    return [
        {
            "id": f"ftevent-{n}",
            "object": "fine_tuning.job.event",
            "created_at": 1_750_000_000 + n,
            "level": "info",
            "message": f"Step {n}/{_N_STEPS}: training loss={3 - 2 * n / N_EVENTS:.2f}",
            "type": "metrics" if 0 < n <= _N_STEPS else "message",
            "data": {"step": n, "total_steps": _N_STEPS, "train_loss": 3 - 2 * n / N_EVENTS}
            if 0 < n <= _N_STEPS
            else None,
        }
        for n in range(N_EVENTS)
    ]


def _page(newest_first: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    """As OpenAI pages."""
    ids = [one["id"] for one in newest_first]
    start = ids.index(query["after"]) + 1 if "after" in query else 0
    end = start + int(query.get("limit", 20))
    has_more = end < len(newest_first)
    return {"object": "list", "data": newest_first[start:end], "has_more": has_more}


def app(n_jobs: int, folder: str) -> None:
    """Watch so many jobs, choose one after another, and print the figures."""
    from tunedesk.app.event_loop import DesktopLoop
    from tunedesk.app.start import make_application

    qt = make_application(["bench"])
    with (
        subprocess.Popen(
            [sys.executable, "-c", "from tests.bench.monitoring_side import server; server()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as provider,
        DesktopLoop(qt) as loop,
    ):
        assert provider.stdin is not None and provider.stdout is not None
        address = provider.stdout.readline().decode().strip()
        loop.run_until_complete(_watch(qt, loop, n_jobs, Path(folder), address))
        provider.stdin.close()


async def _watch(qt: Any, loop: Any, n_jobs: int, folder: Path, address: str) -> None:
    from tunedesk.services.train.training import Training
    from tunedesk.ui.operations import Operations
    from tunedesk.ui.theme import Theme

    at = FakeProvider()
    at.base_url = address
    operations = Operations(loop, _fail)
    async with (
        home(folder / "home") as place,
        project(place) as made,
        fake_providers(place, at, poll_s=1.0) as providers,
    ):
        await made.in_ledger(lambda ledger: [ledger.add_intent(_record(n)) for n in range(n_jobs)])
        training = Training(made, providers, place.background, place.clock)
        page = _page_of(training, operations, Theme(qt, "light"))
        await training.resume()
        figures = await _play(page, made, n_jobs)
        client = await providers.get("fake")
        figures["polls"] = await _polls(client)
        await training.close()
        page.close()
        await operations.close()
    sys.stdout.write(f"{TOLD}{json.dumps(figures)}\n")
    sys.stdout.flush()


async def _polls(client: Any) -> list[float]:
    sdk = await client._client()
    found: list[float] = await sdk.get("/polls", cast_to=object)
    return found


def _record(number: int) -> JobRecord:
    return JobRecord(
        local_id=f"job-{number}",
        name=f"job {number}",
        provider_id="fake",
        base_model="base-1",
        created_at_ms=1_750_000_000_000 + number,
        train_digest="0" * 64,
        n_train=100,
        status="running",
        stage="training",
        remote_id=f"ftjob-{number}",
        started_at_ms=1_750_000_000_000,
    )


def _page_of(training: Training, operations: Any, theme: Any) -> TrainPage:
    from tests.support.scripted_training import ScriptedAsk
    from tunedesk.ui.pages.train.page import TrainPage

    ask: Any = ScriptedAsk()
    page = TrainPage(training=training, operations=operations, ask=ask, theme=theme)
    page.resize(*_SIZE)
    page.show()
    page.on_enter()
    return page


async def _play(page: TrainPage, made: Project, n_jobs: int) -> dict[str, list[float]]:
    over = asyncio.Event()
    heart, figures = Heart(page), {"choose": list[float]()}
    hands = _Hands(page, figures["choose"], n_jobs)
    script = Script(hands.steps(heart), over.set)
    script.start()
    await over.wait()
    figures["beats"] = heart.stop()
    end_s = time.monotonic() + _PATIENCE_S
    while min(counts := await made.in_ledger(lambda one: _n_events(one, n_jobs))) < N_EVENTS:
        assert time.monotonic() < end_s, f"still {counts}: {await made.in_ledger(_troubles)}"
        await asyncio.sleep(0.5)
    figures["events"] = [float(n) for n in counts]
    return figures


def _n_events(ledger: Any, n_jobs: int) -> list[int]:
    return [len(ledger.events(f"job-{n}")) for n in range(n_jobs)]


def _troubles(ledger: Any) -> list[str | None]:
    return [job.error for job in ledger.jobs()]


class _Hands:
    """Presses ↓ and ↑ in the list of jobs until all is told."""

    def __init__(self, page: TrainPage, times_ms: list[float], n_jobs: int) -> None:
        self._page, self._times_ms, self._n_jobs = page, times_ms, n_jobs

    def steps(self, heart: Heart) -> Iterator[Wish]:
        yield lambda: self._page.list.isVisible() and self._page.list.model().rowCount()
        yield 3.0  # the drawing library is there
        gc.freeze()  # as the app does when its pages are made
        paints = Paints(self._page.panel.curve)
        heart.start()
        end_s, down = time.monotonic() + _TOLD_WITHIN_S, True
        while time.monotonic() < end_s:
            row = self._page.list.currentIndex().row()
            down = row < self._n_jobs - 1 if down else row <= 0
            self._times_ms.append(self._press(Qt.Key.Key_Down if down else Qt.Key.Key_Up, paints))
            yield _REST_S

    def _press(self, key: Qt.Key, paints: Paints) -> float:
        seen, start_s = paints.n_seen, time.perf_counter()
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier)
            QCoreApplication.sendEvent(self._page.list, event)
        while paints.n_seen == seen:
            assert time.perf_counter() - start_s < 60, "nothing was painted"
            QCoreApplication.processEvents()
        QCoreApplication.processEvents()
        return (time.perf_counter() - start_s) * 1e3


def _fail(error: BaseException) -> None:
    raise error
