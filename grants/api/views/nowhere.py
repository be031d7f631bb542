"""Every address under /api/v1/ that is none: a program is told so as it is told everything, not by a page."""

from typing import Any, NoReturn

from django.http import Http404
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView


class Nowhere(APIView):
    schema = None
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ARG002 - Django's to give
        raise Http404
