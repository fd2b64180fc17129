"""What every part that works with files is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tunedesk.core.edits import Edit
from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.project.project import Project
from tunedesk.services.project.shelf import Shelf
from tunedesk.services.work.background import Background
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.page import DataPage
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.notice import Action, Kind, Notice


@dataclass(frozen=True, kw_only=True)
class FileContext:
    """Made once for each open project.

    `is_after_crash(path)`: the dataset is opened for the first time since the app last died.
    """

    project: Project
    shelf: Shelf
    current: CurrentDataset
    page: DataPage
    said: Notice
    background: Background
    operations: Operations
    ask: Ask
    memory: Memory
    theme: Theme
    show_data: Callable[[], object]
    datasets_changed: Callable[[], object]
    is_after_crash: Callable[[Path], bool]

    @property
    def session(self) -> DatasetSession | None:
        """The open dataset, with what is being typed taken in."""
        self.page.row.commit()
        return self.current.session

    def tell(self, error: TunedeskError) -> None:
        """Show an error without waiting."""
        self.ask.tell(error)

    def say(self, text: str, *actions: Action, kind: Kind = "info") -> None:
        """A sentence above the rows, until it is closed or another one comes."""
        close = (self.said.tr("Close"), self.said.hide)
        self.said.tell(text, *(self._closing(action) for action in actions), close, kind=kind)

    def _closing(self, action: Action) -> Action:
        words, act = action

        def close_and_act() -> None:
            self.said.hide()
            act()

        return words, close_and_act

    def push(self, name: str, *edits: Edit) -> None:
        """Do edits as one step that can be undone."""
        undo = self.page.undo
        if len(edits) == 1:
            self.page.push(name, edits[0])
            return
        undo.beginMacro(name)
        for edit in edits:
            self.page.push(name, edit)
        undo.endMacro()


def parent_of(paths: list[Path]) -> Path:
    """What several dropped things are called together: the folder they are from."""
    return paths[0] if len(paths) == 1 else paths[0].parent
