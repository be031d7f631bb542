"""Tokens: shown once, kept as a digest, for some roles in one fund, for some time, until they are revoked."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import ProgrammingError
from django.test import Client
from django.utils import timezone

from fundadmin.models import Scope, User
from grants.actions.tokens import make_token, revoke_token
from grants.enums import Role, Side, State
from grants.exceptions import BadInput, NotAllowed
from grants.models import ApiToken, FundMember
from grants.models.token import PREFIX, digest_of
from tests import factories
from tests.accounts import log_in
from tests.factories import World, open_fund
from tests.grants import walk
from tests.grants.api.caller import ROOT, Caller, world_of_today

pytestmark = pytest.mark.django_db


def site(person: User) -> Client:
    return log_in(Client(headers={"Accept-Language": "en"}), person)


def wanted(world: World, **changes: Any) -> dict[str, Any]:
    return {"fund": world.fund.code, "roles": ["payer"], "name": "ERP", "days": 30} | changes


def post(client: Client, body: Mapping[str, Any]) -> Any:
    return client.post(f"{ROOT}tokens/", body, content_type="application/json")


def funds_by(secret: str) -> Any:
    return Client(headers={"Authorization": f"Bearer {secret}"}).get(f"{ROOT}funds/")


def test_a_token_is_shown_once_and_kept_as_a_digest() -> None:
    world = open_fund()
    answer = post(site(world.payer), wanted(world))

    assert answer.status_code == 201, answer.content
    assert answer.headers["Cache-Control"] == "no-store"
    secret = answer.json()["token"]
    token = ApiToken.objects.get()
    assert secret.startswith(PREFIX)
    assert token.digest == digest_of(secret)
    assert str(token) == f"{secret[:16]}… (ERP)"
    assert secret not in str(list(ApiToken.objects.values()))
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    listed = site(world.payer).get(f"{ROOT}tokens/")
    assert secret not in listed.content.decode()
    (row,) = listed.json()["items"]
    assert (row["start"], row["roles"], row["fund"], row["used_on"]) == (secret[:16], ["payer"], world.fund.code, None)
    assert funds_by(secret).json()["items"][0]["code"] == world.fund.code
    assert site(world.payer).get(f"{ROOT}tokens/").json()["items"][0]["used_on"] == timezone.localdate().isoformat()


@pytest.mark.django_db(transaction=True)
def test_a_token_is_valid_until_it_expires(owner_cursor: psycopg.Cursor) -> None:
    world = open_fund()
    token, secret = make_token(fund=world.fund, roles=[Role.PAYER], name="ERP", days=1, by=world.payer)
    assert funds_by(secret).status_code == 200
    owner_cursor.execute("UPDATE grants_apitoken SET expires_at = now() WHERE id = %s", [token.pk])
    assert funds_by(secret).status_code == 401
    # The application itself can't make it longer.
    with pytest.raises(ProgrammingError, match="permission denied"):
        ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() + timedelta(days=1))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_is_valid_until_it_is_revoked(scheme: str) -> None:
    world = open_fund()
    token, secret = make_token(fund=world.fund, roles=[Role.PAYER], name="ERP", days=1, by=world.payer)
    client = Client(headers={"Authorization": f"{scheme} {secret} "})
    assert client.get(f"{ROOT}funds/").status_code == 200
    person = site(world.payer)
    assert person.delete(f"{ROOT}tokens/{token.uuid}/").status_code == 204
    first = ApiToken.objects.get(pk=token.pk).revoked_at
    assert client.get(f"{ROOT}funds/").status_code == 401
    assert person.delete(f"{ROOT}tokens/{token.uuid}/").status_code == 204
    assert ApiToken.objects.get(pk=token.pk).revoked_at == first
    assert person.get(f"{ROOT}tokens/").json()["items"][0]["revoked_at"] is not None


def test_a_token_of_who_left_is_worth_nothing() -> None:
    world = open_fund()
    _token, secret = make_token(fund=world.fund, roles=[Role.PAYER], name="ERP", days=1, by=world.payer)
    User.objects.filter(pk=world.payer.pk).update(is_active=False)
    assert funds_by(secret).status_code == 401


def test_a_token_gives_no_role_that_was_lost_since() -> None:
    world = open_fund()
    _token, secret = make_token(fund=world.fund, roles=[Role.PAYER], name="ERP", days=1, by=world.payer)
    yesterday = timezone.localdate() - timedelta(days=1)
    FundMember.objects.filter(user=world.payer).update(ends_on=yesterday)
    assert funds_by(secret).json()["items"] == []


def test_a_token_gives_only_its_roles_in_its_fund() -> None:
    world, other = world_of_today(), world_of_today()
    both = walk.join(world, "both", Side.CHAMBER, Role.ADVISOR)
    walk.join(world, "both", Side.CHAMBER, Role.ASSESSOR, user=both)
    walk.join(other, "both", Side.CHAMBER, Role.ASSESSOR, user=both)
    file, foreign = walk.walk_to(world, State.SUBMITTED), walk.walk_to(other, State.SUBMITTED)
    body = {"no_conflict": True}

    advising = Caller(world, both, roles=["advisor"])
    assert [fund["code"] for fund in advising.get("funds/").json()["items"]] == [world.fund.code]
    assert advising.get(f"applications/{foreign.uuid}/").status_code == 404
    assert advising.act(foreign, "assess_favourable", body).status_code == 404
    refused = advising.act(file, "assess_favourable", body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "role_missing")
    assert Caller(world, both, roles=["assessor"]).act(file, "assess_favourable", body).status_code == 200


def test_a_token_makes_lists_and_revokes_no_token() -> None:
    world = open_fund()
    caller = Caller(world, world.payer)
    for answer in (
        caller.post("tokens/", wanted(world)),
        caller.get("tokens/"),
        caller.client.delete(f"{ROOT}tokens/{caller.token.uuid}/"),
    ):
        assert answer.status_code == 403
        assert "log in" in answer.json()["detail"]
    assert ApiToken.objects.count() == 1


def test_the_action_itself_refuses_a_token_too() -> None:
    world = open_fund()
    by = User.objects.get(pk=world.payer.pk)
    by.scope = Scope(world.fund.pk, frozenset({"payer"}))
    with pytest.raises(NotAllowed) as refused:
        make_token(fund=world.fund, roles=[Role.PAYER], name="ERP", days=1, by=by)
    assert refused.value.codes == ["by_token"]


def test_somebody_elses_token_is_not_there() -> None:
    world = open_fund()
    token, _secret = make_token(fund=world.fund, roles=[Role.PAYER], name="ERP", days=1, by=world.payer)
    assert site(world.approver).delete(f"{ROOT}tokens/{token.uuid}/").status_code == 404
    assert site(world.approver).get(f"{ROOT}tokens/").json()["items"] == []
    with pytest.raises(NotAllowed) as refused:
        revoke_token(token=token, by=world.approver)
    assert refused.value.codes == ["not_yours"]
    assert ApiToken.objects.get().revoked_at is None


@pytest.mark.parametrize(
    ("changes", "status", "reasons"),
    [
        ({"roles": ["payer", "approver"]}, 403, [("role_missing", "/roles")]),
        ({"days": 367}, 422, [("days", "/days")]),
        ({"days": 10**20}, 422, [("days", "/days")]),
        ({"days": 0, "roles": []}, 422, [("empty", "/roles"), ("min_value", "/days")]),
        ({"days": "30", "name": "x" * 101}, 422, [("max_length", "/name"), ("invalid", "/days")]),
        ({"roles": ["king"]}, 422, [("invalid_choice", "/roles/0")]),
        ({"fund": "none"}, 422, [("unknown", "/fund")]),
        ({"name": ""}, 422, [("blank", "/name")]),
        ({"scope": "all"}, 422, [("unknown", "/scope")]),
    ],
)
def test_a_token_that_cannot_be_made_says_why(
    changes: dict[str, Any], status: int, reasons: list[tuple[str, str]]
) -> None:
    world = open_fund()
    answer = post(site(world.payer), wanted(world, **changes))
    assert answer.status_code == status, answer.content
    assert sorted((error["code"], error["pointer"]) for error in answer.json()["errors"]) == sorted(reasons)
    assert not ApiToken.objects.exists()


def test_all_that_is_wrong_with_a_token_is_told_at_once() -> None:
    world = open_fund()
    with pytest.raises(BadInput) as refused:
        make_token(fund=world.fund, roles=[], name="ERP", days=0, by=world.payer)
    assert refused.value.codes == ["roles", "days"]


def test_a_write_by_session_needs_a_csrf_token_and_by_token_none() -> None:
    world = world_of_today()
    strict = log_in(Client(enforce_csrf_checks=True), world.payer)
    answer = post(strict, wanted(world))
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:fundadmin:problem:not-allowed")
    caller = Caller(world, world.advisor)
    by_token = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {caller.secret}"})
    file = walk.draft(world)
    headers = {"Idempotency-Key": factories.key(), "If-Match": "*"}
    sent = by_token.post(
        f"{ROOT}applications/{file.uuid}/submit/", {}, content_type="application/json", headers=headers
    )
    assert sent.status_code == 200, sent.content
