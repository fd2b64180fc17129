"""Shapes shared by every answer: ids, times, lists, and OpenAI's error object."""

from __future__ import annotations

import re
import secrets
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
        text = str(error)
        found = _JSON_PATH.search(text)
        param = found["path"] if found and found["path"] else None
        raise ApiError(400, _field_message(text, param), param=param) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"We could not parse the JSON body of your request. ({error})"
        raise ApiError(400, message) from None


def _field_message(text: str, param: str | None) -> str:
    reason = _JSON_PATH.sub("", text).replace("`", "'")
    missing = re.search(r"missing required field '([^']+)'", reason)
    if missing:
        return f"Missing required parameter: '{missing[1]}'."
    return f"Invalid value for '{param}': {reason}." if param else f"Invalid body: {reason}."


def list_object(data: Sequence[dict[str, Any]], *, has_more: bool) -> dict[str, Any]:
    """A page of a list, with the ids the SDK and others page by."""
    return {
        "object": "list",
        "data": list(data),
        "has_more": has_more,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
    }


def page(rows: Sequence[dict[str, Any]], *, after: str | None, limit: int) -> dict[str, Any]:
    """The part of `rows` behind `after`, at most `limit` long. Raises ApiError 400 if unknown."""
    start = 0
    if after is not None:
        ids = [row["id"] for row in rows]
        if after not in ids:
            raise ApiError(
                400, f"Given after argument '{after}' was not found in items.", param="after"
            )
        start = ids.index(after) + 1
    return list_object(rows[start : start + limit], has_more=len(rows) > start + limit)
