"""D10: a project of every released version, and of every format before, opens with nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.released import (
    VERSIONS,
    Content,
    content,
    lay_ledger,
    lay_ledger_of_format,
    tables,
)
from tunedesk.store.ledger import LEDGER_NAME, Ledger
from tunedesk.store.ledger_database import Database
from tunedesk.store.ledger_schema import MIGRATIONS, migrate, version_of


def read_all(ledger: Ledger) -> list[object]:
    """Whatever today's app asks an older project for, as it comes from the ledger."""
    (dataset,) = ledger.datasets()
    (job,) = ledger.jobs()
    return [
        (dataset.name, dataset.n_rows, ledger.dataset_settings(1).seed, ledger.split_overrides(1)),
        (job.name, job.state and job.state.fine_tuned_model, ledger.snapshot(job.train_digest)),
        (ledger.upload_of(job.train_digest, "local"), ledger.events("job-1")),
        (ledger.checkpoints("job-1"), ledger.kept_checkpoints("job-1")),
        (ledger.part_upload(job.train_digest, "openai"), ledger.asked_samples("job-1")),
        (ledger.rounds(), ledger.waiting_rounds(), ledger.votes(), ledger.row_tags(1)),
        (ledger.frozen_models(), ledger.frozen_answers("frozen", "gpt-old")),
        (ledger.chats(), ledger.chat_turns("chat-1"), ledger.ratings()),
        (ledger.project_name(), ledger.summary()),
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_project_of_a_released_version_opens_whole(version: str, tmp_path: Path) -> None:
    path = tmp_path / "Marv" / LEDGER_NAME
    lay_ledger(version, path)
    before = content(path)
    assert all(before.values()), "a table without a row proves nothing"
    ledger = Ledger.open(path)
    told = read_all(ledger)
    assert all(all(part) for part in told)  # type: ignore[call-overload]
    ledger.close()
    _holds_all_of(before, content(path))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_released_format_is_made_as_it_was_then(version: str, tmp_path: Path) -> None:
    lay_ledger(version, tmp_path / "then")
    then = Database.open(tmp_path / "then")
    number = version_of(then)
    then.close()
    now = Database.open(tmp_path / "now")
    migrate(now, MIGRATIONS[:number])
    now.close()
    assert tables(tmp_path / "now") == tables(tmp_path / "then")


@pytest.mark.parametrize("number", range(1, len(MIGRATIONS)))
def test_an_older_format_is_backed_up_and_keeps_everything(number: int, tmp_path: Path) -> None:
    path = tmp_path / "Marv" / LEDGER_NAME
    lay_ledger_of_format(number, VERSIONS[-1], path)
    before = content(path)
    ledger = Ledger.open(path)
    assert ledger.summary().n_votes == 1
    read_all(ledger)
    ledger.close()
    (backup,) = path.parent.glob("*.backup")
    assert backup.name == f"{LEDGER_NAME}.v{number}.backup"
    assert content(backup) == before
    _holds_all_of(before, content(path))


def _holds_all_of(before: Content, after: Content) -> None:
    for table, rows in before.items():
        known = [{name: row[name] for name in rows[0]} for row in after[table]] if rows else []
        assert known == rows, table
