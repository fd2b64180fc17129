"""Reading lists to their end, also from servers that do not say where it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container
from typing import Any

from tunedesk.core.errors import TunedeskError

PAGE_SIZE = 100
MAX_PAGES = 200

Fetch = Callable[[str | None], Awaitable[Any]]


async def all_items(
    fetch: Fetch,
    *,
    limit: int,
    known: Container[str] = (),
    name: str,
    first_size: int = PAGE_SIZE,
) -> list[Any]:
    """Items of every page, at most `limit`; `fetch(after)` gets a page, None the first, which was
    asked to have `first_size` items.

    Ends at a page without items, one that says it is the last, one that repeats an id (a server
    that ignores `after`), one that holds a `known` id, and after MAX_PAGES. Raises TunedeskError
    as `fetch` does for the first page; if a later one is refused, what there is must do.
    """
    items: list[Any] = []
    seen: set[str] = set()
    after: str | None = None
    for n_page in range(MAX_PAGES):
        try:
            page = await fetch(after)
        except TunedeskError as error:
            # Some servers give new ids at each call and then do not know `after`.
            if n_page == 0 or error.code not in ("refused", "not_found"):
                raise
            break
        new = [item for item in _items(page, name) if _id(item) not in seen]
        items += new
        seen.update(_id(item) for item in new)
        size = first_size if n_page == 0 else PAGE_SIZE
        if not new or not _has_more(page, len(new), size) or len(items) >= limit:
            break
        if any(_id(item) in known for item in new):
            break
        after = _id(new[-1])
    return items[:limit]


def only(page: Any) -> Fetch:
    """`fetch` for a list that comes on one page, which was read already."""

    async def fetch(after: str | None) -> Any:
        return page if after is None else None

    return fetch


def _items(page: Any, name: str) -> list[Any]:
    from tunedesk.providers.errors import not_an_api

    data = getattr(page, "data", None)
    if not isinstance(data, list):
        raise not_an_api(name)
    return data


def _has_more(page: Any, n_items: int, size: int) -> bool:
    """What the page says, else whether it was full."""
    told = getattr(page, "has_more", None)
    return told if isinstance(told, bool) else n_items >= size


def _id(item: Any) -> str:
    return str(getattr(item, "id", None) or id(item))
