"""The de minimis register: what the State's platform asks for each aid, to be keyed in within 20 working days.

Décret 2025-1361: from 1 January 2026, for Regulations (EU) 2023/2831 and 2023/2832. The platform has no published file
layout, so this one is ours, in the platform's order. The day that counts is that of the final approval.
"""

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import holidays
from django.utils.translation import gettext_lazy as _

from grants.enums import AidRegime
from grants.exceptions import Breach, RuleRefused
from grants.exports.granted import Grant, euros, grants_of, write_csv
from grants.exports.kinds import ExportKind, Told, Wanted, Written
from grants.models import Charter

COLUMNS: Final = (
    *("numero_aide", "siren", "siret", "nom", "code_naf", "code_nace", "organisme_octroi_siren", "organisme_octroi"),
    *("financeur_si_different", "reglement", "instrument", "montant_esb", "date_octroi", "date_limite_saisie"),
    *("date_saisie", "statut"),
)
REGULATIONS: Final = {
    AidRegime.DE_MINIMIS_2023: "Règlement (UE) 2023/2831",
    AidRegime.SGEI_2023: "Règlement (UE) 2023/2832 (SIEG)",
    AidRegime.DE_MINIMIS_2013: "Règlement (UE) 1407/2013",
}
INSTRUMENT: Final = "Remise de loyer et de charges"
REGISTER_STARTS_ON: Final = date(2026, 1, 1)
WORKING_DAYS: Final = 20
SATURDAY: Final = 5
NACE_CLASS: Final = len("56.10")


def write(wanted: Wanted, folder: Path, told: Told) -> Written:
    """Write the register. Raises RuleRefused where the fund's relief is no de minimis aid, saying what it is."""
    refuse_other_regimes(wanted)
    found = [grant for grant in grants_of(wanted) if grant.application.charter.aid_regime in REGULATIONS]
    # Of what was erased nobody knows whose it was; it is counted.
    grants = [grant for grant in found if not grant.is_erased]
    if not grants:
        message = _("No de minimis aid is granted yet: the register is empty.")
        if found:
            message = _("Every application that was granted de minimis aid is erased: the register is empty.")
        raise RuleRefused([Breach("nothing_granted", message)])
    name = f"deminimis_register-{wanted.fund.code}.csv"
    write_csv(folder / name, COLUMNS, (row_of(grant) for grant in grants), separator=";", has_bom=True)
    told(len(grants), len(grants))
    granted, erased = (sum(grant.living_cents for grant in found if grant.is_erased == gone) for gone in (False, True))
    return Written(files=(name,), rows=len(grants), sums_cents={"granted": granted, "erased": erased})


def refuse_other_regimes(wanted: Wanted) -> None:
    versions = Charter.objects.filter(fund=wanted.fund, confirmed_at__isnull=False).order_by("version")
    regimes = [AidRegime(version.aid_regime) for version in versions]
    if not any(regime in REGULATIONS for regime in regimes):
        message = _(
            "There is no de minimis register for this fund: its charter says “%(regime)s”. Where public money is in it,"
            " the charter has to name the regulation."
        )
        regime = regimes[-1] if regimes else AidRegime.OUTSIDE_STATE_AID
        raise RuleRefused([Breach("no_de_minimis", message, {"regime": regime.label})])


def row_of(grant: Grant) -> list[str]:
    """One aid; the gross grant equivalent of a waived rent is its face value, as the check of the cap counts it."""
    file, landlord = grant.application, grant.application.fund.landlord
    naf = file.tenant.naf_rev2 or file.tenant.naf_2025
    regime = AidRegime(file.charter.aid_regime)
    has_deadline = grant.on >= REGISTER_STARTS_ON and regime != AidRegime.DE_MINIMIS_2013
    values = {
        "numero_aide": file.reference,
        "siren": file.siren,
        "siret": file.tenant.siret or "",
        "nom": file.tenant.legal_name,
        "code_naf": naf,
        "code_nace": naf[:NACE_CLASS],
        "organisme_octroi_siren": landlord.siren,
        "organisme_octroi": landlord.name,
        "reglement": REGULATIONS[regime],
        "instrument": INSTRUMENT,
        "montant_esb": euros(grant.living_cents, ","),
        "date_octroi": grant.on.isoformat(),
        "date_limite_saisie": working_days_after(grant.on, WORKING_DAYS).isoformat() if has_deadline else "",
        "statut": status_of(grant),
    }
    return [values.get(column, "") for column in COLUMNS]


def status_of(grant: Grant) -> str:
    """What was cancelled or reversed since has to be corrected on the platform too, so its line stays."""
    if not grant.living_cents:
        return "annulée"
    return "octroyée" if grant.living_cents == grant.approved_cents else "réduite"


def working_days_after(day: date, count: int) -> date:
    """The `count`th working day after a day: no Saturday, Sunday or French public holiday."""
    while count:
        day += timedelta(days=1)
        count -= is_working(day)
    return day


def is_working(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in holidays_of(day.year)


@cache
def holidays_of(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("FR", years=year)


DEMINIMIS_REGISTER: Final = ExportKind(
    code="deminimis_register",
    label=_("De minimis register"),
    what=_("For whoever keys the aids into the State's platform, within 20 working days of each decision."),
    write=write,
)
