"""K1: a key is in a trusted keyring or nowhere, and it is said why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null
from keyring.errors import KeyringLocked

from tunedesk.core.errors import TunedeskError
from tunedesk.store.secrets import Found, KeyStore

_ORIGIN = "https://api.example.com"
_KEY = "sk-canary-5ce1f0"


class Memory(KeyringBackend):
    """A backend that works."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


class Forgetful(Memory):
    """Takes a key and loses it, as the null backend does."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Locked(Memory):
    """Nobody opens the lock."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"locked: {service}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"locked, and here is your key: {password}")

    def delete_password(self, service: str, username: str) -> None:
        raise KeyringLocked("locked")


class Broken(Memory):
    """Fails in a way of its own."""

    def get_password(self, service: str, username: str) -> str | None:
        raise OSError("no bus")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError(f"no bus for {password}")


class Sticky(Memory):
    """Does not let go of a key."""

    def delete_password(self, service: str, username: str) -> None:
        raise RuntimeError("denied")


_TRUSTED = {__name__: "the test's keyring"}


def store_with(backend: object) -> KeyStore:
    return KeyStore(lambda: backend, trusted=_TRUSTED)


def test_a_working_keyring_keeps_the_key_across_starts() -> None:
    backend = Memory()
    keys = store_with(backend)
    assert keys.set("openai", _ORIGIN, _KEY) == ""
    assert keys.where() == "the test's keyring"
    assert store_with(backend).get("openai", _ORIGIN) == Found(_KEY, "")
    keys.delete("openai", _ORIGIN)
    keys.delete("openai", _ORIGIN)
    assert keys.get("openai", _ORIGIN) == Found(None, "")
    assert not backend.held


def test_a_key_belongs_to_one_address() -> None:
    keys = store_with(Memory())
    keys.set("openai", _ORIGIN, _KEY)
    assert keys.get("openai", "https://evil.example.com").key is None
    assert keys.get("other", _ORIGIN).key is None


@pytest.mark.parametrize(
    ("backend", "why"), [(Forgetful(), "forgetful"), (Locked(), "locked"), (Broken(), "failed")]
)
def test_a_trusted_keyring_that_fails_says_how(backend: Memory, why: str) -> None:
    keys = store_with(backend)
    assert keys.set("openai", _ORIGIN, _KEY) == why
    assert keys.get("openai", _ORIGIN) == Found(None, "" if why == "forgetful" else why)
    keys.delete("openai", _ORIGIN)
    assert not backend.held


@pytest.mark.parametrize(
    ("backend", "why"),
    [(fail.Keyring(), "none"), (null.Keyring(), "forgetful"), (object(), "unsafe")],
)
def test_an_untrusted_backend_is_never_given_the_key(backend: object, why: str) -> None:
    keys = store_with(backend)
    assert keys.where() == ""
    assert keys.set("openai", _ORIGIN, _KEY) == why
    assert keys.get("openai", _ORIGIN) == Found(None, why)


def test_of_a_chain_only_the_trusted_backend_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_text, good = Memory(), Sticky()
    monkeypatch.setattr(Memory, "__module__", "keyrings.alt.file")
    chain = chainer.ChainerBackend()
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [plain_text, good])
    keys = store_with(chain)
    assert keys.set("openai", _ORIGIN, _KEY) == ""
    assert not plain_text.held
    assert list(good.held.values()) == [_KEY]
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [plain_text])
    assert keys.set("openai", _ORIGIN, _KEY) == "unsafe"
    assert not plain_text.held


def test_a_keyring_that_cannot_even_start_is_no_keyring() -> None:
    def broken() -> object:
        raise RuntimeError("no D-Bus")

    keys = KeyStore(broken)
    assert keys.set("openai", _ORIGIN, _KEY) == "none"
    assert keys.get("openai", _ORIGIN) == Found(None, "none")


def test_a_key_that_cannot_be_deleted_is_said_without_the_key() -> None:
    keys = store_with(Sticky())
    keys.set("openai", _ORIGIN, _KEY)
    with pytest.raises(TunedeskError) as caught:
        keys.delete("openai", _ORIGIN)
    assert "the test's keyring" in caught.value.what
    assert _KEY not in str(caught.value)


_PROGRAM = f"""
import sys
from tunedesk.store.secrets import KeyStore
keys = KeyStore()
assert "keyring" not in sys.modules, "imported before it was needed"
print(keys.set("openai", "{_ORIGIN}", "{_KEY}"), keys.get("openai", "{_ORIGIN}").key)
"""


@pytest.mark.parametrize(("backend", "why"), [("fail", "none"), ("null", "forgetful")])
def test_without_a_keyring_no_file_holds_the_key(tmp_path: Path, backend: str, why: str) -> None:
    environ = os.environ | {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PYTHON_KEYRING_BACKEND": f"keyring.backends.{backend}.Keyring",
    }
    said = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert said.stdout.split() == [why, "None"]
    written = [p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()]
    assert not any(_KEY.encode() in content for content in written)
