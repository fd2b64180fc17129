"""Which prompts can be asked when one of the two models has kept answers and nothing else."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from tunedesk.services.compare.comparison import PromptSet
from tunedesk.ui.widgets.notice import Notice
from tunedesk.ui.words import counted


class KeptLine(Notice):
    """Below the header, as long as such a pair is chosen; hidden for any other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)

    def show_set(self, found: PromptSet) -> None:
        if not found.is_kept_alone:
            self.hide()
            return
        self.tell(self._words(found), kind="info")

    def _words(self, found: PromptSet) -> str:
        n, n_skipped = f"{len(found.prompts):,}", f"{found.n_skipped:,}"
        if not found.prompts:
            return self.tr(
                "These two have no kept answer to the same prompt. Choose another model."
            )
        if not found.is_of_test:
            return counted(
                len(found.prompts),
                self.tr("Kept answers: the one prompt that was asked is no test row here."),
                self.tr(
                    "Kept answers: the {n} prompts that were asked. None of them is a test row of "
                    "the open dataset."
                ),
            )
        if not found.n_skipped:
            return counted(
                len(found.prompts),
                self.tr("Kept answers: there is one to the only test prompt."),
                self.tr("Kept answers: there is one to each of the {n} test prompts."),
            )
        words = self.tr(
            "Kept answers: to {n} of {all} test prompts; skipped for want of one: {skipped}."
        )
        n_all = len(found.prompts) + found.n_skipped
        return words.format(n=n, all=f"{n_all:,}", skipped=n_skipped)
