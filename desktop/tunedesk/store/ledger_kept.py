"""The ledger's part about checkpoints: which are kept, and what they were asked by hand."""

from __future__ import annotations

from tunedesk.core.jobs import Sample
from tunedesk.store.ledger_database import Tables, clean


class KeptTables(Tables):
    """Part of `Ledger`."""

    def keep_checkpoint(self, local_id: str, model: str, name: str) -> None:
        """Mark a checkpoint of a job under a name; from now on it stays in the job's list."""
        columns = {"local_id": local_id, "model": model, "name": clean(name)}
        with self._database.writing():
            self._database.insert("kept_checkpoints", columns, verb="INSERT OR REPLACE")

    def release_checkpoint(self, local_id: str, model: str) -> None:
        """Take the mark away."""
        with self._database.writing():
            self._database.run(
                "DELETE FROM kept_checkpoints WHERE local_id = ? AND model = ?", (local_id, model)
            )

    def kept_checkpoints(self, local_id: str) -> dict[str, str]:
        """Model → name of those that are kept of a job."""
        rows = self._database.rows(
            "SELECT model, name FROM kept_checkpoints WHERE local_id = ?", (local_id,)
        )
        return {row["model"]: row["name"] for row in rows}

    def add_samples(self, local_id: str, model: str, samples: list[Sample]) -> None:
        """What a model of a job (or its base) answered when it was asked by hand."""
        with self._database.writing():
            for one in samples:
                columns = {
                    "local_id": local_id,
                    "model": model,
                    "prompt": clean(one.prompt),
                    "answer": clean(one.answer),
                }
                self._database.insert("asked_samples", columns, verb="INSERT OR REPLACE")

    def note_sample_ask(self, local_id: str, model: str, prompt: str, now_ms: int) -> None:
        """A model is about to be asked this: from now on it may have been billed."""
        columns = {"local_id": local_id, "model": model, "prompt": clean(prompt)}
        with self._database.writing():
            self._database.insert(
                "sample_asks", columns | {"asked_at_ms": now_ms}, verb="INSERT OR REPLACE"
            )

    def forget_sample_ask(self, local_id: str, model: str, prompt: str) -> None:
        """It was refused: nothing was billed."""
        with self._database.writing():
            self._database.run(
                "DELETE FROM sample_asks WHERE local_id = ? AND model = ? AND prompt = ?",
                (local_id, model, clean(prompt)),
            )

    def sample_asks(self, local_id: str) -> set[tuple[str, str]]:
        """(model, prompt) of all that was asked by hand, answered or not."""
        rows = self._database.rows(
            "SELECT model, prompt FROM sample_asks WHERE local_id = ?", (local_id,)
        )
        return {(row["model"], row["prompt"]) for row in rows}

    def asked_samples(self, local_id: str) -> dict[str, list[Sample]]:
        """Model → what it answered, of a job."""
        rows = self._database.rows(
            "SELECT model, prompt, answer FROM asked_samples WHERE local_id = ?", (local_id,)
        )
        found: dict[str, list[Sample]] = {}
        for row in rows:
            found.setdefault(row["model"], []).append(Sample(row["prompt"], row["answer"]))
        return found
