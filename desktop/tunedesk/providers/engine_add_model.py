"""`tunedesk engine add-model` in a process of its own: it reads foreign files, the app does not."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.programs import module_command
from tunedesk.providers.engine_process import environment, require_installed

_STOP_S = 10.0
_MOST_ERROR_CHARS = 400


class AddedModel(msgspec.Struct, frozen=True, kw_only=True):
    """Its id from now on, and what a person should know of it."""

    name: str
    notes: list[str]


class AddProgress(msgspec.Struct, frozen=True, kw_only=True):
    """What is being done, in the engine's words; `share` is 0 to 1, None where it is not known."""

    text: str
    share: float | None = None


Listen = Callable[[AddProgress], object]


class AddModelProcess:
    """One model. `run` blocks in a thread; `stop` may be called from any other."""

    def __init__(self, source: Path, data_folder: Path, models_folder: Path | None = None) -> None:
        """`source`: the folder of a Hugging Face model, or a GGUF file."""
        models = ["--models", str(models_folder)] if models_folder is not None else []
        self._words = ["add-model", str(source), "--json", "--data", str(data_folder), *models]
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._is_stopped = False
        self._killer: threading.Timer | None = None

    def run(self, listen: Listen) -> AddedModel:
        """Wait until it is on the shelf. Raises TunedeskError: "model_refused" with the reason,
        "engine_missing", "stopped"."""
        require_installed()
        with self._lock:
            if self._is_stopped:
                raise _stopped()
            self._process = process = self._begin()
        assert process.stdout is not None
        assert process.stderr is not None
        errors: list[bytes] = []
        reader = threading.Thread(target=_keep, args=(process.stderr, errors))
        reader.start()
        last: dict[str, Any] = {}
        for line in process.stdout:
            last = _read(line)
            if "text" in last:
                listen(AddProgress(text=str(last["text"]), share=last.get("share")))
        code = process.wait()
        reader.join()
        if self._killer is not None:
            self._killer.cancel()
        process.stdout.close()
        process.stderr.close()
        return self._outcome(code, last, b"".join(errors).decode(errors="replace"))

    def stop(self) -> None:
        """Give it up; what was begun is taken away. Twice is harmless."""
        with self._lock:
            self._is_stopped = True
            process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            self._killer = threading.Timer(_STOP_S, process.kill)
            self._killer.daemon = True
            self._killer.start()

    def _begin(self) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [*module_command("tunedesk.engine"), *self._words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise _refused(f"The engine could not be started: {error.strerror}.", "") from error

    def _outcome(self, code: int, last: dict[str, Any], said: str) -> AddedModel:
        if code == 0 and "name" in last:
            notes = [str(note) for note in last.get("notes", [])]
            return AddedModel(name=str(last["name"]), notes=notes)
        if self._is_stopped:
            raise _stopped()
        if "what" in last:
            raise _refused(str(last["what"]), str(last.get("next", "")))
        what = f"It ended with code {code}. {said.strip()[-_MOST_ERROR_CHARS:]}".strip()
        raise _refused(what, "Try again; if it happens again, look at the free memory.")


def _keep(stream: IO[bytes], kept: list[bytes]) -> None:
    kept.append(stream.read())


def _read(line: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        found = json.loads(line)
        if isinstance(found, dict):
            return found
    return {}


def _refused(what: str, next_step: str) -> TunedeskError:
    return TunedeskError("model_refused", "The model was not added.", what, next_step)


def _stopped() -> TunedeskError:
    return TunedeskError(
        "stopped", "The model was not added.", "It was stopped.", "Nothing was kept of it."
    )
