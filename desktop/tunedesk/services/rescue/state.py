"""How far saving has come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.store.archive_folder import Manifest, Missing, file_sizes

__all__ = ["Missing", "RescueState", "Step", "state_of"]


class Step(msgspec.Struct, frozen=True):
    """`n_done` of `n_all`; `n_all` is None until it is known."""

    n_done: int = 0
    n_all: int | None = None

    @property
    def is_done(self) -> bool:
        return self.n_all is not None and self.n_done >= self.n_all


class RescueState(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows. `n_bytes` are those of `files`. `stopped_by` is why it stopped before
    the end; saving can go on."""

    provider_id: str = ""
    is_running: bool = False
    jobs: Step = Step()
    files: Step = Step()
    curves: Step = Step()
    results: Step = Step()
    n_bytes: int = 0
    missing: Sequence[Missing] = ()
    stopped_by: TunedeskError | None = None
    n_datasets: int = 0
    n_imported_jobs: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether everything that could be had is saved."""
        steps = (self.jobs, self.files, self.curves, self.results)
        return not self.is_running and all(step.is_done for step in steps)


def state_of(provider_id: str, manifest: Manifest | None) -> RescueState:
    """What a manifest says of earlier runs; nothing was begun without one.

    How much there is in all is known only of a run that came to its end.
    """
    if manifest is None:
        return RescueState()
    n = Counter(key.partition("/")[0] for key in [*manifest.saved, *manifest.missing])
    taken = Counter(key.partition("/")[0] for key in manifest.imported)

    def step(kind: str) -> Step:
        return Step(n[kind], n[kind] if manifest.is_complete else None)

    return RescueState(
        provider_id=provider_id,
        jobs=step("job"),
        curves=step("events"),
        files=step("file"),
        results=step("result"),
        n_bytes=file_sizes(manifest.saved),
        missing=tuple(manifest.missing.values()),
        n_datasets=taken["file"],
        n_imported_jobs=taken["job"],
    )
