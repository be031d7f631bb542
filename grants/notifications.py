"""Who is told of what. Rows of the outbox are written in the transaction of the event that causes them."""

from django.db import connection

from grants.enums import Action, FundStep, Role, State
from grants.models import Application, Event
from grants.workflow import BY_LINES

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
    (FundStep.LEDGER_FAULTS, ""): (Role.MANAGER, Role.AUDITOR),
}
"""(action, state reached) -> the roles whose turn it is."""

ADVISOR_TOLD = frozenset(
    {
        Action.REQUEST_INFO,
        Action.REMIND,
        Action.LAPSE,
        Action.ASSESS_FAVOURABLE,
        Action.ASSESS_UNFAVOURABLE,
        Action.APPROVE,
        Action.REJECT,
        Action.CREDIT,
        Action.CANCEL_LINES,
        Action.REVERSE,
        Action.TRANSFER,
        Action.REOPEN,
    }
)
"""The advisor in charge hears of these."""


QUEUE, TASK = "mails", "grants.tasks.send_mails"
"""The job that sends an event's mails, by name: this module is below the tasks."""


def notify(event: Event, application: Application | None) -> None:
    """Add one row per person to tell, and the job that sends them, in one statement: the fund is locked meanwhile.

    Nobody hears of their own action, nor on a disabled account.
    """
    roles = TOLD.get((event.action, event.to_state), ())
    advisor_id = application.advisor_id if application and event.action in ADVISOR_TOLD else None
    if not roles and advisor_id is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH added AS (
            INSERT INTO grants_notification (event_id, recipient_id, status)
            SELECT %(event)s, told.user_id, 'pending'
            FROM fundadmin_user JOIN (
                SELECT user_id FROM grants_fundmember
                WHERE fund_id = %(fund)s AND role = ANY(%(roles)s) AND confirmed_on <= %(on)s
                  AND starts_on <= %(on)s AND (ends_on IS NULL OR ends_on >= %(on)s)
                UNION
                SELECT %(advisor)s::bigint
            ) AS told ON told.user_id = fundadmin_user.id
            WHERE fundadmin_user.is_active AND told.user_id <> %(user)s
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
                "on": event.on,
                "advisor": advisor_id,
                "user": event.user_id,
                "queue": QUEUE,
                "task": TASK,
            },
        )
