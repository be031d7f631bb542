"""Which column holds which fact: the usual French headings, in any order, case and wording."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from landlords.enums import Periodicity
from landlords.rent_roll.dates import parse_date
from landlords.rent_roll.findings import BadValue, Finding
from landlords.rent_roll.reading import Cell
from landlords.rent_roll.words import plain, tidy

# Words that carry no meaning in a heading; "du" and "au" stay, they tell the two ends of a period.
_FILLERS: Final = frozenset(
    {"a", "d", "de", "des", "en", "et", "eur", "euro", "euros", "l", "la", "le", "les", "par", "pour", "sur"}
)
_NUMBER_WORDS: Final = frozenset({"n", "no", "num", "numero"})

# By fact: the headings, as `_heading` leaves them. The first one is what a remedy shows (see USUAL).
_HEADINGS: Final[dict[str, str]] = {
    "lease": "ref bail|reference bail|n bail|bail|code bail|identifiant bail|id bail|contrat|n contrat|ref contrat"
    "|reference contrat|code contrat|contrat bail|ref bail contrat|n bail contrat|reference lease",
    "premises": "ref local|reference local|n local|local|code local|identifiant local|id local|lot|n lot|ref lot"
    "|reference lot|code lot|ug|n ug|code ug|unite gestion|module|n module|code module|local commercial|ref locaux",
    "address": "adresse|adresse local|adresse locaux|adresse bien|adresse immeuble|rue|voie|adresse local commercial",
    "postcode": "code postal|cp|code postal local|cp local",
    "commune": "commune|ville|localite|commune local|ville local",
    "epci": "epci|intercommunalite|agglomeration|communaute communes|nom epci",
    "siret": "siret|n siret|code siret|siret locataire|n siret locataire|siret entreprise|siret preneur"
    "|identifiant siret",
    "legal_name": "raison sociale|locataire|nom locataire|raison sociale locataire|denomination|denomination sociale"
    "|nom|nom entreprise|entreprise|entreprise locataire|societe|preneur|nom preneur|titulaire|titulaire bail"
    "|nom raison sociale|raison sociale nom|nom locataire raison sociale",
    "trade_name": "enseigne|nom commercial|enseigne commerciale",
    "is_natural_person": "entreprise individuelle|entrepreneur individuel|ei|personne physique",
    "naf": "code naf|naf|ape|code ape|naf ape|ape naf|code naf ape|code ape naf|code activite",
    "naf_rev2": "naf rev 2|code naf rev 2|naf rev2|code naf rev2|naf 2008|ape rev 2",
    "naf_2025": "naf 2025|code naf 2025|ape 2025|code ape 2025",
    "headcount": "effectif|effectifs|effectif salarie|effectifs salaries|nb salaries|nombre salaries|salaries"
    "|n salaries|effectif entreprise",
    "started_on": "date creation|date creation entreprise|creation|debut activite|date debut activite"
    "|date immatriculation|creee|date creation societe",
    "craft_registered": "immatriculation artisan|artisan|rm|rne|rm rne|repertoire metiers|n rm|immatriculation rm"
    "|immatriculation rne|immatriculation rm rne|immatriculation artisan rm rne|inscription rm|inscrit rm"
    "|inscrit repertoire metiers|artisan rm rne",
    "rne_extract_on": "date extrait rne|extrait rne|extrait rne du|date extrait",
    "contact_name": "contact|nom contact|interlocuteur|personne contact|nom interlocuteur",
    "contact_email": "e mail|email|mail|courriel|e mail contact|email contact|mail contact|courriel contact"
    "|adresse e mail|adresse email|adresse mail|adresse courriel|adresse electronique",
    "contact_phone": "telephone|tel|telephone contact|tel contact|n telephone|n tel|portable|mobile|telephone portable",
    "starts_on": "date debut bail|debut bail|date debut|date effet|date effet bail|date prise effet|prise effet"
    "|prise effet bail|date prise effet bail|date entree|entree|date entree lieux|bail du|date bail|debut",
    "ends_on": "date fin bail|fin bail|date fin|date sortie|sortie|echeance bail|date echeance bail|terme bail"
    "|date terme bail|expiration|date expiration|expiration bail|date fin contrat|fin",
    "notice_given_on": "conge donne|conge|date conge|conge recu|preavis|date preavis|conge delivre|date conge donne",
    "vat_regime": "regime tva|tva regime|regime|regime fiscal|regime fiscal tva|assujettissement tva",
    "vat_rate": "taux tva|tva taux|tva pct|taux tva pct|taux pct|taux|tva taux pct",
    "vat_amount": "montant tva|tva montant|mt tva|total tva|tva totale|dont tva",
    "gross": "total ttc|ttc|montant ttc|total|montant total|total quittance|quittancement|total appele|total echeance"
    "|montant total ttc|total echeance ttc|montant echeance|total du|montant quittance|total appele ttc",
    "rent": "loyer ht|loyer|montant loyer|loyer hors taxes|loyer principal|loyer appele|loyer hors charges|loyer hc"
    "|loyer ht hc|loyer net|montant loyer ht|loyer hors taxe|loyer mensuel|loyer mensuel ht|loyer trimestriel"
    "|loyer trimestriel ht|loyer nu|loyer base|loyer principal ht",
    "charges": "provisions charges|provision charges|charges|prov charges|charges locatives|charges ht|provisions"
    "|provisions charges ht|provision charges ht|montant charges|provision|appel charges|charges mensuelles"
    "|charges trimestrielles|provisions charges locatives",
    "recharged_taxes": "impots taxes refactures|impots taxes|taxe fonciere|taxe fonciere refacturee|taxes refacturees"
    "|refacturation taxe fonciere|refacturation impots|refacturation taxes|impots refactures|impots taxes refactures ht"
    "|taxes|tf|impots fonciers|taxe fonciere ht|refacturation taxe fonciere ht",
    "periodicity": "periodicite|frequence|periodicite appel|periodicite appels|periodicite loyer"
    "|periodicite quittancement|periodicite facturation|periodicite paiement|rythme appel",
    "period": "periode|mois|trimestre|echeance|terme|periode appel|periode appelee|periode facturation|periode facturee"
    "|mois appel|avis echeance|periode quittancement|mois quittancement|periode echeance",
    "period_start": "echeance du|periode du|du|debut periode|date debut periode|periode debut|appel du|terme du"
    "|debut echeance|avis echeance du",
    "period_end": "au|echeance au|periode au|fin periode|date fin periode|periode fin|appel au|terme au|fin echeance"
    "|jusqu au|avis echeance au",
    "due_on": "date echeance|exigible|exigibilite|date exigibilite|payable|payer"
    "|date limite paiement|date paiement|date exigible|date avis echeance",
    "arrears": "impayes|impaye|solde|solde debiteur|arrieres|arriere|dette|montant impayes|solde locataire"
    "|solde compte|total impayes",
    "arrears_on": "date impayes|impayes au|date solde|solde au|impayes arretes au|date arrete impayes|date arrete",
}
FACT_BY_HEADING: Final = {heading: fact for fact, headings in _HEADINGS.items() for heading in headings.split("|")}

# What a remedy proposes, in the users' spelling.
USUAL: Final[dict[str, str]] = {
    "lease": "Réf. bail, N° bail, Contrat",
    "legal_name": "Raison sociale, Locataire, Preneur",
    "starts_on": "Date de début du bail, Date d'effet, Entrée",
    "rent": "Loyer HT, Loyer, Loyer hors charges",
}
_ALWAYS_NEEDED: Final = ("lease", "legal_name", "starts_on", "rent")
_ARREARS_AT: Final = re.compile(r"(?:impayes?|solde(?: debiteur)?|arrieres?|dette)(?: arretes?)? au (.+)")
# A row with fewer known headings is a title or a line of data.
_FEWEST_HEADINGS: Final = 3
_EPOCH: Final = datetime.date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Layout:
    """What a person says of a file: the line of its header, and by place (from 0) the fact of a column."""

    line: int
    facts: Mapping[int, str]


@dataclass
class Columns:
    """Where each fact stands: `places` by fact, `headers` by place, as in the file."""

    line: int
    width: int
    places: dict[str, int] = field(default_factory=dict)
    headers: dict[int, str] = field(default_factory=dict)
    errors: list[Finding] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    arrears_on: datetime.date | None = None

    def header(self, fact: str) -> str | None:
        """Return the heading of a fact's column as in the file, None when the file has no such column."""
        place = self.places.get(fact)
        return None if place is None else self.headers[place]

    @cached_property
    def periodicity_told(self) -> Periodicity | None:
        """What the heading of the rent says: “Loyer mensuel”, “Loyer trimestriel”."""
        words = plain(self.header("rent") or "").split()
        if "mensuel" in words:
            return Periodicity.MONTHLY
        return Periodicity.QUARTERLY if "trimestriel" in words else None

    @property
    def tell_periods(self) -> bool:
        return not {"period", "period_start", "period_end"}.isdisjoint(self.places)


def heading_words(cell: Cell) -> str:
    """Reduce a heading to what tells it from others: “N° de bail (€)” -> "n bail"."""
    if not isinstance(cell, str):
        return ""
    words = ["n" if word in _NUMBER_WORDS else word for word in plain(tidy(cell)).split() if word not in _FILLERS]
    if "du" in words[:-1]:
        # “Début du bail” is “début bail”; in “échéance du” the word ends the heading and tells a start.
        words = [word for word in words[:-1] if word != "du"] + words[-1:]
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one kind of table: the fact that a heading names, and what is missing from the columns found.

    `ambiguous`: headings that may name several facts, with the code of the sentence that says so.
    """

    fact_of: Callable[[str], str | None]
    missing: Callable[[Columns], Iterable[Finding]]
    ambiguous: Mapping[str, str] = field(default_factory=dict)

    def score(self, cells: Sequence[Cell]) -> int:
        """Count the different facts that the cells name, were they headings."""
        facts = {self.fact_of(heading_words(cell)) for cell in cells}
        return len(facts - {None})


def _fact(heading: str) -> str | None:
    known = FACT_BY_HEADING.get(heading)
    return known or ("arrears" if _arrears_date(heading) else None)


def _arrears_date(heading: str) -> datetime.date | None:
    """Return the date that “Impayés au 30/04/2020” tells."""
    found = _ARREARS_AT.fullmatch(heading)
    try:
        return parse_date(found[1], _EPOCH) if found else None
    except BadValue:
        return None


def find_columns(
    head: Iterable[tuple[int, Sequence[Cell]]], layout: Layout | None = None, words: Vocabulary | None = None
) -> Columns | None:
    """Read the header among the first rows, None when no row looks like one.

    It is the row with the most known headings: title lines above it and lines of data have few. With a `layout` it is
    the line that this names, and its columns hold what it says. `words`: a rent roll's, or another table's.
    """
    words = words or RENT_ROLL
    if layout is not None:
        return _as_told(head, layout)
    line, cells = max(head, key=lambda row: words.score(row[1]), default=(0, ()))
    if words.score(cells) < _FEWEST_HEADINGS:
        return None
    columns = Columns(line, len(cells))
    for place, cell in enumerate(cells):
        if isinstance(cell, str) and tidy(cell):
            _place(columns, place, tidy(cell), words)
    columns.errors.extend(words.missing(columns))
    return columns


def _place(columns: Columns, place: int, header: str, words: Vocabulary) -> None:
    heading = heading_words(header)
    fact = words.fact_of(heading)
    columns.headers[place] = header
    if heading in words.ambiguous:
        columns.errors.append(Finding(words.ambiguous[heading], columns.line, header))
    elif fact is None:
        columns.ignored.append(header)
    elif fact in columns.places:
        params = {"fact": columns.header(fact), "other": columns.header(fact)}
        columns.errors.append(Finding("column_ambiguous", columns.line, header, params=params))
    else:
        columns.places[fact] = place
        columns.arrears_on = columns.arrears_on or _arrears_date(heading)


def _as_told(head: Iterable[tuple[int, Sequence[Cell]]], layout: Layout) -> Columns | None:
    cells = next((cells for line, cells in head if line == layout.line), None)
    if cells is None:
        return None
    columns = Columns(layout.line, len(cells))
    for place, cell in enumerate(cells):
        header = tidy(str(cell)) if cell is not None else ""
        fact = layout.facts.get(place)
        columns.headers[place] = header or str(place + 1)
        if fact is None:
            columns.ignored += [header] if header else []
        elif fact in columns.places:
            params = {"fact": columns.header(fact), "other": columns.header(fact)}
            columns.errors.append(Finding("column_ambiguous", columns.line, header, params=params))
        else:
            columns.places[fact] = place
            columns.arrears_on = columns.arrears_on or _arrears_date(heading_words(header))
    columns.errors.extend(_missing(columns))
    return columns


def _missing(columns: Columns) -> Iterator[Finding]:
    for fact in _ALWAYS_NEEDED:
        if fact not in columns.places:
            headings = USUAL[fact]
            params = {"fact": headings.split(",")[0], "headings": headings}
            yield Finding("column_missing", columns.line, params=params)
    if ("period_start" in columns.places) != ("period_end" in columns.places):
        headings = "Échéance du / Échéance au, Début de période / Fin de période"
        yield Finding("column_missing", columns.line, params={"fact": "Échéance du, au", "headings": headings})


RENT_ROLL: Final = Vocabulary(_fact, _missing, {"tva": "vat_column_ambiguous"})
header_score: Final = RENT_ROLL.score


def expected_header() -> str:
    return "Réf. bail ; Réf. local ; Raison sociale ; SIRET ; Date de début du bail ; Période ; Loyer HT"
