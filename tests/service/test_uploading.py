"""Files reach a provider once, in one piece or in parts, and are gone on with where they were."""

from __future__ import annotations

import asyncio
import hashlib
import tracemalloc
from pathlib import Path

import pytest

from tests.support.fake_provider import Answer, Reply, Request, Silence, refusal
from tests.support.projects import run, until
from tests.support.uploads import LARGE, N_PARTS, PART_BYTES, SMALL, UploadBench, upload_bench
from tunedesk.core.errors import TunedeskError
from tunedesk.providers.file_slice import MAX_READ_BYTES
from tunedesk.services.train.starting import StartStage
from tunedesk.services.train.uploading import (
    MAX_PART_BYTES,
    MIN_PART_BYTES,
    PROCESSING_S,
    part_bytes_of,
)

MB = 2**20


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunedesk.services.train.uploading.MIN_PART_BYTES", PART_BYTES)


def parts_sent(b: UploadBench) -> int:
    return sum(request.line.endswith("/parts") for request in b.server.requests)


def test_a_small_file_goes_in_one_piece_with_progress(tmp_path: Path) -> None:
    async def steps() -> None:
        async with upload_bench(tmp_path) as b:
            snapshot = await b.snapshot(SMALL)
            assert await b.send(snapshot) == "file-1"
            assert b.server.files[0]["content"] == snapshot.path.read_bytes()
            assert b.server.files[0]["filename"] == snapshot.path.name
            assert b.told[-1] == (StartStage.UPLOADING, SMALL, SMALL)
            assert not b.server.uploads

    run(steps())


def test_a_large_file_goes_in_parts_with_progress_and_md5(tmp_path: Path) -> None:
    async def steps() -> None:
        async with upload_bench(tmp_path) as b:
            snapshot = await b.snapshot(LARGE)
            await b.send(snapshot)
            content = snapshot.path.read_bytes()
            assert b.server.files[0]["content"] == content
            assert parts_sent(b) == N_PARTS
            asked = b.server.requests[-1].json
            assert asked["md5"] == hashlib.md5(content, usedforsecurity=False).hexdigest()
            done = [done for _, done, total in b.told if total == LARGE]
            assert done == sorted(done)
            assert done[-1] == LARGE

    run(steps())


def test_a_provider_without_uploads_gets_large_files_whole(tmp_path: Path) -> None:
    async def steps() -> None:
        async with upload_bench(tmp_path, uploads=False) as b:
            await b.send(await b.snapshot(LARGE))
            assert b.server.count("POST /files") == 1

    run(steps())


def test_an_address_that_has_no_uploads_after_all_gets_large_files_whole(tmp_path: Path) -> None:
    async def steps() -> None:
        async with upload_bench(tmp_path) as b:
            b.server.before = lambda request: (
                refusal(404, "Not here") if request.line == "POST /uploads" else None
            )
            assert await b.send(await b.snapshot(LARGE)) == "file-1"
            assert b.server.count("POST /files") == 1

    run(steps())


def test_the_same_digest_is_sent_once_and_looked_at_before_it_is_used_again(tmp_path: Path) -> None:
    async def steps() -> None:
        async with upload_bench(tmp_path) as b:
            snapshot = await b.snapshot(LARGE)
            assert await b.send(snapshot) == await b.send(snapshot) == "file-1"
            assert b.server.requests[-1].line == "GET /files/file-1"
            assert parts_sent(b) == N_PARTS
            del b.server.files[0]
            assert await b.send(snapshot) == "file-2"
            b.server.files[0]["bytes"] = 7
            assert await b.send(snapshot) == "file-3"

    run(steps())


def test_a_file_that_arrived_without_our_knowing_is_found_by_its_digest(tmp_path: Path) -> None:
    async def steps() -> None:
        async with upload_bench(tmp_path) as b:
            snapshot = await b.snapshot(SMALL)
            await b.send(snapshot)
            await b.project.in_ledger(lambda led: led.set_upload(snapshot.digest, "fake", None))
            assert await b.send(snapshot) == "file-1"
            assert b.server.count("POST /files") == 1

    run(steps())


@pytest.mark.parametrize("size_bytes", [SMALL, LARGE])
def test_a_lost_reply_is_looked_for_and_the_file_not_sent_again(
    tmp_path: Path, size_bytes: int
) -> None:
    def lose(request: Request) -> Answer | None:
        is_last = request.line == "POST /files" or request.path.endswith("/complete")
        return Silence() if is_last else None

    async def steps() -> None:
        async with upload_bench(tmp_path) as b:
            b.server.after = lose
            snapshot = await b.snapshot(size_bytes)
            assert await b.send(snapshot) == "file-1"
            assert len(b.server.files) == 1

    run(steps())


@pytest.mark.parametrize("n_before", range(N_PARTS + 1))
def test_an_interrupted_upload_goes_on_with_the_remaining_parts(
    tmp_path: Path, n_before: int
) -> None:
    async def steps() -> None:
        async with upload_bench(tmp_path) as b:
            snapshot = await b.snapshot(LARGE)

            held: list[Request] = []

            def hold(request: Request) -> Answer | None:
                """The first request after so many parts is never answered."""
                is_next = request.path.endswith(("/parts", "/complete"))
                if not is_next or len(b.server.parts) < n_before:
                    return None
                held.append(request)
                return Reply(b"", head_delay_s=60)

            b.server.before = hold
            sending = asyncio.create_task(b.send(snapshot))
            await until(lambda: held)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            b.server.behave()
            b.server.requests.clear()
            assert await b.send(snapshot) == "file-1"
            assert parts_sent(b) == N_PARTS - n_before
            assert len(b.server.uploads) == 1
            assert b.server.files[0]["content"] == snapshot.path.read_bytes()

    run(steps())


@pytest.mark.parametrize("whose_clock", ["ours", "theirs"])
def test_an_upload_that_expired_begins_anew(tmp_path: Path, whose_clock: str) -> None:
    async def steps() -> None:
        async with upload_bench(tmp_path) as b:
            snapshot = await b.snapshot(LARGE)
            b.server.before = lambda request: (
                Silence() if request.path.endswith("/complete") else None
            )
            with pytest.raises(TunedeskError) as caught:
                await b.send(snapshot)
            assert caught.value.code == "upload_lost"
            b.server.behave()
            if whose_clock == "ours":
                b.place.now_ms += 3_600_000
            else:
                b.server.now_s += 3_600
            b.server.requests.clear()
            assert await b.send(snapshot) == "file-1"
            assert parts_sent(b) == N_PARTS
            assert len(b.server.uploads) == 2

    run(steps())


def test_a_part_is_tried_again_by_itself_and_then_given_up(tmp_path: Path) -> None:
    async def steps() -> None:
        async with upload_bench(tmp_path) as b:
            snapshot = await b.snapshot(LARGE)
            failures = iter([Silence(), refusal(503, "Busy"), *[None] * 99])
            b.server.before = lambda request: (
                next(failures) if request.path.endswith("/parts") else None
            )
            await b.send(snapshot)
            assert parts_sent(b) == N_PARTS + 2
            assert b.slept == [2.0, 4.0]
            other = await b.snapshot(LARGE + 1)
            b.server.before = lambda request: Silence() if request.path.endswith("/parts") else None
            with pytest.raises(TunedeskError):
                await b.send(other)
            assert parts_sent(b) == N_PARTS + 5

    run(steps())


def test_giving_an_upload_up_is_told_to_the_provider(tmp_path: Path) -> None:
    async def steps() -> None:
        async with upload_bench(tmp_path) as b:
            snapshot = await b.snapshot(LARGE)
            b.server.before = lambda request: (
                Reply(b"", head_delay_s=60) if request.path.endswith("/parts") else None
            )
            uploading = b.uploading()
            sending = asyncio.create_task(uploading.file_of(snapshot))
            await until(lambda: parts_sent(b))
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await uploading.abandon()
            assert b.server.uploads[0]["status"] == "cancelled"
            assert (
                await b.project.in_ledger(lambda led: led.part_upload(snapshot.digest, "fake"))
                is None
            )

    run(steps())


def test_it_is_waited_until_the_provider_has_read_the_file(tmp_path: Path) -> None:
    async def steps() -> None:
        async with upload_bench(tmp_path) as b:
            snapshot = await b.snapshot(SMALL)
            b.server.file_status = "uploaded"

            def be_done() -> None:
                if len(b.slept) == 3:
                    b.server.files[0]["status"] = "processed"

            b.on_sleep = be_done
            await b.send(snapshot)
            assert b.slept == [2.0] * 3
            assert b.told[-1][0] is StartStage.PROCESSING

    run(steps())


def test_a_provider_that_says_nothing_of_reading_is_not_waited_for(tmp_path: Path) -> None:
    async def steps() -> None:
        async with upload_bench(tmp_path) as b:
            b.server.file_status = None
            await b.send(await b.snapshot(SMALL))
            assert b.slept == []

    run(steps())


def test_a_file_that_is_never_read_or_refused_starts_nothing(tmp_path: Path) -> None:
    async def steps() -> None:
        async with upload_bench(tmp_path) as b:
            snapshot = await b.snapshot(SMALL)
            b.server.file_status = "pending"
            with pytest.raises(TunedeskError) as caught:
                await b.send(snapshot)
            assert (caught.value.code, sum(b.slept)) == ("file_not_read", PROCESSING_S)
            b.server.files[0]["status"] = b.server.file_status = "error"
            with pytest.raises(TunedeskError) as caught:
                await b.send(snapshot)
            assert caught.value.code == "file_refused"

    run(steps())


def test_a_file_is_never_whole_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of 48 MB, whole and in parts of 16 MB."""
    monkeypatch.setattr("tunedesk.services.train.uploading.MIN_PART_BYTES", MIN_PART_BYTES)

    async def steps() -> None:
        for threshold in (100 * MB, MB):
            folder = tmp_path / str(threshold)
            async with upload_bench(folder, uploads_from_bytes=threshold) as b:
                await b.provider.models()
                snapshot = await b.snapshot(48 * MB)
                tracemalloc.start()
                try:
                    await b.send(snapshot)
                    _, peak_bytes = tracemalloc.get_traced_memory()
                finally:
                    tracemalloc.stop()
                assert b.server.files[0]["bytes"] == 48 * MB
                assert peak_bytes < 8 * MAX_READ_BYTES

    run(steps())


def test_parts_are_as_large_as_needed_and_never_larger_than_allowed() -> None:
    assert part_bytes_of(1) == PART_BYTES
    assert part_bytes_of(8 * 2**30) == MAX_PART_BYTES
    assert -(-(8 * 2**30) // part_bytes_of(8 * 2**30)) == 128
