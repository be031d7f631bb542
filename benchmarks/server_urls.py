"""The application's addresses and the reference's."""

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fundadmin.urls import urlpatterns as real_urlpatterns


class Nothing(APIView):
    """Authenticates, as every view of the API does, and answers an empty object."""

    def post(self, _request: Request) -> Response:
        return Response({})


urlpatterns = [path("api/v1/nothing/", Nothing.as_view()), *real_urlpatterns]
