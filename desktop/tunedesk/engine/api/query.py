"""Query parameters with OpenAI's bounds and error shape."""

from __future__ import annotations

import re

from starlette.requests import Request

from tunedesk.engine.wire import ApiError

_METADATA = re.compile(r"metadata\[(?P<key>.*)\]")


def limit_of(request: Request, default: int, most: int = 100) -> int:
    """`limit`, 1…most. Raises ApiError 400."""
    text = request.query_params.get("limit", str(default))
    if not text.isdecimal() or not 1 <= int(text[:9]) <= most:
        raise ApiError(
            400, f"Invalid value for 'limit': {text} is not between 1 and {most}.", param="limit"
        )
    return int(text)


def metadata_filter(request: Request) -> dict[str, str]:
    """The pairs of `metadata[key]=value`."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if match := _METADATA.fullmatch(name):
            found[match["key"]] = value
    return found
