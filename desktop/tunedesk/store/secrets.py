"""Keys to providers: in the system's keyring or in memory, never in a file of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

from tunedesk.core.errors import TunedeskError

SERVICE = "tunedesk"
Kept = Literal["keyring", "session"]

# keyring itself takes any backend it finds: one that writes plain text into a file, and one that
# forgets what it is given without a word. Only these keep a secret.
_TRUSTED = {
    "keyring.backends.SecretService": "the system's keyring (Secret Service)",
    "keyring.backends.libsecret": "the system's keyring (libsecret)",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "the macOS keychain",
    "keyring.backends.Windows": "the Windows Credential Manager",
}


class Backend(Protocol):
    """The part of a keyring backend that is used."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


class KeyStore:
    """Holds one key for each provider profile *and* address: a changed address has no key.

    Blocking, for minutes if the system asks for a password: call it in a thread. A locked or
    failing keyring is never an error here; the key is then kept for this session, and `where`
    says so. No exception text holds a key.
    """

    def __init__(
        self,
        find: Callable[[], Any] | None = None,
        trusted: dict[str, str] | None = None,
    ) -> None:
        """`find` gives the keyring's backend (default: what `keyring` chose); for tests, also
        `trusted`: module name of a backend to what a person calls it."""
        self._find = find or _chosen_by_keyring
        self._trusted = _TRUSTED if trusted is None else trusted
        self._memory: dict[str, str] = {}

    def where(self) -> str:
        """Where keys are kept, as words that complete "Keys are kept in …"."""
        _, words = self._backend()
        return words or "memory, for this session only: there is no keyring that keeps secrets"

    def is_lasting(self) -> bool:
        """Whether a key will be there at the next start, as far as can be told before a try."""
        backend, _ = self._backend()
        return backend is not None

    def get(self, profile_id: str, origin: str) -> str | None:
        """The key for a profile at an origin such as `https://api.example.com`, if there is one."""
        account = _account(profile_id, origin)
        if account in self._memory:
            return self._memory[account]
        backend, _ = self._backend()
        return None if backend is None else _read(backend, account)

    def set(self, profile_id: str, origin: str, key: str) -> Kept:
        """Keep a key and say where: it is read back, and what does not last goes to memory."""
        account = _account(profile_id, origin)
        backend, _ = self._backend()
        if backend is not None and _write(backend, account, key):
            self._memory.pop(account, None)
            return "keyring"
        self._memory[account] = key
        return "session"

    def delete(self, profile_id: str, origin: str) -> None:
        """Forget a key. TunedeskError if the keyring still gives it out afterwards."""
        account = _account(profile_id, origin)
        self._memory.pop(account, None)
        backend, words = self._backend()
        if backend is None or _read(backend, account) is None:
            return
        _try_delete(backend, account)
        if _read(backend, account) is not None:
            raise TunedeskError(
                "key.not_deleted",
                "The key was not deleted.",
                f"It is still in {words}.",
                "Unlock the keyring and try again, or delete it with the system's own tool.",
            )

    def _backend(self) -> tuple[Backend | None, str]:
        """The first trusted backend and its name for a person; None and "" without one."""
        try:
            found = self._find()
        except Exception:  # a backend's start-up may fail in any way a desktop can
            return None, ""
        for backend in _members(found):
            words = self._trusted.get(type(backend).__module__)
            if words is not None:
                return backend, words
        return None, ""


def _chosen_by_keyring() -> Any:
    import keyring  # takes 0.1 s and looks at the desktop: not before it is needed

    return keyring.get_keyring()


def _members(found: Any) -> list[Any]:
    """A chain of backends may have an unsafe one in it: each is judged for itself."""
    if type(found).__module__ == "keyring.backends.chainer":
        return list(found.backends)
    return [found]


def _account(profile_id: str, origin: str) -> str:
    return f"{profile_id} {origin}"


# Backends raise their own errors, D-Bus errors and anything between; none of them may surface,
# as their texts are not ours to vouch for.


def _read(backend: Backend, account: str) -> str | None:
    try:
        return backend.get_password(SERVICE, account)
    except Exception:
        return None


def _write(backend: Backend, account: str, key: str) -> bool:
    try:
        backend.set_password(SERVICE, account, key)
    except Exception:
        return False
    return _read(backend, account) == key


def _try_delete(backend: Backend, account: str) -> None:
    try:
        backend.delete_password(SERVICE, account)
    except Exception:
        return  # the caller looks whether it worked
