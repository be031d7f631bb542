"""A program that calls the API for somebody, by a token made through the real action."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.test import Client

from fundadmin.models import User
from grants.actions.tokens import make_token
from grants.models import Application, FundMember
from tests import factories
from tests.factories import World

ROOT = "/api/v1/"
LASTING = {"ends_on": date(2100, 12, 31), "filing_deadline": date(2100, 6, 30)}
"""Terms of a charter under which what is done today is in time: the API acts on the day it is."""


def world_of_today(**terms: Any) -> World:
    return factories.open_fund(**LASTING | terms)


class Caller:
    """`post` sends a new Idempotency-Key unless you give one, and the version of the application you give."""

    def __init__(self, world: World, user: User, roles: list[str] | None = None) -> None:
        held = FundMember.objects.filter(fund=world.fund, user=user).values_list("role", flat=True)
        self.token, self.secret = make_token(
            fund=world.fund, roles=roles or list(held), name="essai", days=1, by=User.objects.get(pk=user.pk)
        )
        self.client = Client(headers={"Authorization": f"Bearer {self.secret}", "Accept-Language": "en"})

    def get(self, path: str, query: Mapping[str, Any] | None = None, **headers: str) -> Any:
        return self.client.get(ROOT + path, query, headers=named(headers))

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        sent = {"Idempotency-Key": factories.key() if key is None else key} | named(headers)
        body = {} if body is None else body
        return self.client.post(ROOT + path, body, content_type="application/json", headers=sent)

    def act(self, file: Application, action: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        """Act on a file as it is now."""
        version = Application.objects.values_list("version", flat=True).get(pk=file.pk)
        sent = {"if_match": f'"{version}"'} | headers
        return self.post(f"applications/{file.uuid}/{action}/", body, key=key, **sent)


def named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
