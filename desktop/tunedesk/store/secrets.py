"""Keys to providers in the system's keyring, never in a file of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Protocol

from tunedesk.core.errors import TunedeskError

SERVICE = "tunedesk"

Why = Literal["", "none", "unsafe", "forgetful", "locked", "failed"]
"""Why a key is not in a keyring: there is none, only one that writes plain text (or that nobody
vouches for), one that loses what it is given, one that stays locked, or another failure."""

# keyring itself takes any backend it finds: one that writes plain text into a file, and one that
# forgets what it is given without a word. Only these keep a secret.
_TRUSTED = {
    "keyring.backends.SecretService": "the system's keyring (Secret Service)",
    "keyring.backends.libsecret": "the system's keyring (libsecret)",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "the macOS keychain",
    "keyring.backends.Windows": "the Windows Credential Manager",
}
_NO_BACKEND = "keyring.backends.fail"
_FORGETS = "keyring.backends.null"
_LOCKED = frozenset({"KeyringLocked", "InitError", "LockedException", "PromptDismissedException"})


class Backend(Protocol):
    """The part of a keyring backend that is used."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


class Found(NamedTuple):
    """A key, or why none could be read; neither where there simply is none."""

    key: str | None
    why: Why


class KeyStore:
    """Holds secrets by name *and* address, so that a changed address has no key.

    Blocking, for minutes if the system asks for a password: call it in a thread. A locked or
    failing keyring is never an error here, but a `Why`. No exception text holds a key.
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

    def where(self) -> str:
        """The keyring's name for a person; "" without one that keeps secrets."""
        return self._backend()[1]

    def get(self, name: str, origin: str) -> Found:
        """The secret of this name for an origin such as `https://api.example.com:443`."""
        backend, _, why = self._backend()
        return _read(backend, _account(name, origin)) if backend is not None else Found(None, why)

    def set(self, name: str, origin: str, secret: str) -> Why:
        """Keep a secret and read it back; "" if it is there then, else why not."""
        backend, _, why = self._backend()
        return _write(backend, _account(name, origin), secret) if backend is not None else why

    def delete(self, name: str, origin: str) -> None:
        """Forget a secret. TunedeskError if the keyring still gives it out afterwards."""
        account = _account(name, origin)
        backend, words, _ = self._backend()
        if backend is None or _read(backend, account).key is None:
            return
        _try_delete(backend, account)
        if _read(backend, account).key is not None:
            raise TunedeskError(
                "key.not_deleted",
                "The key was not deleted.",
                f"It is still in {words}.",
                "Unlock the keyring and try again, or delete it with the system's own tool.",
            )

    def _backend(self) -> tuple[Backend | None, str, Why]:
        """The first trusted backend and its name for a person, or why there is none."""
        try:
            found = _members(self._find())
        except Exception:  # a backend's start-up may fail in any way a desktop can
            return None, "", "none"
        for backend in found:
            words = self._trusted.get(type(backend).__module__)
            if words is not None:
                return backend, words, ""
        modules = {type(backend).__module__ for backend in found} - {_NO_BACKEND}
        if not modules:
            return None, "", "none"
        return None, "", "forgetful" if modules == {_FORGETS} else "unsafe"


def _chosen_by_keyring() -> Any:
    import keyring  # takes 0.1 s and looks at the desktop: not before it is needed

    return keyring.get_keyring()


def _members(found: Any) -> list[Any]:
    """A chain of backends may have an unsafe one in it: each is judged for itself."""
    if type(found).__module__ == "keyring.backends.chainer":
        return list(found.backends)
    return [found]


def _account(name: str, origin: str) -> str:
    return f"{name} {origin}"


# Backends raise their own errors, D-Bus errors and anything between; none of them may surface,
# as their texts are not ours to vouch for.


def _read(backend: Backend, account: str) -> Found:
    try:
        return Found(backend.get_password(SERVICE, account), "")
    except Exception as error:
        return Found(None, _why(error))


def _write(backend: Backend, account: str, secret: str) -> Why:
    try:
        backend.set_password(SERVICE, account, secret)
    except Exception as error:
        return _why(error)
    found = _read(backend, account)
    return "" if found.key == secret else found.why or "forgetful"


def _why(error: Exception) -> Why:
    names = {kind.__name__ for kind in type(error).__mro__}
    return "locked" if names & _LOCKED else "failed"


def _try_delete(backend: Backend, account: str) -> None:
    try:
        backend.delete_password(SERVICE, account)
    except Exception:
        return  # the caller looks whether it worked
