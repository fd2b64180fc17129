"""Which conversations a project has: found, begun, named, deleted."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

import msgspec

from tunedesk.core.search_text import literal_pattern
from tunedesk.services.chat.conversation import Conversation
from tunedesk.services.compare.answering import Digests
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.store.chat_records import ChatPane, ChatRecord
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import Contender

NAME_CHARS = 60
_LAST = "chat_last"


class ChatRoom:
    """One for each open project; everything is called on the loop's thread."""

    def __init__(self, project: Project, providers: Providers, digests: Digests) -> None:
        self._project = project
        self._providers = providers
        self._digests = digests
        self.background = project.background

    async def chats(self, text: str = "") -> list[ChatRecord]:
        """The conversations, the last one used first; of those alone that hold `text`, in their
        names or in what was said on any branch, if it is not blank."""
        return await self._project.in_ledger(lambda ledger: _found(ledger, text.strip()))

    def begin(self, contenders: Sequence[Contender]) -> Conversation:
        """A new one, a pane for each; it is kept from its first prompt on."""
        now_ms = self._project.clock()
        panes = tuple(ChatPane(id=n, contender=c) for n, c in enumerate(contenders, 1))
        record = ChatRecord(
            id=uuid.uuid4().hex,
            name="",
            created_at_ms=now_ms,
            changed_at_ms=now_ms,
            panes=panes or (ChatPane(id=1),),
        )
        return Conversation(self._project, self._providers, self._digests, record, ())

    async def open(self, record: ChatRecord) -> Conversation:
        """One that is kept, as it stands."""
        turns = await self._project.in_ledger(lambda ledger: ledger.chat_turns(record.id))
        await self._project.in_ledger(lambda ledger: ledger.put_note(_LAST, record.id))
        return Conversation(self._project, self._providers, self._digests, record, turns)

    async def last(self) -> Conversation | None:
        """The conversation used last, None if there is none."""
        found = await self.chats()
        return await self.open(found[0]) if found else None

    async def rename(self, record: ChatRecord, name: str) -> ChatRecord:
        """Give it another name."""
        named = msgspec.structs.replace(record, name=name.strip()[:NAME_CHARS])
        await self._project.in_ledger(lambda ledger: ledger.put_chat(named))
        return named

    async def delete(self, record: ChatRecord) -> None:
        """Forget it, with all its branches."""
        await self._project.in_ledger(lambda ledger: ledger.delete_chat(record.id))


def _found(ledger: Ledger, text: str) -> list[ChatRecord]:
    chats = ledger.chats()
    if not text:
        return chats
    pattern = re.compile(literal_pattern(text), re.IGNORECASE)
    holding = {chat_id for chat_id, said in ledger.chat_texts() if pattern.search(said)}
    return [chat for chat in chats if chat.id in holding or pattern.search(chat.name)]
