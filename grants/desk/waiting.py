"""Whom a file waits for, and since when: said of every file, to everybody who sees it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.desk.kinds import free_to_credit
from grants.enums import LineState, RequestState, Role, SecondVisaSide, State
from grants.models import Application, ReliefLine, ReversalRequest, Visa
from grants.quick import rows_of


class Who(TextChoices):
    """Whom a file can wait for."""

    ADVISOR = "advisor", _("the advisor in charge")
    ASSESSOR = "assessor", _("an assessor")
    APPROVER = "approver", _("an approver (landlord)")
    CHAMBER_APPROVER = "chamber_approver", _("an approver (chamber)")
    ANY_APPROVER = "any_approver", _("an approver of either side")
    PAYER = "payer", _("a payer (crediting)")
    MONEY = "money", _("money that comes free")
    TENANT = "tenant", _("the tenant's reply")


SECOND_VISA: Final = {
    SecondVisaSide.LANDLORD: Who.APPROVER,
    SecondVisaSide.CHAMBER: Who.CHAMBER_APPROVER,
    SecondVisaSide.EITHER: Who.ANY_APPROVER,
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file waits for somebody since a day; `until`: the day by which it should be done, where there is one."""

    who: Who
    since: date | None
    until: date | None = None

    def days(self, on: date) -> int:
        return max(0, (on - self.since).days) if self.since else 0

    def overdue_days(self, on: date) -> int:
        return max(0, (on - self.until).days) if self.until else 0


# Plain SQL: the last change of state of each of many files, whatever their history is.
LAST_CHANGES: Final = """
SELECT DISTINCT ON (application_id) application_id, "on" FROM grants_event
WHERE application_id = ANY(%s::bigint[]) AND to_state <> from_state ORDER BY application_id, id DESC
"""
LAST_OFFERS: Final = """
SELECT DISTINCT ON (application_id) application_id, "on" FROM grants_event
WHERE application_id = ANY(%s::bigint[]) AND action = 'offer' ORDER BY application_id, id DESC
"""


@dataclass(frozen=True, slots=True)
class _Around:
    """What was read for many files at once."""

    since: Mapping[int, date]
    visas: Mapping[int, Visa]
    requests: Mapping[int, Sequence[ReversalRequest]]
    creditable: frozenset[int]
    on: date


def waiting_for(applications: Iterable[Application], on: date | None = None) -> dict[int, list[Waiting]]:
    """Application id -> whom it waits for (nobody: it has come to its end), in five queries for however many files.

    The files come with their charter.
    """
    files = list(applications)
    ids = [file.pk for file in files]
    around = _Around(
        since=last_changes(ids) | last_offers(file.pk for file in files if file.offered_until),
        visas={visa.application_id: visa for visa in Visa.objects.filter(application__in=ids, living=True)},
        requests=_requests(ids),
        creditable=_creditable(ids),
        on=on or timezone.localdate(),
    )
    return {file.pk: RULES.get(file.state, _nobody)(file, around) for file in files}


def last_changes(ids: Iterable[int]) -> dict[int, date]:
    """Application id -> the day it came into its state."""
    return dict(rows_of(LAST_CHANGES, [list(ids)]))


def last_offers(ids: Iterable[int]) -> dict[int, date]:
    """Application id -> the day of its last offer."""
    return dict(rows_of(LAST_OFFERS, [list(ids)]))


def _requests(ids: Sequence[int]) -> dict[int, list[ReversalRequest]]:
    found: dict[int, list[ReversalRequest]] = {}
    for request in ReversalRequest.objects.filter(application__in=ids, state=RequestState.OPEN).order_by("pk"):
        found.setdefault(request.application_id, []).append(request)
    return found


def _creditable(ids: Sequence[int]) -> frozenset[int]:
    """The files with an approved line that nobody asked to undo."""
    lines = ReliefLine.objects.filter(application__in=ids, state=LineState.APPROVED)
    return frozenset(lines.exclude(requests__state=RequestState.OPEN).values_list("application", flat=True))


Rule = Callable[[Application, _Around], list[Waiting]]


def _nobody(_file: Application, _around: _Around) -> list[Waiting]:
    return []


def _since(who: Who) -> Rule:
    return lambda file, around: [Waiting(who, around.since.get(file.pk))]


def _answer(file: Application, around: _Around) -> list[Waiting]:
    """The advisor; once the answer is late, the assessor too, who reminds or closes."""
    late = file.info_due_on is not None and file.info_due_on < around.on
    found = [Waiting(Who.ADVISOR, around.since.get(file.pk), file.info_due_on)]
    return [*found, Waiting(Who.ASSESSOR, file.info_due_on)] if late else found


def _waitlisted(file: Application, around: _Around) -> list[Waiting]:
    who = Who.ASSESSOR if file.offered_until else Who.MONEY
    return [Waiting(who, around.since.get(file.pk), file.offered_until)]


def _eligible(file: Application, around: _Around) -> list[Waiting]:
    visa = around.visas.get(file.pk)
    if visa is None:
        return [Waiting(Who.APPROVER, around.since.get(file.pk), file.reserved_until)]
    return [Waiting(SECOND_VISA[SecondVisaSide(file.charter.second_visa_side)], visa.on, file.reserved_until)]


def _granted(file: Application, around: _Around) -> list[Waiting]:
    """The payer for what is left to credit; for each request to undo, the tenant's reply, then an approver."""
    found = [Waiting(Who.PAYER, around.since.get(file.pk))] if file.pk in around.creditable else []
    for request in around.requests.get(file.pk, ()):
        if request.reply_until and around.on <= request.reply_until:
            found.append(Waiting(Who.TENANT, request.asked_on, request.reply_until))
        else:
            found.append(Waiting(Who.APPROVER, request.reply_until or request.asked_on))
    return found


RULES: Final[Mapping[str, Rule]] = {
    State.DRAFT: _since(Who.ADVISOR),
    State.SUBMITTED: _since(Who.ASSESSOR),
    State.INFO_REQUESTED: _answer,
    State.WAITLISTED: _waitlisted,
    State.ELIGIBLE: _eligible,
    State.INELIGIBLE: _since(Who.APPROVER),
    State.APPROVED: _granted,
    State.CREDITED: _granted,
}


def awaiting(role: Role, on: date) -> Q:
    """The files that wait for somebody of a role; of the roles that act on none, no file."""
    late = Q(state=State.INFO_REQUESTED, info_due_on__lt=on)
    ripe = Q(requests__state=RequestState.OPEN) & (Q(requests__reply_until=None) | Q(requests__reply_until__lt=on))
    return {
        Role.ADVISOR: Q(state__in=[State.DRAFT, State.INFO_REQUESTED]),
        Role.ASSESSOR: Q(state=State.SUBMITTED) | Q(state=State.WAITLISTED, offered_until__isnull=False) | late,
        Role.APPROVER: Q(state__in=[State.ELIGIBLE, State.INELIGIBLE])
        | Q(pk__in=Application.objects.filter(ripe).values("pk")),
        Role.PAYER: Q(free_to_credit(), state=State.APPROVED),
    }.get(role, Q(pk__in=[]))
