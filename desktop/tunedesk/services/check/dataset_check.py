"""Every row and the file as a whole, looked at in the background and kept up with edits."""

from __future__ import annotations

import asyncio
import contextlib
import time
from array import array
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Literal, get_args

import msgspec

from tunedesk.core import many
from tunedesk.core.errors import TunedeskError
from tunedesk.services.check.alike_check import AlikeCheck
from tunedesk.services.check.alike_rows import AlikeRows
from tunedesk.services.check.crew import Crew, Helper
from tunedesk.services.check.issue_table import IssueTable
from tunedesk.services.check.later_marks import LaterMarks
from tunedesk.services.check.long_rows import LongRows
from tunedesk.services.check.protocol import (
    Answer,
    Compare,
    Conclude,
    Count,
    Counted,
    Judge,
    Judged,
    Look,
    Looked,
    OtherFile,
    Repeated,
    Request,
    Sketched,
    Wanted,
)
from tunedesk.services.dataset.keeper import DatasetKeeper
from tunedesk.services.dataset.row_facts import RowFacts
from tunedesk.services.project.project import Project
from tunedesk.services.work.spare_memory import give_back

Progress = Callable[[int, int], None]
Stage = Literal["rows", "file", "tokens", "sample", "texts", "alike"]
Depth = Literal["rules", "tokens", "all"]
"""How much of a check is waited for: every rule, the tokens as well, or what is alike, too."""

MAX_ISSUES = 20_000
"""How many findings are listed; every row's own status is exact however many there are."""

_MOST_ROWS = 20_000  # of a batch
_MOST_BYTES = 8 << 20  # of a batch that is sent along or read row by row
_MOST_STRETCH_BYTES = {"rows": 64 << 20, "tokens": 8 << 20, "texts": 8 << 20}
_WANTED_S = {
    "rows": 0.06,
    "tokens": 0.15,
    "texts": 0.15,
}  # of a batch: cancelling and progress are no slower
_FIRST_ROWS = {"rows": 1_000, "tokens": 100, "texts": 500}
_LEAST_ROWS, _SHARES = 200, 6
_COMPARED_ROWS = 4_000
_MANY_ROWS = 20_000
_TELL_EVERY_S = 0.2


class CheckState(msgspec.Struct, frozen=True):
    """How far a check has come: rows done of all, first with the rules, then with the tokens;
    last their texts are read (of a sample first) and compared with each other."""

    stage: Stage
    n_done: int
    n_rows: int


class DatasetCheck:
    """Runs at most one pass at a time; `changed` and `judged` are called on the loop's thread.

    Only rows that nobody has looked at (or counted) are looked at: after an edit that is none,
    since edited rows are looked at when they are edited. `judged` comes when all rules have had
    their say, `changed` now and then; the tokens come last.
    """

    def __init__(
        self,
        keeper: DatasetKeeper,
        project: Project,
        facts: RowFacts,
        issues: IssueTable,
        alike: AlikeRows,
        long: LongRows,
        marks: LaterMarks,
        changed: Callable[[], object],
        judged: Callable[[Judged], object],
    ) -> None:
        self.state: CheckState | None = None
        self.is_stopped = False
        """Whether somebody ended the last pass early."""
        self._keeper, self._project = keeper, project
        self._facts, self._issues = facts, issues
        self._alike, self._long, self._marks = alike, long, marks
        self._repeats = b""
        self._changed, self._judged = changed, judged
        self._task: asyncio.Task[None] | None = None
        self._listeners: list[Progress] = []
        self._n_edits = 0
        self._n_edits_checked = dict.fromkeys(get_args(Depth), -1)
        self._reached = asyncio.Event()
        self._is_free = asyncio.Event()
        self._is_free.set()
        self._n_taken = 0  # rows answered for since memory was given back
        self._told_s = 0.0
        self._comparing = AlikeCheck(
            keeper,
            project.background,
            alike,
            self.ask,
            lambda n_done: self.say("alike", n_done),
            lambda n_done: self.say("sample", n_done),
            lambda: self._n_edits,
        )

    def outdate(self) -> None:
        """Rows have changed: what comes back of them is not taken, a finished pass no longer
        holds."""
        self._n_edits += 1

    def hold(self) -> None:
        """Until `let_go` nothing is found out about rows; what is under way comes to nothing."""
        self._n_edits += 1
        self._is_free.clear()

    def let_go(self) -> None:
        """The rows may be looked at again, and are as before if nobody says otherwise."""
        if self._task is None or self._task.done():
            self._n_edits -= 1  # nothing was under way
        self._is_free.set()

    @property
    def is_held(self) -> bool:
        """Whether nothing must be found out about rows now."""
        return not self._is_free.is_set()

    async def until_free(self) -> None:
        """Return when rows may be looked at."""
        await self._is_free.wait()

    async def run(self, progress: Progress | None, upto: Depth = "all") -> None:
        """Return when every row is looked at, as it is now, as far as is asked; the pass goes on
        to its end. Raises TunedeskError, "check_stopped" after `stop`."""
        if progress is not None:
            self._listeners.append(progress)
        try:
            while self._n_edits_checked[upto] != self._n_edits:
                if self._task is None or self._task.done():
                    self.is_stopped = False
                    self._task = asyncio.create_task(self._passes())
                    self._task.add_done_callback(_look_at_end)
                await self._come_further(self._task)
            if upto == "all" and self._task is not None:
                await asyncio.wait((self._task,))  # its processes have ended, too
        finally:
            if progress is not None:
                self._listeners.remove(progress)

    async def _come_further(self, passes: asyncio.Task[None]) -> None:
        """Wait until the pass has reached something, or ended. Raises what ended it."""
        reached = asyncio.create_task(self._reached.wait())
        try:
            await asyncio.wait((passes, reached), return_when=asyncio.FIRST_COMPLETED)
        finally:
            reached.cancel()
        if passes.cancelled() and self.is_stopped:
            raise _stopped()
        if passes.done():
            passes.result()

    def _reach(self, depth: Depth, n_edits: int) -> None:
        self._n_edits_checked[depth] = n_edits
        self._reached.set()
        self._reached = asyncio.Event()

    def stop(self) -> None:
        """End a pass under way; the next goes on from what it has found."""
        if self._task is not None and not self._task.done():
            self.is_stopped = True
            self._task.cancel()

    async def close(self) -> None:
        """Stop a running pass."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # ---- passes --------------------------------------------------------------------------------

    async def _passes(self) -> None:
        tokens, keeper = self._project.tokens, self._keeper
        n_bytes = keeper.file.size_bytes
        crew = Crew(self._project.background, tokens.cache_folder, len(keeper), n_bytes)
        try:
            if self._facts.has_choices:  # they are looked up by numpy, not loaded by the window
                await self._project.background.run(many.load)
            while self._n_edits_checked["all"] != self._n_edits:
                if not await self._rules(crew):
                    continue
                n_edits = self._n_edits
                self._reach("rules", n_edits)
                await self._project.background.run(many.load)
                await self._count(crew)
                await self._give_memory_back()
                if not await self._look_for_long() or n_edits != self._n_edits:
                    continue
                self._reach("tokens", n_edits)
                if await self._look_for_alike(crew, n_edits) and n_edits == self._n_edits:
                    await self._give_memory_back()
                    self._reach("all", n_edits)
        finally:
            self.state = None
            await _to_the_end(crew.close())
            self._changed()

    async def _count(self, crew: Crew) -> None:
        """Helpers that are processes read a vocabulary of their own, and do not wait for the
        window's, which takes a quarter of a second at the first start of all."""
        loading, sweep = _try(self._project.tokens.counter()), _Sweep(self, "tokens")
        if len(crew.helpers) > 1:
            await asyncio.gather(loading, sweep.run(crew))
        else:
            await loading
            await sweep.run(crew)

    async def _rules(self, crew: Crew) -> bool:
        """False if an edit came in between."""
        await _Sweep(self, "rows").run(crew)
        if self.next_open("rows", 0) >= 0:  # they came while the sweep ended
            return False
        n_edits = self._n_edits
        self._say("file", len(self._keeper))
        judged = await self._judge(crew)
        await self.until_free()
        if judged is None or n_edits != self._n_edits:
            return False
        self._facts.put_status(judged.status)
        self._marks.mark_again()
        self._issues.put_judged(judged.issues)
        self._repeats = judged.repeats
        self._judged(judged)
        return True

    async def _give_memory_back(self) -> None:
        """After many rows: what passed through is as much again as what is kept of them."""
        if self._n_taken >= _MANY_ROWS:
            self._n_taken = 0
            await self._project.background.run(give_back)

    async def _look_for_long(self) -> bool:
        """False if an edit came in between."""
        await self.until_free()
        n_edits = self._n_edits
        counter = self._project.tokens.ready
        n_rows = len(self._keeper)
        return await self._long.look(
            counter,
            lambda: n_edits != self._n_edits,
            lambda n_left: self.say("tokens", n_rows - n_left),
        )

    async def _look_for_alike(self, crew: Crew, n_edits: int) -> bool:
        """False if an edit came since the rules had their say."""
        await self.until_free()
        if not await self._comparing.sample(crew.helpers[0]):
            return False
        self._say("texts", 0)
        await _Sweep(self, "texts").run(crew)
        self._say("alike", 0)
        if n_edits != self._n_edits:  # rows may be gone, which leaves none open
            return False
        return await self._comparing.compare(crew, self._repeats)

    async def _judge(self, crew: Crew) -> Judged | None:
        """None if an edit came in between."""
        n_edits, helper = self._n_edits, crew.helpers[0]
        columns = await self._project.background.run(self._facts.columns)
        if n_edits != self._n_edits:
            return None
        repeated = await helper.ask(Judge(*columns))
        assert isinstance(repeated, Repeated)
        indices = array("i", repeated.indices)
        for first in range(0, len(indices), _COMPARED_ROWS):
            if n_edits != self._n_edits:
                return None
            part = indices[first : first + _COMPARED_ROWS]
            answer = await self.ask(helper, Compare, self._keeper.wanted(part, 0), part)
            if answer is None:
                return None
        judged = await helper.ask(Conclude(indices.tobytes(), MAX_ISSUES))
        assert isinstance(judged, Judged)
        return judged

    async def ask(
        self,
        helper: Helper,
        question: Callable[[Wanted], Request],
        wanted: Wanted,
        rows: range | array[int],
    ) -> Answer | None:
        """The answer, with the rows sent along where the file is another; None if edited."""
        n_edits = self._n_edits
        answer = await helper.ask(question(wanted))
        if isinstance(answer, OtherFile) and n_edits == self._n_edits:
            sent = await self._project.background.run(self._sent_along, wanted, rows)
            answer = await helper.ask(question(sent))
        return answer if n_edits == self._n_edits else None

    def _sent_along(self, wanted: Wanted, rows: range | array[int]) -> Wanted:
        """In a thread; an edit meanwhile makes the answer void."""
        own = []
        with contextlib.suppress(IndexError):
            own = [(place, self._keeper.row(row)) for place, row in enumerate(rows)]
        own += [(place, b"") for place in range(len(own), len(rows))]
        return msgspec.structs.replace(wanted, own=own, stop=0, lengths=bytes(8 * len(own)))

    # ---- what sweeps use -----------------------------------------------------------------------

    def next_open(self, stage: Stage, start: int) -> int:
        """The next row that this stage has not come to; -1 if there is none."""
        if stage == "texts":
            return self._alike.next_unknown(start)
        facts = self._facts
        return facts.next_unknown(start) if stage == "rows" else facts.next_uncounted(start)

    def wanted(self, stage: Stage, first: int, n_rows: int) -> Wanted:
        """At most so many rows and as many bytes as the stage takes at once, at least one row."""
        rows = range(first, min(first + n_rows, len(self._keeper)))
        found = self._keeper.wanted(rows, first)
        if (times := _times_too_large(found, stage)) > 1 and n_rows > 1:
            return self.wanted(stage, first, max(1, int(n_rows / (2 * times))))
        return found

    def fair_share(self, first: int) -> int:
        """So many rows that at the end no helper waits long for another."""
        return max(_LEAST_ROWS, (len(self._keeper) - first) // _SHARES)

    def question(self, stage: Stage) -> Callable[[Wanted], Request]:
        """For the split's seed as it is now."""
        if stage == "tokens":
            return Count
        if stage == "texts":
            return self._alike.question
        seed, room = self._facts.rule.seed, max(0, MAX_ISSUES - self._issues.n_rows)
        return lambda wanted: Look(wanted, seed, room)

    def take(self, first: int, n_rows: int, answer: Answer, seed: int) -> bool:
        """False if the answer came too late: the split has another seed."""
        self._n_taken += n_rows
        if isinstance(answer, Counted):
            self._facts.put_counted(first, answer)
            return True
        if isinstance(answer, Sketched):
            self._alike.put_sketched(first, answer)
            return True
        assert isinstance(answer, Looked)
        if seed != self._facts.rule.seed:
            return False
        self._facts.put_looked(first, answer)
        self._issues.put_looked(first, len(answer), answer.issues)
        return True

    @property
    def seed(self) -> int:
        return self._facts.rule.seed

    def say(self, stage: Stage, n_done: int) -> None:
        """Tell listeners of every batch, everyone else a few times a second."""
        self._say(stage, n_done)
        if time.monotonic() - self._told_s > _TELL_EVERY_S:
            self._told_s = time.monotonic()
            self._changed()

    def _say(self, stage: Stage, n_done: int) -> None:
        n_rows, before = len(self._keeper), self.state
        self.state = CheckState(stage, min(n_done, n_rows), n_rows)
        if before is None or before.stage != stage:
            self._changed()
        for listener in list(self._listeners):
            listener(self.state.n_done, n_rows)


class _Sweep:
    """One stage over all rows that it has not come to, by all helpers.

    Each helper has its next batch before it has done the one before, so that it never waits.
    """

    def __init__(self, check: DatasetCheck, stage: Stage) -> None:
        self._check = check
        self._stage = stage
        self._at = 0
        self._n_rows = _FIRST_ROWS[stage]
        self._is_missed = True

    async def run(self, crew: Crew) -> None:
        """Return when no row is open, those edited meanwhile included."""
        while self._is_missed:
            self._at, self._is_missed = 0, False
            try:
                async with asyncio.TaskGroup() as group:
                    for helper in (*crew.helpers, *crew.helpers):
                        group.create_task(self._help(helper))
            except* TunedeskError as failed:
                raise failed.exceptions[0] from None

    async def _help(self, helper: Helper) -> None:
        check, stage = self._check, self._stage
        while (first := await self._next()) >= 0:
            wanted = check.wanted(stage, first, min(self._n_rows, check.fair_share(first)))
            stop = self._at = first + len(wanted)
            seed = check.seed
            rows = range(first, stop)
            answer = await check.ask(helper, check.question(stage), wanted, rows)
            if answer is None or not check.take(first, len(wanted), answer, seed):
                self._is_missed = True
                continue
            self._adapt(len(wanted), helper.took_s)
            check.say(stage, stop)

    async def _next(self) -> int:
        """The next open row, once rows may be looked at; -1 if there is none, or if there are rows
        now that the rules have not seen: they come first."""
        await self._check.until_free()
        if self._stage != "rows" and self._check.next_open("rows", 0) >= 0:
            return -1
        return self._check.next_open(self._stage, self._at)

    def _adapt(self, n_rows: int, took_s: float) -> None:
        wish = n_rows * _WANTED_S[self._stage] / max(took_s, 1e-4)
        self._n_rows = round(min(max(wish, n_rows / 2, 50), 2 * n_rows, _MOST_ROWS))


def _times_too_large(wanted: Wanted, stage: Stage) -> float:
    if wanted.stop:
        return (wanted.stop - array("q", wanted.starts[:8])[0]) / _MOST_STRETCH_BYTES[stage]
    return sum(array("q", wanted.lengths)) / _MOST_BYTES


def _stopped() -> TunedeskError:
    return TunedeskError(
        "check_stopped",
        "The rows are not checked to the end.",
        "The check was stopped before its end.",
        "Check again; it goes on from where it was.",
    )


async def _to_the_end(closing: Coroutine[Any, Any, None]) -> None:
    """Wait for it also when cancelled meanwhile."""
    task = asyncio.create_task(closing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def _look_at_end(passes: asyncio.Task[None]) -> None:
    """An error is told to whoever waits for that part; it is no mystery if nobody does."""
    if not passes.cancelled():
        passes.exception()


async def _try(loading: Awaitable[object]) -> None:
    """Rows are checked without tokens where no vocabulary can be had."""
    with contextlib.suppress(TunedeskError):
        await loading
