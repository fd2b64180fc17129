"""Saving fine-tuning and keeping answers when the network, the provider or the app gives way."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests.faults.test_killed_while_starting import Death
from tests.service.test_rescue import FILES, bench
from tests.service.test_rescue import Provider as Jobs
from tests.support.dying_programs import ROOT
from tests.support.dying_rescues import the_project
from tests.support.fake_client import client, waits
from tests.support.fake_provider import Answer, Reply, Request, fake_provider, refusal
from tests.support.projects import home, run
from tests.support.seeds import replayable, seeds
from tunedesk.core.curves import curve_of
from tunedesk.core.errors import TunedeskError
from tunedesk.providers.download import SYNC_BYTES
from tunedesk.store.archive_folder import ArchiveFolder
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import FrozenAnswer

__all__ = ["waits"]

CHAT = "POST /chat/completions"
CONTENT = "/files/file-train/content"
N_KILLS = 6
N_ASKS = 24  # two models, twelve prompts each

BIG = random.Random(5).randbytes(2 * SYNC_BYTES + 1_000_003)


class Cutting:
    """Sends `BIG`; each of the first answers ends after so many bytes of the whole file."""

    def __init__(self, *cuts: int, knows_ranges: bool = True) -> None:
        self._cuts = list(cuts)
        self._knows_ranges = knows_ranges
        self.begun_at: list[int] = []

    def __call__(self, request: Request) -> Answer | None:
        if request.path != CONTENT:
            return None
        told = request.headers.get("range", "bytes=0-") if self._knows_ranges else "bytes=0-"
        first = int(told.removeprefix("bytes=").removesuffix("-"))
        self.begun_at.append(first)
        headers = {"Content-Length": str(len(BIG) - first)}
        if first:
            headers["Content-Range"] = f"bytes {first}-{len(BIG) - 1}/{len(BIG)}"
        cut = self._cuts.pop(0) - first if self._cuts else None
        return Reply(
            BIG[first:],
            206 if first else 200,
            content_type="application/octet-stream",
            headers=headers,
            cut_after_bytes=cut,
        )


@pytest.mark.parametrize(
    ("cuts", "knows_ranges", "begun_at"),
    [
        ((1000,), True, [0, 0]),
        ((SYNC_BYTES + 5,), True, [0, SYNC_BYTES]),
        ((SYNC_BYTES + 5, 2 * SYNC_BYTES), True, [0, SYNC_BYTES, 2 * SYNC_BYTES]),
        ((SYNC_BYTES + 5, 2 * SYNC_BYTES + 9), False, [0, 0, 0]),
    ],
)
def test_a_download_that_is_cut_goes_on_from_there(
    tmp_path: Path, cuts: tuple[int, ...], knows_ranges: bool, begun_at: list[int]
) -> None:
    async def steps() -> None:
        cutting = Cutting(*cuts, knows_ranges=knows_ranges)
        target = tmp_path / "rows.jsonl"
        async with fake_provider() as server, client(server) as provider:
            server.before = cutting
            for _ in cuts:
                with pytest.raises(TunedeskError) as caught:
                    await provider.archive.save("file-train", target)
                assert caught.value.code == "download_cut"
                assert not target.exists()
            saved = await provider.archive.save("file-train", target)
        assert target.read_bytes() == BIG
        assert saved.digest == hashlib.sha256(BIG).hexdigest()
        assert saved.size_bytes == len(BIG)
        assert cutting.begun_at == begun_at
        assert list(tmp_path.iterdir()) == [target]

    run(steps())


def test_a_lost_connection_is_gone_on_with_by_itself(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            usual, cutting = b.provider.answer, Cutting(SYNC_BYTES + 5, 2 * SYNC_BYTES)
            b.provider.server.before = lambda request: cutting(request) or usual(request)
            await b.rescue.begin("fake")
            assert b.rescue.state.is_complete and b.rescue.state.stopped_by is None
            saved = b.manifest.saved["file/file-train"]
            assert saved.digest == hashlib.sha256(BIG).hexdigest()

    run(steps())


@pytest.mark.parametrize(
    ("refused", "pauses"),
    [
        (refusal(429, "Slow down", **{"Retry-After": "3"}), [3.0]),
        (refusal(500, "Oops"), []),
        (refusal(503, "Busy", **{"Retry-After": "2"}), [2.0]),
    ],
)
def test_each_read_is_repeated_as_the_provider_asks(
    tmp_path: Path, waits: list[float], refused: Reply, pauses: list[float]
) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            usual, first = b.provider.answer, set[str]()

            def once(request: Request) -> Answer | None:
                if request.line in first:
                    return usual(request)
                first.add(request.line)
                return refused

            b.provider.server.before = once
            await b.rescue.begin("fake")
            assert b.rescue.state.is_complete, b.rescue.state.stopped_by
            counted = Counter(request.line for request in b.provider.server.requests)
            assert set(counted.values()) == {2}
            assert len(waits) == len(counted)
            assert all(pause in waits for pause in pauses)

    run(steps())


@pytest.mark.parametrize("seed", seeds(0, 1))
def test_killed_anywhere_nothing_is_asked_twice_and_all_is_had_in_the_end(
    tmp_path: Path, seed: int
) -> None:
    async def steps() -> None:
        dice = random.Random(seed)
        async with fake_provider() as server:
            jobs = Jobs(server)
            lives = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "tests.support.dying_rescues", str(tmp_path), server.base_url),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            assert lives.stdin is not None and lives.stdout is not None
            ended: list[int] = []
            for n_kill in range(N_KILLS + 1):
                server.before = jobs.answer  # the life before is over: it must not be killed again
                lives.stdin.write(b"live\n")
                left = dice.randint(1, 14) if n_kill < N_KILLS else 10_000
                child = int(await lives.stdout.readline())

                def deadly(request: Request, child: int = child) -> Answer | None:
                    nonlocal left
                    left -= 1
                    if left == 0:
                        os.kill(child, signal.SIGKILL)
                    return jobs.answer(request)

                server.before = deadly
                ended.append(int(await lives.stdout.readline()))
            lives.stdin.close()
            await lives.wait()
            assert ended[-1] == 0 and set(ended) == {0, -signal.SIGKILL}, ended
            await _look(tmp_path, server.base_url)
            asks = [request.json for request in server.requests if request.line == CHAT]
        asked = Counter((ask["model"], ask["messages"][-1]["content"]) for ask in asks)
        assert len(asked) == N_ASKS
        assert set(asked.values()) == {1}

    with replayable(seed):
        run(steps())


def test_cut_short_while_it_is_taken_in_nothing_is_there_twice_or_half(tmp_path: Path) -> None:
    async def steps() -> None:
        for n_borders in range(1, 30):
            async with bench(tmp_path / str(n_borders)) as b:
                with Death(b, n_borders) as death:
                    await asyncio.gather(b.rescue.begin("fake"), return_exceptions=True)
                    has_died = death.has_come
                await b.rescue.begin("fake")
                assert b.rescue.state.is_complete, b.rescue.state.stopped_by
                names = sorted(info.name for info in await b.project.datasets())
                assert names == ["test.jsonl", "train.jsonl"], n_borders
                for local_id in ("saved-ftjob-1", "saved-ftjob-2"):
                    view = await b.project.in_ledger(partial(_curve, local_id=local_id))
                    assert view == [3.5, 2.5], n_borders
            if not has_died:
                return
        raise AssertionError("it never came to its end")

    run(steps())


def _curve(ledger: Ledger, local_id: str) -> list[float]:
    return [loss for _step, loss in curve_of(ledger.events(local_id)).train]


async def _look(folder: Path, base_url: str) -> None:
    """What is there after all lives."""
    async with home(folder) as place, the_project(place) as made:
        archive = ArchiveFolder(made.folder / "saved" / "fake")
        manifest = archive.known()
        assert manifest is not None and not manifest.missing
        assert {f"file/{name}" for name in FILES if name != "file-results"} <= set(manifest.saved)
        assert all(archive.is_whole(one) for one in manifest.saved.values())
        assert not list(archive.folder.rglob("*.part"))
        records = await made.in_ledger(lambda ledger: ledger.jobs())
        assert sorted(one.name for one in records) == ["support", "tone"]
        names = [info.name for info in await made.datasets()]
        assert sorted(set(names)) == ["test.jsonl", "train.jsonl"]
        asks: list[FrozenAnswer] = []
        for model in await made.in_ledger(lambda ledger: ledger.frozen_models()):
            key = model.provider_id, model.model
            asks += await made.in_ledger(lambda ledger, key=key: ledger.frozen_answers(*key))
        states = Counter(ask.state for ask in asks)
        assert states["whole"] + states["lost"] + states["cut_off"] == N_ASKS
        assert states["lost"] + states["cut_off"] <= N_KILLS
