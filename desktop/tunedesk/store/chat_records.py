"""What the ledger keeps of free conversations."""

from __future__ import annotations

from typing import Literal

import msgspec

from tunedesk.core.chat import Answer, ChatSettings
from tunedesk.store.records import Contender

TurnRole = Literal["user", "tool", "assistant"]

MOST_PANES = 4


class ChatPane(msgspec.Struct, frozen=True, kw_only=True):
    """One model of a conversation and how it is asked. `leaf` is the last turn that is shown."""

    id: int
    contender: Contender | None = None
    settings: ChatSettings = ChatSettings(temperature=0.7, max_tokens=1024)
    system: str = ""
    leaf: int = 0


class ChatRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is a uuid's hex; `tools` the JSON text that a person wrote, "" for none."""

    id: str
    name: str
    created_at_ms: int
    changed_at_ms: int
    panes: tuple[ChatPane, ...]
    tools: str = ""


class ChatTurn(msgspec.Struct, frozen=True, kw_only=True):
    """What one side said in one pane, behind the turn `parent` (0: first).

    `prompt` numbers what was asked of all panes at once, 0 for answers. `label` is what the model
    was called. An answer without a finish reason was cut off; `problem` says why there is none.
    """

    id: int
    pane: int
    parent: int
    role: TurnRole
    text: str
    prompt: int = 0
    label: str = ""
    answer: Answer | None = None
    problem: str = ""
