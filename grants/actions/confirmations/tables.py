"""The two tables that come back: posted credit notes, and extracts of tenants' accounts."""

import datetime
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

from grants.crediting_rules import REFERENCE_LIMIT
from grants.enums import ReliefForm
from landlords.rent_roll import values
from landlords.rent_roll.dates import parse_period
from landlords.rent_roll.findings import BadValue
from landlords.rent_roll.reading import Cell
from landlords.rent_roll.words import plain
from landlords.tables import TableKind, component, day

LEASE_LIMIT: Final = 60
NOTE_LIMIT: Final = 100

# As `heading_words` leaves them: the usual French headings, and those of our own credit schedule in both languages.
LEASE: Final = (
    "ref bail|reference bail|n bail|bail|code bail|contrat|n contrat|ref contrat|reference contrat"
    "|lease reference|lease"
)
VOUCHER: Final = (
    "n piece|piece|reference piece|ref piece|reference piece comptable|n piece comptable|piece comptable|n avoir|avoir"
    "|reference avoir|ref avoir|n facture|facture|n facture avoir|n document|document|voucher number|voucher|voucher n"
)


def identifier(cell: Cell) -> str:
    try:
        return str(UUID(values.text(cell)))
    except ValueError:
        raise BadValue("identifier_unreadable") from None


def form(cell: Cell) -> ReliefForm:
    words = plain(values.text(cell))
    for found, stems in FORMS.items():
        if any(stem in words for stem in stems):
            return found
    raise BadValue("form_unreadable")


FORMS: Final[Mapping[ReliefForm, tuple[str, ...]]] = {
    ReliefForm.EXIT_BALANCE: ("solde", "sortie", "exit"),
    ReliefForm.DEDUCTION: ("deduction", "deduct"),
    ReliefForm.WAIVER: ("abandon", "waiver", "remise"),
    ReliefForm.RENT_FREE_RIDER: ("franchise", "rent free"),
    ReliefForm.CREDIT_NOTE: ("avoir", "credit note"),
}


def credit_note_readers(epoch: datetime.date) -> Mapping[str, Callable[[Cell], Any]]:
    return {
        "line": identifier,
        "lease": values.limited_text(LEASE_LIMIT),
        "period": partial(parse_period, epoch=epoch),
        "component": component,
        "form": form,
        **dict.fromkeys(("net", "gross", "amount"), values.signed_cents),
        "ref": values.limited_text(REFERENCE_LIMIT),
        "on": day(epoch),
        "notice": values.limited_text(REFERENCE_LIMIT),
        "schedule": values.limited_text(40),
        **dict.fromkeys(UNREAD, values.text),
    }


UNREAD: Final[Mapping[str, str]] = {
    "fund": "fonds|fund",
    "file": "ref dossier|reference dossier|n dossier|dossier|application reference",
    "tenant": "locataire|nom locataire|raison sociale|preneur|tenant",
    "premises": "ref local|reference local|n local|local|premises reference",
    "called": "periode appelee|avis echeance|period called",
    "vat_rate": "taux tva|vat rate",
    "vat": "montant tva|tva|vat amount",
    "regime": "regime tva|vat regime of the call",
    "account": "compte|n compte|compte comptable|account",
    "vat_account": "compte tva|n compte tva|vat account",
}
"""Columns that the schedule has for whoever reads it. They are neither believed nor kept: a tenant's name least."""

CREDIT_NOTES: Final = TableKind(
    headings={
        "line": "identifiant ligne ne pas modifier|identifiant ligne|id ligne|line identifier don t change"
        "|line identifier",
        "lease": LEASE,
        "period": "mois|periode|mois loyer|mois concerne|periode concernee|echeance|month|period",
        "component": "rubrique|composante|nature|poste|component",
        "form": "forme allegement|forme|type piece|type|form of the relief|form",
        "net": "montant ht|ht|net|montant hors taxes|net amount",
        "gross": "montant ttc|ttc|total ttc|gross amount|gross",
        "amount": "montant|montant avoir|total|montant piece|credit|montant credite|amount",
        "ref": VOUCHER,
        "on": "date piece|date avoir|date comptable|date comptabilisation|date|date facture|date document|voucher date",
        "notice": "impute avis|avis imputation|n avis|impute n avis|applied to notice",
        "schedule": "bordereau|n bordereau|schedule",
        **UNREAD,
    },
    readers=credit_note_readers,
    needed=(("line", "lease"), ("line", "period"), ("gross", "net", "amount"), ("ref",), ("on",)),
    usual={
        "line": "Réf. bail, Mois (ou l’identifiant de ligne du bordereau)",
        "gross": "Montant TTC, Montant HT, Montant",
        "ref": "N° de pièce, N° d’avoir, Référence de la pièce",
        "on": "Date de la pièce, Date de l’avoir",
    },
    names_row=("line", "lease"),
    expected="Réf. bail ; Mois ; Rubrique ; Montant TTC ; N° de pièce ; Date de la pièce",
)


def account_readers(epoch: datetime.date) -> Mapping[str, Callable[[Cell], Any]]:
    return {
        "on": day(epoch),
        "lease": values.limited_text(LEASE_LIMIT),
        "label": lambda cell: values.text(cell)[:NOTE_LIMIT],
        "ref": values.text,
        "debit": values.signed_cents,
        "credit": values.signed_cents,
        "balance": values.text,
        **dict.fromkeys(UNREAD, values.text),
    }


ACCOUNT: Final = TableKind(
    headings={
        **UNREAD,
        "on": "date|date ecriture|date comptable|date comptabilisation|date operation|date mouvement|date piece",
        "lease": LEASE,
        "label": "libelle|libelle ecriture|designation|intitule|nature|label",
        "ref": VOUCHER,
        "debit": "debit|montant debit|debiteur|mouvement debit",
        "credit": "credit|montant credit|crediteur|mouvement credit",
        "balance": "solde|solde progressif|solde cumule|cumul|lettrage|lettre|journal|code journal",
    },
    readers=account_readers,
    needed=(("on",), ("lease",), ("ref",), ("credit",)),
    usual={
        "on": "Date, Date d’écriture",
        "lease": "Réf. bail, N° bail, Contrat",
        "ref": "N° de pièce, Pièce, Référence de la pièce",
        "credit": "Crédit",
    },
    names_row=("lease",),
    expected="Date ; Réf. bail ; Libellé ; N° de pièce ; Débit ; Crédit",
)
