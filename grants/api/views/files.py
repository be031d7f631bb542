"""Applications and what belongs to them, for reading; and filing a new one."""

from typing import Any, ClassVar, Final
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from fundadmin.errors import of_breach
from grants import queries, visibility
from grants.actions.available import available_actions
from grants.actions.filing import create
from grants.actions.reading import log_read
from grants.api.keys import lines_outside, outside
from grants.api.outcomes import answer_to
from grants.api.pages import OldestFirst
from grants.api.preconditions import etag, key_of
from grants.api.serializers import asking, files, filters
from grants.api.views.base import UNKNOWN, ListAndOne, Rows, who
from grants.enums import Reading
from grants.exceptions import BadInput, Breach, RuleRefused
from grants.file_checks.kinds import ACCEPTED
from grants.models import Application, Assessment, Document, Event, ReliefLine, Visa
from grants.visibility import reader_of


class AnyContent(JSONRenderer):
    """A file has a type of its own, whatever is asked for; problems are JSON."""

    media_type = "*/*"


UNKNOWN_TYPE: Final = "application/octet-stream"
CONTENT_TYPES: Final = (*(kind.media_type for kind in ACCEPTED), UNKNOWN_TYPE)
"""Those that a document can have; the last one where nobody looked at what it is."""


class Applications(ListAndOne):
    """The applications of your funds; drafts are the chamber's own."""

    what = Reading.APPLICATION
    queryset = Application.objects.none()
    serializer_class = files.ApplicationRow
    filters = filters.ApplicationFilters
    columns: ClassVar = {
        "fund": "fund__code",
        "state": "state__in",
        "reference": "reference",
        "tenant": "tenant__uuid",
        "siren": "siren",
        "siret": "tenant__siret",
        "advisor": "advisor__uuid",
        "acted_since": "acted_on__gte",
    }

    def rows(self) -> QuerySet[Any]:
        by = who(self.request)
        rows = queries.applications_visible_to(by)
        # Named, one old fund's list begins at its own newest file, not at everybody's. A token names its fund itself.
        return rows if by.scope else rows.filter(fund__in=queries.funds_of(by))

    @extend_schema(responses={200: files.ApplicationRead, 304: OpenApiResponse(description="Not changed since.")})
    def retrieve(self, request: Request, *_args: Any, **address: Any) -> Response:
        """One application, whole. The ETag is its version: send it in If-Match to act on what you have read."""
        application = get_object_or_404(self.whole(), uuid=address["id"])
        tag = etag(application.version)
        if tag in request.headers.get("If-None-Match", ""):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
        context = {**self.get_serializer_context(), "reader": reader_of(who(request), application.fund_id)}
        return Response(files.ApplicationRead(application, context=context).data, headers={"ETag": tag})

    def whole(self) -> QuerySet[Application]:
        """With all that one answer shows, in a fixed number of queries."""
        rows: QuerySet[Application] = self.rows().select_related("charter")
        return rows.prefetch_related(
            Prefetch("lines", ReliefLine.objects.select_related("lease", "application")),
            Prefetch("visas", Visa.objects.select_related("by").order_by("pk")),
            "requests__lines",
            "requests__asked_by",
            "requests__settled_by",
        )

    @extend_schema(request=asking.NewApplication, responses={201: files.OutcomeRead})
    def create(self, request: Request) -> Response:
        """Open a draft for a tenant. A draft claims no month and has no rank."""
        key, by = key_of(request), who(request)
        asked = asking.NewApplication(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        fund = queries.funds_visible_to(by).filter(code=given["fund"]).first()
        tenant = visibility.tenants_visible_to(by).filter(uuid=given["tenant"]).first()
        if fund is None or tenant is None:
            missing = [name for name, found in (("fund", fund), ("tenant", tenant)) if found is None]
            raise BadInput(Breach("unknown", UNKNOWN, pointer=name) for name in missing)
        application = create(fund=fund, tenant=tenant, by=by, key=key)
        location = request.build_absolute_uri(f"{request.path}{application.uuid}/")
        return answer_to(application, status=status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(responses=files.AssessmentRead(many=True))
    @action(detail=True, pagination_class=None)
    def findings(self, request: Request, id: UUID) -> Response:  # noqa: A002 - the address's own word
        """Each opinion with its findings, oldest first. What rests on the other side's evidence shows its outcome."""
        application = get_object_or_404(queries.files_open_to(who(request)), uuid=id)
        rows = Assessment.objects.filter(application=application).select_related("by", "charter").order_by("pk")
        context = {"reader": reader_of(who(request), application.fund_id)}
        return Response(files.AssessmentRead(rows, many=True, context=context).data)

    @extend_schema(responses=files.AvailabilityRead(many=True))
    @action(detail=True, pagination_class=None, url_path="available-actions")
    def available_actions(self, request: Request, id: UUID) -> Response:  # noqa: A002 - the address's own word
        """Which actions you may take now; for the others, the sentences with which they would be refused.

        Amounts, dates and notes are judged when they are sent: an allowed action may still be refused for them.
        """
        application = get_object_or_404(queries.files_open_to(who(request)), uuid=id)
        lines = lines_outside([application.pk])
        told = [
            {
                "action": one.action,
                "label": one.action.label,
                "allowed": one.allowed,
                "errors": [of_breach(breach) for breach in outside(RuleRefused(one.breaches), lines).breaches],
            }
            for one in available_actions(application, who(request))
        ]
        return Response(files.AvailabilityRead(told, many=True).data)


class Lines(ListAndOne):
    """Relief lines: one month of one component of one lease each."""

    what = Reading.APPLICATION
    queryset = ReliefLine.objects.none()
    serializer_class = files.LineRead
    filters = filters.LineFilters
    columns: ClassVar = {
        "fund": "application__fund__code",
        "application": "application__uuid",
        "lease": "lease__uuid",
        "state": "state__in",
        "month": "month",
    }

    def rows(self) -> QuerySet[Any]:
        mine = queries.files_open_to(who(self.request)).order_by()
        rows = ReliefLine.objects.filter(application__in=mine.values("pk"))
        return rows.select_related("application", "lease")


class Documents(ListAndOne):
    """Documents that your side may see. Rows a content is logged."""

    what = Reading.APPLICATION
    queryset = Document.objects.none()
    serializer_class = files.DocumentRead
    filters = filters.DocumentFilters
    columns: ClassVar = {"fund": "fund__code", "application": "application__uuid"}

    def rows(self) -> QuerySet[Any]:
        return visibility.documents_visible_to(who(self.request)).select_related("added_by")

    @extend_schema(responses={(200, kind): OpenApiTypes.BINARY for kind in CONTENT_TYPES})
    @action(detail=True, pagination_class=None, renderer_classes=[JSONRenderer, AnyContent])
    def content(self, request: Request, id: UUID) -> FileResponse:  # noqa: A002 - the address's own word
        """The file itself, as it was attached. The read is logged."""
        document = get_object_or_404(self.rows(), uuid=id)
        try:
            content = document.file.open("rb")
        except FileNotFoundError:
            raise Http404 from None
        log_read(by=who(request), fund=document.fund, what=Reading.DOCUMENT, uuid=document.uuid)
        return FileResponse(
            content,
            as_attachment=True,
            filename=document.name,
            content_type=document.media_type or UNKNOWN_TYPE,
        )


class Events(Rows):
    """What was done in a fund, oldest first: whoever keeps the last event's id reads on from there and misses none."""

    what = Reading.APPLICATION
    queryset = Event.objects.none()
    serializer_class = files.EventRead
    pagination_class = OldestFirst
    filters = filters.EventFilters
    columns: ClassVar = {"fund": "fund__code", "application": "application__uuid"}

    def rows(self) -> QuerySet[Any]:
        return queries.events_visible_to(who(self.request)).select_related("fund", "user", "detail")

    def list(self, request: Request) -> Response:
        """The events of one fund."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        files_of = Application.objects.filter(pk__in={event.application_id for event in page})
        context = {
            "applications": {pk: str(uuid) for pk, uuid in files_of.values_list("pk", "uuid")},
            "lines": files.lines_named(page),
            "readers": visibility.readers_of(who(request), {event.fund_id for event in page}),
        }
        return self.get_paginated_response(files.EventRead(page, many=True, context=context).data)
