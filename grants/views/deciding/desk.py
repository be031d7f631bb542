"""The desk of who decides: a fund's files that await a visa on one screen, and what the ceiling would leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from fundadmin.models import User
from grants import ledger, queries
from grants.actions.available import Situation, situations_of
from grants.charter_rules import needs_second_visa
from grants.enums import Action, LineState, Outcome, Role, State
from grants.exceptions import Breach
from grants.models import Application, Assessment, Event, FundMember, Visa
from grants.money import euros
from grants.permissions import HAND_OF, Hand
from grants.views.deciding.choosing import choose, fund_asked, funds_of_role

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

OTHER_HANDS: Final = [action for action, hand in HAND_OF.items() if hand != Hand.DECIDED]


def to_decide(user: User, *fund_ids: int) -> QuerySet[Application]:
    """The files of these funds that await a visa this person may give, by rank.

    They had no other hand in it and gave no first visa. Delegations and amounts are judged when the visa is asked for.
    """
    today = timezone.localdate()
    own = Event.objects.filter(application=OuterRef("pk"), user=user, action__in=OTHER_HANDS)
    given = Visa.objects.filter(application=OuterRef("pk"), by=user, living=True)
    approver = FundMember.objects.filter(queries.held_by(user, today), fund=OuterRef("fund"), role=Role.APPROVER)
    files = queries.files_open_to(user).filter(Exists(approver), fund__in=fund_ids, state=State.ELIGIBLE)
    return files.exclude(Exists(own)).exclude(Exists(given)).order_by("rank")


@dataclass(frozen=True, slots=True)
class Findings:
    """An opinion's criteria, counted. An erased opinion has none."""

    met: int
    settled: int
    total: int


@dataclass(frozen=True, slots=True)
class Row:
    """A file on the desk: the amount a visa is for, its visas, its findings, and why it can't be decided here."""

    application: Application
    cents: int
    months: int
    findings: Findings
    first: Visa | None
    two: bool
    breaches: Sequence[Breach]
    chosen: bool

    @property
    def days_left(self) -> int | None:
        """Days until the reservation expires."""
        until = self.application.reserved_until
        return None if until is None else (until - timezone.localdate()).days


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest) -> HttpResponse:
    """The files that await a visa. A POST reckons again with what is chosen; nothing is decided here."""
    user = cast("User", request.user)
    funds = funds_of_role(user, Role.APPROVER)
    fund = fund_asked(request, funds, to_decide(user, *(fund.pk for fund in funds)))
    context: dict[str, Any] = {"funds": funds, "fund": fund}
    if fund is not None:
        choice = choose(request, to_decide(user, fund.pk))
        taken = {file.uuid for file in choice.taken()} if request.method == "POST" else set()
        rows = rows_of(choice.page, user, taken, timezone.localdate())
        # What is chosen on other pages counts too, if all that match are.
        chosen = rows_of(choice.taken(), user, taken, timezone.localdate()) if choice.everything and taken else rows
        reckoned = sum_of([row for row in chosen if row.chosen], fund.pk)
        context |= {"choice": choice, "rows": rows, "sum": reckoned, "texts": TEXTS, "sentence": reckoned.sentence()}
    return render(request, "grants/deciding/desk.html", context)


TEXTS: Final = {
    "none": _("Tick what you approve: {left} is left to grant under the ceiling."),
    "one": _("If I approve this one, {total}: {left} is left."),
    "many": _("If I approve these {n}, {total}: {left} is left."),
}
"""What the page says of what is chosen; the script says the same."""


@dataclass(frozen=True, slots=True)
class Sum:
    """What the chosen files come to, and what the ceiling would leave."""

    files: int
    cents: int
    left_cents: int
    """What is left under the ceiling today, above all that is granted."""

    @property
    def left_after_cents(self) -> int:
        return self.left_cents - self.cents

    def sentence(self) -> str:
        name = {0: "none", 1: "one"}.get(self.files, "many")
        return str(TEXTS[name]).format(n=self.files, total=euros(self.cents), left=euros(self.left_after_cents))


def sum_of(chosen: Sequence[Row], fund_id: int) -> Sum:
    position = ledger.position(fund_id)
    return Sum(
        files=len(chosen),
        cents=sum(row.cents for row in chosen),
        left_cents=position.ceiling_cents - position.committed_cents - position.credited_cents,
    )


def rows_of(files: Sequence[Application], user: User, chosen: "Collection[UUID]", on: date) -> list[Row]:
    """In as many queries for fifty as for one."""
    opinions = Assessment.objects.filter(application__in=files).order_by("application", "-pk").distinct("application")
    last = {opinion.application_id: opinion for opinion in opinions}
    found = {now.application.pk: now for now in situations_of(files, user, on)}
    return [row_of(file, found[file.pk], last.get(file.pk), chosen) for file in files]


def row_of(file: Application, now: Situation, opinion: Assessment | None, chosen: "Collection[UUID]") -> Row:
    first = next(iter(now.visas), None)
    lines = now.lines_in(LineState.CLAIMED)
    cents = sum(first.amounts.values()) if first else sum(line.proposed_cents or 0 for line in lines)
    breaches = now.breaches(Action.APPROVE)
    return Row(
        application=file,
        cents=cents,
        months=len({line.month for line in lines}),
        findings=findings_of(opinion),
        first=first,
        two=first is not None or needs_second_visa(file.charter.terms(), now.elsewhere.granted_cents + cents),
        breaches=breaches,
        chosen=file.uuid in chosen and not breaches,
    )


def findings_of(opinion: Assessment | None) -> Findings:
    findings = opinion.record.get("findings", []) if opinion else []
    met = sum(finding["outcome"] == Outcome.YES for finding in findings)
    settled = sum(finding["outcome"] == Outcome.TO_VERIFY for finding in findings)
    return Findings(met, settled, len(findings))
