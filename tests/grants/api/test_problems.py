"""What goes wrong, told to a program: status, type, every reason with its pointer, in the reader's language."""

from typing import Any

import psycopg
import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client

from fundadmin import errors
from grants.actions.turn import ImpatientKey
from grants.api.parsing import BoundedJSONParser
from grants.api.throttling import PerPerson
from grants.enums import State
from grants.models import Application
from tests.factories import key, tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import ROOT, Caller, world_of_today

pytestmark = pytest.mark.django_db


def told(answer: Any, status: int, name: str) -> list[tuple[str, str]]:
    """The reasons, once the problem is whole: (code, pointer)."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) >= {"type", "title", "status", "detail", "errors"}
    assert (body["type"], body["status"]) == (f"urn:fundadmin:problem:{name}", status)
    assert body["title"]
    assert body["detail"]
    assert all(error["detail"] in body["detail"] for error in body["errors"])
    return [(error["code"], error.get("pointer", "")) for error in body["errors"]]


@pytest.mark.parametrize("bad", ["", " ", "é", "a b", "a" * 201])
def test_an_action_needs_a_key(bad: str) -> None:
    world = world_of_today()
    file = walk.draft(world)
    assert told(Caller(world, world.advisor).act(file, "submit", key=bad), 400, "malformed") == []
    assert Application.objects.get(pk=file.pk).state == State.DRAFT


@pytest.mark.parametrize(
    "body",
    [
        *("{", "[1", '{"a": NaN}', '{"a": Infinity}', '{"a": "\\u0000', "9" * 5000, "[" * 100_000, '{"a":' * 50_000),
        *(b'{"a": "\xff"}', b"\xff\xfe"),
    ],
    ids=range(10),
)
def test_what_is_no_json_is_told(body: Any) -> None:
    world = world_of_today()
    answer = Caller(world, world.advisor).post("applications/", body)
    assert told(answer, 400, "malformed") == []


@pytest.mark.parametrize("body", ["[]", '"text"', "12", "null", "true"])
def test_a_body_is_an_object(body: str) -> None:
    world = world_of_today()
    (reason,) = told(Caller(world, world.advisor).post("applications/", body), 422, "bad-input")
    assert reason[1] == ""


def test_a_name_given_twice_is_refused() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.SUBMITTED)
    twice = '{"motive": "criteria_not_met", "reason": "un motif", "reason": "un autre motif"}'
    answer = Caller(world, world.approver).act(file, "reject", twice)
    assert told(answer, 400, "malformed") == []
    assert "reason" in answer.json()["detail"]


def test_who_says_nothing_and_who_says_nonsense_is_nobody() -> None:
    for header in (
        None,
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer é",
        b"Bearer \xff\xfe",
        "Bearer a b",
        "bearer \x00",
    ):
        headers = {} if header is None else {"HTTP_AUTHORIZATION": header}
        answer = Client().get(ROOT + "funds/", **headers)
        assert told(answer, 401, "not-authenticated") == []
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="fundadmin"'


def test_another_scheme_is_no_token() -> None:
    answer = Client(headers={"Authorization": "Basic YTpi"}).get(ROOT + "funds/")
    assert told(answer, 401, "not-authenticated") == []


def test_who_may_not_is_told() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.SUBMITTED)
    assert told(Caller(world, world.payer).act(file, "reject", {"motive": "other"}), 403, "not-allowed") == [
        ("role_missing", "")
    ]


def test_what_is_not_there_is_told() -> None:
    world = world_of_today()
    caller = Caller(world, world.payer)
    other = walk.walk_to(world_of_today(), State.SUBMITTED)
    for path in (
        f"applications/{other.uuid}/",
        f"applications/{other.fund.uuid}/findings/",
        "applications/12/",
        f"applications/{str(other.uuid).upper()}x/",
        "nowhere/",
        "funds/x%00y/",
        "funds/essai",
        f"funds/{other.fund.code}/ledger/",
    ):
        assert told(caller.get(path), 404, "not-found") == []
    assert told(caller.act(other, "submit"), 404, "not-found") == []


def test_other_methods_are_told_those_there_are() -> None:
    world = world_of_today()
    answer = Caller(world, world.payer).client.delete(ROOT + "funds/")
    assert told(answer, 405, "method-not-allowed") == []
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_only_json_is_sent() -> None:
    world = world_of_today()
    assert told(Caller(world, world.payer).get("funds/", accept="text/html"), 406, "not-acceptable") == []
    assert Caller(world, world.payer).get("funds/", accept="*/*").status_code == 200


def test_only_json_is_read() -> None:
    world = world_of_today()
    client = Caller(world, world.advisor).client
    answer = client.post(ROOT + "applications/", "a=1", content_type="text/plain", headers={"Idempotency-Key": key()})
    assert told(answer, 415, "unsupported-media-type") == []


def test_a_rule_that_refuses_says_every_reason() -> None:
    world = world_of_today()
    draft = walk.draft(world, lines=[])
    Application.objects.filter(pk=draft.pk).update(mandate_on=None, mandate_kind="")
    reasons = told(Caller(world, world.advisor).act(draft, "submit"), 409, "rule-refused")
    assert {code for code, _pointer in reasons} >= {"no_lines", "mandate"}


@pytest.mark.django_db(transaction=True)
def test_what_only_the_database_sees_is_a_conflict_that_changed_nothing(owner_cursor: psycopg.Cursor) -> None:
    """A constraint that the code doesn't know, as another version of the site would leave it."""
    world = world_of_today()
    file, advisor = walk.draft(world), Caller(world, world.advisor)
    owner_cursor.execute(
        "ALTER TABLE grants_application ADD CONSTRAINT of_another_version CHECK (state = 'draft') NOT VALID"
    )
    try:
        answer = advisor.act(file, "submit")
    finally:
        owner_cursor.execute("ALTER TABLE grants_application DROP CONSTRAINT of_another_version")
    assert told(answer, 409, "invariant") == []
    assert "of_another_version" in answer.json()["detail"]
    read = Application.objects.get(pk=file.pk)
    assert (read.state, read.version) == (State.DRAFT, file.version)
    assert advisor.act(file, "submit").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_same_request_still_running_is_told_to_come_back() -> None:
    world = world_of_today()
    file = walk.draft(world)
    advisor, name = Caller(world, world.advisor), key()
    lock = f"{world.fund.pk}:{world.advisor.pk}:submit:{ImpatientKey(name)}"
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [lock])
        answer = advisor.act(file, "submit", key=name)
        assert told(answer, 409, "still-running") == [("still_running", "")]
        assert answer.headers["Retry-After"] == "1"
    finally:
        other.close()
    assert advisor.act(file, "submit", key=name).status_code == 200


def test_a_version_that_is_stale_or_not_said() -> None:
    world = world_of_today()
    file, advisor = walk.draft(world), Caller(world, world.advisor)
    for stale in ('"1"', 'W/"2"', '"x"', "2", '"2", "3"', '"' + "9" * 30 + '"'):
        assert told(advisor.act(file, "submit", if_match=stale), 412, "stale-version") == [("stale_version", "")], stale
    path = f"applications/{file.uuid}/submit/"
    assert told(advisor.post(path), 428, "precondition-required") == []
    assert advisor.act(file, "submit", if_match="*").status_code == 200


def test_a_body_that_is_too_large(settings: Any) -> None:
    world = world_of_today()
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    advisor = Caller(world, world.advisor)
    assert told(advisor.post("applications/", {"fund": "x" * 200}), 413, "too-large") == []
    assert "100" in advisor.post("applications/", {"fund": "x" * 200}).json()["detail"]


def test_a_length_that_is_no_number_is_too_large() -> None:
    """Servers refuse it before; should one not, nothing is read."""

    class Sent:
        META = {"CONTENT_LENGTH": "-1"}

    with pytest.raises(errors.TooLarge):
        BoundedJSONParser().parse(None, parser_context={"request": Sent()})


def test_too_many_parameters_are_no_server_error() -> None:
    world = world_of_today()
    query = "&".join(f"a{n}=1" for n in range(1100))
    answer = Caller(world, world.payer).client.get(f"{ROOT}funds/?{query}")
    assert told(answer, 400, "malformed") == []


def test_a_bad_body_is_told_all_at_once() -> None:
    world = world_of_today()
    file, advisor = walk.draft(world), Caller(world, world.advisor)
    body = {
        "lines": [
            {"lease": "x", "month": "2020-13-01", "component": "garage", "asked_cents": "12"},
            {"lease": str(world.fund.uuid), "month": "1 May", "component": 1, "asked_cents": 12.0, "cap": 1},
            {"asked_cents": True},
            "line",
        ],
        "mandate": {"on": 20200505, "kind": None},
        "contact": [],
        "facts": "none",
        "montant": 12,
    }
    assert sorted(told(advisor.act(file, "edit", body), 422, "bad-input")) == sorted(
        [
            ("invalid", "/lines/0/lease"),
            ("invalid", "/lines/0/month"),
            ("invalid_choice", "/lines/0/component"),
            ("invalid", "/lines/0/asked_cents"),
            ("invalid", "/lines/1/month"),
            ("invalid_choice", "/lines/1/component"),
            ("invalid", "/lines/1/asked_cents"),
            ("unknown", "/lines/1/cap"),
            ("required", "/lines/2/lease"),
            ("required", "/lines/2/month"),
            ("required", "/lines/2/component"),
            ("invalid", "/lines/2/asked_cents"),
            ("invalid", "/lines/3"),
            ("invalid", "/mandate/on"),
            ("null", "/mandate/kind"),
            ("invalid", "/contact"),
            ("object", "/facts"),
            ("unknown", "/montant"),
        ]
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"no_conflict": "true"}, ("invalid", "/no_conflict")),
        ({"no_conflict": 1}, ("invalid", "/no_conflict")),
        ({"no_conflict": None}, ("null", "/no_conflict")),
        ({"no_conflict": True, "reason": 12}, ("invalid", "/reason")),
        ({"no_conflict": True, "reason": "\x00"}, ("null_characters_not_allowed", "/reason")),
        ({"no_conflict": True, "amounts": []}, ("not_a_dict", "/amounts")),
        ({"no_conflict": True, "amounts": {"12": 1}}, ("invalid", "/amounts/12")),
    ],
)
def test_a_value_of_another_type_is_refused(body: Any, reason: tuple[str, str]) -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.ELIGIBLE)
    assert told(Caller(world, world.approver).act(file, "approve", body), 422, "bad-input") == [reason]


@pytest.mark.parametrize("value", ["1e400", "-1e400", "1.5", '"\\u0000"', "1" + "0" * 400])
def test_facts_that_no_database_keeps_are_refused(value: str) -> None:
    world = world_of_today()
    answer = Caller(world, world.advisor).act(walk.draft(world), "edit", f'{{"facts": {{"headcount": {value}}}}}')
    assert {pointer for _code, pointer in told(answer, 422, "bad-input")} == {"/facts/headcount"}


@pytest.mark.parametrize("cents", [10**30, -(10**30), 2**63, -1])
def test_numbers_beyond_all_measure_are_refused(cents: int) -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.ELIGIBLE)
    line = str(file.lines.all()[0].uuid)
    answer = Caller(world, world.approver).act(file, "approve", {"amounts": {line: cents}, "no_conflict": True})
    assert answer.status_code in (409, 422)
    assert {error["pointer"] for error in answer.json()["errors"]} == {f"/amounts/{line}"}


def test_a_key_used_for_another_request() -> None:
    world = world_of_today()
    file, advisor, name = walk.draft(world), Caller(world, world.advisor), key()
    assert advisor.act(file, "edit", {"facts": {"headcount": 4}}, key=name).status_code == 200
    assert told(advisor.act(file, "edit", {"facts": {"headcount": 5}}, key=name), 422, "key-reused") == [
        ("key_reused", "/key")
    ]


def test_too_many_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of_today()
    caller = Caller(world, world.payer)
    caches["throttle"].clear()
    monkeypatch.setattr(PerPerson, "THROTTLE_RATES", {"user": "2/min"})
    assert [caller.get("funds/").status_code for _ in range(2)] == [200, 200]
    answer = caller.get("funds/")
    caches["throttle"].clear()
    assert told(answer, 429, "throttled") == []
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["Retry-After"] in answer.json()["detail"]


@pytest.mark.parametrize(
    ("language", "sentence", "title"),
    [
        ("en", "does not exist, or is not yours", "There is nothing here for you"),
        ("fr", "existe pas", "rien"),
        ("fr-CA, en;q=0.5", "existe pas", "rien"),
        ("de", "existe pas", "rien"),
    ],
)
def test_problems_speak_the_readers_language(language: str, sentence: str, title: str) -> None:
    world = world_of_today()
    answer = Caller(world, world.payer).get("funds/none/", accept_language=language)
    assert sentence in answer.json()["detail"]
    assert title in answer.json()["title"]


@pytest.mark.parametrize(
    "query",
    [
        *("fund=%00", "siren=%00", "state=none", "tenant=12", "acted_since=2020", "fond=x", "fund=", "fund=a&fund=b"),
        *("limit=0", "limit=201", "limit=x", "limit=", "limit=1&limit=2", "after=", "after=12", "after=a&after=b"),
    ],
)
def test_a_filter_that_cannot_be_used_is_refused(query: str) -> None:
    world = world_of_today()
    (reason,) = told(Caller(world, world.payer).client.get(f"{ROOT}applications/?{query}"), 422, "bad-input")
    assert reason[1] == "/" + query.partition("=")[0] + ("/0" if query.startswith("state") else "")


def test_a_month_somebody_took_meanwhile_is_told() -> None:
    world = world_of_today()
    lease = tenant_with_lease(world)
    first, second = walk.draft(world, lease=lease), walk.draft(world, lease=lease)
    advisor = Caller(world, world.advisor)
    assert advisor.act(first, "submit").status_code == 200
    assert "month_taken" in {code for code, _pointer in told(advisor.act(second, "submit"), 409, "rule-refused")}
