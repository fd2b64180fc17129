"""Edits and saves of a million rows in an open session, each beside the plainest way."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from array import array
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from tests.bench.timing import Row, best_s
from tests.support.projects import home, project
from tunedesk.core.edits import DeleteRows, Edit, MoveRows, ReorderRows, SetRow, SetSplits, SetTags
from tunedesk.core.orders import packed
from tunedesk.services.dataset.session import DatasetSession, open_session

_TIMES = 3
_LIMITS = "the limit, in ms"

Run = Callable[[Coroutine[Any, Any, Any]], Any]


def saving(path: Path) -> Row:
    """Saving three edits with backup and journal, against `cp` to a new file and fsync."""
    with _opened(path) as (run, session):
        targets = (session.info.path.with_name(f"plain-{n}.jsonl") for n in count())

        def clear() -> None:
            """Outside of both: freeing an old copy is no part of making a new one."""
            for copy in session.info.path.parent.glob("plain-*.jsonl"):
                copy.unlink()
            os.sync()

        ours_s, _, plain_s, _ = best_s(
            lambda: run(_edit_and_save(session)),
            clear,
            lambda: _copy(session.info.path, next(targets)),
            clear,
            repeats=_TIMES,
        )
    name = "cp to a new file and fsync"
    return Row("saving a million rows", "ms", ours_s * 1e3, plain_s * 1e3, name)


def edits(path: Path) -> list[Row]:
    """What the window waits for, undoing included where it takes longer; beside the limit."""
    with _opened(path) as (run, session):
        run(until_checked(session))
        n_rows = len(session)
        odd = tuple(range(1, n_rows, 2))
        half = array("i", odd)
        raw = session.row(501)
        kinds: list[tuple[str, float, Edit]] = [
            ("an edit", 25, SetRow(500, raw)),
            ("a move of 10 rows over 900,000", 25, MoveRows(10, 10, 900_000)),
            (
                "a side for every second of a million rows",
                300,
                SetSplits(half, ("test",) * len(odd)),
            ),
            ("a tag for every second", 300, SetTags(half, (("tag",),) * len(odd))),
            ("deleting every second", 300, DeleteRows(odd)),
            ("a million rows in reverse", 300, ReorderRows(packed(range(n_rows)[::-1]))),
        ]
        return [_measured(run, session, *kind) for kind in kinds]


def _measured(run: Run, session: DatasetSession, name: str, limit_ms: float, edit: Edit) -> Row:
    inverses: list[Edit] = []

    def do() -> None:
        inverses.append(session.apply(edit))

    def undo() -> None:
        session.apply(inverses.pop())

    def journal() -> None:
        """The lane has come to its end: everything is in the journal."""
        run(session.look_outside())

    n_times = _TIMES if limit_ms < 100 else 1  # the ledger takes longer than the window waits
    done_s, journal_s, undone_s, _ = best_s(do, journal, undo, journal, repeats=n_times)
    if limit_ms < 100:
        done_s += journal_s
        name += ", journal included"
    return Row(name, "ms", max(done_s, undone_s) * 1e3, limit_ms, _LIMITS)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Run, DatasetSession]]:
    """A session of a copy, on a loop that `run` lets go on."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, asyncio.Runner() as runner:
        copied = Path(shutil.copyfile(path, Path(folder) / "rows.jsonl"))
        stack = AsyncExitStack()

        async def begin() -> DatasetSession:
            place = await stack.enter_async_context(home(Path(folder)))
            made = await stack.enter_async_context(project(place))
            return await open_session(made, await made.add_dataset(copied))

        session = runner.run(begin())
        try:
            yield runner.run, session
        finally:
            runner.run(session.close())
            runner.run(stack.aclose())


async def _edit_and_save(session: DatasetSession) -> None:
    session.apply(SetRow(500, session.row(501)))
    session.apply(MoveRows(10, 10, 900_000))
    session.apply(SetRow(500_000, b"{}"))
    await session.save()


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    descriptor = os.open(target, os.O_RDWR)
    os.fsync(descriptor)
    os.close(descriptor)


async def until_checked(session: DatasetSession) -> None:
    """Without the tokens, which come after."""
    checking = asyncio.create_task(session.check())
    while not session.is_checked and not checking.done():
        await asyncio.sleep(0.01)
    checking.cancel()
    await asyncio.gather(checking, return_exceptions=True)
