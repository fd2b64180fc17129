"""Query parameters with OpenAI's bounds and error shape."""

from __future__ import annotations

import re

from starlette.requests import Request

from tunedesk.engine.paging import Window
from tunedesk.engine.wire import ApiError

_METADATA = re.compile(r"metadata\[(?P<key>.*)\]", re.DOTALL)


def window_of(request: Request, default: int, most: int = 100, *, ordered: bool = False) -> Window:
    """`after`, `limit` (1…most) and, where a list has one, `order`. Raises ApiError 400."""
    after = request.query_params.get("after") or None
    order = request.query_params.get("order", "desc") if ordered else "desc"
    if order not in ("asc", "desc"):
        text = f"Invalid value for 'order': '{order}' is neither 'asc' nor 'desc'."
        raise ApiError(400, text, param="order")
    limit = _limit_of(request, default, most)
    return Window(after=after, limit=limit, oldest_first=order == "asc")


def metadata_filter(request: Request) -> dict[str, str] | None:
    """The pairs of `metadata[key]=value`; None for `metadata=null`: jobs without any."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if match := _METADATA.fullmatch(name):
            found[match["key"]] = value
        elif name == "metadata" and value == "null":
            return None
    return found


def _limit_of(request: Request, default: int, most: int) -> int:
    text = request.query_params.get("limit", str(default))
    if not text.isdecimal() or not 1 <= int(text[:9]) <= most:
        message = f"Invalid value for 'limit': {text} is not between 1 and {most}."
        raise ApiError(400, message, param="limit")
    return int(text)
