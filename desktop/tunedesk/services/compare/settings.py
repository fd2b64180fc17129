"""How both models are asked, and what a person votes by: kept with the project."""

from __future__ import annotations

import msgspec

from tunedesk.core.chat import ChatSettings
from tunedesk.core.messages import role_of
from tunedesk.services.compare.comparison_types import HeldOutPrompt
from tunedesk.services.project.project import Project

_KEY = "compare"
_SYSTEM_ROLES = ("system", "developer")


class CompareSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`system`: stands before every prompt, in place of the one a row has; "" leaves it as it is.
    `own_reasons` come after those that are always there."""

    chat: ChatSettings = ChatSettings()
    system: str = ""
    own_reasons: list[str] = msgspec.field(default_factory=list)


async def read_settings(project: Project) -> CompareSettings:
    """As they were kept, the usual ones if nothing was or it cannot be read."""
    text = await project.in_ledger(lambda ledger: ledger.note(_KEY))
    try:
        return msgspec.json.decode(text or "{}", type=CompareSettings)
    except msgspec.MsgspecError:
        return CompareSettings()


async def write_settings(project: Project, settings: CompareSettings) -> None:
    """Keep them. Raises TunedeskError if the ledger cannot be written."""
    text = msgspec.json.encode(settings).decode()
    await project.in_ledger(lambda ledger: ledger.put_note(_KEY, text))


def with_system(prompt: HeldOutPrompt, system: str) -> HeldOutPrompt:
    """The prompt under this system prompt."""
    if not system.strip():
        return prompt
    rest = [message for message in prompt.messages if role_of(message) not in _SYSTEM_ROLES]
    messages = [{"role": "system", "content": system.strip()}, *rest]
    return msgspec.structs.replace(prompt, messages=messages)
