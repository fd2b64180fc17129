"""Nothing is lost silently: recovered edits, files changed by others, earlier versions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from tunedesk.core.edits import (
    InsertRow,
    InsertRows,
    RowChange,
    RowEdit,
    SetRow,
    SetRows,
)
from tunedesk.services.dataset.file_differences import Backup, Difference, compare
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.ui.files.backups_dialog import BackupsDialog, difference_words, when
from tunedesk.ui.files.changes_dialog import Answer, ChangesDialog
from tunedesk.ui.files.context import FileContext
from tunedesk.ui.files.few_words import rows_words
from tunedesk.ui.files.row_text import readable


class Guardian(QObject):
    """Asks by itself after a crash, once for each dataset; at other times the notice has a button.

    Edits that were left unsaved at an orderly end come back without a question.
    """

    def __init__(self, context: FileContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        notice = context.page.notice
        notice.recovery_asked.connect(self.show_recovery)
        notice.stale_asked.connect(self.show_stale)
        notice.difference_asked.connect(self.show_difference)
        notice.reload_asked.connect(self.reload)
        notice.copy_asked.connect(self.save_copy)
        context.current.changed.connect(self._opened)

    def _opened(self) -> None:
        session = self._context.current.session
        if session is None or not self._context.is_after_crash(session.info.path):
            return
        if session.recovered and session.is_dirty:
            self.show_recovery()

    def _ask(
        self,
        title: str,
        lead: str,
        changes: Sequence[RowChange],
        answers: Sequence[Answer],
        then: Callable[[str], object],
    ) -> ChangesDialog:
        """Show the window; `then(code)` when it is closed, with "" for no answer."""
        context = self._context
        dialog = ChangesDialog(
            title,
            lead,
            changes,
            answers,
            background=context.background,
            operations=context.operations,
            memory=context.memory,
            theme=context.theme,
            parent=context.page.window(),
        )
        self.destroyed.connect(dialog.deleteLater)
        dialog.finished.connect(lambda _code: then(dialog.answer))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    # -- after a crash -------------------------------------------------------------------------

    def show_recovery(self) -> None:
        """What the last session did and did not save: kept, saved, or undone in one step."""
        session = self._context.session
        if session is None:
            return
        lead = self.tr(
            "The last session ended before {name} was saved. Its edits are here again; not as in "
            "the file: {rows}."
        ).format(name=session.info.name, rows=rows_words(len(session.recovered)))
        discard = ("discard", self.tr("Discard"), "danger")
        answers: list[Answer] = [
            *([discard] if session.version == 0 else []),
            ("save", self.tr("Keep and save"), "plain"),
            ("keep", self.tr("Keep them"), "primary"),
        ]
        title = self.tr("Edits that were not saved")
        self._ask(title, lead, session.recovered, answers, partial(self._settle, session))

    def _settle(self, session: DatasetSession, answer: str) -> None:
        if session is not self._context.current.session:
            return
        if answer == "save":
            self._context.page.save()
        elif answer == "discard" and session.version == 0:
            self._context.push(self.tr("discard recovered edits"), *session.undo_recovery)
            again = (self.tr("Undo"), self._context.page.undo.undo)
            self._context.say(self.tr("The recovered edits were discarded."), again)

    def show_stale(self) -> None:
        """Edits that fit no version of the file: their texts, to copy or to put in as rows."""
        session = self._context.session
        if session is None:
            return
        rows = texts_of(session.stale_edits)
        changes = [RowChange(index=None, before=None, after=raw) for raw in rows]
        lead = self.tr(
            "These rows were edited in an earlier session and never saved; the file has changed "
            "since. {rows} of text were kept."
        ).format(rows=rows_words(len(rows)))
        answers: list[Answer] = [
            ("copy", self.tr("Copy the texts"), "plain"),
            ("insert", self.tr("Put them in as new rows"), "plain"),
            ("close", self.tr("Close"), "primary"),
        ]
        title = self.tr("Edits that do not fit")
        self._ask(title, lead, changes, answers, partial(self._rescue, session, rows))

    def _rescue(self, session: DatasetSession, rows: list[bytes], answer: str) -> None:
        if answer == "copy":
            joined = "\n\n".join(readable(raw) for raw in rows)
            QGuiApplication.clipboard().setText(joined)
        elif answer == "insert" and rows and session is self._context.current.session:
            at = len(session)
            edit = InsertRows(tuple((at + i, raw, None) for i, raw in enumerate(rows)))
            self._context.push(self.tr("put rescued rows in"), edit)

    # -- changed by another program ------------------------------------------------------------

    def reload(self) -> None:
        """The file as it is now; unsaved edits are asked about, and kept beside the project."""
        self._context.operations.run(self._reload(), owner=self)

    async def _reload(self) -> None:
        session = self._context.session
        if session is not None and session.is_dirty:
            text = self.tr(
                "Your unsaved edits do not fit the changed file. They are kept beside the project, "
                "and their texts can be put in as new rows."
            )
            if not await self._context.ask.confirm(
                self.tr("Reload {name}?").format(name=session.info.name), text, self.tr("Reload")
            ):
                return
        await self._context.current.reload()

    def show_difference(self) -> None:
        """What the other program did to the rows."""
        session = self._context.session
        if session is None:
            return
        answers: list[Answer] = [
            ("copy", self.tr("Save mine as a copy…"), "plain"),
            ("reload", self.tr("Reload"), "plain"),
            ("close", self.tr("Close"), "primary"),
        ]
        acts = {"copy": self.save_copy, "reload": self.reload}
        title = self.tr("{name} was changed").format(name=session.info.path.name)
        dialog = self._ask(title, "", [], answers, lambda code: acts.get(code, _nothing)())
        dialog.begin()

        def show(found: Difference) -> None:
            lead = self.tr("From the rows here to those in the file: {words}")
            dialog.show_found(lead.format(words=difference_words(found)), found.changes)

        work = compare(
            self._context.background, session.snapshot(), session.info.path, dialog.work.at
        )
        self._context.operations.run(work, owner=dialog, done=show, failed=dialog.fail)

    def save_copy(self) -> None:
        """The rows as they are here, in another file."""
        session = self._context.session
        if session is not None:
            self._context.operations.run(self._copy(session), owner=self)

    async def _copy(self, session: DatasetSession) -> None:
        path = session.info.path
        suggested = path.with_name(f"{path.stem}-mine.jsonl")
        title = self.tr("Save mine as a copy")
        target = await self._context.ask.save_file(title, suggested, "JSONL (*.jsonl)")
        if target is not None:
            await session.save_copy(target)
            said = self.tr("{rows} written to {path}.")
            self._context.say(said.format(rows=rows_words(len(session)), path=target))

    # -- earlier versions ----------------------------------------------------------------------

    def show_backups(self) -> None:
        """The window with earlier versions of the open dataset."""
        session = self._context.session
        if session is not None:
            self._context.operations.run(self._backups(session), owner=self)

    async def _backups(self, session: DatasetSession) -> None:
        context = self._context
        dialog = BackupsDialog(
            session.info.name,
            await session.backups(),
            now=session.snapshot,
            background=context.background,
            operations=context.operations,
            memory=context.memory,
            theme=context.theme,
            parent=context.page.window(),
        )
        self.destroyed.connect(dialog.deleteLater)
        dialog.finished.connect(lambda _code: self._chosen(session, dialog.restore))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _chosen(self, session: DatasetSession, backup: Backup | None) -> None:
        if backup is not None and session is self._context.current.session:
            self._context.operations.run(self._restore(session, backup), owner=self)

    async def _restore(self, session: DatasetSession, backup: Backup) -> None:
        context = self._context
        text = self.tr(
            "The version of {time} takes the place of {name}. The present one is kept as a backup."
        ).format(time=when(backup.at_ms), name=session.info.path.name)
        if session.is_dirty:
            text += " " + self.tr("Edits that are not saved will not be in it.")
        if await context.ask.confirm(self.tr("Restore this version?"), text, self.tr("Restore")):
            await session.restore(backup)
            await context.current.reload()


def _nothing() -> None:
    """The window was closed."""


def texts_of(edits: Sequence[RowEdit]) -> list[bytes]:
    """The rows that edits wrote, the last text of each place once, in order."""
    found: dict[bytes, None] = {}
    for edit in edits:
        match edit:
            case SetRow() | InsertRow():
                found[edit.raw] = None
            case SetRows():
                found |= dict.fromkeys(raw for _, raw in edit.rows)
            case InsertRows():
                found |= dict.fromkeys(raw for _, raw, _ in edit.rows)
    return list(found)
