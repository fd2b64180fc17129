"""Chat: one prompt to one to four models, as often as wanted, on as many branches as wanted."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget
from shiboken6 import isValid

from tunedesk.core.errors import TunedeskError
from tunedesk.services.chat.conversation import (
    MOST_PANES,
    ChatPane,
    ChatRecord,
    ChatTurn,
    Conversation,
)
from tunedesk.services.chat.export import ChatFormat, export_chat, row_of
from tunedesk.services.chat.room import ChatRoom
from tunedesk.services.compare.comparison import Comparison, Contender
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.chat.ask_box import AskBox
from tunedesk.ui.pages.chat.chat_list import ChatList
from tunedesk.ui.pages.chat.dialogs import DifferenceDialog, ToolsDialog
from tunedesk.ui.pages.chat.pane import ChatPaneView
from tunedesk.ui.pages.chat.pane_settings import PaneSettings
from tunedesk.ui.pages.chat.step import ScrollInStep
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask, finished
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column
from tunedesk.ui.widgets.links import LinkOpener
from tunedesk.ui.widgets.notice import Notice
from tunedesk.ui.widgets.page import Page

_ROOM_FOR_LIST_PX = 1000


class ChatPage(Page):
    """`row_wanted(bytes)`: an answer is to be a row of the dataset that is open."""

    row_wanted = Signal(object)

    def __init__(
        self,
        *,
        room: ChatRoom,
        comparison: Comparison,
        operations: Operations,
        ask: Ask,
        theme: Theme,
        memory: Memory,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", parent=parent)
        self.set_title(self.tr("Chat"))
        self.setAccessibleName(self.tr("Chat"))
        self._room, self._comparison = room, comparison
        self._operations, self._ask, self._theme, self._memory = operations, ask, theme, memory
        self._contenders: Sequence[Contender] = ()
        self._chat: Conversation | None = None
        self.panes: list[ChatPaneView] = []
        self._links = LinkOpener(ask, operations, self)
        self.list = ChatList()
        self.box = AskBox()
        self.notice = Notice()
        self.settings_popup = PaneSettings(self)
        self._step = ScrollInStep(self)
        self._build_header()
        self._build_body()
        self._connect()

    # --- building ---

    def _build_header(self) -> None:
        self.shows_list = button(self.tr("Conversations"), self._show_list, look="filter")
        self.add = button(self.tr("Add a model"), self._add_pane)
        self.differ = button(self.tr("Differences…"), self._differ)
        self.in_step = button(self.tr("Scroll in step"), self._set_step, look="filter")
        self.more = button(self.tr("More ▾"), self._open_more, name=self.tr("More"))
        self.back = button(self.tr("Blind comparison"), self._to_compare)
        self.header.addWidget(self.shows_list)
        self.header.addStretch()
        for part in (self.in_step, self.differ, self.add, self.more, self.back):
            self.header.addWidget(part)

    def _build_body(self) -> None:
        side = QWidget()
        self._columns = QHBoxLayout()
        self._columns.setSpacing(1)
        parts = column(self.notice, self._columns, self.box, spacing=0)
        parts.setStretchFactor(self._columns, 1)
        side.setLayout(parts)
        line = QHBoxLayout()
        line.setSpacing(1)
        line.addWidget(self.list)
        line.addWidget(side, 1)
        self.outer.addLayout(line, 1)
        self._show_list()

    def _connect(self) -> None:
        self.list.search_changed.connect(lambda _text: self._refresh_list())
        self.list.opened.connect(self._open)
        self.list.new_wanted.connect(self.begin)
        self.list.rename_wanted.connect(self._rename)
        self.list.delete_wanted.connect(self._delete)
        self.box.asked.connect(self._say)
        self.box.stopped.connect(self._stop)
        self.settings_popup.changed.connect(self._set_settings)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The list goes when the page becomes too narrow for it, and can be called back."""
        super().resizeEvent(event)
        has_room = event.size().width() >= _ROOM_FOR_LIST_PX
        if has_room != (event.oldSize().width() >= _ROOM_FOR_LIST_PX):
            self.shows_list.setChecked(has_room)
            self._show_list()

    def _show_list(self) -> None:
        self.list.setVisible(self.shows_list.isChecked())

    # --- entering ---

    def on_enter(self, payload: object = None) -> None:
        """`payload`: None for the conversation used last, or the Contenders to begin one with."""
        wanted = [one for one in payload if one] if isinstance(payload, tuple) else []
        self._run(self._enter(wanted))

    def first_focus(self) -> QWidget | None:
        return self.box.text

    async def _enter(self, wanted: Sequence[Contender]) -> None:
        found = await self._comparison.contenders()
        self._contenders = [one for one in found if not one.is_frozen]
        if wanted:
            self._use(self._room.begin(wanted))
        elif self._chat is None:
            self._use(await self._room.last() or self._fresh())
        elif self._chat.is_empty and not any(pane.contender for pane in self._chat.record.panes):
            self._use(self._fresh())  # begun before the models were known
        self._show()
        await self._fill_list()

    def _fresh(self) -> Conversation:
        """With the newest tuned model and a base beside it, or with what there is."""
        base = next((one for one in self._contenders if one.kind == "base"), None)
        tuned = next((one for one in self._contenders if one.kind != "base"), None)
        return self._room.begin([one for one in (base, tuned) if one is not None])

    def _use(self, chat: Conversation) -> None:
        if self._chat is not None:
            self._chat.stop()
            self._chat.changed = lambda: None
        self._chat = chat
        chat.changed = self._changed
        self.notice.hide()

    def _changed(self) -> None:
        """Answers end after the page, too, where a project is closed in between."""
        if isValid(self):
            self._show()

    def begin(self) -> None:
        """A new conversation with the same models, asked the same way."""
        made = self._fresh()
        if self._chat is not None:
            panes = self._chat.record.panes
            made = self._room.begin([pane.contender for pane in panes if pane.contender])
            for old, new in zip(panes, made.record.panes, strict=False):
                made.set_pane(
                    msgspec.structs.replace(new, settings=old.settings, system=old.system)
                )
        self._use(made)
        self._show()
        self._refresh_list()
        self.box.text.setFocus()

    # --- showing ---

    def _show(self) -> None:
        chat = self._chat
        if chat is None:
            return
        ids = [pane.id for pane in chat.record.panes]
        for view in [one for one in self.panes if one.pane_id not in ids]:
            self._drop(view)
        shown = {view.pane_id for view in self.panes}
        for pane_id in ids:
            if pane_id not in shown:
                self._add_view(pane_id)
        for view in self.panes:
            view.show_pane(
                chat, self._contenders, self._comparison.place_of, is_alone=len(ids) == 1
            )
        self._step.follow([view.transcript.verticalScrollBar() for view in self.panes])
        self._show_abilities(chat)
        if not chat.is_empty and not self.list.has(chat.record.id):
            self._refresh_list()

    def _add_view(self, pane_id: int) -> None:
        view = ChatPaneView(pane_id, self._theme)
        view.model_chosen.connect(self._choose_model)
        view.settings_wanted.connect(self._open_settings)
        view.closed.connect(self._remove_pane)
        said = view.transcript
        said.edited.connect(self._ask_instead)
        said.again.connect(lambda turn: self._talk(self._current.retry(turn)))
        said.shown.connect(lambda turn: self._run(self._current.show(turn)))
        said.row_wanted.connect(lambda turn: self.row_wanted.emit(row_of(self._current, turn)))
        said.link_activated.connect(self._links.offer)
        self.panes.append(view)
        self._columns.addWidget(view, 1)

    def _ask_instead(self, turn: ChatTurn, text: str) -> None:
        self.box.text.setFocus()  # the box of the earlier prompt is gone
        self._talk(self._current.edit(turn, text))

    def _drop(self, view: ChatPaneView) -> None:
        self.panes.remove(view)
        self._columns.removeWidget(view)
        view.hide()
        view.deleteLater()

    @property
    def _current(self) -> Conversation:
        assert self._chat is not None, "no pane is there without a conversation"
        return self._chat

    def _show_abilities(self, chat: Conversation) -> None:
        panes = chat.record.panes
        is_writing = any(chat.is_writing(pane.id) for pane in panes)
        self.box.show_state(
            may_ask=any(pane.contender is not None for pane in panes) and not is_writing,
            is_writing=is_writing,
            wants_result=chat.wants_result(),
        )
        self.add.setEnabled(len(panes) < MOST_PANES)
        self.in_step.setVisible(len(panes) > 1)
        self.differ.setVisible(len(panes) > 1)
        self.differ.setEnabled(len(self._last_answers(chat)) > 1)

    @staticmethod
    def _last_answers(chat: Conversation) -> list[ChatTurn]:
        ways = (chat.way(pane.id) for pane in chat.record.panes)
        answers = ([turn for turn in way if turn.answer is not None] for way in ways)
        return [found[-1] for found in answers if found]

    def _refresh_list(self) -> None:
        self._run(self._fill_list())

    async def _fill_list(self) -> None:
        text = self.list.search.text()
        chats = await self._room.chats(text)
        if text == self.list.search.text():
            self.list.show_chats(chats, self._chat.record.id if self._chat is not None else "")

    # --- talking ---

    def _say(self, text: str) -> None:
        self._talk(self._current.say(text))

    def _talk(self, talking: Coroutine[Any, Any, None]) -> None:
        self.notice.hide()
        self._run(self._talk_and_list(talking))

    async def _talk_and_list(self, talking: Coroutine[Any, Any, None]) -> None:
        await talking
        await self._fill_list()

    def _stop(self) -> None:
        if self._chat is not None:
            self._chat.stop()

    def _run(self, work: Coroutine[Any, Any, object]) -> None:
        self._operations.run(work, owner=self, failed=self._tell)

    def _tell(self, error: TunedeskError) -> None:
        words = " ".join(part for part in (error.title, error.what, error.next_step) if part)
        self.notice.tell(words)

    # --- panes ---

    def _choose_model(self, pane_id: int, contender: Contender) -> None:
        chat = self._current
        chat.set_pane(msgspec.structs.replace(chat.pane(pane_id), contender=contender))
        self._keep()

    def _add_pane(self) -> None:
        if self._chat is not None and self._chat.add_pane() is not None:
            self._keep()

    def _remove_pane(self, pane_id: int) -> None:
        self._current.remove_pane(pane_id)
        self._keep()
        self.box.text.setFocus()

    def _open_settings(self, pane_id: int, place: QPoint) -> None:
        panes = self._current.record.panes
        are_alike = len({(repr(pane.settings), pane.system) for pane in panes}) == 1
        self.settings_popup.open_at(place, self._current.pane(pane_id), are_alike=are_alike)

    def _set_settings(self, wanted: ChatPane, is_for_all: bool) -> None:
        chat = self._current
        for pane in chat.record.panes:
            if is_for_all or pane.id == wanted.id:
                chat.set_pane(
                    msgspec.structs.replace(pane, settings=wanted.settings, system=wanted.system)
                )
        self._keep()

    def _keep(self) -> None:
        self._show()
        self._run(self._current.keep())

    def _set_step(self) -> None:
        self._step.set_on(is_on=self.in_step.isChecked())

    # --- the whole conversation ---

    def _open(self, record: ChatRecord) -> None:
        if self._chat is None or record.id != self._chat.record.id:
            self._run(self._open_now(record))

    async def _open_now(self, record: ChatRecord) -> None:
        self._use(await self._room.open(record))
        self._show()

    def _open_more(self) -> None:
        if self._chat is None:
            return
        menu = QMenu(self)
        is_kept = not self._chat.is_empty
        record = self._chat.record
        menu.addAction(self.tr("New conversation"), self.begin)
        menu.addAction(self.tr("Tools…"), lambda: self._run(self._choose_tools()))
        menu.addSeparator()
        menu.addAction(self.tr("Save as Markdown…"), lambda: self._run(self._export("md")))
        menu.addAction(self.tr("Save as rows…"), lambda: self._run(self._export("jsonl")))
        menu.addSeparator()
        menu.addAction(self.tr("Rename…"), lambda: self._rename(record))
        menu.addAction(self.tr("Delete…"), lambda: self._delete(record))
        for action in menu.actions()[3:]:
            action.setEnabled(is_kept)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    async def _choose_tools(self) -> None:
        dialog = ToolsDialog(self._current.record.tools, self._theme, self._memory, self)
        await finished(dialog)
        if dialog.chosen is not None:
            await self._current.set_tools(dialog.chosen)

    async def _export(self, kind: ChatFormat) -> None:
        chat = self._current
        title, filters = {
            "md": (self.tr("Save as Markdown"), self.tr("Markdown (*.md)")),
            "jsonl": (self.tr("Save as rows"), self.tr("Rows to train on (*.jsonl)")),
        }[kind]
        suggested = Path.home() / f"{chat.record.name[:40] or 'chat'}.{kind}".replace("/", "-")
        target = await self._ask.save_file(title, suggested, filters)
        if target is not None:
            await export_chat(self._room.background, chat, target, kind)
            self.status.emit(self.tr("Saved as {name}").format(name=target.name))

    def _rename(self, record: ChatRecord) -> None:
        self._run(self._rename_now(record))

    async def _rename_now(self, record: ChatRecord) -> None:
        title = self.tr("Name of the conversation")
        chosen = await self._ask.name(title, record.name, self.tr("Rename"))
        if chosen:
            named = await self._room.rename(record, chosen)
            if self._chat is not None and self._chat.record.id == named.id:
                self._chat.record = msgspec.structs.replace(self._chat.record, name=named.name)
        await self._fill_list()

    def _delete(self, record: ChatRecord) -> None:
        self._run(self._delete_now(record))

    async def _delete_now(self, record: ChatRecord) -> None:
        text = self.tr("“{name}” and all its branches will be gone.").format(name=record.name)
        title = self.tr("Delete this conversation?")
        if await self._ask.confirm(title, text, self.tr("Delete"), danger=True):
            is_open = self._chat is not None and self._chat.record.id == record.id
            await self._room.delete(record)
            if is_open:
                self.begin()
            await self._fill_list()

    def say_taken(self, name: str) -> None:
        """An answer became a row of this dataset."""
        self.status.emit(self.tr("Added as the last row of {name}").format(name=name))

    def _differ(self) -> None:
        answers = self._last_answers(self._current)
        self._run(finished(DifferenceDialog(answers, self._theme, self._memory, self)))

    def _to_compare(self) -> None:
        self.navigate.emit("compare", None)
