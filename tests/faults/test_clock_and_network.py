"""N6: clocks that jump and networks that go away make no burst of questions, and no event twice."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from pathlib import Path

import pytest

from tests.support.fake_client import waits
from tests.support.fake_provider import Answer, Request, Silence, event, refusal
from tests.support.projects import run, until
from tests.support.training_bench import PLAN, Bench, bench
from tunedesk.services.train.monitor import AT_ONCE, Monitor
from tunedesk.store.records import JobRecord

__all__ = ["waits"]

POLL_S, LONGEST_S = 5.0, 30.0
DAY_MS = 86_400_000


class Hours:
    """Time that passes when the monitor pauses. `polls` has, for each job, when it was asked."""

    def __init__(self, b: Bench) -> None:
        self.now_s, self._end_s = 0.0, 0.0
        self.polls: dict[str, list[float]] = {}
        self._bench = b
        self._woken = asyncio.Event()
        self.monitor = Monitor(b.project, b.providers, b.place.clock, b.told.append, self._sleep)
        b.server.before = self.note

    def note(self, request: Request) -> Answer | None:
        head, _, job_id = request.path.rpartition("/")
        if head == "/fine_tuning/jobs" and request.method == "GET":
            self.polls.setdefault(job_id, []).append(self.now_s)
        return None

    async def _sleep(self, delay_s: float) -> None:
        wakes_at_s = self.now_s + delay_s
        while wakes_at_s > self._end_s:
            self._woken.clear()
            await self._woken.wait()
        self.now_s = max(self.now_s, wakes_at_s)

    async def pass_by(self, seconds: float) -> None:
        """Let so much time go by."""
        self._end_s += seconds
        self._woken.set()
        await until(lambda: not self._woken.is_set() and self.is_at_rest())

    def is_at_rest(self) -> bool:
        return self.now_s > self._end_s - LONGEST_S

    def gaps(self) -> list[float]:
        return [b - a for times in self.polls.values() for a, b in itertools.pairwise(times)]


async def started(b: Bench) -> str:
    """A job that runs, watched by nobody."""
    local_id = await b.training.start(PLAN, b.session)
    await b.training.close()
    b.set_status("running")
    b.server.events = [event(n) for n in range(3)]
    return local_id


def test_a_clock_that_jumps_a_day_either_way_changes_nothing(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, poll_s=POLL_S) as b:
            local_id = await started(b)
            hours = Hours(b)
            hours.monitor.watch(local_id)
            for jump_ms in (0, DAY_MS, -2 * DAY_MS, DAY_MS):
                b.place.now_ms += jump_ms
                await hours.pass_by(120)
            await hours.monitor.close()
            assert set(hours.gaps()) == {POLL_S}
            assert len(hours.polls["ftjob-1"]) == pytest.approx(480 / POLL_S, abs=4)
            assert len((await b.training.view(local_id)).events) == 3

    run(steps())


@pytest.mark.parametrize("how", ["no answer", "503"])
def test_two_hours_without_a_network_make_no_burst(
    tmp_path: Path, how: str, waits: list[float]
) -> None:
    answer = Silence("rst") if how == "no answer" else refusal(503, "Down")

    async def steps() -> None:
        async with bench(tmp_path, poll_s=POLL_S) as b:
            local_id = await started(b)
            hours = Hours(b)
            hours.monitor.watch(local_id)
            hours.monitor.watch(local_id)
            await hours.pass_by(60)
            b.server.before = lambda request: hours.note(request) or answer
            await hours.pass_by(7200)
            n_polls = len(hours.polls["ftjob-1"])
            assert n_polls <= 12 + 7200 / LONGEST_S + 6
            b.server.before = hours.note
            b.server.events += [event(n) for n in range(3, 6)]
            await hours.pass_by(60)
            await hours.monitor.close()
            assert min(hours.gaps()) >= POLL_S
            assert max(hours.gaps()) <= LONGEST_S
            events = (await b.training.view(local_id)).events
            assert [one.id for one in events] == [f"ftevent-{n}" for n in range(6)]
            assert (await b.training.view(local_id)).record.error is None

    run(steps())


def test_events_that_get_another_id_at_each_call_are_kept_once(tmp_path: Path) -> None:
    """As at Azure."""

    async def steps() -> None:
        async with bench(tmp_path, poll_s=POLL_S) as b:
            local_id = await started(b)
            ids = itertools.count()
            b.server.events = [event(1, step=1, total_steps=2, train_loss=2.0), event(1), event(1)]

            def renamed(request: Request) -> Answer | None:
                for one in b.server.events:
                    one["id"] = f"ftevent-new-{next(ids)}"
                return None

            hours = Hours(b)
            hours.monitor.watch(local_id)
            b.server.before = renamed
            await hours.pass_by(60)
            b.server.events.append(event(2, step=2, total_steps=2, train_loss=1.0))
            await hours.pass_by(60)
            await hours.monitor.close()
            view = await b.training.view(local_id)
            assert len(view.events) == 4
            assert view.curve.train == [(1, 2.0), (2, 1.0)]

    run(steps())


def test_each_job_has_its_own_rhythm(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, poll_s=POLL_S) as b:
            first = await started(b)
            b.training = b.new_training()
            second = await started(b)
            hours = Hours(b)
            for local_id in (first, second, first):
                hours.monitor.watch(local_id)
            await hours.pass_by(120)
            await hours.monitor.close()
            assert sorted(hours.polls) == ["ftjob-1", "ftjob-2"]
            assert min(hours.gaps()) >= POLL_S

    run(steps())


def test_twenty_jobs_come_back_without_a_burst_a_gap_or_a_duplicate(tmp_path: Path) -> None:
    """The app died, events came meanwhile, and it is started again twice, once in the middle."""
    n_jobs, n_events = 20, 40

    async def steps() -> None:
        async with bench(tmp_path, poll_s=POLL_S) as b:
            b.server.jobs = [{"id": f"ftjob-{n}", "status": "running"} for n in range(n_jobs)]
            records = [running(n) for n in range(n_jobs)]
            await b.project.in_ledger(lambda one: [one.add_intent(record) for record in records])
            for n_told in (n_events // 2, n_events):
                b.server.events = [event(n) for n in range(n_told)]
                nights = Nights(b, n_jobs)
                for record in records:
                    nights.monitor.watch(record.local_id)
                await nights.pass_by(0 if n_told < n_events else 4 * POLL_S)
                await nights.monitor.close()
            assert 1 < nights.most_at_once <= AT_ONCE
            assert len(nights.polls) == n_jobs
            for times in nights.polls.values():
                assert min(b - a for a, b in itertools.pairwise(times)) > POLL_S - 0.001
            assert len({times[1] for times in nights.polls.values()}) > n_jobs / 2  # spread
            for record in records:
                told = (await b.training.view(record.local_id)).events
                assert [one.id for one in told] == [f"ftevent-{n}" for n in range(n_events)]

    run(steps())


class Nights:
    """Time that passes only while every job's watch is asleep."""

    def __init__(self, b: Bench, n_jobs: int) -> None:
        self.now_s, self.most_at_once = 0.0, 0
        self.polls: dict[str, list[float]] = {}
        self._n_jobs = n_jobs
        self._busy: set[str] = set()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = itertools.count()
        self.monitor = Monitor(b.project, b.providers, b.place.clock, b.told.append, self._sleep)
        b.server.before = self._note

    def _note(self, request: Request) -> None:
        match request.path.strip("/").split("/"):
            case ["fine_tuning", "jobs", job_id]:
                self.polls.setdefault(job_id, []).append(self.now_s)
                self._busy.add(job_id)
            case ["fine_tuning", "jobs", job_id, _]:
                self._busy.discard(job_id)
        self.most_at_once = max(self.most_at_once, len(self._busy))

    async def _sleep(self, delay_s: float) -> None:
        waiting = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now_s + delay_s, next(self._count), waiting))
        await waiting

    async def pass_by(self, seconds: float) -> None:
        """Let so much time go by."""
        end_s = self.now_s + seconds
        while True:
            await until(lambda: len(self._sleepers) == self._n_jobs)
            if self._sleepers[0][0] > end_s:
                return
            self.now_s, _, waiting = heapq.heappop(self._sleepers)
            waiting.set_result(None)


def running(number: int) -> JobRecord:
    """A job that another start of the app has begun."""
    return JobRecord(
        local_id=f"job-{number}",
        name="old",
        provider_id="fake",
        base_model="base-1",
        created_at_ms=number,
        train_digest="0" * 64,
        n_train=10,
        status="running",
        remote_id=f"ftjob-{number}",
    )
