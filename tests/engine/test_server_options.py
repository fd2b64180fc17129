"""Beyond loopback: a token from a file, TLS, and the names that clients reach the server by."""

from __future__ import annotations

import json
import secrets
import select
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from tests.support.certificates import self_signed
from tests.support.engine import MODEL_ID, models_folder, start_engine
from tunedesk.core.errors import TunedeskError
from tunedesk.engine.cli import build_parser
from tunedesk.engine.launch import Launch
from tunedesk.engine.options import settings_of
from tunedesk.engine.template import ChatTemplate

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

TOKEN = secrets.token_urlsafe(24)


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    """Closed to others."""
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


@contextmanager
def _serving(tmp_path: Path, *options: str) -> Iterator[dict[str, Any]]:
    """An engine started by hand, as on a server; what it says of itself."""
    command = [sys.executable, "-m", "tunedesk.engine", *options]
    command += ["--data", str(tmp_path / "data"), "--models", str(models_folder())]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert select.select([process.stdout], [], [], 60)[0]
            yield json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


async def test_the_client_speaks_tls_to_it(tmp_path: Path, token_file: Path) -> None:
    certificate, key = self_signed(tmp_path)
    options = ["--host", "0.0.0.0", "--token-file", str(token_file)]
    options += ["--tls-cert", str(certificate), "--tls-key", str(key)]
    trust = ssl.create_default_context(cafile=certificate)
    with _serving(tmp_path, *options) as said:
        port = said["base_url"].split(":")[2].removesuffix("/v1")
        assert said["base_url"] == f"https://0.0.0.0:{port}/v1"
        http = httpx2.AsyncClient(verify=trust, trust_env=False)
        url = f"https://localhost:{port}/v1"
        async with AsyncOpenAI(
            api_key=TOKEN, base_url=url, http_client=http, max_retries=0
        ) as client:
            assert (await client.models.retrieve(MODEL_ID)).id == MODEL_ID
            made = await client.files.create(file=("a", b"{}\n" * 90_000), purpose="user_data")
            assert len((await client.files.content(made.id)).content) == 270_000
        async with httpx2.AsyncClient(trust_env=False) as stranger:
            with pytest.raises(httpx2.ConnectError):  # the certificate is nobody's
                await stranger.get(f"{url}/models")
            with pytest.raises(httpx2.HTTPError):
                await stranger.get(f"http://localhost:{port}/v1/models")


async def test_named_hosts_are_served_and_others_told_how(tmp_path: Path, token_file: Path) -> None:
    names = ["--allow-host", "GPU.example", "--allow-host", "other.example:8443"]
    options = ["--host", "0.0.0.0", "--insecure-no-tls", "--token-file", str(token_file)]
    with _serving(tmp_path, *options, *names) as said:
        url = said["base_url"].replace("0.0.0.0", "127.0.0.1")
        async with httpx2.AsyncClient(trust_env=False) as http:
            for host in ("gpu.example", "Gpu.Example:8443", "other.example", "localhost"):
                headers = {"Authorization": f"Bearer {TOKEN}", "Host": host}
                assert (await http.get(f"{url}/models", headers=headers)).status_code == 200
            headers["Host"] = "third.example"
            refused = await http.get(f"{url}/models", headers=headers)
            assert refused.status_code == 403
            assert "--allow-host" in refused.json()["error"]["message"]
    assert said["token_file"] == str(token_file)


def _transformers_answer(prompt: list[int], n_tokens: int) -> str:
    """Greedy, in bfloat16, on one thread as the engine's."""
    import torch
    from transformers import AutoModelForCausalLM

    folder, threads = models_folder() / MODEL_ID, torch.get_num_threads()
    torch.set_num_threads(1)
    net: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    whole = net.generate(torch.tensor([prompt]), max_new_tokens=n_tokens, do_sample=False)
    torch.set_num_threads(threads)
    answer: str = ChatTemplate(folder).tokenizer.decode(whole[0, len(prompt) :].tolist())
    return answer


async def test_exact_answers_are_those_of_transformers(tmp_path: Path) -> None:
    messages: list[Any] = [{"role": "user", "content": "Name three colours of the sea."}]
    prompt = ChatTemplate(models_folder() / MODEL_ID).prompt(messages)
    expected = await anyio.to_thread.run_sync(_transformers_answer, prompt, 40)
    with _serving(tmp_path, "--exact") as said:
        token = Path(said["token_file"]).read_text().strip()
        async with AsyncOpenAI(api_key=token, base_url=said["base_url"], max_retries=0) as client:
            done = await client.chat.completions.create(
                model=MODEL_ID, messages=messages, temperature=0, max_tokens=40
            )
    assert done.choices[0].message.content == expected


def _settings(*options: str) -> Any:
    return settings_of(build_parser().parse_args(options))


_WIDE = ("--host", "192.168.1.5")
_WITH_TOKEN = (*_WIDE, "--token-file", "TOKEN")
_LEFT_OPEN: dict[str, tuple[tuple[str, ...], str]] = {
    "no token file": ((*_WIDE, "--insecure-no-tls"), "needs_token_file"),
    "no tls": (_WITH_TOKEN, "needs_tls"),
    "half tls": ((*_WITH_TOKEN, "--tls-cert", "CERT"), "tls_half"),
    "all addresses": (("--host", "::", "--token-file", "TOKEN"), "needs_tls"),
    "a name": (("--host", "gpu.example", "--token-file", "TOKEN"), "needs_tls"),
    "swapped files": ((*_WITH_TOKEN, "--tls-cert", "KEY", "--tls-key", "CERT"), "tls_files"),
    "no such file": ((*_WITH_TOKEN, "--tls-cert", "CERT", "--tls-key", "NONE"), "tls_files"),
    "open key": ((*_WITH_TOKEN, "--tls-cert", "CERT", "--tls-key", "OPEN"), "file_open_to_all"),
    "open token": ((*_WIDE, "--token-file", "OPEN", "--insecure-no-tls"), "file_open_to_all"),
    "open token here": (("--token-file", "OPEN"), "file_open_to_all"),
    "short token": (("--token-file", "SHORT"), "token_unfit"),
    "two addresses": (("--uds", "a.sock", "--host", "127.0.0.1"), "address_twice"),
}


@pytest.mark.parametrize("name", _LEFT_OPEN)
def test_a_door_left_open_is_not_served(name: str, tmp_path: Path, token_file: Path) -> None:
    words, code = _LEFT_OPEN[name]
    certificate, key = self_signed(tmp_path)
    certificate.chmod(0o600)
    files = {"TOKEN": token_file, "CERT": certificate, "KEY": key, "NONE": tmp_path / "none"}
    files |= {"OPEN": tmp_path / "open", "SHORT": tmp_path / "short"}
    files["OPEN"].write_bytes(key.read_bytes())
    files["OPEN"].chmod(0o644)
    files["SHORT"].write_text("secret", encoding="utf-8")
    files["SHORT"].chmod(0o600)
    with pytest.raises(TunedeskError) as caught:
        _settings(*(str(files.get(word, word)) for word in words))
    assert caught.value.code == code
    assert TOKEN not in str(caught.value)
    if name == "open token":
        assert f"chmod 600 {files['OPEN']}" in caught.value.next_step


def test_a_key_with_a_password_is_refused_and_nobody_is_asked(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    locked = tmp_path / "locked.pem"
    words = ["openssl", "pkey", "-aes256", "-passout", "pass:secret"]
    subprocess.run([*words, "-in", str(key), "-out", str(locked)], check=True, timeout=60)
    locked.chmod(0o600)
    with pytest.raises(TunedeskError, match="cannot be used for TLS"):
        _settings("--tls-cert", str(certificate), "--tls-key", str(locked))


def test_what_torchrun_needs_is_taken_from_the_command_line() -> None:
    assert _settings().launch == Launch(nproc_per_node=0)  # one for each CUDA device
    assert _settings("--nproc-per-node", "1").launch == Launch()
    words = ["--nproc-per-node", "4", "--nnodes", "2", "--node-rank", "1"]
    words += ["--rdzv-endpoint", "gpu-1:29400"]
    wanted = Launch(nproc_per_node=4, nnodes=2, rdzv_endpoint="gpu-1:29400", node_rank=1)
    assert _settings(*words).launch == wanted


@pytest.mark.parametrize(
    "words",
    [
        "--nproc-per-node 0",
        "--nproc-per-node many",
        "--nnodes 0",
        "--nnodes 2",
        "--nnodes 2 --rdzv-endpoint gpu-1",
        "--nnodes 2 --rdzv-endpoint gpu-1:29400 --node-rank 2",
        "--node-rank 1",
    ],
)
def test_a_launch_that_cannot_be_is_refused(words: str) -> None:
    with pytest.raises(TunedeskError, match=r"--(n|rdzv)"):
        _settings(*words.split())


def test_a_second_engine_leaves_the_first_one_s_token_alone(tmp_path: Path) -> None:
    with _serving(tmp_path) as said:
        token = Path(said["token_file"]).read_text(encoding="utf-8")
        command = [sys.executable, "-m", "tunedesk.engine", "--data", str(tmp_path / "data")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert Path(said["token_file"]).read_text(encoding="utf-8") == token


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "engine.db").write_bytes(b"not a database at all" * 500)
    command = [sys.executable, "-m", "tunedesk.engine", "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "engine.db in its data folder, cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


async def test_the_token_is_written_nowhere(tmp_path: Path) -> None:
    engine = start_engine(tmp_path / "data")
    try:
        async with engine.client() as client:
            await client.files.create(file=("a.jsonl", b"{}\n"), purpose="fine-tune")
            with pytest.raises(openai.NotFoundError):
                await client.models.retrieve("none")
    finally:
        engine.stop()
    for path in (tmp_path / "data").rglob("*"):
        assert path.is_dir() or engine.token.encode() not in path.read_bytes(), path
