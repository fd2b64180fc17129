"""The second half of `make shots`: each state of a fine-tune, light and dark, in build/shots/.

The pages are the real ones; what they show is scripted as in the tests, since a refusal, a failure
or a long upload cannot be had from a real engine at will. 1240 × 840 is what the window leaves to
a page at 1440 × 900.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

_ROOT = Path(__file__).resolve().parents[1]
_SHOTS = _ROOT / "build" / "shots"
_SIZE = (1240, 840)
_SETTLE_S = 0.6  # the drawing library comes in a thread, and rows are read in steps

if TYPE_CHECKING:
    from tunedesk.services.train.training import JobView
    from tunedesk.ui.operations import Operations
    from tunedesk.ui.theme import Theme
    from tunedesk.ui.widgets.page import Page


def main() -> int:
    """Take all pictures; 0 when every state was taken."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.path.insert(0, str(_ROOT))

    from tunedesk.app.event_loop import DesktopLoop
    from tunedesk.app.start import make_application
    from tunedesk.ui.language import Language
    from tunedesk.ui.operations import Operations
    from tunedesk.ui.theme import Theme

    qt = make_application(["shots"])
    with DesktopLoop(qt) as loop:
        language, theme = Language(qt, "en"), Theme(qt, "light")
        for code in os.environ.get("LANGUAGES", "en th").split():
            language.choose("th" if code == "th" else "en")
            suffix = "" if language.code == "en" else f"-{language.code}"
            loop.run_until_complete(_take_all(theme, Operations(loop, _fail), suffix))
    return 0


def _fail(error: BaseException) -> None:
    raise error


async def _take_all(theme: Theme, operations: Operations, suffix: str) -> None:
    _SHOTS.mkdir(parents=True, exist_ok=True)
    for name, make in (_train_states() | _start_states()).items():
        page = make(theme, operations)
        theme.dress(page)
        page.resize(*_SIZE)
        page.show()
        page.on_enter()
        await asyncio.sleep(_SETTLE_S)
        for appearance in ("light", "dark"):
            theme.set_appearance("dark" if appearance == "dark" else "light")
            await asyncio.sleep(0.1)
            path = _SHOTS / f"state-{name}-{appearance}{suffix}.png"
            page.grab().save(str(path))
            sys.stdout.write(f"{path.relative_to(_ROOT)}\n")
        page.close()
        page.deleteLater()
    await operations.close()


Make = Callable[["Theme", "Operations"], "Page"]


def _train_states() -> dict[str, Make]:
    """The Train page with no job, and with one job in each of its states."""
    from tests.support.scripted_training import ScriptedTraining, checkpoint, falling, job

    some, all_of_it = falling(19), falling(33)
    kept = [checkpoint(11)]
    cause = "The file has an assistant message without words (line 12)."
    views = {
        "queued": [job("b", "queued", name="marv-2"), job("a", "running", some, name="marv")],
        "running": [job("a", "running", some, checkpoints=kept)],
        "paused": [job("a", "paused", some, checkpoints=kept)],
        "failed": [job("a", "failed", some[:5], error=cause)],
        "cancelled": [job("a", "cancelled", some, checkpoints=kept)],
        "succeeded": [
            job("a", "succeeded", all_of_it, checkpoints=[checkpoint(n) for n in (11, 22, 33)])
        ],
    }
    found: dict[str, Make] = {"empty": lambda *parts: _train_page(ScriptedTraining(), *parts)}
    for name, jobs in views.items():
        training = ScriptedTraining(*(_as_here(view) for view in jobs))
        found[name] = lambda *parts, training=training: _train_page(training, *parts)
    return found


def _as_here(view: JobView) -> JobView:
    """At an engine of ours."""
    import msgspec

    record = view.record
    if record.status == "queued":  # it came after the one that runs
        record = msgspec.structs.replace(record, created_at_ms=record.created_at_ms + 1)
    return msgspec.structs.replace(view, record=record, can_pause=True, is_free=True)


def _train_page(training: Any, theme: Theme, operations: Operations) -> Page:
    from tests.support.scripted_training import STARTED_MS, ScriptedAsk
    from tunedesk.ui.pages.train.page import TrainPage

    ask: Any = ScriptedAsk()
    return TrainPage(
        training=training,
        operations=operations,
        ask=ask,
        theme=theme,
        now_ms=lambda: STARTED_MS + 24_000,
    )


def _start_states() -> dict[str, Make]:
    """New fine-tune while it checks, where it refuses, and while the rows are sent."""
    from tests.support.scripted_training import ScriptedTraining, ready
    from tunedesk.services.train.starting import StartProgress, StartStage
    from tunedesk.services.train.training import ReadyCheck

    checking, refused, uploading = (ScriptedTraining() for _ in range(3))
    checking.hold = True
    refused.answer = ready(
        ReadyCheck(code="train_rows", level="error", args={"n": 6, "needed": 10}),
        ReadyCheck(code="test_rows", level="ok", args={"n": 10}),
        can_start=False,
    )
    uploading.start_progress = StartProgress(
        name="marv-style",
        provider_name="OpenAI",
        stage=StartStage.UPLOADING,
        done_bytes=3_100_000,
        total_bytes=8_400_000,
    )
    states = {"checking": checking, "refused": refused, "uploading": uploading}
    return {
        name: lambda *parts, training=training: _start_page(training, *parts)
        for name, training in states.items()
    }


def _start_page(training: Any, theme: Theme, operations: Operations) -> Page:
    from tests.support.scripted_training import ScriptedAsk, ScriptedSession, ScriptedShelf
    from tunedesk.ui.pages.new_fine_tune.page import NewFineTunePage

    current: Any = ScriptedShelf(ScriptedSession())
    ask: Any = ScriptedAsk()
    return NewFineTunePage(
        training=training,
        current=current,
        operations=operations,
        ask=ask,
        theme=theme,
    )


if __name__ == "__main__":
    sys.exit(main())
