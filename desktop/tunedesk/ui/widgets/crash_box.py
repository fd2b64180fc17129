"""The box for an error nobody foresaw: it shows, word for word, what a report would hold."""

from __future__ import annotations

import platform

from PySide6.QtCore import QSize, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget

from tunedesk import __version__
from tunedesk.core.crash_report import report_of
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import PlainEdit

_SIZE = QSize(560, 380)


class CrashBox(QDialog):
    """Sends nothing: the report is copied by the person, or not."""

    def __init__(self, title: str, text: str, error: BaseException, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(_SIZE)
        told = self.tr(
            "Nothing was sent. A report needs what stands here and no more: there is no text of "
            "yours in it."
        )
        self.report = PlainEdit()
        self.report.setReadOnly(True)
        self.report.setTabChangesFocus(True)
        self.report.setLineWrapMode(PlainEdit.LineWrapMode.NoWrap)
        self.report.setAccessibleName(self.tr("What a report would hold"))
        self.report.setPlainText(report_of(error, facts()))
        self.copy = button(self.tr("Copy the report"), self._copy)
        self.close_button = button(self.tr("Close"), self.reject, look="primary")
        body = column(
            PlainLabel(title, "heading"),
            PlainLabel(text, wrap=True),
            PlainLabel(told, "second", wrap=True),
            self.report,
            row(self.copy, None, self.close_button),
            spacing=10,
            margins=(20, 18, 20, 16),
        )
        body.setStretch(3, 1)
        self.setLayout(body)
        self.close_button.setFocus()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report.toPlainText())


def facts() -> list[str]:
    """Versions of what may matter."""
    return [
        f"Tunedesk {__version__}",
        f"Python {platform.python_version()}, Qt {qVersion()}",
        f"{platform.system()} {platform.release()} {platform.machine()}, "
        f"{QGuiApplication.platformName()}",
    ]
