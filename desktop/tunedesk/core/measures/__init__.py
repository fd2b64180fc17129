"""Automatic measures: what can be said of answers without a person, and what it is worth."""

from tunedesk.core.measures.chrf import chrf, corpus_chrf
from tunedesk.core.measures.summary import (
    Loss,
    Measure,
    MeasureName,
    Sample,
    Scored,
    best_and_worst,
    is_cut_off,
    is_refusal,
    measure,
)

__all__ = [
    "Loss",
    "Measure",
    "MeasureName",
    "Sample",
    "Scored",
    "best_and_worst",
    "chrf",
    "corpus_chrf",
    "is_cut_off",
    "is_refusal",
    "measure",
]
