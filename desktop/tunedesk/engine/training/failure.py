"""Why a job cannot be done, in words and as the `code` of its error."""

from __future__ import annotations

import errno
import os

import msgspec

_NO_MEMORY = (
    *("can't allocate memory", "not enough memory", "bad_alloc", "out of memory"),
    os.strerror(errno.ENOMEM),
    "RuntimeError: could not create a primitive",
)
_NO_SPACE = (os.strerror(errno.ENOSPC), "os error 28", "Disk quota exceeded")


class TrainingError(Exception):
    """The job cannot be done; `code` and `param` go into the job's error."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


class PeerLostError(Exception):
    """Another process of this job is gone; the engine starts all of them anew."""


def explained(error: Exception) -> TrainingError:
    """The same in words. torch and safetensors put what happened into the text alone."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, TrainingError):
        return error
    if isinstance(error, MemoryError) or _lacks_memory(text):
        return TrainingError("out_of_memory", "There was not enough memory for this training.")
    if any(words in text for words in _NO_SPACE):
        message = "The disk is full: a checkpoint could not be written. The last one is intact."
        return TrainingError("disk_full", f"{message} Free some space and start the job again.")
    if isinstance(error, msgspec.DecodeError):
        return TrainingError("job_damaged", f"The job's description cannot be read: {error}")
    if isinstance(error, FileNotFoundError):
        return TrainingError("file_missing", f"A file of this job is gone: {error}")
    if isinstance(error, OSError) or "(os error " in text:
        return TrainingError("disk_error", f"The disk did not do its work: {error}")
    return TrainingError("internal_error", f"Training stopped: {text}")


def _lacks_memory(text: str) -> bool:
    """oneDNN's last words are those of a missing kernel too, but then more follows."""
    *words, last = _NO_MEMORY
    return any(word in text for word in words) or text.strip() == last
