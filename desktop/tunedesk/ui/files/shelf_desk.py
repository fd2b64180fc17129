"""The rail's list of datasets at work: switching, renaming, removing, copying, taking rows."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMenu

from tunedesk.services.project.project import DatasetInfo
from tunedesk.ui.files.context import FileContext
from tunedesk.ui.files.few_words import PATTERNS, rows_words
from tunedesk.ui.files.folders import show_in_folder
from tunedesk.ui.files.guardian import Guardian
from tunedesk.ui.files.importer import Importer
from tunedesk.ui.files.name_dialog import NameDialog, PickDialog
from tunedesk.ui.files.row_moves import RowMoves
from tunedesk.ui.pages.data.row_drag import DraggedRows
from tunedesk.ui.shell.rail_datasets import DatasetLine, RailDatasets
from tunedesk.ui.widgets.ask import finished
from tunedesk.ui.widgets.named_keys import keyed


class ShelfDesk(QObject):
    """Follows the project; `refresh` after datasets came, went or grew."""

    def __init__(
        self,
        context: FileContext,
        rail: RailDatasets,
        importer: Importer,
        guardian: Guardian,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._context, self._rail = context, rail
        self._importer, self._guardian = importer, guardian
        self._known: dict[int, DatasetInfo] = {}
        self._moves = RowMoves(context, self.refresh, self)
        for signal, act in (
            (rail.chosen, self._switch),
            (rail.rename_asked, self._rename),
            (rail.remove_asked, self._remove),
            (rail.menu_asked, self._show_menu),
            (rail.menu_wanted, self._offer_menu),
            (rail.rows_dropped, self._take_dragged),
            (rail.files_dropped, self._take_files),
        ):
            signal.connect(act)
        context.current.changed.connect(self.refresh)
        context.page.rail_note.connect(lambda _text: self._count())

    def refresh(self) -> None:
        """Show the project's datasets as they are now."""
        work = self._context.current.datasets()
        self._context.operations.run(work, owner=self, done=self._show)

    def _show(self, datasets: list[DatasetInfo]) -> None:
        session = self._context.current.session
        self._known = {info.id: info for info in datasets}
        lines = [DatasetLine(info.id, info.name, f"{self._rows_of(info):,}") for info in datasets]
        self._rail.show_lines(lines, session.info.id if session is not None else -1)

    def _rows_of(self, info: DatasetInfo) -> int:
        session = self._context.current.session
        return len(session) if session and session.info.id == info.id else info.n_rows

    def _count(self) -> None:
        """The open dataset's rows, after each edit."""
        session = self._context.current.session
        made = self._rail.lines.get(session.info.id) if session is not None else None
        if session is not None and made is not None:
            made.show_line(made.line._replace(note=f"{len(session):,}"))

    def _run(self, work: object) -> None:
        self._context.operations.run(work, owner=self)  # type: ignore[arg-type]

    # -- one dataset ---------------------------------------------------------------------------

    def _switch(self, dataset_id: int) -> None:
        async def switch() -> None:
            self._context.page.row.commit()
            await self._context.current.open(self._known[dataset_id])
            self._context.show_data()
            self.refresh()

        if dataset_id in self._known:
            self._run(switch())

    def _show_menu(self, dataset_id: int, at: QPoint) -> None:
        menu = self.menu_of(dataset_id)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _offer_menu(self, dataset_id: int, made: list[QMenu]) -> None:
        if dataset_id in self._known:
            made.append(self.menu_of(dataset_id))

    def menu_of(self, dataset_id: int) -> QMenu:
        """What can be done with a dataset."""
        info, menu = self._known[dataset_id], QMenu(self._rail)
        menu.addAction(self.tr("Open"), partial(self._switch, dataset_id))
        menu.addAction(keyed(self.tr("Rename…"), "F2"), partial(self._rename, dataset_id))
        menu.addAction(self.tr("Duplicate"), partial(self._duplicate, dataset_id))
        menu.addAction(self.tr("Add rows of files…"), partial(self._choose_files, dataset_id))
        session = self._context.current.session
        if session is not None and session.info.id == dataset_id:
            menu.addAction(self.tr("Split off the selected rows…"), self.split_off)
            menu.addAction(self.tr("Earlier versions…"), self._guardian.show_backups)
        else:
            menu.addAction(
                self.tr("Move the selected rows here"), partial(self._take_rows, dataset_id)
            )
        menu.addSeparator()
        menu.addAction(
            self.tr("Show in folder"), lambda: show_in_folder(info.path, self._context.ask)
        )
        remove = keyed(self.tr("Remove from the project"), "Del")
        menu.addAction(remove, partial(self._remove, dataset_id))
        return menu

    def _rename(self, dataset_id: int) -> None:
        info = self._known[dataset_id]

        async def rename() -> None:
            title = self.tr("Rename {name}").format(name=info.name)
            name = await self._asked_name(title, info.name, self.tr("Rename"))
            if name and name != info.name:
                await self._context.shelf.rename(info, name)
                await self._renamed(info)

        self._run(rename())

    async def _renamed(self, info: DatasetInfo) -> None:
        session = self._context.current.session
        if session is not None and session.info.id == info.id:
            found = [i for i in await self._context.current.datasets() if i.id == info.id]
            session.info = found[0]
            self._context.page.show_name()
        self.refresh()
        self._context.datasets_changed()

    def _duplicate(self, dataset_id: int) -> None:
        async def duplicate() -> None:
            context = self._context
            made = await context.shelf.duplicate(self._known[dataset_id], context.session)
            context.datasets_changed()
            self.refresh()
            open_it = (self.tr("Open"), lambda: self._switch(made.id))
            context.say(self.tr("{name} is a copy.").format(name=made.name), open_it)

        self._run(duplicate())

    def _remove(self, dataset_id: int) -> None:
        self._run(self._removed(self._known[dataset_id]))

    async def _removed(self, info: DatasetInfo) -> None:
        """The open one gives way to its neighbour first. The file stays where it is."""
        context, session = self._context, self._context.session
        await context.current.release()
        if session is not None and session.info.id == info.id:
            others = [other for other in self._known.values() if other.id != info.id]
            if others:
                await context.current.open(others[-1])
            else:
                await context.current.let_go()
        removed = await context.shelf.remove(info)
        context.datasets_changed()
        self.refresh()

        async def back() -> None:
            await context.shelf.bring_back(removed)
            context.datasets_changed()
            if context.current.session is None:
                await context.current.open(info)
            self.refresh()

        undo = (self.tr("Undo"), lambda: self._run(back()))
        words = self.tr("{name} was removed from the project. Its file stays at {path}.")
        context.say(words.format(name=info.name, path=info.path), undo)

    async def _asked_name(self, title: str, name: str, yes: str) -> str:
        dialog = NameDialog(title, name, yes, self._context.memory, self._context.page.window())
        self.destroyed.connect(dialog.deleteLater)
        await finished(dialog)
        chosen = dialog.chosen
        dialog.deleteLater()
        return chosen

    # -- rows from one to another --------------------------------------------------------------

    def _take_dragged(self, dataset_id: int, dragged: DraggedRows) -> None:
        session = self._context.session
        if session is not None and session.info.id == dragged.dataset_id:
            rows = [row for row in dragged.rows() if row < len(session)]
            if rows and dataset_id != session.info.id:
                self._run(self._moves.move(session, rows, self._known[dataset_id]))

    def _take_rows(self, dataset_id: int) -> None:
        session = self._context.session
        rows = self._context.page.rows.grid.chosen_rows()
        if session is not None and rows and dataset_id != session.info.id:
            self._run(self._moves.move(session, rows, self._known[dataset_id]))

    def _take_files(self, dataset_id: int, names: list[str]) -> None:
        async def take() -> None:
            await self._context.current.open(self._known[dataset_id])
            self._context.show_data()
            await self._importer.take([Path(name) for name in names], adds=True)
            self.refresh()

        self._run(take())

    def _choose_files(self, dataset_id: int) -> None:
        """What files dropped on it do, without a mouse."""

        async def choose() -> None:
            pattern = self.tr("Examples ({patterns})").format(patterns=PATTERNS)
            chosen = await self._context.ask.open_files(self.tr("Add rows of files"), pattern)
            if chosen:
                self._take_files(dataset_id, [str(path) for path in chosen])

        self._run(choose())

    def move_rows(self) -> None:
        """Ask where the selected rows go: the way without a mouse."""
        session = self._context.session
        others = [i for i in self._known.values() if session and i.id != session.info.id]
        if session is None or not self._context.page.rows.grid.chosen_rows():
            return

        async def move() -> None:
            title = self.tr("Move the selected rows to")
            dialog = PickDialog(title, others, self._context.memory, self._context.page.window())
            self.destroyed.connect(dialog.deleteLater)
            await finished(dialog)
            chosen, is_new = dialog.chosen, dialog.is_new
            dialog.deleteLater()
            if is_new:
                self.split_off()
            elif chosen is not None:
                self._take_rows(chosen.id)

        self._run(move())

    def split_off(self) -> None:
        """Move the selected rows into a new dataset."""
        session = self._context.session
        rows = self._context.page.rows.grid.chosen_rows()
        if session is None or not rows:
            self._context.say(self.tr("Select the rows first that are to go into a new dataset."))
            return

        async def split() -> None:
            title = self.tr("New dataset of {rows}").format(rows=rows_words(len(rows)))
            suggested = self.tr("{name} part").format(name=Path(session.info.name).stem)
            name = await self._asked_name(title, suggested, self.tr("Split off"))
            if name:
                made = await self._context.project.new_dataset(name)
                await self._moves.move(session, rows, made)
                self._context.datasets_changed()

        self._run(split())
