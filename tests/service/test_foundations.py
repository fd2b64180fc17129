"""What the services stand on: threads, subscribers, tokens, profiles, and what is not imported."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from array import array
from pathlib import Path

import pytest

from tests.support.projects import home, run
from tunedesk.core.errors import TunedeskError
from tunedesk.providers.profiles import LOCAL, load_presets
from tunedesk.services.check.tokens import Tokens
from tunedesk.services.dataset.row_facts import Facts, RowFacts
from tunedesk.services.dataset.splitter import BY_RULE, TEST, Splitter, key_of
from tunedesk.services.providers.book import presets_path
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.local_engine import LocalEngine
from tunedesk.services.work.background import Background
from tunedesk.services.work.subscribers import Subscribers
from tunedesk.store.records import DatasetSettings

_HEAVY = ("openai", "httpx2", "tiktoken", "keyring", "torch", "PySide6", "fastapi", "pydantic")


def test_importing_every_service_and_provider_loads_nothing_heavy() -> None:
    """The window's first paint waits for these imports."""
    code = (
        "import pkgutil, importlib, sys\n"
        "import tunedesk.services, tunedesk.providers\n"
        "for package in (tunedesk.services, tunedesk.providers):\n"
        "    for module in pkgutil.iter_modules(package.__path__, package.__name__ + '.'):\n"
        "        importlib.import_module(module.name)\n"
        f"sys.stdout.write(' '.join(name for name in {_HEAVY!r} if name in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == ""


def test_a_lane_keeps_the_order_and_finishes_what_it_was_given() -> None:
    async def steps() -> None:
        background = Background()
        lane = background.lane("test")
        seen: list[int] = []
        for number in range(50):
            lane.post(seen.append, number)
        assert await lane.run(lambda: threading.current_thread().name) == "tunedesk-test_0"
        assert seen == list(range(50))
        lane.post(seen.append, 50)
        await lane.close()
        assert seen[-1] == 50
        with pytest.raises(RuntimeError):
            lane.post(seen.append, 51)
        await background.close()

    run(steps())


def test_background_work_gives_its_result_or_its_error() -> None:
    async def steps() -> None:
        background = Background()
        assert await background.run(sorted, [2, 1]) == [1, 2]
        with pytest.raises(ZeroDivisionError):
            await background.run(lambda: 1 / 0)
        await background.close()

    run(steps())


def test_subscribers_may_end_while_they_are_told() -> None:
    told: list[str] = []
    subscribers: Subscribers[[str]] = Subscribers()

    def tell_once(word: str) -> None:
        told.append(word)
        end_first()

    end_first = subscribers.add(tell_once)
    end_second = subscribers.add(told.append)
    subscribers.tell("a")
    subscribers.tell("b")
    end_second()
    end_second()
    subscribers.tell("c")
    assert told == ["a", "a", "b"]


def test_the_tokeniser_is_loaded_once_for_all_who_wait(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place:
            tokens = Tokens(place.folders.cache / "tokens", place.background)
            assert tokens.ready is None
            first, second = await asyncio.gather(tokens.counter(), tokens.counter())
            assert first is second is tokens.ready
            assert first.count("hello world") == 2

    run(steps())


def test_a_folder_that_cannot_be_written_is_told_and_can_be_tried_again(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place:
            (tmp_path / "file").write_text("no folder")
            tokens = Tokens(tmp_path / "file" / "tokens", place.background)
            for _ in range(2):
                with pytest.raises(TunedeskError, match="unpacked"):
                    await tokens.counter()

    run(steps())


def test_the_shipped_profiles_are_sound() -> None:
    profiles = load_presets(presets_path())
    assert len({profile.id for profile in profiles}) == len(profiles)
    by_id = {profile.id: profile for profile in profiles}
    assert by_id[LOCAL].is_local
    assert by_id[LOCAL].model_label("smollm2-135m-instruct") == "SmolLM2-135M-Instruct"
    assert by_id[LOCAL].model_label("other") == "other"
    for profile in profiles:
        assert profile.is_local or profile.address_hint.startswith("https://")
        assert not profile.base_url or profile.base_url == profile.address_hint
        assert profile.poll_s >= 1


def test_only_providers_that_can_be_asked_are_offered(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place:
            engine = LocalEngine(place.folders, place.background)
            made = Providers(engine)
            assert [profile.id for profile in made.profiles()] == [LOCAL]
            for provider_id, code in (("openai", "key_missing"), ("nobody", "provider_unknown")):
                with pytest.raises(TunedeskError) as caught:
                    await made.get(provider_id)
                assert caught.value.code == code
            profile = made.book.new("openai")
            made.book.put(profile)
            assert [profile.id for profile in made.profiles()] == [LOCAL]
            made.keys.enter(profile, "sk-x")
            assert [profile.id for profile in made.profiles()] == [LOCAL, "openai"]
            first = await made.get("openai")
            assert await made.get("openai") is first
            made.keys.enter(profile, "sk-y")
            assert await made.get("openai") is not first
            await made.close()

    run(steps())


def test_columns_stay_in_step_with_the_rows() -> None:
    facts = RowFacts(4, Splitter(DatasetSettings(test_share=0.0), {}))
    for index, letter in enumerate("abcd"):
        digest = letter.encode() * 8
        facts.put(index, Facts(status=1, digest=digest, tokens=index + 1, trained_tokens=1))
    facts.move(0, 2, 2)
    assert list(facts.keys) == [key_of(letter.encode() * 8) for letter in "cdab"]
    facts.insert(1)
    assert not facts.is_known(1)
    assert (facts.n_counted, facts.n_tokens, facts.n_trained_tokens) == (4, 10, 4)
    facts.delete(0)
    assert (facts.n_tokens, facts.longest_tokens, facts.n_trained_tokens) == (7, 4, 3)
    assert facts.choice_of(1) is None
    facts.choose([1], array("i", [TEST]))
    assert (facts.rows_of("test"), facts.n_trained_tokens) == ([1], 2)
    facts.choose([1], array("i", [BY_RULE]))
    assert facts.choice_of(1) is None
    assert facts.histogram() == [0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]
