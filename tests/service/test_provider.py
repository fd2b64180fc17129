"""The one client against a server that misbehaves, through the real SDK."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_client import CHAT, KEY, REQUEST, client, profile, said
from tests.support.fake_provider import (
    Answer,
    Reply,
    Request,
    Silence,
    event,
    fake_provider,
    refusal,
    stream_of,
)
from tests.support.projects import run
from tunedesk.core.chat import ChatRequest, ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Hyperparameters
from tunedesk.providers import openai_compatible
from tunedesk.providers.environment import forget_openai_variables
from tunedesk.providers.openai_compatible import OpenAICompatible
from tunedesk.providers.sdk_import import imported


async def code_of(asked: Any) -> str:
    """The code of the TunedeskError that a call raises; its words hold no key."""
    with pytest.raises(TunedeskError) as caught:
        await asked
    assert KEY not in str(caught.value)
    assert caught.value.next_step
    return caught.value.code


def test_every_call_reads_what_the_server_says(tmp_path: Path) -> None:
    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            path = tmp_path / "rows.jsonl"
            path.write_bytes(b'{"messages": []}\n' * 100)
            server.models += [
                {"id": "ft:base-1:me:x:1", "shutdown_date": "2027-01-14"},
                {"id": "ft:base-1:me:x:1:ckpt-step-3"},
                {"no": "id"},
            ]
            models = await provider.models()
            assert [m.kind for m in models] == ["base", "tuned", "checkpoint"]
            assert models[1].shutdown_date == "2027-01-14"
            sent = await provider.files.send(path, 1700)
            assert (sent.id, sent.size_bytes, sent.status) == ("file-1", 1700, "processed")
            assert server.files[0]["content"] == path.read_bytes()
            job = await provider.create_job(REQUEST)
            assert (job.id, job.status, job.hyperparameters.n_epochs) == ("ftjob-1", "queued", 2)
            assert server.jobs[0]["method"] == {
                "type": "supervised",
                "supervised": {
                    "hyperparameters": {
                        "n_epochs": 2,
                        "batch_size": "auto",
                        "learning_rate_multiplier": "auto",
                    }
                },
            }
            assert (await provider.job("ftjob-1")).metadata == {"tunedesk_job": "local-1"}
            assert [j.id for j in await provider.find_jobs({"tunedesk_job": "local-1"})] == [
                "ftjob-1"
            ]
            assert server.requests[-1].query["metadata[tunedesk_job]"] == "local-1"
            assert await provider.find_jobs({"tunedesk_job": "other"}) == []
            server.events = [event(n, step=n, train_loss=1.0) for n in range(3)]
            events = await provider.events("ftjob-1")
            assert [e.id for e in events] == ["ftevent-0", "ftevent-1", "ftevent-2"]
            assert events[2].data == {"step": 2, "train_loss": 1.0}
            server.checkpoints = [
                {
                    "id": "c1",
                    "step_number": 7,
                    "fine_tuned_model_checkpoint": "ft:x:ckpt-step-7",
                    "metrics": {"full_valid_loss": 2.5, "step": 7, "odd": None},
                },
                {"id": "c2", "step_number": 9},
            ]
            (checkpoint,) = await provider.checkpoints("ftjob-1")
            assert (checkpoint.model, checkpoint.metrics["full_valid_loss"]) == (
                "ft:x:ckpt-step-7",
                2.5,
            )
            assert (await provider.cancel("ftjob-1")).status == "cancelled"
            assert await said(provider) == ("Fine.", "stop", 1)

    run(steps())


def test_hyperparameters_go_where_the_profile_says_without_auto() -> None:
    async def steps() -> None:
        async with (
            fake_provider() as server,
            client(server, hyperparameters_in="top_level") as provider,
        ):
            await provider.create_job(REQUEST)
            assert server.jobs[0]["hyperparameters"] == {"n_epochs": 2}
            assert "method" not in server.jobs[0]

    run(steps())


def test_what_a_profile_adds_to_a_job_is_sent_and_takes_nothing_over() -> None:
    extra = {
        "trainingType": "globalStandard",
        "model": "another",
        "hyperparameters": {"lora": True, "n_epochs": 9},
    }

    async def steps() -> None:
        async with (
            fake_provider() as server,
            client(server, hyperparameters_in="top_level", extra_body=extra) as provider,
        ):
            await provider.create_job(REQUEST)
            job = server.jobs[0]
            assert (job["trainingType"], job["model"]) == ("globalStandard", "base-1")
            assert job["hyperparameters"] == {"lora": True, "n_epochs": 2}

    run(steps())


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Silence(), "reply_lost"),
        (Reply(b"half a", cut_after_bytes=3), "reply_lost"),
        (refusal(500, "Oops"), "reply_lost"),
        (refusal(503, "Busy"), "reply_lost"),
        (refusal(408, "Slow"), "reply_lost"),
        (refusal(409, "Conflict"), "refused"),
        (refusal(429, "Slow down", **{"Retry-After": "1"}), "rate_limited"),
        (refusal(400, "Bad file"), "refused"),
        (refusal(403, "Not yours"), "forbidden"),
        (refusal(404, "No such model"), "not_found"),
        (refusal(410, "Closed"), "gone"),
        (Reply({"detail": [{"loc": ["body", "seed"], "msg": "too big"}]}, 422), "refused"),
        (Reply(b"<html>Hi</html>", content_type="text/html"), "reply_lost"),
        (Reply(b"{broken"), "reply_lost"),
        (Reply({}), "reply_lost"),
        (Reply([]), "reply_lost"),
    ],
)
def test_a_creation_is_sent_once_whatever_comes_back(answer: Answer, code: str) -> None:
    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            server.before = lambda _: answer
            assert await code_of(provider.create_job(REQUEST)) == code
            assert len(server.requests) == 1

    run(steps())


def test_the_providers_own_words_are_passed_on() -> None:
    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            server.before = lambda _: refusal(400, "Training file has 7 example(s)")
            with pytest.raises(TunedeskError, match=r"Training file has 7 example\(s\)"):
                await provider.create_job(REQUEST)
            detail = {"detail": [{"loc": ["body", "seed"], "msg": "too big"}]}
            server.before = lambda _: Reply(detail, 422)
            with pytest.raises(TunedeskError, match="seed: too big"):
                await provider.create_job(REQUEST)
            server.before = lambda _: refusal(401, f"Incorrect API key provided: {KEY}")
            assert await code_of(provider.models()) == "key_refused"

    run(steps())


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_read_is_tried_three_times_at_most(status: int) -> None:
    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            server.before = lambda _: refusal(status, "No", **{"retry-after-ms": "5"})
            await code_of(provider.job("ftjob-1"))
            assert len(server.requests) == 3

    run(steps())


def test_an_upload_that_arrives_altered_is_told(tmp_path: Path) -> None:
    async def steps() -> None:
        path = tmp_path / "rows.jsonl"
        path.write_bytes(b"12345")
        async with fake_provider() as server, client(server) as provider:
            server.after = lambda _: Reply({"id": "file-9", "object": "file", "bytes": 4})
            assert await code_of(provider.files.send(path, 5)) == "upload_altered"
            assert await code_of(provider.files.send(tmp_path / "gone", 5)) == "upload_unreadable"

    run(steps())


def test_nobody_there_and_a_page_instead_of_an_api() -> None:
    async def steps() -> None:
        async with fake_provider() as server:
            await_url = server.base_url
            async with client(server, base_url="http://127.0.0.1:9/v1") as nobody:
                assert await code_of(nobody.create_job(REQUEST)) == "unreachable"
            async with client(server, base_url=await_url) as provider:
                page = Reply(b"<html></html>", content_type="text/html")
                server.before = lambda _: page
                assert await code_of(provider.models()) == "not_an_api"
                assert await code_of(provider.job("x")) == "not_an_api"
                assert await code_of(provider.events("x")) == "not_an_api"
                assert await code_of(said(provider)) == "not_an_api"

    run(steps())


def test_a_redirect_is_not_followed_with_the_key() -> None:
    async def steps() -> None:
        async with fake_provider() as server, fake_provider() as other, client(server) as provider:
            for status in (301, 302, 303, 307, 308):
                elsewhere = {"Location": other.base_url + "/models"}
                server.before = lambda _, s=status, h=elsewhere: Reply(b"", s, headers=h)  # type: ignore[misc]
                assert await code_of(provider.models()) == "redirected"
                assert await code_of(provider.create_job(REQUEST)) == "redirected"
            assert other.requests == []

    run(steps())


def test_a_key_goes_over_plain_http_to_this_computer_only() -> None:
    async def steps() -> None:
        for address in ("http://example.org/v1", "ftp://127.0.0.1/v1", "example.org"):
            provider = OpenAICompatible(profile(), api_key=KEY, base_url=address)
            assert await code_of(provider.models()) == "insecure_address"
            await provider.close()

    run(steps())


def test_nothing_of_the_environment_reaches_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("ORG_ID", "PROJECT_ID", "API_KEY", "CUSTOM_HEADERS", "BASE_URL", "ADMIN_KEY")
    for name in names:
        monkeypatch.setenv(f"OPENAI_{name}", "X-Leak: from-outside")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            await provider.models()
            headers = server.requests[0].headers
            assert headers["authorization"] == f"Bearer {KEY}"
            assert "from-outside" not in str(headers)
            assert not {"openai-organization", "openai-project", "x-leak"} & set(headers)

    run(steps())
    assert not [name for name in os.environ if name.startswith("OPENAI_")]


def test_the_variables_are_removed_by_name_only() -> None:
    environ = {"OPENAI_API_KEY": "a", "openai_x": "b", "PATH": "c", "MY_OPENAI_KEY": "d"}
    assert sorted(forget_openai_variables(environ)) == ["OPENAI_API_KEY", "openai_x"]
    assert environ == {"PATH": "c", "MY_OPENAI_KEY": "d"}


WHOLE = stream_of("Rome. ", "Not built ", "in a day — ไทย.")


@pytest.mark.parametrize("n_bytes", range(0, len(WHOLE), 23))
def test_a_stream_cut_anywhere_is_known_to_be_cut(n_bytes: int) -> None:
    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            cut = Reply(WHOLE, content_type="text/event-stream", cut_after_bytes=n_bytes)
            server.chat["base-1"] = cut
            text, reason, _ = await said(provider)
            has_reason = b'"finish_reason": "stop"' in WHOLE[:n_bytes].rpartition(b"\n\n")[0]
            assert reason == ("stop" if has_reason else None)
            assert "Rome. Not built in a day — ไทย.".startswith(text)
            assert server.count("POST /chat/completions") == 1

    run(steps())


@pytest.mark.parametrize(
    "body",
    [
        b'data: {"error": {"message": "Out of memory"}}\n\n',
        b"data: {not json}\n\n",
        b"data: [1, 2]\n\ndata: [DONE]\n\n",
        b"data: " + b'{"choices": [{"delta": {"content": 5}}]}' + b"\n\n",
        b"data: \xff\xfe\n\n",
        b"garbage without end",
        b"",
    ],
)
def test_a_hostile_stream_ends_as_an_error_or_as_cut_off(body: bytes) -> None:
    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            server.chat["base-1"] = Reply(body, content_type="text/event-stream")
            try:
                _, reason, _ = await said(provider)
            except TunedeskError as error:
                assert error.code in ("stream_failed", "not_an_api")
            else:
                assert reason is None

    run(steps())


def test_chat_settings_are_sent_as_they_are() -> None:
    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            settings = ChatSettings(temperature=0.5, top_p=0.9, max_tokens=7, seed=1)
            asked = ChatRequest(model="m", messages=CHAT.messages, settings=settings)
            async for _ in provider.chat(asked):
                pass
            sent = server.requests[0].json
            wanted = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "seed": 1, "model": "m"}
            assert wanted.items() <= sent.items()

    run(steps())


def test_unknown_words_and_missing_fields_pass_through() -> None:
    async def steps() -> None:
        odd = {
            "id": "ftjob-1",
            "status": "compressing",
            "error": {},
            "created_at": "soon",
            "hyperparameters": {"n_epochs": "auto", "batch_size": None, "extra": 1},
            "metadata": None,
            "trained_tokens": 1.0e400,
        }
        async with fake_provider() as server, client(server) as provider:
            server.before = lambda _: Reply(odd)
            job = await provider.job("ftjob-1")
            assert (job.status, job.error_message, job.created_at_s) == ("compressing", None, 0)
            assert job.hyperparameters == Hyperparameters()

    run(steps())


def test_a_library_that_fails_to_import_beside_other_threads_is_imported_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As pydantic does now and then while another thread imports, with PySide loaded."""
    once = tmp_path / "once"
    (tmp_path / "tunedesk_stumbles.py").write_text(
        f"import pathlib\nonce = pathlib.Path({str(once)!r})\n"
        "if not once.exists():\n    once.touch()\n    raise ImportError('partially initialized')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert imported("tunedesk_stumbles").once == once
    del sys.modules["tunedesk_stumbles"]
    with pytest.raises(ImportError):
        imported("tunedesk_is_not_there")


def test_a_client_that_could_not_be_built_is_built_at_the_next_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            with monkeypatch.context() as broken:
                broken.setattr(openai_compatible, "build_client", lambda *_: 1 / 0)
                with pytest.raises(ZeroDivisionError):
                    await provider.models()
            assert [one.id for one in await provider.models()] == ["base-1"]

    run(steps())


def test_lists_end_also_where_the_server_does_not_say_so() -> None:
    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            page = [event(n) for n in range(100)]
            server.before = lambda _: Reply({"data": page})  # ignores `after`, no has_more
            assert len(await provider.events("x")) == 100
            assert len(server.requests) == 2
            server.requests.clear()
            known = {"ftevent-50"}
            more = {"data": page, "has_more": True}
            server.before = lambda _: Reply(more)
            assert len(await provider.events("x", known=known)) == 100
            assert len(server.requests) == 1

    run(steps())


def test_a_later_page_that_is_refused_leaves_the_newest() -> None:
    async def steps() -> None:
        def answer(request: Request) -> Answer:
            if "after" in request.query:
                return refusal(400, "Given after argument was not found in items.")
            return Reply({"data": [event(n) for n in range(100)], "has_more": True})

        async with fake_provider() as server, client(server) as provider:
            server.before = answer
            assert len(await provider.events("x")) == 100

    run(steps())
