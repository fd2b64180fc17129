"""What a provider has, and what it usually answers: files, uploads, jobs, models, chat."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.support.fake_provider.messages import Reply, Request, refusal, stream_of

_UPLOAD_LIVES_S = 3600


class Stock:
    """Ids count up. Sizes and digests are kept of every file, bytes of small ones."""

    def __init__(self) -> None:
        self.jobs: list[dict[str, Any]] = []
        self.files: list[dict[str, Any]] = []
        self.uploads: list[dict[str, Any]] = []
        self.parts: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.checkpoints: list[dict[str, Any]] = []
        self.models: list[dict[str, Any]] = [
            {"id": "base-1", "object": "model", "owned_by": "fake", "created": 1}
        ]
        self.chat: dict[str, Reply] = {}
        self.file_status: str | None = "processed"
        self.now_s = 1_750_000_000
        self._n_files = 0

    def answer(self, request: Request) -> Reply:
        """As a provider that is well."""
        match [request.method, *request.path.strip("/").split("/")]:
            case ["GET", "models"]:
                return Reply({"object": "list", "data": self.models})
            case [_, "files", *rest]:
                return self._file_reply(request, rest)
            case ["POST", "uploads", *rest]:
                return self._upload_reply(request, rest)
            case [_, "fine_tuning", "jobs", *rest]:
                return self._job_reply(request, rest)
            case ["POST", "chat", "completions"]:
                said = Reply(stream_of("Fine."), content_type="text/event-stream")
                return self.chat.get(request.json["model"], said)
        return refusal(404, f"Unknown: {request.line}")

    # ---- files ---------------------------------------------------------------------------------

    def _file_reply(self, request: Request, rest: list[str]) -> Reply:
        match [request.method, *rest]:
            case ["POST"]:
                return Reply(_shown(self.add_file(request)))
            case ["GET"]:
                return Reply(_page([_shown(file) for file in self.files[::-1]]))
            case [method, file_id, *more]:
                found = next((file for file in self.files if file["id"] == file_id), None)
                if found is None:
                    return refusal(404, f"No such File object: {file_id}")
                if method == "DELETE":
                    self.files.remove(found)
                    return Reply({"id": file_id, "object": "file", "deleted": True})
                if more == ["content"]:
                    return Reply(found["content"], content_type="application/octet-stream")
                return Reply(_shown(found))
        return refusal(405, "No.")

    def add_file(self, request: Request) -> dict[str, Any]:
        """Take in what was posted, also if it is only the beginning of it."""
        content = content_of(request)
        return self._new_file(name_of(request), content, _content_length(request))

    def _new_file(self, name: str, content: bytes, n_bytes: int) -> dict[str, Any]:
        self._n_files += 1
        made = {
            "id": f"file-{self._n_files}",
            "object": "file",
            "bytes": n_bytes,
            "created_at": self.now_s,
            "filename": name,
            "purpose": "fine-tune",
            "status": self.file_status,
            "content": content,
        }
        self.files.append(made)
        return made

    # ---- uploads -------------------------------------------------------------------------------

    def _upload_reply(self, request: Request, rest: list[str]) -> Reply:
        if not rest:
            return Reply(self._new_upload(request.json))
        upload = next((one for one in self.uploads if one["id"] == rest[0]), None)
        if upload is None:
            return refusal(404, f"No such Upload object: {rest[0]}")
        if upload["expires_at"] <= self.now_s:
            upload["status"] = "expired"
        if upload["status"] != "pending":
            return refusal(400, f"The upload is {upload['status']}.")
        match rest[1:]:
            case ["parts"]:
                return Reply(self._new_part(upload, request))
            case ["complete"]:
                return self._complete(upload, request.json)
            case ["cancel"]:
                upload["status"] = "cancelled"
                return Reply(upload)
        return refusal(404, "No.")

    def _new_upload(self, asked: dict[str, Any]) -> dict[str, Any]:
        made = {
            "id": f"upload_{len(self.uploads) + 1}",
            "object": "upload",
            "status": "pending",
            "created_at": self.now_s,
            "expires_at": self.now_s + _UPLOAD_LIVES_S,
            **asked,
        }
        self.uploads.append(made)
        return made

    def _new_part(self, upload: dict[str, Any], request: Request) -> dict[str, Any]:
        made = {
            "id": f"part_{len(self.parts) + 1}",
            "object": "upload.part",
            "created_at": self.now_s,
            "upload_id": upload["id"],
        }
        content = content_of(request)
        self.parts.append(made | {"content": content, "bytes": _content_length(request)})
        return made

    def _complete(self, upload: dict[str, Any], asked: dict[str, Any]) -> Reply:
        parts = {part["id"]: part for part in self.parts if part["upload_id"] == upload["id"]}
        if not set(asked["part_ids"]) <= set(parts):
            return refusal(400, "No such part.")
        wanted = [parts[part_id] for part_id in asked["part_ids"]]
        n_bytes = sum(part["bytes"] for part in wanted)
        if n_bytes != upload["bytes"]:
            return refusal(400, f"The parts have {n_bytes} bytes, not {upload['bytes']}.")
        content = b"".join(part["content"] for part in wanted)
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        if len(content) == n_bytes and asked.get("md5") not in (None, md5):
            return refusal(400, f"The uploaded bytes have the md5 {md5}.")
        file = self._new_file(upload["filename"], content, n_bytes)
        upload["status"] = "completed"
        return Reply(upload | {"file": _shown(file)})

    # ---- jobs ----------------------------------------------------------------------------------

    def _job_reply(self, request: Request, rest: list[str]) -> Reply:
        match [request.method, *rest]:
            case ["POST"]:
                return Reply(self._new_job(request.json))
            case ["GET"]:
                return Reply(_page(self._tagged(request.query)))
            case ["GET", _, "events"]:
                return Reply(_page(self.events[::-1]))
            case ["GET", _, "checkpoints"]:
                return Reply(_page(self.checkpoints[::-1]))
            case ["POST", job_id, ("cancel" | "pause" | "resume") as word]:
                words = {"cancel": "cancelled", "pause": "paused", "resume": "queued"}
                self._set(job_id, words[word])
                return self._job(job_id)
            case ["GET", job_id]:
                return self._job(job_id)
        return refusal(404, f"Unknown: {request.line}")

    def _tagged(self, query: dict[str, str]) -> list[dict[str, Any]]:
        tags = {k[9:-1]: v for k, v in query.items() if k.startswith("metadata[")}
        newest_first = self.jobs[::-1]
        return [job for job in newest_first if tags.items() <= (job.get("metadata") or {}).items()]

    def _new_job(self, asked: dict[str, Any]) -> dict[str, Any]:
        job = {
            "id": f"ftjob-{len(self.jobs) + 1}",
            "object": "fine_tuning.job",
            "created_at": self.now_s,
            "status": "queued",
            **asked,
        }
        self.jobs.append(job)
        return job

    def _job(self, job_id: str) -> Reply:
        found = next((job for job in self.jobs if job["id"] == job_id), None)
        return Reply(found) if found else refusal(404, "No such job.")

    def _set(self, job_id: str, status: str) -> None:
        for job in self.jobs:
            if job["id"] == job_id:
                job["status"] = status


def content_of(request: Request) -> bytes:
    """The one file of a multipart body, whichever field holds it; empty if it was not kept."""
    _, _, rest = request.body.partition(b"filename=")
    content = rest.partition(b"\r\n\r\n")[2]
    return content.rpartition(b"\r\n--" + _boundary(request))[0].partition(
        b"\r\n--" + _boundary(request)
    )[0]


def name_of(request: Request) -> str:
    """The file name in a multipart body, "f.jsonl" if there is none."""
    _, found, rest = request.first.partition(b'filename="')
    return rest.partition(b'"')[0].decode() if found else "f.jsonl"


def _content_length(request: Request) -> int:
    if request.n_bytes == len(request.body):
        return len(content_of(request))
    end = b"\r\n--" + _boundary(request) + b"--\r\n"
    return (
        request.n_bytes
        - request.first.index(b"\r\n\r\n", request.first.index(b"filename="))
        - 4
        - len(end)
    )


def _boundary(request: Request) -> bytes:
    return request.headers.get("content-type", "").partition("boundary=")[2].encode()


def _shown(file: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in file.items() if key != "content"}


def _page(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "list", "data": items, "has_more": False}
