"""What a person must know about the open file before editing it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from tunedesk.services.dataset_session import DatasetSession
from tunedesk.ui.widgets.notice import Notice


class SessionNotice(Notice):
    """Says the gravest thing first: read-only, unprotected edits, lost edits, recovered edits."""

    def __init__(self, save: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._save = save
        self._read = ""

    def show_session(self, session: DatasetSession) -> None:
        """Follow the session; what was read and closed does not come back for this file."""
        text, is_news = self._words(session)
        if not text or text == self._read:
            self.hide()
        elif text != self.text.text() or self.isHidden():
            close = (self.tr("Close"), lambda: self._close(text))
            save = (self.tr("Save now"), self._save)
            self.tell(
                text, *([save] if is_news else []), close, kind="info" if is_news else "warning"
            )

    def _close(self, text: str) -> None:
        self._read = text
        self.hide()

    def _words(self, session: DatasetSession) -> tuple[str, bool]:
        if session.read_only_reason:
            return session.read_only_reason, False
        if session.journal_problem is not None:
            return self.tr(
                "Your latest edits are not protected against a crash: the journal beside the "
                "project cannot be written. Save the file, and make room on the disk."
            ), False
        if session.stale_edits:
            return self.tr(
                "{n} unsaved edits of an earlier session do not fit this file any more, because "
                "another program changed it. They are kept beside the project."
            ).format(n=len(session.stale_edits)), False
        if session.undo_recovery and session.is_dirty:
            return self._recovered(len(session.undo_recovery)), True
        return "", False

    def _recovered(self, n_edits: int) -> str:
        if n_edits == 1:
            return self.tr(
                "One edit of the last session had not been written to the file. It is here again; "
                "saving writes it."
            )
        return self.tr(
            "{n} edits of the last session had not been written to the file. They are here again; "
            "saving writes them."
        ).format(n=n_edits)
