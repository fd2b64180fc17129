"""A conversation as a file: to be read, or as rows to train on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from tunedesk.services.chat.conversation import Conversation
from tunedesk.services.chat.messages import messages_of, tools_of
from tunedesk.services.work.background import Background
from tunedesk.services.work.new_file import write_whole
from tunedesk.store.chat_records import ChatTurn

ChatFormat = Literal["md", "jsonl"]


async def export_chat(
    background: Background, chat: Conversation, target: Path, kind: ChatFormat
) -> None:
    """Write what is shown in each pane. Raises TunedeskError, and an older file is unchanged."""
    text = _markdown(chat) if kind == "md" else _rows(chat)
    await write_whole(background, target, text.encode("utf-8", "replace"))


def row_of(chat: Conversation, turn: ChatTurn) -> bytes:
    """A training row: all that led to an answer, and the answer. Raises KeyError if its pane was
    taken away."""
    pane = chat.pane(turn.pane)
    return _line(messages_of(pane.system, chat.way_to(turn)), chat.record.tools)


def _rows(chat: Conversation) -> str:
    lines = []
    for pane in chat.record.panes:
        messages = messages_of(pane.system, chat.way(pane.id))
        if messages:
            lines.append(_line(messages, chat.record.tools).decode() + "\n")
    return "".join(lines)


def _line(messages: list[dict[str, Any]], tools_text: str) -> bytes:
    row: Mapping[str, Any] = {"messages": messages}
    tools = tools_of(tools_text)
    whole = {**row, "tools": tools} if tools else row
    try:
        return json.dumps(whole, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # a lone surrogate: written as its escape
        return json.dumps(whole).encode()


def _markdown(chat: Conversation) -> str:
    parts = [f"# {chat.record.name}\n"]
    for number, pane in enumerate(chat.record.panes, 1):
        who = pane.contender.label if pane.contender is not None else "-"
        parts.append(f"## {number}. {who}\n")
        if pane.system.strip():
            parts.append(f"**System:**\n\n{pane.system.strip()}\n")
        parts += [_turn(turn) for turn in chat.way(pane.id)]
    return "\n".join(parts)


def _turn(turn: ChatTurn) -> str:
    if turn.role != "assistant":
        return f"**{'You' if turn.role == 'user' else 'Tool'}:**\n\n{turn.text}\n"
    calls = turn.answer.tool_calls if turn.answer is not None else ()
    called = f"\n```json\n{json.dumps(list(calls), indent=2)}\n```\n" if calls else ""
    return f"**{turn.label}:**\n\n{turn.text}\n{called}"
