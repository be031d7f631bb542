"""The API's description and its page, for anybody: it is no secret and names nobody."""

from functools import cache
from typing import Any

from django.views.generic import TemplateView
from drf_spectacular import renderers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grants.api.schema import Generator


@cache
def description() -> Any:
    """Made once in each process: it takes a second and never changes."""
    return Generator().get_schema(public=True)  # type: ignore[no-untyped-call] # drf-spectacular's constructor


class Description(APIView):
    """The same as docs/openapi.yaml, as YAML or as JSON."""

    schema = None
    permission_classes = (AllowAny,)
    renderer_classes = (
        renderers.OpenApiYamlRenderer,
        renderers.OpenApiYamlRenderer2,
        renderers.OpenApiJsonRenderer,
        renderers.OpenApiJsonRenderer2,
    )

    def get(self, _request: Request) -> Response:
        return Response(description())


class Documentation(TemplateView):
    """Swagger UI from our own static files. All that runs is a file, so a strict Content-Security-Policy holds."""

    template_name = "grants/api.html"
