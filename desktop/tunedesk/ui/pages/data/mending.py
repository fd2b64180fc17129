"""One-click fixes: of one finding at once, of all of a kind after a look at what would change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from tunedesk.core.edits import Edit, SetRow, SetRows
from tunedesk.core.errors import TunedeskError
from tunedesk.core.fixes import Fix, FixError, apply_fix, mend
from tunedesk.core.issues import Issue
from tunedesk.core.validation.rows import check_row
from tunedesk.services.dataset.find_run import Progress, in_thread
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.work.background import Background
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.bulk import Bulk
from tunedesk.ui.pages.data.fix_dialog import FixDialog, Mended
from tunedesk.ui.pages.data.problems import Problems
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.words import counted

_TELL_EVERY = 20


class Mending(QObject):
    """Turns the fixes of the problems list into edits."""

    def __init__(
        self,
        problems: Problems,
        bulk: Bulk,
        push: Callable[[str, Edit], object],
        *,
        operations: Operations,
        ask: Ask,
        theme: Theme,
        memory: Memory,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._page, self._problems, self._bulk, self._push = parent, problems, bulk, push
        self._operations, self._ask, self._theme, self._memory = operations, ask, theme, memory
        self.background: Background | None = None
        self.dialog: FixDialog | None = None
        problems.fix_asked.connect(self.fix)
        problems.fix_all_asked.connect(self.fix_all)

    def fix(self, issue: Issue, fix: Fix) -> None:
        """One finding, at once; undo takes it back."""
        session = self._bulk.session
        if session is None or not 0 < issue.row <= len(session):
            return
        if fix.kind != "text":
            self._do(fix, [issue.row - 1])
            return
        try:
            raw = apply_fix(session.row(issue.row - 1), issue, fix)
        except FixError:
            self._ask.tell(self._does_not_fit())
            return
        self._push(self._problems.words.fix_words(fix), SetRow(index=issue.row - 1, raw=raw))

    def fix_all(self, code: str, fix: Fix) -> None:
        """Show what would change in all rows with such a finding, then do it as one step."""
        session, background = self._bulk.session, self.background
        issues = [i for i in self._problems.issues_of(code) if i.row > 0]
        if session is None or background is None or not issues:
            return
        words = self._problems.words
        title = f"{words.kind(issues[0])}: {words.fix_words(fix)}"
        dialog = self.dialog = FixDialog(
            title,
            operations=self._operations,
            theme=self._theme,
            memory=self._memory,
            parent=self._page.window(),
        )
        version = session.version
        done = words.fix_words(fix)

        async def look(at: Progress) -> Mended:
            everywhere = await session.rows_with(code)
            if everywhere is None:
                return await in_thread(
                    background, lambda tell: _looked_at(session, issues, fix, done, tell), at
                )
            found = session.issues_with(code) if fix.kind == "text" else None
            if found is None:
                return [(index, done.encode()) for index in everywhere]
            return await in_thread(
                background, lambda tell: _mended_all(session, everywhere, found, fix, tell), at
            )

        dialog.apply_asked.connect(lambda rows: self._apply(session, version, fix, rows))
        dialog.finished.connect(dialog.deleteLater)
        dialog.finished.connect(lambda _: setattr(self, "dialog", None))
        dialog.begin(look, session.row)
        dialog.open()

    def _apply(
        self, session: DatasetSession, version: int, fix: Fix, rows: tuple[tuple[int, bytes], ...]
    ) -> None:
        if session is not self._bulk.session or not rows:
            return
        if session.version != version:
            self._ask.tell(self._changed_meanwhile())
            return
        if fix.kind == "text":
            where = counted(len(rows), self.tr("in 1 row"), self.tr("in {n} rows"))
            name = f"{self._problems.words.fix_words(fix)} {where}"
            self._push(name, SetRows(rows))
        else:
            self._do(fix, [index for index, _ in rows])

    def _do(self, fix: Fix, rows: list[int]) -> None:
        if fix.kind == "delete":
            self._bulk.delete(rows)
        else:
            self._bulk.split(rows, fix.kind)

    def _does_not_fit(self) -> TunedeskError:
        return TunedeskError(
            "fix.does_not_fit",
            self.tr("This fix does not fit this row."),
            self.tr("What was meant here cannot be told for sure, so nothing was changed."),
            self.tr("Mend the row by hand, or set it aside."),
        )

    def _changed_meanwhile(self) -> TunedeskError:
        return TunedeskError(
            "fix.outdated",
            self.tr("The rows have changed."),
            self.tr("They are not as they were when this fix was shown, so nothing was changed."),
            self.tr("Begin the fix again: it looks at the rows as they are now."),
        )


def _looked_at(
    session: DatasetSession, issues: Sequence[Issue], fix: Fix, done: str, tell: Progress
) -> Mended:
    """(index, after) of each row that changes; of fixes that change no text, what is done to it.

    Of a kind that the rules of a row alone find: rows with problems that are not listed one by one
    are looked at as well.
    """
    code, listed = issues[0].code, {issue.row - 1: issue for issue in reversed(issues)}
    rows = sorted({*listed, *session.unlisted_rows()})
    made: list[tuple[int, bytes]] = []
    for number, index in enumerate(rows):
        if number % _TELL_EVERY == 0:
            tell(number, len(rows))
        raw, issue = session.row(index), listed.get(index)
        if fix.kind == "text":
            after = mend(raw, code, fix)
            if after != raw:
                made.append((index, after))
        elif issue is not None or any(one.code == code for one in check_row(raw, index + 1)):
            made.append((index, done.encode()))
    return made


def _mended_all(
    session: DatasetSession,
    rows: Sequence[int],
    find: Callable[[], Iterator[Issue]],
    fix: Fix,
    tell: Progress,
) -> list[tuple[int, bytes]]:
    """As `_looked_at`, of a kind that only the whole file shows: each by its own finding."""
    wanted, made = set(rows), list[tuple[int, bytes]]()
    for number, issue in enumerate(find()):
        if number % _TELL_EVERY == 0:
            tell(number, len(rows))
        if (index := issue.row - 1) not in wanted:
            continue
        raw = session.row(index)
        after = mend(raw, issue.code, fix, issue)
        if after != raw:
            made.append((index, after))
    return made
