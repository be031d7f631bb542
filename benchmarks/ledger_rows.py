"""Funds with many relief lines and ledger rows by the hundred thousand, numbered and chained beforehand."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection, models, transaction
from psycopg import sql

from fundadmin.models import User
from grants import ledger
from grants.enums import LEDGER_ROUTES, LedgerKind
from grants.ledger.canonical import canonical_text, digest
from grants.ledger.posting import COLUMNS
from grants.models import Application, Charter, Event, Fund, ReliefLine
from landlords.enums import Component
from tests import factories_landlords as landlords
from tests.factories import confirm_directly

FIRST_DAY = date(2020, 5, 5)
DAYS = 2_000
POSTED_AT = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
CENTS = 1_000
LIFE = (LedgerKind.RESERVE, LedgerKind.COMMIT, LedgerKind.CREDIT)
COPY = f"COPY grants_ledgerentry ({', '.join(COLUMNS)}) FROM STDIN"


@dataclass(frozen=True, slots=True)
class Files:
    """A fund, its charter, and as many events, applications and lines as asked for: each a list of keys."""

    fund: Fund
    charter: Charter
    events: list[int]
    applications: list[int]
    lines: list[int]


def make_files(code: str, count: int) -> Files:
    """A fund with `count` applications of one line each, and an event for each."""
    fund = Fund.objects.create(code=code, name=code, landlord=landlords.landlord())
    charter = Charter.objects.create(
        fund=fund,
        version=1,
        signed_on=FIRST_DAY,
        starts_on=FIRST_DAY,
        ends_on=FIRST_DAY,
        filing_deadline=FIRST_DAY,
        first_month=date(2020, 4, 1),
        last_month=date(2020, 4, 1),
        ceiling_cents=10**15,
        components=[Component.RENT],
    )
    confirm_directly(charter, FIRST_DAY, POSTED_AT)
    lease, user = landlords.lease(landlord=fund.landlord), User.objects.system()
    event = Event.objects.create(fund=fund, user=user, action="credit", on=FIRST_DAY, at=POSTED_AT, key="0")
    application = Application.objects.create(
        reference=code, fund=fund, charter=charter, tenant=lease.tenant, advisor=user
    )
    line = ReliefLine.objects.create(
        application=application,
        lease=lease,
        premises=lease.premises,
        month=date(2020, 4, 1),
        component=Component.RENT,
        asked_cents=CENTS,
    )
    events = copies(event, count, key=sql.SQL("n::text"), uuid=sql.SQL("gen_random_uuid()"))
    applications = copies(
        application, count, uuid=sql.SQL("gen_random_uuid()"), reference=sql.SQL("reference || '/' || n")
    )
    first = applications[0]
    lines = copies(line, count, uuid=sql.SQL("gen_random_uuid()"), application_id=sql.SQL("{} + n - 1").format(first))
    return Files(fund, charter, events, applications, lines)


def copies(row: models.Model, count: int, **changed: sql.Composable) -> list[int]:
    """Copy a row `count` times in the database, with an expression (of `n`, from 1) for what differs; their keys."""
    columns = [field.attname for field in row._meta.concrete_fields if not (field.primary_key or field.generated)]
    copied = sql.SQL(", ").join([changed.get(column, sql.Identifier(column)) for column in columns])
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {copied} FROM {table}, generate_series(1, {count}) n"
        " WHERE {table}.id = {key} ORDER BY n RETURNING id"
    ).format(
        table=sql.Identifier(row._meta.db_table),
        columns=sql.SQL(", ").join([sql.Identifier(column) for column in columns]),
        copied=copied,
        count=count,
        key=row.pk,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string())
        return [key for (key,) in cursor.fetchall()]


def chained_rows(files: Files, count: int) -> bytes:
    """`count` rows in COPY's text format: an endowment, then each line in turn reserved, committed and credited."""
    previous = ledger.head(files.fund.pk).digest
    held = {"endowment": 0, "available": 0, "reserved": 0, "committed": 0, "credited": 0}
    lines = []
    for index in range(count):
        file, step = divmod(index - 1, len(LIFE))
        file %= len(files.lines)
        kind, cents = (LIFE[step], CENTS) if index else (LedgerKind.ENDOW, CENTS * count)
        source, target = LEDGER_ROUTES[kind]
        held[source] -= cents
        held[target] += cents
        _endowment, available, reserved, committed, credited = held.values()
        hashed: dict[str, Any] = {
            "number": index + 1,
            "kind": kind.value,
            "source": source.value,
            "target": target.value,
            "amount_cents": cents,
            "event_id": files.events[file],
            "application_id": files.applications[file] if index else None,
            "relief_line_id": files.lines[file] if index else None,
            "value_date": FIRST_DAY + timedelta(days=index * DAYS // count),
            "posted_at": POSTED_AT,
            "available_after": available,
            "reserved_after": reserved,
            "committed_after": committed,
            "credited_after": credited,
        }
        previous = digest(canonical_text(**hashed, charter_version=1, reverses_number=None), previous)
        row = hashed | {
            "fund_id": files.fund.pk,
            "charter_id": files.charter.pk,
            "reverses_id": None,
            "digest": previous,
        }
        lines.append("\t".join("\\N" if row[column] is None else str(row[column]) for column in COLUMNS))
    return ("\n".join(lines) + "\n").encode()


def copy_in(rows: bytes) -> None:
    """Post the rows in one COPY, as the application's role; every check of the commit included."""
    with transaction.atomic(), connection.cursor() as cursor, cursor.cursor.copy(COPY) as stream:
        stream.write(rows)


def as_owner(statement: str) -> None:
    """Run one statement as the owner of the tables, on a connection of its own."""
    owner = settings.DATABASE_OWNER
    assert owner is not None
    with psycopg.connect(
        host=owner["HOST"], port=owner["PORT"], user=owner["USER"], dbname=owner["NAME"], autocommit=True
    ) as session:
        session.execute(statement)
