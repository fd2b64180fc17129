"""Shapes shared by every answer: ids, times, lists, and OpenAI's error object."""

from __future__ import annotations

import re
import secrets
import sqlite3
import string
import time
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

_ALPHABET = string.ascii_letters + string.digits
_JSON_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")

T = TypeVar("T")


class ApiError(Exception):
    """An answer in OpenAI's error shape: `{"error": {message, type, param, code}}`."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.kind = kind

    def body(self) -> dict[str, Any]:
        """The JSON body; all four keys are always there."""
        return error_body(self.message, self.kind, self.param, self.code)


def error_body(message: str, kind: str, param: str | None, code: str | None) -> dict[str, Any]:
    """OpenAI's error object."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def model_not_found(model: str) -> ApiError:
    """The 404 that says a model is unknown here."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    return ApiError(404, message, code="model_not_found", param="model")


def disk_error(error: OSError | sqlite3.Error, what: str) -> ApiError:
    """The 507 that says which thing the disk did not take, and why."""
    reason = error.strerror if isinstance(error, OSError) else str(error)
    reason = reason or type(error).__name__
    message = f"{what} could not be kept on the engine's disk: {reason}. Free some space there, "
    message += "or look at the folder's permissions, then send it again."
    return ApiError(507, message, code="disk_error", kind="server_error")


def new_id(prefix: str, length: int = 24) -> str:
    """A fresh random id such as `file-…`; `prefix` includes its separator."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def now_s() -> int:
    """Unix time in whole seconds, as on the wire."""
    return int(time.time())


def decode(body: bytes, type_: type[T]) -> T:
    """Reads a JSON body as `type_`; unknown fields are ignored.

    Raises ApiError 400 that names the field.
    """
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.ValidationError as error:
        raise _field_error(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"We could not parse the JSON body of your request. ({error})"
        raise ApiError(400, message) from None


def _field_error(text: str) -> ApiError:
    found = _JSON_PATH.search(text)
    place = found["path"].replace("[...]", "") if found else ""
    reason = _JSON_PATH.sub("", text).replace("`", "'")
    missing = re.search(r"missing required field '([^']+)'", reason)
    if missing:
        param = f"{place}.{missing[1]}" if place else missing[1]
        message = f"Missing required parameter: '{param}'."
        return ApiError(400, message, param=param, code="missing_required_parameter")
    message = f"Invalid value for '{place}': {reason}." if place else f"Invalid body: {reason}."
    return ApiError(400, message, param=place or None)


def list_object(data: Sequence[dict[str, Any]], *, has_more: bool) -> dict[str, Any]:
    """A page of a list, with the ids the SDK and others page by."""
    return {
        "object": "list",
        "data": list(data),
        "has_more": has_more,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
    }
