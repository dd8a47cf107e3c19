"""The API of tables: those of a picture, and the same, corrected, as a file."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from inkread.apps.web.handlers import Wish
from inkread.apps.web.routes import PICTURES, READS, Dpi, Page, PrintedQuery, Service, TableExpected
from inkread.apps.web.schemas import TablesOut
from inkread.apps.web.tabling import TYPES

__all__ = ["table_routes"]

Format = Annotated[str, Path(pattern=f"^({'|'.join(TYPES)})$", description="of the file")]


def table_routes(service: Service) -> APIRouter:
    """What reads tables and writes them."""
    router = APIRouter()
    read: dict[int | str, dict[str, Any]] = {
        200: {"model": TablesOut, "description": "the tables, from top to bottom"},
        **READS,
    }

    @router.post("/v1/tables", tags=["tables"], responses=read, openapi_extra=PICTURES)
    async def tables(
        request: Request,
        page: Page = None,
        dpi: Dpi = None,
        expect: TableExpected = None,
        printed: PrintedQuery = None,
    ) -> Response:
        """Reads the tables on a picture: rows, columns, and what stands in each cell.

        With `expect`, `sums` says which rows and columns do not add up, and lines of cells have `expected`.
        """
        return await service.take(request, "tables", Wish(page=page, dpi=dpi, expect=expect, printed=printed))

    files: dict[int | str, dict[str, Any]] = {
        200: {"description": "the file", "content": {kind: {} for kind in TYPES.values()}},
        **READS,
    }
    body = {"application/json": {"schema": {"$ref": f"#/components/schemas/{TablesOut.__name__}"}}}

    @router.post(
        "/v1/tables/{format_}",
        tags=["tables"],
        responses=files,
        openapi_extra={"requestBody": {"required": True, "content": body}},
    )
    async def write(request: Request, format_: Format) -> Response:
        """Writes tables, as `/v1/tables` gave them, to a file. `said` in a cell stands in place of what was read."""
        return await service.take(request, f"tables.{format_}")

    return router
