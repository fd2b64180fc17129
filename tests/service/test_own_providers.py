"""Providers of one's own: what is kept, what a key is bound to, what a test changes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from tests.support.fake_provider import FakeProvider, Reply, fake_provider, refusal
from tests.support.keyrings import NAME, GoodKeyring, LockedKeyring, SlowKeyring, key_store
from tests.support.projects import home, run, until
from tunedesk.core.errors import TunedeskError
from tunedesk.providers.environment import FoundKey, found_key
from tunedesk.services.providers.book import ProviderBook
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.keys import ProviderKeys
from tunedesk.services.providers.local_engine import LocalEngine
from tunedesk.services.providers.setup import KeyState, Profile, ProviderSetup
from tunedesk.store.settings import SettingsStore

KEY = "sk-canary-setup-1f00d7Qe2"
replace = msgspec.structs.replace


class Desk:
    """The parts that Settings has, on one home and one keyring."""

    def __init__(self, setup: ProviderSetup, providers: Providers, settings: SettingsStore) -> None:
        self.setup, self.providers, self.settings = setup, providers, settings

    def key(self, number: int = 0) -> KeyState:
        return self.setup.views()[number].key

    async def settled(self) -> None:
        await until(lambda: all(v.key.kept != "waiting" for v in self.setup.views()), "the keyring")


@asynccontextmanager
async def desk(
    folder: Path, backend: GoodKeyring, found: FoundKey | None = None
) -> AsyncIterator[Desk]:
    async with home(folder) as place:
        settings = SettingsStore(folder / "settings.json")
        keys = ProviderKeys(key_store(backend), slow_s=0.2)
        engine = LocalEngine(place.folders, place.background)
        providers = Providers(engine, ProviderBook(settings), keys)
        made = Desk(ProviderSetup(providers, place.background, found), providers, settings)
        try:
            yield made
        finally:
            await providers.close()


def mine(made: Desk, server: FakeProvider, **changes: object) -> Profile:
    filled = {"name": "Mine", "base_url": server.base_url, **changes}
    return replace(made.setup.draft("other"), **filled)


def test_a_provider_is_there_at_the_next_start_with_its_key(tmp_path: Path) -> None:
    backend = GoodKeyring()

    async def steps() -> None:
        async with fake_provider() as server:
            async with desk(tmp_path, backend) as first:
                made = mine(first, server, learning_rate="absolute", min_examples=3)
                await first.setup.put(made, f"  {KEY}\n")
                await first.settled()
                assert first.key() == KeyState(kept="keyring", hint="sk-…7Qe2", where=NAME)
            async with desk(tmp_path, backend) as second:
                view = second.setup.views()[0]
                assert view.profile == made
                assert view.key == KeyState()
                assert [p.id for p in second.providers.profiles()] == ["local"]
                second.setup.load_keys()
                assert second.key().kept == "waiting"
                await second.settled()
                assert [p.id for p in second.providers.profiles()] == ["local", "other"]
                await (await second.providers.get("other")).models()
                assert server.requests[-1].headers["authorization"] == f"Bearer {KEY}"

    run(steps())


def test_only_what_differs_from_the_preset_is_kept_and_the_unknown_is_left(tmp_path: Path) -> None:
    strange = [{"id": 7}, "what?", {"id": "x", "preset": "other", "poll_s": "soon"}]
    (tmp_path / "settings.json").write_text(json.dumps({"providers": strange}))

    async def steps() -> None:
        async with desk(tmp_path, GoodKeyring()) as made:
            assert made.setup.views() == []
            await made.setup.put(replace(made.setup.draft("nebius"), name="N"), KEY)
            kept = json.loads((tmp_path / "settings.json").read_text())["providers"]
            assert kept == [{"id": "nebius", "preset": "nebius", "name": "N"}, *strange]

    run(steps())


def test_ids_are_never_shared(tmp_path: Path) -> None:
    async def steps() -> None:
        async with desk(tmp_path, GoodKeyring()) as made:
            for _ in range(3):
                await made.setup.put(made.setup.draft("openai"), KEY)
            assert [v.profile.id for v in made.setup.views()] == ["openai", "openai-2", "openai-3"]
            await made.setup.remove("openai-2")
            assert made.setup.draft("openai").id == "openai-2"

    run(steps())


def test_another_address_asks_for_the_key_again_and_leaves_none_behind(tmp_path: Path) -> None:
    backend = GoodKeyring()

    async def steps() -> None:
        async with (
            fake_provider() as server,
            fake_provider() as other,
            desk(tmp_path, backend) as made,
        ):
            profile = mine(made, server)
            await made.setup.put(profile, KEY)
            await made.settled()
            same = replace(profile, base_url=server.base_url + "/beta", name="Same")
            assert not made.setup.needs_new_key(same)
            await made.setup.put(same)
            assert made.key().kept == "keyring"
            moved = replace(profile, base_url=other.base_url)
            assert made.setup.needs_new_key(moved)
            await made.setup.put(moved)
            await made.settled()
            assert made.setup.views()[0].is_moved
            assert made.key().kept == ""
            assert backend.held == {}
            for asked in (made.providers.get("other"), made.setup.test("other")):
                with pytest.raises(TunedeskError) as caught:
                    await asked
                assert caught.value.code == "key_missing"
            assert other.requests == []
            made.setup.replace_key("other", KEY)
            await made.settled()
            assert not made.setup.views()[0].is_moved
            assert list(backend.held) == [f"other {profile_origin(other)}"]

    run(steps())


def profile_origin(server: FakeProvider) -> str:
    return server.base_url.removesuffix("/v1")


def test_removing_forgets_the_key_and_secret_headers(tmp_path: Path) -> None:
    backend = GoodKeyring()

    async def steps() -> None:
        async with fake_provider() as server, desk(tmp_path, backend) as made:
            profile = mine(made, server, secret_headers=["X-One-Key", "X-Two-Key"])
            await made.setup.put(profile, KEY, {"X-One-Key": "one-1111", "X-Two-Key": "two-2222"})
            await made.settled()
            assert len(backend.held) == 3
            await made.setup.put(replace(profile, secret_headers=["x-one-key"]))
            assert len(backend.held) == 2
            await made.setup.remove(profile.id)
            assert backend.held == {}
            assert made.setup.views() == []
            assert made.providers.profile("other").name == "Other"

    run(steps())


def test_a_slow_keyring_keeps_nobody_from_using_the_key(tmp_path: Path) -> None:
    backend = SlowKeyring()

    async def steps() -> None:
        async with fake_provider() as server, desk(tmp_path, backend) as made:
            await made.setup.put(mine(made, server), KEY)
            assert made.key().kept == "waiting"
            await (await made.providers.get("other")).models()
            await until(lambda: made.key().why == "slow", "the word")
            with pytest.raises(TunedeskError) as caught:
                await made.setup.remove("other")
            assert caught.value.code == "key.not_deleted"
            backend.answer.set()

    run(steps())


def test_a_locked_keyring_is_told_from_one_that_has_no_key(tmp_path: Path) -> None:
    async def steps() -> None:
        async with fake_provider() as server:
            async with desk(tmp_path, GoodKeyring()) as made:
                await made.setup.put(mine(made, server), KEY)
                await made.setup.put(mine(made, server, name="B"), KEY)
            locked = LockedKeyring()
            for backend, why in ((locked, "locked"), (GoodKeyring(), "")):
                async with desk(tmp_path, backend) as again:
                    for n_asked in (1, 2):  # once for both keys, and once more when told to
                        again.setup.load_keys()
                        await again.settled()
                        states = {(view.key.kept, view.key.why) for view in again.setup.views()}
                        assert states == {("", why)}
                        assert locked.n_asked == n_asked or backend is not locked

    run(steps())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "  "}, "no name"),
        ({"base_url": "http://example.com/v1"}, "not encrypted"),
        ({"extra_headers": {"X-Api-Key": "abc"}}, "the header X-Api-Key"),
        ({"extra_headers": {"X-Route": "Bearer abcdef"}}, "the header X-Route"),
        ({"extra_headers": {"Host": "evil"}}, '"Host"'),
        ({"extra_headers": {"X Y": "1"}}, '"X Y"'),
        ({"extra_headers": {"X-Y": "1\r\nX-Z: 2"}}, "characters"),
        ({"extra_query": {"api-key": "abc"}}, "the query parameter api-key"),
        ({"extra_body": {"wandb": {"api_key": "abcdef"}}}, "wandb.api_key"),
    ],
)
def test_what_cannot_work_or_would_spill_a_key_is_refused(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    async def steps() -> None:
        async with fake_provider() as server, desk(tmp_path, GoodKeyring()) as made:
            with pytest.raises(TunedeskError, match=said):
                await made.setup.put(mine(made, server, **changes), KEY)
            assert made.setup.views() == []

    run(steps())


def test_ordinary_words_are_no_keys(tmp_path: Path) -> None:
    fine = {"max_tokens": 5, "tokenizer": "bpe", "lora": {"r": 8}, "author": "me"}

    async def steps() -> None:
        async with fake_provider() as server, desk(tmp_path, GoodKeyring()) as made:
            await made.setup.put(
                mine(made, server, extra_body=fine, extra_query={"api-version": "2025-01-01"})
            )
            assert made.setup.views()[0].profile.extra_body == fine

    run(steps())


def test_settings_that_cannot_be_written_change_nothing(tmp_path: Path) -> None:
    async def steps() -> None:
        async with fake_provider() as server, desk(tmp_path, GoodKeyring()) as made:
            made.settings.path = tmp_path / "file" / "settings.json"
            (tmp_path / "file").write_text("no folder")
            with pytest.raises(TunedeskError):
                await made.setup.put(mine(made, server), KEY)
            assert made.setup.views() == []

    run(steps())


def test_a_test_finds_out_whether_it_trains(tmp_path: Path) -> None:
    async def steps() -> None:
        async with fake_provider() as server, desk(tmp_path, GoodKeyring()) as made:
            await made.setup.put(mine(made, server), KEY)
            offers = False
            listed = Reply({"object": "list", "data": []})
            server.before = lambda r: (
                refusal(404, "No.") if "jobs" in r.path and not offers else listed
            )
            for offers in (False, True):
                answers = await made.setup.test("other")
                assert made.setup.views()[0].profile.trains == offers
                assert made.setup.views()[0].answers == answers
            await made.setup.put(made.setup.views()[0].profile)
            assert made.setup.views()[0].answers == ()

    run(steps())


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, None),
        ({"OPENAI_API_KEY": " "}, None),
        ({"OPENAI_API_KEY": KEY}, "https://api.openai.com/v1"),
        (
            {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://me.example/v1/"},
            "https://me.example/v1",
        ),
    ],
)
def test_a_key_of_the_environment_belongs_to_its_address(
    environ: dict[str, str], address: str | None
) -> None:
    found = found_key(environ)
    assert (found.address if found else None) == address
    assert KEY not in repr(found)


def test_a_found_key_is_used_for_nothing_until_it_is_taken(tmp_path: Path) -> None:
    backend = GoodKeyring()

    async def steps() -> None:
        async with fake_provider() as server, fake_provider() as other:
            found = FoundKey(KEY, server.base_url)
            async with desk(tmp_path, backend, found) as made:
                assert made.setup.found_for == "127.0.0.1"
                await made.setup.put(replace(mine(made, other), needs_key=False))
                await (await made.providers.get("other")).models()
                assert "authorization" not in other.requests[0].headers
                assert backend.held == {}
                await made.setup.take_found()
                await made.settled()
                assert made.setup.found_for == ""
                assert list(backend.held.values()) == [KEY]
                assert made.setup.views()[1].profile.base_url == server.base_url

    run(steps())
