"""How wide training goes: processes on this machine, machines in all."""

from __future__ import annotations

import msgspec


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """torchrun's own words, passed through. The default is one plain process without torchrun.

    `nproc_per_node` 0 means one for each CUDA device. `rdzv_endpoint` ("HOST:PORT", where the
    machines meet) and `node_rank` (this machine's number, from 0) matter for more than one
    machine only.
    """

    nproc_per_node: int = 1
    nnodes: int = 1
    rdzv_endpoint: str | None = None
    node_rank: int | None = None
