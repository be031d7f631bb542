"""Which letters should have been sent and weren't: what happened that asks for one, as long as it still holds."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.db.models import (
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Least
from django.utils.translation import gettext_lazy as _

from grants.enums import (
    REASONS_WITH_NOTICE,
    Action,
    LetterKind,
    RequestKind,
    RequestState,
    State,
)
from grants.exceptions import Breach
from grants.letters.facts import KIND_OF, standing_credits
from grants.models import Event, Letter, ReversalRequest

if TYPE_CHECKING:
    from grants.models import Fund

PENDING: Final = (State.SUBMITTED, State.INFO_REQUESTED, State.WAITLISTED, State.ELIGIBLE, State.INELIGIBLE)
ACTION_OF: Final[Mapping[LetterKind, Action]] = {kind: Action(action) for action, kind in KIND_OF.items()}

HOLDS: Final[Mapping[LetterKind, Q]] = {
    LetterKind.RECEIPT: Q(application__state__in=PENDING),
    LetterKind.INFORMATION: Q(application__state=State.INFO_REQUESTED),
    LetterKind.AWARD: Q(to_state=State.APPROVED, application__state__in=[State.APPROVED, State.CREDITED]),
    LetterKind.REFUSAL: Q(application__state=State.REJECTED),
    LetterKind.CREDIT: Q(application__state__in=[State.APPROVED, State.CREDITED]),
    LetterKind.REVERSAL: Q(reason__in=REASONS_WITH_NOTICE),
}
"""By the state of the file, or the reason given; the rest is asked of other tables."""


def in_force(kinds: Iterable[LetterKind] = LetterKind) -> QuerySet[Event]:
    """The events of files that ask for a letter of these kinds, and still hold.

    Every page counts what is to issue: nothing is asked of a table that these kinds don't need.
    """
    held = {ACTION_OF[kind]: HOLDS[kind] for kind in kinds if kind in HOLDS}
    wanted = Q(pk__in=[])
    for action, holds in held.items():
        wanted |= Q(action=action) & holds
    later = Event.objects.filter(
        application=OuterRef("application"),
        action=OuterRef("action"),
        to_state=OuterRef("to_state"),
        pk__gt=OuterRef("pk"),
    )
    events = Event.objects.filter(wanted, application__erasure__isnull=True)
    if held.keys() - {Action.CREDIT, Action.ASK_REVERSE}:
        events = events.exclude(~Q(action__in=[Action.CREDIT, Action.ASK_REVERSE]) & Exists(later))
    if Action.ASK_REVERSE in held:
        events = events.exclude(~Exists(notices()), action=Action.ASK_REVERSE)
    if Action.CREDIT in held:
        credited = standing_credits().filter(event=OuterRef("pk"))
        events = events.exclude(~Exists(credited), action=Action.CREDIT)
    return events


def unissued(kinds: Iterable[LetterKind] = LetterKind) -> QuerySet[Event]:
    """What asks for a letter and has none yet."""
    return without_letter(in_force(kinds))


def without_letter(events: QuerySet[Event]) -> QuerySet[Event]:
    return events.exclude(Exists(Letter.objects.filter(event=OuterRef("pk"), set_aside_on=None)))


def to_issue(fund: "Fund", kinds: Iterable[LetterKind] = LetterKind) -> QuerySet[Event]:
    """What of a fund has no letter yet, oldest first."""
    return unissued(kinds).filter(fund=fund).order_by("pk")


LEAST_DAYS_TO_REPLY: Final = 7
"""That a notice still leaves the tenant on the day it is issued; less only where the charter itself gives less."""


def notices() -> QuerySet[Any]:
    """The open request that an event made, with the last day on which its notice leaves time to reply (`last`)."""
    days = Least(Value(LEAST_DAYS_TO_REPLY), F("application__charter__reply_days"))
    return ReversalRequest.objects.annotate(
        text=Cast("pk", TextField()), last=ExpressionWrapper(F("reply_until") - days, DateField())
    ).filter(
        application=OuterRef("application"),
        text=KeyTextTransform("request", OuterRef("data")),
        state=RequestState.OPEN,
        kind=RequestKind.REVERSE,
    )


def issuable(on: date, kinds: Collection[LetterKind] = frozenset(LetterKind)) -> QuerySet[Event]:
    """Those without a letter that can be issued today (see `held_back`)."""
    events = unissued(kinds)
    if LetterKind.REVERSAL in kinds:
        events = events.exclude(Q(action=Action.ASK_REVERSE) & ~Exists(notices().filter(last__gte=on)))
    if LetterKind.AWARD in kinds:
        events = events.exclude(
            Q(action=Action.APPROVE) & Exists(cancelling().filter(application=OuterRef("application")))
        )
    return events


def cancelling() -> QuerySet[ReversalRequest]:
    """The open requests that cancel what was granted, if they are confirmed."""
    return ReversalRequest.objects.filter(state=RequestState.OPEN, kind=RequestKind.CANCEL)


def last_day() -> Subquery:
    """The last day on which what an event asks for can be issued, where there is one."""
    return Subquery(notices().values("last"))


def reply_breaches(request: ReversalRequest, on: date) -> list[Breach]:
    """Whether a notice of `on` would leave the tenant no time to reply: every request with a notice has a last day."""
    until = request.reply_until or on
    days = min(LEAST_DAYS_TO_REPLY, request.application.charter.reply_days)
    if (until - on).days >= days:
        return []
    message = _(
        "%(reference)s: the tenant's time to reply ends on %(until)s, and a notice leaves at least %(days)s days. If"
        " none has been sent, have the request refused, and ask again with the day on which this letter leaves."
    )
    told = {"reference": request.application.reference, "until": until, "days": str(days)}
    return [Breach("reply_too_late", message, told)]


def held_back(events: Iterable[Event], on: date) -> dict[int, list[Breach]]:
    """Of the events whose letter is to issue, those whose letter can't be, with the reason."""
    rows = list(events)
    asked = {event.pk: event.data["request"] for event in rows if event.action == Action.ASK_REVERSE}
    granted = {event.pk: event.application_id for event in rows if event.action == Action.APPROVE}
    found: dict[int, list[Breach]] = {}
    if asked:
        requests = ReversalRequest.objects.select_related("application__charter").in_bulk(asked.values())
        found |= {event: reply_breaches(requests[request], on) for event, request in asked.items()}
    if granted:
        unsettled = (
            cancelling().filter(application__in=granted.values()).values_list("application", "application__reference")
        )
        references = dict(unsettled)
        found |= {event: [unsettled_breach(references[file])] for event, file in granted.items() if file in references}
    return {event: breaches for event, breaches in found.items() if breaches}


def unsettled_breach(reference: str) -> Breach:
    message = _(
        "%(reference)s: a request to cancel relief is open. Have it settled first: what the letter announces depends on"
        " it."
    )
    return Breach("undoing_open", message, {"reference": reference})


def unsent(kinds: Iterable[LetterKind] = LetterKind) -> QuerySet[Letter]:
    """What was issued and neither recorded as sent nor set aside."""
    return Letter.objects.filter(kind__in=list(kinds), sent_on=None, set_aside_on=None)
