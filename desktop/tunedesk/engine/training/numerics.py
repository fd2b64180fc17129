"""In which type to compute: tried out, since what a CPU says of itself does not tell.

A CPU may multiply bfloat16 faster than float32, or only pretend to, ten times slower. The choice
decides about bits: who resumes a job must pass on what its beginning chose.
"""

from __future__ import annotations

import time

import msgspec
import torch

from tunedesk.engine.nets.shape import Shape
from tunedesk.engine.template import Encoded
from tunedesk.engine.training.net_attention import Grid
from tunedesk.engine.training.net_layer import Layer, Place
from tunedesk.engine.training.net_lora import Adapter
from tunedesk.engine.training.net_parts import Rotary
from tunedesk.engine.training.packing import Packed
from tunedesk.engine.training.rows import Row

_ROW_TOKENS = 48
_N_ROWS = 4
_ROUNDS = 3  # the first warms up


def choose_dtype(shape: Shape | None, device: torch.device, rank: int) -> str:
    """ "bfloat16" or "float32", whichever does two steps of one layer faster (some 0.1 s)."""
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    if device.type != "cpu":
        return "float32"
    if shape is None:
        return "bfloat16" if has_fast_bfloat16() else "float32"
    trials = [_Trial(shape, dtype, rank) for dtype in (torch.bfloat16, torch.float32)]
    rounds = [[trial.step_s() for trial in trials] for _ in range(_ROUNDS)][1:]
    bfloat16_s, float32_s = (min(times) for times in zip(*rounds, strict=True))
    return "bfloat16" if bfloat16_s < float32_s else "float32"


def has_fast_bfloat16() -> bool:
    """True where the CPU claims to multiply bfloat16 itself."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


class _Trial:
    """One layer of noise, which takes as long as a learned one."""

    def __init__(self, shape: Shape, dtype: torch.dtype, rank: int) -> None:
        one_layer = msgspec.structs.replace(shape, n_layers=1)
        cpu = torch.device("cpu")
        self._layer = Layer(_noise(shape), shape, dtype)
        self._adapter = Adapter(one_layer, rank=rank, alpha=rank, seed=0, device=cpu, dtype=dtype)
        ids = [[row * _ROW_TOKENS + at for at in range(_ROW_TOKENS)] for row in range(_N_ROWS)]
        packed = Packed([Row(Encoded(tokens, [True] * _ROW_TOKENS)) for tokens in ids])
        rotary = Rotary(packed.positions, shape, dtype)
        self._place = Place(Grid(packed, shape, cpu), rotary)
        self._x = torch.zeros(packed.n_slots, shape.width).normal_()

    @torch.no_grad()
    def step_s(self) -> float:
        """Seconds of one core for a pass in both directions, whatever else the machine does."""
        n_threads = torch.get_num_threads()
        torch.set_num_threads(1)
        started_s = time.thread_time()
        loras = self._adapter.pairs(0)
        after, kept = self._layer(self._x, loras, self._place)
        self._layer.backward(after, kept, loras, self._place)
        passed_s = time.thread_time() - started_s
        torch.set_num_threads(n_threads)
        return passed_s


def _noise(shape: Shape) -> dict[str, torch.Tensor]:
    heads, kv_heads = shape.n_heads * shape.head_size, shape.n_kv_heads * shape.head_size
    sizes = {
        "input_layernorm": (shape.width,),
        "post_attention_layernorm": (shape.width,),
        "self_attn.q_proj": (heads, shape.width),
        "self_attn.k_proj": (kv_heads, shape.width),
        "self_attn.v_proj": (kv_heads, shape.width),
        "self_attn.o_proj": (shape.width, heads),
        "mlp.gate_proj": (shape.inner_width, shape.width),
        "mlp.up_proj": (shape.inner_width, shape.width),
        "mlp.down_proj": (shape.width, shape.inner_width),
    }
    source = torch.Generator().manual_seed(0)
    return {
        f"{name}.weight": torch.randn(size, generator=source) / shape.width**0.5
        for name, size in sizes.items()
    }
