"""Where things go, and that what goes there is private."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tunedesk.core.errors import TunedeskError
from tunedesk.store.folders import Folders


def test_one_variable_moves_everything(tmp_path: Path) -> None:
    folders = Folders.of_user({"TUNEDESK_HOME": str(tmp_path), "XDG_RUNTIME_DIR": "/run/user/1"})
    kinds = [folders.data, folders.config, folders.cache, folders.runtime]
    assert kinds == [tmp_path / name for name in ("data", "config", "cache", "runtime")]


def test_otherwise_the_desktops_own_folders_are_used() -> None:
    environ = {"XDG_DATA_HOME": "/d", "XDG_CONFIG_HOME": "relative", "XDG_RUNTIME_DIR": "/r"}
    folders = Folders.of_user(environ)
    assert folders.data == Path("/d/tunedesk")
    assert folders.config == Path.home() / ".config" / "tunedesk"
    assert folders.runtime == Path("/r/tunedesk")
    assert str(os.getuid()) in Folders.of_user({}).runtime.name


def test_folders_are_made_for_this_user_only(tmp_path: Path) -> None:
    folders = Folders.of_user({"TUNEDESK_HOME": str(tmp_path / "home")})
    assert not folders.data.exists()
    folders.make()
    folders.make()
    for folder in (folders.data, folders.config, folders.cache, folders.runtime):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_runtime_folder_that_is_somebody_elses_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "runtime").symlink_to(tmp_path / "theirs")
    with pytest.raises(TunedeskError, match="not private"):
        Folders.of_user({"TUNEDESK_HOME": str(tmp_path)}).make()
