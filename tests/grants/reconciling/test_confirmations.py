"""Posted credit notes: read whatever made the file, reported before anything is written, credited once by a payer."""

import random
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.actions import confirmations, reversal
from grants.actions.confirmations import confirming, contents, handing_in
from grants.enums import LineState, ReliefForm, RequestKind, Role, State
from grants.exceptions import BadInput, KeyReused, NotAllowed, RuleRefused
from grants.exports.credit_schedule import CREDIT_SCHEDULE
from grants.models import BookedCredit, FundMember, LandlordFile, LedgerEntry, QuarantinedFile, ReliefLine
from grants.reconciling.to_credit import lines_due
from grants.reconciling.vouchers import reconcile
from grants.tasks import carry_on_landlord_files, carry_out_landlord_file, forget_landlord_files
from landlords.models import Lease, RentCall
from tests.factories import World, key, open_fund, tenant_with_lease, user
from tests.grants import walk
from tests.grants.fake_clamd import fake_clamd
from tests.grants.made_files import EICAR
from tests.grants.parallel import at_once, done, faults
from tests.grants.reconciling import papers
from tests.grants.reconciling.papers import as_csv, codes, confirmed, csv_dicts, notes, said, states, written
from tests.landlords.rolls import xlsx_file

pytestmark = pytest.mark.django_db
APRIL = date(2020, 4, 1)


def world_with_lines(references: tuple[str, ...] = ("B1",)) -> World:
    """An approved file of three months of 500 EUR for each lease."""
    world = open_fund()
    for reference in references:
        walk.walk_to(world, State.APPROVED, lease=tenant_with_lease(world, reference=reference))
    return world


def row(**changes: Any) -> papers.Row:
    """A credit note as a landlord's own program lists it."""
    return {
        "Contrat": "B1",
        "Mois concerné": "avril 2020",
        "Nature": "Loyer",
        "Montant": "-500,00 €",
        "N° avoir": "AV-7",
        "Date comptable": "06/05/2020",
    } | changes


def credited() -> int:
    return ReliefLine.objects.filter(state=LineState.CREDITED).count()


NEAR_MISSES: list[tuple[papers.Row, str, str]] = [
    ({"Montant": "-501,50"}, "amount_differs", "un écart de 1,50"),
    ({"Mois concerné": "01/2020"}, "month_wrong", "Mois accordés : 03/2020, 04/2020, 05/2020"),
    ({"Nature": "Charges"}, "component_wrong", "Accordé : loyer"),
    ({"Contrat": "B9"}, "lease_unknown", "aucun bail « B9 »"),
    ({"Contrat": ""}, "lease_missing", "de quel bail"),
    ({"Contrat": "inconnu"}, "lease_missing", "de quel bail"),
    ({"N° avoir": ""}, "voucher_missing", "numéro de la pièce"),
    ({"Date comptable": "31/02/2020"}, "date_unreadable", "Date comptable « 31/02/2020 »"),
    ({"Montant": "beaucoup"}, "amount_unreadable", "Montant « beaucoup »"),
    ({"Date comptable": "01/01/2019"}, "voucher_date", "antérieure à la signature"),
    ({"N° avoir": "x" * 61}, "text_too_long", "60"),
]


def test_a_row_that_does_not_match_says_why() -> None:
    world = world_with_lines()
    for changes, code, sentence in NEAR_MISSES:
        file = notes(world, as_csv([row(**changes), row(**{"Mois concerné": "05/2020"})]))
        assert states(file) == ["fault", "ready"], code
        assert codes(file)[0] == code
        assert sentence in said(file)[0].replace("\u00a0", " ").replace("\u202f", " ")
    confirmed(file, world.payer)
    assert ReliefLine.objects.get(state=LineState.CREDITED).month == date(2020, 5, 1)


def test_every_reason_of_a_row_at_once() -> None:
    world = world_with_lines()
    file = notes(world, as_csv([row(**{"Montant": "x", "Date comptable": "y"})]))
    assert codes(file) == ["amount_unreadable date_unreadable"]


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ";"), ("utf-8-sig", ","), ("cp1252", "\t"), ("utf-16", ";")]
)
def test_whatever_made_the_file(encoding: str, delimiter: str) -> None:
    world = world_with_lines()
    above = "Société inventée – écritures\r\n\r\n".encode(encoding.replace("-sig", "").replace("utf-16", "utf-16-le"))
    total = {"Contrat": "", "Montant": "500", "Nature": "", "Mois concerné": "Total", "N° avoir": ""}
    content = as_csv([row(), row(**total)], delimiter)
    text = content.decode().replace("Total", "")
    made = text.encode(encoding) if encoding.startswith("utf-16") else above + text.encode(encoding)
    assert states(notes(world, made))[:1] == ["ready"]


def test_a_workbook_of_theirs(tmp_path: Path) -> None:
    world = world_with_lines()
    head = list(row())
    path = xlsx_file(
        tmp_path,
        ["Avoirs"],
        head,
        ["B1", APRIL, "loyer", -500.0, 2020001, date(2020, 5, 6)],
        ["Total", None, None, -500.0],
    )
    file = notes(world, path.read_bytes(), name="avoirs.xlsx")
    assert states(file) == ["ready"]
    confirmed(file, world.payer)
    assert ReliefLine.objects.get(state=LineState.CREDITED).voucher_ref == "2020001"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "table_empty"),
        (b"bonjour\r\n", "header_missing"),
        (as_csv([{"Contrat": "B1", "Mois": "04/2020", "Montant": "1"}]), "column_missing"),
        (b"\xd0\xcf\x11\xe0 old", "file_is_xls"),
        ("Contrat;Mois;Montant;N° avoir;Date\r\n".encode(), "table_no_lines"),
        ('Contrat;Mois;Montant;N° avoir;Date\r\n"B1;04/2020;1;A;06/05/2020\r\n'.encode(), "quotes_broken"),
        ("Contrat;Mois;Montant;N° avoir;Date\r\nB1;04/2020;1;A;06/05/2020;trop\r\n".encode(), "table_cells_shifted"),
    ],
)  # fmt: skip
def test_a_file_that_is_none(content: bytes, code: str) -> None:
    world = open_fund()
    file = notes(world, content)
    assert {fault["code"] for fault in file.faults} == {code}
    assert all(fault["remedy"] for fault in file.faults)
    with pytest.raises(RuleRefused) as refused:
        confirmed(file, world.payer)
    assert refused.value.codes == ["nothing"]


def test_what_is_no_table_at_all_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = world_with_lines()
    with pytest.raises(BadInput, match="ni un classeur"):
        notes(world, b"PK\x03\x04 no workbook", name="x.docx")
    monkeypatch.setattr(handing_in, "SIZE_LIMIT", 10)
    with pytest.raises(BadInput) as refused:
        notes(world, as_csv([row()]))
    assert refused.value.codes == ["too_large"]
    monkeypatch.undo()
    monkeypatch.setattr(contents, "ROWS_LIMIT", 1)
    file = notes(world, as_csv([row(), row()]))
    assert ([fault["code"] for fault in file.faults], states(file)) == (["too_many_rows"], [])
    with pytest.raises(RuleRefused):
        confirmed(file, world.payer)


def test_only_payers_of_the_fund_hand_in_and_confirm() -> None:
    world = world_with_lines()
    for by in (world.approver, world.landlord_manager, world.chamber_manager, world.auditor):
        with pytest.raises(NotAllowed):
            notes(world, as_csv([row()]), by=by)
    file = notes(world, as_csv([row()]))
    with pytest.raises(NotAllowed):
        confirmed(file, world.landlord_manager)
    assert credited() == 0


def test_the_same_form_twice_is_one_file_and_another_file_is_not_confirmed() -> None:
    world = world_with_lines()
    sent = confirmations.Sent(LandlordFile.Kind.CREDIT_NOTES, "a.csv", as_csv([row()]))
    one_key = key()
    first, second = (confirmations.hand_in(fund=world.fund, sent=sent, by=world.payer, key=one_key) for _ in range(2))
    assert first == second
    for other in (replace(sent, content=as_csv([])), replace(sent, form=ReliefForm.WAIVER)):
        with pytest.raises(KeyReused):
            confirmations.hand_in(fund=world.fund, sent=other, by=world.payer, key=one_key)
    with pytest.raises(RuleRefused) as refused:
        confirmations.confirm(file=first, digest="other", by=world.payer)
    assert refused.value.codes == ["other_file"]
    confirmed(first, world.payer)
    movements = LedgerEntry.objects.count()
    assert confirmed(first, world.payer).finished_at
    assert confirming.carry_out(first.pk).finished_at
    assert LedgerEntry.objects.count() == movements


def test_four_eyes_are_the_action_s_own() -> None:
    """Who approved doesn't credit: said at the row, and again by the action."""
    world = world_with_lines()
    file = notes(world, as_csv([row()]))
    member = FundMember.objects.get(fund=world.fund, user=world.approver)
    FundMember.objects.filter(user=world.payer).update(user=world.landlord_manager)
    member.pk, member.role, member.authority_ref = None, Role.PAYER, ""
    member.save()
    own = notes(world, as_csv([row()]), by=world.approver)
    assert states(own) == ["fault"]
    assert "Vous avez décidé" in said(own)[0]
    done_ = confirmed(file, world.approver)
    assert states(done_) == ["refused"]
    assert credited() == 0


def test_a_line_in_an_open_request_is_left_out_of_the_schedule_and_refused(tmp_path: Path) -> None:
    world = world_with_lines()
    application = ReliefLine.objects.all()[0].application
    walk.ask_cancel(world, application, lines=[application.lines.get(month=APRIL).pk])
    made = written(CREDIT_SCHEDULE, world, tmp_path, format="csv")
    assert [r["Mois"] for r in csv_dicts(tmp_path / made.files[0])] == ["03/2020", "05/2020", ""]
    (held,) = csv_dicts(tmp_path / made.files[1])
    assert held["Mois"] == "04/2020"
    assert "une demande d’annulation est ouverte" in held["À ne pas comptabiliser avant d’avoir réglé ceci"]
    assert [bool(one.against) for one in lines_due(world.fund)] == [False, True, False]
    assert codes(notes(world, as_csv([row()]))) == ["in_request"]


def test_a_voucher_is_one_tenants() -> None:
    world = world_with_lines(("B1", "B2"))
    both = as_csv([row(), row(Contrat="B2")])
    assert codes(notes(world, both)) == ["voucher_taken", "voucher_taken"]
    confirmed(notes(world, as_csv([row()])), world.payer)
    assert codes(notes(world, both)) == ["already", "voucher_taken"]


def test_a_lease_that_ended_and_a_form_it_no_longer_has() -> None:
    world = world_with_lines()
    Lease.objects.update(ends_on=date(2020, 4, 30))
    file = notes(world, as_csv([row(Type="Déduction"), row(**{"Mois concerné": "05/2020", "Type": "Avoir"})]))
    assert codes(file) == ["no_next_notice", "lease_ended"]
    RentCall.objects.update(net_cents=400_00, gross_cents=400_00)
    assert codes(notes(world, as_csv([row()]))) == ["more_than_rent_call"]


def test_one_voucher_for_a_quarter_and_for_two_files_of_a_tenant() -> None:
    world = open_fund()
    lease = tenant_with_lease(world, reference="B1", charges_cents=50_00)
    asks = walk.asks_of(lease)
    for component in ("rent", "charges"):
        application = walk.draft(world, lease=lease, lines=[ask for ask in asks if ask.component == component])
        for step in (walk.submit, walk.favourable, walk.approve):
            application = step(world, application)
    file = notes(
        world, as_csv([row(**{"Mois concerné": "du 01/03/2020 au 31/05/2020", "Nature": "", "Montant": "1650"})])
    )
    assert states(file) == ["ready"]
    confirmed(file, world.payer)
    assert credited() == 6
    assert set(ReliefLine.objects.values_list("voucher_ref", flat=True)) == {"AV-7"}
    assert states(file) == ["done"]


def test_what_changed_between_the_report_and_the_confirmation() -> None:
    world = world_with_lines()
    file = notes(world, as_csv([row(), row(**{"Mois concerné": "05/2020"})]))
    application = ReliefLine.objects.all()[0].application
    walk.ask_cancel(world, application, lines=[application.lines.get(month=APRIL).pk])
    confirmed(file, world.payer)
    assert states(file) == ["refused", "done"]
    assert "une demande d’annulation est ouverte" in said(file)[0]
    assert credited() == 1


def test_forms_components_and_headers_as_people_write_them() -> None:
    world = world_with_lines()
    forms = {
        "avoir": "",
        "abandon de créance": "",
        "franchise": "",
        "solde de sortie": "lease_runs",
        "cadeau": "form_unreadable",
    }
    for form, code in forms.items():
        assert codes(notes(world, as_csv([row(Type=form)]))) == [code], form
    assert codes(notes(world, as_csv([row(Nature="Loyer et charges")]))) == [""]
    assert codes(notes(world, as_csv([row(Nature="Chauffage")]))) == ["component_unreadable"]
    assert codes(notes(world, as_csv([row(**{"Identifiant de ligne": "7"})]))) == ["identifier_unreadable"]
    one = row()
    repeated = notes(world, as_csv([one, dict(zip(one, one, strict=True)), row(**{"Mois concerné": "05/2020"})]))
    assert states(repeated) == ["ready", "ready"]


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_file() -> None:
    world = world_with_lines()
    sent = confirmations.Sent(LandlordFile.Kind.CREDIT_NOTES, "a.csv", as_csv([row()]))
    one_key = key()
    hand = partial(confirmations.hand_in, fund=world.fund, sent=sent, by=world.payer, key=one_key)
    assert len({file.pk for file in done(at_once([hand] * 4))}) == 1
    assert LandlordFile.objects.get().rows.count() == 1


def test_an_undone_credit_may_be_handed_in_again() -> None:
    world = world_with_lines()
    confirmed(notes(world, as_csv([row()])), world.payer)
    line = ReliefLine.objects.get(state=LineState.CREDITED)
    today = timezone.localdate()
    request = walk.ask_undo(world, line.application, today, kind=RequestKind.UNCREDIT, lines=[line.pk])
    reversal.reverse(request=request, by=world.approver, key=key(), on=today)
    again = notes(world, as_csv([row(**{"N° avoir": "AV-8"})]))
    assert states(again) == ["ready"]
    confirmed(again, world.payer)
    assert ReliefLine.objects.get(pk=line.pk).voucher_ref == "AV-8"
    (voucher,) = reconcile(world.fund).vouchers
    assert (voucher.ref, voucher.noted, voucher.difference_cents) == ("AV-8", 1, 0)
    assert faults(world.fund) == []


@pytest.mark.django_db(transaction=True)
def test_two_payers_confirm_the_same_file_at_once() -> None:
    world = world_with_lines()
    other = payer_beside(world)
    rows = [row(**{"Mois concerné": month}) for month in ("03/2020", "04/2020", "05/2020")]
    files = [(notes(world, as_csv(rows), by=by), by) for by in (world.payer, other)]
    outcomes = at_once([partial(confirmed, file, by) for file, by in files])
    assert len(done(outcomes)) == 2
    assert credited() == 3
    assert LedgerEntry.objects.filter(kind="credit").count() == 3
    assert sorted({state for file, _by in files for state in states(file)}) == ["done", "known"]
    assert BookedCredit.objects.count() == 3
    assert faults(world.fund) == []


@pytest.mark.parametrize(
    ("meanwhile", "voucher", "found"),
    [
        (["04/2020"], "AV-7", ["done", "known"]),
        (["03/2020", "04/2020"], "AV-7", ["known", "known"]),
        (["04/2020"], "AV-8", ["refused", "refused"]),
    ],
)
def test_what_another_credits_between_the_judgement_and_the_credit(
    meanwhile: list[str], voucher: str, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_with_lines()
    march, april = (row(**{"Mois concerné": month}) for month in ("03/2020", "04/2020"))
    file = notes(world, as_csv([march, april]))
    others = notes(world, as_csv([row(**{"Mois concerné": month, "N° avoir": voucher}) for month in meanwhile]))
    sort = confirming._sorted

    def after_the_other(*judged: Any) -> Any:
        monkeypatch.undo()
        confirmed(others, world.payer)
        return sort(*judged)

    monkeypatch.setattr(confirming, "_sorted", after_the_other)
    confirmed(file, world.payer)
    assert states(file) == found
    assert credited() == len(meanwhile) + found.count("done")
    assert faults(world.fund) == []


@pytest.mark.django_db(transaction=True)
def test_one_file_confirmed_by_two_and_a_third_that_overlaps_at_once() -> None:
    """Also handed in again under another key: each line is credited once, by one voucher."""
    world = world_with_lines()
    other = payer_beside(world)
    march, april, may = (row(**{"Mois concerné": month}) for month in ("03/2020", "04/2020", "05/2020"))
    same = notes(world, as_csv([march, april]))
    again = notes(world, as_csv([march, april]))
    overlapping = notes(world, as_csv([april, may]), by=other)
    calls = [(same, world.payer), (same, other), (again, world.payer), (overlapping, other)]
    assert len(done(at_once([partial(confirmed, file, by) for file, by in calls]))) == 4
    assert LedgerEntry.objects.filter(kind="credit").count() == credited() == 3
    assert BookedCredit.objects.count() == 3
    files = [LandlordFile.objects.get(pk=file.pk) for file in (same, again, overlapping)]
    assert all(file.finished_at for file in files)
    assert {state for file in files for state in states(file)} == {"done", "known"}
    assert faults(world.fund) == []


def payer_beside(world: World) -> Any:
    member = FundMember.objects.get(fund=world.fund, user=world.payer)
    member.pk, member.user = None, user("Second comptable")
    member.save()
    return member.user


def test_a_long_file_is_a_job_that_goes_on_after_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirming, "AT_ONCE", 1)
    world = world_with_lines()
    file = notes(world, as_csv([row(), row(**{"Mois concerné": "05/2020"})]))
    waiting = confirmed(file, world.payer)
    assert (waiting.finished_at, credited()) == (None, 0)
    with monkeypatch.context() as broken:
        broken.setattr(confirming, "_tell", lambda *_args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            carry_out_landlord_file(file.pk)
    LandlordFile.objects.update(confirmed_at=timezone.now() - timedelta(minutes=5), told_at=None)
    assert confirmations.left_behind() == [file.pk]
    carry_on_landlord_files(0)
    assert credited() == 2
    assert LedgerEntry.objects.filter(kind="credit").count() == 2
    assert confirmations.left_behind() == []
    assert confirming.carry_out(file.pk).finished_at


def test_a_file_nobody_confirms_is_forgotten() -> None:
    world = world_with_lines()
    old, kept = (notes(world, as_csv([row()])) for _ in range(2))
    confirmed(kept, world.payer)
    LandlordFile.objects.update(at=timezone.now() - timedelta(days=8))
    forget_landlord_files(0)
    assert list(LandlordFile.objects.all()) == [kept]
    with pytest.raises(RuleRefused) as refused:
        confirmed(old, world.payer)
    assert refused.value.codes == ["forgotten"]
    assert confirming.carry_out(kept.pk) == kept


def test_a_virus_is_kept_apart(tmp_path: Path, settings: Any) -> None:
    world = world_with_lines()
    settings.CLAMAV_SOCKET = str(tmp_path / "clamd")
    with fake_clamd(tmp_path / "clamd"), pytest.raises(BadInput):
        notes(world, as_csv([row()]) + EICAR)
    assert QuarantinedFile.objects.count() == 1


def test_as_many_queries_for_many_rows_as_for_few() -> None:
    world = world_with_lines()
    counts = []
    for months in (["03/2020"], ["03/2020", "04/2020", "05/2020"]):
        content = as_csv([row(**{"Mois concerné": month}) for month in months])
        with CaptureQueriesContext(
            connection,
        ) as queries:
            notes(world, content)
        counts.append(len(queries))
    assert counts[0] == counts[1] == 26


def test_shuffled_duplicated_partly_filled_files_never_credit_more_than_committed() -> None:
    world = world_with_lines(("B1", "B2"))

    @settings(max_examples=4, deadline=None, database=None)
    @given(st.randoms(use_true_random=False))
    def whatever_the_file(seed: random.Random) -> None:
        with transaction.atomic():
            check_any_file(world, seed)
            transaction.set_rollback(True)

    whatever_the_file()


def check_any_file(world: World, seed: random.Random) -> None:
    committed = world.refresh().position.committed_cents
    rows = [
        {
            "Identifiant de ligne": str(due.line.uuid),
            "Réf. bail": due.line.lease.reference,
            "Mois": f"{due.line.month:%m/%Y}",
            "Montant TTC": "500,00",
            "N° de pièce": f"AV-{due.line.lease.reference}",
            "Date de la pièce": "06/05/2020",
        }
        for due in lines_due(world.fund)
    ]
    for _ in range(2):
        chosen = [dict(one) for one in seed.choices(rows, k=8)]
        for one in chosen:
            for name in seed.sample(list(one), k=seed.choice([0, 0, 1, 2])):
                one[name] = seed.choice(["", one[name], "0,01", "B2", "04/2020"])
        file = notes(world, as_csv(chosen))
        if {"ready", "known"} & set(states(file)):
            confirmed(file, world.payer)
    position = world.refresh().position
    lines = ReliefLine.objects.filter(state=LineState.CREDITED)
    assert position.committed_cents + position.credited_cents == committed
    assert position.credited_cents == lines.count() * 500_00
    assert LedgerEntry.objects.filter(kind="credit").count() == lines.count()
    assert faults(world.fund) == []
