"""N2: no job on a file that is not whole, and the same rows are sent once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_provider import Answer, Reply, Request
from tests.support.projects import run
from tests.support.training_bench import CREATE, PLAN, Bench, bench
from tunedesk.core.errors import TunedeskError
from tunedesk.store.ledger import Ledger

N_CUTS = 20
IN_PARTS: dict[str, Any] = {"uploads": True, "uploads_from_bytes": 300}
WAYS: dict[str, dict[str, Any]] = {"whole": {}, "in parts": IN_PARTS}


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunedesk.services.train.uploading.MIN_PART_BYTES", 400)
    monkeypatch.setattr("tunedesk.services.train.uploading.N_TRIES", 1)


async def nothing_starts(b: Bench) -> str:
    """The start fails in words, and no job was asked for; the code of the error."""
    with pytest.raises(TunedeskError) as caught:
        await b.training.start(PLAN, b.session)
    assert caught.value.next_step
    assert b.server.count(CREATE) == 0
    assert not b.server.jobs
    assert await b.training.jobs() == []
    return caught.value.code


@pytest.mark.parametrize("way", WAYS)
def test_an_upload_cut_anywhere_starts_nothing_and_is_gone_on_with(
    tmp_path: Path, way: str
) -> None:
    async def steps() -> None:
        async with bench(tmp_path, **WAYS[way]) as b:
            line = "POST /files" if way == "whole" else "POST /uploads/upload_1/parts"
            n_body_bytes = 1700 if way == "whole" else 590
            for n_cut in range(N_CUTS):
                b.server.hangs_up_at = {line: n_body_bytes * n_cut // N_CUTS}
                assert await nothing_starts(b) == "upload_lost"
            b.server.behave()
            await b.training.start(PLAN, b.session)
            assert len(b.server.jobs) == 1
            assert len(b.server.files) == 2

    run(steps())


@pytest.mark.parametrize("n_kept", range(0, 1500, 75))
def test_a_file_that_the_provider_has_in_part_starts_nothing(tmp_path: Path, n_kept: int) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:

            def shorten(request: Request, usual: Reply) -> Reply:
                if request.line != "POST /files":
                    return usual
                b.server.files[-1]["bytes"] = n_kept
                return Reply({**b.server.files[-1], "content": ""})

            b.server.spoil = shorten
            assert await nothing_starts(b) == "upload_altered"

    run(steps())


def test_a_byte_that_flips_on_its_way_starts_nothing(tmp_path: Path) -> None:
    """In parts, where the provider compares the md5; a file in one piece has TLS alone."""

    def flip(request: Request) -> Answer | None:
        if request.path.endswith("/parts"):
            at = request.body.index(b"Question")
            request.body = request.body[:at] + b"q" + request.body[at + 1 :]
        return None

    async def steps() -> None:
        async with bench(tmp_path, **IN_PARTS) as b:
            b.server.before = flip
            assert await nothing_starts(b) == "refused"
            b.server.behave()
            await b.training.start(PLAN, b.session)
            assert b"Question" in b.server.files[0]["content"]

    run(steps())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("when", ["before", "while"])
def test_a_byte_that_flips_on_the_disk_starts_nothing(tmp_path: Path, way: str, when: str) -> None:
    async def steps() -> None:
        async with bench(tmp_path, **WAYS[way]) as b:
            if when == "before":
                flip_once_frozen(b)
            else:
                b.server.before = lambda request: flip_when_sent(b, request)
            assert await nothing_starts(b) in ("snapshot_altered", "refused")
            assert b.server.files == []

    run(steps())


def flip_once_frozen(b: Bench) -> None:
    really: Callable[..., Awaitable[Any]] = b.project.in_ledger

    async def in_ledger(work: Callable[[Ledger], Any]) -> Any:
        found = await really(work)
        flip_snapshots(b)
        return found

    b.project.in_ledger = in_ledger  # type: ignore[method-assign]


def flip_when_sent(b: Bench, request: Request) -> None:
    if request.line.startswith(("POST /files", "POST /uploads")):
        flip_snapshots(b)


def flip_snapshots(b: Bench) -> None:
    for path in (b.project.folder / "snapshots").glob("*.jsonl"):
        path.write_bytes(path.read_bytes().replace(b"Question", b"question"))
