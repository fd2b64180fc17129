"""What the SDK, the network and the provider raise, said so that a person can act on it.

Codes: `reply_lost` (a creation was sent and not answered, or answered with a server's failure: it
may have happened), `timeout`, `key_refused`, `other_organization`, `forbidden`, `not_found`,
`not_deployed`, `gone`, `rate_limited`, `refused`, `redirected`, `provider_failed`, `not_an_api`,
`web_page`, `stream_failed`, `too_large`, and those of `network_errors`, when nothing was sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from tunedesk.core.errors import TunedeskError
from tunedesk.providers.address import host_of
from tunedesk.providers.credentials import Credentials
from tunedesk.providers.network_errors import of_network, too_slow
from tunedesk.providers.retry_after import asked_pause_s

_MAX_WORDS = 400
_OTHER_ORGANIZATION = frozenset(
    {"mismatched_organization", "invalid_organization", "mismatched_project", "invalid_project"}
)

_NOT_DEPLOYED = frozenset({"DeploymentNotFound", "deployment_not_found"})

_BY_STATUS: Mapping[int, tuple[str, str, str]] = {
    401: (
        "key_refused",
        "{name} does not accept the key.",
        "Check the key in Settings, and that it belongs to this address.",
    ),
    403: (
        "forbidden",
        "{name} does not allow this.",
        "Check what the key may do; the service may be closed to your account.",
    ),
    404: (
        "not_found",
        "{name} does not know this.",
        "It may have been deleted or shut down; check the address and the name.",
    ),
    410: (
        "gone",
        "{name} does not offer this any more.",
        "Choose another provider; what was made before may still be there.",
    ),
    429: (
        "rate_limited",
        "{name} asks for a pause, or the account has nothing left to spend.",
        "Wait a minute, or look at the limits of your account.",
    ),
}


def translate(
    error: Exception,
    name: str,
    *,
    address: str = "",
    credentials: Credentials | None = None,
    is_creation: bool = False,
    is_stream: bool = False,
) -> TunedeskError:
    """The error of provider `name` at `address` in words, which hold nothing of `credentials`.

    `is_creation` marks what must not be sent twice, `is_stream` what came while one was read.
    """
    if isinstance(error, TunedeskError):
        return unreadable(name) if is_creation and error.code == "too_large" else error
    host = host_of(address)
    told = _translated(error, name, host, is_creation=is_creation, is_stream=is_stream)
    safe = without_secrets(told, credentials or Credentials())
    if safe.code == "rate_limited":
        safe.pause_s = asked_pause_s(getattr(error, "response", None))
    return safe


def _translated(
    error: Exception, name: str, host: str, *, is_creation: bool, is_stream: bool
) -> TunedeskError:
    import openai

    if isinstance(error, openai.APIStatusError):
        status, body = error.status_code, error.body
        return of_status(status, body, name, is_creation=is_creation)
    if isinstance(error, openai.APIConnectionError):
        return _of_connection(error, name, host, is_creation=is_creation)
    if isinstance(error, openai.APIError):
        return _in_stream(_words(error.body) or error.message, name)
    if is_stream:
        return _in_stream("What it sent cannot be read.", name)
    return unreadable(name) if is_creation else not_an_api(name)


def without_secrets(error: TunedeskError, credentials: Credentials) -> TunedeskError:
    """The same error, where a provider's words repeat a key without it."""
    what = credentials.scrub(error.what)
    return TunedeskError(error.code, error.title, what, error.next_step)


def unreadable(name: str) -> TunedeskError:
    """A creation was answered with something that is no answer: it may have happened."""
    return _lost(name, "Its answer cannot be read.")


def not_an_api(name: str) -> TunedeskError:
    """The address answered with something else than the API."""
    return TunedeskError(
        "not_an_api",
        f"{name} does not answer as expected.",
        "The address answers, but not with the OpenAI API.",
        "Check the address; it usually ends in /v1.",
    )


def a_web_page(name: str) -> TunedeskError:
    """The address answered with a page for people."""
    return TunedeskError(
        "web_page",
        f"{name} answers with a web page, not with the OpenAI API.",
        "It may be the address of a website, or the sign-in page of a network or proxy in between.",
        "Open the address in a browser to see which; the API's own usually ends in /v1.",
    )


def of_status(status: int, body: object, name: str, *, is_creation: bool = False) -> TunedeskError:
    """An answer that is no success; `body` is its JSON, or anything else if it is none."""
    told = _sentence(_words(body))
    if is_creation and (status >= 500 or status == 408):
        return _lost(name, f"It answered with status {status}. {told}".strip())
    if status >= 500:
        return TunedeskError(
            "provider_failed",
            f"{name} has a problem of its own.",
            f"It answered with status {status}. {told}".strip(),
            "Try again in a few minutes.",
        )
    if 300 <= status < 400:
        return _redirected(name)
    if status in (401, 403) and _is_other_organization(body):
        return _other_organization(name)
    if status == 404 and _code(body) in _NOT_DEPLOYED:
        return _not_deployed(name, told)
    code, title, next_step = _BY_STATUS.get(
        status, ("refused", "{name} refused this.", "Mend what it names, then try again.")
    )
    # What is said about a key may quote it.
    what = told if told and status != 401 else f"It answered with status {status}."
    return TunedeskError(code, title.format(name=name), what, next_step)


def _of_connection(error: Exception, name: str, host: str, *, is_creation: bool) -> TunedeskError:
    import httpx2
    import openai

    not_sent = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError)
    was_sent = not isinstance(error.__cause__, not_sent)
    if is_creation and was_sent:
        return _lost(name, "The connection was lost before the answer came.")
    if was_sent and isinstance(error, openai.APITimeoutError):
        return too_slow(name, host)
    return of_network(error, name, host)


def _code(body: object) -> str:
    inner = body.get("error", body) if isinstance(body, Mapping) else None
    return str(inner.get("code") or "") if isinstance(inner, Mapping) else ""


def _is_other_organization(body: object) -> bool:
    return _code(body) in _OTHER_ORGANIZATION or "organization header" in _words(body).lower()


def _not_deployed(name: str, told: str) -> TunedeskError:
    return TunedeskError(
        "not_deployed",
        f"{name} has no deployment of this model.",
        told or "It answers only once it was deployed there.",
        "Deploy it in the provider's portal (hosting is paid by the hour), and enter the "
        "deployment's name in Settings, Edit. Then ask again.",
    )


def _other_organization(name: str) -> TunedeskError:
    return TunedeskError(
        "other_organization",
        f"{name} does not know this key in that organisation.",
        "The key belongs to another organisation or project than the one it was sent with.",
        "Leave the organisation empty in Settings, or enter the one the key was made in.",
    )


def _lost(name: str, what: str) -> TunedeskError:
    return TunedeskError(
        "reply_lost",
        f"It is not known whether {name} did it.",
        what,
        "Do not send it again before it was looked up there.",
    )


def _redirected(name: str) -> TunedeskError:
    return TunedeskError(
        "redirected",
        f"{name} sends us to another address.",
        "Tunedesk does not follow, since the key is meant for this address only.",
        "If the new address is right, enter it in Settings.",
    )


def _in_stream(what: str, name: str) -> TunedeskError:
    return TunedeskError(
        "stream_failed", f"{name} stopped in the middle.", what[:_MAX_WORDS], "Try again."
    )


def _words(body: object) -> str:
    """The provider's own words in any of the shapes in use; "" for a web page."""
    if isinstance(body, Mapping):
        inner = body.get("error", body)
        if isinstance(inner, str):
            return inner[:_MAX_WORDS]
        if isinstance(inner, Mapping):
            told = inner.get("message") or inner.get("detail")
            if isinstance(told, list):
                told = "; ".join(_detail(one) for one in told)
            return told[:_MAX_WORDS] if isinstance(told, str) else ""
    return ""


def _sentence(words: str) -> str:
    """With a full stop, since another sentence follows."""
    words = words.strip()
    return words if not words or words[-1] in ".!?…:)”\"'" else f"{words}."


def _detail(entry: object) -> str:
    """One entry of FastAPI's `detail` list."""
    if not isinstance(entry, Mapping):
        return str(entry)
    place = ".".join(str(part) for part in entry.get("loc", ()))
    return f"{place}: {entry.get('msg', '')}"
