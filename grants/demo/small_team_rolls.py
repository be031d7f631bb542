"""The small team's tenants and its messy rent rolls. All of it is invented: “hypothèse”.

Quarterly and monthly calls, three VAT regimes, two successive tenants in one premises, SIRETs that are missing or that
a spreadsheet mangled, a lease that ends on the way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from grants.demo.rent_rolls import french, write_csv
from grants.demo.tenants import valid_siren, valid_siret

LANDLORD_SIREN: Final = valid_siren(9_000_002)
LANDLORD_SIRET: Final = valid_siret(9_000_002)
TITLES: Final = ("Habitat du Noyonnais (bailleur inventé)", "Quittancement novembre 2020 - janvier 2021")
HEADERS: Final = (
    *("Locataire", "N° SIRET", "APE", "Effectif salarié", "Lot", "N° bail", "Entrée", "Sortie"),
    *("Périodicité", "Période", "Loyer HT", "Charges", "Régime de TVA", "Taux TVA"),
)
MONTHS: Final = ("11/2020", "12/2020", "01/2021")
QUARTERS: Final = ("T4 2020", "T1 2021")


class Calls(NamedTuple):
    """What is called for each period, as the landlord's software writes it."""

    periods: tuple[str, ...]
    rent: str
    charges: str
    regime: str = "Exonéré"
    vat_rate: str = ""


class Let(NamedTuple):
    """One lease; `number` makes the tenant's SIRET."""

    tenant: str
    number: int
    naf: str
    premises: str
    lease: str
    starts_on: date
    ends_on: date | None
    calls: Calls


BRASSERIE: Final = "Brasserie du Cloître"
SALON: Final = "Salon Camille"
DRIVING: Final = "Auto-école du Pont"
BOOKSHOP: Final = "Librairie des Écoles"
LEAVER: Final = "Friperie Vintage"
SUCCESSOR: Final = "Bar à Soupes Verdure"

LETS: Final = (
    Let(
        *(BRASSERIE, 9_001, "56.10A", "N-01", "BN-01", date(2016, 4, 1), None),
        Calls(QUARTERS, "2 250,00", "150,00", "Débits", "20 %"),
    ),
    Let(*(SALON, 9_002, "96.02A", "N-02", "BN-02", date(2018, 2, 1), None), Calls(MONTHS, "340,00", "32,50")),
    Let(
        *(DRIVING, 9_003, "85.53Z", "N-03", "BN-03", date(2014, 9, 1), None),
        Calls(QUARTERS, "1 000,00", "100,00", "Encaissements", "20 %"),
    ),
    Let(*(BOOKSHOP, 9_004, "47.61Z", "N-04", "BN-04", date(2012, 1, 1), None), Calls(MONTHS, "395,00", "41,00")),
    # Two tenants in one premises, one after the other.
    Let(
        *(LEAVER, 9_005, "47.79Z", "N-05", "BN-05", date(2017, 6, 1), date(2020, 11, 30)),
        Calls(MONTHS[:1], "310,00", "28,00"),
    ),
    Let(
        *(SUCCESSOR, 9_006, "56.10C", "N-05", "BN-05-2", date(2020, 12, 1), None),
        Calls(MONTHS[1:], "330,00", "28,00"),
    ),
)
WITHOUT_SIRET: Final = (DRIVING, BOOKSHOP)
MANGLED: Final = "7,3E+13"


@dataclass(frozen=True, slots=True)
class Flaws:
    """What is wrong with one file: tenants without SIRET, one whose SIRET a spreadsheet spoilt, leases that end."""

    without_siret: Sequence[str] = ()
    mangled: str = ""
    ended: Mapping[str, date] = field(default_factory=dict)


def write_rent_roll(path: Path, flaws: Flaws) -> Path:
    """Write one of the files the landlord sends, in UTF-8 with a byte order mark."""
    lines = [line for let in LETS for line in _lines(let, flaws)]
    return write_csv(path, TITLES, [HEADERS, *lines], encoding="utf-8-sig")


def _lines(let: Let, flaws: Flaws) -> Iterator[tuple[str, ...]]:
    siret = "" if let.tenant in flaws.without_siret else valid_siret(let.number)
    ends_on = flaws.ended.get(let.tenant, let.ends_on)
    calls = let.calls
    for period in calls.periods:
        yield (
            *(let.tenant, MANGLED if let.tenant == flaws.mangled else siret, let.naf, "2", let.premises, let.lease),
            *(french(let.starts_on), french(ends_on) if ends_on else ""),
            "Trimestriel" if calls.periods == QUARTERS else "Mensuel",
            *(period, calls.rent, calls.charges, calls.regime, calls.vat_rate),
        )
