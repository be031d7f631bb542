"""The relief journal in the FEC format: its entries, its accounts, its totals, its years, its names."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from grants import ledger
from grants.actions import crediting, reversal
from grants.actions.erasing import NOBODY
from grants.actions.export_settings import set_exports
from grants.enums import CapsBasis, FecMode, LedgerKind, ReliefForm, RequestKind, Role, Side, State
from grants.exceptions import RuleRefused
from grants.exports.every import EXPORTS
from grants.exports.fec.latin import latin, nearest
from grants.exports.fec.writing import FEC
from grants.exports.kinds import Written
from grants.fec import ENCODING, check_file, description_name
from grants.fec.layout import NAMES
from grants.ledger import Movement
from grants.models import Application, Event, ExportSettings, LedgerEntry
from landlords.enums import Component, VatRegime
from landlords.models import Lease, TenantBusiness
from tests import factories_landlords
from tests.factories import OPENED_ON, World, key, open_fund, tenant_with_lease
from tests.grants.actions.test_export_settings import CHOSEN
from tests.grants.exports.asking import write
from tests.grants.kept import clock, run
from tests.grants.walk import (
    amend,
    ask_undo,
    credit,
    line_ids,
    reverse,
    voucher,
    walk_to,
)

pytestmark = pytest.mark.django_db
APRIL = date(2020, 4, 1)
YEAR_THAT_IS_NONE = {"year_end": "2020-13-31"}
YEAR_BEFORE_ALL = {"year_end": "0001-12-31"}
ERASED_ON = date(2037, 6, 1)


def exported(world: World, folder: Path, *sides: Side, **asked: Any) -> tuple[Written, list[dict[str, str]]]:
    """What was written, and its lines by column. Whatever comes out passes our own check from outside too."""
    written = write(FEC, world, folder, *sides, **asked)
    file, notice = (folder / name for name in written.files)
    assert check_file(file, description=notice).in_order
    lines = file.read_bytes().decode(ENCODING).split("\r\n")
    assert lines.pop() == ""
    return written, [dict(zip(NAMES, line.split("\t"), strict=True)) for line in lines[1:]]


def booked(rows: Iterable[dict[str, str]]) -> list[tuple[str, str, str, str]]:
    return [(row["EcritureNum"], row["CompteNum"], row["Debit"], row["Credit"]) for row in rows]


def vat_lease(world: World, regime: VatRegime = VatRegime.DEBITS, **values: Any) -> Lease:
    """450 EUR of rent and 30.01 EUR of charges for April, with VAT at 20 %."""
    lease = tenant_with_lease(world, months=[], vat_regime=regime, **values)
    for component, cents, vat in ((Component.RENT, 450_00, 90_00), (Component.CHARGES, 30_01, 6_00)):
        factories_landlords.rent_call(
            lease=lease, component=component, net_cents=cents, vat_cents=vat, vat_rate_bp=2000
        )
    return lease


def credited(world: World, lease: Lease | None = None, **changes: Any) -> Application:
    """An application whose lines are all credited by one voucher."""
    file = walk_to(world, State.APPROVED, lease=lease or tenant_with_lease(world, months=[APRIL]))
    piece = voucher(**{"ref": f"AV-{file.pk}"} | changes)
    on = changes.get("on", OPENED_ON)
    return crediting.credit(application=file, lines=line_ids(file), voucher=piece, by=world.payer, key=key(), on=on)


def test_it_is_one_of_the_exports() -> None:
    assert EXPORTS["fec"] is FEC
    assert Role.PAYER in FEC.roles, "who books it"


def test_an_exempt_rent_is_charged_to_709_against_the_tenant(tmp_path: Path) -> None:
    world = open_fund()
    lease = tenant_with_lease(world, months=[APRIL], reference="B-0017")
    credited(world, lease, ref="AV-2020-014", on=OPENED_ON)
    written, rows = exported(world, tmp_path)
    assert booked(rows) == [("1", "709", "500,00", "0,00"), ("1", "411", "0,00", "500,00")]
    name = f"{world.landlord.siren}FEC20201231"
    assert written.files == (f"{name}.txt", f"{name}_description.txt")
    relief, tenant = rows
    assert relief["JournalCode"] == "ALG"
    assert relief["JournalLib"] == "Allègements de loyers et de charges - CONTRÔLE, NE PAS IMPORTER"
    assert (relief["EcritureDate"], relief["PieceRef"], relief["PieceDate"]) == ("20200505", "AV-2020-014", "20200505")
    assert relief["EcritureLib"] == "Allègement loyer avril 2020 bail B-0017"
    assert (relief["CompteLib"], relief["CompAuxNum"]) == ("Rabais, remises et ristournes accordés", "")
    assert (tenant["CompteLib"], tenant["CompAuxNum"]) == ("Clients - locataires", lease.tenant.siret)
    assert tenant["CompAuxLib"] == lease.tenant.legal_name
    posted = LedgerEntry.objects.latest("number").posted_at
    assert relief["ValidDate"] == f"{timezone.localtime(posted):%Y%m%d}", "the day it was recorded, not the value date"


@pytest.mark.parametrize(("regime", "account"), [(VatRegime.DEBITS, "44571"), (VatRegime.RECEIPTS, "4458")])
def test_a_lease_with_vat_balances(regime: VatRegime, account: str, tmp_path: Path) -> None:
    """411 = 709 + VAT, line by line and in the whole."""
    world = open_fund()
    credited(world, vat_lease(world, regime))
    written, rows = exported(world, tmp_path)
    assert booked(rows) == [
        ("1", "709", "30,01", "0,00"), ("1", account, "6,00", "0,00"), ("1", "411", "0,00", "36,01"),
        ("1", "709", "450,00", "0,00"), ("1", account, "90,00", "0,00"), ("1", "411", "0,00", "540,00"),
    ]  # fmt: skip
    assert written.sums_cents == {
        "debit": 576_01, "credit": 576_01, "credited": 480_01, "undone": 0, "not_booked": 0,
    }  # fmt: skip


def test_amounts_with_vat_included_are_split(tmp_path: Path) -> None:
    """The charter counts gross: what the ledger says is the tenant's side."""
    world = open_fund(caps_basis=CapsBasis.GROSS)
    credited(world, vat_lease(world))
    written, rows = exported(world, tmp_path)
    gross = written.sums_cents["credited"]
    assert gross == written.sums_cents["credit"] == 450_00 + 30_01
    assert booked(rows)[3:] == [
        ("1", "709", "375,00", "0,00"), ("1", "44571", "75,00", "0,00"), ("1", "411", "0,00", "450,00"),
    ]  # fmt: skip


def test_one_entry_per_voucher_numbered_as_the_ledger(tmp_path: Path) -> None:
    world = open_fund()
    months = tenant_with_lease(world)
    first = walk_to(world, State.APPROVED, lease=months)
    one, *others = line_ids(first)
    for number, lines in (("AV-1", [one]), ("AV-2", others)):
        piece = voucher(ref=number)
        crediting.credit(application=first, lines=lines, voucher=piece, by=world.payer, key=key(), on=OPENED_ON)
    _written, rows = exported(world, tmp_path)
    assert [(row["EcritureNum"], row["PieceRef"]) for row in rows] == [("1", "AV-1")] * 2 + [("2", "AV-2")] * 4


def test_what_is_undone_is_a_reversing_entry_with_the_voucher_it_undoes(tmp_path: Path) -> None:
    """Also where one request undoes several vouchers, and the line has forgotten its own."""
    world = open_fund()
    file = walk_to(world, State.APPROVED, lease=tenant_with_lease(world, reference="B-1"))
    march, april, may = line_ids(file)
    for number, lines in (("AV-1", [march, may]), ("AV-2", [april])):
        piece = voucher(ref=number, on=date(2020, 5, 4))
        crediting.credit(application=file, lines=lines, voucher=piece, by=world.payer, key=key(), on=OPENED_ON)
    request = ask_undo(world, file, kind=RequestKind.UNCREDIT)
    reversal.reverse(request=request, by=world.approver2, key=key(), on=OPENED_ON)
    written, rows = exported(world, tmp_path)
    undone = [row for row in rows if row["EcritureNum"] in ("3", "4")]
    assert [(row["EcritureNum"], row["PieceRef"]) for row in undone] == [("3", "AV-1")] * 4 + [("4", "AV-2")] * 2
    assert {row["PieceDate"] for row in undone} == {"20200504"}
    assert {(row["CompteNum"], row["Debit"], row["Credit"]) for row in undone} == {
        ("709", "0,00", "500,00"),
        ("411", "500,00", "0,00"),
    }
    assert undone[0]["EcritureLib"] == "Contre-passation allègement loyer mars 2020 bail B-1"
    assert written.sums_cents["credited"] == written.sums_cents["undone"] == 1500_00


def test_relief_that_is_taken_back_says_so(tmp_path: Path) -> None:
    world = open_fund()
    reverse(world, credited(world, tenant_with_lease(world, months=[APRIL], reference="B-1")))
    _written, rows = exported(world, tmp_path)
    assert rows[-1]["EcritureLib"] == "Annulation allègement loyer avril 2020 bail B-1"


def test_each_form_on_its_account_and_a_rider_on_none(tmp_path: Path) -> None:
    world = open_fund()
    for form in (ReliefForm.CREDIT_NOTE, ReliefForm.WAIVER, ReliefForm.RENT_FREE_RIDER):
        credited(world, form=form, ref=f"AV-{form}")
    written, rows = exported(world, tmp_path)
    assert [row["CompteNum"] for row in rows] == ["709", "411", "658", "411"]
    assert written.sums_cents["not_booked"] == 500_00
    assert written.sums_cents["credited"] == 1500_00
    assert b"Sans \xe9criture" in (tmp_path / written.files[1]).read_bytes()


def test_accounts_are_those_of_the_charter_when_it_was_credited(tmp_path: Path) -> None:
    """An amendment changes what comes after it, also where it undoes what came before."""
    world = open_fund()
    before = credited(world)
    amend(
        world, accounts={"receivable": {"account": "4111"}, "relief": [{"account": "7097", "label": "Gestes | loyers"}]}
    )
    credited(world)
    reverse(world, before)
    _written, rows = exported(world, tmp_path)
    assert [row["CompteNum"] for row in rows] == ["709", "411", "7097", "4111", "709", "411"]
    assert rows[2]["CompteLib"] == "Gestes loyers"


def test_a_regime_that_is_mended_later_changes_no_past_entry(tmp_path: Path) -> None:
    world = open_fund()
    lease = vat_lease(world, VatRegime.RECEIPTS)
    credited(world, lease)
    _written, before = exported(world, tmp_path / "before")
    lease.rent_calls.update(regime=VatRegime.DEBITS)
    Lease.objects.filter(pk=lease.pk).update(vat_regime=VatRegime.DEBITS)
    renamed(lease.tenant, "Nouveau nom")
    _written, after = exported(world, tmp_path / "after")
    assert after == before


def renamed(tenant: TenantBusiness, name: str) -> None:
    TenantBusiness.objects.filter(pk=tenant.pk).update(legal_name=name)


def test_settings_that_change_later_change_no_past_entry(tmp_path: Path) -> None:
    """Each entry is in the journal as it was called when it was posted; the notice names them all."""
    world = open_fund()
    credited(world)
    before = one_file(world, tmp_path / "before")
    for journal in ("SOL", "XYZ"):
        choices = CHOSEN | {"journal_code": journal}
        set_exports(fund=world.fund, by=world.landlord_manager, key=key(), on=OPENED_ON, **choices)
        credited(world)
    after = one_file(world, tmp_path / "after")
    assert after.startswith(before)
    written, rows = exported(world, tmp_path / "again")
    control = "Allègements de loyers et de charges - CONTRÔLE, NE PAS IMPORTER"
    named = [("ALG", control), ("SOL", "Fonds de solidarité"), ("XYZ", "Fonds de solidarité")]
    assert [(row["JournalCode"], row["JournalLib"]) for row in rows[::2]] == named
    notice = (tmp_path / "again" / written.files[1]).read_bytes().decode(ENCODING)
    for code, label in named:
        assert f"JournalCode : {code} = {label}" in notice


def test_a_lease_that_is_renamed_later_changes_no_past_entry(tmp_path: Path) -> None:
    world = open_fund()
    lease = tenant_with_lease(world, months=[APRIL], reference="B-0017")
    file = credited(world, lease)
    before = one_file(world, tmp_path / "before")
    Lease.objects.filter(pk=lease.pk).update(reference="B-0018")
    assert one_file(world, tmp_path / "after") == before
    reverse(world, file)
    later = one_file(world, tmp_path / "later")
    assert later.startswith(before)
    assert later.decode(ENCODING).count("bail B-0018") == 2, "what is posted from then on"


def one_file(world: World, folder: Path) -> bytes:
    return (folder / exported(world, folder)[0].files[0]).read_bytes()


def test_erasure_renames_tenant_and_lease_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    credited(world)
    _written, before = exported(world, tmp_path / "before")
    clock(monkeypatch, ERASED_ON)
    assert run(ERASED_ON).erased
    _written, after = exported(world, tmp_path / "after")
    renamed_in = {"CompAuxNum", "CompAuxLib", "EcritureLib"}
    assert [kept_of(row, renamed_in) for row in after] == [kept_of(row, renamed_in) for row in before]
    assert after[1]["CompAuxLib"] == NOBODY
    assert "bail anonyme-" in after[0]["EcritureLib"]


def kept_of(row: dict[str, str], renamed_in: set[str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if name not in renamed_in}


def test_a_credit_from_before_its_event_said_the_regime_takes_that_of_the_lease(tmp_path: Path) -> None:
    world = open_fund()
    file = walk_to(world, State.APPROVED, lease=tenant_with_lease(world, months=[APRIL], vat_regime=VatRegime.RECEIPTS))
    (line,) = file.lines.all()
    type(line).objects.filter(pk=line.pk).update(vat_rate_bp=2000)
    now = timezone.now()
    data = {"lines": [line.pk], "voucher": "AV-1", "form": "credit_note"}
    event = Event.objects.create(
        fund=world.fund, application=file, user=world.payer, action="credit", on=OPENED_ON, at=now, key=key(), data=data
    )
    ledger.post(
        ledger.lock(world.fund.pk),
        [Movement(LedgerKind.CREDIT, 500_00, line.pk, file.pk)],
        event_id=event.pk,
        charter_id=world.charter.pk,
        charter_version=1,
        value_date=OPENED_ON,
        posted_at=now,
    )
    _written, rows = exported(world, tmp_path)
    assert [row["CompteNum"] for row in rows] == ["709", "4458", "411"]
    assert rows[0]["PieceDate"] == "20200505"


def test_a_later_file_of_a_year_begins_with_the_earlier_one(tmp_path: Path) -> None:
    world = open_fund()
    credited(world)
    exported(world, tmp_path / "1")
    exported(world, tmp_path / "2")
    file = credited(world)
    reverse(world, file)
    name = exported(world, tmp_path / "3")[0].files[0]
    first, again, later = ((tmp_path / folder / name).read_bytes() for folder in "123")
    assert first == again
    assert later.startswith(first)
    assert len(later) > len(first)
    notice = tmp_path / "3" / description_name(name)
    assert check_file(tmp_path / "3" / name, description=notice, earlier=tmp_path / "1" / name).in_order


def test_years_are_cut_by_value_date(tmp_path: Path) -> None:
    world = open_fund()
    for on in (date(2020, 12, 31), date(2021, 1, 1), date(2021, 6, 30)):
        file = walk_to(world, State.APPROVED, lease=tenant_with_lease(world, months=[APRIL]), on=on)
        credit(world, file, on=on)
    days = {
        closing: [
            row["EcritureDate"]
            for row in exported(world, tmp_path / closing[-4:], options={"year_end": closing})[1][::2]
        ]
        for closing in ("2020-12-31", "31/12/2021", "2021-06-30")
    }
    assert days == {
        "2020-12-31": ["20201231"],
        "31/12/2021": ["20210101", "20210630"],
        "2021-06-30": ["20201231", "20210101", "20210630"],
    }
    assert exported(world, tmp_path / "last")[1][0]["EcritureDate"] == "20210101", "the last year, where none is named"
    as_at = exported(world, tmp_path / "as_at", as_at=date(2020, 12, 31))
    assert [row["EcritureDate"] for row in as_at[1]] == ["20201231"] * 2
    cut = exported(world, tmp_path / "cut", as_at=date(2021, 3, 1), options={"year_end": "2021-12-31"})
    assert [row["EcritureDate"] for row in cut[1]] == ["20210101"] * 2


def test_totals_are_those_of_the_ledger(tmp_path: Path) -> None:
    world = open_fund()
    credited(world, vat_lease(world))
    reverse(world, credited(world))
    credited(world)
    written, rows = exported(world, tmp_path)
    cents = {
        account: sum(
            int(row["Debit"].replace(",", "")) - int(row["Credit"].replace(",", ""))
            for row in rows
            if row["CompteNum"] == account
        )
        for account in ("709", "44571", "411")
    }
    position = ledger.position(world.fund.pk)
    assert cents["709"] == position.credited_cents == written.sums_cents["credited"] - written.sums_cents["undone"]
    assert cents["411"] == -cents["709"] - cents["44571"]
    assert written.head == tuple(ledger.head(world.fund.pk))
    assert (written.first_number, written.last_number, written.rows) == (1, 4, len(rows))


NAMES_IN_THE_WILD = {
    'Le Coq d\'Or « dîner »; "spécial"': 'Le Coq d\'Or « dîner »; "spécial"',
    "Tabulée\tdeux\nlignes\r|barre": "Tabulée deux lignes barre",
    "=1+1": "'=1+1",
    "\u2212\u2013=1": "'--=1",
    "L’Étoile – œuf… 5\u202f€": "L'Étoile - œuf... 5 €",
    "Łódź Žižkov": "Lódz Žižkov",
    "Le\u0301a": "Léa",
    "\u202eمطعم\u202c": "mt`m",
    "Fête 🎉": "Fête :tada:",
    "\x85\x9f\u200b": "?",
    "\\.": "\\.",
    "\uff5c\u3000": "?",
    "x" * 200: "x" * 200,
}


def test_a_name_from_anywhere_fits_into_its_field(tmp_path: Path) -> None:
    world = open_fund()
    for name in NAMES_IN_THE_WILD:
        tenant = factories_landlords.tenant(landlord=world.landlord, legal_name=name)
        credited(world, tenant_with_lease(world, months=[APRIL], tenant=tenant))
    _written, rows = exported(world, tmp_path)
    assert [row["CompAuxLib"] for row in rows[1::2]] == list(NAMES_IN_THE_WILD.values())


def test_whoever_isn_t_the_landlords_reads_no_natural_persons_name(tmp_path: Path) -> None:
    world = open_fund()
    person = factories_landlords.tenant(landlord=world.landlord, is_natural_person=True, legal_name="Durand Léa")
    credited(world, tenant_with_lease(world, months=[APRIL], tenant=person))
    credited(world)
    auxiliary = [
        [(row["CompAuxNum"], row["CompAuxLib"]) for row in exported(world, tmp_path / side, side)[1][1::2]]
        for side in (Side.LANDLORD, Side.EXTERNAL)
    ]
    assert auxiliary[0][0] == (person.siret, "Durand Léa")
    assert auxiliary[1][0] == (f"LOC{person.pk:09d}", "Entreprise individuelle (nom masqué)")
    assert auxiliary[0][1] == auxiliary[1][1], "a company is no secret"


def test_a_file_to_import_says_what_it_is_for(tmp_path: Path) -> None:
    world = open_fund()
    credited(world)
    control = (tmp_path / "c" / exported(world, tmp_path / "c")[0].files[1]).read_bytes().decode(ENCODING)
    assert "NE PAS IMPORTER" in control
    assert "HYPOTHÈSE À CONFIRMER PAR LE COMPTABLE" in control
    ExportSettings.objects.create(
        fund=world.fund, fec_mode=FecMode.IMPORT, journal_code="SOL", journal_label="Fonds de solidarité"
    )
    amend(world, accounts={"relief": [{"account": "709000"}]})
    written, rows = exported(world, tmp_path / "i")
    notice = (tmp_path / "i" / written.files[1]).read_bytes().decode(ENCODING)
    assert (rows[0]["JournalCode"], rows[0]["JournalLib"]) == ("SOL", "Fonds de solidarité")
    assert "NE PAS IMPORTER" not in notice
    assert "journal des allègements" in notice
    assert "Version 2 de la charte : comptes nommés par la charte." in notice


def test_nothing_to_book_is_a_sentence_and_no_file(tmp_path: Path) -> None:
    world = open_fund()
    for options, code in (
        ({}, "nothing_booked"),
        (YEAR_THAT_IS_NONE, "year_end"),
        ({"year_end": "0001-12-31"}, "year_end"),
    ):
        with pytest.raises(RuleRefused) as refusal:
            exported(world, tmp_path, options=options)
        assert refusal.value.codes == [code]
    credited(world, form=ReliefForm.RENT_FREE_RIDER, ref="AVT-1")
    for options in ({}, {"year_end": "2019-12-31"}):
        with pytest.raises(RuleRefused) as refusal:
            exported(world, tmp_path, options=options)
        assert refusal.value.codes == ["nothing_booked"]
        assert str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def test_accounts_that_can_t_be_read_are_told_with_their_version(tmp_path: Path) -> None:
    """A charter from before they were checked."""
    from grants.exports.fec.statement import refuse_unreadable
    from grants.models import Charter

    with pytest.raises(RuleRefused) as refusal:
        refuse_unreadable([Charter(version=1), Charter(version=2, accounts={"receivable": {"account": "x"}})])
    assert refusal.value.codes == ["accounts"]
    assert "receivable/account" in str(refusal.value)


def test_what_our_own_check_refuses_is_not_handed_out(tmp_path: Path) -> None:
    world = open_fund()
    credited(world)
    type(world.landlord).objects.filter(pk=world.landlord.pk).update(siren="732829321")
    with pytest.raises(RuleRefused) as refusal:
        exported(world, tmp_path)
    assert refusal.value.codes == ["fec_file_siren"]
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=40))
def test_any_text_is_put_into_letters_that_a_file_can_hold(text: str) -> None:
    written = latin(text).decode(ENCODING)
    assert len(written) >= len(text.encode("ascii", "ignore")), "nothing is dropped"


@given(st.characters())
def test_what_stands_for_a_character_is_none_that_separates(character: str) -> None:
    assert nearest(character)
    assert not set(nearest(character)) & set("|\t\r\n")
