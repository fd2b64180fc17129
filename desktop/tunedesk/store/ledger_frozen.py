"""The ledger's part about kept answers: models that answer after their end."""

from __future__ import annotations

from tunedesk.core.chat import Answer
from tunedesk.store.ledger_database import Tables, clean, columns_of, packed, record_of
from tunedesk.store.records import FrozenAnswer, FrozenModel

_NESTED = frozenset({"messages", "settings", "answer"})
_OF = "provider_id = ? AND model = ?"
_ONE = "provider_id = ? AND model = ? AND prompt_digest = ?"


class FrozenTables(Tables):
    """Frozen models with their answers. Part of `Ledger`."""

    def add_frozen(self, model: FrozenModel) -> None:
        """Note a model whose answers are to be kept; one that is known stays as it is."""
        with self._database.writing():
            self._database.insert("frozen_models", columns_of(model), verb="INSERT OR IGNORE")

    def frozen_models(self) -> list[FrozenModel]:
        """Those with at least one ask, the last begun first."""
        rows = self._database.rows(
            "SELECT * FROM frozen_models AS m WHERE EXISTS (SELECT 1 FROM frozen_answers AS a"
            " WHERE a.provider_id = m.provider_id AND a.model = m.model)"
            " ORDER BY created_at_ms DESC, model"
        )
        return [record_of(FrozenModel, row) for row in rows]

    def remove_frozen(self, provider_id: str, model: str) -> None:
        """Forget a model's kept answers for good; rounds and votes stay."""
        with self._database.writing():
            self._database.run(f"DELETE FROM frozen_models WHERE {_OF}", (provider_id, model))  # noqa: S608

    def put_ask(self, ask: FrozenAnswer) -> None:
        """Write down that a prompt is about to be sent, in place of what came of it before.

        IntegrityError for an unknown model.
        """
        with self._database.writing():
            self._put(ask)

    def take_back_ask(self, ask: FrozenAnswer, before: FrozenAnswer | None) -> None:
        """It was surely not taken: as it was before it was written down."""
        with self._database.writing():
            self._database.run(f"DELETE FROM frozen_answers WHERE {_ONE}", _key(ask))  # noqa: S608
            if before is not None:
                self._put(before)

    def _put(self, ask: FrozenAnswer) -> None:
        columns = columns_of(ask, _NESTED)
        self._database.insert("frozen_answers", columns, verb="INSERT OR REPLACE")

    def end_ask(self, ask: FrozenAnswer, answer: Answer | None, problem: str = "") -> None:
        """What came of it."""
        with self._database.writing():
            self._database.run(
                f"UPDATE frozen_answers SET answer = ?, problem = ? WHERE {_ONE}",  # noqa: S608
                (packed(answer) if answer is not None else None, clean(problem), *_key(ask)),
            )

    def frozen_answers(self, provider_id: str, model: str) -> list[FrozenAnswer]:
        """Every ask of a model, in the order they were asked."""
        rows = self._database.rows(
            f"SELECT * FROM frozen_answers WHERE {_OF} ORDER BY asked_at_ms, prompt_digest",  # noqa: S608
            (provider_id, model),
        )
        return [record_of(FrozenAnswer, row, _NESTED) for row in rows]

    def frozen_answer(
        self, provider_id: str, model: str, prompt_digest: str
    ) -> FrozenAnswer | None:
        """What came of one prompt, None if it was not asked."""
        row = self._database.row(
            f"SELECT * FROM frozen_answers WHERE {_ONE}",  # noqa: S608
            (provider_id, model, prompt_digest),
        )
        return record_of(FrozenAnswer, row, _NESTED) if row is not None else None


def _key(ask: FrozenAnswer) -> tuple[str, str, str]:
    return ask.provider_id, ask.model, ask.prompt_digest
