"""The stations of a job as one line of words: ✓ done, ● here, ○ to come, ◆ where it ended."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from tunedesk.ui.pages.train.progress import Progress, Stage
from tunedesk.ui.pages.train.wording import stage_word
from tunedesk.ui.widgets.layout import rule
from tunedesk.ui.widgets.text import PlainLabel


class StageStrip(QWidget):
    """Five labels and the lines between them, changed in place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.labels = {stage: PlainLabel("", "stage") for stage in Stage}
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        for stage, label in self.labels.items():
            if stage:
                box.addWidget(_connector(), 1)
            box.addWidget(label)

    def show_progress(self, progress: Progress, status: str) -> None:
        """Mark the station `progress` stands at; `status` says how it ended, if it did."""
        for stage, label in self.labels.items():
            mark, look = _mark(stage, progress, status)
            label.set_look(look)
            label.setText(f"{mark} {stage_word(stage, progress)}")
        self.setAccessibleName(
            self.tr("Stage {n} of 5: {word}").format(
                n=progress.stage + 1, word=stage_word(progress.stage, progress)
            )
        )


def _mark(stage: Stage, progress: Progress, status: str) -> tuple[str, str]:
    if stage < progress.stage or progress.stage is Stage.READY:
        return "✓", "stage-done"
    if stage > progress.stage:
        return "○", "stage"
    if progress.is_over:
        return ("■", "stage") if status == "cancelled" else ("◆", "stage-failed")
    return "●", "stage-now"


def _connector() -> QFrame:
    line = rule()
    line.setMinimumWidth(6)
    line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return line
