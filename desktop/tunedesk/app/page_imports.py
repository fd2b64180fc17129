"""The pages' modules, imported on the window's own thread, a few at a time.

Never in a thread beside it: while PySide makes a class of widgets there, the process dies if the
window's thread is busy with classes of Qt's, too (2 of 180 starts did). What knows nothing of Qt is
imported in a thread before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib import import_module

from tunedesk.services.work.background import Background

_WITHOUT_QT = (
    "tunedesk.services.compare.comparison",
    "tunedesk.services.guide.guide",
    "tunedesk.services.rescue.again",
    "tunedesk.services.rescue.keeping",
)
_PROJECT = (
    "tunedesk.ui.pages.data.grid",
    "tunedesk.ui.pages.data.rows_panel",
    "tunedesk.ui.pages.data.kept_views",
    "tunedesk.ui.pages.data.preview_table",
    "tunedesk.ui.pages.data.mending",
    "tunedesk.ui.pages.data.row_panel",
    "tunedesk.ui.pages.data.page",
    "tunedesk.ui.files.words",
    "tunedesk.ui.files.exporter",
    "tunedesk.ui.files.desk",
    "tunedesk.app.project_desk",
)
_OTHERS = (
    "tunedesk.ui.pages.chat.pane",
    "tunedesk.ui.pages.chat.page",
    "tunedesk.ui.pages.compare.page",
    "tunedesk.ui.pages.guide.page",
    "tunedesk.ui.pages.models.page",
    "tunedesk.ui.pages.new_fine_tune.page",
    "tunedesk.ui.pages.rescue.page",
    "tunedesk.ui.pages.results.page",
    "tunedesk.ui.pages.train.page",
    "tunedesk.app.other_pages",
)


async def import_project_pages(background: Background) -> None:
    """What a project's Data page stands on; a tenth of a second in all."""
    await background.run(_import_all, _WITHOUT_QT)
    await _import_by_parts(_PROJECT)


async def import_other_pages() -> None:
    """What the pages beside Data stand on."""
    await _import_by_parts(_OTHERS)


async def _import_by_parts(modules: Sequence[str]) -> None:
    for name in modules:
        import_module(name)
        await asyncio.sleep(0)


def _import_all(modules: Sequence[str]) -> None:
    for name in modules:
        import_module(name)
