"""The menu "Export": where to, how far it is, and the way to what was written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.results_types import Pair, ResultsView
from tunedesk.services.compare.vote_export import export_votes
from tunedesk.services.project.folder_names import safe_name
from tunedesk.services.project.project import Project
from tunedesk.services.work.new_file import write_whole
from tunedesk.ui.files.folders import open_place, show_in_folder
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.results.report import Report, report_of
from tunedesk.ui.pages.results.report_html import html_of
from tunedesk.ui.pages.results.report_pdf import pdf_of
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.notice import Notice
from tunedesk.ui.words import date_words

Kind = Literal["html", "pdf", "csv", "json"]


class Shown(NamedTuple):
    """What the page shows, which is what is exported."""

    pair: Pair
    view: ResultsView


class Exporter(QObject):
    """`notice` says all of it; a second export waits until the first is over."""

    def __init__(
        self,
        project: Project,
        operations: Operations,
        ask: Ask,
        notice: Notice,
        shown: Callable[[], Shown | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._project, self._operations, self._ask = project, operations, ask
        self._notice, self._shown = notice, shown
        self._task: asyncio.Task[Path | None] | None = None

    def fill(self, menu: QMenu) -> None:
        kinds: tuple[tuple[Kind, str], ...] = (
            ("html", self.tr("Report as a web page (HTML)…")),
            ("pdf", self.tr("Report as PDF…")),
            ("csv", self.tr("All votes as CSV…")),
            ("json", self.tr("All votes as JSON…")),
        )
        for kind, words in kinds:
            menu.addAction(words, partial(self.export, kind))

    def export(self, kind: Kind) -> None:
        """Ask where to, write, and say so."""
        shown = self._shown()
        if shown is None or (self._task is not None and not self._task.done()):
            return
        self._task = self._operations.run(
            self._export(kind, shown), owner=self, done=self._done, failed=self._failed
        )

    async def _export(self, kind: Kind, shown: Shown) -> Path | None:
        name = safe_name(f"{shown.pair[1].label} results", fallback="results")
        suggested = self._project.folder / f"{name}.{kind}"
        pattern = f"{kind.upper()} (*.{kind})"
        target = await self._ask.save_file(self.tr("Export results"), suggested, pattern)
        if target is None:
            return None
        if not target.suffix:
            target = target.with_suffix(f".{kind}")
        self._notice.tell("", (self.tr("Cancel"), self.cancel), kind="info")
        self._say_progress(target, 0, 1)
        await self._write(kind, shown, target)
        return target

    async def _write(self, kind: Kind, shown: Shown, target: Path) -> None:
        background, progress = self._project.background, partial(self._say_progress, target)
        if kind == "html" or kind == "pdf":
            report = await background.run(self._report, shown)
            if kind == "html":
                data = await background.run(_html, report)
            else:
                data = await pdf_of(report, background, progress)
            await write_whole(background, target, data)
        else:
            await export_votes(self._project, shown.pair, target, kind, progress)

    def _report(self, shown: Shown) -> Report:
        """In any thread."""
        today = datetime.fromtimestamp(self._project.clock() / 1000, UTC).astimezone().date()
        return report_of(shown.view, self._project.name, date_words(today))

    def _say_progress(self, target: Path, n_done: int, n_all: int) -> None:
        words = self.tr("Writing {name}, {percent} %…")
        percent = 100 * n_done // max(n_all, 1)
        self._notice.text.setText(words.format(name=target.name, percent=percent))

    def cancel(self) -> None:
        """Stop; nothing is left of what was begun."""
        if self._task is not None:
            self._task.cancel()
        self._notice.tell(
            self.tr("Cancelled. Nothing was written."),
            (self.tr("Close"), self._notice.hide),
            kind="info",
        )

    def _done(self, target: Path | None) -> None:
        if target is None:
            return
        self._notice.tell(
            self.tr("The results are written to {path}").format(path=target),
            (self.tr("Open"), partial(open_place, target, self._ask)),
            (self.tr("Show in folder"), partial(show_in_folder, target, self._ask)),
            (self.tr("Close"), self._notice.hide),
            kind="info",
        )

    def _failed(self, error: TunedeskError) -> None:
        self._notice.tell(
            f"{error.title} {error.what} {error.next_step}",
            (self.tr("Close"), self._notice.hide),
            kind="error",
        )


def _html(report: Report) -> bytes:
    return html_of(report).encode("utf-8", "replace")
