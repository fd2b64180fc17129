"""The files of a provider: listed with their use, deleted after it was said what is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import Desks, control
from tests.support.fake_provider import FakeProvider, refusal
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_ask import ScriptedAsk
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import FileInfo
from tunedesk.providers.profiles import Profile
from tunedesk.services.providers.files import FileUse, Place, ProviderFile
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.provider_files.files_model import Column
from tunedesk.ui.pages.provider_files.page import ProviderFilesPage
from tunedesk.ui.theme import Theme

_LEFT = Qt.MouseButton.LeftButton
NOW_MS = 1_795_000_000_000
DIGEST = "ab12" * 16


def file(file_id: str, *uses: FileUse, **more: object) -> ProviderFile:
    values: dict[str, object] = {"filename": f"{file_id}.jsonl", "size_bytes": 412_000}
    info = FileInfo(id=file_id, purpose="fine-tune", **values)  # type: ignore[arg-type]
    usual: dict[str, object] = {"age_ms": 60_000, "snapshot": None} | more
    return ProviderFile(info=info, used_by=uses, **usual)  # type: ignore[arg-type]


OURS = file(
    "file-1",
    FileUse(name="marv", is_active=True, is_ours=True),
    snapshot=DIGEST,
    age_ms=None,
    dataset="marv.jsonl",
)
THEIRS = file(
    "file-2",
    FileUse(name="ftjob-x", is_active=False, part="result"),
    FileUse(name="marv", is_active=False, is_ours=True, part="test"),
)


class Scripted:
    """What the service would say; `hold` keeps an answer back until it is set."""

    def __init__(self) -> None:
        self.files: dict[str, list[ProviderFile] | TunedeskError] = {"a": [OURS, THEIRS], "b": []}
        self.deleted: list[tuple[str, str]] = []
        self.refusal: TunedeskError | None = None
        self.hold: dict[str, asyncio.Event] = {}

    def places(self) -> list[Place]:
        return [Place(id="a", name="Provider A"), Place(id="b", name="Provider B")]

    async def list(self, provider_id: str) -> list[ProviderFile]:
        if provider_id in self.hold:
            await self.hold[provider_id].wait()
        found = self.files[provider_id]
        if isinstance(found, TunedeskError):
            raise found
        return list(found)

    async def delete(self, provider_id: str, file_id: str) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.deleted.append((provider_id, file_id))
        self.files["a"] = [THEIRS]


class Bench:
    def __init__(
        self, page: ProviderFilesPage, files: Scripted, ask: ScriptedAsk, loop: GuiLoop
    ) -> None:
        self.page, self.files, self.ask, self.loop = page, files, ask, loop

    def line(self, number: int) -> list[str]:
        return [str(self.page.lines.index(number, column).data()) for column in Column]

    def click(self, qtbot: QtBot, line: int, column: Column) -> None:
        table = self.page.table
        place = table.visualRect(self.page.lines.index(line, column)).center()
        qtbot.mouseClick(table.viewport(), _LEFT, pos=place)


@pytest.fixture
def bench(qtbot: QtBot, gui_loop: GuiLoop, operations: Operations, theme: Theme) -> Bench:
    files, ask = Scripted(), ScriptedAsk()
    page = ProviderFilesPage(
        files=files,  # type: ignore[arg-type]
        operations=operations,
        ask=ask,
        theme=theme,
        now_ms=lambda: NOW_MS,
    )
    qtbot.addWidget(page)
    page.resize(816, 640)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    page.on_enter("a")
    page.first_focus().setFocus()
    gui_loop.settle(lambda: page.lines.rowCount() == 2)
    return Bench(page, files, ask, gui_loop)


def test_each_file_says_what_it_is_for_and_who_uses_it(bench: Bench) -> None:
    assert bench.line(0) == [
        "file-1.jsonl",
        "fine-tune",
        "412 kB",
        "unknown",
        "marv.jsonl · marv, running (train)",
        "ab12ab12ab12",
        "Delete…",
    ]
    assert bench.line(1)[3:6] == ["today", "marv (test), ftjob-x (result)", "unknown"]
    assert bench.page.told.text() == "2 files, 824 kB"


def test_deleting_says_what_is_lost_and_asks_again(qtbot: QtBot, bench: Bench) -> None:
    bench.click(qtbot, 0, Column.ACT)
    bench.loop.settle(lambda: bench.page.lines.rowCount() == 1)
    ((title, text),) = bench.ask.questions
    assert title == "Delete file-1.jsonl?"
    assert "deleted at Provider A and cannot be brought back" in text
    assert "A job that has not ended reads it" in text
    assert "This project keeps the same bytes" in text
    assert bench.files.deleted == [("a", "file-1")]
    assert bench.page.told.text() == "1 file, 412 kB"


def test_by_key_a_no_leaves_it_there(qtbot: QtBot, bench: Bench) -> None:
    bench.ask.says = False
    qtbot.keyClick(bench.page.table, Qt.Key.Key_Down)
    qtbot.keyClick(bench.page.table, Qt.Key.Key_Delete)
    bench.loop.settle(lambda: bench.ask.questions)
    bench.loop.turn()
    ((_title, text),) = bench.ask.questions
    assert "It holds a job's results" in text and "This project has no copy" in text
    assert bench.files.deleted == []
    menu = bench.page.menu_of(THEIRS)
    assert [action.text() for action in menu.actions()] == ["Copy its id", "Delete…\tDel"]
    menu.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == "file-2"
    menu.deleteLater()


def test_a_refusal_is_told_and_the_list_is_asked_for_again(qtbot: QtBot, bench: Bench) -> None:
    bench.files.refusal = TunedeskError("forbidden", "Not yours.", "No right.", "Ask the owner.")
    bench.click(qtbot, 0, Column.ACT)
    bench.loop.settle(lambda: bench.ask.told)
    bench.loop.settle(lambda: bench.page.told.text() == "2 files, 824 kB")


def test_nothing_there_and_no_answer_are_said(qtbot: QtBot, bench: Bench) -> None:
    page = bench.page
    page.on_enter("b")
    bench.loop.settle(lambda: page.empty.isVisible())
    assert page.empty.text().startswith("No files at Provider B.")
    bench.files.files["b"] = TunedeskError("not_found", "No such thing.", "404.", "Look at it.")
    qtbot.mouseClick(control(page, "Ask again"), _LEFT)
    bench.loop.settle(lambda: page.problem.isVisible())
    assert page.problem.text.text() == "No such thing. 404. Look at it."
    assert page.empty.text() == "What lies at Provider B is not known."
    assert page.told.text() == ""


def test_a_late_answer_about_another_provider_is_dropped(bench: Bench) -> None:
    page = bench.page
    held = bench.files.hold["a"] = asyncio.Event()
    page.on_enter("a")
    bench.loop.turn()
    assert page.told.text() == "Asking Provider A…"
    page.on_enter("b")
    bench.loop.settle(lambda: page.told.text() == "0 files, 0 bytes")
    held.set()
    bench.loop.turn(20)
    assert page.told.text() == "0 files, 0 bytes"
    assert page.whose.currentText() == "Provider B"


@pytest.fixture
def server(gui_loop: GuiLoop) -> Iterator[FakeProvider]:
    made = FakeProvider()
    gui_loop.run(made.open())
    yield made
    gui_loop.run(made.close())


def test_from_settings_a_real_list_is_reached_and_a_file_deleted(
    desks: Desks, server: FakeProvider, qtbot: QtBot
) -> None:
    app = desks.start()
    app.until_open()
    profile = Profile(id="fake", name="Fake", base_url=server.base_url, needs_key=False)
    app.desk.providers.book.put(profile)
    app.desk.providers.tell()
    server.files.append(
        {"id": "file-9", "object": "file", "bytes": 7, "filename": "<b>a</b>", "content": b""}
        | {"purpose": "fine-tune", "created_at": 1, "status": "processed"}
    )
    app.window.show_page("settings")
    app.activate()
    qtbot.mouseClick(control(app.window, "Files at Fake"), _LEFT)
    page = app.window.page("files")
    assert isinstance(page, ProviderFilesPage) and app.page == "files"
    app.loop.settle(lambda: page.lines.rowCount() == 1)
    tip = str(page.lines.index(0, Column.NAME).data(Qt.ItemDataRole.ToolTipRole))
    assert "&lt;b&gt;" in tip
    app.ask.says = True
    server.before = lambda request: (
        refusal(403, "Only the owner may") if request.method == "DELETE" else None
    )
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    assert "Only the owner may" in str(app.until_told())
    server.behave()
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    app.loop.settle(lambda: not server.files)
    app.loop.settle(lambda: "No files at Fake." in page.empty.text())
    app.close()


def test_without_a_project_the_button_says_why_it_is_off(desks: Desks, qtbot: QtBot) -> None:
    app = desks.start()
    settings = app.window.page("settings")
    assert settings is not None
    profile = Profile(id="fake", name="Fake", base_url="http://127.0.0.1:9/v1", needs_key=False)
    app.desk.providers.book.put(profile)
    app.desk.providers.tell()
    app.window.show_page("settings")
    made = control(app.window, "Files at Fake")
    assert not made.isEnabled()
    assert "Open a project first" in made.accessibleDescription()
    app.until_open()
    app.close()
