"""Which letters should have been sent and weren't: what happened that asks for one, as long as it still holds."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from grants.enums import (
    REASONS_WITH_NOTICE,
    Action,
    LetterKind,
    RequestKind,
    RequestState,
    State,
)
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
    """The events of files that ask for a letter of these kinds, and still hold."""
    wanted = Q(pk__in=[])
    for kind in kinds:
        if kind in HOLDS:
            wanted |= Q(action=ACTION_OF[kind]) & HOLDS[kind]
    later = Event.objects.filter(
        application=OuterRef("application"),
        action=OuterRef("action"),
        to_state=OuterRef("to_state"),
        pk__gt=OuterRef("pk"),
    )
    credited = standing_credits().filter(event=OuterRef("pk"))
    asked = ReversalRequest.objects.filter(
        application=OuterRef("application"),
        state=RequestState.OPEN,
        kind=RequestKind.REVERSE,
        reason=OuterRef("reason"),
    )
    return (
        Event.objects.filter(wanted, application__erasure__isnull=True)
        .exclude(~Q(action__in=[Action.CREDIT, Action.ASK_REVERSE]) & Exists(later))
        .exclude(~Exists(asked), action=Action.ASK_REVERSE)
        .exclude(~Exists(credited), action=Action.CREDIT)
    )


def to_issue(fund: "Fund", kinds: Iterable[LetterKind] = LetterKind) -> QuerySet[Event]:
    """What of a fund has no letter yet, oldest first."""
    issued = Letter.objects.filter(event=OuterRef("pk"))
    return in_force(kinds).filter(fund=fund).exclude(Exists(issued)).order_by("pk")


def to_send(fund: "Fund", kinds: Iterable[LetterKind] = LetterKind) -> QuerySet[Letter]:
    """What was issued and not recorded as sent, oldest first."""
    return Letter.objects.filter(fund=fund, kind__in=list(kinds), sent_on=None).order_by("pk")
