"""What may be wrong with a FEC: a sentence that says what is there and what to do, in French and in English.

Not by gettext: whoever checks a file may have nothing of us but this folder.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Language = Literal["fr", "en"]
VALUE_SHOWN: Final = 60  # characters

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    # The file.
    "file_name": (
        (
            "Le nom du fichier n’est pas de la forme <SIREN>FEC<AAAAMMJJ>.txt, par exemple 123456782FEC20201231.txt :"
            " renommez-le."
        ),
        "The file's name isn't <SIREN>FEC<YYYYMMDD>.txt, such as 123456782FEC20201231.txt: rename it.",
    ),
    "file_siren": (
        "Le SIREN du nom du fichier est faux (clé de contrôle) : corrigez le nom.",
        "The SIREN in the file's name is wrong (its check digit): correct the name.",
    ),
    "file_closing": (
        "La date de clôture du nom du fichier n’existe pas : écrivez le dernier jour de l’exercice, AAAAMMJJ.",
        "The closing date in the file's name doesn't exist: write the last day of the financial year, YYYYMMDD.",
    ),
    "unreadable": (
        "Le fichier ne peut pas être lu : vérifiez qu’il existe et que vous y avez accès.",
        "The file can't be read: check that it exists and that you have access to it.",
    ),
    "empty": ("Le fichier est vide : produisez-le à nouveau.", "The file is empty: make it again."),
    "no_entry": (
        "Le fichier ne contient aucune écriture : vérifiez l’exercice demandé.",
        "The file holds no entry: check which financial year was asked for.",
    ),
    "utf8": (
        "Le fichier est encodé en UTF-8, qui n’est pas admis : enregistrez-le en ISO-8859-15, sans marque d’ordre.",
        "The file is encoded in UTF-8, which isn't allowed: save it as ISO-8859-15, without a byte-order mark.",
    ),
    "mixed_line_ends": (
        "Les fins de ligne ne sont pas toutes les mêmes : terminez chaque ligne par CR LF.",
        "Not all lines end alike: end each one with CR LF.",
    ),
    "cut": (
        "La dernière ligne n’a pas de fin de ligne : le fichier est sans doute tronqué, produisez-le à nouveau.",
        "The last line has no line end: the file was probably cut short, make it again.",
    ),
    "file_unbalanced": (
        "Le fichier n’est pas équilibré : débit {debit}, crédit {credit}, écart {gap}.",
        "The file doesn't balance: debit {debit}, credit {credit}, a difference of {gap}.",
    ),
    # A line.
    "header": (
        (
            "La première ligne n’est pas celle des 18 noms de zones, dans l’ordre et séparés par une tabulation :"
            " {expected} est attendu ici."
        ),
        "The first line isn't the 18 names of fields, in order and separated by tabs: {expected} is expected here.",
    ),
    "separator": (
        "Les zones ne sont pas séparées par une tabulation : remplacez le séparateur {found}.",
        "The fields aren't separated by tabs: replace the separator {found}.",
    ),
    "fields": (
        "La ligne a {found} zones au lieu de 18 : ajoutez les tabulations qui manquent, ôtez celles de trop.",
        "The line has {found} fields instead of 18: add the missing tabs or take away those too many.",
    ),
    "line_too_long": (
        "La ligne dépasse {limit} octets : ce n’est pas un FEC, ou une fin de ligne manque.",
        "The line has more than {limit} bytes: this is no FEC, or a line end is missing.",
    ),
    "blank_line": ("La ligne est vide : supprimez-la.", "The line is empty: delete it."),
    # A value.
    "missing": ("La zone est obligatoire et vide : complétez-la.", "The field is required and empty: fill it in."),
    "blank": (
        "La zone ne contient que des espaces : videz-la ou complétez-la.",
        "The field holds nothing but spaces: empty it or fill it in.",
    ),
    "control": (
        "La zone contient un caractère de commande ou une barre « | » : remplacez-les par une espace.",
        "The field holds a control character or a bar “|”: replace them with a space.",
    ),
    "account": (
        (
            "Le numéro de compte commence par trois chiffres, suivis de chiffres ou de lettres sans accent :"
            " corrigez-le dans les comptes de la charte."
        ),
        (
            "An account begins with three digits, then digits and letters without accents:"
            " correct it in the charter's accounts."
        ),
    ),
    "date": (
        "La date n’existe pas ou n’est pas écrite AAAAMMJJ, sans séparateur : corrigez-la.",
        "The date doesn't exist or isn't written YYYYMMDD, without separators: correct it.",
    ),
    "amount": (
        "Le montant n’est pas écrit comme 1450,00 : virgule, deux décimales, sans espace ni signe ; 0,00 s’il est nul.",
        "The amount isn't written like 1450,00: a comma, two decimals, no space and no sign; 0,00 where there is none.",
    ),
    "both_sides": (
        "La ligne a un débit et un crédit : faites-en deux lignes.",
        "The line has both a debit and a credit: make two lines of it.",
    ),
    "no_side": (
        "La ligne n’a ni débit ni crédit : supprimez-la ou donnez-lui un montant.",
        "The line has neither a debit nor a credit: delete it or give it an amount.",
    ),
    "pair": (
        "La zone va avec {other} : remplissez les deux ou aucune.",
        "The field goes with {other}: fill in both or neither.",
    ),
    "currency": (
        "Le code de devise a trois lettres majuscules (ISO 4217), par exemple USD.",
        "A currency code has three capital letters (ISO 4217), such as USD.",
    ),
    # An entry.
    "number": (
        "Le numéro d’écriture attendu est {expected} : les numéros se suivent de 1 à n, sans rupture ni retour.",
        "The entry number expected is {expected}: numbers run from 1 to n without a gap and never come back.",
    ),
    "entry_differs": (
        (
            "La zone n’est pas la même sur toutes les lignes de l’écriture {entry} ({expected} plus haut) :"
            " une écriture a une date, un journal et une pièce."
        ),
        (
            "The field isn't the same on all lines of entry {entry} ({expected} above):"
            " an entry has one date, one journal and one voucher."
        ),
    ),
    "unbalanced": (
        "L’écriture {entry} n’est pas équilibrée : débit {debit}, crédit {credit}, écart {gap}.",
        "Entry {entry} doesn't balance: debit {debit}, credit {credit}, a difference of {gap}.",
    ),
    "outside_year": (
        "La date est hors de l’exercice, du {first} au {last} (nom du fichier) : déplacez-la ou corrigez le nom.",
        (
            "The date lies outside the financial year from {first} to {last} (the file's name):"
            " move the entry or correct the name."
        ),
    ),
    "validated_before": (
        "L’écriture est validée avant sa date ({date}) : corrigez l’une des deux.",
        "The entry is validated before its date ({date}): correct one of them.",
    ),
    "order": (
        "L’écriture est validée avant celle qui la précède ({date}) : classez-les par date de validation.",
        "The entry is validated before the one above it ({date}): put them in the order of validation.",
    ),
    # The notice, and an earlier file.
    "description_missing": (
        "Le descriptif {name} manque : il accompagne obligatoirement le fichier (art. A47 A-1 LPF).",
        "The notice {name} is missing: it has to go with the file (art. A47 A-1 LPF).",
    ),
    "description_name": (
        "Le descriptif ne porte pas le nom du fichier : appelez-le {name}.",
        "The notice isn't named after the file: call it {name}.",
    ),
    "description_utf8": (
        "Le descriptif est encodé en UTF-8 : enregistrez-le en ISO-8859-15, comme le fichier.",
        "The notice is encoded in UTF-8: save it as ISO-8859-15, like the file.",
    ),
    "description_silent": (
        "Le descriptif ne parle pas de {about} : complétez-le.",
        "The notice says nothing of {about}: complete it.",
    ),
    "rewritten": (
        "Le fichier antérieur dit autre chose ici : une écriture validée ne change plus, elle se contre-passe.",
        "The earlier file says something else here: a validated entry never changes, another reverses it.",
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `line`: from 1, the header's; 0 where it is the whole file. `code` is stable."""

    code: str
    line: int = 0
    column: str = ""
    value: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    def sentence(self, language: Language = "fr") -> str:
        """What is wrong and how to mend it."""
        french, english = SENTENCES[self.code]
        return (french if language == "fr" else english).format(**self.details)

    def told(self, language: Language = "fr") -> str:
        """The sentence with its place and what is there."""
        is_french = language == "fr"
        place = [f"{'ligne' if is_french else 'line'} {self.line}"] if self.line else []
        place += [self.column] if self.column else []
        if self.value:
            place.append(
                f"«\N{NO-BREAK SPACE}{shown(self.value)}\N{NO-BREAK SPACE}»" if is_french else f"“{shown(self.value)}”"
            )
        colon = "\N{NO-BREAK SPACE}: " if is_french else ": "
        return ", ".join(place) + (colon if place else "") + self.sentence(language)


def shown(value: str) -> str:
    """What is there, on one line and not longer than is of use."""
    plain = "".join(character if character.isprintable() else "·" for character in value[:VALUE_SHOWN])
    return f"{plain}{'…' if len(value) > VALUE_SHOWN else ''}"


def euros(cents: int) -> str:
    """Cents as a FEC writes them."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d}"
