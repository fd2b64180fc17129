"""The ledger under kill -9 and on a full disk: what was acknowledged is there."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support.dying_programs import a_job, an_event, start
from tunedesk.core.errors import TunedeskError
from tunedesk.store.ledger import Ledger


@pytest.mark.parametrize("seed", range(6))
def test_killed_while_writing_it_holds_what_it_acknowledged(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "project.tunedesk"
    n_before_kill = random.Random(seed).randint(1, 60)
    with start("write_ledger", str(path)) as program:
        assert program.stdout is not None
        for _ in range(n_before_kill):
            program.stdout.readline()
        program.kill()
        n_acknowledged = n_before_kill + program.stdout.read().count("\n")

    ledger = Ledger.open(path)
    jobs = {job.local_id: job for job in ledger.jobs()}
    for number in range(n_acknowledged):
        local_id = f"job-{number}"
        assert jobs[local_id] == a_job(local_id, number)
        assert ledger.events(local_id) == [an_event(number, i) for i in range(5)]
    assert len(jobs) <= n_acknowledged + 1
    ledger.close()


def test_a_full_disk_is_said_and_what_was_there_stays(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "project.tunedesk")
    ledger.add_intent(a_job("kept", 0))
    n_pages = ledger._database.number("PRAGMA page_count")
    ledger._database.run(f"PRAGMA max_page_count = {n_pages}")
    with pytest.raises(TunedeskError, match="disk is full") as caught:
        for number in range(1000):
            ledger.add_intent(a_job(f"more-{number}", number))
    assert caught.value.code == "ledger.disk_full"
    assert "project.tunedesk" in caught.value.what
    assert ledger.job("kept") == a_job("kept", 0)
    ledger._database.run("PRAGMA max_page_count = 1000000")
    ledger.add_intent(a_job("later", 1))
    ledger.close()


def test_a_failed_transaction_leaves_nothing_of_itself(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "project.tunedesk")
    ledger.add_intent(a_job("job", 0))
    events = [an_event(0, 0), None]
    with pytest.raises(AttributeError):
        ledger.add_events("job", events)  # type: ignore[arg-type]
    assert ledger.events("job") == []
    assert ledger.add_events("job", [an_event(0, 0)]) == 1
    ledger.close()
