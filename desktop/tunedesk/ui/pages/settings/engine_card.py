"""The engine on this computer: how it is, its models, and a way to add one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import ModelInfo
from tunedesk.core.speech import said
from tunedesk.services.providers.local_engine import EngineStatus, LocalEngine
from tunedesk.services.providers.model_shelf import AddedModel, ModelShelf
from tunedesk.ui.files.work_bar import WorkBar
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.settings.add_words import step_words
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.job_words import model_name
from tunedesk.ui.widgets.layout import Card, row
from tunedesk.ui.widgets.notice import Notice
from tunedesk.ui.widgets.text import PlainLabel

_STATE_LOOKS = {"ready": "chip-ok", "starting": "chip", "stopped": "chip"}
_STEPS = 1000


class EngineCard(Card):
    """Follows the engine's state as long as it lives; a folder or a GGUF file can be dropped on
    it."""

    def __init__(
        self,
        engine: LocalEngine,
        shelf: ModelShelf,
        operations: Operations,
        ask: Ask,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent=parent)
        self._engine, self._shelf = engine, shelf
        self._operations, self._ask = operations, ask
        self.state = PlainLabel("", "chip")
        self.detail = PlainLabel("", "second", wrap=True)
        self.models = PlainLabel("", "second", wrap=True)
        self.again = button(self.tr("Start again"), self._start_again)
        self.fetch = button(self.tr("Fetch the model"), self._fetch, look="primary")
        self.add = self._add_button()
        self.stop = button(self.tr("Stop"), shelf.stop, name=self.tr("Stop adding the model"))
        self.work = WorkBar(self.tr("Adding a model"))
        self.outcome = Notice()
        self._arrange()
        self.setAcceptDrops(True)
        self.destroyed.connect(engine.subscribe(self._show))
        self.destroyed.connect(shelf.subscribe(self._show_work))
        self._show(engine.status)
        self._show_work()

    def _add_button(self) -> QPushButton:
        made = button(self.tr("Add a model…"), name=self.tr("Add a model to this computer"))
        menu = QMenu(made)
        menu.addAction(self.tr("A Hugging Face folder…"), self._choose_folder)
        menu.addAction(self.tr("A GGUF file…"), self._choose_file)
        made.setMenu(menu)
        return made

    def _arrange(self) -> None:
        name = PlainLabel(self.tr("On this computer"), "heading")
        self.body.addLayout(row(name, self.state, None, self.fetch, self.again, self.add))
        told = self.tr(
            "Trains and answers here, without a key and without a network. It listens on a private "
            "socket that only you can open, with a new password at each start."
        )
        for part in (self.detail, self.models, PlainLabel(told, "second", wrap=True)):
            self.body.addWidget(part)
        self._work_line = QWidget()
        line = row(self.work, self.stop, spacing=12)
        line.setStretch(0, 1)
        self._work_line.setLayout(line)
        self.body.addWidget(self._work_line)
        self.body.addWidget(self.outcome)

    # -- what there is -------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask_models()

    def _show(self, status: EngineStatus) -> None:
        words = {
            "starting": self.tr("starting"),
            "ready": self.tr("running"),
            "missing": self.tr("not installed"),
            "no_model": self.tr("no model yet"),
            "failed": self.tr("stopped by an error"),
            "stopped": self.tr("stopped"),
        }
        self.state.setText(words.get(status.state, status.state))
        self.state.set_look(_STATE_LOOKS.get(status.state, "chip-error"))
        self.detail.setText(said(status.detail))
        self.detail.setVisible(bool(status.detail))
        self._offer(status)
        self._ask_models()

    def _offer(self, status: EngineStatus) -> None:
        """The buttons that mean something now; one that goes hands the keyboard to its neighbor."""
        can_start = status.state in ("failed", "stopped", "missing", "no_model")
        for part, is_shown in ((self.fetch, status.state == "no_model"), (self.again, can_start)):
            had_focus = part.hasFocus()
            part.setVisible(is_shown)
            if had_focus and not is_shown:
                self.add.setFocus()

    def _ask_models(self) -> None:
        if self.isVisible():
            self._operations.run(self._shelf.here(), owner=self, done=self._show_models)

    def _show_models(self, found: Sequence[ModelInfo]) -> None:
        bases = [model_name(model.id) for model in found if model.kind == "base"]
        n_tuned = sum(model.kind == "tuned" for model in found)
        tuned = self.tr("1 tuned model") if n_tuned == 1 else self.tr("{n} tuned models")
        self.models.setText(" · ".join([", ".join(bases), tuned.format(n=f"{n_tuned:,}")]))
        self.models.setVisible(bool(bases))

    def _start_again(self) -> None:
        self._operations.run(self._engine.start(), owner=self)

    def _fetch(self) -> None:
        self._operations.run(self._engine.start(fetches_model=True), owner=self)

    # -- adding --------------------------------------------------------------------------------

    def _choose_folder(self) -> None:
        self._operations.run(self._folder_chosen(), owner=self)

    async def _folder_chosen(self) -> None:
        folder = await self._ask.open_folder(self.tr("Folder of a Hugging Face model"))
        if folder is not None:
            self.begin(folder)

    def _choose_file(self) -> None:
        self._operations.run(self._file_chosen(), owner=self)

    async def _file_chosen(self) -> None:
        wanted = self.tr("GGUF models (*.gguf)")
        files = await self._ask.open_files(self.tr("GGUF file of a model"), wanted)
        if files:
            self.begin(files[0])

    def begin(self, source: Path) -> None:
        """Check a model and take it over."""
        self.outcome.hide()
        self._operations.run(
            self._shelf.add(source), owner=self, done=self._added, failed=self._refused
        )

    def _show_work(self) -> None:
        progress = self._shelf.progress
        self._work_line.setVisible(progress is not None)
        self.add.setEnabled(progress is None)
        if progress is None:
            self._ask_models()
            return
        self.work.begin(step_words(progress.text))
        if progress.share is not None:
            self.work.at(round(_STEPS * progress.share), _STEPS)

    def _added(self, added: AddedModel) -> None:
        words = self.tr("{name} is ready: it can be tuned, compared and asked.")
        self.outcome.tell(" ".join([words.format(name=added.name), *added.notes]), kind="info")

    def _refused(self, error: TunedeskError) -> None:
        kind = "info" if error.code == "stopped" else "error"
        words = f"{error.title} {error.what} {error.next_step}".strip()
        self.outcome.tell(words, kind="info" if kind == "info" else "error")

    # -- dropping ------------------------------------------------------------------------------

    def _takes(self, event: QDropEvent) -> bool:
        urls = event.mimeData().urls()
        is_taken = len(urls) == 1 and urls[0].isLocalFile() and self.add.isEnabled()
        event.setAccepted(is_taken)
        return is_taken

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._takes(event):
            self.set_look("card-attention")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.set_look("card")

    def dropEvent(self, event: QDropEvent) -> None:
        self.set_look("card")
        if self._takes(event):
            self.begin(Path(event.mimeData().urls()[0].toLocalFile()))
