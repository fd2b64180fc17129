"""A provider with chat alone, in the whole app: tested, compared, asked to draft, not trained."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import Desks, RunningDesk, control
from tests.support.fake_provider import Answer, FakeProvider, Reply, Request, refusal, stream_of
from tests.support.gui_loop import GuiLoop
from tunedesk.providers.profiles import Profile
from tunedesk.services.compare.comparison import Contender
from tunedesk.ui.pages.chat.page import ChatPage
from tunedesk.ui.pages.compare.page import ComparePage
from tunedesk.ui.pages.new_fine_tune.page import NewFineTunePage
from tunedesk.ui.pages.settings.page import SettingsPage
from tunedesk.ui.pages.train.page import TrainPage
from tunedesk.ui.widgets.markdown_view import MarkdownView

_LEFT = Qt.MouseButton.LeftButton
CHATTY = Profile(id="chatty", name="Chatty", needs_key=False)


def chat_alone(request: Request) -> Answer | None:
    """No files, no jobs."""
    offered = ("/models", "/chat/completions")
    return None if request.path in offered else refusal(404, "Not here")


@pytest.fixture
def server(gui_loop: GuiLoop) -> Iterator[FakeProvider]:
    made = FakeProvider()
    made.before = chat_alone
    made.models = [{"id": name, "object": "model"} for name in ("chat-a", "chat-b")]
    made.chat = {
        name: Reply(stream_of(f"I am {name}."), content_type="text/event-stream")
        for name in ("chat-a", "chat-b")
    }
    gui_loop.run(made.open())
    yield made
    gui_loop.run(made.close())


@pytest.fixture
def app(desks: Desks, server: FakeProvider, qtbot: QtBot) -> RunningDesk:
    """The sample is open, and Settings has tested a server that has chat alone."""
    made = desks.start()
    made.until_open()
    made.activate()
    made.desk.providers.book.put(msgspec.structs.replace(CHATTY, base_url=server.base_url))
    made.desk.providers.tell()
    made.window.show_page("settings")
    qtbot.mouseClick(control(made.window, "Test Chatty"), _LEFT)
    made.loop.settle(lambda: not made.desk.providers.profile("chatty").trains)
    made.until_idle()
    return made


def _asked(server: FakeProvider) -> int:
    return server.count("POST /chat/completions")


def test_settings_and_the_pages_of_training_say_why_it_is_off(app: RunningDesk) -> None:
    settings = app.window.page("settings")
    assert isinstance(settings, SettingsPage)
    answers = settings.providers.cards["chatty"].answers
    assert "training there is off" in answers.summary.text()
    app.window.show_page("train")
    train = app.window.page("train")
    assert isinstance(train, TrainPage)
    assert train.chat_only.text().startswith("Chatty: chat alone, no fine-tuning jobs.")
    app.window.show_page("new_fine_tune", ("chatty", "chat-a"))
    page = app.window.page("new_fine_tune")
    assert isinstance(page, NewFineTunePage)
    app.loop.settle(lambda: "Not yet" in page.ready.reason.text())
    assert page.ready.reason.text() == (
        "Not yet: Chatty has no fine-tuning jobs: it can be compared and asked for drafts, not "
        "trained."
    )
    assert not page.ready.start.isEnabled()
    app.close()


def test_its_models_are_compared_once_two_were_chosen(
    app: RunningDesk, server: FakeProvider, qtbot: QtBot
) -> None:
    app.window.show_page("compare")
    page = app.window.page("compare")
    assert isinstance(page, ComparePage)
    app.loop.settle(page.judging.notice.isVisible)
    assert page.judging.notice.text.text() == (
        "Choose two models above. Nothing is asked before that."
    )
    assert _asked(server) == 0
    for box, name in ((page.picker.first, "chat-a"), (page.picker.second, "chat-b")):
        box.setFocus()
        box.setCurrentText(name)
        box.activated.emit(box.currentIndex())
    app.loop.settle(lambda: page.judging.votes.can_vote("A"))
    assert _asked(server) == 2
    said = {pane.answer.text() for pane in page.judging.panes.values()}
    assert said == {"I am chat-a.", "I am chat-b."}
    page.judging.ground.setFocus()
    qtbot.keyClick(page.judging.ground, Qt.Key.Key_Left)
    app.loop.settle(lambda: page.judging.votes.can_go_on)
    assert app.desk.project is not None
    summary = app.loop.run(app.desk.project.project.summary())
    assert summary.n_votes == 1
    app.until_idle()
    assert app.window.rail._buttons["results"].note.text() == "1 vote"
    app.close()


def test_answers_under_way_are_kept_when_another_project_is_opened(
    app: RunningDesk, server: FakeProvider
) -> None:
    slow = Reply(
        stream_of("Rome", *[" is old"] * 60, finish_reason=None),
        content_type="text/event-stream",
        byte_delay_s=0.001,
    )
    server.chat = {"chat-a": slow, "chat-b": slow}
    assert app.desk.project is not None
    project = app.desk.project.project
    app.window.show_page(
        "chat",
        tuple(
            Contender(provider_id="chatty", model=name, label=name, kind="base")
            for name in server.chat
        ),
    )
    page = app.window.page("chat")
    assert isinstance(page, ChatPage)
    app.loop.settle(lambda: page.panes)
    page.box.asked.emit("Capital?")

    def says() -> int:
        views = page.findChildren(MarkdownView)
        return sum(view.text().startswith("Rome") for view in views)

    app.loop.settle(lambda: says() == 2)
    app.desk._open.start_empty()
    app.until_open("New project")
    with closing(sqlite3.connect(project.folder / "project.tunedesk")) as file:
        kept = file.execute("SELECT text FROM chat_turns WHERE role = 'assistant'").fetchall()
    assert len(kept) == 2
    assert all(text.startswith("Rome") for (text,) in kept)
    app.close()


def test_one_of_them_writes_a_draft(app: RunningDesk, server: FakeProvider) -> None:
    assert app.desk.project is not None
    app.window.show_page("data")
    found = app.loop.run(app.desk.project.comparison.contenders())
    model = next(one for one in found if one.model == "chat-b")
    card = app.data.row.draft
    card.start(model, [{"role": "user", "content": "Why?"}])
    app.loop.settle(card.use.isEnabled)
    assert card.text.toPlainText() == "I am chat-b."
    assert card.title.text() == "Draft by chat-b"
    assert _asked(server) == 1
    app.close()
