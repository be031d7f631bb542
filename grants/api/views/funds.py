"""Funds with their position, their charter's versions and their ledger."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from grants import ledger, queries
from grants.api.pages import LedgerPages
from grants.api.serializers import filters, reading
from grants.api.views.base import ListAndOne, Rows, read_filters, who
from grants.enums import Reading
from grants.models import Charter, Fund, LedgerEntry


class Funds(ListAndOne):
    """The funds in which you have a role."""

    queryset = Fund.objects.none()
    serializer_class = reading.FundRead
    lookup_field = "code"
    lookup_url_kwarg = "code"
    lookup_value_converter = "slug"

    def rows(self) -> QuerySet[Any]:
        return queries.funds_visible_to(who(self.request))

    @extend_schema(parameters=[filters.PositionFilters], responses=reading.PositionRead)
    @action(detail=True, pagination_class=None)
    def position(self, request: Request, code: str) -> Response:
        """What the fund's accounts hold, now or at the end of a day."""
        fund = get_object_or_404(self.rows(), code=code)
        day: date | None = read_filters(filters.PositionFilters, request).get("as_at")
        held = ledger.position_as_at(fund.pk, day) if day else ledger.position(fund.pk)
        return Response(reading.PositionRead(held).data)


class Charters(ListAndOne):
    """The versions of these funds' charters. A version that isn't confirmed yet is the landlord's own."""

    queryset = Charter.objects.none()
    serializer_class = reading.CharterRead
    filters = filters.CharterFilters
    columns: ClassVar = {"fund": "fund__code"}

    def rows(self) -> QuerySet[Any]:
        return queries.charters_visible_to(who(self.request))


class Ledger(Rows):
    """The fund's journal, in order. Nothing in it ever changes."""

    what = Reading.LEDGER
    queryset = LedgerEntry.objects.none()
    serializer_class = reading.LedgerEntryRead
    pagination_class = LedgerPages
    filters = filters.LedgerFilters
    columns: ClassVar = {
        "kind": "kind__in",
        "application": "application__uuid",
        "since": "value_date__gte",
        "until": "value_date__lte",
    }

    def rows(self) -> QuerySet[Any]:
        fund = get_object_or_404(queries.funds_visible_to(who(self.request)), code=self.kwargs["code"])
        rows = LedgerEntry.objects.filter(fund=fund)
        return rows.select_related("event", "application", "relief_line", "charter", "reverses")

    def list(self, _request: Request, **_address: Any) -> Response:
        """The entries of one fund."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
