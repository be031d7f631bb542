"""Writes the landlords' rent rolls as files, the way their software exports them; the real import reads them."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from grants.demo.tenants import CLOSED, Tenant, open_tenants, valid_siret

ORIGIN_TITLES: Final = (
    "SA d'HLM de l'Oise - Locaux d'activité (état inventé pour la démonstration)",
    "État locatif arrêté au 30/04/2020",
)
ORIGIN_HEADERS: Final = (
    *("Réf. bail", "Réf. local", "Adresse", "Code postal", "Commune", "EPCI", "Raison sociale", "SIRET", "Code NAF"),
    *("Effectif", "Date de création", "Date d'effet du bail", "Congé donné le", "Régime TVA", "Loyer mensuel HT"),
    *("Provisions sur charges", "Impayés au 29/02/2020"),
)


def write_csv(path: Path, titles: Sequence[str], rows: Iterable[Sequence[str]], *, encoding: str) -> Path:
    """Write a file with `;`, CRLF and title lines above the header, which is the first of `rows`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        file.writelines(f"{title}\r\n" for title in (*titles, ""))
        csv.writer(file, delimiter=";").writerows(rows)
    return path


def table(headers: Sequence[str], lines: Iterable[Mapping[str, str]]) -> list[list[str]]:
    """The lines under their headers; what a line doesn't tell is blank."""
    return [list(headers), *([line.get(header, "") for header in headers] for line in lines)]


def write_origin(folder: Path) -> Path:
    """The rent roll of 133 business premises, in Windows-1252."""
    tenants = [*CLOSED, *open_tenants()]
    lines = [_origin_line(number, tenant) for number, tenant in enumerate(tenants, start=1)]
    path = folder / "etat-locatif-oise.csv"
    return write_csv(path, ORIGIN_TITLES, table(ORIGIN_HEADERS, lines), encoding="cp1252")


def write_today(folder: Path, numbered: Iterable[tuple[int, Tenant]], day: date) -> Path:
    """The rent roll of some of these tenants, as it stands on a later day."""
    arrears = f"Impayés au {french(day)}"
    headers = [*ORIGIN_HEADERS[:-1], arrears]
    lines = [_origin_line(number, tenant) | {arrears: amount(0)} for number, tenant in numbered]
    titles = (ORIGIN_TITLES[0], f"État locatif arrêté au {french(day)}")
    return write_csv(folder / "etat-locatif-du-jour.csv", titles, table(headers, lines), encoding="cp1252")


def _origin_line(number: int, tenant: Tenant) -> dict[str, str]:
    return {
        "Réf. bail": f"B-{number:03d}",
        "Réf. local": f"L-{number:03d}",
        "Adresse": f"{number} rue Inventée",
        "Code postal": tenant.commune.postcode,
        "Commune": tenant.commune.name,
        "EPCI": tenant.commune.epci,
        "Raison sociale": tenant.name,
        "SIRET": spaced_siret(valid_siret(number)),
        "Code NAF": tenant.trade.naf,
        "Effectif": str(tenant.headcount),
        "Date de création": french(tenant.started_on),
        "Date d'effet du bail": french(max(tenant.started_on, date(2015, 1, 1))),
        "Régime TVA": "Exonéré",
        "Loyer mensuel HT": amount(tenant.rent_cents),
        "Provisions sur charges": amount(tenant.charges_cents),
        "Impayés au 29/02/2020": amount(0),
    }


def french(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def amount(cents: int) -> str:
    """1 234,50 as a French export writes it."""
    return f"{cents // 100:,}".replace(",", " ") + f",{cents % 100:02d}"


def spaced_siret(siret: str) -> str:
    return f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"
