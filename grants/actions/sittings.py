"""The numbered list of what an approver decided in a sitting: drawn up once, kept with its paper, never changed."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from grants import ledger
from grants.actions.documents import Upload, store
from grants.actions.turn import Turn, action, begin, refuse_if
from grants.enums import Action, FundStep, Role, Side, State, Visibility
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.letters.decision_list import Decision, Sitting, as_pdf
from grants.models import DecisionList, Event, Fund, FundMember, ListedDecision, ReliefLine
from grants.permissions import memberships, role_missing_in_fund
from grants.workflow import Actor

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from fundadmin.models import User

DECISIONS: Final = (Action.APPROVE, Action.REJECT, Action.CANCEL_LINES, Action.REVERSE)
KIND: Final = "decision_list"


def unlisted(fund: Fund, by: "User") -> "QuerySet[Event]":
    """What a person decided in a fund and no list has yet, oldest first."""
    rows = Event.objects.filter(fund=fund, user=by, action__in=DECISIONS, listed__isnull=True)
    return rows.select_related("application__tenant").order_by("pk")


@action
def list_decisions(
    *, fund: Fund, day: date, events: Sequence[int] | None = None, by: "User", key: str, on: date | None = None
) -> DecisionList:
    """Draw up the next list of the fund: all that a person decided on a day, or the events chosen among it."""
    asked = {"day": day, "events": None if events is None else sorted(events)}
    turn = begin(FundStep.LIST_DECISIONS, fund_id=fund.pk, by=by, key=key, on=on, request=asked)
    if turn.replay:
        return DecisionList.objects.get(event=turn.replay)
    roles = approver_roles(by, turn)
    decisions = list(unlisted(turn.fund, by).filter(on=day))
    if events is not None:
        chosen = set(events)
        unknown = chosen - {event.pk for event in decisions}
        if unknown:
            raise BadInput([Breach("not_listable", NOT_LISTABLE, {"n": len(unknown)}, "events")])
        decisions = [event for event in decisions if event.pk in chosen]
    refuse_if([] if decisions else [Breach("nothing_decided", NOTHING, {"on": day})])
    return keep(turn, decisions, day, roles)


NOT_LISTABLE = _("%(n)s of these decisions are not yours of that day, or stand on a list already.")
NOTHING = _("No decision of yours of %(on)s is still to be listed.")


def approver_roles(by: "User", turn: Turn) -> list[FundMember]:
    """The approver's memberships by which this person draws up a list. Raises NotAllowed without any."""
    held = [role for role in memberships(by, turn.fund.pk, turn.on) if role.role == Role.APPROVER]
    if not held:
        raise NotAllowed([role_missing_in_fund((Actor(Role.APPROVER, Side.LANDLORD), Actor(Role.APPROVER)))])
    return held


def keep(turn: Turn, events: Sequence[Event], day: date, roles: Sequence[FundMember]) -> DecisionList:
    """Number, print and keep the list."""
    last = DecisionList.objects.filter(fund=turn.fund).aggregate(last=Max("number"))["last"] or 0
    head = ledger.head(turn.fund.pk)
    decisions = decisions_of(events)
    sitting = Sitting(
        fund=turn.fund,
        number=last + 1,
        approver=str(turn.by),
        delegations=[role.authority_ref for role in roles if role.authority_ref],
        on=day,
        made_at=turn.at,
        decisions=decisions,
        head_number=head.number,
        head_digest=head.digest,
    )
    name = gettext("decision-list-%(fund)s-%(number)s.pdf") % {"fund": turn.fund.code, "number": sitting.number}
    # Names of approvers with their delegation of powers are the landlord's to read.
    upload = Upload(KIND, name, as_pdf(sitting), visibility=Visibility.LANDLORD)
    document = store(turn.fund, upload, by=turn.by)
    data = {"number": sitting.number, "sha256": document.sha256, "events": [event.pk for event in events]}
    made = DecisionList.objects.create(
        fund=turn.fund,
        number=sitting.number,
        by=turn.by,
        on=day,
        made_at=turn.at,
        granted_cents=sitting.granted_cents,
        head_number=head.number,
        head_digest=head.digest,
        document=document,
        event=turn.record(data=data),
    )
    ListedDecision.objects.bulk_create(ListedDecision(decision_list=made, event=event) for event in events)
    return made


def decisions_of(events: Sequence[Event]) -> list[Decision]:
    """Each event as the list prints it."""
    undone = {pk for event in events for pk in undone_lines(event)}
    cents = dict(ReliefLine.objects.filter(pk__in=undone).values_list("pk", "approved_cents"))
    return [
        Decision(
            reference=event.application.reference if event.application else "",
            tenant=str(event.application.tenant) if event.application else "",
            label=event.done(),
            granted_cents=int(event.data["approved_cents"]) if completes(event) else 0,
            visa_cents=int(event.data["approved_cents"]) if event.action == Action.APPROVE else 0,
            freed_cents=sum(cents.get(pk) or 0 for pk in undone_lines(event)),
            at=event.at,
        )
        for event in events
    ]


def completes(event: Event) -> bool:
    return event.action == Action.APPROVE and event.to_state == State.APPROVED


def undone_lines(event: Event) -> list[int]:
    """The lines whose money a confirmed request made available again."""
    freed = event.action == Action.CANCEL_LINES or event.data.get("kind") == "reverse"
    return list(event.data["lines"]) if freed else []
