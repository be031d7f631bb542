"""Reads that stand in the way of every action, in plain SQL: Django takes many times as long to say them.

An approval over HTTP spent most of its time in writing SQL, some of it with the fund locked.
"""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from grants.enums import ALIVE_LINE_STATES, Side, State
from grants.models import Application

if TYPE_CHECKING:
    from fundadmin.models import User


def rows_of(statement: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def file_open_to(user: "User", uuid: UUID) -> Application | None:
    """The one of `queries.files_open_to` with this identifier: what an action needs of it before it reads it itself.

    All but these columns are read when they are asked for.
    """
    scope = user.scope
    asked = {
        "uuid": uuid,
        "user": user.pk,
        "on": timezone.localdate(),
        "draft": State.DRAFT.value,
        "chamber": Side.CHAMBER.value,
        "fund": scope and scope.fund_id,
        "roles": list(scope.roles) if scope else [],
    }
    rows = rows_of(OPEN_TO, asked)
    return Application.from_db(connection.alias, OPENED, rows[0]) if rows else None


OPENED: Final = ("id", "uuid", "fund_id", "tenant_id")
OPEN_TO: Final = """
SELECT file.id, file.uuid, file.fund_id, file.tenant_id FROM grants_application file
WHERE file.uuid = %(uuid)s AND EXISTS (
    SELECT FROM grants_fundmember member JOIN fundadmin_user holder ON holder.id = member.user_id
    WHERE member.fund_id = file.fund_id AND member.user_id = %(user)s AND holder.is_active
      AND member.confirmed_on <= %(on)s AND member.starts_on <= %(on)s
      AND (member.ends_on IS NULL OR member.ends_on >= %(on)s)
      AND (file.state <> %(draft)s OR member.side = %(chamber)s)
      AND (%(fund)s::bigint IS NULL OR (member.fund_id = %(fund)s AND member.role = ANY(%(roles)s)))
)
"""

TENANTS: Final = "SELECT id, siren FROM landlords_tenantbusiness WHERE siren = ANY(%s)"
ALIVE: Final = [state.value for state in ALIVE_LINE_STATES]
HELD: Final = """
SELECT file.id, file.fund_id, file.siren, file.tenant_id,
    file.state, line.state, line.lease_id, line.month, line.proposed_cents, line.approved_cents
FROM grants_application file JOIN grants_reliefline line ON line.application_id = file.id
WHERE file.fund_id = ANY(%s::bigint[]) AND (file.siren = ANY(%s) OR file.tenant_id = ANY(%s::bigint[]))
  AND line.state = ANY(%s)
"""
LIVING_VISAS: Final = """
SELECT id, application_id, assessment_id, by_id, "on", amounts, living FROM grants_visa
WHERE application_id = %s AND living ORDER BY id
"""
LINES_NAMED: Final = "SELECT id, uuid FROM grants_reliefline WHERE id = ANY(%s::bigint[])"
