"""The real Secret Service, GNOME's, on a bus and a home of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.environment import REAL_ENVIRON

pytestmark = pytest.mark.skipif(
    shutil.which("gnome-keyring-daemon") is None or shutil.which("dbus-run-session") is None,
    reason="needs gnome-keyring and dbus-daemon; make setup-test brings them where apt may be used",
)

KEY = "sk-canary-ไทย-🔑-real-9a8b7c"
ORIGIN = "https://api.example.com:443"
WHERE = "the system's keyring (Secret Service)"

_PROGRAM = """
import json, sys
from tunedesk.store.secrets import KeyStore
keys = KeyStore()
step, key, origin = sys.argv[1:4]
if step == "set":
    said = [keys.set("openai", origin, key), keys.where()]
elif step == "get":
    said = [*keys.get("openai", origin), keys.get("openai", "https://evil.example.com:443").key]
else:
    keys.delete("openai", origin)
    said = [*keys.get("openai", origin)]
print(json.dumps(said))
"""

_UNLOCKED = (
    "printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "
    'for step in set get delete; do "$0" -c "$1" $step "$2" "$3" || exit 1; done'
)
_LOCKED = 'for step in set get; do "$0" -c "$1" $step "$2" "$3" || exit 1; done'


def _said(home: Path, script: str) -> list[object]:
    """What each step said, run in one session of a new bus."""
    runtime = home / "run"
    runtime.mkdir(mode=0o700)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHON_KEYRING_BACKEND"}
    environ = kept | {
        "PATH": REAL_ENVIRON["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
    }
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        environ.pop(name, None)
    done = subprocess.run(
        ["dbus-run-session", "--", "bash", "-c", script, sys.executable, _PROGRAM, KEY, ORIGIN],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_key_goes_there_and_back_and_away(tmp_path: Path) -> None:
    assert _said(tmp_path, _UNLOCKED) == [["", WHERE], [KEY, "", None], [None, ""]]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".keyring" for path in files)
    assert not any(KEY.encode() in path.read_bytes() for path in files)


def test_a_keyring_that_nobody_unlocks_is_called_locked(tmp_path: Path) -> None:
    kept, found = _said(tmp_path, _LOCKED)
    assert kept == ["locked", WHERE]
    assert found in ([None, "locked", None], [None, "", None])  # without a collection: no key
