"""Settings come back, keep what they do not know, and survive a broken file."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from tests.support.file_faults import FaultyDisk
from tunedesk.core.errors import TunedeskError
from tunedesk.store.settings import SettingsStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


def test_settings_come_back(path: Path) -> None:
    settings = SettingsStore(path)
    assert settings.get("theme", "system") == "system"
    settings.set("theme", "dark")
    settings.set("recent", ["/home/ก"])
    again = SettingsStore(path)
    assert again.get("theme", "system") == "dark"
    assert again.get("recent", []) == ["/home/ก"]
    assert again.note == ""
    again.remove("theme")
    assert SettingsStore(path).get("theme", "system") == "system"


def test_what_this_version_does_not_know_is_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"from_the_future": {"x": [1, null]}, "theme": "dark"}')
    SettingsStore(path).set("theme", "light")
    assert json.loads(path.read_text()) == {"from_the_future": {"x": [1, None]}, "theme": "light"}


@pytest.mark.parametrize(
    ("stored", "default", "expected"),
    [("12", 5, 5), (True, 1, 1), (3, 1.5, 3.0), (None, "x", "x"), ([1], None, [1]), (0, 7, 0)],
)
def test_a_value_of_the_wrong_type_is_not_taken(
    path: Path, stored: object, default: object, expected: object
) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"key": stored}))
    value = SettingsStore(path).get("key", default)  # type: ignore[type-var]
    assert (value, type(value)) == (expected, type(expected))


@pytest.mark.parametrize("content", [b"{half", b"\xff\xfe", b"[]", b"", b"[" * 100_000])
def test_a_broken_file_is_set_aside_with_a_word(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    settings = SettingsStore(path)
    assert settings.get("theme", "system") == "system"
    assert "settings.json.broken" in settings.note
    assert path.with_name("settings.json.broken").read_bytes() == content
    settings.set("theme", "dark")
    assert SettingsStore(path).note == ""


def test_a_file_that_cannot_be_read_is_no_reason_not_to_start(path: Path) -> None:
    path.mkdir(parents=True)
    settings = SettingsStore(path)
    assert settings.get("theme", "system") == "system"
    assert str(path) in settings.note


def test_a_full_disk_keeps_the_old_file_and_the_new_value_in_memory(path: Path) -> None:
    settings = SettingsStore(path)
    settings.set("theme", "dark")
    before = path.read_bytes()
    disk = FaultyDisk(1, errno.ENOSPC, once=False)
    with disk.plugged_in(), pytest.raises(TunedeskError, match="disk is full"):
        settings.set("theme", "light")
    assert path.read_bytes() == before
    assert settings.get("theme", "") == "light"
