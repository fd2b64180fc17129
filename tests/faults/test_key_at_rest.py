"""K1: whatever the keyring does, a key is in it or in memory; no file of ours ever holds it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null

from tests.support.fake_provider import fake_provider
from tests.support.keyrings import (
    FailingKeyring,
    ForgetfulKeyring,
    GoodKeyring,
    LockedKeyring,
    PlainTextKeyring,
    SlowKeyring,
    key_store,
)
from tests.support.projects import home, run, until
from tunedesk.services.providers.book import ProviderBook
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.keys import ProviderKeys
from tunedesk.services.providers.local_engine import LocalEngine
from tunedesk.services.providers.setup import ProviderSetup
from tunedesk.store.settings import SettingsStore

KEY, SECOND = "sk-canary-at-rest-c0ffee11", "pk-second-at-rest-77"

BACKENDS: dict[str, tuple[Callable[[Path], KeyringBackend], str, str]] = {
    "works": (lambda _: GoodKeyring(), "keyring", ""),
    "none": (lambda _: fail.Keyring(), "session", "none"),
    "null": (lambda _: null.Keyring(), "session", "forgetful"),
    "fails": (lambda _: FailingKeyring(), "session", "failed"),
    "locked": (lambda _: LockedKeyring(), "session", "locked"),
    "forgets": (lambda _: ForgetfulKeyring(), "session", "forgetful"),
    "plain text": (
        lambda folder: PlainTextKeyring(folder / "keyring_pass.cfg"),
        "session",
        "unsafe",
    ),
    "slow": (lambda _: SlowKeyring(), "waiting", "slow"),
}


@pytest.mark.parametrize("name", list(BACKENDS))
def test_no_file_holds_a_key(name: str, tmp_path: Path) -> None:
    make, kept, why = BACKENDS[name]
    backend = make(tmp_path)

    async def steps() -> None:
        async with home(tmp_path) as place, fake_provider() as server:
            settings = SettingsStore(tmp_path / "settings.json")
            keys = ProviderKeys(key_store(backend), slow_s=0.2)
            engine = LocalEngine(place.folders, place.background)
            providers = Providers(engine, ProviderBook(settings), keys)
            setup = ProviderSetup(providers, place.background)
            draft = setup.draft("other")
            made = _filled(draft, server.base_url)
            await setup.put(made, KEY, {"X-Second-Key": SECOND})
            await until(lambda: setup.views()[0].key.kept == kept, "the state")
            await until(lambda: setup.views()[0].key.why == why, "the reason")
            # It works in any case, and at once.
            answers = await setup.test(made.id)
            assert answers[0].verdict == "works"
            assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
            assert server.requests[0].headers["x-second-key"] == SECOND
            if isinstance(backend, SlowKeyring):
                backend.answer.set()
                await until(lambda: setup.views()[0].key.kept == "keyring", "a late answer")
            await providers.close()

    run(steps())
    _assert_nowhere(tmp_path)


def _filled(draft: object, base_url: str) -> object:
    import msgspec

    return msgspec.structs.replace(  # type: ignore[type-var]
        draft, name="Mine", base_url=base_url, secret_headers=["X-Second-Key"]
    )


def _assert_nowhere(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "settings.json" for path in files)
    for path in files:
        content = path.read_bytes()
        for secret in (KEY.encode(), SECOND.encode()):
            for spelling in (secret, base64.b64encode(secret), secret.hex().encode()):
                assert spelling not in content, f"{path.name} holds a key"
