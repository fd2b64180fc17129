"""A file that is written beside its place and put there when it is whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tunedesk.services.work.apart import staging_beside, to_the_end
from tunedesk.services.work.background import Background
from tunedesk.store.os_errors import translated
from tunedesk.store.staging import replace


@asynccontextmanager
async def new_file(background: Background, target: Path) -> AsyncIterator[Path]:
    """Yields where to write; at the end of the block that file takes the target's place.

    If the block raises or is cancelled, the target is as it was. Raises TunedeskError.
    """
    async with staging_beside(background, target.parent) as staging:
        staged = staging / f"new{target.suffix}"
        yield staged
        await to_the_end(background.run(replace, staged, target))


async def write_whole(background: Background, target: Path, data: bytes) -> None:
    """Write a file at once. Raises TunedeskError; the target is then as it was."""
    async with new_file(background, target) as staged:
        await to_the_end(background.run(write_bytes, staged, target, data))


def write_bytes(staged: Path, target: Path, data: bytes) -> None:
    """Blocking. Raises TunedeskError that names the target."""
    with translated(target, "The file was not written."):
        staged.write_bytes(data)
