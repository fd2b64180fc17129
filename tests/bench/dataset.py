"""A million rows: what the Data editor does with them, beside the plainest way to do it."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from tests.bench import alike, large_edits
from tests.bench.million_rows import N_ROWS, make
from tests.bench.timing import Row, best_s
from tests.bench.window_memory import memory_over_an_empty_window
from tests.support.projects import home, project
from tunedesk.core.tokens import TokenCounter, prepare_vocabulary
from tunedesk.services.dataset.session import DatasetSession, open_session
from tunedesk.store.dataset_file import DatasetFile

Work = Callable[[DatasetSession], Coroutine[Any, Any, None]]

_TIMES = 2
_N_COUNTED = 100_000
_KNOWN_KEYS = ("role", "content", "name", "function_call", "weight")
_KNOWN_ROLES = ("system", "user", "assistant", "function")


def check_of_all_rows() -> Row:
    """Every rule over all rows and over the file, and the split."""
    path = million()
    ours_s = _least_s(path, _until_checked)
    (plain_s,) = best_s(lambda: _cookbook(path), repeats=_TIMES)
    name = "check of a million rows"
    return Row(name, "rows/s", N_ROWS / ours_s, N_ROWS / plain_s, "json.loads and cookbook checks")


def tokens_of_rows() -> Row:
    """Tokens and trained tokens, against one core that encodes each text."""
    path = first_rows(_N_COUNTED)
    counting_s = _least_s(path, _until_counted) - _least_s(path, _until_checked)
    (plain_s,) = best_s(lambda: _tiktoken(path), repeats=_TIMES)
    name = "tokens of chat rows"
    return Row(name, "rows/s", _N_COUNTED / counting_s, _N_COUNTED / plain_s, "tiktoken, one core")


def opening() -> Row:
    """Finding a million rows, against reading them into dicts."""
    path = million()
    ours_s, plain_s = best_s(
        lambda: DatasetFile.open(path).close(), lambda: as_dicts(path), repeats=_TIMES
    )
    name = "opening a million rows"
    return Row(name, "ms", ours_s * 1e3, plain_s * 1e3, "json.loads of each line into a list")


def saving() -> Row:
    """Writing 1.28 GB with three edits, against copying the file."""
    return large_edits.saving(million())


def edits() -> list[Row]:
    """Edits of one row and of half a million."""
    return large_edits.edits(million())


def alike_rows() -> list[Row]:
    """Rows that say nearly the same, at first and after an edit."""
    return alike.alike(million())


def memory() -> list[Row]:
    """Of the app with a million rows open, painted, checked and counted, and of its workers."""
    return memory_over_an_empty_window(million())


async def _until_checked(session: DatasetSession) -> None:
    """Without the tokens, which come after."""
    await _check_until(session, lambda: session.is_checked)


async def _until_counted(session: DatasetSession) -> None:
    """With the tokens, without the look for rows that are alike."""
    await _check_until(session, lambda: _stage(session) in ("sample", "texts"))


def _stage(session: DatasetSession) -> str:
    return session.check_state.stage if session.check_state else ""


async def _check_until(session: DatasetSession, is_enough: Callable[[], bool]) -> None:
    checking = asyncio.create_task(session.check())
    while not is_enough() and not checking.done():
        await asyncio.sleep(0.005)
    checking.cancel()
    await asyncio.gather(checking, return_exceptions=True)


def _least_s(path: Path, work: Work) -> float:
    """The shortest time of work in a session that is open; the processes' start is in it."""
    return min(asyncio.run(_in_session(path, work)) for _ in range(_TIMES))


async def _in_session(path: Path, work: Work) -> float:
    with tempfile.TemporaryDirectory(prefix="tunedesk-bench-") as folder:
        async with home(Path(folder)) as place, project(place) as made:
            session = await open_session(made, await made.add_dataset(path))
            try:
                start_s = time.perf_counter()
                await work(session)
                return time.perf_counter() - start_s
            finally:
                await session.close()


def _rows(path: Path) -> Iterator[Any]:
    with path.open("rb") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                yield None


def _cookbook(path: Path) -> int:
    """The error classes of OpenAI's cookbook, row by row."""
    n_errors = 0
    for row in _rows(path):
        messages = row.get("messages") if isinstance(row, dict) else None
        if not messages:
            n_errors += 1
            continue
        for message in messages:
            n_errors += "role" not in message or "content" not in message
            n_errors += any(key not in _KNOWN_KEYS for key in message)
            n_errors += message.get("role") not in _KNOWN_ROLES
            content, call = message.get("content"), message.get("function_call")
            n_errors += (not content and not call) or not isinstance(content, str)
        n_errors += not any(message.get("role") == "assistant" for message in messages)
    return n_errors


def as_dicts(path: Path) -> int:
    return len(list(_rows(path)))


def _tiktoken(path: Path) -> int:
    """The cookbook's formula."""
    encode = _encoder()
    n_tokens = 0
    for row in _rows(path):
        messages = row.get("messages", ()) if isinstance(row, dict) else ()
        for message in messages:
            texts = [value for value in message.values() if isinstance(value, str)]
            n_tokens += 3 + sum(len(encode(text)) for text in texts)
        n_tokens += 3
    return n_tokens


@cache
def _encoder() -> Callable[[str], list[int]]:
    import tiktoken

    folder = _stack.enter_context(tempfile.TemporaryDirectory(prefix="tunedesk-bench-"))
    prepare_vocabulary(Path(folder))
    TokenCounter()
    return tiktoken.get_encoding("o200k_base").encode_ordinary


_stack = ExitStack()


@cache
def million() -> Path:
    """TUNEDESK_BENCH_FOLDER keeps the file for the next run; 1.28 GB."""
    kept = os.environ.get("TUNEDESK_BENCH_FOLDER")
    made = kept or _stack.enter_context(tempfile.TemporaryDirectory(prefix="tunedesk-bench-"))
    path = Path(made) / "million.jsonl"
    if not path.exists():
        make(path)
    return path


@cache
def first_rows(n_rows: int) -> Path:
    path = million().with_name(f"first-{n_rows}.jsonl")
    with million().open("rb") as lines, path.open("wb") as out:
        out.writelines(islice(lines, n_rows))
    return path


MEASURES = (check_of_all_rows, tokens_of_rows, opening, saving, edits, alike_rows, memory)
