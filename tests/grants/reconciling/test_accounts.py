"""Extracts of tenants' accounts: the credits seen, what one side lacks, how long it has waited. No money moves."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grants.actions import crediting, reversal
from grants.enums import LineState, RequestKind, State
from grants.exports.reconciliation import RECONCILIATION
from grants.models import BookedCredit, LandlordFileRow, LedgerEntry, ReliefLine
from grants.reconciling.vouchers import Standing, reconcile
from tests.factories import OPENED_ON, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.reconciling import papers
from tests.grants.reconciling.papers import account, as_csv, codes, confirmed, csv_dicts, notes, states, written

pytestmark = pytest.mark.django_db


def row(**changes: Any) -> papers.Row:
    return {
        "Date": "20/05/2020",
        "Réf. bail": "B1",
        "Libellé": "Avoir allègement",
        "Pièce": "AV-1",
        "Débit": "",
        "Crédit": "1500,00",
    } | changes


def credited_world(*references: str) -> World:
    """For each lease three months of 500 EUR, credited on 5 May 2020 by the voucher AV-1, AV-2, ..."""
    world = open_fund()
    for n, reference in enumerate(references or ("B1",), 1):
        file = walk.walk_to(world, State.APPROVED, lease=tenant_with_lease(world, reference=reference))
        piece = walk.voucher(ref=f"AV-{n}")
        lines = walk.line_ids(file)
        crediting.credit(application=file, lines=lines, voucher=piece, by=world.payer, key=key(), on=OPENED_ON)
    return world


def seen(world: World, *rows: papers.Row) -> None:
    confirmed(account(world, as_csv(rows)), world.payer)


def standings(world: World) -> list[tuple[str, Standing, int]]:
    return [(one.ref, one.standing, one.difference_cents) for one in reconcile(world.fund).vouchers]


def test_a_credit_seen_on_the_account() -> None:
    world = credited_world()
    assert standings(world) == [("AV-1", Standing.UNSEEN, 1_500_00)]
    movements = LedgerEntry.objects.count()
    file = account(world, as_csv([row()]))
    assert standings(world) == [("AV-1", Standing.UNSEEN, 1_500_00)]
    confirmed(file, world.payer)
    (voucher,) = reconcile(world.fund).vouchers
    assert (voucher.standing, voucher.seen_on, voucher.difference_cents) == (Standing.SEEN, date(2020, 5, 20), 0)
    assert LedgerEntry.objects.count() == movements


def test_what_is_no_relief_is_neither_examined_nor_kept() -> None:
    world = credited_world()
    rows = [
        row(Libellé="Virement M. Untel", Pièce="VIR9", Crédit="480,00"),
        row(Libellé="Quittancement", Pièce="Q-1", Crédit="", Débit="500"),
        row(),
    ]
    file = account(world, as_csv(rows))
    assert states(file) == ["aside", "aside", "ready"]
    assert list(file.rows.filter(state="aside").values_list("told", flat=True)) == [{}, {}]
    assert "label" not in LandlordFileRow.objects.get(state="ready").told


def test_handed_in_again_or_in_a_longer_extract_it_adds_nothing() -> None:
    world = credited_world()
    twice = row(Crédit="750,00")
    seen(world, twice, twice)
    file = account(world, as_csv([row(Date="01/01/2020", Libellé="Loyer", Pièce=""), twice, twice]))
    assert states(file) == ["aside", "known", "known"]
    confirmed(file, world.payer)
    assert BookedCredit.objects.count() == 2
    assert standings(world) == [("AV-1", Standing.SEEN, 0)]


def test_another_amount_the_worst_first_and_the_total() -> None:
    world = credited_world("B1", "B2")
    seen(world, row(Crédit="1400,00"), row(**{"Réf. bail": "b2", "Pièce": "AV-2"}))
    assert standings(world) == [("AV-1", Standing.DIFFERS, 100_00), ("AV-2", Standing.SEEN, 0)]
    found = reconcile(world.fund)
    assert (found.gross_cents, found.confirmed_cents, found.difference_cents) == (3_000_00, 2_900_00, 100_00)
    seen(world, row(Date="21/05/2020", Crédit="100,00"))
    assert reconcile(world.fund).difference_cents == 0


def test_theirs_without_ours(tmp_path: Path) -> None:
    world = credited_world("B1", "B2")
    seen(
        world,
        row(Pièce="AV-9", Libellé="Remise gracieuse"),
        row(**{"Réf. bail": "B2"}),
    )
    theirs = reconcile(world.fund).theirs
    assert [(one.ref, str(one.lease), one.cents, one.other_lease) for one in theirs] == [
        ("AV-9", "B1", 1_500_00, ""),
        ("AV-1", "B2", 1_500_00, "B1"),
    ]
    made = written(RECONCILIATION, world, tmp_path, format="csv")
    assert [one["Ce que fundadmin a sous ce numéro"] for one in csv_dicts(tmp_path / made.files[2])] == [
        "rien",
        "une imputation sur le bail B1",
    ]


UNUSABLE: dict[str, papers.Row] = {
    "lease_unknown": {"Réf. bail": "B9"},
    "lease_missing": {"Réf. bail": ""},
    "date_missing": {"Date": ""},
    "voucher_too_long": {"Pièce": "x" * 61},
    "amount_unreadable": {"Crédit": "beaucoup"},
}


def test_a_line_that_can_not_be_used() -> None:
    world = credited_world()
    file = account(world, as_csv([row(**changes) for changes in UNUSABLE.values()]))
    assert set(states(file)) == {"fault"}
    assert codes(file) == list(UNUSABLE)


def test_an_undone_credit_is_to_be_undone_in_the_books_too() -> None:
    world = credited_world()
    seen(world, row())
    file = ReliefLine.objects.all()[0].application
    request = walk.ask_undo(world, file, OPENED_ON, kind=RequestKind.REVERSE)
    reversal.reverse(request=request, by=world.approver, key=key(), on=OPENED_ON)
    (voucher,) = reconcile(world.fund).vouchers
    assert (voucher.gross_cents, voucher.reversed_cents, voucher.difference_cents) == (0, 1_500_00, -1_500_00)
    assert voucher.standing == Standing.DIFFERS
    seen(world, row(Date="01/06/2020", Crédit="", Débit="1500"))
    assert reconcile(world.fund).vouchers == []


def test_a_number_used_again_the_next_year_is_another_voucher() -> None:
    world = credited_world()
    file = walk.walk_to(
        world, State.APPROVED, lease=tenant_with_lease(world, tenant=None, reference="B7"), on=date(2021, 1, 5)
    )
    piece = walk.voucher(date(2021, 1, 5), ref="AV-1")
    crediting.credit(
        application=file, lines=walk.line_ids(file), voucher=piece, by=world.payer, key=key(), on=date(2021, 1, 5)
    )
    seen(world, row(), row(**{"Réf. bail": "B7", "Date": "06/01/2021", "Crédit": "1499,00"}))
    assert standings(world) == [("AV-1", Standing.SEEN, 0), ("AV-1", Standing.DIFFERS, 1_00)]


def test_ageing_counts_the_days_since_the_credit(tmp_path: Path) -> None:
    world = credited_world()
    found = reconcile(world.fund)
    for day, place in ((5, 0), (20, 0), (21, 1), (31, 1)):
        sums = [len(bracket.vouchers) for bracket in found.ageing(date(2020, 5, day))]
        assert [n for n, count in enumerate(sums) if count] == [place], day
    assert [bracket.gross_cents for bracket in found.ageing(date(2020, 7, 1))] == [0, 0, 1_500_00]
    made = written(RECONCILIATION, world, tmp_path, as_at=date(2020, 6, 10), format="csv")
    (late,) = csv_dicts(tmp_path / made.files[1])
    assert (late["Jours depuis l’imputation"], late["Jours"]) == ("31 jours et plus", "36")
    seen(world, row(Pièce="AV-9"), row(**{"Réf. bail": "B1", "Pièce": "AV-1"}))
    made = written(RECONCILIATION, world, tmp_path, format="csv")
    assert csv_dicts(tmp_path / made.files[1]) == []
    (theirs,) = csv_dicts(tmp_path / made.files[2])
    assert (theirs["N° de pièce"], theirs["Montant"]) == ("AV-9", "1500,00")
    assert theirs["Ce que fundadmin a sous ce numéro"] == "rien"
    before = written(RECONCILIATION, world, tmp_path, as_at=date(2020, 5, 4), format="csv")
    assert before.rows == 0


def test_a_file_of_notes_and_the_account_say_the_same_once() -> None:
    world = open_fund()
    walk.walk_to(world, State.APPROVED, lease=tenant_with_lease(world, reference="B1"))
    posted = [
        {"Bail": "B1", "Mois": month, "Montant": "500", "Avoir": "AV-1", "Date": "06/05/2020"}
        for month in ("03/2020", "04/2020", "05/2020")
    ]
    confirmed(notes(world, as_csv(posted)), world.payer)
    assert standings(world) == [("AV-1", Standing.CONFIRMED, 0)]
    seen(world, row())
    assert standings(world) == [("AV-1", Standing.SEEN, 0)]
    assert ReliefLine.objects.filter(state=LineState.CREDITED).count() == 3


def test_as_many_queries_for_three_vouchers_as_for_one() -> None:
    counts = []
    for references in (("B1",), ("B1", "B2", "B3")):
        world = credited_world(*references)
        seen(world, *[row(**{"Réf. bail": one, "Pièce": f"AV-{n}"}) for n, one in enumerate(references, 1)])
        with CaptureQueriesContext(connection) as queries:
            assert len(reconcile(world.fund).vouchers) == len(references)
        counts.append(len(queries))
    assert counts == [3, 3]
