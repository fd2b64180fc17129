"""Every route of the engine's app, as an address that can be asked."""

from __future__ import annotations

import re
from typing import Any, cast

from fastapi.routing import iter_route_contexts

from tunedesk.engine.api import Parts, build_app

_ID = re.compile(r"\{[^}]*\}")


def routes() -> list[tuple[str, str]]:
    """(method, path) of each, hidden ones too, with ids filled in."""
    found = []
    for route in iter_route_contexts(_app().routes):
        found += [(method, _ID.sub("x-1", str(route.path))) for method in route.methods or ()]
    return sorted(found)


def routes_that_frameworks_check() -> list[str]:
    """Paths whose query, headers or body FastAPI reads itself, and refuses in its own shape."""
    return [
        str(route.path)
        for route in iter_route_contexts(_app().routes)
        for part in ("query_params", "header_params", "cookie_params", "body_params")
        if getattr(cast(Any, route).dependant, part)
    ]


def _app() -> Any:
    """Nothing is asked of it, so that it needs no parts."""
    nothing = cast(Any, None)
    return build_app(Parts(**dict.fromkeys(Parts.__struct_fields__, nothing)))
