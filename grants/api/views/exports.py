"""Exports for programs: what there is, ask, look, download."""

from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grants import queries
from grants.actions import exporting
from grants.api.preconditions import key_of
from grants.api.serializers import exports as serializers
from grants.api.views.base import ListAndOne, who
from grants.api.views.files import UNKNOWN_TYPE, AnyContent
from grants.enums import Reading
from grants.exports.asking import kinds_for
from grants.exports.kinds import MEDIA_TYPES
from grants.models import Export, Fund
from grants.visibility import Reader, reader_of

EXPORTED_TYPES: Final = (*sorted({kind.partition(";")[0] for kind in MEDIA_TYPES.values()}), UNKNOWN_TYPE)


class ExportKinds(APIView):
    @extend_schema(operation_id="export_kinds_list", responses=serializers.ExportKindRead(many=True), tags=["funds"])
    def get(self, request: Request, code: str) -> Response:
        """Which exports your roles in a fund may ask for, with the days and options that each takes."""
        fund = fund_of(request, code)
        kinds: Any = kinds_for(reader_of(who(request), fund.pk))  # its types know no `many`
        return Response(serializers.ExportKindRead(kinds, many=True).data)


class Exports(ListAndOne):
    """Your own exports of a fund. Asking for one, as downloading it, is logged."""

    what = Reading.EXPORT
    queryset = Export.objects.none()
    serializer_class = serializers.ExportRead

    def rows(self) -> QuerySet[Any]:
        return exporting.exports_of(who(self.request), self.fund)

    @cached_property
    def fund(self) -> Fund:
        return fund_of(self.request, self.kwargs["code"])

    @cached_property
    def reader(self) -> Reader:
        """As whom they read today: a manifest is told to nobody else."""
        return reader_of(who(self.request), self.fund.pk)

    @extend_schema(request=serializers.NewExport, responses={201: serializers.ExportRead})
    def create(self, request: Request, code: str) -> Response:  # noqa: ARG002 - the address's own
        """Ask for an export. A small one is made at once; look again at a large one until its state is not “waiting”.

        What can't be made of the fund as it is has the state “failed”, with every reason in `errors`.
        """
        key, fund = key_of(request), self.fund
        asked = serializers.NewExport(data=request.data)
        asked.is_valid(raise_exception=True)
        export = exporting.ask(fund=fund, by=who(request), key=key, **asked.asked())
        location = request.build_absolute_uri(f"{request.path}{export.uuid}/")
        body = self.get_serializer(export).data
        return Response(body, status=status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(responses={(200, kind): OpenApiTypes.BINARY for kind in EXPORTED_TYPES})
    @action(detail=True, pagination_class=None, renderer_classes=[JSONRenderer, AnyContent])
    def content(self, request: Request, code: str, id: UUID) -> FileResponse:  # noqa: A002, ARG002 - the address's own
        """The file. It is there for a week; then ask for the export again. The read is logged."""
        export = get_object_or_404(self.rows(), uuid=id)
        if not exporting.is_theirs(export, self.reader):
            raise Http404
        path = exporting.hand_out(export, who(request))
        return FileResponse(
            path.open("rb"),
            as_attachment=True,
            filename=path.name,
            content_type=MEDIA_TYPES.get(path.suffix, UNKNOWN_TYPE),
            headers={"Cache-Control": "no-store"},
        )


def fund_of(request: Request, code: str) -> Fund:
    return get_object_or_404(queries.funds_visible_to(who(request)), code=code)
