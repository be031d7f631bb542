"""Valid landlords, tenants and leases for tests. Every name and identifier is invented."""

from __future__ import annotations

import calendar
import datetime
import itertools
from typing import Any

from stdnum import luhn

from landlords.enums import Component, Periodicity, VatRegime
from landlords.models import Landlord, Lease, Premises, RentCall, TenantBusiness

_numbers = itertools.count(1)


def valid_siren(n: int) -> str:
    """Return the n-th invented SIREN (0 <= n < 10,000,000): nine digits that pass Luhn."""
    stem = f"9{n:07d}"
    return stem + luhn.calc_check_digit(stem)


def valid_siret(n: int) -> str:
    """Return the SIRET of the head office of the n-th invented business."""
    stem = f"{valid_siren(n)}0001"
    return stem + luhn.calc_check_digit(stem)


def landlord(**values: Any) -> Landlord:
    n = next(_numbers)
    return Landlord.objects.create(**{"siren": valid_siren(5_000_000 + n), "name": f"Bailleur inventé {n}"} | values)


def premises(**values: Any) -> Premises:
    n = next(_numbers)
    values["landlord"] = values.get("landlord") or landlord()
    defaults = {"reference": f"LOC-{n}", "address": f"{n} rue des Essais", "postcode": "60000", "commune": "Beauvais"}
    return Premises.objects.create(**defaults | values)


def tenant(**values: Any) -> TenantBusiness:
    """A tenant with every fact that an application needs: SIRET, NAF code, headcount."""
    n = next(_numbers)
    values["landlord"] = values.get("landlord") or landlord()
    defaults = {
        "siret": valid_siret(6_000_000 + n),
        "legal_name": f"Entreprise inventée {n}",
        "naf_rev2": "56.10A",
        "headcount": 3,
        "started_on": datetime.date(2015, 1, 1),
    }
    return TenantBusiness.objects.create(**defaults | values)


def lease(**values: Any) -> Lease:
    """A running lease; its landlord is taken from the premises or tenant given, so that all three agree."""
    n = next(_numbers)
    known = values.get("premises") or values.get("tenant")
    owner = values.get("landlord") or (known.landlord if known else landlord())
    defaults = {
        "landlord": owner,
        "premises": values.get("premises") or premises(landlord=owner),
        "tenant": values.get("tenant") or tenant(landlord=owner),
        "reference": f"BAIL-{n}",
        "starts_on": datetime.date(2018, 1, 1),
        "vat_regime": VatRegime.EXEMPT,
        "periodicity": Periodicity.MONTHLY,
    }
    return Lease.objects.create(**defaults | values)


def rent_call(**values: Any) -> RentCall:
    """A call of 500 EUR exempt from VAT for April 2020; `month=` moves it to another month."""
    month: datetime.date = values.pop("month", datetime.date(2020, 4, 1)).replace(day=1)
    net_cents = values.get("net_cents", 500_00)
    defaults = {
        "component": Component.RENT,
        "period_start": month,
        "period_end": month.replace(day=calendar.monthrange(month.year, month.month)[1]),
        "due_on": month,
        "net_cents": net_cents,
        "gross_cents": net_cents + values.get("vat_cents", 0),
    }
    values["lease"] = values.get("lease") or lease()
    defaults["regime"] = values["lease"].vat_regime
    return RentCall.objects.create(**defaults | values)
