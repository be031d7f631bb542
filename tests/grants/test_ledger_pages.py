"""The journal and its entries: the running position, what can be asked for, paging both ways, the proof."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grants import ledger
from grants.actions import reversal
from grants.enums import FundAction, Reading, RequestKind, State
from grants.models import LedgerCheck, LedgerEntry, ReadLog
from grants.views import ledger as pages
from landlords.models import TenantBusiness
from tests.accounts import log_in
from tests.factories import OPENED_ON, World, fund_action, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.page_text import links, parsed, table, text_of, words

pytestmark = pytest.mark.django_db

MOVEMENTS = "Mouvements, du plus récent au plus ancien"


def journal(world: World, role: str = "auditor", **query: Any) -> Any:
    return log_in(Client(), world.people[role]).get(reverse("grants:ledger", args=[world.fund.code]), query)


def entry(world: World, number: int, role: str = "auditor") -> Any:
    return log_in(Client(), world.people[role]).get(reverse("grants:ledger_entry", args=[world.fund.code, number]))


def numbers(page: Any) -> list[int]:
    return [int(row[0]) for row in table(page, MOVEMENTS)]


def link_to(page: Any, rel: str) -> str:
    return next((found.get("href", "") for found in parsed(page).iter("a") if found.get("rel") == rel), "")


class TestJournal:
    def test_each_movement_with_its_cause_and_what_is_left(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.CREDITED)
        page = journal(world)
        newest, *_rows, first = table(page, MOVEMENTS)
        assert newest[:3] == ["10", "05/05/2020", "Imputation"]
        assert file.reference in newest[3]
        assert "05/2020, loyer · AV-2020-001" in newest[3]
        assert newest[4:] == [str(world.payer), "500,00 €", "38 500,00 €", "0,00 €", "0,00 €", "1 500,00 €"]
        assert first[:3] == ["1", "05/05/2020", "Dotation"]
        assert first[4:6] == [str(world.approver), "40 000,00 €"]
        assert reverse("grants:application", args=[file.uuid]) in links(page)
        assert reverse("grants:ledger_entry", args=[world.fund.code, 10]) in links(page)

    def test_the_position_as_at_a_day_and_nothing_after_it(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.ELIGIBLE)
        later = OPENED_ON + timedelta(days=9)
        fund_action(world, FundAction.WITHDRAW_ENDOWMENT, amount_cents=100_00, on=later)
        page = journal(world, until=(later - timedelta(days=1)).isoformat())
        assert "Situation arrêtée au 13/05/2020 Plafond 40 000,00 € Dotation 40 000,00 €" in text_of(page)
        assert numbers(page) == [4, 3, 2, 1]
        assert "Dotation 39 900,00 €" in text_of(journal(world))

    def test_what_can_be_asked_for(self) -> None:
        world = open_fund()
        lease = tenant_with_lease(world)
        TenantBusiness.objects.filter(pk=lease.tenant_id).update(legal_name="Coiffure Zoé", trade_name="Chez Zoé")
        file = walk.walk_to(world, State.CREDITED, lease=lease)
        second = OPENED_ON + timedelta(days=1)
        walk.walk_to(world, State.ELIGIBLE, on=second)
        for asked, found in (
            ({"since": second.isoformat()}, [13, 12, 11]),
            ({"kind": "credit"}, [10, 9, 8]),
            ({"tenant": "zoé coiff"}, list(range(10, 1, -1))),
            ({"tenant": "zoé", "kind": "commit"}, [7, 6, 5]),
            ({"application": file.reference.upper()}, list(range(10, 1, -1))),
            ({"person": str(world.payer.uuid)}, [10, 9, 8]),
            ({"voucher": "AV-2020-001"}, [10, 9, 8]),
            ({"voucher": "av 2020 0", "tenant": "zoé"}, [10, 9, 8]),
            ({"voucher": "AV-2020-002"}, []),
            ({"voucher": "-"}, []),
            ({"kind": "credit", "person": str(world.assessor.uuid)}, []),
        ):
            page = journal(world, **asked)
            assert (numbers(page) if found else []) == found, asked
            assert ("Aucun mouvement ne correspond" in text_of(page)) == (not found)

    def test_what_can_not_be_read_is_told_and_kept(self) -> None:
        world = open_fund()
        page = journal(world, since="2020-06-01", until="2020-05-01", tenant="Zoé", kind="rien", person="x")
        assert page.status_code == 422
        text = text_of(page)
        assert "La période commence après son dernier jour." in text
        assert "Mouvement" in text
        values = {found.get("name"): found.get("value") for found in parsed(page).iter("input")}
        assert (values["since"], values["tenant"]) == ("2020-06-01", "Zoé")
        # Nothing is filtered by what is in doubt.
        assert numbers(page) == [1]

    def test_pages_go_both_ways_and_keep_what_was_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pages, "PAGE", 3)
        world = open_fund()
        walk.walk_to(world, State.CREDITED)
        first = journal(world)
        assert (numbers(first), link_to(first, "prev")) == ([10, 9, 8], "")
        older = link_to(first, "next")
        assert older == "?before=8"
        second = journal(world, before=8)
        assert numbers(second) == [7, 6, 5]
        assert link_to(second, "prev") == "?after=7"
        assert numbers(journal(world, after=7)) == [10, 9, 8]
        back = journal(world, after=1)
        assert (numbers(back), link_to(back, "prev"), link_to(back, "next")) == ([4, 3, 2], "?after=4", "?before=2")
        last = journal(world, before=2)
        assert (numbers(last), link_to(last, "next")) == ([1], "")
        assert link_to(journal(world, kind="commit", before=7, after=""), "prev") == "?kind=commit&after=6"

    @pytest.mark.parametrize("place", ["x", "-1", "9" * 40])
    def test_an_unreadable_place_shows_the_newest(self, place: str) -> None:
        world = open_fund()
        assert numbers(journal(world, before=place, after=place)) == [1]

    def test_beyond_the_last_there_is_nothing(self) -> None:
        world = open_fund()
        page = journal(world, after=1)
        assert "Aucun mouvement" in text_of(page)
        assert (link_to(page, "prev"), link_to(page, "next")) == ("", "")

    def test_the_last_verification_and_the_chain(self) -> None:
        world = open_fund(endowment_cents=None)
        assert "Pas encore vérifié" in text_of(journal(world))
        head = ledger.head(world.fund.pk)
        given = {"fund": world.fund, "details_kept": 0, "details_erased": 0, "at": timezone.now()}
        LedgerCheck.objects.create(faults=0, last_number=head.number, last_digest=head.digest, **given)
        fund_action(world, FundAction.ENDOW, amount_cents=100_00)
        text = text_of(journal(world))
        assert "jusqu'au mouvement 0 : aucune anomalie" in text
        assert "est toujours dans la chaîne" in text
        head = ledger.head(world.fund.pk)
        assert f"Dernière empreinte (mouvement 1) : {head.digest}" in text
        LedgerCheck.objects.create(faults=0, last_number=1, last_digest=head.digest, **given)
        assert "est toujours dans la chaîne" in text_of(journal(world))
        wrong = {"faults": 1, "sentences": ["Le mouvement 1 est faux."], "last_number": 1, "last_digest": "0" * 64}
        LedgerCheck.objects.create(**given | wrong)
        text = text_of(journal(world))
        assert "anomalies trouvées : 1" in text
        assert "Le mouvement 1 est faux." in text
        assert "le passé a été réécrit" in text

    def test_an_auditors_read_is_logged_with_what_was_asked(self) -> None:
        world = open_fund()
        journal(world, kind="credit")
        entry(world, 1)
        journal(world, "payer")
        assert [(row.what, row.filter_text, row.user) for row in ReadLog.objects.order_by("pk")] == [
            (Reading.LEDGER, "kind=credit", world.auditor),
            (Reading.LEDGER, "number=1", world.auditor),
        ]

    @pytest.mark.parametrize("count", [1, 3])
    def test_as_many_queries_for_one_and_three(
        self, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        world = open_fund()
        for _n in range(count):
            walk.walk_to(world, State.CREDITED)
        client = log_in(Client(), world.auditor)
        with django_assert_num_queries(13):
            client.get(reverse("grants:ledger", args=[world.fund.code]))


class TestEntry:
    def test_the_proof_can_be_computed_by_hand(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.CREDITED)
        page = entry(world, 10)
        row = LedgerEntry.objects.get(fund=world.fund, number=10)
        previous = LedgerEntry.objects.get(fund=world.fund, number=9).digest
        names, canonical = ("".join(found.itertext()) for found in parsed(page).iter("pre"))
        assert hashlib.sha256(f"{canonical}{previous}".encode()).hexdigest() == row.digest
        assert len(names.split()) == len(canonical.splitlines())
        text = text_of(page)
        for said in (row.digest, previous, "l'empreinte est bien celle", file.reference, "AV-2020-001", "avoir"):
            assert said in text
        assert link_to(page, "prev").endswith("/journal/9/")
        assert link_to(page, "next") == ""

    def test_the_first_follows_the_beginning_of_the_chain(self) -> None:
        world = open_fund()
        page = entry(world, 1)
        text = text_of(page)
        assert ledger.verify(world.fund.pk) == []
        assert hashlib.sha256(f"fundadmin:ledger:v1:{world.fund.code}".encode()).hexdigest() in text
        assert "Acte du fonds Ouvrir le fonds" in text
        assert reverse("grants:fund_actions", args=[world.fund.code]) in links(page)

    def test_an_undone_credit_and_what_undid_it_name_each_other(self) -> None:
        world = open_fund()
        lease = tenant_with_lease(world, months=[OPENED_ON.replace(day=1)])
        file = walk.walk_to(world, State.CREDITED, lease=lease)
        request = walk.ask_undo(world, file, kind=RequestKind.UNCREDIT)
        reversal.reverse(request=request, by=world.approver2, key=key(), on=OPENED_ON)
        credit = LedgerEntry.objects.get(fund=world.fund, kind="credit")
        undo = LedgerEntry.objects.get(fund=world.fund, reverses=credit)
        assert f"Annulé par mouvement {undo.number} (Remise à imputer)" in text_of(entry(world, credit.number))
        assert f"Annule l'imputation mouvement {credit.number}" in text_of(entry(world, undo.number))
        assert f"du mouvement {credit.number}" in text_of(journal(world))

    def test_the_reason_given_is_shown_to_who_may_read_it(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.ELIGIBLE)
        walk.send_back(world, file)
        released = LedgerEntry.objects.filter(fund=world.fund).latest("number")
        assert walk.REASON in text_of(entry(world, released.number, "advisor"))

    @pytest.mark.parametrize("number", [2, 10**18, 10**25])
    def test_what_is_not_there_is_a_404(self, number: int) -> None:
        assert entry(open_fund(), number).status_code == 404

    def test_as_many_queries_for_any_entry(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        world = open_fund()
        walk.walk_to(world, State.CREDITED)
        client = log_in(Client(), world.auditor)
        for number in (1, 5, 10):
            with django_assert_num_queries(10):
                client.get(reverse("grants:ledger_entry", args=[world.fund.code, number]))


def test_any_euro_is_three_clicks_from_home() -> None:
    world = open_fund()
    walk.walk_to(world, State.CREDITED)
    client = log_in(Client(), world.auditor)
    fund, journal_, proof = (
        reverse("grants:fund", args=[world.fund.code]),
        reverse("grants:ledger", args=[world.fund.code]),
        reverse("grants:ledger_entry", args=[world.fund.code, 10]),
    )
    assert journal_ in links(client.get(reverse("grants:funds")))
    assert journal_ in links(client.get(fund))
    page = client.get(journal_)
    assert proof in links(page)
    assert "Imputation" in words(parsed(client.get(proof)))


@pytest.mark.django_db(transaction=True)
def test_a_row_that_was_tampered_with_does_not_prove_itself(superuser_cursor: Any) -> None:
    world = open_fund()
    superuser_cursor.execute("SET session_replication_role = replica")
    superuser_cursor.execute("UPDATE grants_ledgerentry SET amount_cents = amount_cents + 1")
    assert "l'empreinte n'est pas celle" in text_of(entry(world, 1))
