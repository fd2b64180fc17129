"""Check my installation: engine, keyring, fonts, disk, each with what to do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tunedesk.services.project.self_check import Finding, SelfCheck
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.settings.check_words import finding_words, subject_words
from tunedesk.ui.theme.fonts import can_draw_thai
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, column, row
from tunedesk.ui.widgets.text import PlainLabel


class CheckCard(Card):
    """A button; below it, after it was pressed, what was found."""

    def __init__(
        self, check: SelfCheck, operations: Operations, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent=parent)
        self._check, self._operations = check, operations
        self._findings: list[Finding] = []
        self.go = button(self.tr("Check my installation"), self._go)
        self.copy = button(self.tr("Copy"), self._copy, name=self.tr("Copy what was found"))
        self.copy.hide()
        self.body.addLayout(row(PlainLabel(self.tr("Is all in order?"), "heading"), None))
        told = self.tr("Tries the engine, the keyring, the fonts and the disk. Nothing is sent.")
        self.body.addWidget(PlainLabel(told, "second", wrap=True))
        self.body.addLayout(row(self.go, self.copy, None))
        self._list: QVBoxLayout = column(spacing=10)
        self.body.addLayout(self._list)

    def _go(self) -> None:
        self.go.setEnabled(False)
        self.go.setText(self.tr("Checking…"))
        self._operations.run(self._check.look(), owner=self, done=self._show)

    def _show(self, found: Sequence[Finding]) -> None:
        self._findings = [*found, fonts_now()]
        self.go.setEnabled(True)
        self.go.setText(self.tr("Check again"))
        self.go.setAccessibleName(self.go.text())
        self.go.setFocus()
        self.copy.show()
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for finding in self._findings:
            self._list.addWidget(self._line(finding))

    def _line(self, finding: Finding) -> QWidget:
        word = self.tr("in order") if finding.is_good else self.tr("look at this")
        chip = PlainLabel(word, "chip-ok" if finding.is_good else "chip-warning")
        told = PlainLabel(finding_words(finding), "second", wrap=True)
        line = QWidget()
        name = PlainLabel(subject_words(finding), "strong")
        line.setLayout(column(row(name, chip, None, spacing=8), told, spacing=2))
        line.setAccessibleName(_sentence(finding, word))
        return line

    def _copy(self) -> None:
        words = {True: self.tr("in order"), False: self.tr("look at this")}
        lines = [_sentence(finding, words[finding.is_good]) for finding in self._findings]
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")


def fonts_now() -> Finding:
    """Whether Thai can be drawn: the letters that a bare system most often lacks."""
    is_good = can_draw_thai()
    return Finding(subject="fonts", state="" if is_good else "missing", is_good=is_good)


def _sentence(finding: Finding, word: str) -> str:
    return f"{subject_words(finding)}: {word}. {finding_words(finding)}"
