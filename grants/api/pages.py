"""Keyset pages: `?after=` names the last item seen, so that page 1,000 costs what page 1 does."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

DEFAULT, MOST = 50, 200


def given_once(request: Request, name: str) -> str | None:
    """A parameter of the query, or None. Raises ValidationError where it is given twice."""
    given = request.query_params.getlist(name)
    if len(given) > 1:
        raise ValidationError({name: [_("Give this once.")]})
    return given[0] if given else None


class KeysetPages(BasePagination):
    """Items newest first, by the table's own key; `after` is the `id` of the last item of the page before."""

    order = "-pk"

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:  # noqa: ARG002
        """`view` is DRF's to give and not ours to need."""
        size = self.size(request)
        item = given_once(request, "after")
        rows = (queryset if item is None else self.after(queryset, item)).order_by(self.order)
        page = list(rows[: size + 1])
        self.next = (
            replace_query_param(request.build_absolute_uri(), "after", self.position(page[size - 1]))
            if len(page) > size
            else None
        )
        return page[:size]

    def size(self, request: Request) -> int:
        asked = given_once(request, "limit")
        if asked is None:
            return DEFAULT
        if asked.isascii() and asked.isdigit() and len(asked) <= len(str(MOST)) and 1 <= int(asked) <= MOST:
            return int(asked)
        raise ValidationError({"limit": [_("Ask for 1 to %(most)s items.") % {"most": MOST}]})

    def after(self, queryset: QuerySet[Any], item: str) -> QuerySet[Any]:
        try:
            found = queryset.order_by().values_list("pk", flat=True).filter(uuid=UUID(item)).first()
        except ValueError:
            found = None
        if found is None:
            raise ValidationError({"after": [_("There is no such item in this list: begin again without “after”.")]})
        return queryset.filter(pk__lt=found) if self.order == "-pk" else queryset.filter(pk__gt=found)

    def position(self, item: Model) -> str:
        return str(item.uuid)  # type: ignore[attr-defined]  # every model that is listed has one

    def get_paginated_response(self, data: Any) -> Response:
        headers = {"Link": f'<{self.next}>; rel="next"'} if self.next else {}
        return Response({"items": data, "next": self.next}, headers=headers)

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["items", "next"],
            "properties": {
                "items": schema,
                "next": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "description": "The next page; also in the Link header. Null on the last one.",
                },
            },
        }

    def get_schema_operation_parameters(self, _view: APIView) -> list[dict[str, Any]]:
        return [
            {
                "name": "limit",
                "in": "query",
                "required": False,
                "description": "How many items a page holds at most.",
                "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT},
            },
            {
                "name": "after",
                "in": "query",
                "required": False,
                "description": "Go on after this item: take it from “next”.",
                "schema": self.after_schema(),
            },
        ]

    def after_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}


class OldestFirst(KeysetPages):
    """For feeds: whoever keeps the last item sees all that came since."""

    order = "pk"


class LedgerPages(KeysetPages):
    """Entries in the order of their numbers; `after` is the last number seen."""

    order = "number"

    def after(self, queryset: QuerySet[Any], item: str) -> QuerySet[Any]:
        if not (item.isascii() and item.isdigit() and len(item) <= len(str(2**63)) - 1):
            raise ValidationError({"after": [_("“after” is the number of a ledger entry.")]})
        return queryset.filter(number__gt=int(item))

    def position(self, item: Model) -> str:
        return str(item.number)  # type: ignore[attr-defined]  # a LedgerEntry

    def after_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0}
