"""The ledger's part about free conversations."""

from __future__ import annotations

from tunedesk.store.chat_records import ChatRecord, ChatTurn
from tunedesk.store.ledger_database import Tables, columns_of, record_of

_NESTED = frozenset({"panes"})
_NESTED_OF_TURN = frozenset({"answer"})


class ChatTables(Tables):
    """Part of `Ledger`."""

    def put_chat(self, chat: ChatRecord) -> None:
        """Add a conversation, or write what changed of it."""
        columns = columns_of(chat, _NESTED)
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "id")
        names, marks = ", ".join(columns), ", ".join(f":{name}" for name in columns)
        with self._database.writing():
            self._database.run(
                f"INSERT INTO chats ({names}) VALUES ({marks}) "  # noqa: S608  our own names
                f"ON CONFLICT (id) DO UPDATE SET {changes}",
                columns,
            )

    def delete_chat(self, chat_id: str) -> None:
        """Forget a conversation and all its turns."""
        with self._database.writing():
            self._database.run("DELETE FROM chats WHERE id = ?", (chat_id,))

    def put_turn(self, chat_id: str, turn: ChatTurn) -> None:
        """Add a turn, or write it anew."""
        columns = columns_of(turn, _NESTED_OF_TURN) | {"chat_id": chat_id}
        with self._database.writing():
            self._database.insert("chat_turns", columns, verb="INSERT OR REPLACE")

    def chats(self) -> list[ChatRecord]:
        """All conversations, the last one used first."""
        rows = self._database.rows("SELECT * FROM chats ORDER BY changed_at_ms DESC, id")
        return [record_of(ChatRecord, row, _NESTED) for row in rows]

    def chat_turns(self, chat_id: str) -> list[ChatTurn]:
        """Every turn of a conversation on every branch, in the order they were begun."""
        columns = ", ".join(ChatTurn.__struct_fields__)
        rows = self._database.rows(
            f"SELECT {columns} FROM chat_turns WHERE chat_id = ? ORDER BY id",  # noqa: S608
            (chat_id,),
        )
        return [record_of(ChatTurn, row, _NESTED_OF_TURN) for row in rows]

    def chat_texts(self) -> list[tuple[str, str]]:
        """Conversation's id and text of every turn, for a search."""
        rows = self._database.rows("SELECT chat_id, text FROM chat_turns ORDER BY chat_id, id")
        return [(row["chat_id"], row["text"]) for row in rows]
