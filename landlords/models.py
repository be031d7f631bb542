"""Whose premises, rented to whom, for how much.

Every row has a `uuid` for the outside; amounts are integer cents. Each table with a history keeps its former
versions in `<Model>Event` (written by a trigger): the current version is the row itself.
"""

from __future__ import annotations

import calendar
import datetime
import uuid
from typing import TypeVar

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left, Now
from django.utils.translation import gettext_lazy as _

from landlords import triggers
from landlords.enums import Component, ContactChannel, NafNomenclature, Periodicity, VatRegime
from landlords.identifiers import NAF_PATTERNS, validate_naf, validate_siren, validate_siret

Model = TypeVar("Model", bound=type[models.Model])


def keeps_history(model: Model) -> Model:
    """Keep each former version of a row: a trigger copies it before a change or a deletion."""
    # pghistory binds a tracker to the first model it meets, so each model needs its own.
    track = pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent(), exclude=["created_at"])
    tracked: Model = track(model)
    return tracked


class Record(models.Model):
    """What every table has: a key for us, a key for the outside, the time it was written."""

    uuid = models.UUIDField(_("identifier"), default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        abstract = True


class Addressed(models.Model):
    address = models.CharField(_("address"), max_length=255, blank=True)
    postcode = models.CharField(_("postcode"), max_length=5, blank=True)
    commune = models.CharField(_("commune"), max_length=100, blank=True)

    class Meta:
        abstract = True

    @property
    def place(self) -> str:
        """The address on one line: `45 rue Inventée, 60100 Creil`."""
        town = " ".join(filter(None, (self.postcode, self.commune)))
        return ", ".join(filter(None, (self.address, town)))


class Landlord(Record, Addressed):
    siren = models.CharField("SIREN", max_length=9, validators=[validate_siren])
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=60, blank=True)
    billing_cutoff_day = models.PositiveSmallIntegerField(
        _("billing cut-off day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
        help_text=_("The day, 1 to 28, on which the next rent calls are made up: a credit after it waits a month."),
    )

    class Meta:
        verbose_name = _("landlord")
        verbose_name_plural = _("landlords")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["siren"],
                name="landlord_siren_unique",
                violation_error_message=_("A landlord with this SIREN already exists."),
            ),
            models.CheckConstraint(
                condition=Q(siren__regex=r"^[0-9]{9}$"),
                name="landlord_siren_digits",
                violation_error_message=_("A SIREN has exactly nine digits."),
            ),
            models.CheckConstraint(
                condition=Q(billing_cutoff_day__isnull=True) | Q(billing_cutoff_day__range=(1, 28)),
                name="landlord_cutoff_day",
                violation_error_message=_("The cut-off day lies between 1 and 28."),
            ),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name


class Letterhead(Record):
    """How a landlord's letters look and what they say of their own. Each letter keeps what stood here when issued."""

    app_privileges = ("SELECT", "INSERT", "UPDATE")

    landlord = models.OneToOneField(
        Landlord, on_delete=models.PROTECT, related_name="letterhead", verbose_name=_("landlord")
    )
    logo = models.BinaryField(_("logo"), default=bytes, blank=True)
    language = models.CharField(_("language of the letters"), max_length=2, choices=settings.LANGUAGES, default="fr")
    place = models.CharField(_("place the letters are dated from"), max_length=60, blank=True)
    contact_name = models.CharField(_("whom to call"), max_length=100, blank=True)
    contact_phone = models.CharField(_("telephone"), max_length=30, blank=True)
    contact_email = models.EmailField(_("e-mail"), blank=True)
    contact_hours = models.CharField(_("when"), max_length=100, blank=True)
    signatory_name = models.CharField(_("who signs"), max_length=100, blank=True)
    signatory_title = models.CharField(_("in which capacity"), max_length=100, blank=True)
    reexamination = models.TextField(_("how to ask for a re-examination"), max_length=600, blank=True)
    legal = models.CharField(_("legal details in the foot"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("letterhead")
        verbose_name_plural = _("letterheads")

    def __str__(self) -> str:
        return f"letterhead of {self.landlord_id}"


@keeps_history
class Premises(Record, Addressed):
    landlord = models.ForeignKey(
        Landlord, on_delete=models.PROTECT, related_name="premises", verbose_name=_("landlord")
    )
    reference = models.CharField(_("reference"), max_length=60)
    epci = models.CharField(_("EPCI"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("premises")
        verbose_name_plural = _("premises")
        ordering = ["reference", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["landlord", "reference"],
                name="premises_reference_unique",
                violation_error_message=_("This landlord already has premises with this reference."),
            ),
        ]
        triggers = [triggers.landlord_is_fixed()]

    def __str__(self) -> str:
        return self.reference


@keeps_history
class TenantBusiness(Record, Addressed):
    """A business as one landlord knows it: two landlords never share a row.

    A tenant may come without SIRET, NAF code or headcount; `missing_facts` names what blocks submission.
    """

    landlord = models.ForeignKey(Landlord, on_delete=models.PROTECT, related_name="tenants", verbose_name=_("landlord"))
    # NULL, not "", where it isn't known yet: unknown SIRETs are all different.
    siret = models.CharField(  # noqa: DJ001
        "SIRET", max_length=14, null=True, blank=True, validators=[validate_siret]
    )
    siren = models.GeneratedField(
        expression=Left("siret", 9), output_field=models.CharField("SIREN", max_length=9, null=True), db_persist=True
    )
    legal_name = models.CharField(_("legal name"), max_length=200)
    trade_name = models.CharField(_("trade name"), max_length=200, blank=True)
    is_natural_person = models.BooleanField(_("sole trader"), default=False)
    naf_rev2 = models.CharField(_("NAF rev. 2 code"), max_length=6, blank=True, validators=[validate_naf])
    naf_2025 = models.CharField(_("NAF 2025 code"), max_length=6, blank=True, validators=[validate_naf])
    headcount = models.PositiveIntegerField(_("headcount"), null=True, blank=True)
    started_on = models.DateField(_("started on"), null=True, blank=True)
    craft_registered = models.BooleanField(_("registered as a craft business"), null=True, blank=True)
    rne_extract_on = models.DateField(_("RNE extract dated"), null=True, blank=True)

    class Meta:
        verbose_name = _("tenant business")
        verbose_name_plural = _("tenant businesses")
        ordering = ["legal_name", "pk"]
        indexes = [models.Index(fields=["siren"], name="tenant_siren")]
        constraints = [
            models.UniqueConstraint(
                fields=["landlord", "siret"],
                name="tenant_siret_unique",
                violation_error_message=_("This landlord already has a tenant with this SIRET."),
            ),
            models.CheckConstraint(
                condition=Q(siret__isnull=True) | Q(siret__regex=r"^[0-9]{14}$"),
                name="tenant_siret_digits",
                violation_error_message=_("A SIRET has exactly fourteen digits."),
            ),
            models.CheckConstraint(
                condition=Q(naf_rev2="") | Q(naf_rev2__regex=NAF_PATTERNS[NafNomenclature.REV2]),
                name="tenant_naf_rev2_shape",
                violation_error_message=_("A NAF rev. 2 code looks like 56.10A and ends in A to F or Z."),
            ),
            models.CheckConstraint(
                condition=Q(naf_2025="") | Q(naf_2025__regex=NAF_PATTERNS[NafNomenclature.NAF2025]),
                name="tenant_naf_2025_shape",
                violation_error_message=_("A NAF 2025 code looks like 56.11G and ends in G, H, J, K, L or Y."),
            ),
        ]
        triggers = [triggers.landlord_is_fixed()]

    def __str__(self) -> str:
        return self.trade_name or self.legal_name

    @property
    def naf_codes(self) -> dict[NafNomenclature, str]:
        """The codes known, by nomenclature; one is never deduced from the other."""
        codes = {NafNomenclature.REV2: self.naf_rev2, NafNomenclature.NAF2025: self.naf_2025}
        return {nomenclature: code for nomenclature, code in codes.items() if code}

    def missing_facts(self) -> list[str]:
        """Name the facts among "siret", "naf" and "headcount" without which no application is submitted."""
        known = {"siret": self.siret, "naf": self.naf_codes, "headcount": self.headcount is not None}
        return [fact for fact, value in known.items() if not value]


class TenantWords(models.Model):
    """The words a tenant is found by (`landlords.search`). Triggers write them, nobody else does."""

    app_privileges = ("SELECT",)

    # The database deletes the row with its tenant.
    tenant = models.OneToOneField(
        TenantBusiness, on_delete=models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False
    )
    words = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["words"], name="tenant_words", fastupdate=False)]

    def __str__(self) -> str:
        return f"words of {self.tenant_id}"


class Contact(Record):
    tenant = models.ForeignKey(
        TenantBusiness, on_delete=models.CASCADE, related_name="contacts", verbose_name=_("tenant business")
    )
    name = models.CharField(_("name"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    preferred_channel = models.CharField(
        _("preferred channel"), max_length=10, choices=ContactChannel.choices, blank=True
    )

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name="", email="", phone=""),
                name="contact_not_empty",
                violation_error_message=_("A contact needs a name, an e-mail address or a telephone number."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone


@keeps_history
class Lease(Record):
    """One tenant in one premises; a successor on the same premises has a lease of its own."""

    landlord = models.ForeignKey(Landlord, on_delete=models.PROTECT, related_name="leases", verbose_name=_("landlord"))
    premises = models.ForeignKey(Premises, on_delete=models.PROTECT, related_name="leases", verbose_name=_("premises"))
    tenant = models.ForeignKey(
        TenantBusiness, on_delete=models.PROTECT, related_name="leases", verbose_name=_("tenant business")
    )
    reference = models.CharField(_("reference"), max_length=60)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    notice_given_on = models.DateField(_("notice given on"), null=True, blank=True)
    vat_regime = models.CharField(_("VAT regime"), max_length=10, choices=VatRegime.choices)
    periodicity = models.CharField(_("periodicity"), max_length=10, choices=Periodicity.choices)
    arrears_cents = models.PositiveBigIntegerField(_("arrears (cents)"), null=True, blank=True)
    arrears_on = models.DateField(_("arrears as at"), null=True, blank=True)
    moratorium_from = models.DateField(_("moratorium from"), null=True, blank=True)
    moratorium_until = models.DateField(_("moratorium until"), null=True, blank=True)
    moratorium_note = models.TextField(_("moratorium note"), blank=True)

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")
        ordering = ["reference", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["landlord", "reference"],
                name="lease_reference_unique",
                violation_error_message=_("This landlord already has a lease with this reference."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="lease_ends_after_start",
                violation_error_message=_("A lease can't end before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(vat_regime__in=VatRegime.values),
                name="lease_vat_regime_known",
                violation_error_message=_("The VAT regime is exempt, on receipts or on debits."),
            ),
            models.CheckConstraint(
                condition=Q(periodicity__in=Periodicity.values),
                name="lease_periodicity_known",
                violation_error_message=_("Rent is called monthly or quarterly."),
            ),
            models.CheckConstraint(
                condition=Q(arrears_cents__isnull=True, arrears_on__isnull=True)
                | Q(arrears_cents__isnull=False, arrears_on__isnull=False),
                name="lease_arrears_dated",
                violation_error_message=_("Arrears are an amount at a date: give both or neither."),
            ),
            models.CheckConstraint(
                condition=Q(moratorium_from__isnull=True, moratorium_until__isnull=True)
                | Q(moratorium_from__isnull=False, moratorium_until__isnull=True)
                | Q(moratorium_from__isnull=False, moratorium_until__gte=F("moratorium_from")),
                name="lease_moratorium_dates",
                violation_error_message=_("A moratorium can't end before it starts."),
            ),
        ]
        triggers = [triggers.landlord_is_fixed(), triggers.lease_within_one_landlord()]

    def __str__(self) -> str:
        return self.reference

    def covers(self, month: datetime.date) -> bool:
        """Say whether the lease runs on any day of the month that `month` lies in."""
        first = month.replace(day=1)
        last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        return self.starts_on <= last and (self.ends_on is None or self.ends_on >= first)


@keeps_history
class RentCall(Record):
    """What the landlord calls for one component of one lease over one period (a month, a quarter, any)."""

    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="rent_calls", verbose_name=_("lease"))
    component = models.CharField(_("component"), max_length=20, choices=Component.choices)
    period_start = models.DateField(_("period from"))
    period_end = models.DateField(_("period to"))
    due_on = models.DateField(_("due on"))
    net_cents = models.PositiveBigIntegerField(_("net (cents)"))
    vat_rate_bp = models.PositiveIntegerField(_("VAT rate (basis points)"), default=0)
    vat_cents = models.PositiveBigIntegerField(_("VAT (cents)"), default=0)
    gross_cents = models.PositiveBigIntegerField(_("gross (cents)"))
    regime = models.CharField(_("VAT regime"), max_length=10, choices=VatRegime.choices)

    class Meta:
        verbose_name = _("rent call")
        verbose_name_plural = _("rent calls")
        ordering = ["period_start", "component", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lease", "component", "period_start"],
                name="rentcall_period_unique",
                violation_error_message=_("This lease already has a call for this component and period."),
            ),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")),
                name="rentcall_period_order",
                violation_error_message=_("A period can't end before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(gross_cents=F("net_cents") + F("vat_cents")),
                name="rentcall_gross_is_sum",
                violation_error_message=_("The gross amount is the net amount plus VAT."),
            ),
            models.CheckConstraint(
                condition=Q(vat_rate_bp__lte=10_000),
                name="rentcall_vat_rate_range",
                violation_error_message=_("A VAT rate lies between 0 and 100 %%."),
            ),
            models.CheckConstraint(
                condition=~Q(regime=VatRegime.EXEMPT) | Q(vat_cents=0, vat_rate_bp=0),
                name="rentcall_exempt_without_vat",
                violation_error_message=_("A call exempt from VAT bears none."),
            ),
            models.CheckConstraint(
                condition=Q(component__in=Component.values),
                name="rentcall_component_known",
                violation_error_message=_("A call is for rent, service charges or recharged taxes."),
            ),
            models.CheckConstraint(
                condition=Q(regime__in=VatRegime.values),
                name="rentcall_regime_known",
                violation_error_message=_("The VAT regime is exempt, on receipts or on debits."),
            ),
        ]
        triggers = [
            triggers.no_overlapping_calls("insert", pgtrigger.Insert),
            triggers.no_overlapping_calls("update", pgtrigger.Update),
        ]

    def __str__(self) -> str:
        return f"{self.lease_id} {self.component} {self.period_start:%Y-%m-%d}"


class RentRollImport(Record):
    """One file taken in: what came, what it changed, what was said about it."""

    landlord = models.ForeignKey(
        Landlord, on_delete=models.PROTECT, related_name="rent_roll_imports", verbose_name=_("landlord")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("imported by"),
    )
    file_name = models.CharField(_("file name"), max_length=255)
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64)
    lines = models.PositiveIntegerField(_("lines"))
    created = models.PositiveIntegerField(_("rows created"))
    updated = models.PositiveIntegerField(_("rows updated"))
    unchanged = models.PositiveIntegerField(_("rows unchanged"))
    report = models.JSONField(_("report"), default=dict)

    class Meta:
        verbose_name = _("rent roll import")
        verbose_name_plural = _("rent roll imports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.created_at:%Y-%m-%d %H:%M})"
