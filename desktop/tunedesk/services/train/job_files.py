"""Files a person asks for on a job's page: its curve as a picture or table, its result file."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.work.background import Background
from tunedesk.store.atomic import write_atomically
from tunedesk.store.os_errors import translated


class JobFiles:
    """One for each open project; everything is called on the loop's thread."""

    def __init__(self, project: Project, providers: Providers, background: Background) -> None:
        self._project, self._providers, self._background = project, providers, background

    async def write(self, path: Path, data: bytes) -> None:
        """Write a file whole or not at all. Raises TunedeskError: "file.…"."""
        await self._background.run(_write, path, data)

    async def save_result(self, local_id: str, path: Path) -> None:
        """Save the provider's own table of a job's steps, its first result file.

        Raises TunedeskError: "no_result" if the job has none, or as providers and files do.
        """
        record = await self._project.in_ledger(lambda ledger: ledger.job(local_id))
        files = record.state.result_files if record.state is not None else ()
        if not files:
            raise TunedeskError(
                "no_result",
                "This job has no result file.",
                "Its provider writes one at the end of a job that learned something.",
                "The curve itself can be saved as CSV.",
            )
        provider = await self._providers.get(record.provider_id)
        await provider.archive.save(files[0], path)
        await self._background.run(_unwrap, path)


def as_table(content: bytes) -> bytes:
    """The table itself: some providers send it once more in base64."""
    try:
        inner = base64.b64decode(content.strip(), validate=True)
    except (binascii.Error, ValueError):
        return content
    return inner if inner.startswith(b"step") else content


def _unwrap(path: Path) -> None:
    with translated(path, "The result file could not be read again."):
        content = path.read_bytes()
    if as_table(content) != content:
        _write(path, as_table(content))


def _write(path: Path, data: bytes) -> None:
    with translated(path, "The file could not be written."):
        write_atomically(path, data)
