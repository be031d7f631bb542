"""The essential data of grants (SCDL subventions 2.1.1), for a fund of public money that publishes them.

One line per decision and beneficiary. Every rule of the schema is checked before anything is written, and those the
schema can't say: check digits, one of two identifiers. A sole trader is a natural person: without name and number its
line would break the second rule, so it is left out, and counted, unless the fund names a legal duty. So is what was
granted by an application that was erased since: nobody knows to whom.
"""

import calendar
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _
from stdnum.fr import siret

from grants.enums import AidRegime, ScdlNature
from grants.exceptions import Breach, RuleRefused
from grants.exports.granted import Grant, euros, grants_of, write_csv
from grants.exports.kinds import ExportKind, Told, Wanted, Written
from grants.models import ExportSettings

COLUMNS: Final = (
    *("nomAttribuant", "idAttribuant", "dateConvention", "referenceDecision", "nomBeneficiaire", "idBeneficiaire"),
    *("rnaBeneficiaire", "objet", "montant", "nature", "conditionsVersement", "datesPeriodeVersement", "idRAE"),
    *("notificationUE", "pourcentageSubvention", "dispositifAide"),
)
REQUIRED: Final = frozenset(COLUMNS) - {
    *("referenceDecision", "idBeneficiaire", "rnaBeneficiaire", "idRAE", "dispositifAide"),
}
NATURES: Final[Mapping[str, str]] = {
    ScdlNature.IN_KIND: "aide en nature",
    ScdlNature.IN_CASH: "aide en numéraire",
    ScdlNature.BOTH: "aide en numéraire;aide en nature",
}
DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
PATTERNS: Final = {
    "idAttribuant": r"[0-9]{14}",
    "dateConvention": DAY,
    "rnaBeneficiaire": r"(W[0-9]{9})?",
    "objet": r".{1,256}",
    "montant": r"[0-9]+\.[0-9]{2}",
    "nature": "|".join((*NATURES.values(), "aide en nature;aide en numéraire")),
    "conditionsVersement": r".{1,256}",
    "datesPeriodeVersement": rf"{DAY}(/{DAY})?",
    "idRAE": r".{0,5}",
    "notificationUE": "oui|non",
    "pourcentageSubvention": r"1\.00|0\.(0[1-9]|[1-9][0-9])",
}
DE_MINIMIS: Final = frozenset({AidRegime.DE_MINIMIS_2023, AidRegime.DE_MINIMIS_2013, AidRegime.SGEI_2023})
MONTHS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


def write(wanted: Wanted, folder: Path, told: Told) -> Written:
    """Write the file. Raises RuleRefused with every rule that a line would break."""
    settings = ExportSettings.of(wanted.fund)
    if not settings.scdl_on:
        message = _(
            "This fund doesn't publish the essential data of grants: its landlord's manager switches that on in the"
            " settings of the exports."
        )
        raise RuleRefused([Breach("scdl_off", message)])
    living = [grant for grant in grants_of(wanted) if grant.living_cents]
    named = [grant for grant in living if not grant.is_erased]
    reached = above_minimum(named, settings.scdl_minimum_cents)
    published = [grant for grant in reached if is_published(grant, settings)]
    lines = [line_of(grant, settings) for grant in published]
    found = [breach for line in lines for breach in line_breaches(line)]
    if found:
        raise RuleRefused(found)
    if not lines:
        message = _(
            "No decision is to be published: %(granted)s granted, of which %(under)s under the minimum, %(people)s to"
            " natural persons and %(erased)s erased since."
        )
        counts = {"granted": len(living), "erased": len(living) - len(named)}
        counts |= {"under": len(named) - len(reached), "people": len(reached)}
        raise RuleRefused([Breach("nothing_to_publish", message, counts)])
    name = f"scdl-subventions-{wanted.fund.code}.csv"
    write_csv(
        folder / name, COLUMNS, ([line[column] for column in COLUMNS] for line in lines), separator=",", has_bom=False
    )
    told(len(lines), len(lines))
    return Written(files=(name,), rows=len(lines), sums_cents=sums(living, named, reached, published))


def above_minimum(grants: list[Grant], minimum_cents: int) -> list[Grant]:
    """Those of beneficiaries whose total reaches the minimum: several small decisions don't dodge it."""
    totals: dict[str, int] = defaultdict(int)
    for grant in grants:
        totals[grant.application.siren] += grant.living_cents
    return [grant for grant in grants if totals[grant.application.siren] >= minimum_cents]


def is_published(grant: Grant, settings: ExportSettings) -> bool:
    return bool(settings.scdl_legal_duty.strip()) or not grant.application.tenant.is_natural_person


def sums(living: list[Grant], named: list[Grant], reached: list[Grant], published: list[Grant]) -> dict[str, int]:
    """What is published and what isn't, and why, so that the file can be tied to the ledger."""
    total, known, above, shown = (sum(one.living_cents for one in some) for some in (living, named, reached, published))
    return {
        "published": shown,
        "under_the_minimum": known - above,
        "natural_persons": above - shown,
        "erased": total - known,
    }


def line_of(grant: Grant, settings: ExportSettings) -> dict[str, str]:
    """One decision as the schema wants it: French, a point in amounts, a slash between two days."""
    file, months = grant.application, grant.living_months
    first, last = months[0], months[-1]
    end = last.replace(day=calendar.monthrange(last.year, last.month)[1])
    return {
        "nomAttribuant": settings.fund.landlord.name,
        "idAttribuant": settings.scdl_siret,
        "dateConvention": grant.on.isoformat(),
        "referenceDecision": file.reference,
        "nomBeneficiaire": file.tenant.legal_name,
        "idBeneficiaire": file.tenant.siret or "",
        "rnaBeneficiaire": "",
        "objet": f"Allègement de loyer et de charges d'un local d'activité, {months_told(first, last)}",
        "montant": euros(grant.living_cents, "."),
        "nature": NATURES[settings.scdl_nature],
        "conditionsVersement": "unique" if len(months) == 1 else "échelonné",
        "datesPeriodeVersement": f"{first.isoformat()}/{end.isoformat()}",
        "idRAE": "",
        "notificationUE": "oui" if file.charter.aid_regime in DE_MINIMIS else "non",
        # Of this beneficiary: a decision has one.
        "pourcentageSubvention": "1.00",
        "dispositifAide": settings.fund.name,
    }


def months_told(first: date, last: date) -> str:
    told = [f"{MONTHS[month.month - 1]} {month.year}" for month in (first, last)]
    return told[0] if first == last else f"{told[0]} à {told[1]}"


def line_breaches(line: Mapping[str, str]) -> Iterator[Breach]:
    """Every rule of the schema, and the two it can't say."""
    file = line["referenceDecision"]

    def breach(code: str, column: str) -> Breach:
        message = _("%(file)s, field %(column)s: “%(value)s” breaks the schema of the essential data.")
        params = {"file": file, "column": column, "value": line[column][:60]}
        return Breach(code, message, params, f"{file}/{column}")

    for column in COLUMNS:
        value = line[column].strip()
        pattern = PATTERNS.get(column)
        if (not value and column in REQUIRED) or (pattern and not re.fullmatch(pattern, value)):
            yield breach("scdl_field", column)
    for column in ("idAttribuant", "idBeneficiaire"):
        if line[column] and not siret.is_valid(line[column]):
            yield breach("scdl_siret", column)
    if not line["idBeneficiaire"] and not line["rnaBeneficiaire"]:
        yield breach("scdl_one_of", "idBeneficiaire")


SCDL: Final = ExportKind(
    code="scdl",
    label=_("Essential data of grants (SCDL)"),
    what=_(
        "For publication as open data, by a landlord whose fund is public money: the official schema, version 2.1.1."
    ),
    write=write,
)
