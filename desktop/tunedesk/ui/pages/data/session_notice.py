"""What a person must know about the open file before editing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from tunedesk.services.dataset.session import DatasetSession
from tunedesk.ui.widgets.notice import Action, Kind, Notice
from tunedesk.ui.words import counted


class _News(msgspec.Struct, frozen=True):
    text: str
    kind: Kind = "warning"
    actions: Sequence[Action] = ()


class SessionNotice(Notice):
    """Says the gravest thing first: read-only, changed by others, unprotected edits, stale edits,
    recovered edits. What helps is asked for by signals."""

    reload_asked = Signal()
    difference_asked = Signal()
    copy_asked = Signal()
    recovery_asked = Signal()
    stale_asked = Signal()

    def __init__(self, save: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._save = save
        self._read = ""

    def show_session(self, session: DatasetSession) -> None:
        """Follow the session; what was read and closed does not come back for this file."""
        news = self._news(session)
        if news is None or news.text == self._read:
            self.hide()
        elif news.text != self.text.text() or self.isHidden():
            close = (self.tr("Close"), lambda: self._close(news.text))
            self.tell(news.text, *news.actions, close, kind=news.kind)

    def _close(self, text: str) -> None:
        self._read = text
        self.hide()

    def _news(self, session: DatasetSession) -> _News | None:
        if session.is_changed_outside:
            return self._changed_outside(session)
        if session.read_only_reason:
            copy = (self.tr("Save a copy…"), self.copy_asked.emit)
            return _News(session.read_only_reason, actions=[copy])
        if session.journal_problem is not None:
            text = self.tr(
                "Your latest edits are not protected against a crash: the journal beside the "
                "project cannot be written. Save the file, and make room on the disk."
            )
            return _News(text)
        if session.stale_edits:
            text = counted(
                len(session.stale_edits),
                self.tr(
                    "One unsaved edit of an earlier session does not fit this file any more, "
                    "because another program changed it. It is kept beside the project."
                ),
                self.tr(
                    "{n} unsaved edits of an earlier session do not fit this file any more, "
                    "because another program changed it. They are kept beside the project."
                ),
            )
            return _News(text, actions=[(self.tr("Look at them…"), self.stale_asked.emit)])
        if session.undo_recovery and session.is_dirty:
            save = (self.tr("Save now"), self._save)
            look = (self.tr("Show them…"), self.recovery_asked.emit)
            return _News(self._recovered(len(session.undo_recovery)), "info", [look, save])
        return None

    def _changed_outside(self, session: DatasetSession) -> _News:
        reload = (self.tr("Reload"), self.reload_asked.emit)
        others = [
            (self.tr("Show the difference…"), self.difference_asked.emit),
            (self.tr("Save mine as a copy…"), self.copy_asked.emit),
        ]
        text = self.tr("{name} was changed by another program.").format(name=session.info.path.name)
        if session.is_dirty:
            kept = self.tr("Your edits here are not saved, and saving will not overwrite it.")
            return _News(f"{text} {kept}", actions=[*others, reload])
        return _News(text, actions=[reload, *others])

    def _recovered(self, n_edits: int) -> str:
        if n_edits == 1:
            return self.tr(
                "One earlier edit is not in the file yet. Undo takes it back, saving writes it."
            )
        return self.tr(
            "{n} earlier edits are not in the file yet. Undo takes them back, saving writes them."
        ).format(n=n_edits)
