"""Lists in pages, items, filters: all of it, once, in a fixed number of queries."""

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from grants import ledger
from grants.actions import documents, reversal
from grants.actions.documents import Upload
from grants.actions.tokens import make_token
from grants.api.schema import Generator
from grants.api.views.base import Rows
from grants.enums import Role, State, Visibility
from grants.exports.kinds import MEDIA_TYPES
from grants.file_checks.kinds import ACCEPTED
from grants.models import Application, LedgerEntry
from tests.accounts import log_in
from tests.factories import OPENED_ON, PDF, World, key, tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import ROOT, Caller, world_of_today

pytestmark = pytest.mark.django_db

LISTS = {
    "landlords/": 4,
    "premises/": 4,
    "tenants/": 4,
    "leases/": 4,
    "rent-calls/": 4,
    "funds/": 4,
    "charters/": 5,
    "applications/": 4,
    "lines/": 4,
    "documents/": 4,
    "events/?fund={code}": 7,
    "funds/{code}/ledger/": 5,
}
"""With how many queries an auditor reads them: who asks, the rows, and two to log the read."""
ONE_ONLY = {"landlords/", "funds/", "charters/"}


def files(world: World, count: int, state: State = State.CREDITED) -> list[Application]:
    made = []
    for _n in range(count):
        file = walk.walk_to(world, State.SUBMITTED, lease=tenant_with_lease(world))
        upload = Upload("bail", *PDF, visibility=Visibility.BOTH)
        documents.attach(application=file, upload=upload, by=world.advisor, key=key(), on=OPENED_ON)
        walk.favourable(world, file)
        walk.approve(world, file)
        walk.credit(world, file)
        if state == State.REVERSED:
            walk.ask_undo(world, file)
        made.append(Application.objects.get(pk=file.pk))
    return made


def everything(caller: Caller, path: str, **query: Any) -> list[Any]:
    """All items, page after page by the Link header, as a client would."""
    answer = caller.get(path, query)
    found = []
    while True:
        assert answer.status_code == 200, answer.content
        body = answer.json()
        found += body["items"]
        assert answer.headers.get("Link", "") == (f'<{body["next"]}>; rel="next"' if body["next"] else "")
        if body["next"] is None:
            return found
        answer = caller.client.get(body["next"])


@pytest.mark.parametrize("path", LISTS)
def test_a_list_asks_as_many_queries_for_one_as_for_three(
    path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in (1, 3):
        world = world_of_today()
        files(world, number)
        caller = Caller(world, world.auditor)
        address = ROOT + path.format(code=world.fund.code)
        caller.client.get(address)  # the token's first use is noted
        with django_assert_num_queries(LISTS[path]):
            answer = caller.client.get(address)
        assert len(answer.json()["items"]) >= (1 if path in ONE_ONLY else number)


@pytest.mark.parametrize("count", [1, 3])
def test_one_application_asks_a_fixed_number_of_queries(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = world_of_today()
    file = files(world, 1, State.REVERSED)[0]
    for _more in range(count):
        request = file.requests.latest("pk")
        reversal.refuse_request(request=request, reason=walk.REASON, by=world.approver2, key=key(), on=OPENED_ON)
        walk.ask_undo(world, file)
    caller = Caller(world, world.auditor)
    caller.get("funds/")
    with django_assert_num_queries(11):
        answer = caller.get(f"applications/{file.uuid}/")
    assert len(answer.json()["requests"]) == count + 1


def test_pages_are_stable_while_rows_are_added() -> None:
    world = world_of_today()
    made = [walk.draft(world, lease=tenant_with_lease(world)) for _n in range(5)]
    caller = Caller(world, world.advisor)
    first = caller.get("applications/", {"limit": 2}).json()
    later = walk.draft(world, lease=tenant_with_lease(world))
    rest = everything(caller, first["next"].partition("/api/v1/")[2])
    seen = [item["id"] for item in first["items"] + rest]
    assert seen == [str(file.uuid) for file in reversed(made)]
    assert everything(caller, "applications/", limit=4)[0]["id"] == str(later.uuid)


def test_a_full_last_page_says_it_is_the_last() -> None:
    world = world_of_today()
    for _n in range(2):
        walk.draft(world, lease=tenant_with_lease(world))
    answer = Caller(world, world.advisor).get("applications/", {"limit": 2})
    assert (len(answer.json()["items"]), answer.json()["next"]) == (2, None)
    assert "Link" not in answer.headers


@pytest.mark.parametrize("path", ["funds/{code}/ledger/", "events/"])
def test_a_feed_goes_on_where_it_was_left(path: str) -> None:
    world = world_of_today()
    files(world, 1)
    caller, query = Caller(world, world.auditor), {"fund": world.fund.code} if path == "events/" else {}
    address = path.format(code=world.fund.code)
    known = everything(caller, address, limit=3, **query)
    last = known[-1].get("id") or known[-1]["number"]
    assert caller.get(address, {"after": last, **query}).json() == {"items": [], "next": None}
    files(world, 1)
    assert everything(caller, address, **query) == known + everything(caller, address, after=last, **query)


def test_a_place_that_is_none_is_refused() -> None:
    world, other = world_of_today(), world_of_today()
    foreign = walk.walk_to(other, State.SUBMITTED)
    caller = Caller(world, world.auditor)
    for after in (str(uuid4()), str(foreign.uuid), "1"):
        answer = caller.get("applications/", {"after": after})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/after")
    for after in ("-1", "x", "9" * 40, ""):
        answer = caller.get(f"funds/{world.fund.code}/ledger/", {"after": after})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/after")
    assert caller.get("applications/", {"limit": 200}).status_code == 200


def test_the_ledger_is_the_ledger() -> None:
    world = world_of_today()
    file = files(world, 1)[0]
    caller = Caller(world, world.auditor)
    told = everything(caller, f"funds/{world.fund.code}/ledger/")
    rows = list(LedgerEntry.objects.filter(fund=world.fund).order_by("number"))
    assert [(row["number"], row["digest"], row["amount_cents"]) for row in told] == [
        (row.number, row.digest, row.amount_cents) for row in rows
    ]
    narrowed = everything(
        caller, f"funds/{world.fund.code}/ledger/", kind=["credit"], application=str(file.uuid), since="2020-05-05"
    )
    assert {row["kind"] for row in narrowed} == {"credit"}
    assert len(narrowed) == 3
    assert everything(caller, f"funds/{world.fund.code}/ledger/", until="2020-05-04") == []


def test_a_position_is_now_or_as_it_was() -> None:
    world = world_of_today()
    files(world, 1)
    caller = Caller(world, world.auditor)
    told = caller.get(f"funds/{world.fund.code}/position/").json()
    held = ledger.position(world.fund.pk)
    assert (told["credited_cents"], told["currency"]) == (held.credited_cents, "EUR")
    assert told["last_digest"] == ledger.head(world.fund.pk).digest
    before = caller.get(f"funds/{world.fund.code}/position/", {"as_at": "2020-05-04"}).json()
    assert (before["endowed_cents"], before["last_number"], before["as_at"]) == (0, 0, "2020-05-04")
    assert caller.get(f"funds/{world.fund.code}/position/", {"as_at": "soon"}).status_code == 422


def test_filters_narrow_a_list() -> None:
    world = world_of_today()
    file, draft = files(world, 1)[0], walk.draft(world, lease=tenant_with_lease(world))
    caller = Caller(world, world.advisor)

    def found(path: str, **query: Any) -> set[str]:
        return {item["id"] for item in everything(caller, path, **query)}

    assert found("applications/", state=["credited", "reversed"]) == {str(file.uuid)}
    assert found("applications/", state=["draft", "credited"]) == {str(file.uuid), str(draft.uuid)}
    assert found("applications/", reference=draft.reference) == {str(draft.uuid)}
    assert found("applications/", siret=file.tenant.siret, fund=world.fund.code) == {str(file.uuid)}
    assert found("applications/", tenant=str(draft.tenant.uuid), advisor=str(world.advisor.uuid)) == {str(draft.uuid)}
    assert found("applications/", acted_since="2100-01-01") == set()
    assert found("lines/", application=str(file.uuid)) == {str(line.uuid) for line in file.lines.all()}
    assert len(found("lines/", state=["credited"], month="2020-03-01")) == 1
    assert found("documents/", application=str(draft.uuid)) == set()
    assert found("tenants/", siren=file.tenant.siren) == {str(file.tenant.uuid)}
    assert found("leases/", tenant=str(file.tenant.uuid)) == {str(file.lines.all()[0].lease.uuid)}
    assert len(found("rent-calls/", lease=str(file.lines.all()[0].lease.uuid))) == 3
    assert found("charters/", fund="none") == set()


def test_an_application_is_not_sent_twice_unchanged() -> None:
    world = world_of_today()
    file, caller = walk.draft(world), Caller(world, world.advisor)
    first = caller.get(f"applications/{file.uuid}/")
    tag = first.headers["ETag"]
    assert tag == f'"{file.version}"'
    same = caller.get(f"applications/{file.uuid}/", if_none_match=f'"0", {tag}')
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    assert caller.act(file, "submit").headers["ETag"] != tag
    assert caller.get(f"applications/{file.uuid}/", if_none_match=tag).status_code == 200


def test_tokens_are_listed_in_a_fixed_number_of_queries(client: Any, django_assert_num_queries: Any) -> None:
    world = world_of_today()
    log_in(client, world.payer)
    for name in "abc":
        make_token(fund=world.fund, roles=[Role.PAYER], name=name, days=1, by=world.payer)
        with django_assert_num_queries(4):
            answer = client.get(f"{ROOT}tokens/")
    assert [token["name"] for token in answer.json()["items"]] == ["c", "b", "a"]


def test_a_view_shows_nothing_unless_it_says_what() -> None:
    class Forgotten(Rows):
        queryset = Application.objects.none()

    walk.draft(world_of_today())
    assert list(Forgotten().get_queryset()) == []


def test_a_documents_content_is_read_as_it_was_attached() -> None:
    world = world_of_today()
    file = files(world, 1)[0]
    document, caller = file.documents.get(), Caller(world, world.payer)
    for asked in ("*/*", "application/pdf", "application/octet-stream", "image/png"):
        answer = caller.get(f"documents/{document.uuid}/content/", Accept=asked)
        assert (answer.status_code, b"".join(answer.streaming_content)) == (200, PDF[1])
        assert answer.headers["Content-Type"] == "application/pdf"
        missing = caller.get(f"documents/{uuid4()}/content/", Accept=asked)
        assert (missing.status_code, missing.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{PDF[0]}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    document.file.storage.delete(document.file.name)
    assert caller.get(f"documents/{document.uuid}/content/").status_code == 404


def test_a_content_has_one_of_the_types_described() -> None:
    generator: Any = Generator  # its constructor is not typed
    paths = generator().get_schema(public=True)["paths"]
    for path, types in (
        ("/api/v1/documents/{id}/content/", [kind.media_type for kind in ACCEPTED]),
        ("/api/v1/funds/{code}/exports/{id}/content/", MEDIA_TYPES.values()),
    ):
        described = paths[path]["get"]["responses"]["200"]["content"]
        assert set(described) == {kind.partition(";")[0] for kind in types} | {"application/octet-stream"}
