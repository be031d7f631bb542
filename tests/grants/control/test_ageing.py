"""What was approved and not yet credited, by age: brackets, cut-offs, the tie to the position, page and export."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from grants import ledger
from grants.actions import reversal
from grants.control.ageing import Ageing, ageing, bracket_of
from grants.enums import Reading, RequestKind, Role, State
from grants.exports.ageing import AGEING
from grants.exports.every import EXPORTS
from grants.exports.kinds import Wanted
from grants.models import LedgerEntry, ReadLog
from grants.views.control import ageing as pages
from grants.visibility import reader_of
from landlords.models import Landlord
from tests.accounts import log_in
from tests.factories import OPENED_ON, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.control.sheets import csv_rows, xlsx_rows
from tests.grants.page_text import links, table, text_of

pytestmark = pytest.mark.django_db

CAPTION, LINES = "Par ancienneté", "Ligne par ligne"
COUNT_OF_QUERIES = 8
ROLES = ("auditor", "payer")


def after(days: int) -> date:
    return OPENED_ON + timedelta(days=days)


def in_three_brackets() -> World:
    """Three files of three lines of 500 EUR, approved on the days 0, 15 and 16."""
    world = open_fund()
    for days in (0, 15, 16):
        walk.walk_to(world, State.APPROVED, on=after(days))
    return world


def sums(found: Ageing) -> list[tuple[str, int, int]]:
    return [(one.bracket.code, one.lines, one.cents) for one in found.sums()]


def page(world: World, role: str = "auditor", **query: Any) -> Any:
    return log_in(Client(), world.people[role]).get(reverse("grants:ageing", args=[world.fund.code]), query)


@pytest.mark.parametrize(("days", "code"), [(0, "0-15"), (15, "0-15"), (16, "16-30"), (30, "16-30"), (31, "31+")])
def test_the_edges_of_the_brackets(days: int, code: str) -> None:
    assert bracket_of(days).code == code


class TestAgeing:
    def test_by_the_days_since_the_approval_as_at_any_day(self) -> None:
        world = in_three_brackets()
        assert sums(ageing(world.fund, after(31))) == [
            ("0-15", 3, 1_500_00),
            ("16-30", 3, 1_500_00),
            ("31+", 3, 1_500_00),
        ]
        assert sums(ageing(world.fund, after(15))) == [("0-15", 6, 3_000_00), ("16-30", 0, 0), ("31+", 0, 0)]
        assert ageing(world.fund, after(-1)).lines == []

    def test_its_total_is_what_the_position_of_the_day_has_committed(self) -> None:
        world = in_three_brackets()
        for day in range(-1, 40):
            found = ageing(world.fund, after(day))
            assert found.cents == ledger.position_as_at(world.fund.pk, after(day)).committed_cents
            assert found.difference_cents == 0

    def test_a_credit_takes_a_line_off_and_undoing_it_brings_it_back_at_its_age(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.APPROVED)
        walk.credit(world, file, after(5), lines=walk.line_ids(file)[:2])
        assert [line.cents for line in ageing(world.fund, after(5)).lines] == [500_00]
        request = walk.ask_undo(world, file, after(6), kind=RequestKind.UNCREDIT)
        reversal.reverse(request=request, by=world.approver2, key=key(), on=after(6))
        found = ageing(world.fund, after(20))
        assert [(line.days, line.cents) for line in found.lines] == [(20, 500_00)] * 3
        # As at an earlier day it still shows what was true then.
        assert len(ageing(world.fund, after(5)).lines) == 1

    def test_what_is_cancelled_or_reversed_waits_no_more(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.CANCELLED)
        walk.walk_to(world, State.REVERSED)
        assert ageing(world.fund, after(0)).lines == []

    def test_lease_by_lease_the_rent_first(self) -> None:
        world = open_fund()
        months = [date(2020, 4, 1), date(2020, 3, 1)]
        lease = tenant_with_lease(world, months=months, charges_cents=80_00, reference="B-2")
        walk.walk_to(world, State.APPROVED, lease=lease)
        walk.walk_to(world, State.APPROVED, lease=tenant_with_lease(world, months=months[:1], reference="B-1"))
        found = ageing(world.fund, after(0)).lines
        assert [(line.lease, line.month.month, line.component) for line in found] == [
            *[("B-1", 4, "rent")],
            *[("B-2", 3, "rent"), ("B-2", 3, "charges"), ("B-2", 4, "rent"), ("B-2", 4, "charges")],
        ]

    def test_the_cut_off_that_was_missed(self) -> None:
        world = in_three_brackets()
        assert {line.cutoff for line in ageing(world.fund, after(0)).lines} == {None}
        Landlord.objects.filter(pk=world.landlord.pk).update(billing_cutoff_day=20)
        world.refresh()
        found = ageing(world.fund, date(2020, 5, 20))
        assert [found.is_missed(line) for line in found.lines] == [False] * 6
        found = ageing(world.fund, date(2020, 5, 21))
        # Approved on the cut-off day itself is in time for it; on the day after it waits for the next.
        assert [(line.cutoff, found.is_missed(line)) for line in found.lines[::3]] == [
            *[(date(2020, 5, 20), True), (date(2020, 5, 20), True), (date(2020, 6, 20), False)]
        ]

    def test_lines_of_another_fund_stay_out(self) -> None:
        world = open_fund()
        walk.walk_to(open_fund(landlord=world.landlord), State.APPROVED)
        assert ageing(world.fund, after(0)).lines == []


class TestPage:
    def test_brackets_total_and_every_line(self) -> None:
        world = in_three_brackets()
        Landlord.objects.filter(pk=world.landlord.pk).update(billing_cutoff_day=20)
        shown = page(world, as_at=after(31).isoformat())
        assert table(shown, CAPTION) == [
            ["0 à 15 jours", "3", "1", "1 500,00 €"],
            ["16 à 30 jours", "3", "1", "1 500,00 €"],
            ["31 jours et plus en retard", "3", "1", "1 500,00 €"],
            ["Total", "9", "3", "4 500,00 €"],
        ]
        first = table(shown, LINES)[0]
        assert first[2:] == ["03/2020", "loyer", "05/05/2020", "31", "20/05/2020 manqué", "500,00 €"]
        assert "6 lignes ont manqué un arrêté de facturation" in text_of(shown)
        assert "situation arrêtée au 05/06/2020 : 4 500,00 €, écart 0,00 €" in text_of(shown)

    def test_one_bracket_alone(self) -> None:
        world = in_three_brackets()
        shown = page(world, as_at=after(31).isoformat(), age="31+")
        assert len(table(shown, f"{LINES} : 31 jours et plus")) == 3
        (way,) = (link for link in links(page(world, as_at=after(31).isoformat())) if "16-30" in link)
        assert len(table(page(world, as_at=after(31).isoformat(), age="16-30"), f"{LINES} : 16 à 30 jours")) == 3
        assert way == "?as_at=2020-06-05&age=16-30#lines"

    def test_a_long_list_has_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pages, "PAGE", 4)
        world = in_three_brackets()
        assert [len(table(page(world, page=n), LINES)) for n in (1, 2, 3)] == [4, 4, 1]
        assert "?page=2" in links(page(world))
        assert "?page=1" in links(page(world, page=2))

    def test_nothing_waits(self) -> None:
        assert "Rien n'attend d'être imputé" in text_of(page(open_fund()))

    def test_a_day_to_come_is_refused_with_what_was_typed(self) -> None:
        refused = page(open_fund(), as_at="2099-01-01")
        assert refused.status_code == 422
        assert "Ce jour est à venir" in text_of(refused)
        assert 'value="2099-01-01"' in refused.content.decode()

    def test_without_a_day_the_field_says_which_day_is_shown(self) -> None:
        shown = page(open_fund())
        assert f'value="{timezone.localdate().isoformat()}"' in shown.content.decode()

    def test_only_who_oversees_is_led_to_the_other_reports(self) -> None:
        world = open_fund()
        ways = {role: reverse("grants:four_eyes", args=[world.fund.code]) in links(page(world, role)) for role in ROLES}
        assert ways == {"auditor": True, "payer": False}
        assert "Balance âgée" not in text_of(page(world, "payer")).replace("Balance âgée des accords", "")

    def test_an_auditor_is_logged(self) -> None:
        world = open_fund()
        page(world, "payer")
        page(world)
        assert [(one.user, one.filter_text) for one in ReadLog.objects.filter(what=Reading.FUND)] == [
            (world.auditor, "ageing")
        ]

    @pytest.mark.parametrize("files", [1, 3])
    def test_the_same_queries_however_many_wait(
        self, files: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        world = open_fund()
        for _ in range(files):
            walk.walk_to(world, State.APPROVED)
        client = log_in(Client(), world.payer)
        with django_assert_num_queries(COUNT_OF_QUERIES):
            client.get(reverse("grants:ageing", args=[world.fund.code]))


class TestExport:
    def written(self, world: World, folder: Path, **options: str) -> Any:
        wanted = Wanted(
            fund=world.fund, reader=reader_of(world.auditor, world.fund.pk), as_at=after(31), options=options
        )
        told: list[tuple[int, int]] = []
        with translation.override("fr"):
            done = AGEING.write(wanted, folder, lambda *args: told.append(args))
        assert told == [(done.rows, done.rows)]
        return done

    def test_csv_reread_gives_the_totals_to_the_cent(self, tmp_path: Path) -> None:
        world = in_three_brackets()
        done = self.written(world, tmp_path, format="csv")
        head, *rows = csv_rows(tmp_path / done.files[0])
        assert head[5] == "À imputer"
        assert sum(int(row[5].replace(",", "")) for row in rows) == done.sums_cents["committed"] == 4_500_00
        assert rows[0][3:] == ["01/03/2020", "loyer", "500,00", "05/05/2020", "31", "31 jours et plus", "", ""]
        assert (done.rows, done.sums_cents["31+"], done.sums_cents["waiting"]) == (9, 1_500_00, 4_500_00)
        last = LedgerEntry.objects.filter(fund=world.fund).latest("number")
        assert done.head == (last.number, last.digest)

    def test_xlsx_has_typed_cells_and_ties(self, tmp_path: Path) -> None:
        world = in_three_brackets()
        Landlord.objects.filter(pk=world.landlord.pk).update(billing_cutoff_day=20)
        world.refresh()
        done = self.written(world, tmp_path)
        assert done.files[0].endswith(".xlsx")
        rows = xlsx_rows(tmp_path / done.files[0], "À imputer")
        assert rows[1][3].date() == date(2020, 3, 1)
        # Which file comes first depends on its number: "-10-" stands before "-9-".
        told = {(row[5], row[9].date(), row[10]) for row in rows[1:-1]}
        assert told == {(500, date(2020, 5, 20), "oui"), (500, date(2020, 6, 20), "non")}
        assert (rows[-1][0], rows[-1][5]) == ("Total", 4500)
        assert xlsx_rows(tmp_path / done.files[0], "Totaux")[-1] == ["Écart avec la situation", None, None, 0]

    def test_the_same_request_gives_the_same_bytes(self, tmp_path: Path) -> None:
        world = in_three_brackets()
        contents = set()
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            done = self.written(world, tmp_path / name)
            contents.add((tmp_path / name / done.files[0]).read_bytes())
        assert len(contents) == 1

    def test_hostile_names_stay_text_and_amounts_stay_amounts(self, tmp_path: Path) -> None:
        world = open_fund()
        names = ['=1+1"; "x', "-2+3", "@SUM(A1)", "+33 1", "Zoé\tet\nfils", "\u202eabc 😀", "x" * 200]
        for n, name in enumerate(names):
            lease = tenant_with_lease(world, months=[date(2020, 3, 1)], reference=f"B-{n}")
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE landlords_tenantbusiness SET legal_name = %s, trade_name = '' WHERE id = %s",
                    [name, lease.tenant_id],
                )
            walk.walk_to(world, State.APPROVED, lease=lease)
        done = self.written(world, tmp_path, format="csv")
        rows = csv_rows(tmp_path / done.files[0])[1:]
        assert [row[1] for row in rows] == [f"'{name}" if name[0] in "=-@+" else name for name in names]
        assert {row[5] for row in rows} == {"500,00"}
        done = self.written(world, tmp_path)
        assert [row[1] for row in xlsx_rows(tmp_path / done.files[0], "À imputer")[1:-1]] == names

    def test_who_may_have_it(self) -> None:
        assert AGEING.roles == {Role.AUDITOR, Role.MANAGER, Role.PAYER}
        assert AGEING.dates == {"as_at"}
        assert EXPORTS["ageing"] is AGEING


@pytest.mark.django_db(transaction=True)
def test_a_difference_to_the_position_is_said(superuser_cursor: psycopg.Cursor) -> None:
    """An amount changed behind the triggers: the lines no longer add up to what the position says."""
    world = open_fund()
    walk.walk_to(world, State.APPROVED)
    superuser_cursor.execute("SET session_replication_role = replica")
    superuser_cursor.execute("UPDATE grants_ledgerentry SET amount_cents = 40000 WHERE kind = 'commit' AND number = 5")
    told = text_of(page(world))
    assert "porte 1 500,00 € engagés (mouvement n° 7) : un écart de -100,00 €" in told
    assert "Faites vérifier le journal" in told
