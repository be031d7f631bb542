"""A landlord's fund: its charter in versions, the people with a role in it, what was proposed."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Final

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField, FSMModelMixin, transition

from grants.charter_rules import Terms
from grants.enums import (
    AidRegime,
    CapsBasis,
    FundAction,
    FundState,
    RequestState,
    Role,
    SecondVisaSide,
    Side,
)
from grants.models.triggers import moves_only
from grants.workflow import FUND_MOVES
from landlords.models import Landlord, keeps_history

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from grants.staffing import Gap


class Fund(FSMModelMixin, models.Model):
    """One landlord's money for one cause. `code` is what commands and the ledger call it; it never changes."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(
        _("code"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9-]+\Z")],
        help_text=_("e.g. oise-2020"),
    )
    name = models.CharField(_("name"), max_length=200)
    landlord = models.ForeignKey(Landlord, on_delete=models.PROTECT, related_name="funds")
    state = FSMField(_("state"), choices=FundState.choices, default=FundState.DRAFT, protected=True)
    closed_until = models.DateField(
        _("books closed until"), null=True, blank=True, help_text=_("Value dates up to this day are refused.")
    )
    files_opened = models.PositiveIntegerField(default=0, editable=False, help_text=_("Numbers the references."))
    created_at = models.DateTimeField(auto_now_add=True)
    archives_visa = models.BooleanField(
        _("public archives"),
        db_default=False,
        default=False,
        help_text=_("Filed applications are erased only once the public archives signed the elimination list."),
    )

    is_public = models.BooleanField(
        _("public page"),
        db_default=False,
        default=False,
        help_text=_("Anybody may read what the fund is, by its link."),
    )

    roles_held: "Sequence[tuple[str, str]]" = ()
    """Not stored: the roles of whoever reads (`queries.roles_by_fund`)."""

    class Meta:
        verbose_name = _("fund")
        verbose_name_plural = _("funds")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(code__regex=r"^[a-z0-9-]+$"), name="fund_code_is_a_slug"),
        ]
        triggers: ClassVar = [moves_only("fund_moves", FundState.DRAFT, FUND_MOVES)]

    def __str__(self) -> str:
        return self.code

    @transition(field=state, source=[FundState.DRAFT], target=FundState.OPEN)
    def open(self) -> None: ...

    @transition(field=state, source=[FundState.OPEN], target=FundState.SUSPENDED)
    def suspend(self) -> None: ...

    @transition(field=state, source=[FundState.SUSPENDED], target=FundState.OPEN)
    def resume(self) -> None: ...

    @transition(field=state, source=[FundState.OPEN, FundState.SUSPENDED], target=FundState.CLOSED)
    def close(self) -> None: ...


@keeps_history
class Charter(models.Model):
    """One version of a fund's charter. It binds from `confirmed_at` on, and never changes then (migration 0003)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="charters")
    version = models.PositiveIntegerField(_("version"))
    signed_on = models.DateField(_("signed on"))
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    filing_deadline = models.DateField(_("filing deadline"))
    first_month = models.DateField(_("first month that may be relieved"))
    last_month = models.DateField(_("last month that may be relieved"))
    ceiling_cents = models.BigIntegerField(_("ceiling"))
    cap_per_siren_cents = models.BigIntegerField(_("cap per SIREN"), null=True, blank=True)
    cap_per_lease_cents = models.BigIntegerField(_("cap per lease"), null=True, blank=True)
    max_months = models.PositiveSmallIntegerField(_("months at most"), null=True, blank=True)
    components = ArrayField(models.CharField(max_length=20), verbose_name=_("components that may be relieved"))
    rent_call_rate_bp = models.PositiveIntegerField(
        _("share of the rent call"), default=10_000, help_text=_("Basis points: 10000 is the whole rent call.")
    )
    caps_basis = models.CharField(_("caps are"), max_length=5, choices=CapsBasis.choices, default=CapsBasis.NET)
    second_visa_threshold_cents = models.BigIntegerField(_("second visa above"), null=True, blank=True)
    second_visa_side = models.CharField(
        _("second visa given by"), max_length=8, choices=SecondVisaSide.choices, default=SecondVisaSide.LANDLORD
    )
    reservation_days = models.PositiveSmallIntegerField(_("days a reservation lasts"), default=60)
    offer_days = models.PositiveSmallIntegerField(_("days an offer lasts"), default=15)
    info_days = models.PositiveSmallIntegerField(_("days to answer a request for information"), default=15)
    reply_days = models.PositiveSmallIntegerField(_("days to reply to a reversal notice"), default=30)
    reexamination_days = models.PositiveSmallIntegerField(_("re-examination window in days"), default=60)
    warning_levels = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    accounts = models.JSONField(_("accounts per form, component and VAT"), default=dict, blank=True)
    aid_regime = models.CharField(
        _("aid regime"), max_length=30, choices=AidRegime.choices, default=AidRegime.OUTSIDE_STATE_AID
    )
    aid_regime_justification = models.TextField(_("why this regime"), blank=True)
    required_documents = models.JSONField(
        _("documents"), default=list, blank=True, help_text=_('[{"kind": "...", "timing": "at_filing"}]')
    )
    articles = models.JSONField(
        _("articles"), default=dict, blank=True, db_default={}, help_text=_('{"ceiling": "art. 4"}')
    )
    signed_pdf = models.ForeignKey("grants.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    confirmed_on = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("charter version")
        verbose_name_plural = _("charter versions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fund", "version"], name="charter_version_once"),
            models.CheckConstraint(condition=Q(ceiling_cents__gt=0), name="charter_ceiling_positive"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="charter_ends_after_start"),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_on__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_on__isnull=False),
                name="charter_confirmed_at_and_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund.code} v{self.version}"

    def terms(self) -> Terms:
        """The rules of this version as plain data, for `charter_rules`."""
        return Terms(
            version=self.version,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            filing_deadline=self.filing_deadline,
            ceiling_cents=self.ceiling_cents,
            cap_per_siren_cents=self.cap_per_siren_cents,
            cap_per_lease_cents=self.cap_per_lease_cents,
            max_months=self.max_months,
            first_month=self.first_month,
            last_month=self.last_month,
            components=frozenset(self.components),
            rent_call_rate_bp=self.rent_call_rate_bp,
            caps_basis=CapsBasis(self.caps_basis),
            second_visa_threshold_cents=self.second_visa_threshold_cents,
            reservation_days=self.reservation_days,
            offer_days=self.offer_days,
            info_days=self.info_days,
            reply_days=self.reply_days,
            reexamination_days=self.reexamination_days,
            warning_levels=tuple(self.warning_levels),
            articles=self.articles,
        )


class CharterCriterion(models.Model):
    """One criterion of a charter version: a code of `eligibility` and its parameters."""

    charter = models.ForeignKey(Charter, on_delete=models.PROTECT, related_name="criteria")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict, blank=True)
    article = models.CharField(_("article of the charter"), max_length=100, blank=True)

    class Meta:
        ordering = ("charter", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["charter", "position"], name="criterion_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.charter_id}.{self.position} {self.code}"


class Commitment(models.Model):
    """A landlord's non-money promise in the charter: no penalty, no termination, a frozen rent revision."""

    charter = models.ForeignKey(Charter, on_delete=models.PROTECT, related_name="commitments")
    text = models.CharField(max_length=300)
    due_on = models.DateField(null=True, blank=True)
    kept_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.text


@keeps_history
class FundMember(models.Model):
    """A person's role in a fund, dated. It counts once `confirmed_on` is set.

    `authority_ref` and `limit_cents` are the delegation of powers; a deputy's row names whom it stands in for.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    side = models.CharField(max_length=8, choices=Side.choices)
    role = models.CharField(max_length=8, choices=Role.choices)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    authority_ref = models.CharField(_("delegation of powers"), max_length=200, blank=True)
    limit_cents = models.BigIntegerField(_("delegation limit"), null=True, blank=True)
    deputy_for = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="deputies")
    signed_delegation = models.ForeignKey(
        "grants.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_on = models.DateField(null=True, blank=True)

    gaps: "Sequence[Gap]" = ()
    """Not stored: the staffing gaps there were once the action that returned this object was done."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="member_ends_after_start"
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.ADVISOR) | Q(side=Side.CHAMBER), name="advisor_is_of_the_chamber"
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.PAYER) | Q(side=Side.LANDLORD), name="payer_is_the_landlords"
            ),
            models.CheckConstraint(
                condition=Q(role=Role.AUDITOR) | ~Q(side=Side.EXTERNAL), name="external_people_only_audit"
            ),
            models.CheckConstraint(
                condition=Q(limit_cents__isnull=True) | Q(limit_cents__gt=0), name="delegation_limit_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} ({self.side})"

    def counts_on(self, day: date) -> bool:
        """Whether this membership gives its role on `day`."""
        return (
            self.user.is_active
            and self.confirmed_on is not None
            and self.confirmed_on <= day
            and self.starts_on <= day
            and (self.ends_on is None or day <= self.ends_on)
        )


class FundProposal(models.Model):
    """A fund action that one landlord member proposed and another confirms or refuses."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="proposals")
    action = models.CharField(max_length=20, choices=FundAction.choices)
    charter = models.ForeignKey(Charter, null=True, blank=True, on_delete=models.PROTECT, related_name="proposals")
    amount_cents = models.BigIntegerField(null=True, blank=True)
    signed_pdf = models.ForeignKey("grants.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.OPEN)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_on = models.DateField()
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_on = models.DateField(null=True, blank=True)

    gaps: "Sequence[Gap]" = ()
    """Not stored: the staffing gaps there were once the fund was opened."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["fund", "action"], condition=Q(state=RequestState.OPEN), name="one_open_proposal_per_action"
            ),
            models.CheckConstraint(
                condition=Q(amount_cents__isnull=True) | Q(amount_cents__gt=0), name="proposal_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True) | ~Q(settled_by=F("proposed_by")), name="proposal_needs_two_people"
            ),
        ]
        triggers: ClassVar = [pgtrigger.Protect(name="proposal_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.fund_id} {self.action} ({self.state})"

    def get_state_display(self) -> str:  # type: ignore[no-redef] # Django leaves it where a class has its own
        """In words that agree with a fund action, where `RequestState` agrees with a request."""
        return str(STATES_OF_PROPOSALS[self.state])


STATES_OF_PROPOSALS: Final[Mapping[str, "_StrPromise"]] = {
    RequestState.OPEN: pgettext_lazy("a fund action", "open"),
    RequestState.CONFIRMED: pgettext_lazy("a fund action", "confirmed"),
    RequestState.REFUSED: pgettext_lazy("a fund action", "refused"),
}
