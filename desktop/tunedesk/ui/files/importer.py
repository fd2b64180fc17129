"""Files and folders that a person opens or drops become datasets or rows of the project."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject

from tunedesk.core.edits import InsertRows
from tunedesk.core.errors import TunedeskError
from tunedesk.core.formats.looking import Action
from tunedesk.core.rows import Format
from tunedesk.services.transfer.import_types import ImportPlan, ImportReport
from tunedesk.services.transfer.importing import Importing
from tunedesk.services.transfer.taking_in import TakingIn
from tunedesk.ui.files.context import FileContext, parent_of
from tunedesk.ui.files.few_words import PATTERNS, rows_words
from tunedesk.ui.files.import_dialog import ImportDialog
from tunedesk.ui.files.import_types import ImportDone, ImportWish, OpenTarget
from tunedesk.ui.files.unusable import is_hopeless, no_examples
from tunedesk.ui.files.unused_dialog import UnusedDialog
from tunedesk.ui.widgets.ask import finished


class Importer(QObject):
    """One import at a time has the window; others wait for it."""

    def __init__(self, context: FileContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._importing = Importing(context.background)
        self._taking = TakingIn(context.background, self._importing, context.shelf.folder)
        self._turn = asyncio.Lock()

    def choose(self) -> None:
        """Ask for files and take them in."""

        async def ask() -> None:
            pattern = self.tr("Examples ({patterns})").format(patterns=PATTERNS)
            chosen = await self._context.ask.open_files(self.tr("Import"), pattern)
            if chosen:
                await self.take(chosen)

        self._context.operations.run(ask(), owner=self)

    def choose_folder(self) -> None:
        """Ask for a folder and take in what is in it."""

        async def ask() -> None:
            chosen = await self._context.ask.open_folder(self.tr("Import a folder"))
            if chosen is not None:
                await self.take([chosen])

        self._context.operations.run(ask(), owner=self)

    async def take(self, paths: list[Path], *, adds: bool = False) -> None:
        """Open what is a dataset as it is; ask about everything else. `adds`: to the open one.

        Files that cannot be read are told, and the others taken.
        """
        async with self._turn:
            plans: list[ImportPlan] = []
            for path in paths:
                try:
                    plan = await self._importing.look(path)
                    if is_dataset(plan) and not adds:
                        await self._open(path)
                    else:
                        plans.append(plan)
                except TunedeskError as error:
                    self._context.tell(error)
            if not plans:
                return
            plan = joined(plans)
            if is_hopeless(plan):
                self._context.tell(no_examples(plan))
            else:
                await self._ask_about(plan, adds=adds)

    async def _open(self, path: Path) -> None:
        await self._context.current.add(path)
        self._context.show_data()
        self._context.datasets_changed()

    async def _ask_about(self, plan: ImportPlan, *, adds: bool) -> None:
        context = self._context
        dialog = ImportDialog(
            plan,
            importing=self._importing,
            work=self._work,
            target=self._target(),
            operations=context.operations,
            memory=context.memory,
            theme=context.theme,
            parent=context.page.window(),
        )
        self.destroyed.connect(dialog.deleteLater)
        dialog.adds.setChecked(adds and dialog.adds.isVisibleTo(dialog))
        await finished(dialog)
        done = dialog.done_work
        dialog.deleteLater()
        if done is not None:
            await self._take_over(done)

    def _target(self) -> OpenTarget | None:
        session = self._context.session
        if session is None or session.read_only_reason:
            return None
        return OpenTarget(name=session.info.name, format=session.format)

    async def _work(self, wish: ImportWish, progress: Callable[[int, int], object]) -> ImportDone:
        if not wish.adds:
            report = await self._taking.as_datasets(wish.plan, wish.name, progress)
            return ImportDone(wish=wish, report=report)
        session = self._context.session
        wanted = session.format if session is not None else Format.UNKNOWN
        taken = await self._taking.as_rows(wish.plan, wanted, progress)
        return ImportDone(wish=wish, report=taken.report, rows=taken.rows, n_other=taken.n_other)

    # -- afterwards ----------------------------------------------------------------------------

    async def _take_over(self, done: ImportDone) -> None:
        self._context.show_data()
        if done.wish.adds:
            self._add(done)
            return
        datasets = sorted(done.report.datasets, key=lambda found: -found.n_rows)
        for found in reversed(datasets):  # the largest comes last and stays open
            await self._context.current.add(found.path)
        self._context.datasets_changed()
        parts = [
            self.tr("{rows} in {name}").format(rows=rows_words(found.n_rows), name=found.path.name)
            for found in datasets
        ]
        self._say("; ".join(parts) or self.tr("Nothing was imported"), done.report)

    def _add(self, done: ImportDone) -> None:
        session = self._context.session
        if session is None:
            return
        if done.rows:
            at = len(session)
            rows = tuple((at + i, raw, None) for i, raw in enumerate(done.rows))
            words = self.tr("add {rows}").format(rows=rows_words(len(rows)))
            self._context.push(words, InsertRows(rows))
        said = self.tr("{rows} added to {name}").format(
            rows=rows_words(len(done.rows)), name=session.info.name
        )
        if done.n_other:
            other = self.tr("{rows} of another kind were left out")
            said = f"{said}; {other.format(rows=rows_words(done.n_other))}"
        self._say(said, done.report)

    def _say(self, said: str, report: ImportReport) -> None:
        """ "1,204 rows in marv.jsonl; 3 could not be read: show"."""
        n_unused = sum(file.n_unrecognised for file in report.files)
        if not n_unused:
            self._context.say(f"{said}.")
            return
        unused = self.tr("{rows} could not be read").format(rows=rows_words(n_unused))
        show = (self.tr("Show them"), lambda: self._show_unused(report.unrecognised))
        self._context.say(f"{said}; {unused}.", show, kind="warning")

    def _show_unused(self, paths: list[Path]) -> None:
        context = self._context
        dialog = UnusedDialog(
            paths,
            background=context.background,
            operations=context.operations,
            memory=context.memory,
            parent=context.page.window(),
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def is_dataset(plan: ImportPlan) -> bool:
    """Whether it is one file that opens as it is: JSONL of one kind, broken lines included."""
    if len(plan.files) != 1 or plan.source != plan.files[0].path:
        return False
    file = plan.files[0]
    if file.look.action is Action.OPEN:
        return True
    # Broken throughout, it is mended in the editor.
    return file.look.action is Action.NOTHING and file.path.suffix.lower() == ".jsonl"


def joined(plans: list[ImportPlan]) -> ImportPlan:
    """Several things that were dropped together, as one import."""
    if len(plans) == 1:
        return plans[0]
    files = [file for plan in plans for file in plan.files]
    notes = [note for plan in plans for note in plan.notes]
    source = parent_of([plan.source for plan in plans])
    return msgspec.structs.replace(plans[0], source=source, files=files, notes=notes, merges=False)
