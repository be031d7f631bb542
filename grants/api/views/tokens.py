"""Tokens for programs: made, listed and revoked by the person they act for, at the site."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from grants import queries
from grants.actions.tokens import make_token, revoke_token
from grants.api.authentication import BySession, LoggedIn
from grants.api.serializers import asking, reading
from grants.api.views.base import UNKNOWN, Rows, who
from grants.exceptions import BadInput, Breach
from grants.models import ApiToken


class Tokens(mixins.ListModelMixin, Rows):
    """Your tokens, also those that ended. Only for somebody who is logged in on the site."""

    queryset = ApiToken.objects.none()
    serializer_class = reading.TokenRead
    permission_classes = (LoggedIn, BySession)

    def rows(self) -> QuerySet[Any]:
        return ApiToken.objects.filter(user=who(self.request)).select_related("fund")

    @extend_schema(request=asking.NewToken, responses={201: reading.TokenMade})
    def create(self, request: Request) -> Response:
        """Make a token for some of your roles in one fund. The secret is shown this once."""
        by = who(request)
        asked = asking.NewToken(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        fund = queries.funds_visible_to(by).filter(code=given["fund"]).first()
        if fund is None:
            raise BadInput([Breach("unknown", UNKNOWN, pointer="fund")])
        token, secret = make_token(fund=fund, roles=given["roles"], name=given["name"], days=given["days"], by=by)
        body = {**reading.TokenRead(token).data, "token": secret}
        return Response(body, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, **address: Any) -> Response:
        """End a token now. Doing so again changes nothing."""
        token = get_object_or_404(self.rows(), uuid=address["id"])
        revoke_token(token=token, by=who(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
