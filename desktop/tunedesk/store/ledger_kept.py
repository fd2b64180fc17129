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

    def asked_samples(self, local_id: str) -> dict[str, list[Sample]]:
        """Model → what it answered, of a job."""
        rows = self._database.rows(
            "SELECT model, prompt, answer FROM asked_samples WHERE local_id = ?", (local_id,)
        )
        found: dict[str, list[Sample]] = {}
        for row in rows:
            found.setdefault(row["model"], []).append(Sample(row["prompt"], row["answer"]))
        return found
