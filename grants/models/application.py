"""A tenant's application, its relief lines (one month of one component of one lease) and its documents."""

import uuid
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE, FSMField, FSMModelMixin, transition

from grants.enums import (
    ALIVE_LINE_STATES,
    FINAL_STATES,
    Action,
    Channel,
    DocumentTiming,
    LineState,
    MandateKind,
    ReliefForm,
    State,
    Visibility,
)
from grants.models.fund import Charter, Fund
from grants.models.triggers import moves_only
from grants.workflow import APPLICATION_MOVES, LINE_MOVES, WORKFLOW
from landlords.enums import Component
from landlords.models import Lease, Premises, TenantBusiness, keeps_history

if TYPE_CHECKING:
    from fundadmin.models import User
    from grants.models.event import Event


def _sources(action: Action) -> list[str]:
    return sorted(WORKFLOW[action].sources)


def _among(action: Action) -> RETURN_VALUE:
    return RETURN_VALUE(*sorted(WORKFLOW[action].targets))


@keeps_history
class Application(FSMModelMixin, models.Model):
    """What one tenant asks of one fund. Its state moves only through `grants.actions`."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(_("reference"), max_length=60, unique=True)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="applications")
    charter = models.ForeignKey(Charter, on_delete=models.PROTECT, related_name="applications")
    tenant = models.ForeignKey(TenantBusiness, on_delete=models.PROTECT, related_name="applications")
    siren = models.CharField(max_length=9, blank=True, editable=False)
    state = FSMField(_("state"), choices=State.choices, default=State.DRAFT, protected=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    rank = models.PositiveIntegerField(_("rank"), null=True, blank=True)
    advisor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="applications")
    mandate_on = models.DateField(_("mandate given on"), null=True, blank=True)
    mandate_kind = models.CharField(_("mandate"), max_length=6, choices=MandateKind.choices, blank=True)
    contact_name = models.CharField(_("contact"), max_length=200, blank=True)
    contact_channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices, blank=True)
    facts = models.JSONField(_("facts declared"), default=dict, blank=True)
    info_requested = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    info_due_on = models.DateField(null=True, blank=True)
    reminded_on = models.DateField(null=True, blank=True)
    reserved_until = models.DateField(_("reserved until"), null=True, blank=True)
    expiry_warned_on = models.DateField(null=True, blank=True)
    offered_cents = models.BigIntegerField(_("offered"), null=True, blank=True)
    offered_until = models.DateField(_("offered until"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    acted_on = models.DateField(null=True, blank=True, editable=False)
    submitted_on = models.DateField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    assessed_on = models.DateField(null=True, blank=True)
    assessed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    outcome: "Event | None" = None
    """Not stored: the event of the action that returned this object (of the first one, on a replay)."""

    expected_version: int | None = None
    """Not stored: the version that whoever asks for an action has read; an action on another one is refused."""

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fund", "rank"], name="rank_once_per_fund"),
            models.CheckConstraint(
                condition=Q(offered_cents__isnull=True, offered_until__isnull=True)
                | Q(offered_cents__gt=0, offered_until__isnull=False, state=State.WAITLISTED),
                name="offer_only_to_the_waitlisted",
            ),
            models.CheckConstraint(
                condition=Q(state=State.ELIGIBLE, reserved_until__isnull=False)
                | (~Q(state=State.ELIGIBLE) & Q(reserved_until__isnull=True)),
                name="reserved_only_while_eligible",
            ),
            models.CheckConstraint(
                condition=Q(state=State.DRAFT) | Q(rank__isnull=False, submitted_on__isnull=False),
                name="filed_has_a_rank",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["fund", "state", "rank"], name="application_queue"),
            models.Index(fields=["fund", "siren"], name="application_siren"),
            # A page of a long list begins after an application, wherever it is in the list.
            models.Index(fields=["fund", "id"], name="application_page"),
        ]
        triggers: ClassVar = [moves_only("application_moves", State.DRAFT, APPLICATION_MOVES)]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STATES

    # Transitions only stamp. Who may and what must hold is the actions' business.

    @transition(field=state, source=_sources(Action.SUBMIT), target=State.SUBMITTED)
    def submit(self, *, by: "User", on: date, rank: int) -> None:
        self.submitted_by, self.submitted_on, self.rank = by, on, rank

    @transition(field=state, source=_sources(Action.REQUEST_INFO), target=State.INFO_REQUESTED)
    def request_info(self, *, wanted: list[str], due_on: date) -> None:
        self.info_requested, self.info_due_on, self.reminded_on = wanted, due_on, None

    @transition(field=state, source=_sources(Action.ANSWER), target=State.SUBMITTED)
    def answer(self) -> None:
        self._forget_request()

    @transition(field=state, source=_sources(Action.LAPSE), target=State.LAPSED)
    def lapse(self, *, on: date) -> None:
        self._forget_request()
        self.closed_on = on

    @transition(field=state, source=_sources(Action.ASSESS_FAVOURABLE), target=_among(Action.ASSESS_FAVOURABLE))
    def assess_favourable(self, *, by: "User", on: date, reserved_until: date | None) -> str:
        """With money reserved the application is eligible; without, it waits."""
        self.assessed_by, self.assessed_on, self.reserved_until = by, on, reserved_until
        self.expiry_warned_on = None
        self._forget_offer()
        return State.ELIGIBLE if reserved_until else State.WAITLISTED

    @transition(field=state, source=_sources(Action.ASSESS_UNFAVOURABLE), target=State.INELIGIBLE)
    def assess_unfavourable(self, *, by: "User", on: date) -> None:
        self.assessed_by, self.assessed_on, self.closed_on = by, on, on
        self._forget_offer()

    @transition(field=state, source=_sources(Action.APPROVE), target=_among(Action.APPROVE))
    def approve(self, *, by: "User", on: date, complete: bool) -> str:
        """The first of two visas leaves the application eligible."""
        if not complete:
            return State.ELIGIBLE
        self.decided_by, self.decided_on, self.reserved_until = by, on, None
        return State.APPROVED

    @transition(field=state, source=_sources(Action.SEND_BACK), target=State.SUBMITTED)
    def send_back(self) -> None:
        self.reserved_until = None

    @transition(field=state, source=_sources(Action.EXPIRE), target=State.SUBMITTED)
    def expire(self) -> None:
        self.reserved_until = None

    @transition(field=state, source=_sources(Action.REJECT), target=State.REJECTED)
    def reject(self, *, by: "User", on: date) -> None:
        self.decided_by, self.decided_on, self.closed_on, self.reserved_until = by, on, on, None
        self._forget_request()
        self._forget_offer()

    @transition(field=state, source=_sources(Action.CREDIT), target=_among(Action.CREDIT))
    def credit(self, *, state_after: str, on: date) -> str:
        return self._by_lines(state_after, on)

    @transition(field=state, source=_sources(Action.CANCEL_LINES), target=_among(Action.CANCEL_LINES))
    def cancel_lines(self, *, state_after: str, on: date) -> str:
        return self._by_lines(state_after, on)

    @transition(field=state, source=_sources(Action.REVERSE), target=_among(Action.REVERSE))
    def reverse(self, *, state_after: str, on: date) -> str:
        return self._by_lines(state_after, on)

    @transition(field=state, source=_sources(Action.WITHDRAW), target=State.WITHDRAWN)
    def withdraw(self, *, on: date) -> None:
        self.closed_on, self.reserved_until = on, None
        self._forget_request()
        self._forget_offer()

    @transition(field=state, source=_sources(Action.REOPEN), target=State.SUBMITTED)
    def reopen(self, *, on: date, rank: int) -> None:
        self.submitted_on, self.rank, self.closed_on = on, rank, None
        self.decided_by, self.decided_on = None, None

    def _by_lines(self, state_after: str, on: date) -> str:
        self.closed_on = on if state_after in FINAL_STATES else None
        return state_after

    def _forget_request(self) -> None:
        self.info_requested, self.info_due_on, self.reminded_on = [], None, None

    def _forget_offer(self) -> None:
        self.offered_cents, self.offered_until = None, None


class ReliefLine(models.Model):
    """Relief on one month of one component of one lease. Amounts are cents in the charter's `caps_basis`."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="lines")
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="relief_lines")
    premises = models.ForeignKey(Premises, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    component = models.CharField(max_length=20, choices=Component.choices)
    state = models.CharField(max_length=10, choices=LineState.choices, default=LineState.DRAFT)
    vat_rate_bp = models.PositiveIntegerField(default=0)
    asked_cents = models.BigIntegerField()
    proposed_cents = models.BigIntegerField(null=True, blank=True)
    approved_cents = models.BigIntegerField(null=True, blank=True)
    form = models.CharField(max_length=16, choices=ReliefForm.choices, blank=True)
    voucher_ref = models.CharField(max_length=60, blank=True)
    voucher_date = models.DateField(null=True, blank=True)
    applied_to_notice = models.CharField(max_length=60, blank=True)

    class Meta:
        # That of the locks. What people read is in the order of `place`.
        ordering = ("lease_id", "month", "component")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lease", "month", "component"],
                condition=Q(state__in=ALIVE_LINE_STATES),
                name="month_relieved_once",
                violation_error_message=_("This month of this lease already has relief asked for or granted."),
            ),
            models.UniqueConstraint(
                fields=["application", "lease", "month", "component"], name="line_once_per_application"
            ),
            models.CheckConstraint(condition=Q(asked_cents__gt=0), name="line_asks_for_something"),
            models.CheckConstraint(
                condition=Q(proposed_cents__isnull=True)
                | Q(proposed_cents__gte=0, proposed_cents__lte=F("asked_cents")),
                name="proposed_within_asked",
            ),
            models.CheckConstraint(
                condition=Q(approved_cents__isnull=True)
                | Q(approved_cents__gte=0, approved_cents__lte=F("proposed_cents")),
                name="approved_within_proposed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[LineState.APPROVED, LineState.CREDITED, LineState.REVERSED])
                | Q(approved_cents__gt=0),
                name="granted_line_has_an_amount",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[LineState.CREDITED, LineState.REVERSED])
                | (~Q(voucher_ref="") & ~Q(form="") & Q(voucher_date__isnull=False)),
                name="credited_line_has_a_voucher",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="line_month_is_a_first"),
        ]
        # A range of dates implies the condition, so a plan made for any voucher can use it.
        indexes: ClassVar = [
            models.Index(fields=["voucher_ref"], condition=Q(voucher_date__isnull=False), name="line_by_voucher"),
        ]
        triggers: ClassVar = [moves_only("line_moves", LineState.DRAFT, LINE_MOVES)]

    def __str__(self) -> str:
        return f"{self.application_id} {self.month:%Y-%m} {self.component}"

    @property
    def place(self) -> tuple[date, str, int]:
        """Where people look for it on a page or paper: month by month, and as a rent call has it, rent first."""
        return self.month, self.lease.reference, list(Component).index(Component(self.component))


class Document(models.Model):
    """A file somebody attached: evidence, a mandate, a signed charter. Kept outside the web root."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="documents")
    application = models.ForeignKey(
        Application, null=True, blank=True, on_delete=models.CASCADE, related_name="documents"
    )
    kind = models.CharField(max_length=60)
    timing = models.CharField(max_length=16, choices=DocumentTiming.choices, blank=True)
    visibility = models.CharField(max_length=8, choices=Visibility.choices)
    name = models.CharField(max_length=200)
    media_type = models.CharField(
        max_length=100, blank=True, db_default="", help_text=_("Its type by its content; empty where nobody looked.")
    )
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="%Y/%m", max_length=200)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)
    upload_link = models.ForeignKey(
        "grants.UploadLink", null=True, blank=True, on_delete=models.SET_NULL, related_name="documents"
    )

    def __str__(self) -> str:
        return f"{self.kind} ({self.name})"
