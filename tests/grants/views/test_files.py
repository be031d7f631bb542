"""The list of files: found by what people type, filtered, page by page."""

from datetime import date, timedelta

import psycopg
import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grants.desk.search import Wanted, files_found, ids_of_files
from grants.enums import FundAction, State
from grants.models import Application, ReadLog, ReliefLine
from grants.views import files
from landlords.enums import Component
from landlords.models import TenantBusiness
from tests import factories_landlords as make
from tests.factories import OPENED_ON, World, fund_action, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.views.reading import links, reader, text

pytestmark = pytest.mark.django_db
FILES = "/dossiers/"


@pytest.fixture
def world() -> World:
    return open_fund()


def file_of(world: World, name: str, state: State = State.SUBMITTED, **values: str) -> Application:
    tenant = make.tenant(landlord=world.landlord, legal_name=name, **values)
    return walk.walk_to(world, state, lease=tenant_with_lease(world, tenant=tenant))


def shown(world: World, person: str = "advisor", **query: str) -> list[Application]:
    return [file for file, _waiting in reader(world.people[person]).get(FILES, query).context["rows"]]


def test_a_file_is_found_by_name_number_reference_lease_and_commune(world: World) -> None:
    found = file_of(world, "Café de l'Été", commune="Noyon")
    file_of(world, "Boulangerie")
    lease = found.lines.all()[0].lease
    siret = str(found.tenant.siret)
    texts = ["ete", "CAFÉ", "cafe noyon", siret, f"{siret[:3]} {siret[3:6]} {siret[6:9]}", found.reference]
    texts += [lease.reference, lease.premises.reference, f"cafe {found.reference[-4:]}"]
    for words in texts:
        assert found in shown(world, q=words), words
        assert len(shown(world, q=words)) == 1 or words == lease.premises.reference, words


def test_nothing_found_says_what_to_do(world: World) -> None:
    file_of(world, "Boulangerie")
    page = reader(world.advisor).get(FILES, {"q": "zz"})
    assert "Aucun dossier" in text(page)
    assert FILES in links(page)


def test_without_a_file_the_list_says_who_files_one(world: World) -> None:
    assert "aucun dossier" in text(reader(world.advisor).get(FILES)).lower()


def test_the_filters_narrow(world: World) -> None:
    draft = walk.draft(world)
    late = walk.walk_to(world, State.INFO_REQUESTED)
    credited = walk.walk_to(world, State.CREDITED, on=OPENED_ON + timedelta(days=3))
    other = open_fund()
    foreign = walk.walk_to(other, State.SUBMITTED)
    Application.objects.filter(pk=late.pk).update(advisor=world.advisor2)
    assert shown(world) == [credited, late, draft]
    assert shown(world, order="oldest") == [draft, late, credited]
    assert shown(world, state="draft") == [draft]
    assert shown(world, waiting="assessor") == [late]
    assert shown(world, waiting="payer") == []
    assert shown(world, advisor=str(world.advisor2.uuid)) == [late]
    assert shown(world, fund=world.fund.code) == [credited, late, draft]
    assert shown(world, filed_from="2020-05-06") == [credited]
    assert shown(world, filed_until="2020-05-06") == [late]
    assert shown(world, person="approver") == [credited, late]
    assert foreign not in shown(world, fund=other.fund.code)


@pytest.mark.parametrize("query", [{"state": "x"}, {"fund": "'"}, {"filed_from": "hier"}, {"after": "x"}, {"q": "\0"}])
def test_what_cannot_be_read_narrows_nothing(world: World, query: dict[str, str]) -> None:
    file = file_of(world, "Boulangerie")
    assert shown(world, **query) == [file]


def test_a_long_list_goes_on_and_keeps_its_filter(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PAGE", 2)
    made = [file_of(world, f"Boutique {n}") for n in range(3)]
    client = reader(world.advisor)
    for order, wanted in (("newest", made[::-1]), ("oldest", made)):
        first = client.get(FILES, {"q": "boutique", "order": order})
        assert [file for file, _w in first.context["rows"]] == wanted[:2]
        second = client.get(FILES + first.context["next"])
        assert [file for file, _w in second.context["rows"]] == wanted[2:]
        assert second.context["next"] is None
        assert "q=boutique" in first.context["next"]
    end = client.get(FILES, {"after": "1"})
    assert "liste" in text(end)


def test_the_totals_are_of_all_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PAGE", 1)
    walk.walk_to(world, State.CREDITED)
    walk.walk_to(world, State.SUBMITTED)
    totals = reader(world.advisor).get(FILES).context["totals"]
    assert (totals.files, totals.asked_cents, totals.granted_cents) == (2, 3_000_00, 1_500_00)


def test_each_row_says_whom_it_waits_for(world: World) -> None:
    walk.walk_to(world, State.INFO_REQUESTED)
    words = text(reader(world.advisor).get(FILES))
    assert "conseiller" in words
    assert "En retard de" in words


@pytest.mark.parametrize("place", [FILES, "/"])
def test_who_may_begin_something_finds_where(place: str) -> None:
    world = world_of_today()
    filing, portfolio = (reverse(f"grants:{name}", args=[world.fund.code]) for name in ("file", "portfolio"))
    begun = {
        person: {filing, portfolio} & set(links(reader(world.people[person]).get(place)))
        for person in ("advisor", "chamber_manager", "landlord_manager", "auditor")
    }
    assert begun == {
        "advisor": {filing},
        "chamber_manager": {portfolio},
        "landlord_manager": set(),
        "auditor": set(),
    }
    fund_action(world, FundAction.SUSPEND)
    assert filing not in links(reader(world.advisor).get(place))
    late = open_fund()
    assert reverse("grants:file", args=[late.fund.code]) not in links(reader(late.advisor).get(place))


def test_an_auditors_search_is_logged(world: World) -> None:
    reader(world.auditor).get(FILES, {"q": "boulangerie"})
    assert ReadLog.objects.get(user=world.auditor, what="application").filter_text == "q=boulangerie"


def test_the_list_is_kept_in_the_file_with_its_neighbours(world: World) -> None:
    made = [file_of(world, f"Boutique {n}") for n in range(3)]
    file_of(world, "Autre")
    client = reader(world.advisor)
    listed = client.get(FILES, {"q": "boutique"})
    address = next(link for link in links(listed) if str(made[1].uuid) in link)
    page = client.get(address)
    assert (page.context["before"], page.context["following"]) == (made[2], made[0])
    kept = {link.partition("?")[0] for link in links(page) if "q=boutique" in link}
    assert kept == {
        FILES,
        *(reverse("grants:application", args=[file.uuid]) for file in (made[0], made[2])),
        reverse("grants:act", args=[made[1].uuid, "withdraw"]),
    }
    alone = client.get(reverse("grants:application", args=[made[1].uuid]))
    assert (alone.context["before"], alone.context["following"]) == (None, None)
    edge = client.get(reverse("grants:application", args=[made[0].uuid]) + "?q=boutique&order=oldest")
    assert (edge.context["before"], edge.context["following"]) == (None, made[1])


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_list_asks_the_same_number_of_queries(
    count: int, world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    filed = {"state": State.DRAFT, "charter": file.charter, "advisor": world.advisor, "fund": world.fund}
    Application.objects.bulk_create(
        Application(reference=f"essai-copie-{n}", tenant=file.tenant, **filed) for n in range(count - 1)
    )
    client = reader(world.advisor)
    with django_assert_num_queries(17):
        page = client.get(FILES, {"q": "entreprise", "waiting": ""})
    assert len(page.context["rows"]) == count


def test_a_voucher_is_found_by_its_number_by_whoever_reads_the_file(world: World) -> None:
    walk.walk_to(world, State.APPROVED)
    file = walk.walk_to(world, State.CREDITED)
    for asked in ("AV-2020-001", "av-2020-0", "av 2020 001"):
        assert shown(world, q=asked) == [file], asked
    assert shown(world, q="AV-2020-002") == []
    stranger = open_fund()
    assert reader(stranger.advisor).get(FILES, {"q": "AV-2020-001"}).context["rows"] == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_ten_thousand_files_are_searched_by_the_indexes(owner_cursor: psycopg.Cursor) -> None:
    world = open_fund()
    TenantBusiness.objects.bulk_create(
        (TenantBusiness(landlord=world.landlord, legal_name=f"Boutique inventée {n}") for n in range(10_000)),
        batch_size=2_000,
    )
    tenants = TenantBusiness.objects.filter(legal_name__startswith="Boutique").order_by("pk")
    filed = {"charter": world.charter, "advisor": world.advisor, "fund": world.fund}
    Application.objects.bulk_create(
        (Application(reference=f"lot-{tenant.pk:05d}", tenant=tenant, **filed) for tenant in tenants), batch_size=2_000
    )
    lease = tenant_with_lease(world)
    leased = {"lease": lease, "premises": lease.premises, "month": date(2020, 5, 1), "asked_cents": 1}
    ReliefLine.objects.bulk_create(
        ReliefLine(application=file, component=Component.RENT, voucher_ref=f"AV-X{file.pk}", **leased)
        for file in Application.objects.order_by("pk")[:3_000]
    )
    tables = "landlords_tenantbusiness, landlords_tenantwords, grants_application, grants_reliefline"
    owner_cursor.execute(f"ANALYZE {tables}")
    plan = ids_of_files("lot-00777").explain()
    assert "Bitmap Index Scan on application_words" in plan
    assert "Bitmap Index Scan on tenant_words" in plan
    assert "Bitmap Index Scan on voucher_words" in plan
    found = files_found(world.advisor, Wanted(text="inventée 777"), timezone.localdate())
    assert "Seq Scan on landlords_tenantwords" not in found.explain()
    assert {file.tenant.legal_name for file in found} == {
        "Boutique inventée 777",
        *(f"Boutique inventée 777{n}" for n in range(10)),
    }


def test_the_days_of_the_filter_are_days_of_filing(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    assert file.submitted_on == date(2020, 5, 5)
    assert shown(world, filed_from="2020-05-05", filed_until="2020-05-05") == [file]
