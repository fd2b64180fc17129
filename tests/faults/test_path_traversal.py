"""Faults E8: no id, name or suffix leads out of its folder, whatever it is made of."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from tests.support.engine import EngineUnderTest, start_engine
from tests.support.engine_jobs import tiny_rows
from tests.support.model_folders import tiny_model

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

CANARY = b"canary-7f3a9c-nobody-may-see-this"
PAYLOADS = (
    "..",
    ".",
    "",
    "/",
    "../canary.txt",
    "../../canary.txt",
    "../../../canary.txt",
    "../engine.db",
    "../token",
    "../files",
    "../../../../../../../../../../etc/passwd",
    "....//....//canary.txt",
    "..;/canary.txt",
    "./../canary.txt",
    "x/../../canary.txt",
    "..\\canary.txt",
    "..\\..\\canary.txt",
    "%2e%2e%2fcanary.txt",
    "%2e%2e/canary.txt",
    "..%2fcanary.txt",
    "..%5ccanary.txt",
    "%252e%252e%252fcanary.txt",
    "..%c0%afcanary.txt",
    "..%ef%bc%8fcanary.txt",
    "..\u2215canary.txt",
    "\uff0e\uff0e/canary.txt",
    "{outside}/canary.txt",
    "file://{outside}/canary.txt",
    "{data}/canary.txt",
    "{data}/files/link",
    "/etc/passwd",
    "/proc/self/environ",
    "/proc/self/cwd/canary.txt",
    "~/canary.txt",
    "$HOME/canary.txt",
    "C:\\Windows\\win.ini",
    "C:/Windows/win.ini",
    "C:canary.txt",
    "\\\\server\\share\\canary.txt",
    "//server/share/canary.txt",
    "\\\\?\\C:\\canary.txt",
    "\\\\.\\pipe\\x",
    "CON",
    "nul",
    "AUX.txt",
    "COM1",
    "lpt9.jsonl",
    "link",
    "link/canary.txt",
    "canary.txt\0.jsonl",
    "\0",
    "canary.txt\r\nX-Other: 1",
    "canary.txt ",
    "canary.txt.",
    "canary.txt::$DATA",
    "*",
    "?",
    "-rf",
    "--data",
    "a" * 5000,
    "../" * 1500 + "canary.txt",
    "\u202etxt.yranac",
    "' OR 1=1 --",
    "%",
)


class Shot(NamedTuple):
    """One request; the path is sent as it is."""

    method: str
    path: str
    body: bytes = b""
    kind: str = "application/json"


class Answer(NamedTuple):
    status: int
    whole: bytes


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with canaries around and inside the engine's data."""
    folder = tmp_path_factory.mktemp("home")
    data = folder / "inner" / "data"
    (data / "files").mkdir(parents=True)
    outside = folder / "outside"
    outside.mkdir()
    for place in (folder, folder / "inner", outside, data):
        (place / "canary.txt").write_bytes(CANARY)
    tiny_model(folder / "inner" / "models" / "tiny")
    return folder


@pytest.fixture(scope="module")
def target(home: Path) -> Iterator[EngineUnderTest]:
    """The engine that is shot at."""
    data = home / "inner" / "data"
    started = start_engine(data, models=home / "inner" / "models")
    # Only now: at its start the engine clears away what it did not put there.
    (data / "files" / "link").symlink_to(home / "outside" / "canary.txt")
    yield started
    started.stop()


def _payloads(home: Path) -> list[str]:
    places = {"{outside}": str(home / "outside"), "{data}": str(home / "inner" / "data")}
    found = []
    for payload in PAYLOADS:
        for name, place in places.items():
            payload = payload.replace(name, place)
        found.append(payload)
    return found


def _in_path(text: str) -> list[str]:
    """A text as part of an address: raw where a request line can hold it, and quoted."""
    quoted = quote(text, safe="")
    is_plain = bool(re.fullmatch(r"[!-~]+", text)) and not set("?#") & set(text)
    return [text, quoted] if is_plain else [quoted]


ID_ROUTES = (
    ("GET", "/v1/files/{}"),
    ("GET", "/v1/files/{}/content"),
    ("DELETE", "/v1/files/{}"),
    ("GET", "/v1/fine_tuning/jobs/{}"),
    ("GET", "/v1/fine_tuning/jobs/{}/events"),
    ("GET", "/v1/fine_tuning/jobs/{}/checkpoints"),
    ("POST", "/v1/fine_tuning/jobs/{}/cancel"),
    ("POST", "/v1/fine_tuning/jobs/{}/pause"),
    ("POST", "/v1/fine_tuning/jobs/{}/resume"),
    ("GET", "/v1/models/{}"),
    ("DELETE", "/v1/models/{}"),
    ("POST", "/v1/uploads/{}/complete"),
    ("POST", "/v1/uploads/{}/cancel"),
)


def _id_shots(payload: str) -> list[Shot]:
    body = b'{"part_ids": ["x"]}'
    return [
        Shot(method, path.format(text), body if method == "POST" else b"")
        for method, path in ID_ROUTES
        for text in _in_path(payload)
    ]


def _body_shots(payload: str) -> list[Shot]:
    """Where a text of the body names a thing."""
    asked = [{"role": "user", "content": "One?"}]
    chat = {"model": payload, "messages": asked, "max_tokens": 1}
    bodies = {
        "/v1/chat/completions": chat,
        "/v1/tokenize": {"model": payload, "input": "x"},
        "/v1/fine_tuning/preview": {"model": payload, "messages": asked},
        "/v1/fine_tuning/jobs": {"model": "tiny", "training_file": payload},
    }
    shots = [Shot("POST", path, _json(body)) for path, body in bodies.items()]
    other = {"model": payload, "training_file": "file-x"}
    return [*shots, Shot("POST", "/v1/fine_tuning/jobs", _json(other))]


def _named_shots(payload: str) -> list[Shot]:
    """Names of uploads: taken as names, so these may succeed."""
    announced = {
        "filename": payload,
        "bytes": 10,
        "mime_type": "text/jsonl",
        "purpose": "fine-tune",
    }
    return [
        _file_shot(payload, tiny_rows(1)),
        Shot("POST", "/v1/uploads", _json(announced)),
    ]


def _file_shot(filename: str, data: bytes) -> Shot:
    shown = filename.replace("\r\n", "%0D%0A").replace("\0", "\\0").replace('"', "%22")
    lines = [
        '--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n',
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="{shown}"\r\n\r\n',
    ]
    body = "".join(lines).encode() + data + b"\r\n--b--\r\n"
    return Shot("POST", "/v1/files", body, "multipart/form-data; boundary=b")


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


async def _fire(engine: EngineUnderTest, shot: Shot) -> Answer:
    assert engine.uds is not None
    reader, writer = await asyncio.open_unix_connection(engine.uds)
    head = f"{shot.method} {shot.path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    head += f"Authorization: Bearer {engine.token}\r\nContent-Type: {shot.kind}\r\n"
    head += f"Content-Length: {len(shot.body)}\r\n\r\n"
    writer.write(head.encode() + shot.body)
    try:
        whole = await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()
        await writer.wait_closed()
    return Answer(int(whole.split(b" ", 2)[1]), whole)


def _assert_nothing_told(shot: Shot, answer: Answer) -> None:
    assert CANARY not in answer.whole, shot
    assert b"SQLite format" not in answer.whole, shot
    assert b"root:" not in answer.whole, shot
    assert answer.status < 500, (shot, answer.whole[:500])


def _outside(home: Path) -> dict[str, str]:
    """Every file that is not the engine's, with its content; the models' notes are."""
    inner = home / "inner"
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file()
        and not path.is_relative_to(inner / "data")
        and path.name != ".checks.json"
    }


def _assert_own_names(data: Path) -> None:
    """All that was stored bears an id of ours, and nothing leads elsewhere."""
    ours = re.compile(r"(file-|part_|upload[-_]|ftjob-)[A-Za-z0-9]{24}(\.part)?|link")
    for room in ("files", "uploads", "jobs"):
        for path in (data / room).glob("*"):
            assert ours.fullmatch(path.name), path
    links = [path for path in data.rglob("*") if path.is_symlink()]
    assert [path.name for path in links] == ["link"]


async def test_no_payload_gets_out(home: Path, target: EngineUnderTest) -> None:
    before = _outside(home)
    payloads = _payloads(home)
    n_shots = 0
    for payload in payloads:
        for shot in [*_id_shots(payload), *_body_shots(payload)]:
            n_shots += 1
            answer = await _fire(target, shot)
            _assert_nothing_told(shot, answer)
            is_list = shot.method == "GET" and answer.whole.find(b'"object":"list"') > 0
            assert answer.status >= 400 or is_list, (shot, answer.whole[:300])
        for shot in _named_shots(payload):
            n_shots += 1
            _assert_nothing_told(shot, await _fire(target, shot))
    assert n_shots >= 500
    assert _outside(home) == before
    data = home / "inner" / "data"
    assert (data / "canary.txt").read_bytes() == CANARY
    assert (data / "files" / "link").is_symlink()
    _assert_own_names(data)


async def test_part_ids_and_suffixes_stay_inside(home: Path, target: EngineUnderTest) -> None:
    before = _outside(home)
    async with target.client() as client:
        made = await client.files.create(file=("x.jsonl", tiny_rows(10)), purpose="fine-tune")
        announced = {"filename": "x", "bytes": 3, "mime_type": "text/jsonl", "purpose": "fine-tune"}
        answer = await _fire(target, Shot("POST", "/v1/uploads", _json(announced)))
        upload_id = json.loads(answer.whole.split(b"\r\n\r\n", 1)[1])["id"]
        for payload in _payloads(home):
            shot = Shot("POST", f"/v1/uploads/{upload_id}/complete", _json({"part_ids": [payload]}))
            answer = await _fire(target, shot)
            _assert_nothing_told(shot, answer)
            assert answer.status >= 400, shot
            body = {"model": "tiny", "training_file": made.id, "suffix": payload}
            shot = Shot("POST", "/v1/fine_tuning/jobs", _json(body))
            answer = await _fire(target, shot)
            _assert_nothing_told(shot, answer)
            if answer.status == 200:
                job = json.loads(answer.whole.split(b"\r\n\r\n", 1)[1])["id"]
                await client.fine_tuning.jobs.cancel(job)
    assert _outside(home) == before
    _assert_own_names(home / "inner" / "data")


def test_a_name_of_a_file_is_kept_as_a_name_only(home: Path, target: EngineUnderTest) -> None:
    shown = asyncio.run(_fire(target, Shot("GET", "/v1/files?limit=10000")))
    listed = json.loads(shown.whole.split(b"\r\n\r\n", 1)[1])["data"]
    assert listed
    for file in listed:
        assert "/" not in file["filename"]
        assert "\\" not in file["filename"]
        assert Path(file["filename"]).name == file["filename"]
