"""A wait for a socket that is given up just when the socket becomes ready is no error."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import shiboken6
from PySide6.QtWidgets import QApplication

from tunedesk.app.event_loop import DesktopLoop


async def _readable(loop: asyncio.AbstractEventLoop, end: socket.socket) -> None:
    ready = loop.create_future()
    loop.add_reader(end, ready.set_result, None)
    try:
        await ready
    finally:
        loop.remove_reader(end)


async def _give_up_after(loop: asyncio.AbstractEventLoop, turns: int) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        waiting = asyncio.create_task(_readable(loop, ours))
        await asyncio.sleep(0)
        theirs.send(b"x")
        for _ in range(turns):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.sleep(0.002)


def _complaints(loop: asyncio.AbstractEventLoop) -> list[BaseException]:
    told: list[BaseException] = []

    def keep(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        told.append(context["exception"])

    loop.set_exception_handler(keep)
    with loop:  # type: ignore[attr-defined]
        for turns in range(12):
            for _ in range(20):
                loop.run_until_complete(_give_up_after(loop, turns))
    return told


def test_the_apps_loop_keeps_quiet(qapp: QApplication) -> None:
    assert _complaints(DesktopLoop(qapp)) == []


def test_what_is_ready_is_still_told(qapp: QApplication) -> None:
    loop = DesktopLoop(qapp)
    ours, theirs = socket.socketpair()
    with ours, theirs, loop:
        theirs.send(b"x")
        loop.run_until_complete(asyncio.wait_for(_readable(loop, ours), 10))


def test_what_a_thread_asked_for_before_the_end_does_nothing_after_it(
    qapp: QApplication,
) -> None:
    """An exception in the queued call would fail this test, or the next one."""
    loop = DesktopLoop(qapp)
    called: list[int] = []
    asked = threading.Thread(target=loop.call_soon_threadsafe, args=(called.append, 1))
    asked.start()
    asked.join()
    loop.close()
    shiboken6.delete(loop._timer)  # as the collector does, sooner or later
    qapp.processEvents()
    loop.call_soon(called.append, 2)
    assert called == []
