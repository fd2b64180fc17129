"""Uploads through the official client: a large file in parts."""

from __future__ import annotations

import asyncio
import hashlib
import resource
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.support.engine import EngineUnderTest, running_engine
from tests.support.engine_jobs import sample_rows
from tunedesk.engine.api.sweep import sweeping
from tunedesk.engine.files import FileStore
from tunedesk.engine.storage import Database
from tunedesk.engine.uploads import MAX_PART_BYTES, MAX_UPLOAD_BYTES, NewUpload, UploadStore

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

ROWS = sample_rows(20)


def _announced(**more: Any) -> dict[str, Any]:
    asked = {"bytes": len(ROWS), "filename": "rows.jsonl", "mime_type": "text/jsonl"}
    return {**asked, "purpose": "fine-tune", **more}


@pytest.fixture
async def upload(client: AsyncOpenAI) -> Any:
    """One that is announced, with nothing in it yet."""
    return await client.uploads.create(**_announced())


@pytest.fixture
async def halves(client: AsyncOpenAI, upload: Any) -> list[str]:
    """The ids of its two parts, the second sent first; they cut a line in two."""
    second = await client.uploads.parts.create(upload.id, data=ROWS[1001:])
    first = await client.uploads.parts.create(upload.id, data=ROWS[:1001])
    return [first.id, second.id]


def _parts_on_disk(engine: EngineUnderTest) -> set[str]:
    return {path.name for path in (engine.data / "uploads").iterdir()}


async def test_the_client_s_own_way_gives_a_file_that_trains(
    client: AsyncOpenAI, engine: EngineUnderTest
) -> None:
    done = await client.uploads.upload_file_chunked(
        file=ROWS,
        filename="rows.jsonl",
        bytes=len(ROWS),
        mime_type="text/jsonl",
        purpose="fine-tune",
        part_size=1000,
        md5=hashlib.md5(ROWS).hexdigest(),
    )
    assert done.status == "completed"
    assert done.file is not None
    assert (await client.files.content(done.file.id)).content == ROWS
    assert await client.files.retrieve(done.file.id) == done.file
    assert (done.file.filename, done.file.purpose) == ("rows.jsonl", "fine-tune")
    assert not _parts_on_disk(engine)


async def test_an_upload_has_an_hour(upload: Any) -> None:
    assert (upload.object, upload.status, upload.file) == ("upload", "pending", None)
    assert upload.expires_at == upload.created_at + 3600
    assert upload.bytes == len(ROWS)


async def test_parts_are_joined_in_the_named_order(
    client: AsyncOpenAI, upload: Any, halves: list[str]
) -> None:
    done = await client.uploads.complete(upload.id, part_ids=halves)
    assert done.file is not None
    assert (await client.files.content(done.file.id)).content == ROWS


async def test_the_same_completion_again_gets_the_same_answer(
    client: AsyncOpenAI, upload: Any, halves: list[str]
) -> None:
    first = await client.uploads.complete(upload.id, part_ids=halves)
    assert await client.uploads.complete(upload.id, part_ids=halves) == first
    with pytest.raises(openai.BadRequestError, match="is completed"):
        await client.uploads.complete(upload.id, part_ids=halves[::-1])
    with pytest.raises(openai.BadRequestError, match="is completed"):
        await client.uploads.cancel(upload.id)


_WRONG: dict[str, tuple[Any, dict[str, Any], str]] = {
    "order": (lambda ids: ids[::-1], {}, "file"),
    "too little": (lambda ids: ids[:1], {}, "part_ids"),
    "nothing": (lambda _: [], {}, "part_ids"),
    "twice": (lambda ids: [*ids, ids[0]], {}, "part_ids"),
    "unknown": (lambda ids: [ids[0], "part_unknown"], {}, "part_ids"),
    "md5": (lambda ids: ids, {"md5": "0" * 32}, "md5"),
}


@pytest.mark.parametrize("name", _WRONG)
async def test_a_wrong_completion_is_refused_and_can_be_put_right(
    client: AsyncOpenAI, engine: EngineUnderTest, upload: Any, halves: list[str], name: str
) -> None:
    change, more, param = _WRONG[name]
    with pytest.raises(openai.BadRequestError) as caught:
        await client.uploads.complete(upload.id, part_ids=change(halves), **more)
    assert caught.value.param == param
    assert not list((engine.data / "files").glob("*.part"))
    done = await client.uploads.complete(upload.id, part_ids=halves)
    assert done.status == "completed"


async def test_a_cancelled_upload_leaves_nothing_and_takes_nothing(
    client: AsyncOpenAI, engine: EngineUnderTest, upload: Any, halves: list[str]
) -> None:
    assert set(halves) <= _parts_on_disk(engine)
    assert (await client.uploads.cancel(upload.id)).status == "cancelled"
    assert (await client.uploads.cancel(upload.id)).status == "cancelled"
    assert not set(halves) & _parts_on_disk(engine)
    with pytest.raises(openai.BadRequestError, match="is cancelled"):
        await client.uploads.parts.create(upload.id, data=b"{}")
    with pytest.raises(openai.BadRequestError, match="is cancelled"):
        await client.uploads.complete(upload.id, part_ids=halves)


async def test_after_its_hour_an_upload_is_over(
    client: AsyncOpenAI, engine: EngineUnderTest, upload: Any, halves: list[str]
) -> None:
    _let_the_hour_pass(engine.data, upload.id)
    with pytest.raises(openai.BadRequestError, match="is expired"):
        await client.uploads.complete(upload.id, part_ids=halves)
    assert not set(halves) & _parts_on_disk(engine)


def _let_the_hour_pass(data: Path, upload_id: str) -> None:
    with closing(sqlite3.connect(data / "engine.db")) as database, database:
        database.execute("UPDATE uploads SET expires_at = 1 WHERE id = ?", [upload_id])


async def test_how_long_the_file_lives_is_kept(client: AsyncOpenAI) -> None:
    lasting: Any = {"anchor": "created_at", "seconds": 7200}
    upload = await client.uploads.create(**_announced(expires_after=lasting))
    part = await client.uploads.parts.create(upload.id, data=ROWS)
    file = (await client.uploads.complete(upload.id, part_ids=[part.id])).file
    assert file is not None
    assert file.expires_at == file.created_at + 7200


async def test_what_has_expired_goes_though_nobody_asks(tmp_path: Path) -> None:
    now_s = 1000
    with closing(Database(tmp_path / "engine.db")) as database:
        files = FileStore(database, tmp_path / "files")
        uploads = UploadStore(database, tmp_path / "uploads", files, clock=lambda: now_s)
        new = NewUpload(
            n_bytes=3, filename="a", mime_type="text/jsonl", purpose="batch", lives_s=None
        )
        row = uploads.create(new)
        scratch = uploads.scratch()
        scratch.write_bytes(b"{}\n")
        uploads.add_part(row["id"], scratch)
        async with sweeping(files.drop_expired, uploads.expire, each_s=0.01):
            now_s += 3599
            await asyncio.sleep(0.05)
            assert list((tmp_path / "uploads").iterdir())
            now_s += 1
            while list((tmp_path / "uploads").iterdir()):
                await asyncio.sleep(0.01)
        assert uploads.get(row["id"])["status"] == "expired"


async def test_all_parts_together_are_bounded_too(
    client: AsyncOpenAI, engine: EngineUnderTest, upload: Any
) -> None:
    with closing(sqlite3.connect(engine.data / "engine.db")) as database, database:
        values = ["part_large", upload.id, MAX_UPLOAD_BYTES - 3]
        database.execute("INSERT INTO parts VALUES (NULL, ?, ?, ?, 1)", values)
    await client.uploads.parts.create(upload.id, data=b"{}\n")
    with pytest.raises(openai.BadRequestError, match="8589934592 bytes in all"):
        await client.uploads.parts.create(upload.id, data=b"{")


_BAD_ANNOUNCEMENTS: dict[str, dict[str, Any]] = {
    "bytes": {"bytes": 0},
    "bytes ": {"bytes": MAX_UPLOAD_BYTES + 1},
    "purpose": {"purpose": "mischief"},
    "filename": {"filename": 3},
    "expires_after.seconds": {"expires_after": {"anchor": "created_at", "seconds": 3599}},
    "expires_after.anchor": {"expires_after": {"anchor": "last_active_at", "seconds": 3600}},
}


@pytest.mark.parametrize("param", _BAD_ANNOUNCEMENTS)
async def test_a_bad_announcement_names_the_field(client: AsyncOpenAI, param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.uploads.create(**_announced(**_BAD_ANNOUNCEMENTS[param]))
    assert caught.value.param == param.strip()


async def test_unknown_uploads_are_not_found(client: AsyncOpenAI) -> None:
    for ask in (
        client.uploads.cancel("upload_unknown"),
        client.uploads.complete("../files", part_ids=[]),
        client.uploads.parts.create("upload_unknown", data=b"{}"),
    ):
        with pytest.raises(openai.NotFoundError):
            await ask


async def test_what_is_not_jsonl_is_refused_on_completion(client: AsyncOpenAI) -> None:
    upload = await client.uploads.create(**_announced(bytes=6))
    part = await client.uploads.parts.create(upload.id, data=b"hello\n")
    with pytest.raises(openai.BadRequestError, match="Line 1 is not a dictionary"):
        await client.uploads.complete(upload.id, part_ids=[part.id])


async def test_a_part_beyond_64_mb_is_refused(
    client: AsyncOpenAI, engine: EngineUnderTest, upload: Any
) -> None:
    before = _parts_on_disk(engine)
    with pytest.raises(openai.BadRequestError, match="at most 67108864 bytes"):
        await client.uploads.parts.create(upload.id, data=bytes(MAX_PART_BYTES + 1))
    assert _parts_on_disk(engine) == before


async def test_a_body_that_ends_too_early_is_no_part(
    engine: EngineUnderTest, client: AsyncOpenAI, upload: Any
) -> None:
    before = _parts_on_disk(engine)
    head = b'--x\r\nContent-Disposition: form-data; name="data"; filename="upload"\r\n\r\n'
    whole = head + ROWS + b"\r\n--x--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    async with engine.http() as http:
        for n_bytes in (0, 10, len(head), len(head) + 100, len(whole) - 8, len(whole) - 5):
            answer = await http.post(
                f"{engine.base_url}/uploads/{upload.id}/parts",
                headers={**engine.auth, **kind},
                content=whole[:n_bytes],
            )
            assert answer.status_code == 400, n_bytes
    assert _parts_on_disk(engine) == before


async def test_an_upload_outlives_the_engine(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running_engine(data) as engine:
        upload = await engine.client.uploads.create(**_announced())
        first = await engine.client.uploads.parts.create(upload.id, data=ROWS[:500])
        late = await engine.client.uploads.create(**_announced())
        stray = await engine.client.uploads.parts.create(late.id, data=ROWS)
        (data / "uploads" / "half-a-part.tmp").write_bytes(b"torn")
    _let_the_hour_pass(data, late.id)
    async with running_engine(data) as engine:
        assert {path.name for path in (data / "uploads").iterdir()} == {first.id}
        with pytest.raises(openai.BadRequestError, match="is expired"):
            await engine.client.uploads.complete(late.id, part_ids=[stray.id])
        second = await engine.client.uploads.parts.create(upload.id, data=ROWS[500:])
        done = await engine.client.uploads.complete(upload.id, part_ids=[first.id, second.id])
        assert done.file is not None
        assert (await engine.client.files.content(done.file.id)).content == ROWS


@pytest.fixture
async def small_disk() -> AsyncIterator[Any]:
    """An engine that can write no file beyond 512 kB."""
    async with running_engine() as engine:
        limit = (512 * 1024, 512 * 1024)
        resource.prlimit(engine.engine.pid, resource.RLIMIT_FSIZE, limit)
        yield engine


async def test_a_disk_that_takes_no_more_is_named(small_disk: Any) -> None:
    data = sample_rows(1) * 3000
    assert len(data) > 512 * 1024
    upload = await small_disk.client.uploads.create(**_announced(bytes=len(data)))
    for ask in (
        small_disk.client.uploads.parts.create(upload.id, data=data),
        small_disk.client.files.create(file=("a.jsonl", data), purpose="fine-tune"),
    ):
        with pytest.raises(openai.InternalServerError, match="could not be kept") as caught:
            await ask
        assert caught.value.code == "disk_error"
        assert caught.value.response.headers["x-should-retry"] == "false"
    half = len(data) // 2
    parts = [
        await small_disk.client.uploads.parts.create(upload.id, data=piece)
        for piece in (data[:half], data[half:])
    ]
    with pytest.raises(openai.InternalServerError, match="could not be kept"):
        await small_disk.client.uploads.complete(upload.id, part_ids=[part.id for part in parts])
    assert not list((small_disk.data / "files").iterdir())
    assert len(list((small_disk.data / "uploads").iterdir())) == 2


async def test_a_part_is_never_whole_in_memory() -> None:
    async with running_engine() as engine:
        upload = await engine.client.uploads.create(**_announced(bytes=MAX_PART_BYTES))
        before_bytes = _peak_bytes(engine.engine.pid)
        part = await engine.client.uploads.parts.create(upload.id, data=bytes(MAX_PART_BYTES))
        with pytest.raises(openai.BadRequestError):
            await engine.client.uploads.complete(upload.id, part_ids=[part.id], md5="0" * 32)
        assert _peak_bytes(engine.engine.pid) - before_bytes < 16 * 2**20


def _peak_bytes(pid: int) -> int:
    lines = (Path("/proc") / str(pid) / "status").read_text().split("\n")
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
