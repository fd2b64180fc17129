"""Files through the official client."""

from __future__ import annotations

import json
from pathlib import Path

import openai
import pytest
from openai import AsyncOpenAI

from tests.support.engine import EngineUnderTest
from tests.support.engine_jobs import sample_rows, upload

pytestmark = [pytest.mark.engine, pytest.mark.anyio]


async def test_a_file_comes_back_as_it_was(client: AsyncOpenAI) -> None:
    data = sample_rows(3).replace(b"\n", b"\r\n")
    made = await client.files.create(file=("rows.jsonl", data), purpose="fine-tune")
    assert (made.object, made.bytes, made.filename) == ("file", len(data), "rows.jsonl")
    assert (made.purpose, made.status) == ("fine-tune", "processed")
    assert await client.files.retrieve(made.id) == made
    assert (await client.files.content(made.id)).content == data
    assert made.id in [file.id async for file in client.files.list(purpose="fine-tune")]
    deleted = await client.files.delete(made.id)
    assert (deleted.deleted, deleted.id) == (True, made.id)
    with pytest.raises(openai.NotFoundError):
        await client.files.retrieve(made.id)


async def test_a_larger_file_is_streamed_whole(client: AsyncOpenAI, tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    row = json.dumps({"messages": [{"role": "user", "content": "ä" * 999_983}]}).encode()
    path.write_bytes(b"\n".join([row] * 3))
    with path.open("rb") as stream:
        made = await client.files.create(file=stream, purpose="fine-tune")
    assert (await client.files.content(made.id)).content == path.read_bytes()
    await client.files.delete(made.id)


@pytest.mark.parametrize(
    ("data", "begins"),
    [(b"{\n", "{"), (b"[1]\n", "["), (b" hello\n", "h"), (b"", ""), (b"[" * 200_000, "[")],
)
async def test_what_is_not_jsonl_is_refused_at_once(
    client: AsyncOpenAI, data: bytes, begins: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await upload(client, data)
    said = f'Line 1 is not a dictionary (HINT: line starts with: "{begins}...").'
    assert said in str(caught.value)


async def test_an_unknown_purpose_is_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.files.create(file=("a.jsonl", b"{}\n"), purpose="mischief")  # type: ignore[arg-type]
    assert caught.value.param == "purpose"


async def test_paging_walks_all_files_once(client: AsyncOpenAI) -> None:
    made = [await upload(client, sample_rows(1)) for _ in range(5)]
    seen = [file.id async for file in client.files.list(limit=2)]
    assert [file_id for file_id in seen if file_id in made] == made[::-1]
    assert len(seen) == len(set(seen))
    with pytest.raises(openai.BadRequestError) as caught:
        await client.files.list(after="file-unknown")
    assert caught.value.param == "after"


async def test_expiry_is_kept_and_bounded(client: AsyncOpenAI) -> None:
    lasting = {"anchor": "created_at", "seconds": 3600}
    made = await client.files.create(
        file=("a.jsonl", b"{}\n"),
        purpose="fine-tune",
        expires_after=lasting,  # type: ignore[arg-type]
    )
    assert made.expires_at == made.created_at + 3600
    with pytest.raises(openai.BadRequestError):
        await client.files.create(
            file=("a.jsonl", b"{}\n"),
            purpose="fine-tune",
            expires_after={"anchor": "created_at", "seconds": 5},
        )


@pytest.mark.parametrize("name", ["../../../evil", "..\\..\\evil", "/etc/passwd", "a/b/c.jsonl"])
async def test_a_name_never_becomes_a_path(
    engine: EngineUnderTest, client: AsyncOpenAI, name: str
) -> None:
    made = await client.files.create(file=(name, b"{}\n"), purpose="fine-tune")
    assert "/" not in made.filename
    assert "\\" not in made.filename
    assert (engine.data / "files" / made.id).is_file()
    assert not list(engine.data.parent.rglob("evil"))


async def test_damaged_multipart_is_refused_and_leaves_nothing(engine: EngineUnderTest) -> None:
    kinds = ["multipart/form-data", "multipart/form-data; boundary=x", "application/json"]
    async with engine.http() as http:
        for kind in kinds:
            answer = await http.post(
                f"{engine.base_url}/files",
                headers={**engine.auth, "Content-Type": kind},
                content=b"--y\r\nbroken",
            )
            assert answer.status_code == 400, kind
            assert answer.json()["error"]["type"] == "invalid_request_error"
    assert not list((engine.data / "files").glob("*.part"))
