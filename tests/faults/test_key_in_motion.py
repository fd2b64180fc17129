"""K2: the app uses two keys for everything, and neither is in anything it writes or starts."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.support.engine import models_folder
from tests.support.fake_provider import FakeProvider, Request

KEY = 'sk-canary/9f+3"b\\c=Zq81x7Qe2'
SECOND = "pk-canary-two&<>%20+/=="
_ROOT = Path(__file__).parents[2]


def spellings(secret: str) -> set[bytes]:
    """A secret as it is, escaped for URLs, JSON and HTML, and in base64 at each of its offsets."""
    raw = secret.encode()
    found = {raw, quote(secret, safe="").encode(), quote_plus(secret).encode()}
    found |= {json.dumps(secret)[1:-1].encode(), json.dumps(json.dumps(secret))[3:-3].encode()}
    found |= {repr(secret)[1:-1].encode(), raw.hex().encode(), raw[::-1]}
    found |= {secret.encode("utf-16-le"), secret.encode("utf-16-be")}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            text = encode(b"x" * shift + raw)
            found.add(text[4 if shift else 0 : len(text) // 4 * 4 - 4])
    return found


SPELLINGS = spellings(KEY) | spellings(SECOND)


def holds_key(content: bytes) -> bool:
    return any(spelling in content for spelling in SPELLINGS)


@contextmanager
def served() -> Iterator[FakeProvider]:
    """A provider in a thread of its own, whose jobs succeed at the second look."""
    made, loop = FakeProvider(), asyncio.new_event_loop()

    def before(request: Request) -> None:
        if request.line.startswith("GET /fine_tuning/jobs/ftjob") and request.line.count("/") == 3:
            made.jobs[0].update(status="succeeded", fine_tuned_model="ft:base-1:me:keyed:1")

    made.before = before
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(made.open(), loop).result(10)
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(made.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_the_search_finds_a_key_in_each_spelling() -> None:
    assert holds_key(b"..." + json.dumps({"a": KEY}).encode())
    assert holds_key(b"x" + base64.b64encode(b"Bearer " + KEY.encode()))
    assert holds_key(f"https://x/?k={quote(SECOND, safe='')}".encode())
    assert not holds_key(b"sk-...7Qe2")


@pytest.mark.engine
def test_no_key_is_written_or_handed_on(tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    (home / "data" / "engine").mkdir(parents=True)
    temporary.mkdir()
    (home / "data" / "engine" / "models").symlink_to(models_folder())
    with served() as server:
        environ = os.environ | {
            "TUNEDESK_HOME": str(home),
            "TMPDIR": str(temporary),
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": server.base_url,
            "OPENAI_LOG": "debug",
        }
        said, children = _lived(environ)
    assert "job: " in said and "succeeded" in said, said
    assert "round: None True" in said, said
    assert {r.headers.get("authorization") for r in server.requests} == {f"Bearer {KEY}"}
    assert server.requests[-1].headers["x-second-key"] == SECOND
    assert not holds_key(said.encode())
    assert len(children) >= 1
    assert not any(holds_key(told) for told in children)
    _search(home, temporary)


def _lived(environ: dict[str, str]) -> tuple[str, list[bytes]]:
    """All that the app said, and environment and arguments of each process it had started."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.keyed_app"],
        env=environ,
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as app:
        assert app.stdin is not None and app.stdout is not None
        app.stdin.write(SECOND.encode() + b"\n")
        app.stdin.flush()
        said = b""
        for line in app.stdout:
            said += line
            if line == b"ready\n":
                break
        children = [_told_to(pid) for pid in _descendants(app.pid)]
        children.append(Path(f"/proc/{app.pid}/cmdline").read_bytes() if not app.poll() else b"")
        rest, _ = app.communicate(b"end\n", timeout=120)
    return (said + rest).decode("utf-8", "replace"), children


def _descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *_descendants(child)]
    return found


def _told_to(pid: int) -> bytes:
    folder = Path(f"/proc/{pid}")
    return (folder / "environ").read_bytes() + b"\n" + (folder / "cmdline").read_bytes()


def _search(*folders: Path) -> None:
    files = [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "models" not in path.relative_to(folder).parts[:3]
    ]
    names = {path.name for path in files}
    assert {"settings.json", "debug.log", "tunedesk.log", "project.tunedesk"} <= names
    log = next(path for path in files if path.name == "debug.log").read_bytes()
    assert b"httpcore2" in log and b"openai" in log
    for path in files:
        assert not holds_key(path.read_bytes()), f"a key is in {path}"
        assert not holds_key(os.fsencode(path)), f"a key is in the name {path}"
