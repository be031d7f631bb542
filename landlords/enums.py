"""The closed lists of the landlords app. A leaf: Django text only."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class NafNomenclature(TextChoices):
    """The two versions of the French activity list; the code's final letter tells which."""

    REV2 = "rev2", _("NAF rev. 2")
    NAF2025 = "2025", _("NAF 2025")


class VatRegime(TextChoices):
    EXEMPT = "exempt", _("exempt from VAT")
    RECEIPTS = "receipts", _("VAT on receipts")
    DEBITS = "debits", _("VAT on debits")


class Periodicity(TextChoices):
    MONTHLY = "monthly", _("monthly")
    QUARTERLY = "quarterly", _("quarterly")


class Component(TextChoices):
    RENT = "rent", _("rent")
    CHARGES = "charges", _("service charges")
    RECHARGED_TAXES = "recharged_taxes", _("recharged taxes")


class ContactChannel(TextChoices):
    EMAIL = "email", _("e-mail")
    PHONE = "phone", _("telephone")
    POST = "post", _("post")
