"""D11: earlier versions stay, thinned out with age, and come back byte for byte."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

import pytest

from tunedesk.core import rotation
from tunedesk.core.edits import SetRow
from tunedesk.core.errors import TunedeskError
from tunedesk.store.backups import Backups
from tunedesk.store.dataset_file import DatasetFile

DAY_MS = 86_400_000
START_MS = 1_700_000_000_000


@pytest.mark.parametrize("seed", range(5))
def test_over_a_thousand_days_recent_daily_weekly_and_monthly_ones_stay(seed: int) -> None:
    chance = random.Random(seed)
    held: set[int] = set()
    ever: list[int] = []
    for day in range(1_000):
        for _ in range(chance.choice([0, 0, 1, 2, 9])):
            at_ms = START_MS + day * DAY_MS + chance.randrange(DAY_MS)
            ever.append(at_ms)
            held = rotation.kept({*held, at_ms}, START_MS + (day + 1) * DAY_MS)
        now_ms = START_MS + (day + 1) * DAY_MS
        recent = sorted(ever)[-rotation.N_NEWEST :]
        assert held.issuperset(recent), f"seed {seed}, day {day}"
        assert len(held) <= (
            rotation.N_NEWEST + rotation.N_DAYS + rotation.N_WEEKS + rotation.N_MONTHS
        )
        for span_ms in (DAY_MS * 6, DAY_MS * 28, DAY_MS * 330):
            if any(at_ms > now_ms - span_ms for at_ms in ever):
                assert any(at_ms > now_ms - span_ms for at_ms in held)
        old = [at_ms for at_ms in ever if now_ms - 300 * DAY_MS < at_ms < now_ms - 200 * DAY_MS]
        if old and day > 300:
            assert [at for at in held if now_ms - 331 * DAY_MS < at < now_ms - 169 * DAY_MS]


def test_each_save_keeps_the_version_before_and_any_can_be_restored(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"n":0}\r\n{"n":1}')
    backups = Backups(tmp_path / "backups")
    versions: dict[int, str] = {}
    for number in range(4):
        os.utime(path, ns=(0, (START_MS + number * DAY_MS) * 1_000_000))
        versions[START_MS + number * DAY_MS] = _digest(path)
        file = DatasetFile.open(path)
        file.apply(SetRow(0, b"edit %d" % number))
        backups.keep(path, START_MS + number * DAY_MS + 1)
        file.save()
        file.close()
    found = backups.all()
    assert [backup.at_ms for backup in found] == sorted(versions, reverse=True)
    assert {backup.at_ms: _digest(backup.path) for backup in found} == versions

    newest = _digest(path)
    backups.restore(found[-1], path)
    assert _digest(path) == versions[START_MS]
    assert _digest(path) != newest
    assert len(backups.all()) == 4


def test_any_backup_of_a_thousand_days_is_restored_with_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved day after day; every month one is restored, and whatever is there is what was saved."""
    monkeypatch.setattr("os.fsync", lambda _: None)  # two thousand of them are not the question
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"n":0}\n{"n":1}\n')
    backups = Backups(tmp_path / "backups")
    hashes: dict[int, str] = {}
    chance = random.Random(11)
    for day in range(1_000):
        at_ms = START_MS + day * DAY_MS
        os.utime(path, ns=(0, at_ms * 1_000_000))
        hashes[at_ms] = _digest(path)
        backups.keep(path, at_ms + 1)
        if day % 30 == 29:
            chosen = chance.choice(backups.all())
            backups.restore(chosen, path)
            assert _digest(path) == hashes[chosen.at_ms], f"day {day}"
        file = DatasetFile.open(path)
        file.apply(SetRow(chance.randrange(2), b'{"day":%d}' % day))
        file.save()
        file.close()
    found = backups.all()
    assert 15 < len(found) < 30
    assert {backup.at_ms: _digest(backup.path) for backup in found} == {
        backup.at_ms: hashes[backup.at_ms] for backup in found
    }


def test_a_backup_on_another_disk_is_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"a\n")

    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    backups = Backups(tmp_path / "elsewhere")
    backups.keep(path, START_MS * 2)
    path.write_bytes(b"b\n")
    assert backups.all()[0].path.read_bytes() == b"a\n"


def test_a_backup_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    blocked = tmp_path / "backups"
    blocked.write_bytes(b"")  # a file where the folder should be
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"a\n")
    with pytest.raises(TunedeskError, match="No backup"):
        Backups(blocked).keep(path, START_MS)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
