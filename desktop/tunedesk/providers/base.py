"""What the app may ask of anyone who trains or answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Container, Mapping
from pathlib import Path
from typing import Any, Protocol

from tunedesk.core.chat import ChatDelta, ChatRequest
from tunedesk.core.jobs import (
    Checkpoint,
    FileInfo,
    JobEvent,
    JobRequest,
    JobState,
    ModelInfo,
    UploadInfo,
)
from tunedesk.core.learned import Learned
from tunedesk.providers.archive_calls import ArchiveCalls
from tunedesk.providers.file_slice import Sent
from tunedesk.providers.profiles import Profile


class ProviderFiles(Protocol):
    """Files of a provider. Nothing that sends is retried by itself."""

    async def send(
        self, path: Path, size_bytes: int, purpose: str = "fine-tune", sent: Sent | None = None
    ) -> FileInfo:
        """Send the first `size_bytes` of a file, read in pieces, in one request.

        Raises TunedeskError: "reply_lost" if it may be there, "upload_altered" if another size
        arrived, "upload_unreadable".
        """

    async def begin(self, filename: str, size_bytes: int, purpose: str = "fine-tune") -> UploadInfo:
        """Announce a file that comes in parts."""

    async def send_part(
        self, upload_id: str, path: Path, first_byte: int, n_bytes: int, sent: Sent | None = None
    ) -> str:
        """Send a part and return its id. A part that is sent twice does no harm: only those named
        at the end count."""

    async def complete(
        self, upload_id: str, part_ids: list[str], md5: str, size_bytes: int
    ) -> FileInfo:
        """Have the parts joined, in this order. Raises as `send`; "refused" for another md5."""

    async def cancel(self, upload_id: str) -> None:
        """Give an upload up."""

    async def all(self) -> list[FileInfo]:
        """Every file, newest first."""

    async def get(self, file_id: str) -> FileInfo:
        """A file as it is now; code "not_found" if it is not there."""

    async def delete(self, file_id: str) -> None:
        """Delete a file for good."""


class Provider(Protocol):
    """A server that speaks OpenAI's fine-tuning API.

    Every method raises TunedeskError, with the provider's own words where it gave any; see
    `providers.errors` for the codes. Reads are retried by themselves, creations never.
    """

    @property
    def profile(self) -> Profile:
        """Who it is."""

    @property
    def archive(self) -> ArchiveCalls:
        """What is kept there of past fine-tuning."""

    async def models(self) -> list[ModelInfo]:
        """Every model it offers, in its own order."""

    @property
    def files(self) -> ProviderFiles:
        """What it keeps for us."""

    async def create_job(self, request: JobRequest) -> JobState:
        """Start a fine-tune with exactly one request.

        Raises TunedeskError; with the code "reply_lost" the job may exist all the same, and
        `find_jobs` by our metadata tag is the way to know.
        """

    async def job(self, job_id: str, *, once: bool = False) -> JobState:
        """A job as it is now; code "not_found" if the provider does not know it.

        With `once` it is not asked again by itself: for who asks again later anyway.
        """

    async def find_jobs(self, metadata: Mapping[str, str]) -> list[JobState]:
        """Every job that carries all of these tags, newest first."""

    async def events(
        self, job_id: str, limit: int = 10_000, known: Container[str] = ()
    ) -> list[JobEvent]:
        """Events of a job, oldest first, at most `limit` of the newest.

        Reading ends early at a page that holds a `known` id: older ones are known, too.
        """

    async def checkpoints(self, job_id: str) -> list[Checkpoint]:
        """A job's checkpoints, by step."""

    async def cancel(self, job_id: str) -> JobState:
        """Ask for the end of a job; the answer is the job as it is then."""

    async def pause(self, job_id: str, *, is_paused: bool) -> JobState:
        """Ask a job to wait, or to go on; only where the profile has a pause."""

    async def delete_model(self, model: str) -> None:
        """Delete a tuned model or a checkpoint for good; the job's record stays."""

    def chat(self, request: ChatRequest, *, is_paid: bool = False) -> AsyncGenerator[ChatDelta]:
        """Stream a reply, in one request. A stream that ends without a finish reason was cut off:
        no error.

        With `is_paid` the code is "reply_lost" whenever it may have been answered all the same.
        Close the generator (`aclose`) to stop: the server sees the socket close.
        """

    async def preview(
        self, model: str, row: Mapping[str, Any], method: str | None = None
    ) -> list[Learned]:
        """How a model would read and learn a row: one reading, two of a preference pair.

        `method` is "supervised" or "dpo"; without it the row says. Only where the profile has
        previews. Raises TunedeskError, with the words of the refusal, for a row it would not take.
        """

    async def close(self) -> None:
        """Let go of every connection. Closing twice is harmless."""
