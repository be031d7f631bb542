"""Two funds with very many applications: the reader's own, and a newer one that hides it from whoever reads by date."""

from dataclasses import dataclass
from datetime import date

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from psycopg import sql

from benchmarks.ledger_rows import copies
from fundadmin.models import User
from grants.actions.tokens import make_token
from grants.enums import LineState, Role, State
from grants.models import Application, Fund, FundMember, ReliefLine
from landlords.enums import Component
from tests.factories import OPENED_ON, World, open_fund, tenant_with_lease

MONTHS = (date(2020, 3, 1), date(2020, 4, 1))


@dataclass(frozen=True, slots=True)
class Readers:
    """Who reads, as headers: a token of the older fund, and people logged in on the site, of both and of the older."""

    funds: tuple[Fund, Fund]
    token: dict[str, str]
    both: dict[str, str]
    older: dict[str, str]


def make_readers() -> Readers:
    older = open_fund(endowment_cents=None, ends_on=date(2100, 1, 1))
    newer = open_fund(endowment_cents=None, landlord=older.landlord, ends_on=date(2100, 1, 1))
    user = older.advisor
    member = newer.member("advisor")
    member.pk, member.user = None, user
    member.save(force_insert=True)
    _token, secret = make_token(fund=older.fund, roles=[Role.ADVISOR], name="bench", days=1, by=user)
    return Readers(
        (older.fund, newer.fund),
        {"Authorization": f"Bearer {secret}"},
        session_of(user),
        session_of(older.advisor2),
    )


def session_of(user: User) -> dict[str, str]:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"Cookie": f"sessionid={session.session_key}"}


def add_applications(fund: Fund, count: int) -> None:
    """`count` submitted applications of two claimed lines each, every one of a tenant and a lease of its own."""
    charter = fund.charters.get()
    advisor = FundMember.objects.filter(fund=fund, role=Role.ADVISOR).earliest("pk").user
    world = World(fund=fund, landlord=fund.landlord, admin=advisor)
    lease = tenant_with_lease(world)
    application = Application.objects.create(
        reference=f"{fund.code}-modele-{count}",
        fund=fund,
        charter=charter,
        tenant=lease.tenant,
        advisor=advisor,
        acted_on=OPENED_ON,
    )
    uuid = sql.SQL("gen_random_uuid()")
    siret = sql.SQL("lpad((id * 1000000 + n)::text, 14, '0')")
    tenants = copies(lease.tenant, count, uuid=uuid, siret=siret)
    leases = copies(
        lease, count, uuid=uuid, reference=sql.SQL("reference || '/' || n"), tenant_id=following(tenants[0])
    )
    rank = Application.objects.filter(fund=fund).count()
    applications = copies(
        application,
        count,
        uuid=uuid,
        reference=sql.SQL("reference || '/' || n"),
        tenant_id=following(tenants[0]),
        rank=sql.SQL("{} + n").format(rank),
        submitted_on=sql.SQL("acted_on"),
        submitted_by_id=sql.SQL("advisor_id"),
    )
    for month in MONTHS:
        line = ReliefLine.objects.create(
            application=application,
            lease=lease,
            premises=lease.premises,
            month=month,
            component=Component.RENT,
            asked_cents=500_00,
        )
        copies(line, count, uuid=uuid, application_id=following(applications[0]), lease_id=following(leases[0]))
    mine = Application.objects.filter(pk__gte=applications[0], pk__lte=applications[-1])
    ReliefLine.objects.filter(application__in=mine).update(state=LineState.CLAIMED)
    mine.update(state=State.SUBMITTED, version=3)
    application.lines.all().delete()
    application.delete()


def following(first: int) -> sql.Composed:
    """The n-th key of rows that were copied together."""
    return sql.SQL("{} + n - 1").format(first)
