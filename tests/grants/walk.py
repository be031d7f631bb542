"""Applications in any state, reached by walking the real actions with the people of a `World`.

`walk_to(world, State.CREDITED)` files three months of 500 EUR for a new tenant and takes every step up to there.
Each step is a function of its own too, for tests that go on from a state or vary one step.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from fundadmin.models import User
from grants.actions import assessment, crediting, decision, filing, lifecycle, reversal
from grants.actions.charters import draft_charter
from grants.actions.crediting import Voucher
from grants.actions.filing import Ask, Mandate
from grants.eligibility import CriterionSpec
from grants.enums import (
    Channel,
    FundAction,
    LineState,
    MandateKind,
    RejectionReason,
    ReliefForm,
    RequestKind,
    ReversalReason,
    Role,
    SecondVisaSide,
    Side,
    State,
)
from grants.models import Application, Charter, Event, FundMember, LedgerEntry, ReversalRequest
from landlords.models import Lease, RentCall
from tests import factories
from tests.factories import OPENED_ON, World, charter_terms, fund_action, key, tenant_with_lease

MESSAGE = "Merci de compléter votre demande (texte d'essai)."
REASON = "Un motif d'essai assez long pour être lu."
PAST_DUE_DAYS = 16
"""One more day than a default charter leaves to answer."""

Step = Callable[[World, Application, date], Application]


def walk_to(
    world: World, state: State, *, lease: Lease | None = None, on: date = OPENED_ON, **given: Any
) -> Application:
    """An application in `state`, all its steps taken on `on` (lapsing: once the answer is overdue).

    `lease`: whose months are asked for, all that are called by default. `given` goes to `draft`. A waitlisted
    file asks for more than the fund has available, unless you give its lease.
    """
    if lease is None and state == State.WAITLISTED:
        lease = tenant_with_lease(world, months=[date(2020, 3, 1)], rent_cents=available(world) + 100)
    application = draft(world, lease=lease, on=on, **given)
    for step in PATHS[state]:
        application = step(world, application, on)
    assert application.state == state
    return application


def available(world: World) -> int:
    return int(world.refresh().position.available_cents)


def asks_of(lease: Lease, **changes: Any) -> list[Ask]:
    """All that is called for a lease, one line per month and component. `changes`: fields of each line to change."""
    calls = RentCall.objects.filter(lease=lease)
    return [
        Ask(
            **{"lease_id": lease.pk, "month": c.period_start, "component": c.component, "asked_cents": c.net_cents}
            | changes
        )
        for c in calls
    ]


def draft(
    world: World,
    *,
    lease: Lease | None = None,
    lines: Sequence[Ask] | None = None,
    facts: Mapping[str, Any] | None = None,
    on: date = OPENED_ON,
) -> Application:
    """A draft that may be submitted: its lines, the tenant's mandate, and `facts` where given."""
    lease = lease or tenant_with_lease(world)
    created = filing.create(fund=world.fund, tenant=lease.tenant, by=world.advisor, key=key(), on=on)
    return filing.edit(
        application=created,
        lines=asks_of(lease) if lines is None else lines,
        facts=facts,
        mandate=Mandate(on, MandateKind.SIGNED),
        contact=("Une personne inventée", Channel.EMAIL),
        by=world.advisor,
        key=key(),
        on=on,
    )


def submit(world: World, application: Application, on: date = OPENED_ON) -> Application:
    return filing.submit(application=application, by=world.advisor, key=key(), on=on)


def request_info(
    world: World, application: Application, on: date = OPENED_ON, wanted: Sequence[str] = ("headcount",)
) -> Application:
    return assessment.request_info(
        application=application, wanted=wanted, message=MESSAGE, by=world.assessor, key=key(), on=on
    )


def answer(
    world: World, application: Application, on: date = OPENED_ON, facts: Mapping[str, Any] | None = None
) -> Application:
    given = {"headcount": 4} if facts is None else facts
    return filing.answer(application=application, facts=given, by=world.advisor, key=key(), on=on)


def lapse(world: World, application: Application, on: date = OPENED_ON) -> Application:
    """Remind, then close for lack of an answer, the first day that allows it."""
    assessment.remind(application=application, by=world.assessor, key=key(), on=on)
    late = on + timedelta(days=PAST_DUE_DAYS)
    return assessment.lapse(application=application, by=world.assessor, key=key(), on=late)


def favourable(world: World, application: Application, on: date = OPENED_ON, **given: Any) -> Application:
    """A favourable opinion: eligible, or waitlisted when the fund is short."""
    return assessment.assess_favourable(
        application=application, by=world.assessor, key=key(), no_conflict=True, on=on, **given
    )


def unfavourable(world: World, application: Application, on: date = OPENED_ON) -> Application:
    return assessment.assess_unfavourable(
        application=application, reason=REASON, by=world.assessor, key=key(), no_conflict=True, on=on
    )


def approve(world: World, application: Application, on: date = OPENED_ON, **given: Any) -> Application:
    """Every visa that the file needs, the second from the side its charter names."""
    decided = first_visa(world, application, on, **given)
    return second_visa(world, decided, on) if decided.state == State.ELIGIBLE else decided


def first_visa(world: World, application: Application, on: date = OPENED_ON, **given: Any) -> Application:
    return decision.approve(application=application, by=world.approver, key=key(), no_conflict=True, on=on, **given)


def second_visa(world: World, application: Application, on: date = OPENED_ON, **given: Any) -> Application:
    chamber = application.charter.second_visa_side == SecondVisaSide.CHAMBER
    by = world.chamber_approver if chamber else world.approver2
    return decision.approve(application=application, by=by, key=key(), no_conflict=True, on=on, **given)


def reject(world: World, application: Application, on: date = OPENED_ON) -> Application:
    motive = RejectionReason.CRITERIA_NOT_MET
    return decision.reject(application=application, motive=motive, by=world.approver, key=key(), on=on)


def send_back(world: World, application: Application, on: date = OPENED_ON) -> Application:
    return decision.send_back(application=application, reason=REASON, by=world.approver, key=key(), on=on)


def voucher(on: date = OPENED_ON, **changes: Any) -> Voucher:
    return Voucher(**{"form": ReliefForm.CREDIT_NOTE, "ref": "AV-2020-001", "on": on} | changes)


def credit(
    world: World, application: Application, on: date = OPENED_ON, lines: Sequence[int] | None = None
) -> Application:
    """Credit the lines (all that are approved by default) by one voucher, whose number is the tenant's."""
    chosen = line_ids(application, LineState.APPROVED) if lines is None else lines
    piece = voucher(on, ref=f"AV-2020-001-{application.tenant_id}")
    return crediting.credit(application=application, lines=chosen, voucher=piece, by=world.payer, key=key(), on=on)


def line_ids(application: Application, *states: LineState) -> list[int]:
    """The ids of the application's lines (in these states, if any is named), by lease, month and component."""
    lines = application.lines.filter(state__in=states) if states else application.lines.all()
    return [line.pk for line in lines]


def ask_cancel(
    world: World, application: Application, on: date = OPENED_ON, lines: Sequence[int] | None = None
) -> ReversalRequest:
    """The payer's request to cancel lines (all that are approved by default)."""
    reversal.ask_cancel_lines(
        application=application,
        lines=line_ids(application, LineState.APPROVED) if lines is None else lines,
        reason=ReversalReason.NOT_NEEDED,
        by=world.payer,
        key=key(),
        on=on,
    )
    return application.requests.latest("pk")


def ask_undo(
    world: World,
    application: Application,
    on: date = OPENED_ON,
    *,
    kind: RequestKind = RequestKind.REVERSE,
    lines: Sequence[int] | None = None,
    **given: Any,
) -> ReversalRequest:
    """The payer's request to reverse or uncredit lines (all that are credited by default)."""
    clerical = kind == RequestKind.UNCREDIT
    reason = ReversalReason.CLERICAL_ERROR if clerical else ReversalReason.LEASE_ENDED
    reversal.ask_reverse(
        application=application,
        kind=kind,
        lines=line_ids(application, LineState.CREDITED) if lines is None else lines,
        **{"reason": reason, "by": world.payer, "key": key(), "on": on} | given,
    )
    return application.requests.latest("pk")


def cancel(world: World, application: Application, on: date = OPENED_ON) -> Application:
    request = ask_cancel(world, application, on)
    return reversal.cancel_lines(request=request, by=world.approver2, key=key(), on=on)


def reverse(world: World, application: Application, on: date = OPENED_ON) -> Application:
    request = ask_undo(world, application, on)
    return reversal.reverse(request=request, by=world.approver2, key=key(), on=on)


def withdraw(world: World, application: Application, on: date = OPENED_ON) -> Application:
    return lifecycle.withdraw(
        application=application, requested_on=on, channel=Channel.PHONE, by=world.advisor, key=key(), on=on
    )


def reopen(world: World, application: Application, on: date = OPENED_ON) -> Application:
    return lifecycle.reopen(application=application, reason=REASON, by=world.chamber_manager, key=key(), on=on)


def amend(world: World, on: date = OPENED_ON, criteria: Sequence[CriterionSpec] = (), **changes: Any) -> Charter:
    """A new version of the charter, in force from `on`; `changes` are to the terms of a default world."""
    terms = charter_terms(**{"signed_on": on, "starts_on": on} | changes)
    charter = draft_charter(fund=world.fund, criteria=criteria, by=world.landlord_manager, key=key(), on=on, **terms)
    fund_action(world, FundAction.AMEND, charter=charter, on=on)
    return world.charter


def join(world: World, name: str, side: Side, role: Role, *, user: User | None = None, **values: Any) -> User:
    """One more person of the fund, or one more role of a person, as `world.<name>`."""
    person = user or factories.user(name)
    FundMember.objects.create(
        **{
            "fund": world.fund,
            "user": person,
            "side": side,
            "role": role,
            "starts_on": OPENED_ON,
            "proposed_by": world.admin,
            "confirmed_on": OPENED_ON,
        }
        | values
    )
    world.people[name] = person
    return person


def outcome(application: Application) -> Event:
    """The event of the action that returned this object."""
    assert application.outcome is not None
    return application.outcome


def movements(application: Application) -> list[tuple[str, int]]:
    """(kind, cents) of every ledger row of an application, in order."""
    rows = LedgerEntry.objects.filter(application=application).order_by("number")
    return list(rows.values_list("kind", "amount_cents"))


PATHS: Mapping[State, Sequence[Step]] = {
    State.DRAFT: (),
    State.SUBMITTED: (submit,),
    State.INFO_REQUESTED: (submit, request_info),
    State.WAITLISTED: (submit, favourable),
    State.ELIGIBLE: (submit, favourable),
    State.INELIGIBLE: (submit, unfavourable),
    State.APPROVED: (submit, favourable, approve),
    State.CREDITED: (submit, favourable, approve, credit),
    State.REVERSED: (submit, favourable, approve, credit, reverse),
    State.CANCELLED: (submit, favourable, approve, cancel),
    State.REJECTED: (submit, reject),
    State.WITHDRAWN: (submit, withdraw),
    State.LAPSED: (submit, request_info, lapse),
}
"""The steps to every state, the shortest way."""
