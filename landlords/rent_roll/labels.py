"""What a column may hold, in words, in the order in which people look for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

GROUPS: Final[tuple[tuple[_StrPromise, Mapping[str, _StrPromise]], ...]] = (
    (
        _("Lease"),
        {
            "lease": _("Lease reference"),
            "starts_on": _("Start of the lease"),
            "ends_on": _("End of the lease"),
            "notice_given_on": _("Notice given on"),
        },
    ),
    (
        _("Tenant business"),
        {
            "legal_name": _("Legal name"),
            "siret": _("SIRET"),
            "trade_name": _("Trade name"),
            "is_natural_person": _("Sole trader (yes or no)"),
            "naf": _("NAF code"),
            "naf_rev2": _("NAF code (rev. 2)"),
            "naf_2025": _("NAF code (2025)"),
            "headcount": _("Headcount"),
            "started_on": _("Start of the activity"),
            "craft_registered": _("Craft registration"),
            "rne_extract_on": _("Date of the RNE extract"),
            "contact_name": _("Contact: name"),
            "contact_email": _("Contact: e-mail"),
            "contact_phone": _("Contact: telephone"),
        },
    ),
    (
        _("Premises"),
        {
            "premises": _("Premises reference"),
            "address": _("Address"),
            "postcode": _("Postcode"),
            "commune": _("Commune"),
            "epci": _("EPCI"),
        },
    ),
    (
        _("Rent call"),
        {
            "period": _("Period (month or quarter)"),
            "period_start": _("Period: first day"),
            "period_end": _("Period: last day"),
            "periodicity": _("Periodicity"),
            "due_on": _("Due on"),
            "rent": _("Rent, net of VAT"),
            "charges": _("Provisions for charges, net of VAT"),
            "recharged_taxes": _("Recharged taxes, net of VAT"),
            "vat_regime": _("VAT regime"),
            "vat_rate": _("VAT rate"),
            "vat_amount": _("VAT, amount"),
            "gross": _("Total, VAT included"),
            "arrears": _("Arrears"),
            "arrears_on": _("Arrears as at"),
        },
    ),
)

LABELS: Final[Mapping[str, _StrPromise]] = {fact: label for _group, facts in GROUPS for fact, label in facts.items()}
