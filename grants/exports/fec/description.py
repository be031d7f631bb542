"""The notice that goes with a file, in French whoever reads it: the law asks for it, and an inspector opens it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from grants import accounts
from grants.enums import FecMode
from grants.fec import COLUMNS, Report, file_name
from grants.fec.faults import euros
from grants.models import Charter, Fund

PURPOSE: Final[Mapping[str, str]] = {
    FecMode.CONTROL: (
        "FICHIER DE CONTRÔLE - NE PAS IMPORTER. Le logiciel du bailleur comptabilise lui-même ses avoirs ; ce fichier"
        " sert à les rapprocher du journal du fonds. L'importer compterait chaque allègement deux fois."
    ),
    FecMode.IMPORT: (
        "Fichier destiné à être importé une fois dans la comptabilité du bailleur, qui n'y saisit pas d'avoirs par"
        " ailleurs."
    ),
}
HEAD: Final = """\
EXPORT AU FORMAT FEC (journal des allègements) - DESCRIPTIF

Fichier : {file}
Fonds : {fund} ({code})
Bailleur : {landlord}, SIREN {siren}
Exercice : du {first} au {last}

{purpose}

Ce fichier n'est pas le fichier des écritures comptables (FEC) du bailleur : il ne contient que le journal des
allègements de ce fonds, au format de l'article A47 A-1 du livre des procédures fiscales.

FORME
Jeu de caractères : ISO-8859-15. Les caractères absents de ce jeu sont translittérés.
Séparateur de zones : tabulation. Fin d'enregistrement : CR LF. Première ligne : noms des zones.
Dates : AAAAMMJJ. Montants : virgule décimale, deux décimales, sans séparateur de milliers ni signe.
Une écriture par action et par pièce ; numéros de 1 à n sans rupture, dans l'ordre de validation.
Une imputation annulée fait l'objet d'une écriture inverse, sur les mêmes comptes ; rien n'est supprimé.
"""
CODES: Final = """
VALEURS CODÉES
{journals}
CompAuxNum : SIRET de l'entreprise locataire ; LOC suivi d'un numéro interne si le SIRET est inconnu ou masqué.
EcritureLib : Allègement = imputation ; Contre-passation = imputation erronée remise à imputer ;
Annulation = allègement repris.
"""


def description(
    *,
    fund: Fund,
    closing: date,
    first: date,
    mode: str,
    journals: Sequence[tuple[str, str]],
    report: Report,
    sums: Mapping[str, int],
) -> str:
    """The notice's text. No day on which it is made: the same file has the same notice."""
    head = HEAD.format(
        file=file_name(fund.landlord.siren, closing),
        fund=fund.name,
        code=fund.code,
        landlord=fund.landlord.name,
        siren=fund.landlord.siren,
        first=f"{first:%d/%m/%Y}",
        last=f"{closing:%d/%m/%Y}",
        purpose=PURPOSE[mode],
    )
    zones = [f"{place:>2} {c.name:<14} {c.holds.value} : {c.meaning}" for place, c in enumerate(COLUMNS, 1)]
    codes = CODES.format(journals="\n".join(f"JournalCode : {code} = {label}" for code, label in journals))
    return "\n".join([head, "ZONES", *zones, codes, *accounts_told(fund), "", *totals_told(report, sums), ""])


def accounts_told(fund: Fund) -> list[str]:
    """Which version says the accounts; that they are an assumption, where the charter names none."""
    versions = Charter.objects.filter(fund=fund, confirmed_at__isnull=False).order_by("version")
    told = ["COMPTES"]
    for version in versions:
        if accounts.read(version.accounts).is_assumed:
            told.append(
                f"Version {version.version} de la charte : aucun compte n'y est nommé. Comptes usuels du plan comptable"
                " général, HYPOTHÈSE À CONFIRMER PAR LE COMPTABLE DU BAILLEUR."
            )
        else:
            told.append(f"Version {version.version} de la charte : comptes nommés par la charte.")
    return told


def totals_told(report: Report, sums: Mapping[str, int]) -> list[str]:
    told = [
        "TOTAUX",
        (
            f"{report.lines} lignes, {report.entries} écritures, débit {euros(report.debit_cents)},"
            f" crédit {euros(report.credit_cents)}"
        ),
        *(
            f"Compte {account} : débit {euros(debit)}, crédit {euros(credit)}"
            for account, (debit, credit) in report.by_account.items()
        ),
        f"Journal du fonds : imputé {euros(sums['credited'])}, annulé {euros(sums['undone'])}.",
    ]
    if sums["not_booked"]:
        told.append(
            f"Sans écriture, le loyer n'ayant pas été facturé (franchise) : {euros(sums['not_booked'])} du journal"
            " du fonds."
        )
    return told
