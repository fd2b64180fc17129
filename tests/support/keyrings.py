"""Keyrings that work, fail, stay locked, forget, write plain text, or take their time."""

from __future__ import annotations

import base64
import threading
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from tunedesk.store.secrets import KeyStore

NAME = "the test's keyring"


class GoodKeyring(KeyringBackend):
    """Keeps what it is given, in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[username]


class LockedKeyring(GoodKeyring):
    """Nobody opens the lock; its errors quote what they were given. `n_asked`: for its password."""

    n_asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.n_asked += 1
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"locked, and here is your key: {password}")


class FailingKeyring(GoodKeyring):
    """Has a fault of its own."""

    def get_password(self, service: str, username: str) -> str | None:
        raise OSError("no bus")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError(f"no bus for {password}")


class ForgetfulKeyring(GoodKeyring):
    """Takes a key and loses it."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return


class SlowKeyring(GoodKeyring):
    """Waits for `answer` to be set, as one that shows a prompt nobody sees."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.answer.wait(60)
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.answer.wait(60)
        super().set_password(service, username, password)


class PlainTextKeyring(GoodKeyring):
    """Works, by a file that anybody can read: as the one of keyrings.alt."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password)
        self._path.write_bytes(base64.b64encode(password.encode()))


PlainTextKeyring.__module__ = "keyrings.alt.file"


def key_store(backend: KeyringBackend) -> KeyStore:
    """A store on this backend, which it trusts unless its module is a known bad one."""
    return KeyStore(lambda: backend, trusted={__name__: NAME})
