"""What a fund's exports for the accounts and for the public are to look like."""

from typing import ClassVar

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grants.enums import FecMode, ScdlNature
from grants.models.fund import Fund
from landlords.identifiers import validate_siret
from landlords.models import keeps_history

THRESHOLD_CENTS = 23_000_00
"""From 23 000 EUR on, the data of a grant are to be published (décret 2001-495)."""


@keeps_history
class ExportSettings(models.Model):
    """One row per fund whose settings were ever changed; without one, the defaults hold (`of`)."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    fund = models.OneToOneField(Fund, on_delete=models.PROTECT, primary_key=True, related_name="export_settings")
    fec_mode = models.CharField(_("use of the file"), max_length=7, choices=FecMode.choices, default=FecMode.CONTROL)
    journal_code = models.CharField(
        _("journal code"),
        max_length=10,
        default="ALG",
        validators=[
            RegexValidator(r"^[0-9A-Z]+\Z", _("A journal code has capital letters without accents and digits."))
        ],
        help_text=_("As in the landlord's accounts, e.g. ALG."),
    )
    journal_label = models.CharField(
        _("journal label"),
        max_length=60,
        default="Allègements de loyers et de charges",
        validators=[RegexValidator(r"^[^\x00-\x1f\x7f-\x9f|]*\Z", _("A label is one line, without a bar “|”."))],
    )
    scdl_on = models.BooleanField(
        _("publish the essential data of grants"),
        default=False,
        help_text=_("For a fund of public money. Ask your lawyer whether a rent relief is a grant (subvention)."),
    )
    scdl_siret = models.CharField(
        _("SIRET of the body that grants"),
        max_length=14,
        blank=True,
        validators=[validate_siret],
        help_text=_("Of the landlord's establishment that signs the decisions."),
    )
    scdl_minimum_cents = models.BigIntegerField(
        _("published from a total per business of"), default=THRESHOLD_CENTS, validators=[MinValueValidator(0)]
    )
    scdl_nature = models.CharField(
        _("nature of the aid"), max_length=10, choices=ScdlNature.choices, default=ScdlNature.IN_KIND
    )
    scdl_legal_duty = models.CharField(
        _("legal duty to name natural persons"),
        max_length=300,
        blank=True,
        help_text=_("The text that obliges you. Without one, sole traders are published without name or SIRET."),
    )

    class Meta:
        verbose_name = _("export settings")
        verbose_name_plural = _("export settings")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(journal_code__regex=r"^[0-9A-Z]+$"), name="journal_code_shape"),
            models.CheckConstraint(condition=~Q(journal_label=""), name="journal_label_given"),
            models.CheckConstraint(condition=Q(scdl_minimum_cents__gte=0), name="scdl_minimum_not_negative"),
            models.CheckConstraint(condition=Q(scdl_on=False) | ~Q(scdl_siret=""), name="scdl_needs_a_siret"),
        ]

    def __str__(self) -> str:
        return f"export settings of {self.fund_id}"

    @classmethod
    def of(cls, fund: Fund) -> "ExportSettings":
        return cls.objects.filter(fund=fund).first() or cls(fund=fund)
