"""An open dataset: its rows, what is wrong with them, edits, and the way back to the file."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from tunedesk.core import many
from tunedesk.core.edits import (
    Edit,
    NoteEdit,
    RowChange,
    RowEdit,
    SetRow,
)
from tunedesk.core.errors import TunedeskError
from tunedesk.core.issues import Issue
from tunedesk.core.messages import text_of
from tunedesk.core.rows import Format, RowError, RowSummary, detect_format, messages_of, summarise
from tunedesk.core.tokens import TokenCounter
from tunedesk.services.check.alike_rows import AlikeRows
from tunedesk.services.check.dataset_check import CheckState, DatasetCheck, Depth
from tunedesk.services.check.issue_table import IssueTable
from tunedesk.services.check.later_marks import LaterMarks
from tunedesk.services.check.leak_watch import LeakWatch
from tunedesk.services.check.long_rows import LongRows
from tunedesk.services.check.own_tokens import OwnTokens
from tunedesk.services.check.protocol import Judged, Wanted
from tunedesk.services.check.row_cuts import LengthTarget, RowCuts
from tunedesk.services.check.whole_kinds import WholeKinds
from tunedesk.services.dataset.bulk_edits import Beforehand
from tunedesk.services.dataset.edit_readiness import Readiness
from tunedesk.services.dataset.edited_rows import EditedRows
from tunedesk.services.dataset.find_run import in_thread
from tunedesk.services.dataset.keeper import DatasetKeeper, open_keeper
from tunedesk.services.dataset.outside_watch import OutsideWatch
from tunedesk.services.dataset.row_facts import (
    ERROR,
    NOT_COUNTED,
    STATUSES,
    WARNING,
    RowFacts,
    Sendable,
)
from tunedesk.services.dataset.row_notes import RowNotes
from tunedesk.services.dataset.row_tags import RowTags
from tunedesk.services.dataset.seed_draws import seed_with_some
from tunedesk.services.dataset.sendable_rows import SendableRows
from tunedesk.services.dataset.session_figures import Counts, Marks, RowState, Side, Totals
from tunedesk.services.dataset.splitter import Splitter, key_of_hex
from tunedesk.services.project.project import DatasetInfo, Project
from tunedesk.services.work.subscribers import Subscribers
from tunedesk.store.backups import Backup, Backups
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import DatasetSettings
from tunedesk.store.rows_snapshot import RowsSnapshot
from tunedesk.store.scratch import Scratch

__all__ = ["CheckState", "Counts", "DatasetSession", "Marks", "RowState", "Totals", "open_session"]

Progress = Callable[[int, int], None]
Teller = Callable[[int, int], object]
T = TypeVar("T")

_MAX_SUMMARIES = 4_096
_FORMAT_FROM_ROWS = 20
_FEW_ROWS = 5_000  # with more, no seed puts none in test


class DatasetSession:
    """Made by `open_session`; used on the loop's thread, `close`d by whoever opened it.

    Rows are counted from 0. Reading and editing single rows takes well under a millisecond;
    everything that takes longer is a coroutine.
    """

    def __init__(
        self,
        project: Project,
        info: DatasetInfo,
        keeper: DatasetKeeper,
        facts: RowFacts,
        tags: RowTags,
    ) -> None:
        """`facts` are of as many rows as `keeper` has, of which nothing is known."""
        self.info = info
        self._project = project
        self._keeper = keeper
        self._facts = facts
        self._notes = RowNotes(info.id, self._facts, tags, self._write_ledger)
        self._issues = IssueTable()
        self._marks = LaterMarks(self._facts)
        self._alike = AlikeRows(
            self._facts, self._issues, self._marks, Scratch(project.scratch_folder)
        )
        cuts = RowCuts(self._facts, project.background, keeper.row)
        self._long = LongRows(self._facts, self._issues, self._marks, project.background, cuts)
        self._sendable = SendableRows(
            self._facts, self._marks, cuts, lambda: project.tokens.ready, self._tell_soon
        )
        self._whole_kinds = WholeKinds(self._facts, self._marks, self._alike)
        self._edited = EditedRows(
            keeper,
            self._facts,
            self._notes,
            self._issues,
            self._marks,
            self._alike,
            self._counter,
        )
        self._leak_watch = LeakWatch(self._alike, project.background, self._found_more)
        self._summaries: dict[int, RowSummary] = {}
        self._check = DatasetCheck(
            keeper,
            project,
            self._facts,
            self._issues,
            self._alike,
            self._long,
            self._marks,
            self._found_more,
            self._judged,
        )
        self._beforehand = Beforehand(keeper, self._edited, self._check, project.background)
        self.readiness = Readiness(
            self._facts, self._check.run, project.background, self._beforehand
        )
        self._own_tokens = OwnTokens(keeper.row, project.tokens, project.background)
        self._subscribers: Subscribers[[]] = Subscribers()
        self._outside = OutsideWatch(keeper.is_changed_outside, self._tell_soon)
        self._is_told = False
        self._open_issues: list[Issue] = []
        self._version = 0
        self._loop = asyncio.get_running_loop()
        keeper.on_problem = self._tell_soon
        self.format = self._first_format()
        self.is_checked = False

    # ---- what it is ----------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._keeper)

    @property
    def size_bytes(self) -> int:
        """Size of the file as opened or last saved."""
        return self._keeper.file.size_bytes

    @property
    def is_dirty(self) -> bool:
        """Whether there are edits the file does not have yet (they are in the journal)."""
        return self._keeper.file.is_dirty

    @property
    def is_saving(self) -> bool:
        """Whether the file is being written."""
        return self._keeper.is_saving

    @property
    def saved_at_ms(self) -> int | None:
        """When `save` last wrote the file in this session; None if it did not."""
        at_s = self._keeper.file.saved_at_s
        return None if at_s is None else round(at_s * 1000)

    @property
    def read_only_reason(self) -> str:
        """Why it cannot be edited, "" if it can."""
        return self._keeper.file.read_only_reason

    @property
    def recovered(self) -> list[RowChange]:
        """How the rows differed from the file when edits of an earlier session, never saved, were
        brought back at opening; at most 1,000 rows, [] if there were none."""
        return self._keeper.recovered

    @property
    def undo_recovery(self) -> list[RowEdit]:
        """The edits that, applied in turn right after opening, give the file's own rows again."""
        return self._keeper.undo_recovery

    @property
    def stale_edits(self) -> list[RowEdit]:
        """Unsaved edits that fit no version of this file; they are kept beside the journal."""
        return self._keeper.stale_edits

    @property
    def is_changed_outside(self) -> bool:
        """Whether another program has changed or removed the file, as of the last look."""
        return self._outside.is_changed

    @property
    def journal_problem(self) -> TunedeskError | None:
        """What keeps the latest edits from being protected against a crash, if anything."""
        return self._keeper.problem

    # ---- rows ----------------------------------------------------------------------------------

    def row(self, index: int) -> bytes:
        """The row's own bytes without its line end. Raises IndexError, TunedeskError."""
        return self._keeper.row(index)

    def snapshot(self) -> RowsSnapshot:
        """The rows as they are now, for another thread; to be closed. Raises TunedeskError."""
        return self._keeper.snapshot()

    def summary(self, index: int) -> RowSummary:
        """The row as the table shows it."""
        known = self._summaries.get(index)
        if known is None:
            if len(self._summaries) >= _MAX_SUMMARIES:
                self._summaries.clear()
            known = self._summaries[index] = summarise(self.row(index))
        return known

    def state(self, index: int) -> RowState:
        """The row's marks; a row nobody looked at yet is looked at now, without its tokens, but
        while many rows are edited: then it is "pending"."""
        self._know(index)
        tokens = self._facts.tokens[index]
        return RowState(
            status=STATUSES[self._facts.status[index]],
            tokens=None if tokens == NOT_COUNTED else tokens,
            split=self._facts.side(index) if self._facts.is_known(index) else "train",
        )

    def message_tokens(self, index: int) -> list[int] | None:
        """Tokens of each message's own words; None before the tokeniser is loaded, or where a
        row has no messages."""
        counter = self._project.tokens.ready
        if counter is None:
            return None
        try:
            return [counter.count(text_of(message)) for message in messages_of(self.row(index))]
        except RowError:
            return None

    def rows_of(self, side: Side) -> list[int]:
        """Rows on a side, ascending, those with errors too; of known rows before `check`."""
        return self._facts.rows_of(side)

    def sendable(self, side: Side, reader: LengthTarget | None = None) -> Sendable:
        """What of a side can be sent: its rows without errors, whatever model they are for, but
        for those of which `reader` is taught nothing. Complete after `check` and `know_cuts`."""
        return self._sendable.of(side, reader)

    async def know_cuts(self, reader: LengthTarget | None) -> None:
        """Find out which rows this model cuts, as they are now; `check_state` says how far that
        is. After `check` of the tokens."""
        await self._sendable.know(reader)

    def tags(self, index: int) -> tuple[str, ...]:
        """The row's tags, sorted."""
        self._know(index)
        return self._notes.tags.of(self._facts.keys[index])

    def tags_of(self, rows: Sequence[int]) -> list[tuple[str, ...]]:
        """As `tags`, of several rows."""
        if not self._check.is_held:
            for index in self._facts.pending_of(rows):
                self._look(index)
        return self._notes.tags.of_all(many.taken(self._facts.keys, rows))

    def all_tags(self) -> dict[str, int]:
        """Every tag, with the number of prompts that have it."""
        return self._notes.tags.counts()

    def marks(self) -> Marks:
        """A copy of what is known of every row, to be sorted and counted in another thread."""
        facts = self._facts
        return Marks(facts.status[:], facts.sides[:], facts.tokens[:], facts.trained[:])

    def wanted(self, rows: Sequence[int] | None = None) -> Wanted:
        """These rows, or all, for another process to read. In any thread. Raises IndexError."""
        return self._keeper.wanted(range(len(self)) if rows is None else rows, 0)

    def rows_tagged(self, tag: str) -> list[int]:
        """Rows that have a tag, ascending; those looked at. May be called in another thread."""
        keys = self._notes.tags.keys_with(tag)
        return list(self._facts.rows_asking(keys))

    def rows_asking(self, prompt_digests: Iterable[str]) -> list[int]:
        """Rows that ask one of these prompts, ascending; those looked at. In any thread."""
        return list(self._facts.rows_asking(array("Q", map(key_of_hex, prompt_digests))))

    def rows_with_choice(self) -> list[int]:
        """Rows whose side the person chose, ascending; in any thread."""
        return list(self._facts.rows_with_choice())

    @property
    def split_rule(self) -> DatasetSettings:
        """Seed and share of test, for rows without a choice of their own."""
        return self._facts.rule

    @property
    def lacks_test(self) -> bool:
        """Whether the seed happens to put no row in test, though some were asked for."""
        counts, rule = self.counts(), self.split_rule
        is_possible = counts.train > 1 and len(self) <= _FEW_ROWS and rule.test_share > 0
        return is_possible and not counts.test and self.is_checked

    def other_seed(self) -> int | None:
        """A seed that puts some rows in test, where this one puts none; None if no seed can."""
        chosen = set(self.rows_with_choice())
        free = [row for row in range(len(self)) if row not in chosen]
        return seed_with_some(self.prompt_keys(free), self.split_rule)

    @property
    def target(self) -> LengthTarget | None:
        """The model that the rows are for: longer rows than it reads are findings."""
        return self._long.target

    def set_target(self, target: LengthTarget | None) -> None:
        """The rows are for another model; the next `check` tells which are too long for it."""
        if target != self._long.target:
            self._long.target = target
            self._check.outdate()

    def prompt_keys(self, rows: Sequence[int]) -> array[int]:
        """What these rows ask, as numbers that are equal where prompts are; of known rows."""
        return many.taken(self._facts.keys, rows)

    async def times_own(self, tokenizer: Path) -> float:
        """How many times as many tokens as were counted a model here makes of the rows, by its own
        tokenizer, from a sample; 1 where that is unknown."""
        return await self._own_tokens.times(tokenizer, len(self), self._version)

    @property
    def version(self) -> int:
        """Grows with every edit: the same number, the same rows on the same sides."""
        return self._version

    async def in_thread(self, work: Callable[[Teller], T], progress: Progress | None = None) -> T:
        """As `find_run.in_thread`: long work on the rows, in a thread."""
        return await in_thread(self._project.background, work, progress)

    # ---- findings ------------------------------------------------------------------------------

    def issues(self) -> list[Issue]:
        """Findings by row, those of the whole file (row 0) first; at most 20,000."""
        return self._issues.all()

    def open_issues(self) -> list[Issue]:
        """As `issues`, without rows set aside; the same list as long as nothing changes."""
        issues, aside = self.issues(), self._facts.is_aside
        found = [one for one in issues if one.row == 0 or not aside(one.row - 1)]
        if found != self._open_issues:
            self._open_issues = found
        return self._open_issues

    def unlisted_rows(self) -> array[int]:
        """Rows with problems of which `issues` lists none, those set aside left out; ascending."""
        is_listed = {issue.row - 1 for issue in self.issues()}
        return self._facts.with_problems(besides=is_listed)

    async def rows_with(self, code: str) -> array[int] | None:
        """All rows with a finding that only the whole file shows, listed or not, those set aside
        left out; None for a kind that a row's own rules find. Checks first what is not checked.
        Raises as `check`."""
        if code not in self._whole_kinds:
            return None
        version = -1
        while version != self._version:  # a row may be gone since the check came to its end
            version = self._version
            await self.check()
        return self._whole_kinds.rows(code)

    def issues_with(self, code: str) -> Callable[[], Iterator[Issue]] | None:
        """Makes all findings of a kind in `rows_with` that is mended by its words, to be called in
        a thread; None for others."""
        return self._whole_kinds.issues(code)

    def issues_of(self, index: int) -> list[Issue]:
        """Findings in one row."""
        self._know(index)
        return self._issues.of(index)

    def counts(self) -> Counts:
        """How many rows there are of each kind."""
        by_status, (train, test, aside), left_out = self._facts.tally()
        errors, warnings = (by_status[one] - left_out[one] for one in (ERROR, WARNING))
        return Counts(
            all=len(self),
            train=train,
            test=test,
            aside=aside,
            errors=errors,
            warnings=warnings,
            problems=errors + warnings,
        )

    def totals(self) -> Totals:
        """Sums over the rows whose tokens are counted."""
        return Totals(
            tokens=self._facts.n_tokens,
            longest_tokens=self._facts.longest_tokens,
            trained_tokens=self._facts.n_trained_tokens,
            histogram=self._facts.histogram(),
        )

    @property
    def is_counted(self) -> bool:
        """Whether the tokens of every row are counted."""
        return self._facts.n_counted == len(self)

    @property
    def check_state(self) -> CheckState | None:
        """How far a check that runs has come; None while none runs."""
        n_left, n_rows = self._sendable.n_left, len(self)
        cutting = None if n_left is None else CheckState("tokens", n_rows - n_left, n_rows)
        return self._check.state or cutting

    async def check(self, progress: Progress | None = None, upto: Depth = "all") -> None:
        """Look at every row and at the file as a whole, off this thread.

        `progress(rows done, rows in all)` is called on this thread. Edits made meanwhile are
        taken in: when this returns, everything is checked, or as far as `upto` says; the rest
        follows. Concurrent calls share one pass. Raises TunedeskError if the rows cannot be read
        or checked.
        """
        await self._check.run(progress, upto)
        if upto == "all":
            await self._leak_watch.settled()

    def stop_check(self) -> None:
        """End a check under way; `check` then raises "check_stopped". What was found stays, and
        the next check goes on from there."""
        self._check.stop()

    @property
    def is_check_stopped(self) -> bool:
        """Whether the last check was stopped before its end."""
        return self._check.is_stopped and self._check.state is None

    @property
    def n_leaks(self) -> int:
        """Test rows whose like is in train; known after `check`."""
        return self._alike.n_leaks

    # ---- editing -------------------------------------------------------------------------------

    def apply(self, edit: Edit) -> Edit:
        """Do an edit and return the one that undoes it; the row is looked at at once.

        The journal has it within moments. A split choice or a tag holds for every row with the
        same prompt and goes to the ledger; it stays with a row whose prompt is edited. Raises
        IndexError, ValueError (a line end in a row), and TunedeskError when the dataset can only
        be read.
        """
        inverse = self._beforehand.take(edit) or self._edited.apply(edit)
        if not isinstance(edit, NoteEdit):
            self._check.outdate()
            self._forget_summaries(edit)
        self._leak_watch.look()
        self._version += 1
        self._sendable.outdate()
        self._tell_soon()
        return inverse

    async def save(self) -> None:
        """Write the file, whole or not at all; the version before becomes a backup.

        Rows can be edited meanwhile; the file has what was there when it was begun. Raises
        TunedeskError naming file and cause; the edits are then still here and journalled.
        """
        self._tell_soon()
        try:
            async with self._beforehand.lock:
                await self._keeper.save()
        finally:
            self._tell_soon()

    async def save_copy(self, path: Path) -> None:
        """Write the rows as they are now elsewhere; this dataset stays where it is.

        Raises TunedeskError naming file and cause.
        """
        await self._keeper.save_copy(path)

    async def backups(self) -> list[Backup]:
        """Earlier versions of the file, newest first. Raises TunedeskError."""
        return await self._keeper.all_backups()

    async def restore(self, backup: Backup) -> None:
        """Put an earlier version in the file's place; the present one becomes a backup.

        The rows here are then out of date: close this session and open the dataset again. Unsaved
        edits stay in the journal, as edits of another version. Raises TunedeskError.
        """
        await self._keeper.restore(backup)

    async def look_outside(self) -> None:
        """Look now whether another program has changed the file."""
        await self._outside.look()

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """`callback()` after changes, at most once a turn of the loop; returns what ends it."""
        return self._subscribers.add(callback)

    async def close(self) -> None:
        """Let go of the file; unsaved edits stay in the journal. Closing twice is harmless."""
        self._subscribers.clear()
        await self._outside.close()
        async with self._beforehand.lock:  # what is done beside the window has come to its end
            pass
        await self._check.close()
        await self._leak_watch.close()
        await self._project.background.run(self._alike.close)
        await self._keeper.close()
        n_rows, dataset_id = len(self), self.info.id
        now_ms = self._project.clock()
        await self._project.in_ledger(lambda ledger: ledger.touch(dataset_id, n_rows, now_ms))

    # ---- inner ---------------------------------------------------------------------------------

    def _write_ledger(self, write: Callable[[Ledger], None]) -> None:
        self._keeper.in_background(self._project.in_ledger(write))

    def _forget_summaries(self, edit: RowEdit) -> None:
        if isinstance(edit, SetRow):
            self._summaries.pop(edit.index, None)
        else:
            self._summaries.clear()  # rows have other numbers, or many have other words

    def _know(self, index: int) -> None:
        if not 0 <= index < len(self):
            raise IndexError(index)
        if not self._facts.is_known(index) and not self._check.is_held:
            self._look(index)

    def _look(self, index: int) -> None:
        self._sendable.forget()
        self._edited.look(index)

    def _counter(self) -> TokenCounter | None:
        return self._project.tokens.ready if self.is_checked else None

    def _first_format(self) -> Format:
        for index in range(min(len(self), _FORMAT_FROM_ROWS)):
            found = detect_format(self.row(index))
            if found is not Format.UNKNOWN:
                return found
        return Format.UNKNOWN

    def _found_more(self) -> None:
        self._sendable.forget()
        self._tell_soon()

    def _judged(self, found: Judged) -> None:
        self._whole_kinds.put_judged(found)
        self._sendable.forget()
        self.format = found.format if len(self) else self.format
        self.is_checked = True
        self._tell_soon()

    def _tell_soon(self) -> None:
        if not self._is_told:
            self._is_told = True
            self._loop.call_soon(self._tell)

    def _tell(self) -> None:
        self._is_told = False
        self._subscribers.tell()


async def open_session(project: Project, info: DatasetInfo) -> DatasetSession:
    """Open a dataset and bring back edits that an earlier session did not save.

    Raises TunedeskError, naming file and cause, if the file cannot be opened. A file another
    window has open comes with a `read_only_reason`.
    """

    def read(ledger: Ledger) -> tuple[Splitter, RowTags]:
        splitter = Splitter(ledger.dataset_settings(info.id), ledger.split_overrides(info.id))
        return splitter, RowTags(ledger.row_tags(info.id))

    splitter, tags = await project.in_ledger(read)
    journal = project.folder / "journal" / f"{info.id}.journal"
    backups = Backups(project.folder / "backups" / str(info.id))
    keeper = await open_keeper(project.background.lane("dataset"), info.path, journal, backups)
    facts = await project.background.run(RowFacts, len(keeper), splitter)  # 10 ms of a million rows
    return DatasetSession(project, info, keeper, facts, tags)
