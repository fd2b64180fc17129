"""Keys by provider: usable at once, kept in the keyring if it will have them, never in a file."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Literal

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.providers.credentials import Credentials, hint_of
from tunedesk.providers.profiles import Profile
from tunedesk.services.work.patient_lane import PatientLane
from tunedesk.services.work.subscribers import Subscribers
from tunedesk.store.secrets import Found, KeyStore, Why

__all__ = ["KeyState", "ProviderKeys"]

SLOW_S = 6.0

Account = tuple[str, str]
"""Name of a secret (a profile's id, or that and a header's name) and the origin it is for."""


class KeyState(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may know of a provider's key.

    `kept`: "keyring", "session" (in memory alone), "waiting" (the keyring has not answered yet;
    `why` is "slow" once that takes long), or "" where there is no key. `why` says what keeps it
    from the keyring, or what keeps the keyring from giving it out. `where` names the keyring.
    """

    kept: Literal["", "keyring", "session", "waiting"] = ""
    hint: str = ""
    why: Why | Literal["slow"] = ""
    where: str = ""


class _Held:
    """A secret in memory; not printed by anything."""

    __slots__ = ("kept", "secret", "why")

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.kept: Literal["keyring", "session", "waiting"] = "waiting"
        self.why: Why | Literal["slow"] = ""


class ProviderKeys:
    """Everything is called on the loop's thread; the keyring is asked in one of its own."""

    def __init__(self, store: KeyStore | None = None, *, slow_s: float = SLOW_S) -> None:
        """Without a store, keys are for this session alone."""
        self._store = store
        self._slow_s = slow_s
        self._lane = PatientLane("keyring")
        self._held: dict[Account, _Held] = {}
        self._looking: dict[Account, Why | Literal["slow", "looking"]] = {}
        self._where = ""
        self._n_closed = 0  # how often it was asked and stayed closed
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscribers: Subscribers[[]] = Subscribers()

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """`callback()` whenever a state changed; returns what ends it."""
        return self._subscribers.add(callback)

    # ---- looking -------------------------------------------------------------------------------

    def credentials(self, profile: Profile) -> Credentials | None:
        """What is sent to this profile's origin; None while a secret that it needs is unknown."""
        found: dict[str, str] = {}
        for name in _names(profile):
            held = self._held.get((name, profile.origin))
            if held is not None:
                found[name] = held.secret
            elif name != profile.id or profile.needs_key:
                return None
        headers = {header: found[_named(profile, header)] for header in profile.secret_headers}
        return Credentials(found.get(profile.id, ""), headers)

    def state(self, profile: Profile) -> KeyState:
        """Of the key itself; of a secret header if one is missing or worse off."""
        accounts = [(name, profile.origin) for name in _names(profile)]
        held = [self._held.get(account) for account in accounts]
        for account, one in zip(accounts, held, strict=True):
            if one is None and (account[0] != profile.id or profile.needs_key):
                looking = self._looking.get(account, "")
                if looking == "looking":
                    return KeyState(kept="waiting", where=self._where)
                return KeyState(why=looking, where=self._where)
        known = [one for one in held if one is not None]
        if not known:
            return KeyState(where=self._where)
        worst = next((one for one in known if one.kept != "keyring"), known[0])
        hint = hint_of(known[0].secret)
        return KeyState(kept=worst.kept, hint=hint, why=worst.why, where=self._where)

    # ---- changing ------------------------------------------------------------------------------

    def load(self, profile: Profile) -> None:
        """Look in the keyring for what is not known yet; `subscribe` tells the end of it."""
        store = self._store
        if store is None or not (profile.needs_key or profile.secret_headers):
            return
        for name in _names(profile):
            account = (name, profile.origin)
            if account not in self._held and self._looking.get(account) != "looking":
                self._looking[account] = "looking"
                self._begin(self._look(store, account, self._n_closed))

    def enter(self, profile: Profile, key: str, headers: Mapping[str, str] | None = None) -> None:
        """Use these from now on, and have the keyring keep them. An empty one is left as it is."""
        secrets = {profile.id: key.strip()}
        secrets |= {_named(profile, name): value.strip() for name, value in (headers or {}).items()}
        for name, secret in secrets.items():
            if secret:
                account = (name, profile.origin)
                held = self._held[account] = _Held(secret)
                if self._store is None:
                    held.kept, held.why = "session", "none"
                else:
                    self._begin(self._keep(self._store, account, held))
        self._subscribers.tell()

    async def forget(self, profile: Profile, headers: Sequence[str] | None = None) -> None:
        """Forget all secrets of a profile at its origin, or those of some headers alone.

        TunedeskError if one stays in the keyring, or if that does not answer in time.
        """
        names = _names(profile) if headers is None else [_named(profile, one) for one in headers]
        for name in names:
            self._held.pop((name, profile.origin), None)
            self._looking.pop((name, profile.origin), None)
        self._subscribers.tell()
        if self._store is not None:
            for name in names:
                await self._delete(self._store, (name, profile.origin))

    async def try_out(self) -> tuple[Why | Literal["slow"], str]:
        """Have the keyring keep a made-up secret and forget it: "" or why not, and its name."""
        if self._store is None:
            return "none", ""
        try:
            async with asyncio.timeout(self._slow_s):
                return await self._lane.run(_tried, self._store)
        except TimeoutError:
            return "slow", ""
        except TunedeskError:  # it was kept, and is not let go
            return "failed", ""

    async def close(self) -> None:
        """Stop waiting for the keyring."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._lane.close()

    # ---- inner ---------------------------------------------------------------------------------

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _delete(self, store: KeyStore, account: Account) -> None:
        try:
            async with asyncio.timeout(self._slow_s):
                await self._lane.run(store.delete, *account)
        except TimeoutError:
            raise _not_deleted() from None

    async def _keep(self, store: KeyStore, account: Account, held: _Held) -> None:
        work = asyncio.create_task(self._lane.run(self._written, store, account, held.secret))
        try:
            if not await self._in_time(work):
                held.why = "slow"
                self._subscribers.tell()
            why, self._where = await work
        finally:
            work.cancel()
        held.kept, held.why = ("session", why) if why else ("keyring", "")
        self._subscribers.tell()

    async def _look(self, store: KeyStore, account: Account, n_closed: int) -> None:
        work = asyncio.create_task(self._lane.run(self._read, store, account, n_closed))
        try:
            if not await self._in_time(work):
                self._looking[account] = "slow"
                self._subscribers.tell()
            found, self._where = await work
        finally:
            work.cancel()
        self._looking[account] = found.why
        if found.key and account not in self._held:  # nobody entered another one meanwhile
            held = self._held[account] = _Held(found.key)
            held.kept = "keyring"
        self._subscribers.tell()

    async def _in_time(self, work: asyncio.Task[object]) -> bool:
        done, _ = await asyncio.wait({work}, timeout=self._slow_s)
        return bool(done)

    @staticmethod
    def _written(store: KeyStore, account: Account, secret: str) -> tuple[Why, str]:
        return store.set(*account, secret), store.where()

    def _read(self, store: KeyStore, account: Account, n_closed: int) -> tuple[Found, str]:
        """In the keyring's thread. Somebody who closed its question is not asked the same for the
        next key, but only when it is looked for again."""
        if self._n_closed != n_closed:
            return Found(None, "locked"), store.where()
        found = store.get(*account)
        self._n_closed += found.why == "locked"
        return found, store.where()


def _tried(store: KeyStore) -> tuple[Why, str]:
    account = ("trial", "https://trial.invalid:443")
    why = store.set(*account, secrets.token_urlsafe())
    store.delete(*account)
    return why, store.where()


def _names(profile: Profile) -> list[str]:
    return [profile.id, *(_named(profile, header) for header in profile.secret_headers)]


def _named(profile: Profile, header: str) -> str:
    return f"{profile.id}/{header.lower()}"


def _not_deleted() -> TunedeskError:
    return TunedeskError(
        "key.not_deleted",
        "It is not known whether the key was deleted.",
        "The system's keyring does not answer.",
        'Look for "tunedesk" in the system\'s own tool for passwords, and delete it there.',
    )
