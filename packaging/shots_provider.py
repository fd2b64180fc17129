"""A provider for the pictures: a second engine with a fine-tune of somebody else's making."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunedesk.providers.openai_compatible import OpenAICompatible

ID = "office"
_PORT = 47_613
"""The same each time: what is saved belongs to one address."""

_N_ROWS = 16
_POLL_S = 0.5


@contextmanager
def office_engine(home: Path, models: Path) -> Iterator[None]:
    """It runs within the block, has one fine-tune, and stands in the settings of `home`."""
    token = secrets.token_urlsafe(24)
    place = ["--host", "127.0.0.1", "--port", str(_PORT)]
    place += ["--data", str(home / "office"), "--models", str(models)]
    command = [sys.executable, "-m", "tunedesk.engine", *place, "--exit-with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as engine:
        assert engine.stdin is not None and engine.stdout is not None
        engine.stdin.write(token.encode() + b"\n")
        engine.stdin.flush()
        base_url = json.loads(engine.stdout.readline())["base_url"]
        try:
            asyncio.run(_have_a_job(base_url, token))
            _enter(home / "config" / "settings.json", base_url, token)
            yield
        finally:
            engine.stdin.close()


async def _have_a_job(base_url: str, token: str) -> None:
    """Train once on the first rows of the sample; the engine keeps it for the next pictures."""
    from tunedesk.core.jobs import Hyperparameters, JobRequest
    from tunedesk.providers.openai_compatible import OpenAICompatible
    from tunedesk.providers.profiles import Profile

    profile = Profile(id=ID, name="Office", kind="tunedesk", base_url=base_url)
    provider = OpenAICompatible(profile, api_key=token)
    try:
        if await provider.archive.jobs():
            return
        base = next(one.id for one in await provider.models() if one.kind == "base")
        request = JobRequest(
            model=base,
            training_file=await _send(provider, "marv-train.jsonl", _N_ROWS),
            validation_file=await _send(provider, "marv-heldout.jsonl", 6),
            suffix="support-v3",
            hyperparameters=Hyperparameters(n_epochs=2, batch_size=4),
        )
        job = await provider.create_job(request)
        while not job.is_terminal:
            await asyncio.sleep(_POLL_S)
            job = await provider.job(job.id)
    finally:
        await provider.close()


async def _send(provider: OpenAICompatible, name: str, n_rows: int) -> str:
    from tempfile import TemporaryDirectory

    from tunedesk.assets import resource

    lines = resource("samples", name).read_bytes().split(b"\n")[:n_rows]
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(b"\n".join(lines) + b"\n")
        return (await provider.files.send(path, path.stat().st_size)).id


def _enter(settings: Path, base_url: str, token: str) -> None:
    """As if a person had added it; the token stands in its headers, since a key would ask for a
    keyring."""
    known: dict[str, Any] = json.loads(settings.read_bytes()) if settings.exists() else {}
    entry = {
        "id": ID,
        "preset": "tunedesk",
        "name": "Office",
        "base_url": base_url,
        "needs_key": False,
        "extra_headers": {"Authorization": f"Bearer {token}"},
    }
    others = [one for one in known.get("providers", []) if one.get("id") != ID]
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(known | {"providers": [*others, entry]}), encoding="utf-8")
