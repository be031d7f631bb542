"""The 18 columns of art. A47 A-1 VII-1 LPF, in order, and what a file is called."""

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

ENCODING: Final = "iso-8859-15"
SEPARATOR: Final = "\t"
LINE_END: Final = "\r\n"


class Holds(Enum):
    """What a column holds, in the words of the notice that goes with a file."""

    TEXT = "alphanumérique"
    DATE = "date (AAAAMMJJ)"
    AMOUNT = "numérique (virgule décimale, deux décimales)"


@dataclass(frozen=True, slots=True)
class Column:
    """`meaning`: of the column in our files, in French, as the notice has it."""

    name: str
    holds: Holds
    meaning: str
    required: bool = True


COLUMNS: Final = (
    Column("JournalCode", Holds.TEXT, "Code du journal des allègements."),
    Column("JournalLib", Holds.TEXT, "Libellé du journal."),
    Column("EcritureNum", Holds.TEXT, "Numéro de l'écriture, de 1 à n sans rupture dans le fichier."),
    Column("EcritureDate", Holds.DATE, "Date d'effet de l'imputation ou de son annulation."),
    Column("CompteNum", Holds.TEXT, "Numéro de compte ; les trois premiers caractères sont ceux du PCG."),
    Column("CompteLib", Holds.TEXT, "Libellé du compte."),
    Column(
        "CompAuxNum",
        Holds.TEXT,
        "Compte auxiliaire de l'entreprise locataire (ligne du compte client).",
        required=False,
    ),
    Column("CompAuxLib", Holds.TEXT, "Nom de l'entreprise locataire (ligne du compte client).", required=False),
    Column("PieceRef", Holds.TEXT, "Référence de la pièce comptable du bailleur (avoir, avis ou convention)."),
    Column("PieceDate", Holds.DATE, "Date de la pièce comptable."),
    Column("EcritureLib", Holds.TEXT, "Libellé : nature, rubrique, mois et bail."),
    Column("Debit", Holds.AMOUNT, "Montant au débit ; 0,00 si la ligne est au crédit."),
    Column("Credit", Holds.AMOUNT, "Montant au crédit ; 0,00 si la ligne est au débit."),
    Column("EcritureLet", Holds.TEXT, "Lettrage ; toujours vide.", required=False),
    Column("DateLet", Holds.DATE, "Date de lettrage ; toujours vide.", required=False),
    Column("ValidDate", Holds.DATE, "Date d'enregistrement au journal du fonds, qui n'est plus modifiable ensuite."),
    Column("Montantdevise", Holds.AMOUNT, "Montant en devise ; toujours vide, tout est en euros.", required=False),
    Column("Idevise", Holds.TEXT, "Code de la devise ; toujours vide.", required=False),
)
NAMES: Final = tuple(column.name for column in COLUMNS)

FILE_NAME: Final = re.compile(r"([0-9]{9})FEC([0-9]{8})(?:_[0-9]+)?\.txt", re.ASCII)


def file_name(siren: str, closing: date) -> str:
    """As art. A47 A-1 wants it: the company's SIREN and the last day of its financial year."""
    return f"{siren}FEC{closing:%Y%m%d}.txt"


def description_name(name: str) -> str:
    """The name of the notice that goes with a file."""
    return name.removesuffix(".txt") + "_description.txt"
