"""What the pages say is true: every block of docs/engine.md is run against a real engine."""

from __future__ import annotations

import json
import os
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.engine import models_folder
from tests.support.environment import REAL_ENVIRON
from tunedesk.assets import resource
from tunedesk.engine.cli import build_parser

pytestmark = pytest.mark.engine

DOCS = Path(__file__).parents[2] / "docs"
PORT_IN_PAGE = "8011"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LIMIT_S = 240


class Block(NamedTuple):
    """A fenced block: its language, its text, and the line of the page that it begins on."""

    language: str
    text: str
    line: int


def _blocks(page: str) -> list[Block]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [
        Block(found[1], found[2], text.count("\n", 0, found.start(2)) + 1)
        for found in _BLOCK.finditer(text)
    ]


def _of(language: str, port: int) -> list[Block]:
    blocks = [block for block in _blocks("engine.md") if block.language == language]
    return [block._replace(text=block.text.replace(PORT_IN_PAGE, str(port))) for block in blocks]


@pytest.fixture(scope="module")
def port() -> int:
    """A free one, in place of the page's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Path]:
    """The folder of someone who follows the page: samples beside the script, the engine started."""
    folder = tmp_path_factory.mktemp("reader")
    for name in ("marv-train.jsonl", "marv-heldout.jsonl"):
        shutil.copy(resource("samples", name), folder / name)
    models_folder()  # the app's own, so that the page's first line need not fetch it
    fetch, serve = _of("console", port)[0].text.splitlines()
    subprocess.run(_words(fetch), cwd=folder, env=REAL_ENVIRON, check=True)
    with subprocess.Popen(_words(serve), cwd=folder, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert select.select([process.stdout], [], [], 60)[0]
            said = json.loads(process.stdout.readline())
            assert said["base_url"] == f"http://127.0.0.1:{port}/v1"
            yield folder
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _words(line: str) -> list[str]:
    return [sys.executable, "-m", *shlex.split(line.removeprefix("$ "))]


_RUN_PYTHON = """
import json, sys
names = {"__name__": "__main__"}
for line, text in json.load(sys.stdin):
    exec(compile("\\n" * (line - 1) + text, "docs/engine.md", "exec"), names)
"""


def test_the_python_blocks_do_what_they_say(reader: Path, port: int) -> None:
    blocks = [(block.line, block.text) for block in _of("python", port)]
    assert len(blocks) >= 10
    token = (reader / "engine-data" / "token").read_text(encoding="utf-8").strip()
    environ = {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENAI_API_KEY": token}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _RUN_PYTHON],
        cwd=reader,
        env={**os.environ, **environ},
        input=json.dumps(blocks),
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "succeeded ft:smollm2-135m-instruct:tunedesk:marv:" in done.stdout
    assert "tokens are trained" in done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_blocks_do_what_they_say(reader: Path, port: int) -> None:
    blocks = _of("bash", port)
    assert len(blocks) >= 8
    marked = [f"echo 'docs/engine.md line {block.line}' >&2\n{block.text}" for block in blocks]
    done = subprocess.run(
        ["bash", "-e", "-u", "-o", "pipefail"],
        cwd=reader,
        input="".join(marked),
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "data: [DONE]" in done.stdout
    assert '"deleted":true' in done.stdout


def test_every_option_on_the_pages_exists() -> None:
    known = set(build_parser()._option_string_actions)
    for page in ("engine.md", "engine-on-a-server.md"):
        text = (DOCS / page).read_text(encoding="utf-8")
        commands = re.findall(r"tunedesk engine((?:\\\n|[^\n`])*)", text)
        named = {word for command in commands for word in re.findall(r"--[a-z-]+", command)}
        assert named <= known, f"{page} names {named - known}"


def test_every_link_of_the_pages_leads_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
