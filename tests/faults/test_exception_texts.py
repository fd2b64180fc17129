"""K4: fifty exceptions while a key and a row are in scope; no report holds either."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fake_provider import Answer, Reply, Silence, fake_provider, refusal
from tests.support.projects import run
from tunedesk.app.error_catcher import ErrorCatcher
from tunedesk.app.error_log import ErrorLog
from tunedesk.core.chat import ChatRequest
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import JobRequest
from tunedesk.providers.openai_compatible import OpenAICompatible
from tunedesk.providers.profiles import Profile
from tunedesk.ui.widgets.ask import words_of

pytestmark = pytest.mark.allow_logs("^tunedesk.unexpected: ")

KEY, ROW = "sk-canary-exception-5e1", "canary row: my neighbour owes me 300 baht"
SECRETS = (KEY, ROW)


class OwnError(Exception):
    """Has the secret in its name for good measure."""

    def __str__(self) -> str:
        return f"{KEY} {ROW}"


def _plain(kind: type[BaseException]) -> BaseException:
    return kind(f"{KEY} {ROW}")


def _caused(kind: type[BaseException]) -> BaseException:
    error = kind("outer")
    error.__cause__ = ValueError(f"{KEY} {ROW}")
    return error


def _context(kind: type[BaseException]) -> BaseException:
    error = kind("outer")
    error.__context__ = KeyError(ROW, KEY)
    return error


def _noted(kind: type[BaseException]) -> BaseException:
    error = kind("outer")
    error.add_note(f"{KEY} {ROW}")
    return error


def _grouped(kind: type[BaseException]) -> BaseException:
    return BaseExceptionGroup(f"{KEY}", [kind(ROW), ValueError(KEY)])


KINDS: tuple[type[BaseException], ...] = (
    RuntimeError,
    KeyError,
    OSError,
    OwnError,
    RecursionError,
    AssertionError,
)
SHAPES: tuple[Callable[[type[BaseException]], BaseException], ...] = (
    _plain,
    _caused,
    _context,
    _noted,
    _grouped,
)


def _raise_with_secrets_in_scope(error: BaseException) -> None:
    key, row = SECRETS
    assert key and row
    raise error


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_an_unexpected_error_is_reported_by_kind_and_place_alone(
    kind: type[BaseException],
    shape: Callable[[type[BaseException]], BaseException],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    log, told = ErrorLog(tmp_path / "logs"), []

    def report(error: BaseException) -> None:
        log.note(error)
        told.append(words_of(error))

    loop = asyncio.new_event_loop()
    catcher = ErrorCatcher(loop, report)
    try:
        _raise_with_secrets_in_scope(shape(kind))
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        loop.call_exception_handler({"message": ROW, "exception": error})
    finally:
        catcher.release()
        loop.close()
        log.close()
    written = log.path.read_text("utf-8")
    assert written.count(" in _raise_with_secrets_in_scope") == 2  # told twice
    output = capfd.readouterr()
    for text in (written, str(told), output.out, output.err):
        assert not any(secret in text for secret in SECRETS)


ANSWERS: dict[str, Answer] = {
    **{
        f"{status}": refusal(status, f"Your key {KEY} is wrong; {ROW[:6]}", "code")
        for status in (301, 400, 401, 403, 404, 408, 409, 410, 415, 422, 429, 500, 503)
    },
    "plain text": Reply(f"bad {KEY}".encode(), 400, content_type="text/plain"),
    "html": Reply(f"<p>{KEY}</p>".encode(), 403, content_type="text/html"),
    "detail": Reply({"detail": [{"loc": ["key"], "msg": KEY}]}, 422),
    "error text": Reply({"error": f"bad key {KEY}"}, 400),
    "not an answer": Reply(f'"{KEY}"'.encode()),
    "in a stream": Reply(
        b'data: {"error": {"message": "' + KEY.encode() + b'"}}\n\n',
        content_type="text/event-stream",
    ),
    "no answer": Silence(),
}


@pytest.mark.parametrize("name", list(ANSWERS))
def test_no_error_of_a_provider_repeats_the_key(name: str, tmp_path: Path) -> None:
    log = ErrorLog(tmp_path / "logs")

    async def steps() -> None:
        async with fake_provider() as server:
            server.before = lambda _: ANSWERS[name]
            profile = Profile(id="x", name="X", base_url=server.base_url)
            client = OpenAICompatible(profile, api_key=KEY)
            errors = [
                await _error(client.create_job(JobRequest(model="m", training_file="f"))),
                await _error(_asked(client)),
            ]
            await client.close()
            for error in filter(None, errors):
                log.note(error)
                texts = (str(error), repr(error), str(words_of(error)), log.path.read_text("utf-8"))
                assert not any(secret in text for secret in SECRETS for text in texts)
            assert any(errors)

    run(steps())
    log.close()


async def _asked(client: OpenAICompatible) -> None:
    messages = [{"role": "user", "content": ROW}]
    async for _ in client.chat(ChatRequest(model="m", messages=messages)):
        pass


async def _error(work: object) -> TunedeskError | None:
    try:
        await work  # type: ignore[misc]
    except TunedeskError as error:
        return error
    return None
