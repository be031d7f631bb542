"""What an import leaves in the database."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from landlords import rent_roll
from landlords.enums import Component, Periodicity, VatRegime
from landlords.models import Contact, Landlord, Lease, Premises, RentCall, RentRollImport, TenantBusiness
from landlords.rent_roll import import_rent_roll
from tests.factories_landlords import landlord, lease, rent_call, valid_siret
from tests.landlords.imports import everything, refuse, take
from tests.landlords.rolls import csv_bytes, csv_file, rows_of, xlsx_file

pytestmark = pytest.mark.django_db

APRIL, MAY, JUNE = (datetime.date(2020, month, 1) for month in (4, 5, 6))


def history_rows() -> int:
    tracked: list[Any] = [Lease, Premises, RentCall, TenantBusiness]
    return sum(model.events.rel.related_model.objects.count() for model in tracked)


FULL = {
    "Adresse": "1 rue des Essais",
    "Commune": "Beauvais",
    "Provisions sur charges": "50",
    "Taux TVA": "20",
    "Régime TVA": "débits",
    "Contact": "Zoé Essai",
    "E-mail": "zoe@exemple.fr",
    "Impayés au 31/03/2020": "12,34",
}


def test_a_line_becomes_premises_tenant_lease_contact_and_calls(tmp_path: Path, owner: Landlord) -> None:
    report = take(tmp_path, owner, FULL, {"Période": "05/2020"} | FULL)
    assert (report.lines, report.created, report.updated, report.unchanged) == (2, 2, 0, 0)
    assert {table: counts["created"] for table, counts in report.rows.items()} == {
        "premises": 1,
        "tenantbusiness": 1,
        "lease": 1,
        "contact": 1,
        "rentcall": 4,
    }
    row = Lease.objects.select_related("tenant", "premises").get()
    assert (row.landlord, row.reference, row.starts_on) == (owner, "B1", datetime.date(2018, 1, 1))
    assert (row.vat_regime, row.periodicity) == (VatRegime.DEBITS, Periodicity.MONTHLY)
    assert (row.arrears_cents, row.arrears_on) == (12_34, datetime.date(2020, 3, 31))
    assert (row.tenant.siret, row.tenant.naf_rev2, row.tenant.headcount) == (valid_siret(1), "56.10A", 3)
    assert (row.premises.reference, row.premises.commune) == ("L1", "Beauvais")
    assert row.tenant.contacts.get().email == "zoe@exemple.fr"
    call = row.rent_calls.get(component=Component.CHARGES, period_start=MAY)
    assert (call.net_cents, call.vat_rate_bp, call.vat_cents, call.gross_cents) == (50_00, 2000, 10_00, 60_00)
    assert (call.due_on, call.period_end, call.regime) == (MAY, datetime.date(2020, 5, 31), VatRegime.DEBITS)


def test_the_import_is_recorded(tmp_path: Path, owner: Landlord, django_user_model: Any) -> None:
    user = django_user_model.objects.system()
    path = csv_file(tmp_path, {"Effectif": ""})
    import_rent_roll(path, owner, user=user)
    record = RentRollImport.objects.get()
    assert (record.landlord, record.user, record.file_name, record.lines) == (owner, user, "roll.csv", 1)
    assert (record.created, record.updated, record.unchanged) == (1, 0, 0)
    assert record.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert record.report["warnings"][0]["code"] == "missing_headcount"
    assert record.report["rows"]["rentcall"] == {"created": 1, "updated": 0}


def test_the_same_file_again_changes_nothing(tmp_path: Path, owner: Landlord, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when lines of one lease, tenant or contact disagree, and whatever the size of the batches."""
    lines = [
        FULL,
        FULL | {"Réf. bail": "B2", "Réf. local": "L1", "Adresse": "2 rue des Essais", "Raison sociale": "Café Zoë"},
        FULL | {"Réf. bail": "B3", "Contact": "ZOÉ ESSAI", "E-mail": "autre@exemple.fr", "Effectif": "4"},
        FULL | {"Réf. bail": "B4", "Contact": "", "E-mail": "zoe@exemple.fr", "Tél": "1"},
        FULL | {"Réf. bail": "B5", "SIRET": "", "Code NAF": "", "Régime TVA": "", "Contact": "Ali"},
        FULL | {"Réf. bail": "B5", "SIRET": "", "Raison sociale": "Autre", "Période": "T3 2020"},
        FULL | {"Réf. bail": "B6", "Taux TVA": "", "Régime TVA": "", "Impayés au 31/03/2020": ""},
        FULL | {"Réf. bail": "B6", "Régime TVA": "", "Période": "05/2020", "Loyer HT": "0"},
        FULL | {"Réf. bail": "B7", "Taux TVA": "", "Régime TVA": "exonéré"},
        FULL | {"Réf. bail": "B7", "Régime TVA": "", "Période": "05/2020"},
    ]
    first = take(tmp_path, owner, *lines)
    assert first.created == len(lines)
    before = everything(owner)
    for size in (5_000, 1, 3):
        monkeypatch.setattr(rent_roll, "BATCH_LINES", size)
        again = take(tmp_path, owner, *lines)
        assert (again.created, again.updated, again.unchanged) == (0, 0, len(lines))
        assert all(counts == {"created": 0, "updated": 0} for counts in again.rows.values())
    assert everything(owner) == before
    assert history_rows() == 0


def test_batches_of_one_line_give_the_same_as_one_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        {"Réf. bail": "B1", "SIRET": "", "Effectif": ""},
        {"Réf. bail": "B1", "Effectif": "7", "Période": "05/2020"},
        {"Réf. bail": "B2", "SIRET": valid_siret(1), "Code NAF": ""},
        {"Réf. bail": "B3", "SIRET": "", "Période": "T2 2020"},
    ]
    facts = []
    for size in (5_000, 1):
        monkeypatch.setattr(rent_roll, "BATCH_LINES", size)
        owner = landlord()
        take(tmp_path, owner, *lines)
        leases = Lease.objects.filter(landlord=owner).order_by("reference")
        fields = (
            "reference",
            "tenant__siret",
            "tenant__headcount",
            "tenant__naf_rev2",
            "periodicity",
            "premises__reference",
        )
        facts.append(list(leases.values_list(*fields)))
        assert TenantBusiness.objects.filter(landlord=owner).count() == 2
    assert facts[0] == facts[1]
    assert facts[0][0][:4] == ("B1", valid_siret(1), 7, "56.10A")


def test_changes_keep_their_history_and_their_identity(tmp_path: Path, owner: Landlord) -> None:
    take(tmp_path, owner, FULL)
    before = {model: model.objects.get().uuid for model in (Lease, TenantBusiness, Premises, Contact)}
    calls = dict(RentCall.objects.values_list("component", "uuid"))
    changed = {
        "Raison sociale": "Café Zoé et fils",
        "Effectif": "5",
        "Loyer HT": "450",
        "Provisions sur charges": "0",
        "Adresse": "1 bis rue des Essais",
        "Fin de bail": "31/12/2020",
        "E-mail": "zoe.essai@exemple.fr",
    }
    report = take(tmp_path, owner, FULL | changed)
    assert (report.created, report.updated) == (0, 1)
    assert report.rows["rentcall"] == {"created": 0, "updated": 2}
    assert {model: model.objects.get().uuid for model in (Lease, TenantBusiness, Premises, Contact)} == before
    assert dict(RentCall.objects.values_list("component", "uuid")) == calls
    assert dict(RentCall.objects.values_list("component", "gross_cents")) == {"rent": 540_00, "charges": 0}
    assert Contact.objects.get().email == "zoe.essai@exemple.fr"
    assert TenantBusiness.objects.get().events.get().headcount == 3  # type: ignore[attr-defined]
    assert Lease.objects.get().events.get().ends_on is None  # type: ignore[attr-defined]
    assert Premises.objects.get().events.get().address == "1 rue des Essais"  # type: ignore[attr-defined]
    event = RentCall.objects.get(component="rent").events.get()  # type: ignore[attr-defined]
    assert event.net_cents == 500_00
    assert event.pgh_context.metadata == {"source": "rent roll", "file": "roll.csv"}


def test_a_blank_cell_erases_nothing(tmp_path: Path, owner: Landlord) -> None:
    full = FULL | {"Fin de bail": "31/12/2020", "Congé donné le": "01/06/2020", "Date d'échéance": "05/04/2020"}
    take(tmp_path, owner, full)
    before = everything(owner)
    blank = dict.fromkeys((*full, "SIRET", "Code NAF", "Effectif"), "") | {
        "Taux TVA": "20",
        "Provisions sur charges": "50",
    }
    assert take(tmp_path, owner, blank).unchanged == 1
    assert everything(owner) == before


def test_zero_is_no_call(tmp_path: Path, owner: Landlord) -> None:
    take(tmp_path, owner, {"Provisions sur charges": "0"})
    assert RentCall.objects.get().component == Component.RENT


def test_absent_leases_are_listed_and_kept(tmp_path: Path, owner: Landlord) -> None:
    ended = {"Fin de bail": "15/04/2020", "Raison sociale": "Partie"}
    take(tmp_path, owner, {"Réf. bail": "B1"}, {"Réf. bail": "B2"} | ended, {"Réf. bail": "B3"})
    lease(reference="a stranger's")
    report = take(tmp_path, owner, {"Réf. bail": "B3"})
    assert report.absent_leases == [
        {"reference": "B1", "tenant": "Café Zoé", "ends_on": None},
        {"reference": "B2", "tenant": "Café Zoé", "ends_on": "2020-04-15"},
    ]
    assert "B1 - Café Zoé" in "\n".join(report.as_text())
    # What ended before the first month called isn't expected any more.
    report = take(tmp_path, owner, {"Réf. bail": "B3", "Période": "05/2020"})
    assert [row["reference"] for row in report.absent_leases] == ["B1"]
    assert Lease.objects.filter(landlord=owner).count() == 3


def test_missing_facts_are_warned_of_once_per_tenant(tmp_path: Path, owner: Landlord) -> None:
    incomplete = {"SIRET": "", "Code NAF": "", "Effectif": ""}
    report = take(tmp_path, owner, incomplete, incomplete | {"Période": "05/2020"}, {"Réf. bail": "B2", "SIRET": "0"})
    assert [(finding.line, finding.column, finding.code) for finding in report.warnings] == [
        (2, "SIRET", "missing_siret"),
        (2, "Code NAF", "missing_naf"),
        (2, "Effectif", "missing_headcount"),
        (4, "SIRET", "missing_siret"),
    ]
    assert TenantBusiness.objects.first().missing_facts() == ["siret", "naf", "headcount"]  # type: ignore[union-attr]


def test_a_missing_column_is_warned_of_once(tmp_path: Path, owner: Landlord) -> None:
    header, *lines = rows_of({}, {"Réf. bail": "B2", "SIRET": valid_siret(2)})
    kept = [place for place, heading in enumerate(header) if heading not in {"Code NAF", "Effectif", "Réf. local"}]
    path = xlsx_file(tmp_path, *[[row[place] for place in kept] for row in (header, *lines)])
    report = import_rent_roll(path, owner)
    assert [(finding.line, finding.code, finding.params.get("count")) for finding in report.warnings] == [
        (None, "no_column_naf", 2),
        (None, "no_column_headcount", 2),
        (1, "premises_by_lease", None),
    ]
    assert set(Premises.objects.values_list("reference", flat=True)) == {"B1", "B2"}


def test_unknown_columns_are_named(tmp_path: Path, owner: Landlord) -> None:
    (finding,) = take(tmp_path, owner, {"Humeur": "bonne"}).warnings
    assert (finding.code, finding.column) == ("column_ignored", "Humeur")


def test_successive_tenants_share_their_premises(tmp_path: Path, owner: Landlord) -> None:
    successor = {
        "Réf. bail": "B2",
        "SIRET": valid_siret(2),
        "Raison sociale": "Chez Ali",
        "Date de début du bail": "01/05/2020",
    }
    take(tmp_path, owner, {"Fin de bail": "30/04/2020"}, successor | {"Période": "05/2020"})
    assert Premises.objects.get().leases.count() == 2


def test_first_address_of_premises_is_kept(tmp_path: Path, owner: Landlord) -> None:
    report = take(tmp_path, owner, {"Adresse": "1 rue A"}, {"Adresse": "2 rue B", "Période": "05/2020"})
    assert [(finding.code, finding.column) for finding in report.warnings] == [("premises_facts_differ", "Adresse")]
    assert Premises.objects.get().address == "1 rue A"


def test_regime_that_is_not_told_keeps_what_is_recorded(tmp_path: Path, owner: Landlord) -> None:
    take(tmp_path, owner, {"Taux TVA": "20", "Régime TVA": "débits"})
    report = take(tmp_path, owner, {"Taux TVA": "20"}, {"Taux TVA": "20", "Période": "05/2020"})
    assert (report.unchanged, report.created) == (1, 1)
    assert set(RentCall.objects.values_list("regime", flat=True)) == {VatRegime.DEBITS}
    assert Lease.objects.get().vat_regime == VatRegime.DEBITS


def test_lease_that_takes_to_vat(tmp_path: Path, owner: Landlord) -> None:
    take(tmp_path, owner, {})
    assert Lease.objects.get().vat_regime == VatRegime.EXEMPT
    take(tmp_path, owner, {"Taux TVA": "20", "Période": "05/2020"})
    assert Lease.objects.get().vat_regime == VatRegime.RECEIPTS
    take(tmp_path, owner, {"Taux TVA": "", "Période": "06/2020"})
    regimes = RentCall.objects.order_by("period_start").values_list("regime", flat=True)
    assert list(regimes) == [VatRegime.EXEMPT, VatRegime.RECEIPTS, VatRegime.EXEMPT]


def test_call_across_one_recorded_is_refused(tmp_path: Path, owner: Landlord) -> None:
    take(tmp_path, owner, {"Période": "T2 2020"})
    report = import_rent_roll(csv_file(tmp_path, {"Période": "05/2020"}), owner)
    (finding,) = report.errors
    assert (finding.line, finding.column, finding.code) == (2, "Période", "call_overlap_recorded")
    assert "01/04/2020 to 30/06/2020" in finding.message
    # A period may become shorter, its rest being called anew.
    report = take(tmp_path, owner, {"Période": "04/2020"}, {"Période": "05/2020"})
    assert (report.updated, report.created) == (1, 1)
    assert list(RentCall.objects.order_by("period_start").values_list("period_end", flat=True)) == [
        datetime.date(2020, 4, 30),
        datetime.date(2020, 5, 31),
    ]
    assert refuse(tmp_path, owner, {"Période": "T2 2020"}) == [(2, "call_overlap_recorded")]


def test_every_error_is_told_and_nothing_is_written(
    tmp_path: Path, owner: Landlord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rent_roll, "BATCH_LINES", 1)
    other = rent_call(lease=lease(landlord=owner, reference="B8"), month=MAY)
    before = everything(owner)
    lines = [
        {"Réf. bail": "B1"},
        {"Réf. bail": "B2", "SIRET": "123"},
        {"Réf. bail": "B3", "Loyer HT": "beaucoup", "SIRET": ""},
        {"Réf. bail": "B8", "Période": "T2 2020", "SIRET": other.lease.tenant.siret},
        {"Réf. bail": "B8", "Période": "T3 2020"},
    ]
    assert refuse(tmp_path, owner, *lines) == [
        (3, "siret_wrong"),
        (4, "amount_unreadable"),
        (5, "call_overlap_recorded"),
        (6, "lease_conflict"),
    ]
    assert everything(owner) == before
    assert not RentRollImport.objects.exists()


def test_dates_that_contradict_what_is_recorded(tmp_path: Path, owner: Landlord) -> None:
    take(tmp_path, owner, {"Fin de bail": "30/06/2020"})
    report = import_rent_roll(csv_file(tmp_path, {"Date de début du bail": "01/07/2020"}), owner)
    assert [(finding.code, finding.column) for finding in report.errors] == [
        ("lease_ends_before_start", "Date de début du bail")
    ]
    first, later = {"Fin de bail": "", "Période": "04/2020"}, {"Fin de bail": "01/01/2017", "Période": "05/2020"}
    lines = [line | {"Réf. bail": "B2"} for line in (first, later)]
    assert refuse(tmp_path, owner, *lines) == [(3, "lease_ends_before_start")]


def test_lines_after_a_faulty_one_of_the_same_lease_are_checked(tmp_path: Path, owner: Landlord) -> None:
    lines = [{"Effectif": "x"}, {"Période": "05/2020"}, {"Période": "06/2020", "Fin de bail": "31/12/2020"}]
    assert refuse(tmp_path, owner, *lines) == [(2, "number_unreadable")]


def test_trial_run_tells_what_the_import_does(tmp_path: Path, owner: Landlord) -> None:
    trial = take(tmp_path, owner, FULL, dry_run=True)
    assert everything(owner) == [[], [], [], [], []]
    assert not RentRollImport.objects.exists()
    assert not trial.written
    real = take(tmp_path, owner, FULL)
    assert real.written
    changes = {"dry_run": False, "written": True}
    assert trial.as_dict() | changes == real.as_dict()


def test_landlords_with_the_same_references_do_not_meet(tmp_path: Path, owner: Landlord) -> None:
    take(tmp_path, owner, FULL)
    before = everything(owner)
    report = take(tmp_path, landlord(), FULL | {"Raison sociale": "Chez Ali"})
    assert report.created == 1
    assert everything(owner) == before


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["a", "b"], ["c"]], "header_missing"),
        ([["SIRET", "Effectif", "Commune"]], "column_missing"),
        ([rows_of({})[0]], "no_lines"),
        (
            [["Réf. bail", "Raison sociale", "Loyer", "Date d'effet"], ["B1", "Zoé", "1", "01/01/2018"]],
            "period_missing",
        ),
    ],
)
def test_files_without_what_is_needed(tmp_path: Path, owner: Landlord, rows: list[list[str]], code: str) -> None:
    path = tmp_path / "roll.csv"
    path.write_bytes(csv_bytes(rows))
    report = import_rent_roll(path, owner)
    assert code in {finding.code for finding in report.errors}
    assert not report.written


def test_months_given_from_outside(tmp_path: Path, owner: Landlord) -> None:
    header, line = rows_of({})
    place = header.index("Période")
    path = xlsx_file(tmp_path, *[[*row[:place], *row[place + 1 :]] for row in (header, line)])
    assert {finding.code for finding in import_rent_roll(path, owner, months=(JUNE, APRIL)).errors} == {
        "months_disordered"
    }
    report = import_rent_roll(path, owner, months=(APRIL, JUNE))
    assert (report.created, RentCall.objects.count()) == (1, 3)
    (finding,) = take(tmp_path, owner, {}, months=(APRIL, JUNE)).warnings
    assert finding.code == "months_needless"


def test_sheets_left_out_are_named(tmp_path: Path, owner: Landlord) -> None:
    import openpyxl

    workbook = openpyxl.Workbook()
    for title in ("Avril", "Copie"):
        sheet = workbook.create_sheet(title)
        for row in rows_of({}):
            sheet.append(row)
    path = tmp_path / "roll.xlsx"
    workbook.save(path)
    (finding,) = import_rent_roll(path, owner).warnings
    assert (finding.code, finding.value) == ("sheet_ignored", "Copie")


def test_broken_quotation_marks_below_the_header(tmp_path: Path, owner: Landlord) -> None:
    path = tmp_path / "roll.csv"
    path.write_bytes(csv_bytes(rows_of({})) + b'"B2";"Caf"x;\r\n')
    report = import_rent_roll(path, owner)
    assert [(finding.line, finding.code) for finding in report.errors] == [(3, "quotes_broken")]


def test_import_inside_a_transaction_leaves_it_usable(tmp_path: Path, owner: Landlord) -> None:
    with transaction.atomic():
        refuse(tmp_path, owner, {"SIRET": "1"})
        take(tmp_path, owner, {})
    assert Lease.objects.count() == 1
