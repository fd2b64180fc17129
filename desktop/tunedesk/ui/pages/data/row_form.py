"""The editor of a row by its format: a conversation, a pair, or two boxes; and its buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tunedesk.core.issues import Issue
from tunedesk.core.json_edit import PathError, steps_of
from tunedesk.core.messages import text_of
from tunedesk.core.old_functions import has_old_functions, with_tools_for_functions
from tunedesk.core.pair_rows import (
    ANSWERS,
    Answer,
    pair_of,
    with_answer,
    with_answers_swapped,
    with_pair_prompt,
)
from tunedesk.core.row_keys import with_row_key, without_row_key
from tunedesk.core.rows import (
    Format,
    RowError,
    format_of,
    messages_of,
    parse_row,
    with_messages,
)
from tunedesk.ui.pages.data.completion_view import CompletionView
from tunedesk.ui.pages.data.conversation import Conversation
from tunedesk.ui.pages.data.pair_view import PairView
from tunedesk.ui.pages.data.row_context import schemas_of
from tunedesk.ui.pages.data.tools_card import ToolsCard
from tunedesk.ui.pages.data.two_groups import TwoGroups
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.tips import set_tip
from tunedesk.ui.words import counted


class RowForm(QWidget):
    """`edited(raw, what)`; `draft_asked(button)`; `hinted(words)` while a message is dragged; the
    other signals are for the row as a whole."""

    edited = Signal(object, str)
    draft_asked = Signal(object)
    fix_asked = Signal(object, object)
    hinted = Signal(str)
    set_aside = Signal()
    duplicate = Signal()
    delete = Signal()
    votes_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._raw = b""
        self._value: Any = None
        self._format = Format.UNKNOWN
        self._is_holding = False
        self.tools = ToolsCard(theme)
        self.conversation = Conversation(theme)
        self.pair = PairView(theme)
        self.completion = CompletionView(theme)
        self._build_buttons()
        self._wire()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 8)
        box.setSpacing(0)
        for part in (self.tools, self.conversation, self.pair, self.completion):
            box.addWidget(part)
        self._draft_place = box.count()
        adding = row(self.add_message, self.add_call, self.show_tools, None, spacing=2)
        others = row(self.copy, self.draft, self.votes, None, self.away, spacing=2)
        box.addLayout(row(TwoGroups(adding, others), margins=(8, 8, 8, 0)))
        box.addStretch()
        self.can_draft(False)

    def _build_buttons(self) -> None:
        add, call = self.conversation.add_message, self.conversation.add_tool_call
        self.add_message = button(self.tr("+ Message"), add, look="tab")
        self.add_call = button(self.tr("+ Tool call"), call, look="tab")
        copy, away = self.tr("Duplicate row"), self.tr("Delete row")
        self.copy = button(self.tr("Duplicate"), self.duplicate.emit, look="tab", name=copy)
        self.away = button(self.tr("Delete"), self.delete.emit, look="danger-quiet", name=away)
        self.votes = button("", self.votes_asked.emit, look="link")
        self.votes.hide()
        self.draft = button(
            self.tr("Draft with…"), lambda: self.draft_asked.emit(self.draft), look="tab"
        )
        set_tip(self.draft, self.tr("Have a chat model propose the last reply"))
        self.show_tools = button(self.tr("Tools…"), self.tools.open, look="tab")

    def _wire(self) -> None:
        self.conversation.edited.connect(self._messages_edited)
        self.conversation.set_aside.connect(self.set_aside)
        reply = self.conversation.missing_reply
        reply.draft_asked.connect(lambda: self.draft_asked.emit(reply.draft))
        for part in (self.conversation, self.pair):
            part.fix_asked.connect(self.fix_asked)
        for talk in (self.conversation, self.pair.prompt):
            talk.hinted.connect(self.hinted)
        self.pair.prompt_edited.connect(self._prompt_edited)
        self.pair.answer_edited.connect(self._answer_edited)
        self.pair.swapped.connect(self._swap)
        self.completion.edited.connect(self._completion_edited)
        self.tools.changed.connect(self._key_edited)
        self.tools.modernise_asked.connect(self._modernise)

    def hold_draft(self, card: QWidget) -> None:
        """Give a proposal its place: below the texts."""
        box = self.layout()
        assert isinstance(box, QVBoxLayout)
        box.insertWidget(self._draft_place, card)

    def show_votes(self, n: int) -> None:
        """How many votes there are on what the row asks; the button leads to them."""
        words = counted(n, self.tr("1 vote on this prompt"), self.tr("{n} votes on this prompt"))
        self.votes.setText(words)
        self.votes.setAccessibleName(words)
        self.votes.setVisible(n > 0)

    def can_draft(self, is_possible: bool) -> None:
        """Whether there is anyone to ask for a draft."""
        self._may_draft = is_possible
        self.draft.setVisible(is_possible)
        self.conversation.missing_reply.draft.setVisible(is_possible)

    # -- showing ---------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What the editor is called, for the switch."""
        if self._format is Format.PREFERENCE:
            return self.tr("Pair")
        return self.tr("Texts") if self._format is Format.COMPLETION else self.tr("Conversation")

    def show_row(self, raw: bytes) -> bool:
        """Show a row; whether a form can hold it."""
        self._raw = raw
        try:
            self._value = parse_row(raw)
            self._format = format_of(self._value)
            show = self._show()
        except (RowError, RecursionError):
            self._value, self._format = None, Format.UNKNOWN
            show = False
        is_chat = self._format is Format.CHAT
        for part in (self.add_message, self.add_call, self.show_tools):
            part.setVisible(is_chat)
        self.conversation.setVisible(is_chat)
        self.pair.setVisible(self._format is Format.PREFERENCE)
        self.completion.setVisible(self._format is Format.COMPLETION)
        if not is_chat:
            self.tools.hide()
        needs_button = not is_chat or self.conversation.missing_reply.isHidden()
        self.draft.setVisible(self._may_draft and needs_button)
        return show

    def _show(self) -> bool:
        match self._format:
            case Format.CHAT:
                self.conversation.show_messages(messages_of(self._raw), schemas_of(self._value))
                self.tools.show_row(self._value, has_old=has_old_functions(self._raw))
            case Format.PREFERENCE:
                self.pair.show_pair(pair_of(self._raw))
            case Format.COMPLETION:
                self.completion.show_value(self._value)
            case _:
                return False
        return True

    def begin_row(self) -> None:
        """Another row is shown now."""
        self.tools.fold()
        for part in (self.conversation, self.pair, self.completion):
            part.begin_row()

    def texts(self) -> list[str]:
        """What is counted, in the order `show_counts` takes the counts."""
        match self._format:
            case Format.CHAT:
                return [text_of(message) for message in self.conversation.messages]
            case Format.PREFERENCE:
                prompt = [text_of(message) for message in self.pair.prompt.messages]
                return prompt + [card.text.text for card in self.pair.answers.values()]
            case Format.COMPLETION:
                return [box.text for box in self.completion.boxes.values()]
        return []

    def show_counts(self, counts: list[int]) -> None:
        """Tokens of `texts`."""
        match self._format:
            case Format.CHAT:
                self.conversation.show_tokens(counts)
            case Format.PREFERENCE:
                self.pair.show_tokens(counts[:-2], (counts[-2], counts[-1]))
            case Format.COMPLETION:
                self.completion.show_tokens(counts)

    def show_issues(self, issues: Sequence[Issue]) -> list[Issue]:
        """Show each finding at its message; those that have none are handed back."""
        by_message: dict[int, list[Issue]] = {}
        left: list[Issue] = []
        root = ["input", "messages"] if self._format is Format.PREFERENCE else ["messages"]
        for issue in issues:
            steps = _steps(issue.path)
            at = steps[len(root)] if len(steps) > len(root) and steps[: len(root)] == root else None
            if isinstance(at, int) and self._format in (Format.CHAT, Format.PREFERENCE):
                by_message.setdefault(at, []).append(issue)
            else:
                left.append(issue)
        is_pair = self._format is Format.PREFERENCE
        self.conversation.show_issues({} if is_pair else by_message)
        self.pair.prompt.show_issues(by_message if is_pair else {})
        return left

    # -- hands -----------------------------------------------------------------------------

    def commit(self) -> None:
        """Write down what is still being typed."""
        match self._format:
            case Format.CHAT:
                self.tools.commit()
                self.conversation.commit()
            case Format.PREFERENCE:
                self.pair.commit()
            case Format.COMPLETION:
                self.completion.commit()

    def commit_together(self, what: str) -> None:
        """As `commit`, with all of it in one edit called `what`."""
        before, self._is_holding = self._raw, True
        try:
            self.commit()
        finally:
            self._is_holding = False
        if self._raw != before:
            self.edited.emit(self._raw, what)

    def focus_first(self) -> None:
        self.focus_steps([])

    def focus_steps(self, steps: list[Any]) -> None:
        """Put the focus on what a path names."""
        match self._format:
            case Format.CHAT if steps[:1] == ["messages"] and len(steps) > 1:
                self.conversation.focus_message(steps[1], steps[2:])
            case Format.CHAT if steps[:1] in (["tools"], ["functions"], ["parallel_tool_calls"]):
                self.tools.open()
            case Format.CHAT:
                self.conversation.focus_first()
            case Format.PREFERENCE:
                self.pair.focus_path(steps)
            case Format.COMPLETION:
                self.completion.focus_path(steps)

    def use_reply(self, text: str) -> None:
        """Put a drafted reply where the row's reply stands, or at its end."""
        what = self.tr("use draft")
        match self._format:
            case Format.CHAT:
                self._edit(lambda: _with_reply(self._raw, text), what)
            case Format.PREFERENCE:
                self._edit(lambda: with_answer(self._raw, ANSWERS[0], text), what)
            case Format.COMPLETION:
                self._edit(lambda: with_row_key(self._raw, "completion", text), what)

    # -- edits -----------------------------------------------------------------------------

    def _edit(self, change: Callable[[], bytes], what: str) -> None:
        try:
            changed = change()
        except (PathError, RowError, RecursionError):
            return  # what is shown is out of date; the row is shown again with its findings
        if changed != self._raw:
            self._raw = changed
            if not self._is_holding:
                self.edited.emit(changed, what)

    def _messages_edited(self, messages: Any, what: str) -> None:
        self._edit(lambda: with_messages(self._raw, messages), what)

    def _prompt_edited(self, messages: Any, what: str) -> None:
        self._edit(lambda: with_pair_prompt(self._raw, messages), what)

    def _answer_edited(self, which: Answer, text: str) -> None:
        self._edit(lambda: with_answer(self._raw, which, text), self.tr("edit answer"))

    def _swap(self) -> None:
        self.commit()
        self._edit(lambda: with_answers_swapped(self._raw), self.tr("swap answers"))

    def _completion_edited(self, key: str, text: str) -> None:
        self._edit(lambda: with_row_key(self._raw, key, text), self.tr("edit text"))

    def _key_edited(self, key: str, value: object) -> None:
        def change() -> bytes:
            if value is None:
                return without_row_key(self._raw, key)
            return with_row_key(self._raw, key, value)

        self._edit(change, self.tr("edit tools"))

    def _modernise(self) -> None:
        self.commit()
        self._edit(lambda: with_tools_for_functions(self._raw), self.tr("write as tools"))


def _with_reply(raw: bytes, text: str) -> bytes:
    messages = messages_of(raw)
    for index in range(len(messages) - 1, -1, -1):
        if messages[index].get("role") == "assistant" and index == len(messages) - 1:
            changed = {**messages[index], "content": text}
            return with_messages(raw, [*messages[:index], changed])
    return with_messages(raw, [*messages, {"role": "assistant", "content": text}])


def _steps(path: str) -> list[Any]:
    try:
        return list(steps_of(path))
    except PathError:
        return []
