"""Who is told of what, and until when it is true. Rows are written in the transaction of the event that causes them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from grants.charter_rules import percent_used
from grants.enums import Action, FundStep, Role, State, Topic
from grants.models import Application, Event, FundMember, LedgerCheck, Notification
from grants.queries import held_by
from grants.workflow import BY_LINES

if TYPE_CHECKING:
    from fundadmin.models import User

TOLD: dict[tuple[str, str], tuple[Role, ...]] = {
    (Action.SUBMIT, State.SUBMITTED): (Role.ASSESSOR,),
    (Action.ANSWER, State.SUBMITTED): (Role.ASSESSOR,),
    (Action.REOPEN, State.SUBMITTED): (Role.ASSESSOR,),
    (Action.SEND_BACK, State.SUBMITTED): (Role.ASSESSOR,),
    (Action.WARN_EXPIRY, State.ELIGIBLE): (Role.APPROVER,),
    (Action.EXPIRE, State.SUBMITTED): (Role.ASSESSOR, Role.APPROVER),
    (Action.OFFER, State.WAITLISTED): (Role.ASSESSOR,),
    (Action.ASSESS_FAVOURABLE, State.ELIGIBLE): (Role.APPROVER,),
    (Action.ASSESS_UNFAVOURABLE, State.INELIGIBLE): (Role.APPROVER,),
    (Action.APPROVE, State.ELIGIBLE): (Role.APPROVER,),
    (Action.APPROVE, State.APPROVED): (Role.PAYER,),
    (Action.ASK_CANCEL_LINES, State.APPROVED): (Role.APPROVER,),
    (Action.ASK_REVERSE, State.APPROVED): (Role.APPROVER,),
    (Action.ASK_REVERSE, State.CREDITED): (Role.APPROVER,),
    # A payer asked, and what is left to credit is the payers' turn again.
    **{
        (action, state): (Role.PAYER,)
        for action in (Action.CANCEL_LINES, Action.REVERSE, Action.REFUSE_REQUEST)
        for state in BY_LINES
    },
    (FundStep.FUND_LEVEL, ""): (Role.MANAGER, Role.APPROVER),
    (FundStep.LEDGER_FAULTS, ""): (Role.MANAGER, Role.AUDITOR),
}
"""(action, state reached) -> the roles whose turn it is."""

TURN_TOPIC: Final[Mapping[str, Topic]] = {
    **dict.fromkeys((Action.SUBMIT, Action.ANSWER, Action.REOPEN, Action.SEND_BACK), Topic.SUBMITTED),
    **dict.fromkeys((Action.WARN_EXPIRY, Action.EXPIRE), Topic.RESERVATION),
    Action.OFFER: Topic.OFFER,
    **dict.fromkeys((Action.ASSESS_FAVOURABLE, Action.ASSESS_UNFAVOURABLE, Action.APPROVE), Topic.VISA),
    **dict.fromkeys(
        (Action.ASK_CANCEL_LINES, Action.ASK_REVERSE, Action.CANCEL_LINES, Action.REVERSE, Action.REFUSE_REQUEST),
        Topic.REVERSED,
    ),
    FundStep.FUND_LEVEL: Topic.FUND_LEVEL,
    FundStep.LEDGER_FAULTS: Topic.LEDGER,
}
"""action -> what those whose turn it is are told of."""

ADVISOR_TOLD: Final[Mapping[str, Topic]] = {
    Action.REQUEST_INFO: Topic.INFO_REQUESTED,
    Action.REMIND: Topic.INFO_REQUESTED,
    Action.LAPSE: Topic.INFO_REQUESTED,
    Action.ASSESS_FAVOURABLE: Topic.ASSESSED,
    Action.ASSESS_UNFAVOURABLE: Topic.ASSESSED,
    Action.APPROVE: Topic.APPROVED,
    Action.REJECT: Topic.REJECTED,
    Action.CREDIT: Topic.CREDITED,
    Action.CANCEL_LINES: Topic.REVERSED,
    Action.REVERSE: Topic.REVERSED,
    Action.TRANSFER: Topic.OTHER,
    Action.REOPEN: Topic.SUBMITTED,
    Action.ATTACH: Topic.DOCUMENT,
}
"""The advisor in charge hears of these, as news of this topic. Of documents, where the tenant sent them by a link."""


QUEUE, TASK = "mails", "grants.tasks.send_mails"
"""The job that sends an event's mails, by name: this module is below the tasks."""


def turn_topic(action: str, to_state: str) -> Topic:
    if (action, to_state) == (Action.APPROVE, State.APPROVED):
        return Topic.APPROVED
    return TURN_TOPIC.get(action, Topic.OTHER)


def topics_of(roles: Collection[str]) -> list[Topic]:
    """What people of these roles may ever be told of, in the order of the enum."""
    told = {turn_topic(*pair) for pair, those in TOLD.items() if set(those) & set(roles)}
    if Role.ADVISOR in roles:
        told |= set(ADVISOR_TOLD.values())
    return [topic for topic in Topic if topic in told]


def is_sent_by_tenant(event: Event) -> bool:
    """Whether documents came in by a link: its event bears the name of the advisor who made the link."""
    return event.action == Action.ATTACH and "link" in event.data


def news_of(event: Event) -> Topic | None:
    return None if event.action == Action.ATTACH and not is_sent_by_tenant(event) else ADVISOR_TOLD.get(event.action)


def notify(event: Event, application: Application | None) -> None:
    """Add one row per person to tell, and the job that sends them, in one statement: the fund is locked meanwhile.

    Nobody hears of their own action, nor on a disabled account. Whose turn it is hears of that, be it also their file.
    """
    roles = TOLD.get((event.action, event.to_state), ())
    news = news_of(event)
    advisor_id = application.advisor_id if application and news else None
    if not roles and advisor_id is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH added AS (
            INSERT INTO grants_notification (event_id, recipient_id, status, topic)
            SELECT DISTINCT ON (told.user_id) %(event)s, told.user_id, 'pending', told.topic
            FROM fundadmin_user JOIN (
                SELECT user_id, %(turn)s AS topic, 0 AS place FROM grants_fundmember
                WHERE fund_id = %(fund)s AND role = ANY(%(roles)s) AND confirmed_on <= %(on)s
                  AND starts_on <= %(on)s AND (ends_on IS NULL OR ends_on >= %(on)s)
                UNION
                SELECT %(advisor)s::bigint, %(news)s, 1
            ) AS told ON told.user_id = fundadmin_user.id
            WHERE fundadmin_user.is_active AND told.user_id IS DISTINCT FROM %(user)s
            ORDER BY told.user_id, told.place
            RETURNING id
            )
            SELECT procrastinate_defer_jobs_v1(ARRAY[
                ROW(%(queue)s, %(task)s, 0, NULL, NULL, jsonb_build_object('event', %(event)s::bigint), NULL)
            ]::procrastinate_job_to_defer_v1[])
            WHERE EXISTS (SELECT FROM added)
            """,
            {
                "event": event.pk,
                "fund": event.fund_id,
                "roles": [str(role) for role in roles],
                "turn": turn_topic(event.action, event.to_state).value,
                "news": (news or Topic.OTHER).value,
                "on": event.on,
                "advisor": advisor_id,
                "user": None if is_sent_by_tenant(event) else event.user_id,
                "queue": QUEUE,
                "task": TASK,
            },
        )


def notices_of(user: "User") -> QuerySet[Notification]:
    """What a person was told of funds in which they still have a role, and of files that are still there."""
    member = FundMember.objects.filter(held_by(user, timezone.localdate()), fund=OuterRef("event__fund"))
    file = Application.objects.filter(pk=OuterRef("event__application"))
    there = Q(event__application__isnull=True) | Exists(file)
    rows = Notification.objects.filter(Exists(member), there, recipient=user)
    return rows.select_related("event__fund__landlord", "event__fund__position", "event__application", "event__user")


MOST_UNREAD: Final = 100
"""Nobody needs to know how many more."""


def unread_of(user: "User") -> QuerySet[Notification]:
    """Those that were not read, in no order."""
    return notices_of(user).filter(read_at__isnull=True).select_related(None).order_by()


def unread_count(user: "User") -> int:
    """How many of them were not read, as far as `MOST_UNREAD`."""
    return unread_of(user)[:MOST_UNREAD].count()


SETTLING: Final = frozenset({Action.CANCEL_LINES, Action.REVERSE, Action.REFUSE_REQUEST})
ENDED_BY: Final[Mapping[str, frozenset[str]]] = {
    Action.ASSESS_FAVOURABLE: frozenset({Action.APPROVE}),
    Action.OFFER: frozenset({Action.LAPSE_OFFER}),
}
"""What else ends it than the file's moving on and the same step once more."""
NEWS_LASTS: Final[Mapping[str, frozenset[str]]] = {Action.APPROVE: frozenset({Action.CREDIT})}
"""Steps that move the file on and leave the news true for its advisor."""


def still_true(rows: Sequence[Notification]) -> set[int]:
    """The ids of those whose message is still true, in a fixed number of queries; `event` and its file are selected.

    Somebody's turn ends once anybody took it; a level, once the fund is below it or a later one was told.
    """
    files = [row for row in rows if row.event.application_id]
    first = min((row.event_id for row in files), default=0)
    later: dict[int, list[Event]] = {}
    if files:
        found = Event.objects.filter(application__in={row.event.application_id for row in files}, pk__gt=first)
        for event in found.order_by("pk").only("application", "action", "from_state", "to_state", "data"):
            later.setdefault(event.application_id or 0, []).append(event)
    holding = {row.pk for row in files if _file_holds(row, later.get(row.event.application_id or 0, []))}
    return holding | _funds_hold([row for row in rows if not row.event.application_id])


def _file_holds(row: Notification, later: Iterable[Event]) -> bool:
    event, application = row.event, row.event.application
    if application is None:
        return False
    if event.action == Action.WARN_EXPIRY and application.expiry_warned_on is None:
        return False
    is_news = event.action in ADVISOR_TOLD and application.advisor_id == row.recipient_id
    return not any(_ends(event, step, is_news=is_news) for step in later if step.pk > event.pk)


def _ends(event: Event, step: Event, *, is_news: bool) -> bool:
    """Whether a later step makes what an event told untrue."""
    if is_news and step.action in NEWS_LASTS.get(event.action, ()):
        return False
    if event.action == Action.ATTACH:
        return is_sent_by_tenant(step) or step.from_state != step.to_state
    if event.action in (Action.ASK_CANCEL_LINES, Action.ASK_REVERSE):
        return step.action in SETTLING and step.data.get("request") == event.data.get("request")
    if step.action == event.action or step.action in ENDED_BY.get(event.action, ()):
        return True
    return step.from_state != step.to_state and event.action != Action.TRANSFER


def _funds_hold(rows: Sequence[Notification]) -> set[int]:
    if not rows:
        return set()
    funds = {row.event.fund_id for row in rows}
    told = Event.objects.filter(fund__in=funds, action__in=(FundStep.FUND_LEVEL, FundStep.LEDGER_FAULTS))
    last = set(told.values("fund", "action").annotate(last=Max("pk")).values_list("last", flat=True))
    checks = LedgerCheck.objects.filter(fund__in=funds).order_by("fund", "-at").distinct("fund")
    faulty = {check.fund_id for check in checks if check.faults}
    return {row.pk for row in rows if row.event_id in last and _fund_holds(row.event, faulty)}


def _fund_holds(event: Event, faulty: Collection[int]) -> bool:
    if event.action == FundStep.LEDGER_FAULTS:
        return event.fund_id in faulty
    position = event.fund.position
    return percent_used(position.used_cents, position.ceiling_cents) >= int(event.data["level"])
