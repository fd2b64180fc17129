"""`python -m tunedesk.engine.model_worker`: reads one order from stdin, says on stdout how it
goes. The end of stdin ends it."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from pathlib import Path

import msgspec

from tunedesk.engine.lifetime import (
    die_with_parent,
    leave_at_once,
    lower_priority,
    when_stdin_ends,
)

die_with_parent()

from tunedesk.engine.model_files import ModelRefusedError  # noqa: E402
from tunedesk.engine.model_orders import (  # noqa: E402
    Convert,
    Export,
    Finished,
    Look,
    Order,
    Progress,
    Refusal,
    Said,
    Tell,
    Trial,
    Verdict,
)

_NICE = 5
_LOOK_BYTES = 8 * 2**30  # of address space; torch is not in it


def main() -> None:
    """Every outcome is a line; what could not be foreseen also leaves a traceback on stderr."""
    warnings.simplefilter("ignore")
    order: Order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    when_stdin_ends(leave_at_once)
    if not isinstance(order, Look):  # somebody waits for a look
        lower_priority(_NICE)
    mouth = os.dup(1)
    os.dup2(2, 1)  # a library that prints must not speak in our name
    with os.fdopen(mouth, "wb", buffering=0) as stream:

        def say(said: Said) -> None:
            with contextlib.suppress(BrokenPipeError):
                stream.write(msgspec.json.encode(said) + b"\n")

        say(_outcome(order, lambda text, share: say(Progress(text=text, share=share))))


def _outcome(order: Order, tell: Tell) -> Finished | Refusal:
    try:
        return Finished(verdict=_do(order, tell))
    except ModelRefusedError as refusal:
        return Refusal(code="model_refused", what=str(refusal), next_step=refusal.next_step)
    except MemoryError:
        return Refusal(code="out_of_memory", what="There was not enough memory for this model.")
    except OSError as error:
        return Refusal(code="disk_error", what=f"A file could not be read or written: {error}.")


def _do(order: Order, tell: Tell) -> Verdict | None:
    """torch is imported only behind these doors, and not for a look."""
    if isinstance(order, Look):
        from tunedesk.engine.model_judge import judge

        _bound_memory()
        return judge(Path(order.folder))
    if isinstance(order, Trial):
        from tunedesk.engine.model_trial import require_trial

        require_trial(Path(order.folder))
    elif isinstance(order, Convert):
        from tunedesk.engine.gguf_read import convert_any

        convert_any(Path(order.gguf), Path(order.folder), tell)
    elif isinstance(order, Export):
        from tunedesk.engine.export_write import write_export

        write_export(order, tell)
    return None


def _bound_memory() -> None:
    """A tokenizer file of 64 MiB needs 1 GB to be read; a hostile one must not take all."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_LOOK_BYTES, _LOOK_BYTES))


if __name__ == "__main__":
    main()
    leave_at_once()
