"""Saving a curve where the person says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QStandardPaths

from tunedesk.services.train.training import JobView
from tunedesk.ui.pages.train.curve_tools import SaveKind
from tunedesk.ui.widgets.ask import Ask


def _tr(text: str) -> str:
    return QCoreApplication.translate("CurveSaving", text)


class Files(Protocol):
    """As much of a job's files as is used here."""

    async def write(self, path: Path, data: bytes) -> None:
        """Write a file whole or not at all."""

    async def save_result(self, local_id: str, path: Path) -> None:
        """Save the provider's own result file."""


class CurveSaving:
    """Asks for the place once, then writes."""

    def __init__(self, files: Files, ask: Ask) -> None:
        self._files, self._ask = files, ask

    async def save(
        self, kind: SaveKind, view: JobView, content: Callable[[SaveKind], bytes]
    ) -> None:
        """`content` makes what is written. Raises TunedeskError."""
        suffix = ".csv" if kind is SaveKind.RESULT else f".{kind}"
        stem = re.sub(r"[^\w\-. ]", "_", view.record.name).strip(". ") or "curve"
        word = "results" if kind is SaveKind.RESULT else "curve"
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        suggested = Path(folder) / f"{stem}-{word}{suffix}"
        pattern = f"{suffix[1:].upper()} (*{suffix})"
        path = await self._ask.save_file(_tr("Save the curve"), suggested, pattern)
        if path is None:
            return
        if kind is SaveKind.RESULT:
            await self._files.save_result(view.record.local_id, path)
        else:
            await self._files.write(path, content(kind))
