"""An invoice or a cancelled credit note in the file of credit notes credits nothing."""

import pytest

from grants.actions.confirmations.signs import remarks
from grants.enums import LineState
from grants.exceptions import RuleRefused
from grants.models import LandlordFile, ReliefLine
from tests.grants.page_text import text_of
from tests.grants.reconciling.papers import as_csv, codes, confirmed, notes, said, states
from tests.grants.reconciling.test_confirmations import row, world_with_lines
from tests.grants.reconciling.test_pages import address, client_of

pytestmark = pytest.mark.django_db

INVOICE = {"Montant": "500,00 €", "N° avoir": "FA-2020-04"}


def vouchers() -> set[str]:
    return set(ReliefLine.objects.filter(state=LineState.CREDITED).values_list("voucher_ref", flat=True))


def warned(file: LandlordFile) -> list[str]:
    return [one["code"] for one in file.warnings]


@pytest.mark.parametrize("is_first", [True, False])
def test_an_invoice_beside_its_credit_note(is_first: bool) -> None:
    world = world_with_lines()
    rows = [row(**INVOICE), row()]
    file = notes(world, as_csv(rows if is_first else rows[::-1]))
    assert sorted(codes(file)) == ["", "no_credit"]
    assert "une facture ou l’annulation d’un avoir" in " ".join(said(file))
    assert warned(file) == []
    confirmed(file, world.payer)
    assert vouchers() == {"AV-7"}


def test_an_invoice_beside_a_credit_note_that_can_not_be_read() -> None:
    world = world_with_lines()
    file = notes(world, as_csv([row(**INVOICE), row(**{"Date comptable": "31/02/2020"})]))
    assert codes(file) == ["no_credit", "date_unreadable"]


def test_the_cancellation_of_a_credit_note_that_is_recorded() -> None:
    world = world_with_lines()
    confirmed(notes(world, as_csv([row()])), world.payer)
    again = notes(world, as_csv([row(), row(Montant="500,00"), row(**{"Mois concerné": "05/2020"})]))
    assert codes(again) == ["undone_in_file", "no_credit", ""]
    assert "La ligne 3 de ce fichier annule l’avoir AV-7" in said(again)[0]


@pytest.mark.parametrize("cancelling", [{"Montant": "120,00"}, {"Date comptable": "31/02/2020"}])
def test_a_credit_note_that_the_file_cancels_is_not_credited(cancelling: dict[str, str]) -> None:
    """In part, too, and by a row that can't be read: what is left of it is for a person to say."""
    world = world_with_lines()
    file = notes(world, as_csv([row(), row(**{"Montant": "500,00"} | cancelling)]))
    assert codes(file)[0] == "undone_in_file"
    with pytest.raises(RuleRefused):
        confirmed(file, world.payer)
    assert vouchers() == set()


def in_column(heading: str, *amounts: str) -> bytes:
    rows = [row(**{heading: amount, "N° avoir": f"AV-{number}"}) for number, amount in enumerate(amounts)]
    return as_csv([{name: cell for name, cell in one.items() if name != "Montant"} for one in rows])


def test_in_a_column_of_credits_the_positive_amounts_are_the_credits() -> None:
    world = world_with_lines()
    file = notes(world, in_column("Crédit", "-500,00", "500,00"))
    assert codes(file) == ["no_credit", ""]
    confirmed(file, world.payer)
    assert vouchers() == {"AV-1"}


@pytest.mark.parametrize("heading", ["Montant TTC", "Montant HT"])
def test_net_and_gross_amounts_have_signs_too(heading: str) -> None:
    world = world_with_lines()
    ReliefLine.objects.update(vat_rate_bp=0)
    assert codes(notes(world, in_column(heading, "500,00", "-500,00"))) == ["no_credit", ""]


def test_amounts_of_two_signs_in_one_row() -> None:
    world = world_with_lines()
    ReliefLine.objects.update(vat_rate_bp=0)
    both = {name: cell for name, cell in row(TTC="-500,00", HT="500,00").items() if name != "Montant"}
    assert codes(notes(world, as_csv([both]))) == ["no_credit"]


def test_a_file_of_one_sign_is_taken_at_its_word_and_says_so() -> None:
    world = world_with_lines()
    file = notes(world, as_csv([row(Montant="500,00")]))
    assert (states(file), warned(file)) == (["ready"], ["all_taken_for_credits"])
    page = client_of(world.payer).get(address(world, file, name="landlord_file"))
    assert "Aucun montant de ce fichier" in text_of(page)
    assert "ni facture ni avoir annulé" in text_of(page)
    assert warned(notes(world, in_column("Crédit", "500,00"))) == []
    assert warned(notes(world, in_column("Crédit", "-500,00"))) == ["all_taken_for_credits"]
    confirmed(file, world.payer)
    assert vouchers() == {"AV-7"}


def test_our_own_schedule_needs_no_remark() -> None:
    assert remarks([{"line": "x", "ref": "AV-1"}, {"lease": "B1"}], 1, -1) == []


def test_a_row_that_is_not_posted_is_no_fault_whatever_its_sign() -> None:
    world = world_with_lines()
    file = notes(world, as_csv([row(), row(**INVOICE | {"N° avoir": "", "Date comptable": ""})]))
    assert codes(file) == ["", "not_posted"]
