"""Why an address cannot be reached: each cause a sentence of its own, with the next step."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

from tunedesk.core.errors import TunedeskError
from tunedesk.providers.address import is_loopback

# OpenSSL's numbers for what is wrong with a certificate (x509_vfy.h).
_NOT_YET, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64
_UNKNOWN_ISSUER = frozenset({18, 19, 20, 21})


def of_network(error: BaseException, name: str, host: str = "") -> TunedeskError:
    """The error of a connection that was not made to provider `name` at `host`.

    Codes: `no_such_host`, `no_network`, `unreachable`, `certificate_expired`,
    `certificate_unknown`, `certificate_other_name`, `certificate_refused`, `not_encrypted`,
    `proxy_refused`, `timeout`, `not_http`, `hung_up`.
    """
    place = host or name
    causes = list(_chain(error))
    for cause in causes:
        told = (
            _of_proxy(cause, name) or _of_certificate(cause, name, place) or _of_name(cause, place)
        )
        if told is not None:
            return told
    if any(
        isinstance(cause, TimeoutError) or "Timeout" in type(cause).__name__ for cause in causes
    ):
        return too_slow(name, host)
    return _of_protocol(causes, place) or _of_socket(causes, name, place)


def too_slow(name: str, host: str = "") -> TunedeskError:
    """Nothing came in the time there was."""
    return TunedeskError(
        "timeout",
        f"{name} does not answer.",
        "It took too long." + _by_proxy(host),
        "Check the address and the network; if both are right, try again later.",
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _of_proxy(cause: BaseException, name: str) -> TunedeskError | None:
    if type(cause).__name__ != "ProxyError":
        return None
    return TunedeskError(
        "proxy_refused",
        f"The proxy does not let Tunedesk through to {name}.",
        f"The proxy answered: {str(cause)[:200] or 'no'}." + _by_proxy(""),
        "Check HTTPS_PROXY and NO_PROXY in your environment, or ask who runs the proxy.",
    )


def _of_certificate(cause: BaseException, name: str, place: str) -> TunedeskError | None:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _certificate(cause.verify_code, name, place, cause.verify_message)
    if isinstance(cause, ssl.SSLError):
        return TunedeskError(
            "not_encrypted",
            f"{place} does not speak https.",
            "Something answers at this address and port, but not with an encrypted connection.",
            "Check the port; a server on this computer may want http:// instead.",
        )
    return None


def _certificate(code: int, name: str, place: str, told: str) -> TunedeskError:
    if code in (_EXPIRED, _NOT_YET):
        when = "has expired" if code == _EXPIRED else "is not valid yet"
        return TunedeskError(
            "certificate_expired",
            f"The certificate of {place} {when}.",
            "So it is not sure who answers there; the key was not sent.",
            f"Check this computer's date. If it is right, only {name} can renew the certificate.",
        )
    if code in _UNKNOWN_ISSUER:
        return TunedeskError(
            "certificate_unknown",
            f"The certificate of {place} is signed by nobody this computer trusts.",
            "It signed itself, or a proxy in between shows its own. The key was not sent.",
            "If it is your own server, have the system trust its certificate, or name the file in "
            "SSL_CERT_FILE and start Tunedesk again.",
        )
    if code in (_OTHER_NAME, _OTHER_ADDRESS):
        return TunedeskError(
            "certificate_other_name",
            f"The certificate is not for {place}.",
            "Somebody else answers there. The key was not sent.",
            "Check the address for a slip of the pen.",
        )
    return TunedeskError(
        "certificate_refused",
        f"The certificate of {place} cannot be trusted.",
        f"{told}. The key was not sent.",
        f"Check the address, or ask {name}.",
    )


def _of_name(cause: BaseException, place: str) -> TunedeskError | None:
    if not isinstance(cause, socket.gaierror):
        return None
    if cause.errno == socket.EAI_AGAIN:
        return TunedeskError(
            "no_network",
            "This computer seems to have no network.",
            f"Nobody could be asked where {place} is.",
            "Check the connection, then try again.",
        )
    return TunedeskError(
        "no_such_host",
        f"There is no computer called {place}.",
        "The name in the address is not known to the network." + _by_proxy(place),
        "Check the address for a slip of the pen, and the network.",
    )


def _of_protocol(causes: list[BaseException], place: str) -> TunedeskError | None:
    """Somebody is there, and it is not a web server."""
    told = next((str(c) for c in causes if type(c).__name__ == "RemoteProtocolError"), None)
    if told is None:
        return None
    if "disconnected" in told or "peer closed" in told:
        return TunedeskError(
            "hung_up",
            f"{place} hangs up in the middle.",
            "The connection was made, and closed again before an answer was there."
            + _by_proxy(place),
            "Check the port, and https:// or http:// before the address; then try again.",
        )
    return TunedeskError(
        "not_http",
        f"{place} does not speak HTTP.",
        "Something answers at this address and port, but it is no web server." + _by_proxy(place),
        "Check the port in the address.",
    )


def _of_socket(causes: list[BaseException], name: str, place: str) -> TunedeskError:
    codes = {number for cause in causes if (number := _errno(cause)) is not None}
    if codes & {errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH}:
        return TunedeskError(
            "no_network",
            "This computer has no way to that network.",
            f"There is no route to {place}.",
            "Check the connection, a VPN if you use one, then try again.",
        )
    what = f"Nothing listens at {place}." if errno.ECONNREFUSED in codes else ""
    return TunedeskError(
        "unreachable",
        f"{name} cannot be reached.",
        (what or f"The connection to {place} was not made.") + _by_proxy(place),
        "Check the network and the address with its port, then try again.",
    )


def _errno(cause: BaseException) -> int | None:
    """httpcore joins several attempts into one error without a number; its text has them."""
    if isinstance(cause, OSError) and cause.errno is not None:
        return cause.errno
    if "All connection attempts failed" in str(cause):
        return errno.ECONNREFUSED
    return None


def _by_proxy(host: str) -> str:
    from urllib.request import getproxies, proxy_bypass  # bring half of the web along

    at = f"http://[{host}]" if ":" in host else f"http://{host}"
    if not getproxies().get("https") or (host and (is_loopback(at) or proxy_bypass(host))):
        return ""
    return " A proxy of your environment is in between."
