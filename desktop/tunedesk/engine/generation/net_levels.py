"""Finds the 4 bits again in weights that were once quantised and then written out as bfloat16.

A model that came as GGUF (Q4_0, Q4_1, Q4_K) has at most 16 different weights in each group of 32,
evenly spaced: low + q step. Rounded to bfloat16 they still lie close to those levels, so q is
found exactly and step and low nearly so. Weights that never were quantised fail the test by far:
their largest distance is ten times the tolerance, in every group.
"""

from __future__ import annotations

import torch

from tunedesk.engine.generation.net_linear import GROUP, Levels

_TOLERANCE = 1.5 * 2.0**-8  # of the group's largest weight; rounding to bfloat16 moves it by 2**-9
_SPANS = (15, 14, 13, 12, 11, 10, 9, 8)  # steps between lowest and highest; nearly always 15
_SAMPLE_GROUPS = 64  # what is no quantised matrix is known by these
_SLICE_GROUPS = 2**15  # small enough for the processor's cache: three times as fast as all at once


def find_levels(matrix: torch.Tensor) -> Levels | None:
    """The levels of a matrix [n_out, n_in]; None if it has none, or a size that has no groups."""
    n_out, n_in = matrix.shape
    if n_in % GROUP or n_out % 16:
        return None
    groups_of_all = matrix.reshape(-1, GROUP)
    if _of_groups(groups_of_all[:_SAMPLE_GROUPS].float()) is None:
        return None
    parts = []
    for groups in torch.split(groups_of_all, _SLICE_GROUPS):
        part = _of_groups(groups.float())
        if part is None:
            return None
        parts.append(part)
    q, scale, zero = (torch.cat(column) for column in zip(*parts, strict=True))
    return Levels(q.view(n_out, n_in), scale.view(n_out, -1), zero.view(n_out, -1))


_Part = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def _of_groups(groups: torch.Tensor) -> _Part | None:
    found, fits = _fit(groups, _SPANS[0])
    for span in _SPANS[1:]:
        if bool(fits.all()):
            break
        left = ~fits
        again, fits_now = _fit(groups[left], span)
        for whole, part in zip(found, again, strict=True):
            whole[left] = part
        fits[left] = fits_now
    return found if bool(fits.all()) else None


def _fit(groups: torch.Tensor, span: int) -> tuple[_Part, torch.Tensor]:
    """Levels if the lowest and the highest weight are `span` steps apart; and where that holds."""
    low, high = groups.aminmax(dim=1, keepdim=True)
    step = ((high - low) / span).clamp_(min=1e-30)
    q = (groups - low).div_(step).round_()
    mean = groups.mean(1, keepdim=True)
    q_mean = q.mean(1, keepdim=True)
    centred = q - q_mean
    spread = centred.square().sum(1, keepdim=True).clamp_(min=1e-30)
    scale = (centred * groups).sum(1, keepdim=True) / spread
    largest = torch.maximum(high.abs(), low.abs())
    distance = torch.addcmul(mean, centred, scale).sub_(groups).abs_().amax(1, keepdim=True)
    fits = (distance <= _TOLERANCE * largest).squeeze(1)
    scale = scale.bfloat16().float()  # the kernel's type; the zero point makes up for some of it
    zero = mean - scale * (q_mean - 8)
    return (q.to(torch.uint8), scale.squeeze(1), zero.squeeze(1)), fits
