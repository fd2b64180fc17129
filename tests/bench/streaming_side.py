"""Two answers written at 500 tokens a second each, the app that shows them, and their provider.

Both are processes of their own: what the provider takes of a core is not the window's.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.app_side import TOLD
from tests.bench.view_hands import Heart
from tests.support.fake_provider import FakeProvider
from tests.support.projects import fake_providers, home, project
from tunedesk.services.compare.comparison import Comparison, Contender
from tunedesk.ui.widgets.code_lexers import load_usual

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTextEdit, QWidget

    from tunedesk.services.project.project import Project
    from tunedesk.services.providers.directory import Providers

N_CHARS, TOKENS_PER_S = 20_000, 500
_TOKEN_CHARS = 4
_TICK_S = 0.01
_LONG_LINE_CHARS = 5_000_000
_SIZE = (1440, 900)
_PATIENCE_S = 120.0
_FLUSH_S = 0.033
_PARAGRAPH = """### A part of it

Some **bold** words, `code` and a [link](https://example.org), and so on to the end of the line.

- one
- two, which is *longer* than one

```python
def area(width: float, height: float) -> float:
    return width * height  # in square metres
```

"""
Beats = tuple[list[float], list[float]]
"""Times between two beats, and what the window's thread worked in each, in ms."""

_ONE = Contender(provider_id="fake", model="one", label="One", kind="base")
_TWO = Contender(provider_id="fake", model="two", label="Two", kind="tuned")


def answer_text() -> str:
    """20,000 characters of Markdown with lists and code."""
    return (_PARAGRAPH * (N_CHARS // len(_PARAGRAPH) + 1))[:N_CHARS]


def server() -> None:
    """Says its address; answers each chat at its pace, "a line" with one line of 5 MB."""
    asyncio.run(_serve())


async def _serve() -> None:
    made = await asyncio.start_server(_talk, "127.0.0.1", 0, limit=2**24)
    port = made.sockets[0].getsockname()[1]
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    asked = json.loads(await reader.readexactly(length))
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
    if asked["messages"][-1]["content"] == "a line":
        writer.write(_chunk({"content": "x" * _LONG_LINE_CHARS}))
    else:
        await _write_paced(writer)
    writer.write(_chunk({}, "stop") + b"data: [DONE]\n\n")
    await writer.drain()
    writer.close()


async def _write_paced(writer: asyncio.StreamWriter) -> None:
    text, began_s, n_sent = answer_text(), time.monotonic(), 0
    while n_sent < N_CHARS:
        due = int((time.monotonic() - began_s) * TOKENS_PER_S) * _TOKEN_CHARS
        while n_sent < min(due, N_CHARS):
            writer.write(_chunk({"content": text[n_sent : n_sent + _TOKEN_CHARS]}))
            n_sent += _TOKEN_CHARS
        await writer.drain()
        await asyncio.sleep(_TICK_S)


def _chunk(delta: dict[str, str], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    line = {"id": "c", "object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + json.dumps(line).encode() + b"\n\n"


def app(way: str, folder: str) -> None:
    """Show two answers in one way ("chat", "compare", "line" or "plain") and print the figures."""
    from tunedesk.app.event_loop import DesktopLoop
    from tunedesk.app.start import make_application

    qt = make_application(["bench"])
    command = [sys.executable, "-c", "from tests.bench.streaming_side import server; server()"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as provider, DesktopLoop(qt) as loop:
        assert provider.stdin is not None and provider.stdout is not None
        address = provider.stdout.readline().decode().strip()
        figures = loop.run_until_complete(_play(qt, loop, way, Path(folder), address))
        provider.stdin.close()
    sys.stdout.write(f"{TOLD}{json.dumps(figures)}\n")
    sys.stdout.flush()


async def _play(qt: Any, loop: Any, way: str, folder: Path, address: str) -> Beats:
    from tunedesk.ui.operations import Operations
    from tunedesk.ui.theme import Theme

    at = FakeProvider()
    at.base_url = address
    operations, theme = Operations(loop, _fail), Theme(qt, "light")
    async with (
        home(folder / "home") as place,
        project(place) as made,
        fake_providers(place, at) as providers,
    ):
        if way == "plain":
            return await _plain(loop)
        play = _compare if way == "compare" else _chat
        beats = await play(made, providers, operations, theme, way)
        await operations.close()
        return beats


class _Two(Comparison):
    """Knows the two models without asking."""

    async def contenders(self) -> list[Contender]:
        return [_ONE, _TWO]


async def _chat(
    made: Project, providers: Providers, operations: Any, theme: Any, way: str
) -> Beats:
    from tests.support.scripted_ask import ScriptedAsk
    from tunedesk.services.chat.room import ChatRoom
    from tunedesk.ui.memory import Memory
    from tunedesk.ui.pages.chat.page import ChatPage

    ask: Any = ScriptedAsk()
    page = ChatPage(
        room=ChatRoom(made, providers, {}),
        comparison=_Two(made, providers, made.background),
        operations=operations,
        ask=ask,
        theme=theme,
        memory=Memory(),
    )
    _show(page)
    await _until(lambda: page.panes)
    return await _beats_while(
        page,
        lambda: page.box.asked.emit("a line" if way == "line" else "a text"),
        lambda: page.box.stop.isHidden() and page.differ.isEnabled(),
    )


async def _compare(
    made: Project, providers: Providers, operations: Any, theme: Any, _way: str
) -> Beats:
    from tests.support.scripted_ask import ScriptedAsk
    from tunedesk.ui.pages.compare.page import ComparePage

    ask: Any = ScriptedAsk()
    page = ComparePage(
        comparison=_Two(made, providers, made.background),
        session=lambda: None,
        operations=operations,
        ask=ask,
        theme=theme,
    )
    _show(page)
    box = page.judging.prompt_box
    await _until(box.isVisible)
    box.text.setPlainText("a text")
    return await _beats_while(page, box.ask, lambda: page.judging.votes.can_vote("tie"))


async def _plain(loop: Any) -> Beats:
    """What the same text costs in two of Qt's own views, set anew as often."""
    from PySide6.QtWidgets import QHBoxLayout, QTextEdit, QWidget

    page, text = QWidget(), answer_text()
    line = QHBoxLayout(page)
    views: list[QTextEdit] = [QTextEdit() for _ in range(2)]
    for view in views:
        view.setReadOnly(True)
        line.addWidget(view)
    _show(page)
    over = asyncio.Event()

    async def write() -> None:
        began_s, n = loop.time(), 0
        while n < N_CHARS:
            n = int((loop.time() - began_s) * TOKENS_PER_S) * _TOKEN_CHARS
            for view in views:
                view.setMarkdown(text[:n])
            await asyncio.sleep(_FLUSH_S)
        over.set()

    tasks = []
    return await _beats_while(page, lambda: tasks.append(loop.create_task(write())), over.is_set)


def _show(page: QWidget) -> None:
    page.resize(*_SIZE)
    page.show()
    enter = getattr(page, "on_enter", None)
    if enter is not None:
        enter()


async def _beats_while(
    page: QWidget, begin: Callable[[], object], is_over: Callable[[], object]
) -> Beats:
    await asyncio.sleep(1.0)  # what showing the page started has ended
    load_usual()
    gc.freeze()  # both as the app does once its pages are there
    heart = Heart(page)
    heart.start()
    begin()
    await _until(is_over)
    beats = heart.stop()
    page.close()
    return beats, heart.busy_ms


async def _until(holds: Callable[[], object]) -> None:
    end_s = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < end_s, "it never came"
        await asyncio.sleep(0.05)


def _fail(error: BaseException) -> None:
    raise error
