"""Held-out loss of a tuned model and of its base, where whoever trained it told both."""

from __future__ import annotations

from tunedesk.core.curves import curve_of
from tunedesk.core.measures import Loss
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import Contender, JobRecord


def loss_of(ledger: Ledger, first: Contender, second: Contender) -> Loss | None:
    """None unless `second` was trained from `first` and its curve begins before any training.

    A checkpoint has the loss at its own step.
    """
    for job in ledger.jobs():
        if (job.provider_id, job.base_model) == (first.provider_id, first.model):
            found = _of_job(ledger, job, second)
            if found is not None and job.provider_id == second.provider_id:
                return found
    return None


def _of_job(ledger: Ledger, job: JobRecord, second: Contender) -> Loss | None:
    checkpoints = ledger.checkpoints(job.local_id)
    points = dict(curve_of(ledger.events(job.local_id), checkpoints).held_out)
    if 0 not in points:
        return None
    step = next((one.step_number for one in checkpoints if one.model == second.model), None)
    if step is None and job.state is not None and job.state.fine_tuned_model == second.model:
        step = max(points)
    if step is None or step == 0 or step not in points:
        return None
    return Loss(base=points[0], tuned=points[step], n_rows=job.n_held_out)
