"""Reads that stand in the way of every action, in plain SQL: Django takes many times as long to say them.

An approval over HTTP spent most of its time in writing SQL, some of it with the fund locked.
"""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from grants.enums import ALIVE_LINE_STATES, LineState, Side, State
from grants.models import Application, Charter, FundMember, ReliefLine
from landlords.models import Lease, TenantBusiness

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


def file_of_action(pk: int, *, lock: bool) -> Application | None:
    """An application with its charter and its tenant, all that is kept of them, as an action re-reads it.

    `lock`: the application's row, to the end of the transaction.
    """
    statement, models = _whole_file()
    rows = rows_of(f"{statement} FOR UPDATE OF file" if lock else statement, [pk])
    if not rows:
        return None
    values = iter(rows[0])
    file, charter, tenant = (_made(model, columns, values) for model, columns in models)
    file.charter, file.tenant = charter, tenant
    return cast("Application", file)


Columns = dict[str, list[Any]]
"""A column's attribute -> what Django reads its values through: JSON, above all."""


@cache
def _whole_file() -> tuple[str, list[tuple[type[Model], Columns]]]:
    """The statement, and the three models whose columns it lists one after the other."""
    models = {"file": Application, "charter": Charter, "tenant": TenantBusiness}
    listed = [f'{alias}."{field.column}"' for alias, model in models.items() for field in model._meta.concrete_fields]
    columns = [
        (model, {field.attname: field.get_db_converters(connection) for field in model._meta.concrete_fields})
        for model in models.values()
    ]
    return f"SELECT {', '.join(listed)} {WHOLE_FILE}", columns


def _made(model: type[Model], columns: Columns, values: Iterator[Any]) -> Any:
    read = []
    for converters in columns.values():
        value = next(values)
        for convert in converters:
            value = convert(value, None, connection)
        read.append(value)
    return model.from_db(connection.alias, list(columns), read)


WHOLE_FILE: Final = """
FROM grants_application file
JOIN grants_charter charter ON charter.id = file.charter_id
JOIN landlords_tenantbusiness tenant ON tenant.id = file.tenant_id
WHERE file.id = %s
"""


def members_on(on: date, fund_id: int) -> list[FundMember]:
    """All the roles that count in a fund on a day, as `queries.counting_on` says."""
    return list(FundMember.objects.raw(MEMBERS, {"on": on, "fund": fund_id}))


MEMBERS: Final = """
SELECT member.id, member.fund_id, member.user_id, side, role, starts_on, ends_on, limit_cents, deputy_for_id
FROM grants_fundmember member JOIN fundadmin_user holder ON holder.id = member.user_id
WHERE member.fund_id = %(fund)s AND holder.is_active AND confirmed_on <= %(on)s AND starts_on <= %(on)s
  AND (ends_on IS NULL OR ends_on >= %(on)s)
"""


def claimed_lines(application: Application) -> list[ReliefLine]:
    """Its lines that claim a month, in their order, with what a decision asks of their leases."""
    lines = list(ReliefLine.objects.raw(CLAIMED, [application.pk, LineState.CLAIMED.value]))
    leases = {lease.pk: lease for lease in Lease.objects.raw(LEASES, [[line.lease_id for line in lines]])}
    for line in lines:
        line.lease = leases[line.lease_id]
    return lines


CLAIMED: Final = """
SELECT id, uuid, application_id, lease_id, premises_id, month, component, state, vat_rate_bp, asked_cents,
    proposed_cents, approved_cents, form, voucher_ref, voucher_date, applied_to_notice
FROM grants_reliefline WHERE application_id = %s AND state = %s ORDER BY lease_id, month, component
"""
LEASES: Final = """
SELECT id, reference, starts_on, ends_on, notice_given_on FROM landlords_lease WHERE id = ANY(%s::bigint[])
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
