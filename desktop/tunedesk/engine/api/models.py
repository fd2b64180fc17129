"""GET /models, GET and DELETE /models/{id}."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from tunedesk.engine.models import Catalogue


def router(catalogue: Catalogue) -> APIRouter:
    """Ids may hold any character; the SDK sends a slash as %2F, which arrives decoded."""
    routes = APIRouter()

    @routes.get("/models")
    async def list_models() -> JSONResponse:
        await catalogue.settle()
        return JSONResponse({"object": "list", "data": catalogue.all()})

    @routes.get("/models/{model_id:path}")
    async def get_model(model_id: str) -> JSONResponse:
        await catalogue.settle()
        return JSONResponse(catalogue.get(model_id))

    @routes.delete("/models/{model_id:path}")
    async def delete_model(model_id: str) -> JSONResponse:
        catalogue.delete(model_id)
        shown: dict[str, Any] = {"id": model_id, "object": "model", "deleted": True}
        return JSONResponse(shown)

    return routes
